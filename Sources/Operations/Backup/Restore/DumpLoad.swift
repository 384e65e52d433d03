import Kernel
import Store

/// Puts a dump's rows into a schema of the same steps, in one transaction: all of them or none.
///
/// Triggers rest meanwhile (rows of an append-only table go in as they were) and references are checked at the end.
struct DumpLoad: Sendable {
    let scope: BackupScope
    var act = BackupProgress.Act.restoring
    var progress: @Sendable (BackupProgress) -> Void = { _ in }

    /// Empties every table of ours and fills it.
    ///
    /// - Returns: rows that are there now.
    func run(_ file: BackupFile, in db: Transaction) throws -> Int {
        let catalog = try TableCatalog(db, migrations: scope.migrations, derived: scope.derived)
        let guards = try SchemaGuards(catalog.tables, db)
        try guards.lower(db)
        for table in try TableCatalog.childrenFirst(catalog.tables, db) {
            try db.execute("DELETE FROM \(identifier: table)")
        }
        let rows = try fill(file, catalog, db)
        try guards.raise(db)
        return rows
    }

    private func fill(_ file: BackupFile, _ catalog: TableCatalog, _ db: Transaction) throws -> Int {
        let decoder = try file.decoder()
        var batch: RowBatch?
        var count = 0
        while let record = try decoder.next() {
            switch record {
            case .table(let name, let columns):
                batch = try RowBatch(name, columns, catalog, db)
                count = 0
                progress(BackupProgress(act, table: name))
            case .row(let values):
                try batch?.add(values, db)
                count += 1
                if count % BackupProgress.step == 0, let table = batch?.table {
                    progress(BackupProgress(act, table: table, rows: count))
                }
            case .endOfTable(let rows):
                guard let done = batch else { break }
                try batch?.flush(db)
                let found: Int = try db.value("SELECT count(*) FROM \(identifier: done.table)") ?? -1
                guard found == rows else {
                    throw BackupError(.schema, "table \(done.table) has \(found) rows after the restore, not \(rows)")
                }
                batch = nil
            case .end(_, let rows):
                return rows
            }
        }
        throw BackupError(.truncated, "the backup ends too early")
    }
}

/// Rows of one table on their way in, as many to a statement as make sense.
private struct RowBatch {
    let table: String
    private let insert: SQL
    private let size: Int
    private var rows: [SQL] = []
    private var bytes = 0

    init(_ table: String, _ columns: [String], _ catalog: TableCatalog, _ db: Transaction) throws {
        guard catalog.tables.contains(table) else {
            throw BackupError(.schema, "the backup has a table that this program doesn't: \(table.prefix(64))")
        }
        let known = Set(try TableCatalog.columns(of: table, db))
        if let unknown = columns.first(where: { !known.contains($0) }) {
            throw BackupError(
                .schema, "the backup has a column that this program doesn't: \(table).\(unknown.prefix(64))")
        }
        self.table = table
        let names = SQL.joined(columns.map { "\(identifier: $0)" }, by: ", ")
        let overriding: SQL = .dialects(sqlite: "", postgres: "OVERRIDING SYSTEM VALUE ")
        insert = "INSERT INTO \(identifier: table) (\(names)) \(overriding)VALUES "
        size = max(1, min(100, 900 / columns.count))
    }

    mutating func add(_ values: [SQLValue], _ db: Transaction) throws {
        rows.append("(\(list: values))")
        for value in values {
            switch value {
            case .text(let text): bytes += text.utf8.count
            case .blob(let blob): bytes += blob.count
            default: bytes += 8
            }
        }
        if rows.count >= size || bytes >= 1 << 20 { try flush(db) }
    }

    mutating func flush(_ db: Transaction) throws {
        guard !rows.isEmpty else { return }
        try db.execute(insert + SQL.joined(rows, by: ", "))
        rows.removeAll(keepingCapacity: true)
        bytes = 0
    }
}
