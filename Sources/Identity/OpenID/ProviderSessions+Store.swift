import Kernel
import Store

/// Which sign-in at a provider a session here came of, so that the provider can end it. Keyed by what the session, or a sign-in that
/// waits for its second step, is kept under; it moves along with what goes on from it.
struct ProviderSessionStore: Sendable {
    struct Row: Sendable {
        let key: String
        let account: String
    }

    func insert(
        _ key: String, account: String, issuer: String, subject: String, session: String?, at now: Timestamp,
        in db: Transaction
    ) throws {
        try db.execute(
            """
            INSERT INTO provider_sessions (session_hash, account, issuer, subject, provider_session, created_at)
            VALUES (\(key), \(account), \(issuer), \(subject), \(session), \(now))
            """)
    }

    /// A session goes on under another key.
    func move(_ key: String, to next: String, in db: Transaction) throws {
        try db.execute("UPDATE provider_sessions SET session_hash = \(next) WHERE session_hash = \(key)")
    }

    func remove(_ key: String, in db: Transaction) throws {
        try db.execute("DELETE FROM provider_sessions WHERE session_hash = \(key)")
    }

    /// By the provider's session, by its subject, or by both. A sign-in whose ID token named no session is over with any of its
    /// subject's: nothing tells that it isn't the one.
    func find(
        issuer: String, subject: String?, session: String?, in db: ReadTransaction
    ) throws -> [Row] {
        let rows: [Store.Row]
        switch (subject, session) {
        case (let subject?, let session?):
            rows = try db.rows(
                """
                SELECT session_hash, account FROM provider_sessions WHERE issuer = \(issuer) AND subject = \(subject)
                    AND (provider_session = \(session) OR provider_session IS NULL)
                ORDER BY session_hash
                """)
        case (let subject?, nil):
            rows = try db.rows(
                """
                SELECT session_hash, account FROM provider_sessions WHERE issuer = \(issuer) AND subject = \(subject)
                ORDER BY session_hash
                """)
        case (nil, let session?):
            rows = try db.rows(
                """
                SELECT session_hash, account FROM provider_sessions
                WHERE issuer = \(issuer) AND provider_session = \(session) ORDER BY session_hash
                """)
        case (nil, nil): rows = []
        }
        return try rows.map { Row(key: try $0["session_hash"], account: try $0["account"]) }
    }

    // MARK: Tokens that counted

    /// Older ones aren't believed any more, whatever they say.
    static let tokenSpan: Duration = .seconds(900)

    /// Exactly one of any number of callers with the same token gets true.
    func isFirst(_ id: String, of issuer: String, at now: Timestamp, in db: Transaction) throws -> Bool {
        let hash = OneTimeSecret.hash("\(issuer)\n\(id)")
        return try db.execute(
            """
            INSERT INTO provider_logouts (token_hash, expires_at)
            VALUES (\(hash), \(now.advanced(by: ProviderSessionStore.tokenSpan)))
            ON CONFLICT (token_hash) DO NOTHING
            """) == 1
    }

    static func sweep(at now: Timestamp, in db: Transaction) throws -> Int {
        let before = now.advanced(by: .seconds(-3600))
        return try db.execute("DELETE FROM provider_logouts WHERE expires_at < \(now)")
            + db.execute(
                """
                DELETE FROM provider_sessions WHERE created_at < \(before)
                    AND NOT EXISTS (SELECT 1 FROM sessions WHERE secret_hash = provider_sessions.session_hash)
                """)
    }
}
