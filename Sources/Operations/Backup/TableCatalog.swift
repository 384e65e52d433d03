import Store

/// The tables of a schema that a backup is about, and what is around them.
struct TableCatalog {
    /// Ordinary tables that our migrations made, by name.
    let tables: [String]
    /// Ordinary tables of the schema that are none of ours: left alone.
    let others: [String]

    /// - Parameters:
    ///   - migrations: whose tables are ours.
    ///   - derived: tables that others are made from again: never in a backup.
    init(_ db: ReadTransaction, migrations: [Migration], derived: Set<String>) throws {
        let names: [String] = try db.rows(
            .dialects(
                // Virtual tables (full text) and their shadows are made from ordinary ones.
                sqlite: """
                    SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'
                    AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name
                    """,
                postgres: """
                    SELECT c.relname::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                    WHERE n.nspname = current_schema() AND c.relkind = 'r' ORDER BY 1
                    """)
        ).map { try $0["name"] }
        let ours = Set(migrations.flatMap { $0.tables(db.engine) })
        let kept = names.filter { $0 != "schema_migrations" && !derived.contains($0) }
        tables = kept.filter { ours.contains($0) }.sorted()
        others = kept.filter { !ours.contains($0) }.sorted()
    }

    /// Columns that hold something of their own: neither generated nor a search vector.
    static func columns(of table: String, _ db: ReadTransaction) throws -> [String] {
        try db.rows(
            .dialects(
                sqlite: "SELECT name FROM pragma_table_xinfo(\(table)) WHERE hidden = 0 ORDER BY cid",
                postgres: """
                    SELECT a.attname::text AS name FROM pg_attribute a
                    WHERE a.attrelid = format('%I', \(table)::text)::regclass AND a.attnum > 0 AND NOT a.attisdropped
                    AND a.attgenerated = '' AND a.atttypid <> 'tsvector'::regtype ORDER BY a.attnum
                    """)
        ).map { try $0["name"] }
    }

    /// Tables that refer to others before those, so that emptying them in this order leaves no dangling reference.
    static func childrenFirst(_ tables: [String], _ db: ReadTransaction) throws -> [String] {
        guard db.engine == .sqlite else { return tables }
        var parents: [String: Set<String>] = [:]
        for table in tables {
            let names: [String] = try db.rows("SELECT \"table\" AS name FROM pragma_foreign_key_list(\(table))")
                .map { try $0["name"] }
            parents[table] = Set(names).subtracting([table])
        }
        var order: [String] = []
        var left = tables
        while !left.isEmpty {
            let needed = Set(left.flatMap { parents[$0] ?? [] })
            let free = left.filter { !needed.contains($0) }
            // A circle: deferred references take care of it.
            let next = free.isEmpty ? left : free
            order += next
            left.removeAll { next.contains($0) }
        }
        return order
    }
}
