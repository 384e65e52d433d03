import Crypto
import Kernel
import Store
public import Web

/// Where a browser is sent to sign in, with the secret that it must bring back.
public struct ProviderStart: Sendable {
    /// The provider's page with everything that it needs.
    public let location: String
    let browser: String

    public func cookies(_ writer: SessionCookies) -> [String] { [writer.provider(browser)] }
}

/// What a provider's answer led to.
public enum ProviderEnd: Sendable {
    case signedIn(SignInStart, returnTo: String)
    case linked(returnTo: String)
}

extension IdentityFlows {
    /// The providers whose buttons are shown, in the configuration's order.
    public var providers: [SignInProvider] { service.providers == nil ? [] : settings.providers }

    func provider(_ name: String) throws -> (SignInProvider, ProviderDirectory) {
        guard let directory = service.providers, let provider = settings.providers.first(where: { $0.name == name })
        else {
            throw Problem("own.not-found", status: 404, title: "There is no such page here.")
        }
        return (provider, directory)
    }

    // MARK: There

    /// Begins a sign-in at a provider: authorization code with PKCE (S256), a state that is bound to the browser, a nonce.
    /// Whoever is signed in already is asked by the provider anew. (ASVS 5.0 V10.2.1, V10.2.2, V10.5.1)
    ///
    /// - Parameters:
    ///   - browser: the cookie's secret, where the browser has one.
    ///   - returnTo: a place inside the app, checked.
    /// - Throws: `Problem` 502 or 503 when the provider can't be asked.
    public func beginSignIn(
        at name: String, returnTo: String, browser: String?, caller: SignedIn?
    ) async throws -> ProviderStart {
        try await begin(at: name, caller == nil ? .signIn : .renew, returnTo, browser, caller)
    }

    /// Begins to link an identity to the caller's account; only where they have just shown who they are.
    public func beginLink(
        at name: String, returnTo: String, browser: String?, caller: SignedIn
    ) async throws -> ProviderStart {
        try fresh(caller)
        return try await begin(at: name, .link, returnTo, browser, caller)
    }

    private func begin(
        at name: String, _ purpose: ProviderSignIn.Purpose, _ returnTo: String, _ browser: String?, _ caller: SignedIn?
    ) async throws -> ProviderStart {
        let (provider, directory) = try provider(name)
        let metadata: ProviderMetadata
        do {
            metadata = try await directory.metadata(of: provider)
        } catch {
            throw IdentityFlows.problem(error, provider)
        }
        let state = OneTimeSecret(random: service.random)
        let browser = browser ?? OneTimeSecret(random: service.random).text.reveal()
        let entry = ProviderSignIn(
            provider: name, issuer: provider.issuer, purpose: purpose, account: caller?.account, returnTo: returnTo)
        let now = now
        try await service.database.transaction("provider.begin") { [signIns = service.providerSignIns] db in
            try signIns.insert(entry, state, browser: browser, at: now, in: db)
        }
        let bound = BoundSecrets(browser: browser, state: state.text.reveal())
        var query = [
            ("response_type", "code"), ("client_id", provider.clientID), ("redirect_uri", redirect(name, directory)),
            ("scope", provider.scopes.joined(separator: " ")), ("state", state.text.reveal()),
            ("code_challenge", bound.challenge), ("code_challenge_method", "S256"),
        ]
        if case .openID = provider.kind {
            query.append(("nonce", bound.nonce))
            if purpose == .renew { query += [("prompt", "login"), ("max_age", "0")] }
        }
        let joint = metadata.authorize.contains("?") ? "&" : "?"
        return ProviderStart(location: metadata.authorize + joint + FormValue.form(query), browser: browser)
    }

    private func redirect(_ name: String, _ directory: ProviderDirectory) -> String {
        "\(directory.base)\(ownPrefix)/sign-in/\(name)/callback"
    }

    // MARK: And back

