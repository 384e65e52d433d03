import Kernel
import Store

struct APIKeyStore: Sendable {
    static let topic: Change.Topic = "api-key"
    /// More than these at a time are refused: no account grows the view without bound.
    static let mostPerAccount = 50

    private static let columns: SQL =
        "secret_hash, id, account, name, hint, scopes, created_at, expires_at, used_at, factor_at"

    static func key(_ row: Row) throws -> APIKeyRow {
        let scopes: String = try row["scopes"]
        return APIKeyRow(
            secretHash: try row["secret_hash"], id: try row["id"], account: try row["account"], name: try row["name"],
            hint: try row["hint"], scopes: Set(scopes.split(separator: " ").map(String.init)),
            createdAt: try row["created_at"], expiresAt: try row["expires_at"], usedAt: try row["used_at"],
            factorAt: try row["factor_at"])
    }

    func insert(_ key: APIKeyRow, in db: Transaction) throws {
        try db.execute(
            """
            INSERT INTO api_keys (secret_hash, id, account, name, hint, scopes, created_at, expires_at, factor_at)
            VALUES (\(key.secretHash), \(key.id), \(key.account), \(key.name), \(key.hint),
                \(key.scopes.sorted().joined(separator: " ")), \(key.createdAt), \(key.expiresAt), \(key.factorAt))
            """)
        db.changed(APIKeyStore.topic, key: key.secretHash, at: key.createdAt)
    }

    /// Takes a key away; nil when there is none (any more). `account` nil: whoever's it is.
    func remove(id: String, of account: String?, at now: Timestamp, in db: Transaction) throws -> APIKeyRow? {
        let owner: SQL = account.map { "AND account = \($0)" } ?? ""
        let row = try db.row(
            "DELETE FROM api_keys WHERE id = \(id) \(owner) RETURNING \(APIKeyStore.columns)"
        ).map(APIKeyStore.key)
        if let row { db.changed(APIKeyStore.topic, key: row.secretHash, at: now) }
        return row
    }

    func remove(hash: String, at now: Timestamp, in db: Transaction) throws -> APIKeyRow? {
        let row = try db.row(
            "DELETE FROM api_keys WHERE secret_hash = \(hash) RETURNING \(APIKeyStore.columns)"
        ).map(APIKeyStore.key)
        if let row { db.changed(APIKeyStore.topic, key: row.secretHash, at: now) }
        return row
    }

    func count(of account: String, in db: ReadTransaction) throws -> Int {
        try db.value("SELECT COUNT(*) FROM api_keys WHERE account = \(account)") ?? 0
    }

    /// The newest first; nil: everybody's.
    func list(of account: String?, limit: Int = 1000, in db: ReadTransaction) throws -> [APIKeyRow] {
        let owner: SQL = account.map { "WHERE account = \($0)" } ?? ""
        return try db.rows(
            "SELECT \(APIKeyStore.columns) FROM api_keys \(owner) ORDER BY created_at DESC, id DESC LIMIT \(limit)"
        ).map(APIKeyStore.key)
    }

    /// A part of everybody's, the newest first: ids ascend with time.
    ///
    /// - Parameters:
    ///   - owner: part of its owner's address; nil for all.
    ///   - before: the id of the last one of the page before.
    func page(
        ownedBy owner: String?, _ state: Administration.KeyState?, at now: Timestamp, before: String?, limit: Int,
        in db: ReadTransaction
    ) throws -> [APIKeyRow] {
        var conditions: [SQL] = []
        if let before { conditions.append("id < \(before)") }
        if let owner {
            let wanted = AccountStore.pattern(owner)
            conditions.append("account IN (SELECT id FROM accounts WHERE email_key LIKE \(wanted))")
        }
        switch state {
        case .valid: conditions.append("expires_at > \(now)")
        case .expired: conditions.append("expires_at <= \(now)")
        case .unused: conditions.append("used_at IS NULL")
        case nil: break
        }
        let filter: SQL = conditions.isEmpty ? "" : "WHERE \(SQL.joined(conditions, by: " AND "))"
        return try db.rows(
            "SELECT \(APIKeyStore.columns) FROM api_keys \(filter) ORDER BY id DESC LIMIT \(limit)"
        ).map(APIKeyStore.key)
    }

    func all(in db: ReadTransaction) throws -> [APIKeyRow] {
        try db.rows("SELECT \(APIKeyStore.columns) FROM api_keys").map(APIKeyStore.key)
    }

    func fetch(_ keys: [String], in db: ReadTransaction) throws -> [APIKeyRow] {
        var found: [APIKeyRow] = []
        for start in stride(from: 0, to: keys.count, by: 500) {
            let part = keys[start..<min(start + 500, keys.count)]
            found += try db.rows("SELECT \(APIKeyStore.columns) FROM api_keys WHERE secret_hash IN (\(list: part))")
                .map(APIKeyStore.key)
        }
        return found
    }

    /// Writes when keys were last used; never earlier than what stands there. Views don't ask for it, so nobody is told.
    func touch(_ used: [(key: String, at: Timestamp)], in db: Transaction) throws {
        for (key, at) in used.sorted(by: { $0.key < $1.key }) {
            try db.execute(
                """
                UPDATE api_keys SET used_at = \(at)
                WHERE secret_hash = \(key) AND (used_at IS NULL OR used_at < \(at))
                """)
        }
    }

    /// Removes what ran out a month ago: until then its owner sees why a program no longer works.
    static func sweep(before time: Timestamp, in db: Transaction) throws -> Int {
        let keys: [String] = try db.rows(
            """
            DELETE FROM api_keys WHERE secret_hash IN (
                SELECT secret_hash FROM api_keys WHERE expires_at < \(time) ORDER BY secret_hash LIMIT 500)
            RETURNING secret_hash
            """
        ).map { try $0["secret_hash"] }
        for key in keys.sorted() { db.changed(topic, key: key, at: time) }
        return keys.count
    }
}
