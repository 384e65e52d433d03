public import Kernel

/// One facade, two engines: every store talks to the database through this, and never knows which it is.
///
///     try await database.transaction("session.revoke") { db in
///         guard let row = try db.lockedRow("SELECT … WHERE id = \(id)") else { throw … }
///         try db.execute("UPDATE … WHERE id = \(id)")
///         try journal.append(.sessionRevoked(…), in: db)
///     }
///
/// Closures are synchronous and run on a thread of the pool, never on an event loop. Order of locks: a room's own rows by
/// ascending key, then jobs and outbox, then the change feed, then the audit chain; the last two are taken at COMMIT by
/// the facade itself (`CommitStep`).
public final class Database: Sendable {
    public let metrics = DatabaseMetrics()
    public let settings: DatabaseSettings
    /// Rings when this process has committed a change that others keep in memory.
    let signals = CommitSignals()
    private let driver: any Driver
    private let clock: any MonotonicClock
    private let random: any RandomSource

    init(driver: any Driver, settings: DatabaseSettings, clock: any MonotonicClock, random: any RandomSource) {
        self.driver = driver
        self.settings = settings
        self.clock = clock
        self.random = random
    }

    /// Opens the pool. For PostgreSQL one connection is made at once, so that a wrong address or password shows here.
    ///
    /// - Throws: `DatabaseError`: `.unavailable`, `.authentication`, `.corrupt`, `.readOnly`, `.permission`, `.configuration`.
    public static func open(
        _ settings: DatabaseSettings, clock: any MonotonicClock, random: any RandomSource
    ) async throws -> Database {
        let driver: any Driver
        switch settings.address {
        case .sqlite(let path): driver = try SQLiteDriver(path: path, settings: settings, clock: clock)
        case .postgres(let address):
            driver = try await PostgresDriver.open(address, settings: settings, clock: clock)
        }
        return Database(driver: driver, settings: settings, clock: clock, random: random)
    }

    public var engine: DatabaseEngine { driver.engine }
    public var pool: DatabasePoolFigures { driver.pool }

    /// Reads from one snapshot.
    ///
    /// - Parameters:
    ///   - label: what it is for, such as `session.list`: names it in metrics.
    ///   - limit: how long a statement may take; the configured limit by default.
    /// - Throws: the body's own error, or `DatabaseError`.
    public func read<Value: Sendable>(
        _ label: StaticString, limit: Duration? = nil,
        _ body: @escaping @Sendable (ReadTransaction) throws -> Value
    ) async throws -> Value {
        let counter = StatementCounter.current
        let engine = driver.engine
        return try await measured(label) { _ in
            try await self.driver.read(limit: limit ?? self.settings.statementTimeout) { connection in
                try body(ReadTransaction(engine: engine, connection: connection, statements: counter))
            }
        }
    }

    /// Changes the database: all of it or nothing. See `Transaction` for what the closure may do.
    ///
    /// - Throws: the body's own error (everything is undone), or `DatabaseError`. Only `.outcomeUnknown` leaves open
    ///   whether it happened.
    @discardableResult
    public func transaction<Value: Sendable>(
        _ label: StaticString, limit: Duration? = nil, _ body: @escaping @Sendable (Transaction) throws -> Value
    ) async throws -> Value {
        let counter = StatementCounter.current
        let engine = driver.engine
        let signals = signals
        let (value, work) = try await measured(label) { _ in
            try await self.driver.write(limit: limit ?? self.settings.statementTimeout) { connection in
                let transaction = Transaction(
                    engine: engine, connection: connection, statements: counter, signals: signals)
                let value = try body(transaction)
                try transaction.runCommitSteps()
                return (value, transaction.afterCommitWork)
            }
        }
        for step in work { step() }
        return value
    }

    /// Rings when another process says that it changed something; nil where the engine has no such thing.
    func hints(channel: String, _ heard: @escaping @Sendable () -> Void) -> HintSource? {
        driver.hints(channel: channel, heard)
    }

    /// A lock of the whole database for what is longer than a transaction, such as a restore: an advisory lock of a
    /// connection of its own, so that PostgreSQL lets go of it when this process dies.
    ///
    /// - Returns: nil when somebody else has it; what to keep otherwise.
    /// - Throws: `DatabaseError` `.statement` for SQLite, where a lock of a file does that.
    public func hold(_ key: Int64) async throws -> DatabaseHold? { try await driver.hold(key) }

    /// Writes the whole of a SQLite database, as of one moment, into a new or empty file.
    ///
    /// - Throws: `DatabaseError` `.statement` for PostgreSQL, whose own tools do that.
    public func copy(to path: String) async throws {
        try await measured("backup.copy") { _ in try await self.driver.copy(to: path) }
    }

    public func close() async { await driver.close() }

    /// Times it, and tries again what was undone through no fault of its own.
    private func measured<Value>(
        _ label: StaticString, _ work: (_ attempt: Int) async throws -> Value
    ) async throws -> Value {
        let name = "\(label)"
        let start = clock.nanoseconds()
        var attempt = 0
        while true {
            do {
                let value = try await work(attempt)
                metrics.record(name, nanoseconds: clock.nanoseconds() &- start, failure: nil, retries: attempt)
                return value
            } catch let error as DatabaseError {
                if error.isRetryable, attempt < settings.retries, !Task.isCancelled {
                    attempt += 1
                    // 5, 10, 20 … ms with jitter, so that the two that met don't meet again.
                    let ceiling = UInt64(5_000) << UInt64(min(attempt, 8))
                    try await Task.sleep(for: .microseconds(Int64(ceiling / 2 + random.next() % ceiling)))
                    continue
                }
                metrics.record(name, nanoseconds: clock.nanoseconds() &- start, failure: error.code, retries: attempt)
                throw error
            } catch {
                metrics.record(name, nanoseconds: clock.nanoseconds() &- start, failure: nil, retries: attempt)
                throw error
            }
        }
    }
}
