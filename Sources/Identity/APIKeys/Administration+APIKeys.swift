public import Kernel
import Store

extension Administration {
    /// A key as whoever administers sees it.
    public struct KeyEntry: Sendable {
        public let id: String
        /// Its owner's id.
        public let account: String
        public let email: String
        public let name: String
        public let hint: String
        public let scopes: [String]
        public let createdAt: Timestamp
        public let expiresAt: Timestamp
        public let usedAt: Timestamp?

        init(_ row: APIKeyRow, email: String) {
            (id, account, name, hint, scopes) = (row.id, row.account, row.name, row.hint, row.scopes.sorted())
            (createdAt, expiresAt, usedAt) = (row.createdAt, row.expiresAt, row.usedAt)
            self.email = email
        }
    }

    /// What a list can be narrowed to.
    public enum KeyState: String, Sendable, CaseIterable { case valid, expired, unused }

    /// A page of keys, the newest first.
    public struct KeyPage: Sendable {
        public let keys: [KeyEntry]
        /// What `before` takes for the page after this one; nil on the last.
        public let next: String?
    }

    /// Everybody's API keys, a page at a time.
    ///
    /// - Parameters:
    ///   - owner: part of its owner's address; nil for all.
    ///   - before: `next` of the page before.
    ///   - limit: 1…200.
    public func apiKeys(
        ownedBy owner: String?, _ state: KeyState?, before: String?, limit: Int
    ) async throws -> KeyPage {
        let (now, limit) = (clock.now(), min(max(1, limit), 200))
        return try await database.read("api-key.page") { db in
            let rows = try APIKeyStore().page(
                ownedBy: owner, state, at: now, before: before, limit: limit + 1, in: db)
            let owners = try AccountStore.addresses(of: Set(rows.map(\.account)), in: db)
            let page = rows.prefix(limit)
            return KeyPage(
                keys: page.map { KeyEntry($0, email: owners[$0.account] ?? "") },
                next: rows.count > limit ? page.last?.id : nil)
        }
    }

    /// How many there are, how many have run out, and how many were never used.
    public func apiKeyCounts() async throws -> (all: Int, expired: Int, unused: Int) {
        let now = clock.now()
        return try await database.read("api-key.counts") { db in
            let row = try db.row(
                """
                SELECT count(*) AS total, count(CASE WHEN expires_at <= \(now) THEN 1 END) AS expired,
                    count(CASE WHEN used_at IS NULL THEN 1 END) AS unused FROM api_keys
                """)
            return (try row?["total"] ?? 0, try row?["expired"] ?? 0, try row?["unused"] ?? 0)
        }
    }

    /// API keys, the newest first. - Parameter email: only this account's.
    public func apiKeys(of email: String? = nil) async throws -> [KeyEntry] {
        let address = try email.map(Administration.address)
        return try await database.read("api-key.list") { db in
            var owner: Account?
            if let address {
                owner = try accounts.find(email: address, in: db)
                guard owner != nil else { throw Failure.unknown(address.description) }
            }
            let rows = try APIKeyStore().list(of: owner?.id, in: db)
            let owners = try AccountStore.addresses(of: Set(rows.map(\.account)), in: db)
            return rows.map { KeyEntry($0, email: owners[$0.account] ?? "") }
        }
    }

    /// Ends a key by its id; false when there is none by that id.
    public func revokeAPIKey(id: String) async throws -> Bool {
        let now = clock.now()
        return try await database.transaction("api-key.revoke-any") { db in
            guard id.utf8.count <= 64, !id.utf8.contains(0),
                let row = try APIKeyStore().remove(id: id, of: nil, at: now, in: db)
            else { return false }
            try audit.append(
                AuditEvent(
                    "api-key.revoked", actor: actor, subject: row.account,
                    details: ["key": row.id, "reason": "administrator"]), in: db)
            return true
        }
    }
}
