import Kernel
import Store

/// One signed-in browser or program, as the database keeps it.
struct SessionRow: Sendable, Equatable {
    let secretHash: String
    let id: String
    let account: String
    let createdAt: Timestamp
    let authenticatedAt: Timestamp
    let seenAt: Timestamp
    let expiresAt: Timestamp
    /// Such as `Firefox on Linux`, made from what the browser said.
    let device: String
    /// Where it was begun, as text; empty where unknown.
    let address: String
    /// When a second factor was given for it; nil: never.
    var factorAt: Timestamp?
    /// The app's password was right, and a second factor is wanted before anything of the app is opened.
    var awaitsFactor = false
    /// Keys of the sessions that this one goes on from: what was sealed for them counts as sealed for this one, together with its
    /// own cookie alone. (docs/decisions/0024)
    var origins: [String] = []

    /// As many as sealed cookies may stay in use for.
    static let mostOrigins = 8
}

struct SessionStore: Sendable {
    /// Where a process keeps the families of tokens in memory: what ends sessions ends them too.
    var families: FreshTable<TokenFamily.Live>?

    static let topic: Change.Topic = "session"
    /// More than this at a time end the oldest: no account grows the view without bound.
    static let mostPerAccount = 50

    private static let columns: SQL =
        "secret_hash, id, account, created_at, authenticated_at, seen_at, expires_at, device, address, factor_at, "
        + "awaits_factor, origins"

    static func session(_ row: Row) throws -> SessionRow {
        SessionRow(
            secretHash: try row["secret_hash"], id: try row["id"], account: try row["account"],
            createdAt: try row["created_at"], authenticatedAt: try row["authenticated_at"], seenAt: try row["seen_at"],
            expiresAt: try row["expires_at"], device: try row["device"], address: try row["address"],
            factorAt: try row["factor_at"], awaitsFactor: try row["awaits_factor"] as Int == 1,
            origins: (try row["origins"] as String? ?? "").split(separator: " ").map(String.init))
    }

    func insert(_ session: SessionRow, in db: Transaction) throws {
        try db.execute(
            """
            INSERT INTO sessions (secret_hash, id, account, created_at, authenticated_at, seen_at, expires_at, device,
                address, factor_at, awaits_factor, origins)
            VALUES (\(session.secretHash), \(session.id), \(session.account), \(session.createdAt),
                \(session.authenticatedAt), \(session.seenAt), \(session.expiresAt), \(session.device),
                \(session.address), \(session.factorAt), \(session.awaitsFactor ? 1 : 0),
                \(session.origins.isEmpty ? nil : session.origins.joined(separator: " ")))
            """)
        db.changed(SessionStore.topic, key: session.secretHash, at: session.createdAt)
        let kept = SessionStore.mostPerAccount
        let surplus = try db.rows(
            """
            SELECT secret_hash FROM sessions WHERE account = \(session.account) ORDER BY created_at DESC, id DESC
            LIMIT 100 OFFSET \(kept)
            """)
        for row in surplus { _ = try remove(row["secret_hash"], at: session.createdAt, in: db) }
    }

    /// Ends a session; false when it had ended already.
    func remove(_ secretHash: String, at now: Timestamp, in db: Transaction) throws -> Bool {
        let removed = try db.execute("DELETE FROM sessions WHERE secret_hash = \(secretHash)")
        if removed > 0 { db.changed(SessionStore.topic, key: secretHash, at: now) }
        return removed > 0
    }

    /// Ends all sessions of an account but one, and programs' tokens; the keys of the sessions and the ids of the families.
    func removeAll(
        of account: String, except kept: String? = nil, at now: Timestamp, in db: Transaction
    ) throws -> [String] {
        let keys: [String] = try db.rows(
            """
            DELETE FROM sessions WHERE account = \(account) AND secret_hash <> \(kept ?? "") RETURNING secret_hash
            """
        ).map { try $0["secret_hash"] }
        for key in keys.sorted() { db.changed(SessionStore.topic, key: key, at: now) }
        let ended = try TokenStore().endAll(of: account, except: kept, at: now, in: db)
        if let families, !ended.isEmpty {
            db.afterCommit { for id in ended { families.changed(id, to: nil) } }
        }
        return keys + ended
    }