    /// Ends what was begun at a provider. The state is used up first, so whatever is wrong, nothing is tried twice.
    /// (ASVS 5.0 V10.1.2, V10.2.1, V10.2.2, V10.5.2, V10.5.3)
    ///
    /// - Throws: `Problem` 400 `sign-in.state`, 403 `sign-in.declined` or `sign-in.not-linked`, 409 `identity.linked-elsewhere`,
    ///   502 `sign-in.provider-failed`, 503 `sign-in.provider-unavailable`.
    public func finish(
        at name: String, answer: [String: String], browser: String?, caller: SignedIn?, from client: Client
    ) async throws -> (end: ProviderEnd, hint: ProviderHint?) {
        let (provider, directory) = try provider(name)
        guard let entry = try await take(answer["state"], browser, provider), let state = answer["state"], let browser
        else { throw IdentityFlows.stateInvalid }
        do {
            // Whoever began it in a session ends it in a session of the same account.
            guard entry.purpose != .link || entry.account == caller?.account else { throw IdentityFlows.stateInvalid }
            let bound = BoundSecrets(browser: browser, state: state)
            let (person, hint) = try await person(answer, bound, entry, provider, directory)
            return (try await admit(person, entry, provider, caller, client), hint)
        } catch {
            let problem = IdentityFlows.problem(error, provider)
            try await record(problem, error, entry, provider, client)
            throw problem
        }
    }

    /// What was begun, used up by this; nil where it wasn't begun here, by this browser, a short while ago.
    private func take(
        _ state: String?, _ browser: String?, _ provider: SignInProvider
    ) async throws -> ProviderSignIn? {
        guard let state, let browser else { return nil }
        let now = now
        let entry = try await service.database.transaction("provider.take") { [signIns = service.providerSignIns] db in
            try signIns.take(state, browser: browser, provider: provider.name, at: now, in: db)
        }
        // The configuration may have given the name to somebody else meanwhile.
        return entry?.issuer == provider.issuer ? entry : nil
    }

