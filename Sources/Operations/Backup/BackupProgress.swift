/// How far a backup or a restore is, for whoever waits for it.
public struct BackupProgress: Sendable, Equatable {
    public enum Act: String, Sendable {
        case reading = "reading"
        case sending = "sending"
        case verifying = "reading it back"
        case proving = "restoring into a scratch database"
        case saving = "backing up what is there"
        case restoring = "restoring"
    }

    public let act: Act
    /// The table under way, where it is one.
    public let table: String?
    /// Of that table so far.
    public let rows: Int

    public init(_ act: Act, table: String? = nil, rows: Int = 0) {
        self.act = act
        self.table = table
        self.rows = rows
    }

    /// Rows between two reports of one table.
    static let step = 5000
}
