import Kernel

/// A provider's word that a sign-in there is over (OpenID Connect Back-Channel Logout 1.0 §2.4), once it was believed (§2.6).
///
/// It is held to what an ID token is held to: the algorithm is the key's, issuer and audience are the configuration's, it is made for
/// this moment. Neither of the two can stand for the other: this one has an event and no nonce, that one has a nonce.
struct LogoutToken: Sendable {
    /// Whose sign-ins are over; nil: `session` alone says it.
    let subject: String?
    /// Which session at the provider is over; nil: all of the subject's.
    let session: String?
    /// Which token it is: it counts once.
    let id: String

    static let event = "http://schemas.openid.net/event/backchannel-logout"
    /// With and without the part that a header may leave out (RFC 7515 §4.1.9).
    private static let types: Set<String> = ["logout+jwt", "application/logout+jwt"]
    /// What is taken of identifiers of a provider.
    static let longest = 255

    /// - Throws: `TokenFault`; each of them names the claim.
    init(
        _ token: ProviderToken, keys: ProviderKeys, issuer: String, client: String, at now: Timestamp
    ) throws(TokenFault) {
        guard ProviderKeys.algorithms.contains(token.algorithm) else { throw .algorithm }
        // No token of another kind can be taken for one (RFC 8725 §3.11).
        guard let type = token.type, LogoutToken.types.contains(type.lowercased()) else { throw .type }
        guard let key = keys.key(token.keyID, for: token.algorithm) else { throw .key }
        guard key.verifies(token.signature, of: token.signed) else { throw .signature }
        let claims = token.claims
        guard claims.member("iss")?.text == issuer else { throw .issuer }
        try IDToken.checkAudience(claims, client)
        try IDToken.checkTimes(claims, now.nanosecondsSinceEpoch / 1_000_000_000)
        guard case .object? = claims.member("events")?.member(LogoutToken.event) else { throw .event }
        // Not even an empty one.
        guard case .object(let members) = claims, members["nonce"] == nil else { throw .nonce }
        subject = try LogoutToken.identifier(claims, "sub", .subject)
        session = try LogoutToken.identifier(claims, "sid", .session)
        guard subject != nil || session != nil else { throw .subject }
        guard let id = try LogoutToken.identifier(claims, "jti", .id) else { throw .id }
        self.id = id
    }

    private static func identifier(
        _ claims: StrictJSON, _ name: String, _ fault: TokenFault
    ) throws(TokenFault) -> String? {
        guard let value = claims.member(name) else { return nil }
        guard let text = value.text, (1...longest).contains(text.utf8.count), !text.utf8.contains(0) else {
            throw fault
        }
        return text
    }
}
