public import Kernel

/// Brings a schema up to date: one ordered list, applied once, whoever else starts at the same time.
public struct Migrator: Sendable {
    /// What a database has of the list.
    public struct Status: Sendable {
        public struct Applied: Sendable {
            public let id: String
            public let at: Timestamp
            /// The program's version that applied it.
            public let version: String
        }
        public let applied: [Applied]
        public let pending: [String]
    }

    public let migrations: [Migration]
    private let version: String
    private let clock: any WallClock

    /// - Precondition of the list, held by a test: ids ascend and none appears twice.
    public init(_ migrations: [Migration], version: String, clock: any WallClock) {
        self.migrations = migrations
        self.version = version
        self.clock = clock
    }

    /// - Throws: `DatabaseError` `.schema` when the database has steps that this program doesn't know, or whose text was
    ///   edited since.
    public func status(of database: Database) async throws -> Status {
        try await database.read("migrate.status") { db in try self.status(db) }
    }

    /// Applies what is pending, each step in a transaction of its own with its entry: killed at any point, the next start
    /// goes on where it ended. Two starters wait for each other.
    ///
    /// - Parameter backup: called before the first change to a database that has content; a failure leaves it untouched.
    /// - Returns: ids of the steps that this call applied.
    @discardableResult
    public func migrate(
        _ database: Database, backup: @Sendable (_ pending: [String]) async throws -> Void = { _ in }
    ) async throws -> [String] {
        let before = try await status(of: database)
        guard !before.pending.isEmpty else { return [] }
        if !before.applied.isEmpty { try await backup(before.pending) }
        var done: [String] = []
        // A step may build an index over many rows: it has an hour, not a request's seconds.
        while let next = try await database.transaction(
            "migrate.step", limit: .seconds(3600), { db in try self.step(db) })
        {
            done.append(next)
        }
        return done
    }

    /// Applies the first pending step; nil when there is none.
    private func step(_ db: Transaction) throws -> String? {
        // Held to the end of the transaction; the other starter then sees our entry. SQLite has one writer anyway.
        if db.engine == .postgres {
            // Waiting for another starter is no failure, however long its step takes.
            try db.execute("SET LOCAL lock_timeout = 0")
            _ = try db.row("SELECT pg_advisory_xact_lock(\(Migrator.lockKey))")
        }
        try db.execute(Migrator.table)
        let status = try status(db)
        guard let id = status.pending.first, let migration = migrations.first(where: { $0.id == id }) else {
            return nil
        }
        for statement in migration.statements(db.engine) { try db.execute(SQL(trusted: statement)) }
        try db.execute(
            """
            INSERT INTO schema_migrations (id, checksum, applied_at, version)
            VALUES (\(id), \(migration.checksum(db.engine)), \(clock.now()), \(version))
            """)
        return id
    }

    private func status(_ db: ReadTransaction) throws -> Status {
        let exists = try db.row(
            .dialects(
                sqlite: "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'",
                postgres: "SELECT 1 WHERE to_regclass('schema_migrations') IS NOT NULL"))
        guard exists != nil else { return Status(applied: [], pending: migrations.map(\.id)) }
        let rows = try db.rows("SELECT id, checksum, applied_at, version FROM schema_migrations ORDER BY id")
        var applied: [Status.Applied] = []
        for row in rows {
            let entry = Status.Applied(id: try row["id"], at: try row["applied_at"], version: try row["version"])
            try check(entry, checksum: try row["checksum"], db.engine)
            applied.append(entry)
        }
        let known = Set(applied.map(\.id))
        let pending = migrations.map(\.id).filter { !known.contains($0) }
        // Forward only: a step that sorts before an applied one would run in an order that nobody tested.
        if let last = applied.last, let late = pending.first(where: { $0 < last.id }) {
            throw DatabaseError(
                .schema, "step \(late) is missing though \(last.id) was applied: the list was changed, or the database")
        }
        return Status(applied: applied, pending: pending)
    }

    private func check(_ entry: Status.Applied, checksum: String, _ engine: DatabaseEngine) throws(DatabaseError) {
        guard let migration = migrations.first(where: { $0.id == entry.id }) else {
            throw DatabaseError(
                .schema,
                "the database is newer than this program (\(version)): step \(entry.id) was applied by version \(entry.version); start that version or a later one"
            )
        }
        guard migration.checksum(engine) == checksum else {
            throw DatabaseError(
                .schema,
                "step \(entry.id) was applied by version \(entry.version) with another text than this program (\(version)) has: one of them was edited"
            )
        }
    }

    /// “Seaworth” as a number: the advisory lock's key.
    private static let lockKey: Int64 = 0x5365_6177_6F72_7468

    private static let table: SQL = .dialects(
        sqlite: """
            CREATE TABLE IF NOT EXISTS schema_migrations (
                id TEXT PRIMARY KEY NOT NULL, checksum TEXT NOT NULL, applied_at INTEGER NOT NULL,
                version TEXT NOT NULL) STRICT
            """,
        postgres: """
            CREATE TABLE IF NOT EXISTS schema_migrations (
                id TEXT PRIMARY KEY, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL, version TEXT NOT NULL)
            """)
}
