import Crypto
import Foundation

/// JSON Web Tokens for programs: HS256 with a key that is made at start.
struct BearerTokens: Sendable {
    private let key: SymmetricKey
    private let flaws: FlawSelection

    private struct Header: Codable {
        var alg: String
        var typ: String?
    }
    private struct Claims: Codable {
        var sub: String
        var iat: Int64
        var exp: Int64
    }

    init(flaws: FlawSelection) {
        self.flaws = flaws
        key = flaws.contains(.jwtWeakKey) ? SymmetricKey(data: Data("secret".utf8)) : SymmetricKey(size: .bits256)
    }

    func token(for id: Int64, at now: Int64, seconds: Int64) throws -> String {
        let encoder = JSONEncoder()
        let head = Self.encode(try encoder.encode(Header(alg: "HS256", typ: "JWT")))
        let body = Self.encode(try encoder.encode(Claims(sub: String(id), iat: now, exp: now + seconds)))
        let code = HMAC<SHA256>.authenticationCode(for: Data("\(head).\(body)".utf8), using: key)
        return "\(head).\(body).\(Self.encode(Data(code)))"
    }

    /// The account of a token that is ours and hasn't expired.
    func subject(of token: String, at now: Int64) -> Int64? {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard token.utf8.count <= 4_096, parts.count == 3, let head = Self.decode(parts[0]),
            let header = try? JSONDecoder().decode(Header.self, from: head), let body = Self.decode(parts[1]),
            let claims = try? JSONDecoder().decode(Claims.self, from: body)
        else { return nil }
        let isUnsigned = flaws.contains(.jwtAlgNone) && header.alg.lowercased() == "none"
        guard isUnsigned || isSigned(parts, header) else { return nil }
        guard claims.exp > now || flaws.contains(.jwtUncheckedExpiry) else { return nil }
        return Int64(claims.sub)
    }

    private func isSigned(_ parts: [Substring], _ header: Header) -> Bool {
        guard header.alg == "HS256", let code = Self.decode(parts[2]) else { return false }
        return HMAC<SHA256>.isValidAuthenticationCode(
            code, authenticating: Data("\(parts[0]).\(parts[1])".utf8), using: key)
    }

    private static func encode(_ data: Data) -> String {
        data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    private static func decode(_ text: Substring) -> Data? {
        let padded = text.replacing("-", with: "+").replacing("_", with: "/")
        return Data(base64Encoded: padded + String(repeating: "=", count: (4 - padded.utf8.count % 4) % 4))
    }
}
