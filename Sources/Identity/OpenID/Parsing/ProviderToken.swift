/// A signed token of a provider in compact form, taken apart without believing any of it (RFC 7515 §7.1; RFC 8725).
struct ProviderToken: Sendable {
    let algorithm: String
    let keyID: String?
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
            let header = Base64URL.exactBytes(head), let payload = Base64URL.exactBytes(body),
            let signature = Base64URL.exactBytes(last)
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
        self.algorithm = algorithm
        self.signature = signature
        signed = Array("\(head).\(body)".utf8)
    }
}

extension Base64URL {
    /// The bytes of a text without padding; nil for any other character and for bits left over, so that a value has one
    /// spelling only (RFC 4648 §3.5).
    static func exactBytes(_ text: some StringProtocol) -> [UInt8]? {
        var result: [UInt8] = []
        result.reserveCapacity(text.utf8.count)
        var held: UInt32 = 0
        var bits: UInt32 = 0
        for byte in text.utf8 {
            let value: UInt8
            switch byte {
            case 0x41...0x5A: value = byte &- 0x41
            case 0x61...0x7A: value = byte &- 0x61 &+ 26
            case 0x30...0x39: value = byte &- 0x30 &+ 52
            case 0x2D: value = 62
            case 0x5F: value = 63
            default: return nil
            }
            held = (held &<< 6) | UInt32(truncatingIfNeeded: value)
            bits &+= 6
            if bits >= 8 {
                bits &-= 8
                result.append(UInt8(truncatingIfNeeded: held >> bits))
                held &= (1 &<< bits) &- 1
            }
        }
        return bits < 6 && held == 0 ? result : nil
    }
}

/// Why an ID token isn't taken: a word for log and trail, never for whoever showed it.
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
}
