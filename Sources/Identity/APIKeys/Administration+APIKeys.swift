public import Kernel
import Store

extension Administration {
    /// A key as whoever administers sees it.
    public struct KeyEntry: Sendable {
        public let id: String
        public let email: String
        public let name: String
        public let hint: String
        public let scopes: [String]
        public let createdAt: Timestamp
        public let expiresAt: Timestamp
        public let usedAt: Timestamp?
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
            return rows.map { row in
                KeyEntry(
                    id: row.id, email: owners[row.account] ?? "",
                    name: row.name, hint: row.hint, scopes: row.scopes.sorted(), createdAt: row.createdAt,
                    expiresAt: row.expiresAt, usedAt: row.usedAt)
            }
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
