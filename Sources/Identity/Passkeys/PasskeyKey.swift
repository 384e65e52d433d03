import Crypto
import CryptoExtras
import Foundation

/// The public half of a passkey: ES256, EdDSA (Ed25519) or RS256 (RFC 9053, RFC 8812), as COSE writes it.
struct PasskeyKey: Sendable {
    /// COSE's numbers, the one that we like best first.
    static let algorithms = [-8, -7, -257]

    private enum Key: Sendable {
        case es256(P256.Signing.PublicKey)
        case edDSA(Curve25519.Signing.PublicKey)
        case rs256(_RSA.Signing.PublicKey)
    }

    let algorithm: Int
    private let key: Key
    /// What its row keeps: the algorithm's parts, without COSE around them.
    let stored: [UInt8]

    /// nil for another algorithm, curve or size, or a point that isn't on the curve.
    init?(cose: CBORValue) {
        guard let kind = cose[.integer(1)]?.integer, let algorithm = cose[.integer(3)]?.integer else { return nil }
        switch (kind, algorithm) {
        case (2, -7):
            guard cose[.integer(-1)]?.integer == 1, let x = cose[.integer(-2)]?.bytes, x.count == 32,
                let y = cose[.integer(-3)]?.bytes, y.count == 32
            else { return nil }
            self.init(algorithm: -7, stored: x + y)
        case (1, -8):
            guard cose[.integer(-1)]?.integer == 6, let x = cose[.integer(-2)]?.bytes else { return nil }
            self.init(algorithm: -8, stored: x)
        case (3, -257):
            guard let n = cose[.integer(-1)]?.bytes, (256...512).contains(n.count),
                let e = cose[.integer(-2)]?.bytes, (1...4).contains(e.count)
            else { return nil }
            self.init(algorithm: -257, stored: [UInt8(e.count)] + e + n)
        default: return nil
        }
    }

    /// From a row.
    init?(algorithm: Int, stored: [UInt8]) {
        self.algorithm = algorithm
        self.stored = stored
        switch algorithm {
        case -7:
            guard stored.count == 64, let key = try? P256.Signing.PublicKey(rawRepresentation: stored) else {
                return nil
            }
            self.key = .es256(key)
        case -8:
            guard stored.count == 32, let key = try? Curve25519.Signing.PublicKey(rawRepresentation: stored) else {
                return nil
            }
            self.key = .edDSA(key)
        case -257:
            guard let size = stored.first.map(Int.init), stored.count > size + 256,
                let key = try? _RSA.Signing.PublicKey(
                    n: Array(stored.dropFirst(1 + size)), e: Array(stored.dropFirst().prefix(size)))
            else { return nil }
            self.key = .rs256(key)
        default: return nil
        }
    }

    func isValid(_ signature: [UInt8], for message: [UInt8]) -> Bool {
        switch key {
        case .es256(let key):
            guard let signature = try? P256.Signing.ECDSASignature(derRepresentation: signature) else { return false }
            return key.isValidSignature(signature, for: message)
        case .edDSA(let key): return signature.count == 64 && key.isValidSignature(signature, for: message)
        case .rs256(let key):
            return key.isValidSignature(
                _RSA.Signing.RSASignature(rawRepresentation: signature), for: message, padding: .insecurePKCS1v1_5)
        }
    }
}
