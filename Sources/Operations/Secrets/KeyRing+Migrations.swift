public import Store

extension KeyRing {
    /// The ring, and where re-wrapping of each sealed column stands.
    public static let migrations = [
        Migration(
            "0006-secrets",
            portable: [
                // One row for each purpose: whoever rotates holds it.
                "CREATE TABLE secret_purposes (purpose TEXT PRIMARY KEY NOT NULL, rotated_at {TIME} NOT NULL)",
                """
                CREATE TABLE secret_keys (
                    id TEXT PRIMARY KEY NOT NULL,
                    purpose TEXT NOT NULL REFERENCES secret_purposes (purpose),
                    created_at {TIME} NOT NULL,
                    active_at {TIME} NOT NULL,
                    expires_at {TIME},
                    closed_at {TIME},
                    destroyed_at {TIME},
                    root_id TEXT NOT NULL,
                    wrapped {BLOB},
                    CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL))
                )
                """,
                "CREATE INDEX secret_keys_purpose ON secret_keys (purpose, active_at)",
                """
                CREATE TABLE sealed_columns (
                    table_name TEXT NOT NULL,
                    column_name TEXT NOT NULL,
                    id_column TEXT NOT NULL,
                    index_column TEXT,
                    target TEXT,
                    cursor_text TEXT,
                    cursor_number BIGINT,
                    moved BIGINT NOT NULL DEFAULT 0,
                    moved_in_pass BIGINT NOT NULL DEFAULT 0,
                    unreadable BIGINT NOT NULL DEFAULT 0,
                    done BIGINT NOT NULL DEFAULT 0 CHECK (done IN (0, 1)),
                    updated_at {TIME} NOT NULL,
                    PRIMARY KEY (table_name, column_name)
                )
                """,
            ])
    ]
}
