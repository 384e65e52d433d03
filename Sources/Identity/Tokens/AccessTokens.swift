import Crypto
import Foundation
public import Kernel
import Synchronization
import Web

/// Access tokens of programs: JWTs of RFC 9068's kind, with every claim that says what they are for enforced (RFC 8725;
/// ASVS 5.0 V9.1.1 to V9.2.4).
///
/// A signature is verified once: what it proved is remembered by the token until it ends. What was made here is known from the
/// start.
public final class AccessTokens: Sendable {
    static let type = "at+jwt"
    /// The one client that there is: programs of people with an account.
    static let client = "seaworthy"

    /// What a verified token says.
    struct Claims: Sendable, Equatable {
        let id: String
        let account: String
        let family: String
        /// The ring's key that signed it.
        let key: String
        /// Seconds since 1970.
        let issuedAt: Int64
        let notBefore: Int64
        let expiresAt: Int64
    }

    /// A token as it is remembered: what it proved, and all of it.
    private final class Remembered: Sendable {
        let text: [UInt8]
        let claims: Claims
        init(_ claims: Claims, _ text: UnsafeRawBufferPointer) { (self.claims, self.text) = (claims, Array(text)) }

        func isMade(of text: UnsafeRawBufferPointer) -> Bool {
            self.text.withUnsafeBytes { isEqualInConstantTime($0, text) }
        }
    }

    /// Found by its last eight bytes, a signature's: only what was verified is kept, so nobody can choose what meets there, and
    /// another one that ends alike is verified as if none were known.
    private final class Shard: Sendable { let tokens = Mutex<[UInt64: Remembered]>([:]) }

    private let keys: any PurposeKeys
    private let clock: any WallClock
    private let random: any RandomSource
    let issuer: String
    /// Who they are for: the gateway itself.
    var audience: String { issuer }
    private let algorithm: TokenAlgorithm
    private let shards = (0..<16).map { _ in Shard() }
    private let signers = Mutex<[String: TokenSigner]>([:])

    public init(
        keys: any PurposeKeys, clock: any WallClock, random: any RandomSource, issuer: String,
        algorithm: TokenAlgorithm = .edDSA
    ) {
        self.keys = keys
        self.clock = clock
        self.random = random
        self.issuer = issuer
        self.algorithm = algorithm
    }

    // MARK: Making

    func make(for account: String, family: String, validFor span: Duration) throws -> String {
        let seconds = clock.now().nanosecondsSinceEpoch / 1_000_000_000
        let ring = try keys.signing(.accessToken)
        let signer = try signer(ring, algorithm)
        let made = Claims(
            id: Base64URL.text(random.bytes(count: 16)), account: account, family: family, key: ring.id,
            issuedAt: seconds, notBefore: seconds, expiresAt: seconds + span.components.seconds)
        var head = JSONText()
        head.beginObject()
        head.member("alg", signer.algorithm.rawValue)
        head.member("typ", AccessTokens.type)
        head.member("kid", signer.id)
        head.endObject()
        var claims = JSONText()
        claims.beginObject()
        claims.member("iss", issuer)
        claims.member("aud", audience)
        claims.member("sub", account)
        claims.member("client_id", AccessTokens.client)
        claims.member("sid", family)
        claims.member("jti", made.id)
        claims.member("iat", Int(seconds))
        claims.member("nbf", Int(seconds))
        claims.member("exp", Int(made.expiresAt))
        claims.endObject()
        let signed = Base64URL.text(head.bytes) + "." + Base64URL.text(claims.bytes)
        let text = signed + "." + Base64URL.text(try signer.signature(over: Array(signed.utf8)))
        text.withBytes { remember(made, of: $0, at: seconds) }
        return text
    }

    private func signer(_ key: PurposeKey, _ algorithm: TokenAlgorithm) throws -> TokenSigner {
        let name = key.id + algorithm.rawValue
        if let known = signers.withLock({ $0[name] }) { return known }
        let made = try TokenSigner(key, algorithm)
        signers.withLock { signers in
            if signers.count > 64 { signers = [:] }
            signers[name] = made
        }
        return made
    }

    // MARK: Verifying

    /// How the headers of our own begin: as many characters as don't hang on what follows the prefix.
    private static let ownHeads: [[UInt8]] = TokenAlgorithm.allCases.map { algorithm in
        let head = "{\"alg\":\"\(algorithm.rawValue)\",\"typ\":\"\(AccessTokens.type)\",\"kid\":\"\(TokenSigner.prefix)"
        return Array(Base64URL.text(head.utf8).utf8.prefix(head.utf8.count * 8 / 6))
    }

    /// Whether a bearer's credential claims to be one of ours: then it is nobody else's, and refused where it doesn't verify.
    static func isOne(_ text: UnsafeRawBufferPointer) -> Bool {
        // Those that we made ourselves show it in their first letters.
        ownHeads.contains { head in head.withUnsafeBytes { text.hasPrefix($0) } }
            || text.count <= 16_384
                && CompactToken.claimedKeyID(Substring(decoding: text, as: UTF8.self))?.hasPrefix(TokenSigner.prefix)
                    == true
    }

