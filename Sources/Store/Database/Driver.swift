/// What a statement gave back.
struct StatementResult: Sendable {
    var columns: [String] = []
    var rows: [[SQLValue]] = []
    /// Rows that it inserted, changed or removed.
    var changed = 0
}

/// An engine's connection inside a transaction. Used by one thread at a time, never kept beyond its closure.
protocol DriverConnection: AnyObject {
    func run(_ text: String, _ values: [SQLValue]) throws(DatabaseError) -> StatementResult
    /// Row by row, without holding all of them.
    func each(_ text: String, _ values: [SQLValue], _ body: (Row) throws -> Void) throws
}

/// An engine: gives a connection to a closure on a thread of its own, inside a transaction.
///
/// A body's own error undoes the transaction and comes out as it is. `committing` runs last, inside the transaction.
protocol Driver: Sendable {
    var engine: DatabaseEngine { get }
    func read<Value: Sendable>(
        limit: Duration, _ body: @escaping @Sendable (any DriverConnection) throws -> Value
    ) async throws -> Value
    func write<Value: Sendable>(
        limit: Duration, _ body: @escaping @Sendable (any DriverConnection) throws -> Value
    ) async throws -> Value
    /// Calls `heard` when another process notified `channel`; nil where there is no such thing.
    func hints(channel: String, _ heard: @escaping @Sendable () -> Void) -> HintSource?
    /// A lock of the whole database, held apart from transactions; nil when somebody else has it.
    func hold(_ key: Int64) async throws -> DatabaseHold?
    /// The pool as it is: for metrics.
    var pool: DatabasePoolFigures { get }
    /// Writes the whole database, as of one moment, into a new or empty file.
    func copy(to path: String) async throws
    func close() async
}

/// A pool's state at one moment, in connections.
public struct DatabasePoolFigures: Sendable, Equatable {
    public var size: Int
    public var inUse: Int
    public var waiting: Int
    public init(size: Int, inUse: Int, waiting: Int) {
        self.size = size
        self.inUse = inUse
        self.waiting = waiting
    }
}

/// What one process at a time has of a database; let go when it goes away, or when the process does.
public final class DatabaseHold: Sendable {
    private let release: @Sendable () -> Void

    init(_ release: @escaping @Sendable () -> Void) { self.release = release }

    deinit { release() }
}
