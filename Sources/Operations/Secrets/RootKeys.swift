import Crypto
public import Kernel

/// The keys from outside (`secret-key`) that wrap the ring in the database: the first wraps, all unwrap.
///
/// Whoever has the database without them has nothing. They are stretched by HKDF alone, which is enough for what
/// `SecretPolicy` lets through and not for a password that somebody thought up.
public struct RootKeys: Sendable, CustomStringConvertible, CustomReflectable {
    private struct Root: Sendable {
        let id: String
        let key: SymmetricKey
    }
    private let roots: [Root]
    /// The id of the root key that wraps. Derived one way: says nothing about a secret that can't be guessed.
    public let firstID: String

    /// - Throws: `KeyRingError` `.rootMissing` when the list is empty.
    public init(_ secrets: [Secret]) throws(KeyRingError) {
        var roots: [Root] = []
        for secret in secrets {
            let material = Array(secret.reveal().utf8)
            guard !material.isEmpty else { throw KeyRingError(.rootMissing, "an empty secret-key") }
            let root = Root(
                id: RootKeys.id(material),
                key: AuthenticatedBox.derive(material, salt: RootKeys.salt, info: Array("wrap".utf8)))
            if !roots.contains(where: { $0.id == root.id }) { roots.append(root) }
        }
        guard let first = roots.first else {
            throw KeyRingError(
                .rootMissing,
                "secret-key must be given: 32 random characters or more, such as `openssl rand -base64 48` makes them")
        }
        self.roots = roots
        firstID = first.id
    }

    /// Ids in the order given.
    public var ids: [String] { roots.map(\.id) }
    public var description: String { "root keys \(ids.joined(separator: ", ")) ‹redacted›" }
    public var customMirror: Mirror { Mirror(self, children: ["ids": ids]) }

    private static let salt = "seaworthy root key v1"

    private static func id(_ material: [UInt8]) -> String {
        AuthenticatedBox.derive(material, salt: salt, info: Array("id".utf8)).withUnsafeBytes {
            Hexadecimal.text($0.prefix(8))
        }
    }

    /// Version byte, nonce, ciphertext, tag. `context` is what the key belongs to: wrapped for one row, it unwraps in no
    /// other.
    func wrap(_ material: [UInt8], context: [UInt8], random: any RandomSource) throws -> [UInt8] {
        guard let first = roots.first else { throw KeyRingError(.rootMissing, "no root key") }
        return [1]
            + (try AuthenticatedBox.seal(
                material, key: first.key, authenticating: context, random: random))
    }

    func unwrap(_ wrapped: [UInt8], root id: String, context: [UInt8]) throws(KeyRingError) -> [UInt8] {
        guard let root = roots.first(where: { $0.id == id }) else {
            throw KeyRingError(
                .rootUnknown,
                "a key was wrapped by root key \(id), which isn't among those given (\(ids.joined(separator: ", "))): add the earlier secret-key to the end of the list"
            )
        }
        guard wrapped.first == 1 else {
            throw KeyRingError(.damaged, "a wrapped key of a form that this program doesn't know")
        }
        guard let material = AuthenticatedBox.open(wrapped.dropFirst(), key: root.key, authenticating: context),
            material.count == 32
        else { throw KeyRingError(.damaged, "a wrapped key was changed, or moved to another row") }
        return material
    }
}
