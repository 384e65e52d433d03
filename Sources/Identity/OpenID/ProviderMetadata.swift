import Egress
import Kernel

/// Where a provider's endpoints are, by its own discovery document (OpenID Connect Discovery §3, §4.3) or by configuration.
struct ProviderMetadata: Sendable, Equatable {
    var authorize: String
    var token: String
    var keys: String?
    var userInfo: String?
    /// Where people sign out there (OpenID Connect RP-Initiated Logout §2.1); nil where it isn't offered, or where its address
    /// leads to where it mustn't: nobody is kept from signing in by that.
    var endSession: String?
    /// Whether every answer of it says who it is (RFC 9207 §3).
    var namesIssuer = false
    /// Whether the client secret goes into the form, because the provider doesn't take it in a header.
    var sendsSecretInForm = false

    /// - Throws: `ProviderFault` `.answer` for a document of another issuer, without what is wanted, or whose endpoints lead
    ///   to where they mustn't.
    init(discovery bytes: [UInt8], of issuer: String) throws(ProviderFault) {
        let document = try ProviderFault.json(bytes, of: "the discovery document")
        guard document.member("issuer")?.text == issuer else {
            throw ProviderFault(.answer, "the discovery document is another issuer's")
        }
        func endpoint(_ name: String) throws(ProviderFault) -> String? {
            guard let value = document.member(name) else { return nil }
            guard let url = value.text else { throw ProviderFault(.answer, "\(name) is no text") }
            try ProviderMetadata.check(url, name, issuer)
            return url
        }
        guard let authorize = try endpoint("authorization_endpoint"), let token = try endpoint("token_endpoint"),
            let keys = try endpoint("jwks_uri")
        else {
            throw ProviderFault(
                .answer, "the discovery document wants authorization_endpoint, token_endpoint and jwks_uri")
        }
        (self.authorize, self.token, self.keys) = (authorize, token, keys)
        userInfo = try endpoint("userinfo_endpoint")
        endSession = try? endpoint("end_session_endpoint")
        namesIssuer = document.member("authorization_response_iss_parameter_supported") == .boolean(true)
        if let methods = document.member("token_endpoint_auth_methods_supported")?.items {
            sendsSecretInForm =
                !methods.contains(.text("client_secret_basic")) && methods.contains(.text("client_secret_post"))
        }
    }

    init(_ endpoints: SignInProvider.Endpoints) {
        authorize = endpoints.authorize
        token = endpoints.token
        userInfo = endpoints.userInfo
        // GitHub's kind knows no other way.
        sendsSecretInForm = true
    }

    /// Endpoints are as safe as the issuer: with TLS where it has it, and no address of this machine or network unless the
    /// issuer is at the very same. What `Egress` calls is checked there once more, after its name was resolved.
    private static func check(_ url: String, _ name: String, _ issuer: String) throws(ProviderFault) {
        let (target, own): (EgressTarget, EgressTarget)
        do {
            (target, own) = (try EgressTarget(url), try EgressTarget(issuer))
        } catch {
            throw ProviderFault(.answer, "\(name) can't be called: \(error.detail)")
        }
        guard target.isTLS || !own.isTLS else { throw ProviderFault(.answer, "\(name) goes without TLS") }
        guard !url.contains("#") else { throw ProviderFault(.answer, "\(name) has a fragment") }
        guard target.host != own.host else { return }
        if case .address(let address) = target.host {
            switch address.reach {
            case .publicIPv4, .publicIPv6: break
            case .loopback, .local, .special:
                throw ProviderFault(.answer, "\(name) leads to \(address) (\(address.reach.rawValue))")
            }
        }
        if case .name("localhost") = target.host { throw ProviderFault(.answer, "\(name) leads to this machine") }
    }
}
