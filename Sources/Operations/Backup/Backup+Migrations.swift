public import Store

extension BackupLedger {
    public static let migrations = [
        Migration(
            "0007-backups",
            portable: [
                """
                CREATE TABLE backups (
                    id TEXT PRIMARY KEY NOT NULL,
                    name TEXT NOT NULL UNIQUE,
                    destination TEXT NOT NULL,
                    cause TEXT NOT NULL CHECK (cause IN ('schedule', 'command', 'migration', 'restore')),
                    state TEXT NOT NULL CHECK (state IN ('running', 'verified', 'failed', 'removed')),
                    size_bytes BIGINT,
                    row_count BIGINT,
                    started_at {TIME} NOT NULL,
                    ended_at {TIME},
                    verified_at {TIME},
                    error TEXT
                )
                """,
                "CREATE INDEX backups_started ON backups (started_at)",
                "CREATE INDEX backups_verified ON backups (destination, name) WHERE state = 'verified'",
            ])
    ]
}
