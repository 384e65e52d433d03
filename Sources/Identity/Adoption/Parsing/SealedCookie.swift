import Crypto
import Kernel

/// The app's cookie as the browser gets it while a session of ours goes with it: encrypted, together with the session's key, so
/// that neither can be had without the other. (docs/decisions/0019)
///
/// `swa1.KEYID.DATA`; DATA is base64url of a nonce, the encrypted text and its tag (AES-256-GCM, NIST SP 800-38D).
struct SealedCookie: Sendable, Equatable {
    /// What the session is kept under; hexadecimal.
    let session: String
    /// When the session began, in seconds since 1970.
    let begun: Int64
    /// The session waits for a second factor: wherever nothing else is known of it yet, it opens nothing.
    var awaitsFactor = false
    let path: String?
    let domain: String?
    /// What the app set.
    let value: String

    static let prefix = "swa1."

    private static let waiting = " factor"

    static func isOne(_ text: some StringProtocol) -> Bool { text.utf8.starts(with: prefix.utf8) }

    /// - Throws: where the ring has no key.
    func sealed(name: String, keys: any PurposeKeys, random: any RandomSource) throws -> String {
        let key = try keys.signing(.session)
        // A text that the five parts are taken from again: none of the first four has a line break in it.
        let text = [session, "\(begun)\(awaitsFactor ? SealedCookie.waiting : "")", path ?? "", domain ?? "", value]
            .joined(separator: "\n")
        let box = try AES.GCM.seal(
            Array(text.utf8), using: SealedCookie.key(key), nonce: AES.GCM.Nonce(data: random.bytes(count: 12)),
            authenticating: Array(name.utf8))
        // can't trap: lists.
        let bytes = Array(box.nonce) + Array(box.ciphertext) + Array(box.tag)
        return "\(SealedCookie.prefix)\(key.id).\(Base64URL.text(bytes))"
    }

    /// nil for what we didn't make, or no longer have the key of.
    static func opened(_ text: some StringProtocol, name: String, keys: any PurposeKeys) -> SealedCookie? {
        guard isOne(text), text.utf8.count <= 8192 else { return nil }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let id = parts.dropFirst().first, let data = parts.last,
            let key = keys.verifying(String(id), for: .session), let bytes = Base64URL.bytes(data),
            bytes.count > 28,
            let nonce = try? AES.GCM.Nonce(data: bytes.prefix(12)),
            let box = try? AES.GCM.SealedBox(
                nonce: nonce, ciphertext: bytes.dropFirst(12).dropLast(16), tag: bytes.suffix(16)),
            let plain = try? AES.GCM.open(box, using: Self.key(key), authenticating: Array(name.utf8)),
            let whole = String(validating: plain, as: UTF8.self)
        else { return nil }
        var rest = Substring(whole).utf8
        var heads: [String] = []
        while heads.count < 4 {
            guard let end = rest.firstIndex(of: 0x0A) else { return nil }
            // can't trap: `end` is an index of `rest`.
            heads.append(String(Substring(rest[..<end])))
            // can't trap: as above.
            rest = rest[end...].dropFirst()
        }
        var taken = heads.makeIterator()
        guard let session = taken.next(), let start = taken.next(), let path = taken.next(), let domain = taken.next()
        else { return nil }
        let awaitsFactor = start.hasSuffix(waiting)
        guard let begun = Int64(awaitsFactor ? start.dropLast(waiting.count) : Substring(start)) else { return nil }
        return SealedCookie(
            session: session, begun: begun, awaitsFactor: awaitsFactor, path: path.isEmpty ? nil : path,
            domain: domain.isEmpty ? nil : domain,
            value: String(Substring(rest)))
    }

    /// Keys of sessions do more than this: each use has a key derived for it (RFC 5869).
    private static func key(_ key: PurposeKey) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: key.reveal()), info: Array("seaworthy adopted cookie v1".utf8),
            outputByteCount: 32)
    }
}
