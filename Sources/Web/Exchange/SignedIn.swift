public import Kernel

/// The proof that somebody is signed in: who, by which session, since when. Only `Identity/Sessions` mints one, from a view of
/// the database that is at most 5 s old.
public struct SignedIn: Sendable, Equatable {
    /// The account's id.
    public let account: String
    public let email: String
    public let role: String
    /// The id of the session, API key or family of tokens: names it in lists and tokens, and opens nothing.
    public let session: String
    /// What the session or API key is kept under: its own secret's SHA-256; a family of tokens under its id.
    public let sessionKey: String
    /// When a password or another proof was last given.
    public let authenticatedAt: Timestamp
    /// When a second factor was given for this session; nil: none was.
    public let secondFactorAt: Timestamp?
    /// What was shown as the proof.
    public let credential: Credential
    /// What the caller may do: what its role grants, and of that no more than an API key's scopes.
    public let permissions: Set<String>
    /// False for an API key with scopes: it never stands for the role itself.
    public let hasWholeRole: Bool
    /// An API key's scopes: of whatever its owner may, it may no more than these. Empty where `hasWholeRole`.
    public let scopes: Set<String>
    /// The project that the request is about, where its route asks for one and the caller is a member.
    public private(set) var project: ProjectMembership?

    public enum Credential: String, Sendable, CaseIterable {
        case session
        case apiKey = "api-key"
        case accessToken = "access-token"
    }

    @_spi(MintSignedIn)
    public init(
        account: String, email: String, role: String, session: String, sessionKey: String, authenticatedAt: Timestamp,
        secondFactorAt: Timestamp? = nil, credential: Credential = .session, permissions: Set<String> = [],
        hasWholeRole: Bool = true, scopes: Set<String> = []
    ) {
        self.scopes = scopes
        self.credential = credential
        self.permissions = permissions
        self.hasWholeRole = hasWholeRole
        self.account = account
        self.email = email
        self.role = role
        self.session = session
        self.sessionKey = sessionKey
        self.authenticatedAt = authenticatedAt
        self.secondFactorAt = secondFactorAt
    }

    /// The same caller, as a member of a project.
    @_spi(MintSignedIn)
    public func within(_ project: ProjectMembership) -> SignedIn {
        var caller = self
        caller.project = project
        return caller
    }
}