    private func person(
        _ answer: [String: String], _ bound: BoundSecrets, _ entry: ProviderSignIn, _ provider: SignInProvider,
        _ directory: ProviderDirectory
    ) async throws -> (ProviderPerson, ProviderHint?) {
        // Before anything else is believed: an answer of another server (RFC 9207 §2.4).
        if let issuer = answer["iss"], case .openID(let own) = provider.kind, issuer != own {
            throw ProviderFault(.answer, "the answer names another issuer")
        }
        if let error = answer["error"] {
            if error == "access_denied" || error == "login_required" { throw IdentityFlows.declined(provider) }
            let code = ErrorCode.shown(error)
            throw ProviderFault(
                code == "temporarily_unavailable" || code == "server_error" ? .unavailable : .refused,
                "the provider answered \(code)")
        }
        let metadata = try await directory.metadata(of: provider)
        guard !metadata.namesIssuer || answer["iss"] != nil else {
            throw ProviderFault(.answer, "the answer doesn't say whose it is")
        }
        guard let code = answer["code"], (1...4096).contains(code.utf8.count),
            code.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F })
        else { throw ProviderFault(.answer, "the answer holds no code") }
        let tokens = try await directory.calls.exchange(
            code: code, verifier: bound.verifier, redirect: redirect(provider.name, directory), for: provider,
            at: metadata)
        switch provider.kind {
        case .openID(let issuer):
            let freshness = entry.purpose == .renew ? settings.secondFactor.freshness : nil
            let expected = IDToken.Expectation(
                issuer: issuer, client: provider.clientID, nonce: bound.nonce, accessToken: tokens.access.reveal(),
                freshness: freshness)
            let token = try await verified(tokens, expected, metadata, directory)
            let person = try await ProviderPerson(token, tokens, metadata, provider, directory.calls)
            // Only where it is of use.
            let hint = metadata.endSession.flatMap { _ in tokens.id }.map {
                ProviderHint(provider: provider, token: $0)
            }
            return (person, hint)
        case .oauth(let endpoints):
            return (try await ProviderPerson(tokens, endpoints, provider, directory.calls), nil)
        }
    }

    private func verified(
        _ tokens: ProviderCalls.Tokens, _ expected: IDToken.Expectation, _ metadata: ProviderMetadata,
        _ directory: ProviderDirectory
    ) async throws -> IDToken {
        guard let text = tokens.id, let url = metadata.keys else {
            throw ProviderFault(.answer, "the token endpoint gave no ID token")
        }
        do {
            let token = try ProviderToken(text)
            guard ProviderKeys.algorithms.contains(token.algorithm) else { throw TokenFault.algorithm }
            let keys = try await directory.keys(of: expected.issuer, at: url, for: token)
            return try IDToken(token, keys: keys, for: expected, at: now)
        } catch let fault as TokenFault {
            throw ProviderFault(fault)
        }
    }

    // MARK: What went wrong

    static let stateInvalid = Problem(
        "sign-in.state", status: 400, title: "This sign-in can't go on here.",
        detail: "It was begun in another browser, took longer than ten minutes, or was used already. Begin again.")

    static func declined(_ provider: SignInProvider) -> Problem {
        Problem(
            "sign-in.declined", status: 403, title: "You were not signed in.",
            detail: "\(provider.title) says that it was not agreed to. Nothing has changed.")
    }

    static func notLinked(_ provider: SignInProvider) -> Problem {
        Problem(
            "sign-in.not-linked", status: 403, title: "No account here goes with that sign-in.",
            detail: "If you have an account, sign in to it in another way, and link \(provider.title) on its page.")
    }

    /// What people get for whatever a provider did; the log gets the rest.
    static func problem(_ error: any Error, _ provider: SignInProvider) -> any Error {
        guard let fault = error as? ProviderFault else { return error }
        if fault.code == .unavailable {
            return Problem(
                "sign-in.provider-unavailable", status: 503, title: "The sign-in provider doesn’t answer just now.",
                detail: "\(provider.title) can’t be asked. Try again in a moment, or sign in in another way.",
                source: .upstream, retryAfter: 30,
                cause: fault.description)
        }
        return Problem(
            "sign-in.provider-failed", status: 502, title: "The sign-in provider could not say who you are.",
            detail:
                "\(provider.title) gave an answer that isn’t believed. Begin again; if it stays so, whoever runs this site finds the reason in the log.",
            source: .upstream, cause: fault.description)
    }

    private func record(
        _ problem: any Error, _ error: any Error, _ entry: ProviderSignIn, _ provider: SignInProvider, _ client: Client
    ) async throws {
        guard let problem = problem as? Problem else { return }
        var details = how(client, method: "provider:\(provider.name)")
        details["reason"] = (error as? ProviderFault)?.reason ?? problem.reason.rawValue
        let event =
            entry.account.map { AuditEvent("sign-in.failed", actor: $0, subject: $0, details: details) }
            ?? AuditEvent("sign-in.failed-unknown", actor: "anonymous", details: details)
        try await service.database.transaction("provider.failed") { [audit = service.audit] db in
            try audit.append(event, in: db)
        }
    }
}

/// What the provider gets and must give back, made of two secrets: the browser's, which we don't keep, and the state's.
/// So neither the database nor the provider's answer alone is enough to end a sign-in.
struct BoundSecrets: Sendable {
    let nonce: String
    /// RFC 7636 §4.1: 43 characters.
    let verifier: String
    /// RFC 7636 §4.2.
    let challenge: String

    init(browser: String, state: String) {
        func derived(_ purpose: String) -> String {
            Base64URL.text(
                HMAC<SHA256>.authenticationCode(
                    for: Array("seaworthy provider \(purpose) v1|\(state)".utf8),
                    using: SymmetricKey(data: Array(browser.utf8))))
        }
        nonce = derived("nonce")
        verifier = derived("pkce")
        challenge = Base64URL.text(SHA256.hash(data: Array(verifier.utf8)))
    }
}
