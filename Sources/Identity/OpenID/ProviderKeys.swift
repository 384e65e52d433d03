import Crypto
import CryptoExtras
import Foundation

/// A provider's public keys (RFC 7517), as far as they can verify one of the algorithms that we take.
struct ProviderKeys: Sendable {
    struct Key: Sendable {
        enum Material: Sendable {
            case rsa(_RSA.Signing.PublicKey)
            case p256(P256.Signing.PublicKey)
            case ed25519(Curve25519.Signing.PublicKey)

            var algorithm: String {
                switch self {
                case .rsa: "RS256"
                case .p256: "ES256"
                case .ed25519: "EdDSA"
                }
            }
        }

        let id: String?
        let material: Material
    }

    /// What an ID token may be signed with. Never `none`, never a MAC: the key of a MAC would be a secret that we share.
    static let algorithms: Set<String> = ["RS256", "ES256", "EdDSA"]
    private static let most = 64
    let keys: [Key]

    /// - Throws: `ProviderFault` for what is no key set, one with more than 64 keys, or none that we can use.
    init(_ bytes: [UInt8]) throws(ProviderFault) {
        let set = try ProviderFault.json(bytes, of: "the key set")
        guard let items = set.member("keys")?.items, items.count <= ProviderKeys.most else {
            throw ProviderFault(.answer, "the key set has no `keys`, or more than \(ProviderKeys.most)")
        }
        // Keys of kinds that we don't know are nobody's fault (RFC 7517 §5).
        keys = items.compactMap(ProviderKeys.key)
        guard !keys.isEmpty else { throw ProviderFault(.answer, "the key set has no key for RS256, ES256 or EdDSA") }
    }

    private static func key(_ item: StrictJSON) -> Key? {
        func bytes(_ name: String, most: Int = 1100) -> [UInt8]? {
            item.member(name)?.text.flatMap { Base64URL.bytes($0, most: most) }
        }
        if let use = item.member("use")?.text, use != "sig" { return nil }
        if let operations = item.member("key_ops")?.items, !operations.contains(.text("verify")) { return nil }
        let material: Key.Material
        switch item.member("kty")?.text {
        case "RSA":
            // At most 6144 bits: whoever sends more wants us to compute.
            guard let n = bytes("n"), let e = bytes("e", most: 12), (256...768).contains(n.count),
                let key = try? _RSA.Signing.PublicKey(n: Data(n), e: Data(e))
            else { return nil }
            material = .rsa(key)
        case "EC":
            guard item.member("crv")?.text == "P-256", let x = bytes("x"), let y = bytes("y"), x.count == 32,
                y.count == 32, let key = try? P256.Signing.PublicKey(x963Representation: [4] + x + y)
            else { return nil }
            material = .p256(key)
        case "OKP":
            guard item.member("crv")?.text == "Ed25519", let x = bytes("x"),
                let key = try? Curve25519.Signing.PublicKey(rawRepresentation: x)
            else { return nil }
            material = .ed25519(key)
        default: return nil
        }
        if let named = item.member("alg")?.text, named != material.algorithm { return nil }
        return Key(id: item.member("kid")?.text, material: material)
    }

    /// The key that a token names, for the algorithm that it names; a token without `kid` is taken where there is only one.
    func key(_ id: String?, for algorithm: String) -> Key? {
        let fitting = keys.filter { $0.material.algorithm == algorithm }
        guard let id else { return fitting.count == 1 ? fitting.first : nil }
        return fitting.first { $0.id == id }
    }
}

extension ProviderKeys.Key {
    /// The algorithm is the key's, never the token's word.
    func verifies(_ signature: [UInt8], of signed: [UInt8]) -> Bool {
        switch material {
        case .rsa(let key):
            key.isValidSignature(
                _RSA.Signing.RSASignature(rawRepresentation: Data(signature)), for: Data(signed),
                padding: .insecurePKCS1v1_5)
        case .p256(let key):
            (try? P256.Signing.ECDSASignature(rawRepresentation: signature)).map {
                key.isValidSignature($0, for: signed)
            } ?? false
        case .ed25519(let key): key.isValidSignature(signature, for: signed)
        }
    }
}
