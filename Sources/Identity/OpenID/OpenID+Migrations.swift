import Store

extension IdentitySchema {
    static let providerSessions = Migration(
        "0029-provider-sessions",
        portable: [
            // Which sign-in at a provider a session came of. `session_hash` is the key of the session, or of a sign-in that waits
            // for its second step.
            """
            CREATE TABLE provider_sessions (
                session_hash TEXT PRIMARY KEY NOT NULL,
                account TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
                issuer TEXT NOT NULL,
                subject TEXT NOT NULL,
                provider_session TEXT,
                created_at {TIME} NOT NULL
            )
            """,
            "CREATE INDEX provider_sessions_account ON provider_sessions (account)",
            "CREATE INDEX provider_sessions_subject ON provider_sessions (issuer, subject)",
            "CREATE INDEX provider_sessions_session ON provider_sessions (issuer, provider_session)",
            // Logout tokens that counted: each of them does once.
            "CREATE TABLE provider_logouts (token_hash TEXT PRIMARY KEY NOT NULL, expires_at {TIME} NOT NULL)",
            "CREATE INDEX provider_logouts_expires ON provider_logouts (expires_at)",
        ])

    static let openID = Migration(
        "0021-openid",
        portable: [
            // Sign-ins that are under way: only hashes of what the provider gets and the browser keeps.
            """
            CREATE TABLE provider_sign_ins (
                state_hash TEXT PRIMARY KEY NOT NULL,
                browser_hash TEXT NOT NULL,
                provider TEXT NOT NULL,
                issuer TEXT NOT NULL,
                purpose TEXT NOT NULL CHECK (purpose IN ('sign-in', 'renew', 'link')),
                account TEXT REFERENCES accounts (id) ON DELETE CASCADE,
                return_to TEXT NOT NULL,
                created_at {TIME} NOT NULL,
                expires_at {TIME} NOT NULL
            )
            """,
            "CREATE INDEX provider_sign_ins_account ON provider_sign_ins (account)",
            "CREATE INDEX provider_sign_ins_expires ON provider_sign_ins (expires_at)",
            // `issuer` and `subject` say who it is; `provider` is only what the configuration calls it.
            """
            CREATE TABLE linked_identities (
                id TEXT PRIMARY KEY NOT NULL,
                account TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
                provider TEXT NOT NULL,
                issuer TEXT NOT NULL,
                subject TEXT NOT NULL,
                label TEXT NOT NULL,
                created_at {TIME} NOT NULL,
                used_at {TIME},
                UNIQUE (issuer, subject)
            )
            """,
            "CREATE INDEX linked_identities_account ON linked_identities (account)",
            """
            CREATE TABLE proven_addresses (
                account TEXT PRIMARY KEY NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
                email_key TEXT NOT NULL,
                proven_at {TIME} NOT NULL
            )
            """,
        ])
}
