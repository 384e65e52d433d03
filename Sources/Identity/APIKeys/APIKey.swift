import Kernel
import Web

/// An API key as the database keeps it: everything but the key itself, of which it has the SHA-256. (ASVS 5.0 V7.2.3)
struct APIKeyRow: Sendable, Equatable {
    let secretHash: String
    let id: String
    let account: String
    /// What its owner calls it.
    let name: String
    /// The key's first letters, by which its owner tells it from others.
    let hint: String
    /// Empty: everything that its owner's role may.
    let scopes: Set<String>
    let createdAt: Timestamp
    let expiresAt: Timestamp
    let usedAt: Timestamp?
    /// When whoever made it had given a second factor in that session; nil: none was given.
    let factorAt: Timestamp?
}

/// How a key is written: `swk_` and 43 characters of base64url, 256 random bits. The prefix tells people, scanners of
/// repositories and us what it is.
enum APIKeyText {
    static let prefix = "swk_"

    /// Whether a bearer's credential claims to be one: then it is nobody else's.
    static func isOne(_ text: UnsafeRawBufferPointer) -> Bool {
        text.count >= 4 && text.loadUnaligned(as: UInt32.self) == mark
    }

    static func isOne(_ text: Substring) -> Bool { text.utf8.starts(with: prefix.utf8) }

    /// `prefix`, as four bytes at once.
    private static let mark = Array(prefix.utf8).withUnsafeBytes { $0.loadUnaligned(as: UInt32.self) }

    /// What a key is looked up under; nil for what can't be one.
    static func key(of text: UnsafeRawBufferPointer) -> String? {
        guard isOne(text), OneTimeSecret.isPlausible(UnsafeRawBufferPointer(rebasing: text.dropFirst(4))) else {
            return nil
        }
        return OneTimeSecret.hash(text)
    }

    static func key(of text: Substring) -> String? { String(text).withBytes { key(of: $0) } }

    static func make(random: any RandomSource) -> (text: Secret, hash: String, hint: String) {
        let text = prefix + OneTimeSecret(random: random).text.reveal()
        return (Secret(text), OneTimeSecret.hash(text), String(text.prefix(8)))
    }
}
