/// What a key is for. Keys of different purposes never stand in for each other.
public struct KeyPurpose: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral value: String) { rawValue = value }

    /// Signs and looks up sessions.
    public static let session: KeyPurpose = "session"
    /// Signs what the app learns about a caller.
    public static let token: KeyPurpose = "token"
    /// Signs access tokens, and makes what follows a refresh token.
    public static let accessToken: KeyPurpose = "access-token"
    public static let csrf: KeyPurpose = "csrf"
    /// Signs links in mails.
    public static let mail: KeyPurpose = "mail"
    public static let webhook: KeyPurpose = "webhook"
    /// Encrypts columns.
    public static let atRest: KeyPurpose = "at-rest"
    /// Makes encrypted columns searchable by equality.
    public static let blindIndex: KeyPurpose = "blind-index"
    /// Goes into password hashes.
    public static let passwordPepper: KeyPurpose = "password-pepper"
}

/// A key with its id; what it prints never holds the key.
public struct PurposeKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Sixteen hexadecimal digits: goes into what the key made (`kid`), so that the right key verifies it.
    public let id: String
    public let purpose: KeyPurpose
    private let bytes: [UInt8]

    public init(id: String, purpose: KeyPurpose, bytes: [UInt8]) {
        self.id = id
        self.purpose = purpose
        self.bytes = bytes
    }

    /// 32 bytes: call it only where they are used, never where they are shown.
    public func reveal() -> [UInt8] { bytes }
    public var description: String { "\(purpose.rawValue) key \(id) ‹redacted›" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["id": id]) }
}

/// The port to the keys that all replicas share: rooms ask it, `Operations` has them.
public protocol PurposeKeys: Sendable {
    /// The key that signs now.
    func signing(_ purpose: KeyPurpose) throws -> PurposeKey
    /// The key with this id, as long as what it made may still be in use; nil afterwards and for unknown ids.
    func verifying(_ id: String, for purpose: KeyPurpose) -> PurposeKey?
    /// Every key whose work is valid or soon will be, the newest first: what a key set shows.
    func published(_ purpose: KeyPurpose) -> [PurposeKey]
}
