import Store

/// Triggers and references of a schema, lowered while rows go in as they were and raised again in the same transaction.
struct SchemaGuards {
    private struct Reference {
        let table: String
        let name: String
        let definition: String
    }

    private let tables: [String]
    /// SQLite: each trigger's name and text.
    private var triggers: [(name: String, text: String)] = []
    /// PostgreSQL: what refers to our tables or is referred to by them.
    private var references: [Reference] = []

    init(_ tables: [String], _ db: ReadTransaction) throws {
        self.tables = tables
        switch db.engine {
        case .sqlite:
            triggers = try db.rows(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN (\(list: tables)) ORDER BY rowid"
            ).map { (try $0["name"], try $0["sql"]) }
        case .postgres:
            references = try db.rows(
                """
                SELECT t.relname::text AS table_name, c.conname::text AS name, pg_get_constraintdef(c.oid) AS definition
                FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace
                WHERE c.contype = 'f' AND n.nspname = current_schema() AND t.relname IN (\(list: tables))
                ORDER BY 1, 2
                """
            ).map { Reference(table: try $0["table_name"], name: try $0["name"], definition: try $0["definition"]) }
        }
    }

    func lower(_ db: Transaction) throws {
        switch db.engine {
        case .sqlite:
            // Until COMMIT; references are then checked all the same.
            _ = try db.row("PRAGMA defer_foreign_keys = ON")
            for trigger in triggers { try db.execute("DROP TRIGGER \(identifier: trigger.name)") }
        case .postgres:
            // In order of names, as every transaction that locks whole tables does.
            for table in tables { try db.execute("ALTER TABLE \(identifier: table) DISABLE TRIGGER USER") }
            for reference in references {
                try db.execute(
                    "ALTER TABLE \(identifier: reference.table) DROP CONSTRAINT \(identifier: reference.name)")
            }
        }
    }

    /// - Throws: `DatabaseError` with code `.foreignKeyViolation` or `BackupError` when a row refers to one that isn't there.
    func raise(_ db: Transaction) throws {
        switch db.engine {
        case .sqlite:
            for trigger in triggers { try db.execute(SQL(trusted: trigger.text)) }
            if let broken = try db.row("SELECT \"table\" AS name FROM pragma_foreign_key_check LIMIT 1") {
                let name: String = try broken["name"]
                throw BackupError(.schema, "a row of \(name) refers to one that isn't in the backup")
            }
        case .postgres:
            for reference in references {
                let definition = SQL(trusted: reference.definition)
                try db.execute(
                    "ALTER TABLE \(identifier: reference.table) ADD CONSTRAINT \(identifier: reference.name) \(definition)"
                )
            }
            for table in tables { try db.execute("ALTER TABLE \(identifier: table) ENABLE TRIGGER USER") }
            try advanceSequences(db)
        }
    }

    /// Numbers that the engine gives go on after the largest that is there.
    private func advanceSequences(_ db: Transaction) throws {
        for table in tables {
            for column in try TableCatalog.columns(of: table, db) {
                let row = try db.row(
                    "SELECT pg_get_serial_sequence(format('%I', \(table)::text), \(column)::text) AS sequence")
                guard let sequence: String = try row?.only(String?.self) else { continue }
                _ = try db.row(
                    """
                    SELECT setval(\(sequence)::text::regclass, coalesce(max(\(identifier: column)), 1),
                        max(\(identifier: column)) IS NOT NULL) FROM \(identifier: table)
                    """)
            }
        }
    }
}
