public import Kernel
import Store
public import Web

extension IdentityFlows {
    /// A key as its owner sees it.
    public struct APIKeyEntry: Sendable {
        public let id: String
        public let name: String
        /// Its first letters.
        public let hint: String
        /// Empty: everything that its owner's role may.
        public let scopes: [String]
        public let createdAt: Timestamp
        public let expiresAt: Timestamp
        public let usedAt: Timestamp?
        public let hasExpired: Bool
        /// Whether whoever made it had given a second factor: without, it is worth nothing to a role that must have one.
        public let hasSecondFactor: Bool

        init(_ row: APIKeyRow, now: Timestamp) {
            hasSecondFactor = row.factorAt != nil
            (id, name, hint, scopes) = (row.id, row.name, row.hint, row.scopes.sorted())
            (createdAt, expiresAt, usedAt, hasExpired) = (
                row.createdAt, row.expiresAt, row.usedAt, row.expiresAt <= now
            )
        }
    }

    /// A key that has just been made: the only time that it is whole.
    public struct MadeAPIKey: Sendable {
        public let key: Secret
        public let entry: APIKeyEntry
    }

    /// Makes a key for the caller, who shows the password again. (ASVS 5.0 V7.5.3)
    ///
    /// - Parameters:
    ///   - scopes: names of permissions between blanks or commas; empty: everything that the caller's role may.
    ///   - days: until it ends; nil: 90, or the longest allowed where that is less.
    public func makeAPIKey(
        named name: String, scopes: String, days: String?, password: String, by caller: SignedIn, from client: Client
    ) async throws -> MadeAPIKey {
        let name = try IdentityFlows.keyName(name)
        let scopes = try checked(scopes: scopes, for: caller, inProjects: try await mayInProjects(caller))
        let span = try days.map(checked(days:)) ?? min(90, settings.apiKeys.longestDays)
        let account = try await proven(caller, password: password, client)
        let now = now
        let (text, hash, hint) = APIKeyText.make(random: service.random)
        let row = APIKeyRow(
            secretHash: hash, id: UniqueID(at: now, random: service.random).rawValue, account: account.id, name: name,
            hint: hint, scopes: scopes, createdAt: now,
            expiresAt: now.advanced(by: .seconds(span * 86_400)), usedAt: nil,
            factorAt: caller.secondFactorAt)
        try await service.database.transaction("api-key.make") { [self] db in
            // The account's row is the lock: the count can't change between the look and the write.
            guard try service.accounts.locked(id: account.id, in: db)?.status == .active else {
                throw IdentityFlows.notAllowed
            }
            guard try service.apiKeys.count(of: account.id, in: db) < APIKeyStore.mostPerAccount else {
                throw Problem(
                    "identity.too-many-keys", status: 409, title: "You have too many API keys.",
                    detail: "At most \(APIKeyStore.mostPerAccount) at a time: revoke one first.")
            }
            try service.apiKeys.insert(row, in: db)
            try service.audit.append(
                AuditEvent(
                    "api-key.created", actor: account.id, subject: account.id,
                    details: [
                        "key": row.id, "scopes": scopes.isEmpty ? "all" : scopes.sorted().joined(separator: " "),
                        "expires": row.expiresAt.iso8601,
                    ]), in: db)
        }
        service.keyView.made(row)
        return MadeAPIKey(key: text, entry: APIKeyEntry(row, now: now))
    }

    /// Whether the caller's role must have a second factor: then keys that were made without one are refused.
    public func mustHaveSecondFactor(_ caller: SignedIn) -> Bool { service.required.contains(caller.role) }

    public func apiKeys(of caller: SignedIn) async throws -> [APIKeyEntry] {
        let now = now
        return try await service.database.read("api-key.list") { [keys = service.apiKeys] db in
            try keys.list(of: caller.account, in: db)
        }.map { APIKeyEntry($0, now: now) }
    }

    /// Ends one of the caller's keys; 404 for what isn't one of theirs.
    public func revokeAPIKey(id: String, by caller: SignedIn) async throws {
        let now = now
        let row = try await service.database.transaction("api-key.revoke") { [self] db in
            guard id.utf8.count <= 64, !id.utf8.contains(0),
                let row = try service.apiKeys.remove(id: id, of: caller.account, at: now, in: db)
            else {
                throw Problem(
                    "identity.no-such-key", status: 404, title: "You have no such API key.",
                    detail: "key: it was revoked already, or it isn't yours.")
            }
            try service.audit.append(
                AuditEvent(
                    "api-key.revoked", actor: caller.account, subject: caller.account,
                    details: ["key": row.id, "reason": "owner"]), in: db)
            return row
        }
        service.keyView.ended(row)
    }

    // MARK: What is given

    static func refused(_ detail: String) -> Problem {
        Problem(
            "identity.input", status: 422, title: "Something in the form isn't valid.", detail: detail)
    }

    private static func keyName(_ text: String) throws -> String {
        guard let name = visible(text, most: 60) else { throw refused("name: 1 to 60 visible characters are wanted") }
        return name
    }

    /// A name without the blanks round it; nil unless it has 1 to `most` characters that people see.
    static func visible(_ text: String, most: Int) -> String? {
        let name = text.trimming { $0 == " " }
        // Formatting characters can turn a line's order round: whoever reads the list must see what is there.
        let isPlain = name.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
            default: true
            }
        }
        return (1...most).contains(name.unicodeScalars.count) && isPlain ? String(name) : nil
    }

    private func checked(scopes text: String, for caller: SignedIn, inProjects: Set<String>) throws -> Set<String> {
        var scopes: Set<String> = []
        for name in text.prefix(4000).split(whereSeparator: { $0 == " " || $0 == "," }).map(String.init) {
            guard settings.roles.knows(permission: name) else {
                throw IdentityFlows.refused(
                    "scopes: there is no permission by one of these names; the nearest is "
                        + settings.roles.nearestPermission(to: name))
            }
            guard caller.permissions.contains(name) || inProjects.contains(name) else {
                throw IdentityFlows.refused(
                    "scopes: your own role hasn't got \(name), nor has one of yours in a project")
            }
            scopes.insert(name)
        }
        return scopes
    }

    private func checked(days text: String) throws -> Int {
        guard let days = Int(text), (1...settings.apiKeys.longestDays).contains(days) else {
            throw IdentityFlows.refused("days: 1 to \(settings.apiKeys.longestDays) are wanted")
        }
        return days
    }
}
