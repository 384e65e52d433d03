import Operations
import Store

/// Why a backup or a restore was not done: what, where, and what to do about it. Holds no secret.
public struct BackupFailure: Error, Sendable, CustomStringConvertible {
    public enum Reason: Sendable, Equatable, CaseIterable {
        /// The database has content, and nobody said to replace it.
        case notEmpty
        /// No backup of ours, or a damaged, cut or foreign one.
        case damaged
        /// There is no such backup, folder or file.
        case missing
        /// Somebody isn't there just now, or is busy.
        case unavailable
        /// No room where it is to be written, or something is there already.
        case cannotCreate
        /// A file or its disk failed.
        case file
        /// The key doesn't open it, or somebody refuses us.
        case notPermitted
        /// A setting, or a schema that isn't this program's.
        case configuration
        /// A defect of ours.
        case software
    }

    public let reason: Reason
    public let description: String

    init(_ error: BackupError) {
        reason =
            switch error.code {
            case .notEmpty: .notEmpty
            case .foreign, .damaged, .truncated: .damaged
            case .missing: .missing
            case .unavailable: .unavailable
            case .diskFull, .cannotCreate: .cannotCreate
            case .file: .file
            case .key, .refused: .notPermitted
            case .newer, .schema, .configuration: .configuration
            default: .software
            }
        description = error.detail
    }

    init(_ failure: DatabaseFailure) {
        reason =
            switch failure.reason {
            case .unavailable: .unavailable
            case .notPermitted: .notPermitted
            case .configuration: .configuration
            case .corrupt: .damaged
            case .cannotCreate: .cannotCreate
            }
        description = failure.description
    }

    /// - Parameter place: the database, without its password.
    init(_ error: any Error, place: String) {
        switch error {
        case let error as BackupFailure: self = error
        case let error as BackupError: self.init(error)
        case let error as DatabaseFailure: self.init(error)
        case let error as DatabaseError: self.init(DatabaseFailure(error, at: place))
        default: self.init(.software, "\(error)")
        }
    }

    private init(_ reason: Reason, _ description: String) {
        self.reason = reason
        self.description = description
    }
}

extension DatabaseFailure {
    /// - Parameter what: what was to be done.
    init(_ error: BackupError, _ what: String) {
        let reason: Reason =
            switch BackupFailure(error).reason {
            case .unavailable: .unavailable
            case .notPermitted: .notPermitted
            case .configuration, .missing: .configuration
            default: .cannotCreate
            }
        self.init(reason, "\(what): \(error.detail)")
    }
}

extension BackupProgress {
    /// For one line of a terminal.
    var text: String {
        var text = act.rawValue
        if let table { text += ": \(table)" }
        if rows > 0 { text += ", \(rows) rows" }
        return text
    }
}
