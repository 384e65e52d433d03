internal import Kernel
import Web

/// A signed token in compact form, taken apart without believing any of it (RFC 7515 §7.1, §5.2).
struct CompactToken {
    let algorithm: String
    let type: String
    let keyID: String
    /// What the signature is over.
    let signed: [UInt8]
    let claims: Substring
    let signature: [UInt8]

    /// Ours have some 500 characters.
    static let longest = 2048

    /// Throws for whatever isn't three parts of base64url with a header of exactly `alg`, `typ` and `kid`, each once.
    /// So `crit`, `jwk`, `jku`, `x5u`, `b64`, `zip` and encrypted tokens (five parts) end here. (RFC 8725 §3)
    init(_ text: Substring) throws(TokenRefusal) {
        guard text.utf8.count <= CompactToken.longest else { throw .malformed }
        guard let (head, body, last) = CompactToken.parts(of: text), let bytes = Base64URL.bytes(head),
            let signature = Base64URL.bytes(last)
        else { throw .malformed }
        let members: [String: String]
        do {
            members = try FlatJSON.parse(bytes)
        } catch {
            throw .malformed
        }
        guard Set(members.keys).subtracting(["alg", "typ", "kid"]).isEmpty else {
            throw members.keys.contains("crit") ? .critical : .header
        }
        // can't trap: dictionaries
        guard let algorithm = members["alg"], let type = members["typ"], let keyID = members["kid"] else {
            throw .header
        }
        (self.algorithm, self.type, self.keyID, self.signature) = (algorithm, type, keyID, signature)
        claims = body
        // can't trap: a part's end is an index of the text
        signed = String(text[..<body.endIndex]).withBytes { Array($0) }
    }

    /// What stands between exactly two dots. By bytes: by characters it would take as long as half a verification.
    private static func parts(of text: Substring) -> (head: Substring, body: Substring, signature: Substring)? {
        let bytes = text.utf8
        guard let first = CookiePairs.index(of: 0x2E, in: bytes) else { return nil }
        let rest = bytes[bytes.index(after: first)...]  // can't trap: a byte stands there
        guard let second = CookiePairs.index(of: 0x2E, in: rest) else { return nil }
        let last = rest[rest.index(after: second)...]  // can't trap: a byte stands there
        guard CookiePairs.index(of: 0x2E, in: last) == nil else { return nil }
        // can't trap: indices of the text, in order
        return (Substring(bytes[..<first]), Substring(rest[..<second]), Substring(last))
    }

    /// The `kid` that a token claims; nil for what is no such token at all. Nothing is verified.
    static func claimedKeyID(_ text: Substring) -> String? {
        guard text.utf8.count <= 16_384, text.utf8.starts(with: "eyJ".utf8),
            let end = text.utf8.firstIndex(of: 0x2E),
            let bytes = Base64URL.bytes(text[..<end])  // can't trap: an index of the text
        else { return nil }
        // can't trap: a dictionary
        return try? FlatJSON.parse(bytes)["kid"]
    }
}

/// Why a token isn't taken: for the log, never for whoever showed it.
enum TokenRefusal: String, Error, Equatable {
    case malformed
    case header
    case critical = "crit"
    case type = "typ"
    case algorithm = "alg"
    case key = "kid"
    case signature
    case issuer = "iss"
    case audience = "aud"
    case expired = "exp"
    case early = "nbf"
}
