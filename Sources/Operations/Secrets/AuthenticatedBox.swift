import Crypto
import Foundation
import Kernel

/// AES-256-GCM with a random nonce: nonce, ciphertext, tag (NIST SP 800-38D; ASVS 5.0 V11.3.2).
enum AuthenticatedBox {
    static let overhead = 12 + 16

    static func seal(
        _ plain: some DataProtocol, key: SymmetricKey, authenticating data: [UInt8], random: any RandomSource
    ) throws -> [UInt8] {
        let nonce = random.bytes(12)
        let box = try AES.GCM.seal(plain, using: key, nonce: AES.GCM.Nonce(data: nonce), authenticating: data)
        return nonce + [UInt8](box.ciphertext) + [UInt8](box.tag)
    }

    /// nil when the key or the authenticated data are others, or a bit was changed.
    static func open(_ bytes: some DataProtocol, key: SymmetricKey, authenticating data: [UInt8]) -> [UInt8]? {
        guard let box = try? AES.GCM.SealedBox(combined: Data(bytes)),
            let plain = try? AES.GCM.open(box, using: key, authenticating: data)
        else { return nil }
        return [UInt8](plain)
    }

    /// A key of its own for each use (HKDF-SHA256, RFC 5869).
    static func derive(_ material: [UInt8], salt: String, info: [UInt8]) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: material), salt: Array(salt.utf8), info: info, outputByteCount: 32)
    }

    /// Parts with their lengths before them: no two lists of parts give the same bytes.
    static func joined(_ parts: [[UInt8]]) -> [UInt8] {
        parts.flatMap { part in
            withUnsafeBytes(of: UInt64(part.count).bigEndian) { [UInt8]($0) } + part
        }
    }
}