    static func isOne(_ text: Substring) -> Bool { String(text).withBytes { isOne($0) } }

    /// What a token says, once everything about it was checked.
    func verify(_ text: UnsafeRawBufferPointer) throws(TokenRefusal) -> Claims {
        guard let name = AccessTokens.name(of: text) else { throw .malformed }
        let seconds = clock.now().nanosecondsSinceEpoch / 1_000_000_000
        if let known = shard(of: name).tokens.withLock({ $0[name] }), known.isMade(of: text) {
            let claims = known.claims
            guard claims.expiresAt > seconds else { throw .expired }
            guard claims.notBefore <= seconds else { throw .early }
            guard keys.verifying(claims.key, for: .accessToken) != nil else { throw .key }
            return claims
        }
        let claims = try check(Substring(decoding: text, as: UTF8.self), at: seconds)
        remember(claims, of: text, at: seconds)
        return claims
    }

    func verify(_ text: Substring) throws(TokenRefusal) -> Claims {
        try String(text).withBytes { bytes in
            Result { () throws(TokenRefusal) in try verify(bytes) }
        }.get()
    }

    /// The last eight bytes; nil for what is shorter.
    private static func name(of text: UnsafeRawBufferPointer) -> UInt64? {
        text.count < 8 ? nil : text.loadUnaligned(fromByteOffset: text.count &- 8, as: UInt64.self)
    }

    private func shard(of name: UInt64) -> Shard { shards[Int(truncatingIfNeeded: name % 16)] }

    private func remember(_ claims: Claims, of text: UnsafeRawBufferPointer, at seconds: Int64) {
        guard let name = AccessTokens.name(of: text) else { return }
        let remembered = Remembered(claims, text)
        shard(of: name).tokens.withLock { tokens in
            if tokens.count >= 2048 { tokens = tokens.filter { $0.value.claims.expiresAt > seconds } }
            if tokens.count >= 8192 { tokens = [:] }
            tokens[name] = remembered
        }
    }

    private func check(_ text: Substring, at seconds: Int64) throws(TokenRefusal) -> Claims {
        let token = try CompactToken(text)
        guard token.type == AccessTokens.type else { throw .type }
        guard let (ring, algorithm) = TokenSigner.parts(of: token.keyID) else { throw .key }
        // The key says what it signs with; the token has no say in it.
        guard token.algorithm == algorithm.rawValue else { throw .algorithm }
        guard let key = keys.verifying(ring, for: .accessToken), let signer = try? signer(key, algorithm) else {
            throw .key
        }
        guard signer.verifies(token.signature, over: token.signed) else { throw .signature }
        guard let bytes = Base64URL.bytes(token.claims), let members = try? FlatJSON.parse(bytes),
            let account = members["sub"], let family = members["sid"], let id = members["jti"],
            let issued = members["iat"].flatMap({ Int64($0) }), let until = members["exp"].flatMap({ Int64($0) }),
            let from = members["nbf"].flatMap({ Int64($0) })
        else { throw .malformed }
        guard members["iss"] == issuer else { throw .issuer }
        guard members["aud"] == audience else { throw .audience }
        guard until > seconds else { throw .expired }
        guard from <= seconds else { throw .early }
        return Claims(
            id: id, account: account, family: family, key: ring, issuedAt: issued, notBefore: from,
            expiresAt: until)
    }

    // MARK: Showing

    /// A JWK set (RFC 7517) of every key whose tokens are good, or will be in some seconds.
    public func keySet() throws -> [UInt8] {
        var text = JSONText()
        text.beginObject()
        text.name("keys")
        text.beginArray()
        for key in keys.published(.accessToken) { try signer(key, algorithm).write(to: &text) }
        text.endArray()
        text.endObject()
        return text.bytes
    }

    /// What follows a refresh token: made of it and a key of the ring, so that it need not be kept to be given twice.
    func successor(of token: String, key: PurposeKey) -> (text: String, hash: String) {
        let secret = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: key.reveal()), info: Array("refresh successor v1".utf8),
            outputByteCount: 32)
        let code = HMAC<SHA256>.authenticationCode(for: Array(token.utf8), using: secret)
        let text = RefreshTokenText.prefix + Base64URL.text(code)
        return (text, OneTimeSecret.hash(text))
    }
}

/// How a refresh token is written: `swr_` and 43 characters of base64url.
enum RefreshTokenText {
    static let prefix = "swr_"

    /// What it is looked up under; nil for what can't be one.
    static func key(of text: Substring) -> String? {
        guard text.utf8.starts(with: prefix.utf8), OneTimeSecret.isPlausible(text.dropFirst(prefix.utf8.count)) else {
            return nil
        }
        return OneTimeSecret.hash(String(text))
    }
}
