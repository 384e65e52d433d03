public import Store

/// The schema as a database has it, after its migrations: read back from the engine's own catalogue.
public struct SchemaReading: Sendable, Equatable {
    public struct Column: Sendable, Equatable {
        public var name: String
        public var type: String
        public var isNullable: Bool
        public var defaultValue: String?
        /// Computed by the engine from other columns.
        public var isGenerated = false
    }
    public struct Index: Sendable, Equatable {
        public var name: String
        /// Columns or expressions, in order.
        public var columns: [String]
        public var isUnique: Bool
        public var isPartial: Bool
    }
    public struct ForeignKey: Sendable, Equatable {
        public var columns: [String]
        public var target: String
    }
    public struct Table: Sendable, Equatable {
        public var name: String
        public var columns: [Column]
        public var primaryKey: [String]
        public var indexes: [Index]
        public var foreignKeys: [ForeignKey]
        public var triggers: [String]

        /// Foreign keys whose columns no index begins with: deleting a row they point to would read the whole table.
        public var unindexed: [ForeignKey] {
            let heads = [primaryKey] + indexes.filter { !$0.isPartial }.map(\.columns)
            return foreignKeys.filter { key in
                !heads.contains {
                    Set($0.prefix(key.columns.count)) == Set(key.columns) && $0.count >= key.columns.count
                }
            }
        }
    }

    /// By name.
    public let tables: [Table]
    /// Full-text tables of SQLite (FTS5), whose own tables behind them aren't listed.
    public let virtualTables: [String]

    /// - Parameter database: with its schema in the default place.
    public static func of(_ database: Database) async throws -> SchemaReading {
        let engine = database.engine
        return try await database.read("test.schema") { db in
            let list = try db.rows(
                .dialects(
                    // What stands behind a virtual table is its own ('shadow').
                    sqlite: """
                        SELECT name, type FROM pragma_table_list
                        WHERE schema = 'main' AND type IN ('table', 'virtual') AND name NOT LIKE 'sqlite_%' ORDER BY name
                        """,
                    postgres: """
                        SELECT tablename::text AS name, 'table' AS type FROM pg_tables WHERE schemaname = current_schema()
                        ORDER BY tablename COLLATE "C"
                        """))
            func names(_ type: String) throws -> [String] {
                try list.filter { try $0["type"] == type }.map { try $0["name"] }
            }
            return SchemaReading(
                tables: try names("table").map { try engine == .sqlite ? sqlite(db, $0) : postgres(db, $0) },
                virtualTables: try names("virtual"))
        }
    }

    // MARK: SQLite (https://www.sqlite.org/pragma.html)

    private static func sqlite(_ db: ReadTransaction, _ table: String) throws -> Table {
        let columns = try db.rows("SELECT * FROM pragma_table_info(\(table)) ORDER BY cid")
        let keyed = try columns.map { (name: try $0["name"] as String, place: try $0["pk"] as Int) }.filter {
            $0.place > 0
        }
        let indexes = try db.rows("SELECT * FROM pragma_index_list(\(table)) ORDER BY name")
        return Table(
            name: table,
            columns: try columns.map { row in
                let place: Int = try row["pk"]
                let isRequired: Bool = try row["notnull"]
                return Column(
                    name: try row["name"], type: try row["type"], isNullable: !isRequired && place == 0,
                    defaultValue: try row["dflt_value"])
            },
            primaryKey: keyed.sorted { $0.place < $1.place }.map(\.name),
            indexes: try indexes.compactMap { row in
                let name: String = try row["name"]
                let origin: String = try row["origin"]
                guard origin != "pk" else { return nil }
                let parts = try db.rows("SELECT name FROM pragma_index_info(\(name)) ORDER BY seqno")
                return Index(
                    name: name, columns: try parts.map { try $0["name"] as String? ?? "(expression)" },
                    isUnique: try row["unique"], isPartial: try row["partial"])
            },
            foreignKeys: try foreignKeys(
                db.rows(
                    "SELECT id, \"from\" AS source, \"table\" AS target FROM pragma_foreign_key_list(\(table)) ORDER BY id, seq"
                )),
            triggers: try names(
                db.rows(
                    "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = \(table) ORDER BY name")))
    }

    private static func names(_ rows: [Row]) throws -> [String] { try rows.map { try $0["name"] } }

    private static func foreignKeys(_ rows: [Row]) throws -> [ForeignKey] {
        var keys: [(id: Int, key: ForeignKey)] = []
        for row in rows {
            let id: Int = try row["id"]
            let source: String = try row["source"]
            if let last = keys.indices.last, keys[last].id == id {
                keys[last].key.columns.append(source)
            } else {
                keys.append((id, ForeignKey(columns: [source], target: try row["target"])))
            }
        }
        return keys.map(\.key).sorted { $0.columns.lexicographicallyPrecedes($1.columns) }
    }

    // MARK: PostgreSQL (https://www.postgresql.org/docs/15/catalogs.html)

    private static func postgres(_ db: ReadTransaction, _ table: String) throws -> Table {
        let columns = try db.rows(
            """
            SELECT a.attname::text AS name, format_type(a.atttypid, a.atttypmod) AS type,
                (NOT a.attnotnull)::int::bigint AS nullable,
                (a.attgenerated <> '')::int::bigint AS generated,
                CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END AS initial
            FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            WHERE a.attrelid = to_regclass(quote_ident(\(table))) AND a.attnum > 0 AND NOT a.attisdropped
            ORDER BY a.attnum
            """)
        let indexes = try db.rows(
            """
            SELECT c.relname::text AS name, i.indisunique::int::bigint AS unique_, i.indisprimary::int::bigint AS primary_,
                (i.indpred IS NOT NULL)::int::bigint AS partial,
                (SELECT string_agg(coalesce(a.attname::text, '(expression)'), ',' ORDER BY k.place)
                 FROM unnest(i.indkey) WITH ORDINALITY AS k (number, place)
                 LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number AND k.number > 0) AS columns
            FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
            WHERE i.indrelid = to_regclass(quote_ident(\(table))) ORDER BY c.relname COLLATE "C"
            """)
        let read = try indexes.map { row in
            let list: String = try row["columns"]
            return (
                isPrimary: try row["primary_"] as Bool,
                index: Index(
                    name: try row["name"], columns: list.split(separator: ",").map(String.init),
                    isUnique: try row["unique_"], isPartial: try row["partial"])
            )
        }
        return Table(
            name: table,
            columns: try columns.map { row in
                Column(
                    name: try row["name"], type: try row["type"], isNullable: try row["nullable"],
                    defaultValue: try row["initial"], isGenerated: try row["generated"])
            },
            primaryKey: read.first(where: \.isPrimary)?.index.columns ?? [],
            indexes: read.filter { !$0.isPrimary }.map(\.index),
            foreignKeys: try foreignKeys(
                db.rows(
                    """
                    SELECT c.oid::bigint AS id, a.attname::text AS source, f.relname::text AS target
                    FROM pg_constraint c JOIN pg_class f ON f.oid = c.confrelid
                    CROSS JOIN unnest(c.conkey) WITH ORDINALITY AS k (number, place)
                    JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number
                    WHERE c.contype = 'f' AND c.conrelid = to_regclass(quote_ident(\(table))) ORDER BY c.oid, k.place
                    """)),
            triggers: try names(
                db.rows(
                    """
                    SELECT tgname::text AS name FROM pg_trigger
                    WHERE tgrelid = to_regclass(quote_ident(\(table))) AND NOT tgisinternal ORDER BY tgname COLLATE "C"
                    """)))
    }
}
