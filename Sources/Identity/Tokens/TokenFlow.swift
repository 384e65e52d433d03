public import Kernel
import Store
public import Web

extension IdentityFlows {
    /// Tokens as a program gets them (RFC 6749 §5.1).
    public struct IssuedTokens: Sendable {
        public let accessToken: Secret
        /// Seconds.
        public let expiresIn: Int
        public let refreshToken: Secret
        /// What the sign-in is called in the list of sessions.
        public let family: String
    }

    /// How long a refresh token may be shown again after its use: two tabs that refresh at once both go on.
    static let refreshGrace: Duration = .seconds(10)

    // MARK: Beginning

    /// Changes a session that has just begun into a program's tokens: the session ends, so that one sign-in is one thing in
    /// the list. Whoever isn't signed in by that session (another factor is wanted first, say) gets none.
    public func tokens(insteadOf begun: Begun) async throws -> IssuedTokens {
        let caller: SignedIn
        switch service.whoIs(Substring(begun.secret.text.reveal())) {
        case .signedIn(let somebody): caller = somebody
        case .enrolling: throw ConsoleSessions.factorMissing
        case .nobody: throw IdentityFlows.signInFailed
        // The password was right: it isn't said to be wrong because nobody can tell just now.
        case .unknown: throw SignInStage.stale
        }
        let now = now
        let first = RefreshTokenText.prefix + OneTimeSecret(random: service.random).text.reveal()
        let until = now.advanced(by: settings.tokens.refresh)
        let (family, surplus) = try await service.database.transaction("token.begin") { [self] db in
            guard let account = try service.accounts.locked(id: caller.account, in: db), account.status == .active,
                let session = try service.sessions.find(id: begun.sessionID, of: account.id, in: db),
                try service.sessions.remove(session.secretHash, at: now, in: db)
            else { throw IdentityFlows.signInFailed }
            let family = TokenFamily(
                id: session.id, account: account.id, device: session.device, address: session.address, createdAt: now,
                refreshedAt: now, expiresAt: until, factorAt: caller.secondFactorAt)
            let surplus = try service.families.begin(family, firstHash: OneTimeSecret.hash(first), in: db)
            try service.audit.append(
                AuditEvent(
                    "token.issued", actor: account.id, subject: account.id,
                    details: ["token": family.id, "scopes": "all", "expires": until.iso8601]), in: db)
            return (family, surplus)
        }
        service.view.ended([begun.sessionKey])
        service.familyView.changed(family.id, to: .init(family))
        for id in surplus { service.familyView.changed(id, to: nil) }
        return try issued(family, refresh: first, at: now)
    }

    private func issued(_ family: TokenFamily, refresh: String, at now: Timestamp) throws -> IssuedTokens {
        // No access token outlives its sign-in.
        let left = family.expiresAt.since(now)
        let span = min(settings.tokens.access, max(.seconds(1), left))
        return IssuedTokens(
            accessToken: Secret(try service.access.make(for: family.account, family: family.id, validFor: span)),
            expiresIn: Int(span.components.seconds), refreshToken: Secret(refresh), family: family.id)
    }

    // MARK: Refreshing

    private enum Refreshed: Sendable {
        case next(TokenFamily, String)
        case reused(TokenFamily)
        case unknown
    }

    /// Gives the next tokens for a refresh token, which is used up by it. Shown again within 10 s it gives the same successor;
    /// later it was stolen from one of two, and the whole family ends. (RFC 9700 §4.14.2; ASVS 5.0 V10.4.5)
    /// - Throws: `Problem` 400 `identity.invalid-grant`.
    public func refresh(_ token: String) async throws -> IssuedTokens {
        guard let hash = RefreshTokenText.key(of: token[...]) else { throw IdentityFlows.invalidGrant }
        let now = now
        let newest = try service.keys.signing(.accessToken)
        let outcome = try await service.database.transaction("token.refresh") { [self] db -> Refreshed in
            guard let held = try service.families.locked(hash, in: db), held.family.expiresAt > now,
                try service.accounts.find(id: held.family.account, in: db)?.status == .active
            else { return .unknown }
            guard let used = held.usedAt else {
                let next = service.access.successor(of: token, key: newest)
                try service.families.use(hash, of: held.family.id, key: newest.id, at: now, in: db)
                try service.families.add(next.hash, to: held.family.id, at: now, in: db)
                return .next(held.family, next.text)
            }
            if now.since(used) <= IdentityFlows.refreshGrace,
                let key = held.successorKey.flatMap({ service.keys.verifying($0, for: .accessToken) })
            {
                return .next(held.family, service.access.successor(of: token, key: key).text)
            }
            _ = try service.families.end(held.family.id, at: now, in: db)
            try service.audit.append(
                AuditEvent(
                    "token.reused", actor: "anonymous", subject: held.family.account,
                    details: ["token": held.family.id, "count": "1"]), in: db)
            return .reused(held.family)
        }
        switch outcome {
        case .next(let family, let text): return try issued(family, refresh: text, at: now)
        case .reused(let family):
            service.familyView.changed(family.id, to: nil)
            throw IdentityFlows.invalidGrant
        case .unknown: throw IdentityFlows.invalidGrant
        }
    }

