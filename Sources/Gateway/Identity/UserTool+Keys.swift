import Identity
import Kernel

/// What `seaworthy keys` does.
extension UserTool {
    /// A key as a list shows it; the key itself is with its owner only.
    public struct KeyEntry: Sendable, Encodable {
        public let id: String
        public let account: String
        public let name: String
        /// Its first letters.
        public let hint: String
        /// Empty: everything that its owner's role may.
        public let scopes: [String]
        /// ISO 8601.
        public let created: String
        public let expires: String
        /// nil: never.
        public let used: String?
    }

    /// - Parameter email: only this account's.
    public func keys(of email: String?) async throws -> [KeyEntry] {
        try await mended {
            try await administration.apiKeys(of: email).map { key in
                KeyEntry(
                    id: key.id, account: key.email, name: key.name, hint: key.hint, scopes: key.scopes,
                    created: key.createdAt.iso8601, expires: key.expiresAt.iso8601, used: key.usedAt?.iso8601)
            }
        }
    }

    public func revokeKey(_ id: String) async throws {
        guard try await mended({ try await administration.revokeAPIKey(id: id) }) else {
            throw Refusal(
                description: "there is no API key with the id \(id.debugDescription); `seaworthy keys list` shows them")
        }
    }
}
