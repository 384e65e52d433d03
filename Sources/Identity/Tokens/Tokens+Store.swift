import Kernel
import Store

/// One sign-in of a program, whose tokens follow each other.
struct TokenFamily: Sendable, Equatable {
    let id: String
    let account: String
    let device: String
    let address: String
    let createdAt: Timestamp
    let refreshedAt: Timestamp
    let expiresAt: Timestamp
    /// When a second factor was given at its sign-in; nil: none was.
    let factorAt: Timestamp?

    /// One in memory, with the caller that it proves.
    final class Live: Sendable {
        let row: TokenFamily
        let memo = CallerMemo()
        init(_ row: TokenFamily) { self.row = row }
    }
}

struct TokenStore: Sendable {
    static let topic: Change.Topic = "token-family"
    /// More than this at a time end the oldest, as with sessions.
    static let mostPerAccount = 50

    private static let columns: SQL = "id, account, device, address, created_at, refreshed_at, expires_at, factor_at"

    static func family(_ row: Row) throws -> TokenFamily {
        TokenFamily(
            id: try row["id"], account: try row["account"], device: try row["device"], address: try row["address"],
            createdAt: try row["created_at"], refreshedAt: try row["refreshed_at"], expiresAt: try row["expires_at"],
            factorAt: try row["factor_at"])
    }

    /// What requests are judged by.
    static func view(feed: ChangeFeed, clock: any MonotonicClock) -> FreshTable<TokenFamily.Live> {
        FreshTable(
            topic, of: feed, clock: clock,
            load: { db in try db.rows("SELECT \(columns) FROM token_families").map(family).map { ($0.id, .init($0)) } },
            fetch: { db, keys in
                var found: [TokenFamily] = []
                for start in stride(from: 0, to: keys.count, by: 500) {
                    let part = keys[start..<min(start + 500, keys.count)]
                    found += try db.rows("SELECT \(columns) FROM token_families WHERE id IN (\(list: part))").map(
                        family)
                }
                return found.map { ($0.id, .init($0)) }
            })
    }

    /// Begins a family with its first refresh token; the ids of those that ended for it.
    func begin(_ family: TokenFamily, firstHash: String, in db: Transaction) throws -> [String] {
        try db.execute(
            """
            INSERT INTO token_families (id, account, device, address, created_at, refreshed_at, expires_at, factor_at)
            VALUES (\(family.id), \(family.account), \(family.device), \(family.address), \(family.createdAt),
                \(family.refreshedAt), \(family.expiresAt), \(family.factorAt))
            """)
        try add(firstHash, to: family.id, at: family.createdAt, in: db)
        db.changed(TokenStore.topic, key: family.id, at: family.createdAt)
        let kept = TokenStore.mostPerAccount
        let surplus: [String] = try db.rows(
            """
            SELECT id FROM token_families WHERE account = \(family.account) ORDER BY created_at DESC, id DESC
            LIMIT 100 OFFSET \(kept)
            """
        ).map { try $0["id"] }
        for id in surplus.sorted() { _ = try end(id, at: family.createdAt, in: db) }
        return surplus
    }

    func add(_ hash: String, to family: String, at now: Timestamp, in db: Transaction) throws {
        try db.execute(
            "INSERT INTO refresh_tokens (secret_hash, family, created_at) VALUES (\(hash), \(family), \(now))")
    }

    /// A refresh token as the database knows it.
    struct Held: Sendable {
        let family: TokenFamily
        let usedAt: Timestamp?
        let successorKey: String?
    }

    /// The family that a refresh token belongs to.
    func family(of hash: String, in db: ReadTransaction) throws -> String? {
        try db.value("SELECT family FROM refresh_tokens WHERE secret_hash = \(hash)")
    }

    /// Locks the family of a refresh token, then reads the token: one refresh of a family at a time.
    func locked(_ hash: String, in db: Transaction) throws -> Held? {
        guard let id = try family(of: hash, in: db),
            let family = try db.lockedRow("SELECT \(TokenStore.columns) FROM token_families WHERE id = \(id)")
                .map(TokenStore.family),
            let row = try db.row("SELECT used_at, successor_key FROM refresh_tokens WHERE secret_hash = \(hash)")
        else { return nil }
        return Held(family: family, usedAt: try row["used_at"], successorKey: try row["successor_key"])
    }

    /// Notes that a token was used, and what its successor was made with.
    func use(_ hash: String, of family: String, key: String, at now: Timestamp, in db: Transaction) throws {
        try db.execute(
            "UPDATE refresh_tokens SET used_at = \(now), successor_key = \(key) WHERE secret_hash = \(hash)")
        try db.execute("UPDATE token_families SET refreshed_at = \(now) WHERE id = \(family)")
    }

    /// Ends a family with all its tokens; false when it had ended already. `account` nil: whoever's it is.
    func end(_ id: String, of account: String? = nil, at now: Timestamp, in db: Transaction) throws -> Bool {
        let owner: SQL = account.map { "AND account = \($0)" } ?? ""
        guard try db.execute("DELETE FROM token_families WHERE id = \(id) \(owner)") > 0 else { return false }
        db.changed(TokenStore.topic, key: id, at: now)
        return true
    }

    /// Ends all families of an account but one; their ids.
    func endAll(of account: String, except kept: String?, at now: Timestamp, in db: Transaction) throws -> [String] {
        let ids: [String] = try db.rows(
            "DELETE FROM token_families WHERE account = \(account) AND id <> \(kept ?? "") RETURNING id"
        ).map { try $0["id"] }
        for id in ids.sorted() { db.changed(TokenStore.topic, key: id, at: now) }
        return ids
    }

    func list(of account: String, at now: Timestamp, in db: ReadTransaction) throws -> [TokenFamily] {
        try db.rows(
            """
            SELECT \(TokenStore.columns) FROM token_families WHERE account = \(account) AND expires_at > \(now)
            ORDER BY refreshed_at DESC, id LIMIT 200
            """
        ).map(TokenStore.family)
    }

    static func sweep(before time: Timestamp, in db: Transaction) throws -> Int {
        let ids: [String] = try db.rows(
            """
            DELETE FROM token_families WHERE id IN (
                SELECT id FROM token_families WHERE expires_at <= \(time) ORDER BY id LIMIT 500)
            RETURNING id
            """
        ).map { try $0["id"] }
        for id in ids.sorted() { db.changed(topic, key: id, at: time) }
        return ids.count
    }
}