    /// One of an account's own, by its id.
    func find(id: String, of account: String, in db: ReadTransaction) throws -> SessionRow? {
        try db.row("SELECT \(SessionStore.columns) FROM sessions WHERE id = \(id) AND account = \(account)")
            .map(SessionStore.session)
    }

    func list(of account: String, at now: Timestamp, in db: ReadTransaction) throws -> [SessionRow] {
        try db.rows(
            """
            SELECT \(SessionStore.columns) FROM sessions WHERE account = \(account) AND expires_at > \(now)
            ORDER BY seen_at DESC, id LIMIT 200
            """
        ).map(SessionStore.session)
    }

    func all(in db: ReadTransaction) throws -> [SessionRow] {
        try db.rows("SELECT \(SessionStore.columns) FROM sessions").map(SessionStore.session)
    }

    /// What a session that goes on from this one has to know of it.
    func origins(of secretHash: String, in db: ReadTransaction) throws -> [String] {
        let row = try fetch([secretHash], in: db).first
        return Array(((row?.origins ?? []) + [secretHash]).suffix(SessionRow.mostOrigins))
    }

    func fetch(_ keys: [String], in db: ReadTransaction) throws -> [SessionRow] {
        var found: [SessionRow] = []
        for start in stride(from: 0, to: keys.count, by: 500) {
            let part = keys[start..<min(start + 500, keys.count)]
            found += try db.rows("SELECT \(SessionStore.columns) FROM sessions WHERE secret_hash IN (\(list: part))")
                .map(SessionStore.session)
        }
        return found
    }

    /// Writes when sessions were last used; never earlier than what stands there.
    func touch(_ seen: [(key: String, at: Timestamp)], now: Timestamp, in db: Transaction) throws {
        for (key, at) in seen.sorted(by: { $0.key < $1.key }) {
            let changed = try db.execute(
                "UPDATE sessions SET seen_at = \(at) WHERE secret_hash = \(key) AND seen_at < \(at)")
            if changed > 0 { db.changed(SessionStore.topic, key: key, at: now) }
        }
    }

    /// Removes what has run out, so that tables stay small; the rule itself doesn't wait for it.
    static func sweep(at now: Timestamp, idle: Duration, in db: Transaction) throws -> Int {
        let keys: [String] = try db.rows(
            """
            DELETE FROM sessions WHERE secret_hash IN (
                SELECT secret_hash FROM sessions WHERE expires_at <= \(now) OR seen_at <= \(now.advanced(by: .zero - idle))
                ORDER BY secret_hash LIMIT 500)
            RETURNING secret_hash
            """
        ).map { try $0["secret_hash"] }
        for key in keys.sorted() { db.changed(topic, key: key, at: now) }
        return keys.count
    }
}

/// Browsers that an account knows: each has a counter of failed sign-ins of its own.
struct DeviceStore: Sendable {
    func knows(_ secretHash: String, _ account: String, in db: ReadTransaction) throws -> Bool {
        try db.row(
            "SELECT account FROM known_devices WHERE secret_hash = \(secretHash) AND account = \(account)") != nil
    }

    /// False when it was known already.
    func remember(_ secretHash: String, _ account: String, at now: Timestamp, in db: Transaction) throws -> Bool {
        let isNew = try !knows(secretHash, account, in: db)
        try db.execute(
            """
            INSERT INTO known_devices (secret_hash, account, seen_at) VALUES (\(secretHash), \(account), \(now))
            ON CONFLICT (secret_hash, account) DO UPDATE SET seen_at = \(now)
            """)
        return isNew
    }

    func hasAny(_ account: String, in db: ReadTransaction) throws -> Bool {
        try db.row("SELECT account FROM known_devices WHERE account = \(account) LIMIT 1") != nil
    }

    func forgetAll(of account: String, in db: Transaction) throws {
        try db.execute("DELETE FROM known_devices WHERE account = \(account)")
    }

    static func sweep(before time: Timestamp, in db: Transaction) throws -> Int {
        try db.execute("DELETE FROM known_devices WHERE seen_at < \(time)")
    }
}
