import Kernel

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
    static func isOne(_ text: Substring) -> Bool { text.utf8.starts(with: prefix.utf8) }

    /// What a key is looked up under; nil for what can't be one.
    static func key(of text: Substring) -> String? {
        guard isOne(text), OneTimeSecret.isPlausible(Substring(text.utf8.dropFirst(prefix.utf8.count))) else {
            return nil
        }
        return OneTimeSecret.hash(String(text))
    }

    static func make(random: any RandomSource) -> (text: Secret, hash: String, hint: String) {
        let text = prefix + OneTimeSecret(random: random).text.reveal()
        return (Secret(text), OneTimeSecret.hash(text), String(text.prefix(8)))
    }
}
