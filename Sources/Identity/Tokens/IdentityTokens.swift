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

    private struct Made: Sendable {
        let text: String
        let caller: SignedIn
        let at: Int64
    }
    private final class Shard: Sendable { let tokens = Mutex<[String: Made]>([:]) }
    private struct Signer: Sendable {
        let id: String
        let key: Curve25519.Signing.PrivateKey
    }

    private let keys: any PurposeKeys
    private let clock: any WallClock
    private let issuer: String
    private let audience: String
    private let shards = (0..<16).map { _ in Shard() }
    /// The newest first; those that still verify something stay.
    private let signers = Mutex<[Signer]>([])

    public init(keys: any PurposeKeys, clock: any WallClock, issuer: String, audience: String) {
        self.keys = keys
        self.clock = clock
        self.issuer = issuer
        self.audience = audience
    }

    func token(for caller: SignedIn) throws -> String {
        let now = clock.now().nanosecondsSinceEpoch
        // One for each project that somebody works in at a time, or each request would take the other's place.
        let key = caller.project.map { caller.session + " " + $0.id } ?? caller.session
        let shard = shards[Int(UInt(bitPattern: key.hashValue) % 16)]
        if let made = shard.tokens.withLock({ $0[key] }), made.caller == caller, now >= made.at,
            now - made.at < 30_000_000_000
        {
            return made.text
        }
        let text = try sign(caller, at: now / 1_000_000_000)
        shard.tokens.withLock { tokens in
            // What isn't used any more goes when there is much of it.
            if tokens.count > 2048 { tokens = tokens.filter { now - $0.value.at < 30_000_000_000 } }
            if tokens.count > 16_384 { tokens = [:] }
            tokens[key] = Made(text: text, caller: caller, at: now)
        }
        return text
    }

    private func sign(_ caller: SignedIn, at seconds: Int64) throws -> String {
        let signer = try current()
        var head = JSONText()
        head.beginObject()
        head.member("alg", "EdDSA")
        head.member("typ", "seaworthy-identity+jwt")
        head.member("kid", signer.id)
        head.endObject()
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
        let text = Base64URL.text(head.bytes) + "." + Base64URL.text(claims.bytes)
        return text + "." + Base64URL.text(try signer.key.signature(for: Array(text.utf8)))
    }

    private func current() throws -> Signer {
        let key = try keys.signing(.token)
        if let known = signers.withLock({ $0.first }), known.id == key.id { return known }
        // A key of its own: what signs access tokens never signs these.
        let seed = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: key.reveal()), info: Array("identity token ed25519 v1".utf8),
            outputByteCount: 32)
        let signer = Signer(
            id: key.id, key: try Curve25519.Signing.PrivateKey(rawRepresentation: seed.withUnsafeBytes { Data($0) }))
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
