import Egress
import Kernel

/// Who somebody is to a provider, as far as we ask.
struct ProviderPerson: Sendable {
    let subject: String
    /// The session at the provider, where its ID token names it (OpenID Connect Back-Channel Logout §2.1).
    let session: String?
    /// nil where the provider tells none that mail reaches.
    let email: MailAddress?
    /// Whether the provider says that it is theirs.
    let isVerified: Bool

    /// By an ID token; what it doesn't tell of the address is asked for (OpenID Connect Core §5.3).
    init(
        _ token: IDToken, _ tokens: ProviderCalls.Tokens, _ metadata: ProviderMetadata, _ provider: SignInProvider,
        _ calls: ProviderCalls
    ) async throws(ProviderFault) {
        subject = token.subject
        session = token.claims.member("sid")?.text.flatMap {
            (1...LogoutToken.longest).contains($0.utf8.count) && !$0.utf8.contains(0) ? $0 : nil
        }
        var claims = token.claims
        if claims.member(provider.emailClaim) == nil, let url = metadata.userInfo {
            let answer = try await calls.get(url, "the user info", bearer: tokens.access)
            claims = try ProviderFault.json(answer.body, of: "the user info")
            // Without this, another person's token would do (§5.3.2).
            guard claims.member("sub")?.text == token.subject else {
                throw ProviderFault(.answer, "the user info is about somebody else")
            }
        }
        email = claims.member(provider.emailClaim)?.text.flatMap { try? MailAddress($0) }
        // `email_verified` speaks of `email` and of no other claim (§5.1).
        isVerified = provider.emailClaim == "email" && (claims.member("email_verified")?.isTrue ?? false)
    }

    /// By what a plain OAuth 2 server tells about the token's owner.
    init(
        _ tokens: ProviderCalls.Tokens, _ endpoints: SignInProvider.Endpoints, _ provider: SignInProvider,
        _ calls: ProviderCalls
    ) async throws(ProviderFault) {
        session = nil
        let answer = try await calls.get(endpoints.userInfo, "the user info", bearer: tokens.access)
        let claims = try ProviderFault.json(answer.body, of: "the user info")
        switch claims.member(provider.subjectClaim) {
        case .text(let text)? where (1...255).contains(text.utf8.count): subject = text
        // Numbers of accounts are whole: two spellings of one would be two people.
        case .number(let text)? where text.utf8.allSatisfy(\.isASCIIDigit): subject = text
        default: throw ProviderFault(.answer, "the user info has no \(provider.subjectClaim)")
        }
        guard let url = endpoints.emails else {
            email = claims.member(provider.emailClaim)?.text.flatMap { try? MailAddress($0) }
            isVerified = provider.emailClaim == "email" && (claims.member("email_verified")?.isTrue ?? false)
            return
        }
        let list = try await calls.get(url, "the addresses", bearer: tokens.access)
        let addresses: StrictJSON
        do {
            addresses = try StrictJSON.parse(list.body)
        } catch {
            throw ProviderFault(.answer, "the list of addresses \(error.rawValue)")
        }
        let primary = addresses.items?.first { $0.member("primary") == .boolean(true) }
        email = primary?.member("email")?.text.flatMap { try? MailAddress($0) }
        isVerified = primary?.member("verified") == .boolean(true)
    }
}
