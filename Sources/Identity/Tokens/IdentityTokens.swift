import Crypto
import Foundation
public import Kernel
import Synchronization
import Web

/// What the app learns about its caller: a JWT signed with Ed25519 under a key of its own (RFC 7519, RFC 8037; ASVS 5.0 V9.1.1).
///
/// Signing takes some 30 µs, so a session's token is used again for up to 30 s; it is valid for 90. The app verifies it with
/// the keys that `keySet` shows.
public final class IdentityTokens: Sendable {
    static let reuse: Duration = .seconds(30)
    static let validity: Duration = .seconds(90)

    /// A token as it goes to the app.
    final class Told: Sendable {
        let text: [UInt8]
        fileprivate let at: Int64
        /// Whose it is: the same caller may be told of by others.
        fileprivate let maker: any AnyObject & Sendable

        fileprivate init(_ text: [UInt8], at: Int64, by maker: any AnyObject & Sendable) {
            (self.text, self.at, self.maker) = (text, at, maker)
        }

        fileprivate func isGood(at now: Int64, by maker: AnyObject) -> Bool {
            self.maker === maker && now >= at && now &- at < 30_000_000_000
        }
    }

    private struct Made: Sendable {
        let told: Told
        let caller: SignedIn
    }
    private final class Mark: Sendable {}
    private final class Shard: Sendable { let tokens = Mutex<[String: Made]>([:]) }
    private struct Signer: Sendable {
        let id: String
        let key: Curve25519.Signing.PrivateKey
        /// The header of what it signs, with the dot behind it.
        let head: [UInt8]
    }

    private let keys: any PurposeKeys
    private let clock: any WallClock
    private let issuer: String
    private let audience: String
    private let mark = Mark()
    private let shards = (0..<16).map { _ in Shard() }
    /// The newest first; those that still verify something stay.
    private let signers = Mutex<[Signer]>([])

    public init(keys: any PurposeKeys, clock: any WallClock, issuer: String, audience: String) {
        self.keys = keys
        self.clock = clock
        self.issuer = issuer
        self.audience = audience
    }

    func token(for caller: SignedIn) throws -> String { String(decoding: try told(caller).text, as: UTF8.self) }

    /// The token of this very caller, as one that was made of the same facts has it for half a minute.
    func told(_ caller: SignedIn) throws -> Told {
        let now = clock.now().nanosecondsSinceEpoch
        // What goes with the caller itself needs no look-up and no comparing.
        if let told = caller.told, told.isGood(at: now, by: mark) { return told }
        let told = try known(caller, at: now) ?? made(caller, at: now)
        caller.told = told
        return told
    }

    /// One for each project that somebody works in at a time, or each request would take the other's place.
    private func place(of caller: SignedIn) -> (key: String, shard: Shard) {
        let key = caller.project.map { caller.session + " " + $0.id } ?? caller.session
        return (key, shards[Int(UInt(bitPattern: key.hashValue) % 16)])
    }

    private func known(_ caller: SignedIn, at now: Int64) -> Told? {
        let (key, shard) = place(of: caller)
        guard let made = shard.tokens.withLock({ $0[key] }), made.told.isGood(at: now, by: mark), made.caller == caller
        else { return nil }
        return made.told
    }

    private func made(_ caller: SignedIn, at now: Int64) throws -> Told {
        let told = Told(try sign(caller, at: now / 1_000_000_000), at: now, by: mark)
        let (key, shard) = place(of: caller)
        shard.tokens.withLock { tokens in
            // What isn't used any more goes when there is much of it.
            if tokens.count > 2048 { tokens = tokens.filter { now - $0.value.told.at < 30_000_000_000 } }
            if tokens.count > 16_384 { tokens = [:] }
            tokens[key] = Made(told: told, caller: caller)
        }
        return told
    }

    private func sign(_ caller: SignedIn, at seconds: Int64) throws -> [UInt8] {
        let signer = try current()
        var claims = JSONText()
        claims.beginObject()
        claims.member("iss", issuer)
        claims.member("aud", audience)
        claims.member("sub", caller.account)
        claims.member("email", caller.email)
        claims.member("role", caller.role)
        claims.list("roles", [caller.role])
        claims.list("permissions", caller.permissions.sorted())
        if let project = caller.project {
            claims.name("project")
            claims.beginObject()
            claims.member("id", project.id)
            claims.member("slug", project.slug)
            claims.member("role", project.role)
            claims.list("permissions", project.permissions.sorted())
            claims.endObject()
        }
        claims.member("credential", caller.credential.rawValue)
        claims.member("sid", caller.session)
        claims.member("auth_time", Int(caller.authenticatedAt.nanosecondsSinceEpoch / 1_000_000_000))
        claims.member("iat", Int(seconds))
        claims.member("nbf", Int(seconds - 5))
        claims.member("exp", Int(seconds + IdentityTokens.validity.components.seconds))
        claims.endObject()
        var text = signer.head
        text.reserveCapacity(claims.bytes.count * 4 / 3 + signer.head.count + 96)
        Base64URL.append(claims.bytes, to: &text)
        let signature = try signer.key.signature(for: text)
        text.append(0x2E)
        Base64URL.append(signature, to: &text)
        return text
    }

    private static func head(_ id: String) -> [UInt8] {
        var head = JSONText()
        head.beginObject()
        head.member("alg", "EdDSA")
        head.member("typ", "seaworthy-identity+jwt")
        head.member("kid", id)
        head.endObject()
        return Array((Base64URL.text(head.bytes) + ".").utf8)
    }

    private func current() throws -> Signer {
        let key = try keys.signing(.token)
        if let known = signers.withLock({ $0.first }), known.id == key.id { return known }
        // A key of its own: what signs access tokens never signs these.
        let seed = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: key.reveal()), info: Array("identity token ed25519 v1".utf8),
            outputByteCount: 32)
        let signer = Signer(
            id: key.id, key: try Curve25519.Signing.PrivateKey(rawRepresentation: seed.withUnsafeBytes { Data($0) }),
            head: IdentityTokens.head(key.id))
        signers.withLock { signers in
            signers = [signer] + signers.filter { $0.id != signer.id && keys.verifying($0.id, for: .token) != nil }
        }
        return signer
    }

    /// A JWK set (RFC 7517) with the public halves: what an app verifies with.
    public func keySet() throws -> [UInt8] {
        _ = try current()
        var text = JSONText()
        text.beginObject()
        text.name("keys")
        text.beginArray()
        for signer in signers.withLock({ $0 }) {
            text.beginObject()
            text.member("kty", "OKP")
            text.member("crv", "Ed25519")
            text.member("alg", "EdDSA")
            text.member("use", "sig")
            text.member("kid", signer.id)
            text.member("x", Base64URL.text(signer.key.publicKey.rawRepresentation))
            text.endObject()
        }
        text.endArray()
        text.endObject()
        return text.bytes
    }
}
