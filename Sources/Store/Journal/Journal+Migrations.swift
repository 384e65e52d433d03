extension Journal {
    /// The trail only grows: triggers refuse every change on both engines, and `grants(to:)` takes the right to it away from
    /// the role besides. Rows leave at the front alone, once a checkpoint vouches for them.
    public static let migrations = [
        Migration(
            "0003-journal",
            sqlite: tables("BLOB", "INTEGER", " STRICT") + sqliteTriggers,
            postgres: tables("BYTEA", "BIGINT", "") + postgresTriggers)
    ]

    private static func tables(_ blob: String, _ integer: String, _ options: String) -> [String] {
        [
            """
            CREATE TABLE audit_entries (
                sequence \(integer) PRIMARY KEY NOT NULL, at \(integer) NOT NULL, kind TEXT NOT NULL,
                actor TEXT, subject TEXT, details TEXT NOT NULL,
                previous_hash \(blob) NOT NULL, hash \(blob) NOT NULL)\(options)
            """,
            "CREATE INDEX audit_entries_kind ON audit_entries (kind, sequence)",
            "CREATE INDEX audit_entries_actor ON audit_entries (actor, sequence) WHERE actor IS NOT NULL",
            "CREATE INDEX audit_entries_subject ON audit_entries (subject, sequence) WHERE subject IS NOT NULL",
            """
            CREATE TABLE audit_head (
                id INTEGER PRIMARY KEY NOT NULL CHECK (id = 1), sequence \(integer) NOT NULL,
                hash \(blob) NOT NULL)\(options)
            """,
            options.isEmpty
                ? "INSERT INTO audit_head (id, sequence, hash) VALUES (1, 0, decode(repeat('00', 32), 'hex'))"
                : "INSERT INTO audit_head (id, sequence, hash) VALUES (1, 0, zeroblob(32))",
            """
            CREATE TABLE audit_checkpoints (
                through_sequence \(integer) PRIMARY KEY NOT NULL, hash \(blob) NOT NULL, entries \(integer) NOT NULL,
                made_at \(integer) NOT NULL)\(options)
            """,
            """
            CREATE TABLE audit_subjects (
                person TEXT PRIMARY KEY NOT NULL, pseudonym TEXT NOT NULL UNIQUE)\(options)
            """,
        ]
    }

    private static let sqliteTriggers: [String] = [
        trigger("audit_entries", "UPDATE"),
        trigger(
            "audit_entries", "DELETE",
            when: "NOT EXISTS (SELECT 1 FROM audit_checkpoints WHERE through_sequence >= OLD.sequence)"),
        // INSERT OR REPLACE removes a row without telling the DELETE trigger.
        trigger("audit_entries", "INSERT", when: "NEW.sequence <= (SELECT sequence FROM audit_head WHERE id = 1)"),
        trigger("audit_head", "UPDATE", when: "NEW.id <> OLD.id OR NEW.sequence <= OLD.sequence"),
        trigger("audit_head", "DELETE"),
        trigger("audit_head", "INSERT"),
        trigger("audit_checkpoints", "UPDATE"),
        trigger("audit_checkpoints", "DELETE"),
        trigger(
            "audit_checkpoints", "INSERT",
            when: """
                EXISTS (SELECT 1 FROM audit_checkpoints WHERE through_sequence >= NEW.through_sequence)
                OR NOT EXISTS (
                    SELECT 1 FROM audit_entries WHERE sequence = NEW.through_sequence AND hash = NEW.hash)
                """),
        trigger("audit_subjects", "UPDATE"),
    ]

    private static func trigger(_ table: String, _ act: String, when condition: String? = nil) -> String {
        """
        CREATE TRIGGER \(table)_\(act.lowercased())_refused BEFORE \(act) ON \(table)
        \(condition.map { "WHEN \($0)" } ?? "")
        BEGIN SELECT RAISE(ABORT, 'append-only: \(act) on \(table) is refused'); END
        """
    }

    private static let postgresTriggers: [String] = [
        """
        CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'append-only: % on % is refused', TG_OP, TG_TABLE_NAME; END $$
        """,
        """
        CREATE FUNCTION audit_entries_delete() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (SELECT 1 FROM audit_checkpoints WHERE through_sequence >= OLD.sequence) THEN RETURN OLD; END IF;
            RAISE EXCEPTION 'append-only: % on % is refused', TG_OP, TG_TABLE_NAME;
        END $$
        """,
        """
        CREATE FUNCTION audit_head_update() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.id = OLD.id AND NEW.sequence > OLD.sequence THEN RETURN NEW; END IF;
            RAISE EXCEPTION 'append-only: % on % is refused', TG_OP, TG_TABLE_NAME;
        END $$
        """,
        """
        CREATE FUNCTION audit_checkpoints_insert() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (SELECT 1 FROM audit_entries WHERE sequence = NEW.through_sequence AND hash = NEW.hash)
            THEN RETURN NEW; END IF;
            RAISE EXCEPTION 'append-only: % on % is refused', TG_OP, TG_TABLE_NAME;
        END $$
        """,
        row("audit_entries", "UPDATE", "audit_refuse"), row("audit_entries", "DELETE", "audit_entries_delete"),
        row("audit_head", "UPDATE", "audit_head_update"), row("audit_head", "DELETE", "audit_refuse"),
        row("audit_checkpoints", "UPDATE OR DELETE", "audit_refuse"),
        row("audit_checkpoints", "INSERT", "audit_checkpoints_insert"),
        row("audit_subjects", "UPDATE", "audit_refuse"),
        truncate("audit_entries"), truncate("audit_head"), truncate("audit_checkpoints"), truncate("audit_subjects"),
    ]

    private static func row(_ table: String, _ act: String, _ function: String) -> String {
        """
        CREATE TRIGGER \(table)_\(act.lowercased().replacing(" ", with: "_")) BEFORE \(act) ON \(table)
        FOR EACH ROW EXECUTE FUNCTION \(function)()
        """
    }

    private static func truncate(_ table: String) -> String {
        "CREATE TRIGGER \(table)_truncate BEFORE TRUNCATE ON \(table) FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()"
    }
}
