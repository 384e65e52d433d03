import Kernel
public import Store

/// Writes a consistent picture of a database into a file while others go on writing to it.
///
/// One read transaction, hence one snapshot, on both engines: neither readers nor writers wait for it. SQLite's write-ahead
/// log can't be shortened meanwhile, and PostgreSQL keeps dead rows: it costs room for as long as it takes.
struct DatabaseDump: Sendable {
    struct Summary: Sendable {
        let tables: Int
        let rows: Int
        let bytes: Int
        /// Tables in the same schema that are none of ours.
        let others: [String]
    }

    let database: Database
    let scope: BackupScope
    /// Names this program in the header.
    let version: String
    let clock: any WallClock
    var progress: @Sendable (BackupProgress) -> Void = { _ in }

    /// - Parameter path: a file that doesn't exist; what is left of it after an error is the caller's to remove.
    func write(to path: String, key: FileKey) async throws -> Summary {
        let (scope, version, clock, progress) = (scope, version, clock, progress)
        return try await database.read("backup.dump", limit: .seconds(6 * 3600)) { db in
            // A lost connection makes this run again from the start.
            removeFile(path)
            let sink = try FileSink(path: path)
            let takenAt = clock.now()
            let catalog = try TableCatalog(db, migrations: scope.migrations, derived: scope.derived)
            let encoder = try DumpEncoder(
                into: try Deflater(into: try SealedWriter(into: sink, key: key)),
                header: DumpHeader(
                    program: version, engine: db.engine, takenAt: takenAt, migrations: try steps(db)))
            for table in catalog.tables {
                progress(BackupProgress(.reading, table: table))
                try DatabaseDump.write(table, db, into: encoder, progress)
            }
            try encoder.finish()
            return Summary(
                tables: Int(encoder.tables), rows: Int(encoder.rows), bytes: sink.count, others: catalog.others)
        }
    }

    private static func write(
        _ table: String, _ db: ReadTransaction, into encoder: DumpEncoder,
        _ progress: @Sendable (BackupProgress) -> Void
    ) throws {
        let columns = try TableCatalog.columns(of: table, db)
        guard !columns.isEmpty else { return }
        encoder.table(table, columns: columns)
        let names = SQL.joined(columns.map { "\(identifier: $0)" }, by: ", ")
        var rows = 0
        try db.forEach("SELECT \(names) FROM \(identifier: table)") { row in
            guard row.values.count == columns.count else {
                throw BackupError(.schema, "table \(table) changed while it was read")
            }
            try encoder.row(row.values)
            rows += 1
            if rows % BackupProgress.step == 0 { progress(BackupProgress(.reading, table: table, rows: rows)) }
        }
        try encoder.endTable()
    }
}

/// The steps that a database has, with their checksums.
private func steps(_ db: ReadTransaction) throws -> [DumpHeader.Step] {
    guard try hasSchema(db) else {
        throw BackupError(.schema, "there is nothing to back up yet: run `seaworthy migrate up`")
    }
    return try db.rows("SELECT id, checksum FROM schema_migrations ORDER BY id")
        .map { DumpHeader.Step(id: try $0["id"], checksum: try $0["checksum"]) }
}

func hasSchema(_ db: ReadTransaction) throws -> Bool {
    try db.row(
        .dialects(
            sqlite: "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'",
            postgres: """
                SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = current_schema() AND c.relname = 'schema_migrations'
                """)) != nil
}

/// What a backup covers.
public struct BackupScope: Sendable {
    /// All of the program's: they say which tables are ours and how a schema is made again.
    public let migrations: [Migration]
    /// Ordinary tables that are made from others, such as a search index: left out, and made again by `rebuild`.
    public let derived: Set<String>
    /// Runs at the end of every restore, in a transaction of the restored database before anybody sees it: makes derived
    /// tables again, and is where erasures that came after the backup are done again.
    public let rebuild: @Sendable (Transaction) throws -> Void

    public init(
        migrations: [Migration], derived: Set<String> = [],
        rebuild: @escaping @Sendable (Transaction) throws -> Void = { _ in }
    ) {
        self.migrations = migrations
        self.derived = derived
        self.rebuild = rebuild
    }
}
