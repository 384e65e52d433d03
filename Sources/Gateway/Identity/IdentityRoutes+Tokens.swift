import HTTPTypes
import Hummingbird
import Identity
import Kernel
import Web

/// Tokens and keys of programs.
extension IdentityRoutes {
    /// As RFC 6749 §5.1 has it.
    static func answer(_ exchange: IdentityExchange, _ tokens: IdentityFlows.IssuedTokens) -> Hummingbird.Response {
        exchange.json { text in
            text.member("access_token", tokens.accessToken.reveal())
            text.member("token_type", "Bearer")
            text.member("expires_in", tokens.expiresIn)
            text.member("refresh_token", tokens.refreshToken.reveal())
            text.member("session", tokens.family)
        }
    }

    /// A program gives the code of a second factor together with the password: it has no page to be led to.
    static func tokens(
        _ exchange: IdentityExchange, for start: SignInStart
    ) async throws -> IdentityFlows.IssuedTokens {
        switch start {
        case .begun(let begun): return try await exchange.flows.tokens(insteadOf: begun)
        case .secondFactor(let pending):
            let begun = try await exchange.flows.finishSignIn(
                pending, code: exchange.fields["code"] ?? "", from: exchange.client)
            return try await exchange.flows.tokens(insteadOf: begun)
        }
    }

    @Sendable static func refresh(_ exchange: IdentityExchange) async throws -> Hummingbird.Response {
        guard try exchange.field("grant_type") == "refresh_token" else {
            throw Problem(
                "identity.unsupported-grant", status: 400, title: "Tokens aren't given for that.",
                detail: "grant_type: refresh_token is wanted. A first token comes from the sign-in with tokens: true.")
        }
        return try await answer(exchange, exchange.flows.refresh(exchange.field("refresh_token")))
    }

    @Sendable static func revokeToken(_ exchange: IdentityExchange) async throws -> Hummingbird.Response {
        try await exchange.flows.revoke(token: exchange.field("token"))
        return exchange.json { _ in }
    }

    @Sendable static func introspect(_ exchange: IdentityExchange) async throws -> Hummingbird.Response {
        let found = try await exchange.flows.introspect(exchange.field("token"))
        return exchange.json { text in
            text.member("active", found != nil)
            guard let found else { return }
            text.member("token_type", found.kind == "api_key" ? "api_key" : "Bearer")
            text.member("scope", found.caller.permissions.sorted().joined(separator: " "))
            text.member("client_id", "seaworthy")
            text.member("username", found.caller.email)
            text.member("sub", found.caller.account)
            text.member("role", found.caller.role)
            text.member("iss", found.issuer)
            text.member("aud", found.audience)
            text.member("iat", Int(found.issuedAt))
            text.member("exp", Int(found.expiresAt))
            if let id = found.id { text.member("jti", id) }
        }
    }

    // MARK: API keys

    @Sendable static func makeKey(_ exchange: IdentityExchange) async throws -> Hummingbird.Response {
        let caller = try exchange.signedIn()
        let made = try await exchange.flows.makeAPIKey(
            named: exchange.field("name"), scopes: IdentityPages.scopes(in: exchange.fields),
            days: exchange.fields["days"].flatMap { $0.isEmpty ? nil : $0 }, password: exchange.field("current"),
            by: caller, from: exchange.client)
        if exchange.isPage { return IdentityPages.madeKey(exchange, made) }
        return exchange.json(
            { text in
                text.member("key", made.key.reveal())
                write(made.entry, to: &text)
            }, status: .created)
    }

    static func write(_ entry: IdentityFlows.APIKeyEntry, to text: inout JSONText) {
        text.member("id", entry.id)
        text.member("name", entry.name)
        text.member("hint", entry.hint)
        text.list("scopes", entry.scopes)
        text.member("created", entry.createdAt.iso8601)
        text.member("expires", entry.expiresAt.iso8601)
        if let used = entry.usedAt { text.member("used", used.iso8601) }
    }

    @Sendable static func revokeKey(_ exchange: IdentityExchange) async throws -> Hummingbird.Response {
        let caller = try exchange.signedIn()
        try await exchange.flows.revokeAPIKey(id: exchange.field("key"), by: caller)
        return exchange.isPage
            ? exchange.redirect("\(exchange.flows.ownPrefix)/keys?done=key-revoked") : exchange.nothing()
    }
}
