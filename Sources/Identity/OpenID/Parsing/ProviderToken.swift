/// A signed token of a provider in compact form, taken apart without believing any of it (RFC 7515 §7.1; RFC 8725).
struct ProviderToken: Sendable {
    let algorithm: String
    let keyID: String?
    /// What kind of token it says that it is.
    let type: String?
    let claims: StrictJSON
    /// What the signature is over.
    let signed: [UInt8]
    let signature: [UInt8]

    /// Tokens with hundreds of groups have some 20 kB.
    static let longest = 65_536

    init(_ text: String) throws(TokenFault) {
        guard text.utf8.count <= ProviderToken.longest else { throw .tooLong }
        let parts = text.split(separator: ".", maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count == 3, let head = parts.first, let body = parts.dropFirst().first, let last = parts.last,
            let header = Base64URL.bytes(head), let payload = Base64URL.bytes(body),
            let signature = Base64URL.bytes(last)
        else { throw .malformed }
        let members: StrictJSON
        do {
            members = try StrictJSON.parse(header)
            claims = try StrictJSON.parse(payload)
        } catch {
            throw error == .twice ? .twice : .malformed
        }
        guard case .object = claims, let algorithm = members.member("alg")?.text else { throw .malformed }
        // Extensions that must be understood and aren't (RFC 7515 §4.1.11).
        guard members.member("crit") == nil, members.member("b64") == nil else { throw .critical }
        if let id = members.member("kid") {
            guard let id = id.text, id.utf8.count <= 512 else { throw .malformed }
            keyID = id
        } else {
            keyID = nil
        }
        if let type = members.member("typ") {
            guard let type = type.text, type.utf8.count <= 64 else { throw .malformed }
            self.type = type
        } else {
            type = nil
        }
        self.algorithm = algorithm
        self.signature = signature
        signed = Array("\(head).\(body)".utf8)
    }
}

/// Why an ID token, or a logout token, isn't taken: a word for log and trail, never for whoever showed it.
enum TokenFault: String, Error, Equatable, CaseIterable {
    case tooLong = "too-long"
    case malformed
    case twice = "member-twice"
    case critical = "crit"
    case algorithm = "alg"
    case key = "kid"
    case signature
    case issuer = "iss"
    case audience = "aud"
    case party = "azp"
    case expired = "exp"
    case issuedAt = "iat"
    case early = "nbf"
    case nonce
    case accessToken = "at_hash"
    case subject = "sub"
    case authenticated = "auth_time"
    case type = "typ"
    case event = "events"
    case session = "sid"
    case id = "jti"
}
