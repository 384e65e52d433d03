import Crypto
import Kernel

/// Who signed in, by an ID token that was believed (OpenID Connect Core §3.1.3.7; ASVS 5.0 V9.1, V9.2, V10.5.1 to V10.5.3).
struct IDToken: Sendable {
    let subject: String
    let claims: StrictJSON

    /// What a token must say to be ours.
    struct Expectation: Sendable {
        var issuer: String
        var client: String
        var nonce: String
        var accessToken: String?
        /// The person must have shown themselves to the provider this short a time ago; nil: whenever they did.
        var freshness: Duration?
    }

    /// What clocks may differ by.
    static let skew: Int64 = 60
    /// A token is made for this very sign-in, which takes ten minutes at most.
    private static let oldest: Int64 = 600

    /// - Throws: `TokenFault`; each of them names the claim.
    init(
        _ token: ProviderToken, keys: ProviderKeys, for expected: Expectation, at now: Timestamp
    ) throws(TokenFault) {
        guard ProviderKeys.algorithms.contains(token.algorithm) else { throw .algorithm }
        guard let key = keys.key(token.keyID, for: token.algorithm) else { throw .key }
        guard key.verifies(token.signature, of: token.signed) else { throw .signature }
        let claims = token.claims
        guard claims.member("iss")?.text == expected.issuer else { throw .issuer }
        try IDToken.checkAudience(claims, expected.client)
        let seconds = now.nanosecondsSinceEpoch / 1_000_000_000
        try IDToken.checkTimes(claims, seconds)
        guard let nonce = claims.member("nonce")?.text,
            isEqualInConstantTime(Array(nonce.utf8), Array(expected.nonce.utf8))
        else { throw .nonce }
        if let hash = claims.member("at_hash") {
            // All three algorithms go with the left half of SHA-256 here; EdDSA's of Ed25519 is that of SHA-512 to some.
            guard let access = expected.accessToken, let hash = hash.text,
                IDToken.hashes(access, token.algorithm).contains(hash)
            else { throw .accessToken }
        }
        if let freshness = expected.freshness {
            guard let time = claims.member("auth_time")?.seconds,
                seconds - time <= freshness.components.seconds + IDToken.skew
            else { throw .authenticated }
        }
        guard let subject = claims.member("sub")?.text, (1...255).contains(subject.utf8.count) else { throw .subject }
        self.subject = subject
        self.claims = claims
    }

    static func checkAudience(_ claims: StrictJSON, _ client: String) throws(TokenFault) {
        let audiences: [String]
        switch claims.member("aud") {
        case .text(let one)?: audiences = [one]
        case .list(let items)?: audiences = items.compactMap(\.text)
        default: throw .audience
        }
        guard audiences.contains(client) else { throw .audience }
        // A token for several is only ours where it says so.
        if audiences.count > 1 || claims.member("azp") != nil {
            guard claims.member("azp")?.text == client else { throw .party }
        }
    }

    static func checkTimes(_ claims: StrictJSON, _ now: Int64) throws(TokenFault) {
        guard let expires = claims.member("exp")?.seconds, now < expires + skew else { throw .expired }
        guard let issued = claims.member("iat")?.seconds, issued <= now + skew, issued >= now - oldest - skew else {
            throw .issuedAt
        }
        if let early = claims.member("nbf") {
            guard let time = early.seconds, time <= now + skew else { throw .early }
        }
    }

    private static func hashes(_ access: String, _ algorithm: String) -> Set<String> {
        let bytes = Array(access.utf8)
        let short = Base64URL.text(Array(SHA256.hash(data: bytes)).prefix(16))
        guard algorithm == "EdDSA" else { return [short] }
        return [short, Base64URL.text(Array(SHA512.hash(data: bytes)).prefix(32))]
    }
}
