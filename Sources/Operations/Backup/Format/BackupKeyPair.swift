import Crypto
import FoundationEssentials
public import Kernel

/// Closes backups; may lie on every server.
public struct BackupPublicKey: Sendable {
    let key: Curve25519.KeyAgreement.PublicKey

    /// The first bytes of its hash: names it without being it.
    var id: [UInt8] { Array(SHA256.hash(data: key.rawRepresentation).prefix(8)) }

    /// `seaworthy-backup-public-…`, as `seaworthy backup keygen` prints it.
    public var text: String { KeyText.encode(KeyText.publicPrefix, [UInt8](key.rawRepresentation)) }

    /// nil for anything else, a mistyped key included: four bytes of its hash go with it.
    public init?(text: String) {
        guard let bytes = KeyText.decode(KeyText.publicPrefix, text),
            let key = try? Curve25519.KeyAgreement.PublicKey(rawRepresentation: bytes)
        else { return nil }
        self.key = key
    }

    init(_ key: Curve25519.KeyAgreement.PublicKey) { self.key = key }
}

/// Opens backups; kept where neither the database nor the backups are.
public struct BackupPrivateKey: Sendable {
    let key: Curve25519.KeyAgreement.PrivateKey

    public var publicKey: BackupPublicKey { BackupPublicKey(key.publicKey) }
    /// `seaworthy-backup-private-…`.
    public var text: Secret { Secret(KeyText.encode(KeyText.privatePrefix, [UInt8](key.rawRepresentation))) }

    /// A new one.
    public init(random: any RandomSource) throws {
        let bytes = (0..<4).flatMap { _ in withUnsafeBytes(of: random.next()) { [UInt8]($0) } }
        key = try Curve25519.KeyAgreement.PrivateKey(rawRepresentation: bytes)
    }

    /// nil for anything that isn't a private key of ours.
    public init?(text: Secret) {
        guard let bytes = KeyText.decode(KeyText.privatePrefix, text.reveal()),
            let key = try? Curve25519.KeyAgreement.PrivateKey(rawRepresentation: bytes)
        else { return nil }
        self.key = key
    }
}

private enum KeyText {
    static let publicPrefix = "seaworthy-backup-public-"
    static let privatePrefix = "seaworthy-backup-private-"

    static func encode(_ prefix: String, _ key: [UInt8]) -> String {
        let text = Data(key + checksum(prefix, key)).base64EncodedString()
        return prefix + text.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    static func decode(_ prefix: String, _ text: String) -> [UInt8]? {
        let text = text.trimming(while: { $0 == " " || $0 == "\n" || $0 == "\r\n" })
        guard text.hasPrefix(prefix) else { return nil }
        let base64 = text.dropFirst(prefix.count).replacing("-", with: "+").replacing("_", with: "/")
        guard let bytes = Data(base64Encoded: String(base64)), bytes.count == 36 else { return nil }
        let key = [UInt8](bytes.prefix(32))
        return [UInt8](bytes.suffix(4)) == checksum(prefix, key) ? key : nil
    }

    private static func checksum(_ prefix: String, _ key: [UInt8]) -> [UInt8] {
        Array(SHA256.hash(data: Array(prefix.utf8) + key).prefix(4))
    }
}

/// Lower-case hexadecimal.
func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in bytes { text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
    return String(decoding: text, as: UTF8.self)
}
