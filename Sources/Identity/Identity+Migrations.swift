public import Store

/// The tables of this room.
public enum IdentitySchema {
    public static let migrations = [
        Migration(
            "0009-identity",
            portable: [
                // `email` is as its owner wrote it, `email_key` in lower case: the same mailbox once.
                """
                CREATE TABLE accounts (
                    id TEXT PRIMARY KEY NOT NULL,
                    email TEXT NOT NULL,
                    email_key TEXT NOT NULL UNIQUE,
                    status TEXT NOT NULL CHECK (status IN ('active', 'disabled')),
                    role TEXT NOT NULL,
                    password TEXT,
                    password_at {TIME},
                    created_at {TIME} NOT NULL,
                    signed_in_at {TIME}
                )
                """,
                "CREATE INDEX accounts_role ON accounts (role)",
                // The secret itself is with its owner only; `secret_hash` is its SHA-256.
                """
                CREATE TABLE sessions (
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
                "CREATE INDEX sessions_account ON sessions (account)",
                "CREATE INDEX sessions_expires ON sessions (expires_at)",
                // One-time links that were mailed or printed.
                """
                CREATE TABLE identity_links (
                    secret_hash TEXT PRIMARY KEY NOT NULL,
                    kind TEXT NOT NULL CHECK (kind IN ('setup', 'sign-up', 'invitation', 'reset', 'address', 'device')),
                    account TEXT REFERENCES accounts (id) ON DELETE CASCADE,
                    email TEXT,
                    role TEXT,
                    created_at {TIME} NOT NULL,
                    expires_at {TIME} NOT NULL
                )
                """,
                "CREATE INDEX identity_links_account ON identity_links (account)",
                "CREATE INDEX identity_links_email ON identity_links (email)",
                "CREATE INDEX identity_links_expires ON identity_links (expires_at)",
                // Devices on which somebody signed in, or that a mailed link let in.
                """
                CREATE TABLE known_devices (
                    secret_hash TEXT NOT NULL,
                    account TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
                    seen_at {TIME} NOT NULL,
                    PRIMARY KEY (secret_hash, account)
                )
                """,
                "CREATE INDEX known_devices_account ON known_devices (account)",
                "CREATE INDEX known_devices_seen ON known_devices (seen_at)",
                """
                CREATE TABLE sign_in_counters (
                    id TEXT PRIMARY KEY NOT NULL,
                    failures BIGINT NOT NULL CHECK (failures >= 0),
                    locks BIGINT NOT NULL CHECK (locks >= 0),
                    locked_until {TIME},
                    last_attempt_at {TIME} NOT NULL
                )
                """,
                "CREATE INDEX sign_in_counters_last ON sign_in_counters (last_attempt_at)",
            ]),
        Migration(
            "0013-api-keys",
            portable: [
                // The key itself is with its owner only; `secret_hash` is its SHA-256. No scopes: all that the role may.
                """
                CREATE TABLE api_keys (
                    secret_hash TEXT PRIMARY KEY NOT NULL,
                    id TEXT NOT NULL UNIQUE,
                    account TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
                    name TEXT NOT NULL,
                    hint TEXT NOT NULL,
                    scopes TEXT NOT NULL,
                    created_at {TIME} NOT NULL,
                    expires_at {TIME} NOT NULL,
                    used_at {TIME}
                )
                """,
                "CREATE INDEX api_keys_account ON api_keys (account)",
                "CREATE INDEX api_keys_expires ON api_keys (expires_at)",
            ]),
        Migration(
            "0014-tokens",
            portable: [
                // One sign-in of a program: its refresh tokens follow each other, its access tokens name it.
                """
                CREATE TABLE token_families (
                    id TEXT PRIMARY KEY NOT NULL,
                    account TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
                    device TEXT NOT NULL,
                    address TEXT NOT NULL,
                    created_at {TIME} NOT NULL,
                    refreshed_at {TIME} NOT NULL,
                    expires_at {TIME} NOT NULL,
                    factor_at {TIME}
                )
                """,
                "CREATE INDEX token_families_account ON token_families (account)",
                "CREATE INDEX token_families_expires ON token_families (expires_at)",
                // A used one stays until its family ends, so that a second use shows. `successor_key` is the id of the key
                // that its successor was made with: made again, not kept.
                """
                CREATE TABLE refresh_tokens (
                    secret_hash TEXT PRIMARY KEY NOT NULL,
                    family TEXT NOT NULL REFERENCES token_families (id) ON DELETE CASCADE,
                    created_at {TIME} NOT NULL,
                    used_at {TIME},
                    successor_key TEXT
                )
                """,
                "CREATE INDEX refresh_tokens_family ON refresh_tokens (family)",
            ]),
        Migration(
            "0015-second-factor",
            portable: [
                // No reference to accounts: an app's own people may have one too. Whoever deletes an account says so here.
                """
                CREATE TABLE second_factors (
                    account TEXT PRIMARY KEY NOT NULL,
                    seed {BLOB} NOT NULL,
                    last_step BIGINT NOT NULL,
                    created_at {TIME} NOT NULL,
                    confirmed_at {TIME}
                )
                """,
                "CREATE INDEX second_factors_created ON second_factors (created_at)",
                """
                CREATE TABLE recovery_codes (
                    account TEXT NOT NULL,
                    selector TEXT NOT NULL,
                    hash TEXT NOT NULL,
                    created_at {TIME} NOT NULL,
                    PRIMARY KEY (account, selector)
                )
                """,
                // Sign-ins whose first step is done.
                """
                CREATE TABLE sign_in_steps (
                    secret_hash TEXT PRIMARY KEY NOT NULL,
                    account TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
                    method TEXT NOT NULL,
                    password TEXT,
                    created_at {TIME} NOT NULL,
                    expires_at {TIME} NOT NULL
                )
                """,
                "CREATE INDEX sign_in_steps_account ON sign_in_steps (account)",
                "CREATE INDEX sign_in_steps_expires ON sign_in_steps (expires_at)",
                "ALTER TABLE sessions ADD COLUMN factor_at {TIME}",
            ]),
        Migration(
            "0016-passkeys",
            portable: [
                // `id` is the credential's own, in base64url; `public_key` verifies and signs nothing.
                """
                CREATE TABLE passkeys (
                    id TEXT PRIMARY KEY NOT NULL,
                    account TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
                    name TEXT NOT NULL,
                    algorithm BIGINT NOT NULL,
                    public_key {BLOB} NOT NULL,
                    counter BIGINT NOT NULL,
                    is_backed_up BIGINT NOT NULL,
                    created_at {TIME} NOT NULL,
                    used_at {TIME}
                )
                """,
                "CREATE INDEX passkeys_account ON passkeys (account)",
                """
                CREATE TABLE passkey_challenges (
                    secret_hash TEXT PRIMARY KEY NOT NULL,
                    account TEXT REFERENCES accounts (id) ON DELETE CASCADE,
                    expires_at {TIME} NOT NULL
                )
                """,
                "CREATE INDEX passkey_challenges_account ON passkey_challenges (account)",
                "CREATE INDEX passkey_challenges_expires ON passkey_challenges (expires_at)",
            ]),
        Migration(
            "0017-adopted-sign-in",
            portable: [
                // Cookies of the app that were known before somebody signed in with them: they count as that session, or
                // as none once it has ended. `cookie_hash` is a SHA-256.
                """
                CREATE TABLE adopted_cookies (
                    cookie_hash TEXT PRIMARY KEY NOT NULL,
                    session_hash TEXT NOT NULL,
                    created_at {TIME} NOT NULL
                )
                """,
                "CREATE INDEX adopted_cookies_created ON adopted_cookies (created_at)",
            ]),
        openID,
        projects,
        socketTickets,
        Migration(
            "0024-adopted-second-factor",
            portable: [
                // 1: the app's password was right, a second factor is wanted first.
                "ALTER TABLE sessions ADD COLUMN awaits_factor BIGINT NOT NULL DEFAULT 0",
                // Keys of the sessions that it goes on from, with blanks between: the app's cookies are sealed for those.
                "ALTER TABLE sessions ADD COLUMN origins TEXT",
            ]),
        passkeyProofs,
        providerSessions,
    ]
}
