public import Store

extension Outbox {
    public static let migrations = [
        Migration(
            "0005-email",
            portable: [
                // `recipient`, `subject`, `body_*` and `unsubscribe` are personal: empty once `purged_at` is set.
                """
                CREATE TABLE emails (
                    id TEXT PRIMARY KEY NOT NULL,
                    idempotency_key TEXT UNIQUE,
                    template TEXT NOT NULL,
                    language TEXT NOT NULL,
                    recipient TEXT NOT NULL,
                    recipient_name TEXT,
                    recipient_hash TEXT NOT NULL,
                    subject TEXT NOT NULL,
                    body_text TEXT NOT NULL,
                    body_html TEXT NOT NULL,
                    unsubscribe TEXT,
                    state TEXT NOT NULL CHECK (state IN
                        ('queued', 'sending', 'sent', 'held', 'given-up', 'suppressed', 'limited')),
                    attempts BIGINT NOT NULL CHECK (attempts >= 0),
                    uncertain BIGINT NOT NULL CHECK (uncertain >= 0),
                    slot_at {TIME} NOT NULL,
                    due_at {TIME} NOT NULL,
                    expires_at {TIME} NOT NULL,
                    lease TEXT,
                    leased_until {TIME},
                    reason TEXT,
                    created_at {TIME} NOT NULL,
                    ended_at {TIME},
                    purged_at {TIME}
                )
                """,
                "CREATE INDEX emails_recipient ON emails (recipient_hash, slot_at)",
                "CREATE INDEX emails_open ON emails (due_at) WHERE state IN ('queued', 'sending')",
                "CREATE INDEX emails_held ON emails (id) WHERE state = 'held'",
                "CREATE INDEX emails_ended ON emails (ended_at) WHERE ended_at IS NOT NULL",
                "CREATE INDEX emails_unpurged ON emails (ended_at) WHERE purged_at IS NULL AND ended_at IS NOT NULL",
                // One row for each recipient, so that two mails to one of them are counted one after the other.
                "CREATE TABLE email_recipients (hash TEXT PRIMARY KEY NOT NULL, counted_at {TIME} NOT NULL)",
                "CREATE INDEX email_recipients_counted ON email_recipients (counted_at)",
                """
                CREATE TABLE email_suppressions (
                    hash TEXT PRIMARY KEY NOT NULL,
                    cause TEXT NOT NULL CHECK (cause IN ('bounce', 'complaint', 'manual')),
                    detail TEXT,
                    added_at {TIME} NOT NULL
                )
                """,
            ]),
        // `recipient`, `recipient_name`, `subject`, `body_*` and `unsubscribe` stand in `sealed` from here on, encrypted;
        // what an earlier version wrote is sealed by `email.retain`. Needs `0006-secrets`.
        Migration(
            "0010-sealed-mail",
            portable: [
                "ALTER TABLE emails ADD COLUMN sealed {BLOB}",
                "CREATE INDEX emails_plain ON emails (id) WHERE sealed IS NULL AND purged_at IS NULL",
                """
                INSERT INTO sealed_columns (table_name, column_name, id_column, index_column, updated_at)
                VALUES ('emails', 'sealed', 'id', NULL, 0)
                """,
            ]),
    ]
}
