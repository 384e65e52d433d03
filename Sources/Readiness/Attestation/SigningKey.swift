import Crypto
import FoundationEssentials

/// Why a key can't be used.
public struct KeyProblem: Error, Sendable, Equatable, CustomStringConvertible {
    public var description: String
}

/// An Ed25519 key that signs attestations, as `openssl genpkey -algorithm ed25519` writes it (PKCS #8, RFC 8410).
public struct SigningKey: Sendable {
    private let key: Curve25519.Signing.PrivateKey

    public init(pem: String) throws(KeyProblem) {
        // SEQUENCE { version 0, { id-Ed25519 }, OCTET STRING { OCTET STRING of 32 } }
        let raw = try PEM.raw(
            pem, label: "PRIVATE KEY",
            prefix: [0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20])
        guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: raw) else {
            throw KeyProblem(description: "is no Ed25519 key")
        }
        self.key = key
    }

    public var verifying: VerifyingKey { VerifyingKey(key: key.publicKey) }

    func signature(_ bytes: [UInt8]) throws(KeyProblem) -> Data {
        guard let made = try? key.signature(for: bytes) else { throw KeyProblem(description: "can't sign") }
        return made
    }
}

/// The public half, as `openssl pkey -pubout` writes it.
public struct VerifyingKey: Sendable {
    private static let prefix: [UInt8] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]
    private let key: Curve25519.Signing.PublicKey

    init(key: Curve25519.Signing.PublicKey) { self.key = key }

    public init(pem: String) throws(KeyProblem) {
        let raw = try PEM.raw(pem, label: "PUBLIC KEY", prefix: Self.prefix)
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: raw) else {
            throw KeyProblem(description: "is no Ed25519 key")
        }
        self.key = key
    }

    /// SHA-256 of the key as DER (SubjectPublicKeyInfo): `openssl pkey -pubin -outform DER | sha256sum`.
    public var id: String { sha256(Self.prefix + Array(key.rawRepresentation)) }

    func isValid(_ signature: Data, of bytes: [UInt8]) -> Bool { key.isValidSignature(signature, for: bytes) }
}

/// The one block of a PEM file (RFC 7468).
enum PEM {
    static func raw(_ text: String, label: String, prefix: [UInt8]) throws(KeyProblem) -> [UInt8] {
        let lines = text.prefix(65_536).split(whereSeparator: \.isNewline).map { $0.trimmed }
        guard let first = lines.firstIndex(of: "-----BEGIN \(label)-----") else {
            let other = lines.first { $0.hasPrefix("-----BEGIN ") }?.dropFirst(11).prefix { $0 != "-" }
            guard let other else { throw KeyProblem(description: "is no PEM file") }
            if other.hasPrefix("ENCRYPTED") {
                throw KeyProblem(description: "is encrypted: give it decrypted, from a file that only you can read")
            }
            throw KeyProblem(description: "holds a \(visible(other, limit: 40)); a \(label) is needed")
        }
        let body = lines[(first + 1)...].prefix { !$0.hasPrefix("-----") }.joined()
        guard let der = Data(base64Encoded: body) else { throw KeyProblem(description: "isn't base64 inside") }
        guard der.count == prefix.count + 32, der.starts(with: prefix) else {
            throw KeyProblem(description: "is no Ed25519 key: make one by `openssl genpkey -algorithm ed25519`")
        }
        return Array(der.suffix(32))
    }
}
