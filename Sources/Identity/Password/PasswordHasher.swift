import CArgon2
import CCrypt
import Crypto
import Foundation
public import Kernel

/// A password as somebody typed it, in Unicode's composed form (NFC), so that every keyboard's “é” is the same. It is never
/// cut off, printed or logged. (NIST SP 800-63B-4 §3.1.1.2)
public struct Password: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    let composed: String
    /// As it came: what other systems hashed.
    let raw: String

    public init(_ text: String) {
        raw = text
        composed = text.precomposedStringWithCanonicalMapping
    }

    /// Characters as people are told to count them: Unicode scalars.
    var length: Int { composed.unicodeScalars.count }
    public var description: String { "password ‹redacted›" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Makes and verifies password hashes. Slow on purpose: call it on a `PasswordPool`, never on an event loop.
///
/// What bcrypt or Argon2id sees is base64 of HMAC-SHA-384 under a key that is not in the database's rows, so nothing is cut
/// off at 72 bytes or at a NUL, and a stolen table alone can't be guessed at. The key's id stands in the hash:
/// `v1:KEYID:$2b$12$…`. (ASVS 5.0 V11.4.2, V6.2.8)
public struct PasswordHasher: Sendable {
    public struct Failure: Error, Sendable, CustomStringConvertible {
        public let description: String
    }

    /// What a comparison found.
    public struct Verdict: Sendable, Equatable {
        public let matches: Bool
        /// Whether the hash should be made anew: another scheme, cost or key than today's.
        public let isStale: Bool
    }

    let settings: PasswordSettings
    private let keys: any PurposeKeys
    private let random: any RandomSource

    public init(settings: PasswordSettings, keys: any PurposeKeys, random: any RandomSource) {
        self.settings = settings
        self.keys = keys
        self.random = random
    }

    /// A new hash under today's scheme and key.
    public func hash(_ password: Password) throws -> String {
        let key = try keys.signing(.passwordPepper)
        let phrase = PasswordHasher.prehash(password.composed, key)
        let salt = random.bytes(count: 16)
        let made: String?
        switch settings.scheme {
        case .bcrypt: made = PasswordHasher.bcrypt(phrase, cost: settings.cost, salt: salt)
        case .argon2id:
            made = PasswordHasher.argon2id(phrase, memory: settings.memory, passes: settings.passes, salt: salt)
        }
        guard let made else { throw Failure(description: "\(settings.scheme.rawValue) could not be computed") }
        return "v1:\(key.id):\(made)"
    }

    /// Compares in constant time. A hash that nobody can read, or whose key is destroyed, matches nothing.
    public func verify(_ password: Password, against stored: String) -> Verdict {
        guard let own = OwnHash(stored) else {
            return Verdict(matches: ForeignHash.verify(password, against: stored), isStale: true)
        }
        guard let key = keys.verifying(own.key, for: .passwordPepper) else {
            return Verdict(matches: false, isStale: true)
        }
        let phrase = PasswordHasher.prehash(password.composed, key)
        let matches = PasswordHasher.compare(phrase, own.hash)
        return Verdict(matches: matches, isStale: !isCurrent(own))
    }

    private func isCurrent(_ own: OwnHash) -> Bool {
        guard (try? keys.signing(.passwordPepper))?.id == own.key else { return false }
        switch settings.scheme {
        case .bcrypt:
            let cost = settings.cost < 10 ? "0\(settings.cost)" : "\(settings.cost)"
            return own.hash.hasPrefix("$2b$\(cost)$")
        case .argon2id:
            return own.hash.hasPrefix("$argon2id$v=19$m=\(settings.memory),t=\(settings.passes),p=1$")
        }
    }

    /// 64 characters of ASCII: short enough for bcrypt, and with all of SHA-384 in them.
    static func prehash(_ password: String, _ key: PurposeKey) -> String {
        let code = HMAC<SHA384>.authenticationCode(
            for: Array(password.utf8), using: SymmetricKey(data: key.reveal()))
        return Data(code).base64EncodedString()
    }

    static func compare(_ phrase: String, _ hash: String) -> Bool {
        if hash.hasPrefix("$argon2id$") {
            return argon2id_verify(hash, phrase, phrase.utf8.count) == ARGON2_OK.rawValue
        }
        return crypt(phrase, hash).map { isEqualInConstantTime(Array($0.utf8), Array(hash.utf8)) } ?? false
    }

    static func bcrypt(_ phrase: String, cost: Int, salt: [UInt8]) -> String? {
        guard let setting = output({ seaworthy_bcrypt_setting(Int32(cost), salt, salt.count, $0) }) else { return nil }
        return crypt(phrase, setting)
    }

    static func argon2id(_ phrase: String, memory: Int, passes: Int, salt: [UInt8]) -> String? {
        var encoded = [CChar](repeating: 0, count: 256)
        let status = argon2id_hash_encoded(
            UInt32(passes), UInt32(memory), 1, phrase, phrase.utf8.count, salt, salt.count, 32, &encoded, encoded.count)
        guard status == ARGON2_OK.rawValue else { return nil }
        return text(encoded)
    }

    /// libxcrypt with the setting, or the whole hash, of any of its schemes. A phrase with NUL would be cut off: nil.
    static func crypt(_ phrase: String, _ setting: String) -> String? {
        guard !phrase.utf8.contains(0), !setting.utf8.contains(0) else { return nil }
        return output { seaworthy_crypt(phrase, setting, $0) }
    }

    private static func output(_ work: (UnsafeMutablePointer<CChar>?) -> Int32) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(SEAWORTHY_CRYPT_OUTPUT_SIZE))
        let status = buffer.withUnsafeMutableBufferPointer { work($0.baseAddress) }
        return status == 0 ? text(buffer) : nil
    }

    private static func text(_ buffer: [CChar]) -> String {
        String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// `v1:KEYID:HASH`, taken apart.
struct OwnHash: Sendable {
    let key: String
    let hash: String

    init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "v1" else { return nil }
        key = String(parts[1])
        hash = String(parts[2])
    }
}
