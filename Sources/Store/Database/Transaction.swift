/// A view of the database at one moment: every statement in it sees the same state.
public class ReadTransaction {
    public let engine: DatabaseEngine
    let connection: any DriverConnection
    let statements: StatementCounter?
    /// The first statement that failed. PostgreSQL undoes the whole transaction then, and so do we on both engines: a
    /// body that swallows the error must not believe that the rest is kept. Expected conflicts want `ON CONFLICT`.
    private(set) var failure: DatabaseError?

    init(engine: DatabaseEngine, connection: any DriverConnection, statements: StatementCounter?) {
        self.engine = engine
        self.connection = connection
        self.statements = statements
    }

    /// All rows of a result: bound it with `LIMIT`.
    public func rows(_ sql: SQL) throws(DatabaseError) -> [Row] {
        let result = try run(sql)
        return result.rows.map { Row(columns: result.columns, values: $0) }
    }

    /// The first row; nil when there is none.
    public func row(_ sql: SQL) throws(DatabaseError) -> Row? {
        let result = try run(sql)
        return result.rows.first.map { Row(columns: result.columns, values: $0) }
    }

    /// The first column of the first row; nil when there is no row.
    public func value<Value: SQLDecodable>(_ sql: SQL, as type: Value.Type = Value.self) throws(DatabaseError)
        -> Value?
    {
        guard let row = try row(sql) else { return nil }
        return try row.only(Value.self)
    }

    /// Row by row, in bounded memory, for what is too much to hold.
    public func forEach(_ sql: SQL, _ body: (Row) throws -> Void) throws {
        let (text, values) = try prepared(sql)
        do {
            try connection.each(text, values, body)
        } catch let error as DatabaseError {
            failure = failure ?? error
            throw error
        }
    }

    func run(_ sql: SQL) throws(DatabaseError) -> StatementResult {
        let (text, values) = try prepared(sql)
        do {
            return try connection.run(text, values)
        } catch {
            failure = failure ?? error
            throw error
        }
    }

    private func prepared(_ sql: SQL) throws(DatabaseError) -> (String, [SQLValue]) {
        if let failure { throw failure }
        statements?.count()
        let (text, values) = sql.rendered(for: engine)
        for case .text(let text) in values where text.utf8.contains(0) {
            throw DatabaseError(.value, "a text with U+0000 can't be stored")
        }
        return (text, values)
    }
}

/// When something that belongs to a transaction happens before its COMMIT. The order is the lock order: what all
/// transactions share is locked last and shortest.
public enum CommitStep: Int, Sendable, Comparable {
    /// Rows of other rooms' tables, such as an outbox.
    case records
    /// The change feed's sequence row.
    case changes
    /// The audit chain's head row: always last.
    case journal

    public static func < (a: CommitStep, b: CommitStep) -> Bool { a.rawValue < b.rawValue }
}

/// A read-modify-write: all of it happens, or none.
///
/// Its closure may run more than once (a deadlock or a broken connection undoes it and tries again), so it must do nothing
/// but talk to the database; what follows a success goes into `afterCommit`.
public final class Transaction: ReadTransaction {
    private var atCommit: [(step: CommitStep, work: (Transaction) throws -> Void)] = []
    private var committed: [@Sendable () -> Void] = []
    /// Values that rooms keep for the length of this transaction, such as the journal's events.
    private var gathered: [ObjectIdentifier: Any] = [:]
    let signals: CommitSignals

    init(
        engine: DatabaseEngine, connection: any DriverConnection, statements: StatementCounter?, signals: CommitSignals
    ) {
        self.signals = signals
        super.init(engine: engine, connection: connection, statements: statements)
    }

    /// Runs a statement that changes something and says how many rows it changed.
    @discardableResult
    public func execute(_ sql: SQL) throws(DatabaseError) -> Int { try run(sql).changed }

    /// The first row, locked until the transaction ends: nobody else changes it between this read and our write.
    ///
    /// `SELECT … FOR UPDATE` on PostgreSQL; on SQLite the transaction is the only writer already (BEGIN IMMEDIATE).
    public func lockedRow(_ sql: SQL) throws(DatabaseError) -> Row? { try row(locked(sql)) }

    /// All rows, locked. Order the query by its key, so that two transactions never wait for each other in a circle.
    public func lockedRows(_ sql: SQL) throws(DatabaseError) -> [Row] { try rows(locked(sql)) }

    /// The rows that nobody else holds, locked; others are passed over (`SKIP LOCKED`): for queues.
    public func claimedRows(_ sql: SQL) throws(DatabaseError) -> [Row] {
        try rows(sql + .dialects(sqlite: "", postgres: " FOR UPDATE SKIP LOCKED"))
    }

    private func locked(_ sql: SQL) -> SQL { sql + .dialects(sqlite: "", postgres: " FOR UPDATE") }

    /// Does `work` inside this transaction, after the closure and before COMMIT.
    public func atCommit(_ step: CommitStep, _ work: @escaping (Transaction) throws -> Void) {
        atCommit.append((step, work))
    }

    /// Does `work` once the transaction is committed; not at all when it is undone.
    public func afterCommit(_ work: @escaping @Sendable () -> Void) { committed.append(work) }

    /// Adds to a list that lives as long as the transaction; true for the first of its kind, which then asks for a
    /// step at commit.
    public func gather<Item>(_ item: Item) -> Bool {
        let key = ObjectIdentifier(Item.self)
        guard var items = gathered[key] as? [Item] else {
            gathered[key] = [item]
            return true
        }
        items.append(item)
        gathered[key] = items
        return false
    }

    /// What was gathered of this kind, in its order.
    public func gathered<Item>(_ type: Item.Type) -> [Item] { gathered[ObjectIdentifier(type)] as? [Item] ?? [] }

    /// The steps in their order; a step may add others that come later in the order.
    func runCommitSteps() throws {
        while let first = atCommit.indices.min(by: { atCommit[$0].step < atCommit[$1].step }) {
            let next = atCommit.remove(at: first)
            try next.work(self)
        }
        if let failure { throw failure }
    }

    var afterCommitWork: [@Sendable () -> Void] { committed }
}
