public import Kernel
import Synchronization

/// The proof that somebody is signed in: who, by which session, since when. Only `Identity/Sessions` mints one, from a view of
/// the database that is at most 5 s old.
///
/// Its facts lie behind one reference: handing it on counts that one, not a dozen texts.
public struct SignedIn: Sendable, Equatable {
    private let facts: Facts

    /// The account's id.
    public var account: String { facts.account }
    public var email: String { facts.email }
    public var role: String { facts.role }
    /// The id of the session, API key or family of tokens: names it in lists and tokens, and opens nothing.
    public var session: String { facts.session }
    /// What the session or API key is kept under: its own secret's SHA-256; a family of tokens under its id.
    public var sessionKey: String { facts.sessionKey }
    /// When a password or another proof was last given.
    public var authenticatedAt: Timestamp { facts.authenticatedAt }
    /// When a second factor was given for this session; nil: none was.
    public var secondFactorAt: Timestamp? { facts.secondFactorAt }
    /// What was shown as the proof.
    public var credential: Credential { facts.credential }
    /// What the caller may do: what its role grants, and of that no more than an API key's scopes.
    public var permissions: Set<String> { facts.permissions }
    /// False for an API key with scopes: it never stands for the role itself.
    public var hasWholeRole: Bool { facts.hasWholeRole }
    /// An API key's scopes: of whatever its owner may, it may no more than these. Empty where `hasWholeRole`.
    public var scopes: Set<String> { facts.scopes }
    /// The project that the request is about, where its route asks for one and the caller is a member.
    public var project: ProjectMembership? { facts.project }

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
        facts = Facts(
            account: account, email: email, role: role, session: session, sessionKey: sessionKey,
            authenticatedAt: authenticatedAt, secondFactorAt: secondFactorAt, credential: credential,
            permissions: permissions, hasWholeRole: hasWholeRole, scopes: scopes, project: nil)
    }

    private init(_ facts: Facts) { self.facts = facts }

    /// The same caller, as a member of a project.
    @_spi(MintSignedIn)
    public func within(_ project: ProjectMembership) -> SignedIn { SignedIn(facts.within(project)) }

    /// Something that was made of this very caller, for whoever asks again, as long as whoever made it keeps it: nothing is
    /// kept alive by a caller. It is no part of who they are.
    @_spi(MintSignedIn)
    public var keepsake: (any AnyObject & Sendable)? {
        get { facts.keepsake.withLock { $0.object } }
        nonmutating set { facts.keepsake.withLock { $0.object = newValue } }
    }

    public static func == (a: SignedIn, b: SignedIn) -> Bool { a.facts === b.facts || a.facts.isAlike(b.facts) }
}

extension SignedIn {
    private struct Keepsake {
        weak var object: (any AnyObject & Sendable)?
    }

    private final class Facts: Sendable {
        let account: String
        let email: String
        let role: String
        let session: String
        let sessionKey: String
        let authenticatedAt: Timestamp
        let secondFactorAt: Timestamp?
        let credential: Credential
        let permissions: Set<String>
        let hasWholeRole: Bool
        let scopes: Set<String>
        let project: ProjectMembership?
        let keepsake = Mutex(Keepsake())

        init(
            account: String, email: String, role: String, session: String, sessionKey: String,
            authenticatedAt: Timestamp, secondFactorAt: Timestamp?, credential: Credential, permissions: Set<String>,
            hasWholeRole: Bool, scopes: Set<String>, project: ProjectMembership?
        ) {
            self.account = account
            self.email = email
            self.role = role
            self.session = session
            self.sessionKey = sessionKey
            self.authenticatedAt = authenticatedAt
            self.secondFactorAt = secondFactorAt
            self.credential = credential
            self.permissions = permissions
            self.hasWholeRole = hasWholeRole
            self.scopes = scopes
            self.project = project
        }

        func within(_ project: ProjectMembership) -> Facts {
            Facts(
                account: account, email: email, role: role, session: session, sessionKey: sessionKey,
                authenticatedAt: authenticatedAt, secondFactorAt: secondFactorAt, credential: credential,
                permissions: permissions, hasWholeRole: hasWholeRole, scopes: scopes, project: project)
        }

        func isAlike(_ other: Facts) -> Bool {
            account == other.account && email == other.email && role == other.role && session == other.session
                && sessionKey == other.sessionKey && authenticatedAt == other.authenticatedAt
                && secondFactorAt == other.secondFactorAt && credential == other.credential
                && permissions == other.permissions && hasWholeRole == other.hasWholeRole && scopes == other.scopes
                && project == other.project
        }
    }
}
