public import Kernel

/// The proof that somebody is signed in: who, by which session, since when. Only `Identity/Sessions` mints one, from a view of
/// the database that is at most 5 s old.
public struct SignedIn: Sendable, Equatable {
    /// The account's id.
    public let account: String
    public let email: String
    public let role: String
    /// The session's id: names it in lists and tokens, and opens nothing.
    public let session: String
    /// What the session is kept under; its own secret's SHA-256.
    public let sessionKey: String
    /// When a password or another proof was last given.
    public let authenticatedAt: Timestamp
    /// When a second factor was given for this session; nil: none was.
    public let secondFactorAt: Timestamp?

    @_spi(MintSignedIn)
    public init(
        account: String, email: String, role: String, session: String, sessionKey: String, authenticatedAt: Timestamp,
        secondFactorAt: Timestamp? = nil
    ) {
        self.account = account
        self.email = email
        self.role = role
        self.session = session
        self.sessionKey = sessionKey
        self.authenticatedAt = authenticatedAt
        self.secondFactorAt = secondFactorAt
    }
}
