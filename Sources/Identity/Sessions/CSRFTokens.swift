import Crypto
import Kernel

/// Tokens that our own pages send with whatever changes something: bound to the session by HMAC-SHA-256, and equal to a cookie
/// that no other site can read or set. `KEYID.RANDOM.MAC` (ASVS 5.0 V3.5.1)
public struct CSRFTokens: Sendable {
    private let keys: any PurposeKeys
    private let random: any RandomSource

    init(keys: any PurposeKeys, random: any RandomSource) {
        self.keys = keys
        self.random = random
    }

    /// - Parameter session: what the session is kept under; nil before sign-in.
    public func make(for session: String?) throws -> String {
        let key = try keys.signing(.csrf)
        let salt = Base64URL.text(random.bytes(count: 16))
        return "\(key.id).\(salt).\(CSRFTokens.mac(salt, session, key))"
    }

    public func isValid(_ token: some StringProtocol, for session: String?) -> Bool {
        guard token.utf8.count <= 160 else { return false }
        let parts = String(token).split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, let key = keys.verifying(parts[0], for: .csrf) else { return false }
        return isEqualInConstantTime(Array(CSRFTokens.mac(parts[1], session, key).utf8), Array(parts[2].utf8))
    }

    private static func mac(_ salt: String, _ session: String?, _ key: PurposeKey) -> String {
        let code = HMAC<SHA256>.authenticationCode(
            for: Array("\(salt)|\(session ?? "nobody")".utf8), using: SymmetricKey(data: key.reveal()))
        return Base64URL.text(code)
    }
}
