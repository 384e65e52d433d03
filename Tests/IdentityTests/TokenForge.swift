import Crypto
import Foundation
import Kernel
import TestKit

@testable import Identity

/// Makes tokens of any kind, good and bad, with the keys that the gateway of a test has.
struct TokenForge: Sendable {
    let keys = TestKeys()
    let clock = ManualClock()
    let issuer = "https://app.example"

    func reader(_ algorithm: TokenAlgorithm = .edDSA) -> AccessTokens {
        AccessTokens(
            keys: keys, clock: clock, random: SeededRandomSource(seed: 5), issuer: issuer, algorithm: algorithm)
    }

    func signer(_ algorithm: TokenAlgorithm = .edDSA) throws -> TokenSigner {
        try TokenSigner(keys.signing(.accessToken), algorithm)
    }

    var now: Int { Int(clock.now().nanosecondsSinceEpoch / 1_000_000_000) }

    func header(_ algorithm: TokenAlgorithm = .edDSA) throws -> [String: Any] {
        ["alg": algorithm.rawValue, "typ": "at+jwt", "kid": try signer(algorithm).id]
    }

    var claims: [String: Any] {
        [
            "iss": issuer, "aud": issuer, "sub": "account", "sid": "family", "jti": "one", "client_id": "seaworthy",
            "iat": now, "nbf": now, "exp": now + 60,
        ]
    }

    static func json(_ members: [String: Any]) -> String {
        String(
            decoding: (try? JSONSerialization.data(withJSONObject: members, options: [.sortedKeys])) ?? Data(),
            as: UTF8.self)
    }

    /// A token whose parts are as given, signed by the right key.
    func sign(_ header: String, _ claims: String, _ algorithm: TokenAlgorithm = .edDSA) throws -> String {
        let text = Base64URL.text(header.utf8) + "." + Base64URL.text(claims.utf8)
        return text + "." + Base64URL.text(try signer(algorithm).signature(over: Array(text.utf8)))
    }

    func sign(_ header: [String: Any], _ claims: [String: Any], _ algorithm: TokenAlgorithm = .edDSA) throws -> String {
        try sign(Self.json(header), Self.json(claims), algorithm)
    }

    func good(_ algorithm: TokenAlgorithm = .edDSA) throws -> String { try sign(header(algorithm), claims, algorithm) }

    /// With some members changed; `nil` takes one out.
    func with(header: [String: Any?] = [:], claims: [String: Any?] = [:]) throws -> String {
        func changed(_ members: [String: Any], _ changes: [String: Any?]) -> [String: Any] {
            var result = members
            for (name, value) in changes {
                if let value { result[name] = value } else { result.removeValue(forKey: name) }
            }
            return result
        }
        return try sign(changed(try self.header(), header), changed(self.claims, claims))
    }

    /// The public key in DER, as somebody who confuses algorithms would use it for HMAC.
    func hmac(_ header: [String: Any], key: [UInt8]) -> String {
        let text = Base64URL.text(Self.json(header).utf8) + "." + Base64URL.text(Self.json(claims).utf8)
        let code = HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: SymmetricKey(data: key))
        return text + "." + Base64URL.text(code)
    }
}
