import Kernel
import NIOPosix

/// PostgreSQL over libpq: a pool of blocking connections on as many threads.
final class PostgresDriver: Driver {
    let engine = DatabaseEngine.postgres
    private let address: PostgresAddress
    private let settings: DatabaseSettings
    private let threads: NIOThreadPool
    private let connections: ConnectionPool

    private init(_ address: PostgresAddress, _ settings: DatabaseSettings) {
        self.address = address
        self.settings = settings
        threads = NIOThreadPool(numberOfThreads: settings.poolSize)
        connections = ConnectionPool(size: settings.poolSize, waitLimit: settings.waitLimit)
    }

    /// Connects once, so that what is wrong with the address shows now.
    static func open(
        _ address: PostgresAddress, settings: DatabaseSettings, clock: any MonotonicClock
    ) async throws -> PostgresDriver {
        let driver = PostgresDriver(address, settings)
        driver.threads.start()
        do {
            try await driver.read(limit: settings.statementTimeout) { _ = try $0.run("SELECT 1", []) }
        } catch {
            await driver.close()
            throw error
        }
        return driver
    }

    var pool: DatabasePoolFigures { connections.figures }

    func read<Value: Sendable>(
        limit: Duration, _ body: @escaping @Sendable (any DriverConnection) throws -> Value
    ) async throws -> Value {
        try await using(begin: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", limit: limit, body)
    }

    func write<Value: Sendable>(
        limit: Duration, _ body: @escaping @Sendable (any DriverConnection) throws -> Value
    ) async throws -> Value {
        try await using(begin: "BEGIN ISOLATION LEVEL READ COMMITTED", limit: limit, body)
    }

    func hints(channel: String, _ heard: @escaping @Sendable () -> Void) -> HintSource? {
        let listener = NotificationListener()
        listener.start(address, settings, channel: channel, heard)
        return HintSource { listener.stop() }
    }

    func hold(_ key: Int64) async throws -> DatabaseHold? {
        try await threads.runIfActive { [address, settings] in
            let own = ConnectionPool.PooledConnection(try PostgresConnection(address, settings: settings))
            let result = try own.connection.run("SELECT pg_try_advisory_lock($1)", [.integer(key)])
            guard let value = result.rows.first?.first, Bool(sqlValue: value) == true else { return nil }
            // The server lets go of it by itself when the connection ends, but only when it notices.
            return DatabaseHold { _ = try? own.connection.run("SELECT pg_advisory_unlock_all()", []) }
        }
    }

    func copy(to path: String) async throws {
        throw DatabaseError(.statement, "PostgreSQL isn't copied into a file of ours: pg_dump does that")
    }

    func close() async {
        connections.close()
        try? await threads.shutdownGracefully()
    }

    private func using<Value: Sendable>(
        begin: String, limit: Duration, _ body: @escaping @Sendable (any DriverConnection) throws -> Value
    ) async throws -> Value {
        let slot = try await connections.acquire()
        let opening =
            limit == settings.statementTimeout
            ? begin : "\(begin); SET LOCAL statement_timeout = \(Int(limit.seconds * 1000))"
        do {
            return try await threads.runIfActive { [self] in try inTransaction(slot, opening, body) }
        } catch is CancellationError {
            connections.release(slot.connection)
            throw DatabaseError(.closed, "the database was closed")
        }
    }

    /// On a thread of the pool. Gives the slot back whatever happens.
    private func inTransaction<Value>(
        _ slot: ConnectionPool.Slot, _ opening: String, _ body: (any DriverConnection) throws -> Value
    ) throws -> Value {
        var kept: ConnectionPool.PooledConnection? = slot.connection
        defer {
            if let broken = kept, !broken.connection.isUsable || broken.connection.isInTransaction {
                kept = nil
                connections.dropIdle()
            }
            connections.release(kept)
        }
        let pooled = try begin(&kept, opening)
        let connection = pooled.connection
        let value: Value
        do {
            value = try body(connection)
        } catch {
            try? connection.simple("ROLLBACK")
            throw error
        }
        do {
            try connection.commit()
        } catch {
            // Undone for certain when the server says so itself; unknown when it said nothing.
            guard error.code == .unavailable else { throw error }
            throw DatabaseError(.outcomeUnknown, error.detail)
        }
        return value
    }

    /// A transaction on the slot's connection, or on a new one when it has none or a dead one.
    private func begin(
        _ kept: inout ConnectionPool.PooledConnection?, _ opening: String
    ) throws(DatabaseError) -> ConnectionPool.PooledConnection {
        if let pooled = kept, pooled.connection.isUsable {
            do {
                try pooled.connection.simple(opening)
                return pooled
            } catch {
                guard error.code == .unavailable else { throw error }
                // Idle connections die with a restarted server: nothing was sent on this one yet.
                connections.dropIdle()
            }
        }
        kept = nil
        let fresh = ConnectionPool.PooledConnection(try PostgresConnection(address, settings: settings))
        kept = fresh
        try fresh.connection.simple(opening)
        return fresh
    }
}
