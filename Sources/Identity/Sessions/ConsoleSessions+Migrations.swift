public import Store

/// Sessions of the console's door: apart from those of the public door, so that neither opens the other.
public enum ConsoleSchema {
    public static let migrations = [
        Migration(
            "0018-console",
            portable: [
                """
                CREATE TABLE console_sessions (
                    secret_hash TEXT PRIMARY KEY NOT NULL,
                    id TEXT NOT NULL UNIQUE,
                    account TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
                    created_at {TIME} NOT NULL,
                    authenticated_at {TIME} NOT NULL,
                    seen_at {TIME} NOT NULL,
                    expires_at {TIME} NOT NULL,
                    device TEXT NOT NULL,
                    address TEXT NOT NULL
                )
                """,
                "CREATE INDEX console_sessions_account ON console_sessions (account)",
                "CREATE INDEX console_sessions_expires ON console_sessions (expires_at)",
                // The console lists them by the last use.
                "CREATE INDEX console_sessions_seen ON console_sessions (seen_at)",
            ])
    ]
}
