import Crypto
import Foundation
import Kernel

/// A key pair that signs access tokens, derived from a key of the ring: its id says which, and with what.
enum TokenSigner: Sendable {
    case edDSA(Curve25519.Signing.PrivateKey, id: String)
    case es256(P256.Signing.PrivateKey, id: String)

    /// What our key ids begin with: a token with another one is somebody else's.
    static let prefix = "sat-"
    private static let suffix = "-p256"

    /// The ring's key id and the algorithm of a `kid`; nil for one that can't be ours.
    static func parts(of keyID: String) -> (ring: String, algorithm: TokenAlgorithm)? {
        guard keyID.hasPrefix(prefix), keyID.utf8.count <= 64 else { return nil }
        let rest = keyID.dropFirst(prefix.count)
        return rest.hasSuffix(suffix)
            ? (String(rest.dropLast(suffix.count)), .es256) : (String(rest), .edDSA)
    }

    /// - Throws: `CryptoKitError` where the bytes are no key of the curve, which chance doesn't bring about.
    init(_ key: PurposeKey, _ algorithm: TokenAlgorithm) throws {
        func seed(_ info: String) -> Data {
            HKDF<SHA256>.deriveKey(
                inputKeyMaterial: SymmetricKey(data: key.reveal()), info: Array(info.utf8), outputByteCount: 32
            ).withUnsafeBytes { Data($0) }
        }
        switch algorithm {
        case .edDSA:
            self = .edDSA(
                try Curve25519.Signing.PrivateKey(rawRepresentation: seed("access token ed25519 v1")),
                id: TokenSigner.id(of: key.id, algorithm))
        case .es256:
            self = .es256(
                try P256.Signing.PrivateKey(rawRepresentation: seed("access token p256 v1")),
                id: TokenSigner.id(of: key.id, algorithm))
        }
    }

    /// The `kid` of a ring's key with an algorithm.
    static func id(of ring: String, _ algorithm: TokenAlgorithm) -> String {
        prefix + ring + (algorithm == .es256 ? suffix : "")
    }

    var id: String {
        switch self {
        case .edDSA(_, let id), .es256(_, let id): id
        }
    }

    var algorithm: TokenAlgorithm {
        switch self {
        case .edDSA: .edDSA
        case .es256: .es256
        }
    }

    func signature(over bytes: [UInt8]) throws -> [UInt8] {
        switch self {
        case .edDSA(let key, _): Array(try key.signature(for: bytes))
        case .es256(let key, _): Array(try key.signature(for: bytes).rawRepresentation)
        }
    }

    func verifies(_ signature: [UInt8], over bytes: [UInt8]) -> Bool {
        guard signature.count == 64 else { return false }
        switch self {
        case .edDSA(let key, _): return key.publicKey.isValidSignature(signature, for: bytes)
        case .es256(let key, _):
            guard let signature = try? P256.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
            return key.publicKey.isValidSignature(signature, for: bytes)
        }
    }

    /// The public half as a member of a JWK set (RFC 7517 §4, RFC 8037 §2).
    func write(to text: inout JSONText) {
        text.beginObject()
        switch self {
        case .edDSA(let key, _):
            text.member("kty", "OKP")
            text.member("crv", "Ed25519")
            text.member("x", Base64URL.text(key.publicKey.rawRepresentation))
        case .es256(let key, _):
            let point = key.publicKey.rawRepresentation
            text.member("kty", "EC")
            text.member("crv", "P-256")
            text.member("x", Base64URL.text(point.prefix(32)))
            text.member("y", Base64URL.text(point.suffix(32)))
        }
        text.member("alg", algorithm.rawValue)
        text.member("use", "sig")
        text.member("kid", id)
        text.endObject()
    }
}
