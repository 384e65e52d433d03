import Store

extension IdentitySchema {
    static let socketTickets = Migration(
        "0023-socket-tickets",
        portable: [
            // The ticket itself is with its owner only; `secret_hash` is its SHA-256. `holder` is what the session or API
            // key behind it is kept under, or the id of a family of tokens; `holds_until` when an access token runs out.
            """
            CREATE TABLE socket_tickets (
                secret_hash TEXT PRIMARY KEY NOT NULL,
                kind TEXT NOT NULL CHECK (kind IN ('session', 'api-key', 'access-token')),
                holder TEXT NOT NULL,
                account TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
                holds_until {TIME},
                expires_at {TIME} NOT NULL
            )
            """,
            "CREATE INDEX socket_tickets_account ON socket_tickets (account)",
            "CREATE INDEX socket_tickets_expires ON socket_tickets (expires_at)",
        ])
}