    static let invalidGrant = Problem(
        "identity.invalid-grant", status: 400, title: "This refresh token is no longer good.",
        detail: "It was used before, its sign-in has ended, or it never was one. Sign in again.")

    // MARK: Revoking

    /// Ends what a token belongs to: the family of a refresh or access token, or an API key. Silent about what isn't one (RFC
    /// 7009 §2.2): whoever has it may end it.
    public func revoke(token: String) async throws {
        let now = now
        if let hash = APIKeyText.key(of: token[...]) {
            let row = try await service.database.transaction("api-key.surrender") { [self] db in
                guard let row = try service.apiKeys.remove(hash: hash, at: now, in: db) else {
                    return nil as APIKeyRow?
                }
                try service.audit.append(
                    AuditEvent(
                        "api-key.revoked", actor: row.account, subject: row.account,
                        details: ["key": row.id, "reason": "surrendered"]), in: db)
                return row
            }
            if let row { service.keyView.ended(row) }
            return
        }
        if let hash = RefreshTokenText.key(of: token[...]) {
            let family = try await service.database.read("token.find") { [families = service.families] db in
                try families.family(of: hash, in: db)
            }
            if let family { _ = try await end(family: family, of: nil, reason: "surrendered") }
            return
        }
        if AccessTokens.isOne(token[...]), let claims = try? service.access.verify(token[...]) {
            _ = try await end(family: claims.family, of: claims.account, reason: "surrendered")
        }
    }

    /// False when there is no such family (any more).
    func end(family id: String, of account: String?, reason: String) async throws -> Bool {
        let now = now
        let isEnded = try await service.database.transaction("token.revoke") { [self] db in
            guard
                let owner = try db.lockedRow("SELECT account FROM token_families WHERE id = \(id)")
                    .map({ try $0["account"] as String }), account == nil || account == owner,
                try service.families.end(id, at: now, in: db)
            else { return false }
            try service.audit.append(
                AuditEvent("token.revoked", actor: owner, subject: owner, details: ["token": id, "reason": reason]),
                in: db)
            return true
        }
        if isEnded { service.familyView.changed(id, to: nil) }
        return isEnded
    }

    // MARK: Asking

    /// What a token is worth just now (RFC 7662 §2.2).
    public struct Introspection: Sendable {
        public let caller: SignedIn
        /// `access_token`, `refresh_token` or `api_key`.
        public let kind: String
        /// Seconds since 1970.
        public let issuedAt: Int64
        public let expiresAt: Int64
        public let issuer: String
        public let audience: String
        /// The token's own id; nil for what has none.
        public let id: String?
    }

    /// nil for whatever isn't good: the answer doesn't say why.
    /// - Throws: `Problem` 503 while the view is too old to say.
    public func introspect(_ text: String) async throws -> Introspection? {
        let token = text[...]
        if APIKeyText.isOne(token) {
            guard let caller = try known(service.whoHas(apiKey: token, roles: settings.roles)),
                let row = service.keyView[caller.sessionKey]?.row
            else { return nil }
            return Introspection(
                caller: caller, kind: "api_key", issuedAt: IdentityFlows.seconds(row.createdAt),
                expiresAt: IdentityFlows.seconds(row.expiresAt), issuer: service.access.issuer,
                audience: service.access.audience, id: row.id)
        }
        guard let caller = try known(service.whoBears(token, roles: settings.roles)),
            let claims = try? service.access.verify(token)
        else { return nil }
        return Introspection(
            caller: caller, kind: "access_token", issuedAt: claims.issuedAt, expiresAt: claims.expiresAt,
            issuer: service.access.issuer, audience: service.access.audience, id: claims.id)
    }

    private func known(_ caller: IdentityService.Caller) throws -> SignedIn? {
        switch caller {
        case .signedIn(let caller): return caller
        case .nobody, .enrolling: return nil
        case .unknown: throw SignInStage.stale
        }
    }

    private static func seconds(_ time: Timestamp) -> Int64 { time.nanosecondsSinceEpoch / 1_000_000_000 }
}
