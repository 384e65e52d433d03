/// What a route asks of its caller, in order of strictness.
public enum RouteAccess: String, Sendable, CaseIterable, Comparable {
    /// Anybody; the edge answers for it.
    case `public`
    /// The app decides.
    case app
    /// Only with an account.
    case signedIn = "signed-in"
    /// Nobody.
    case deny

    private var strictness: Int {
        switch self {
        case .public: 0
        case .app: 1
        case .signedIn: 2
        case .deny: 3
        }
    }
    public static func < (a: RouteAccess, b: RouteAccess) -> Bool { a.strictness < b.strictness }
}

/// What the `routes:` list says of a request: the strictest rule over all readings of its target and methods.
public struct RouteDecision: Sendable, Equatable {
    public let access: RouteAccess
    /// The rule's pattern, for the log and metrics (bounded); `default` where no rule matched.
    public let route: String
    /// Body limit of this route, where it has one of its own.
    public let bodyLimit: Int?
    /// Any origin may read it (`cors: public`).
    public let isPublicToOrigins: Bool
    /// `csrf: off` for this route (an API that takes no cookies, a webhook).
    public let checksCSRF: Bool
    /// Roles that it takes besides being signed in, all of them.
    public let roles: Set<String>
    /// Permissions that it takes besides being signed in, all of them.
    public let permissions: Set<String>
    /// Besides being signed in, a second factor must have been given in this session.
    public let asksForSecondFactor: Bool
    /// Besides being signed in, the caller must be a member of the project that the request is about.
    public var project: ProjectDemand?

    public init(
        access: RouteAccess, route: String, bodyLimit: Int? = nil, isPublicToOrigins: Bool = false,
        checksCSRF: Bool = true, roles: Set<String> = [], permissions: Set<String> = [],
        asksForSecondFactor: Bool = false, project: ProjectDemand? = nil
    ) {
        self.project = project
        self.permissions = permissions
        self.roles = roles
        self.asksForSecondFactor = asksForSecondFactor
        self.access = access
        self.route = route
        self.bodyLimit = bodyLimit
        self.isPublicToOrigins = isPublicToOrigins
        self.checksCSRF = checksCSRF
    }
}
