import Crypto
import Kernel

/// What the provider's sign-out asks for: the ID token of the sign-in. The browser keeps it, encrypted and for our sign-out alone;
/// we keep nothing of it.
public struct ProviderHint: Sendable {
    let provider: String
    let issuer: String
    let token: String

    /// Longer ones don't fit into a cookie: the provider then asks people itself whom to sign out.
    static let longest = 2_600

    init(provider: SignInProvider, token: String) {
        self.provider = provider.name
        issuer = provider.issuer
        self.token = token.utf8.count <= ProviderHint.longest ? token : ""
    }
}

/// The provider's page that signs people out there, too.
public struct ProviderSignOut: Sendable {
    /// What the provider is called.
    public let title: String
    public let location: String
    let browser: String

    public func cookies(_ writer: SessionCookies) -> [String] { [writer.provider(browser)] }
}

extension IdentityFlows {
    /// The cookie of a hint; nil where the ring has no key.
    public func cookie(of hint: ProviderHint, _ writer: SessionCookies) -> String? {
        let sealed = SealedCookie(
            session: hint.provider, begun: now.nanosecondsSinceEpoch / 1_000_000_000, path: hint.issuer, domain: nil,
            value: hint.token)
        return (try? sealed.sealed(name: SessionCookies.hint, keys: service.keys, random: service.random))
            .map { writer.hint($0, for: settings.absolute) }
    }

    /// Where a browser that signed in at a provider can sign out there (OpenID Connect RP-Initiated Logout 1.0 §2); nil where it didn't,
    /// or the provider doesn't offer it or can't be asked: the session here is over in any case.
    ///
    /// - Parameter browser: the cookie's secret that binds the way back, where the browser has one.
    public func signOutElsewhere(
        _ cookies: [String], _ reader: SessionCookies, browser: String?
    ) async -> ProviderSignOut? {
        guard let text = reader.hint(in: cookies),
            let hint = SealedCookie.opened(text, name: SessionCookies.hint, keys: service.keys),
            let provider = settings.providers.first(where: { $0.name == hint.session && $0.issuer == hint.path }),
            let directory = service.providers, case .openID = provider.kind,
            let endpoint = try? await directory.metadata(of: provider).endSession
        else { return nil }
        let browser = browser ?? OneTimeSecret(random: service.random).text.reveal()
        var query = hint.value.isEmpty ? [] : [("id_token_hint", hint.value)]
        query += [
            ("client_id", provider.clientID),
            ("post_logout_redirect_uri", "\(directory.base)\(ownPrefix)/sign-out/callback"),
            ("state", IdentityFlows.signOutState(browser)),
        ]
        let joint = endpoint.contains("?") ? "&" : "?"
        return ProviderSignOut(
            title: provider.title, location: endpoint + joint + FormValue.form(query), browser: browser)
    }

    /// Whether a browser comes back from a sign-out that it was sent to by us (§3).
    public func cameBack(state: String?, browser: String?) -> Bool {
        guard let state, let browser else { return false }
        return isEqualInConstantTime(Array(state.utf8), Array(IdentityFlows.signOutState(browser).utf8))
    }

    private static func signOutState(_ browser: String) -> String {
        Base64URL.text(
            HMAC<SHA256>.authenticationCode(
                for: Array("seaworthy provider sign-out v1".utf8), using: SymmetricKey(data: Array(browser.utf8))))
    }
}
