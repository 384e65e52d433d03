public import Web

/// One entry of `routes:`.
public struct RouteRule: Sendable, Equatable {
    public let pattern: RoutePattern
    /// Empty: every method.
    public let methods: Set<String>
    public let access: RouteAccess
    public let bodyLimit: Int?
    public let isPublicToOrigins: Bool
    public let checksCSRF: Bool
    /// The role that it takes besides being signed in.
    public let role: String?
    /// The permission that it takes besides being signed in.
    public let permission: String?
    /// Whether it takes a second factor besides being signed in.
    public let asksForSecondFactor: Bool
    /// What it asks of the caller's membership in a project.
    public let project: ProjectRule?

    public init(
        pattern: RoutePattern, methods: Set<String> = [], access: RouteAccess, bodyLimit: Int? = nil,
        isPublicToOrigins: Bool = false, checksCSRF: Bool = true, role: String? = nil, permission: String? = nil,
        asksForSecondFactor: Bool = false, project: ProjectRule? = nil
    ) {
        self.project = project
        self.permission = permission
        self.role = role
        self.asksForSecondFactor = asksForSecondFactor
        self.pattern = pattern
        self.methods = methods
        self.access = access
        self.bodyLimit = bodyLimit
        self.isPublicToOrigins = isPublicToOrigins
        self.checksCSRF = checksCSRF
    }

    /// Whether the decision for a route depends on the method.
    var isMethodSpecific: Bool { !methods.isEmpty }

    /// What it says of a path that it fits.
    func decision(for path: String) -> RouteDecision {
        RouteDecision(
            access: access, route: pattern.text, bodyLimit: bodyLimit, isPublicToOrigins: isPublicToOrigins,
            checksCSRF: checksCSRF, roles: role.map { [$0] } ?? [],
            permissions: permission.map { [$0] } ?? [], asksForSecondFactor: asksForSecondFactor,
            project: project.map { $0.demand(of: path, pattern) })
    }
}

/// The `routes:` list: the first rule that fits a reading counts for that reading; of all readings and methods the
/// strictest decision counts.
public struct RouteTable: Sendable, Equatable {
    private let rules: [RouteRule]
    private let unlisted: RouteDecision
    public let hasMethodRules: Bool

    /// - Parameter unlisted: what holds where no rule fits; nil: it passes and is told (development).
    public init(rules: [RouteRule], unlisted: RouteAccess?) {
        self.rules = rules
        hasMethodRules = rules.contains(where: \.isMethodSpecific)
        isReported = unlisted == nil
        self.unlisted = RouteDecision(access: unlisted ?? .app, route: "default")
    }
    /// Whether requests without a rule should be told of.
    public let isReported: Bool

    public struct Finding: Sendable, Equatable {
        public let decision: RouteDecision
        public let isListed: Bool
    }

    /// The strictest over every reading and method.
    public func decide(_ target: TargetReadings, methods: [String]) -> Finding {
        if rules.isEmpty { return Finding(decision: unlisted, isListed: false) }
        var strictest: Finding?
        for method in methods {
            for number in 0...target.others.count {
                let found = first(number == 0 ? target.path : target.others[number - 1], method)
                guard let held = strictest else {
                    strictest = found
                    continue
                }
                strictest = RouteTable.stricter(held, found)
            }
        }
        return strictest ?? Finding(decision: unlisted, isListed: false)
    }

    private func first(_ path: String, _ method: String) -> Finding {
        for rule in rules {
            if !rule.methods.isEmpty, !rule.methods.contains(method) { continue }
            if rule.pattern.matches(path) { return Finding(decision: rule.decision(for: path), isListed: true) }
        }
        return Finding(decision: unlisted, isListed: false)
    }

    /// The stricter access; what else differs is joined to the strict side.
    private static func stricter(_ a: Finding, _ b: Finding) -> Finding {
        let (main, other) = b.decision.access > a.decision.access ? (b, a) : (a, b)
        let limits = [main.decision.bodyLimit, other.decision.bodyLimit].compactMap(\.self)
        let joined = RouteDecision(
            access: main.decision.access, route: main.decision.route, bodyLimit: limits.min(),
            isPublicToOrigins: main.decision.isPublicToOrigins && other.decision.isPublicToOrigins,
            checksCSRF: main.decision.checksCSRF || other.decision.checksCSRF,
            roles: main.decision.roles.union(other.decision.roles),
            permissions: main.decision.permissions.union(other.decision.permissions),
            asksForSecondFactor: main.decision.asksForSecondFactor || other.decision.asksForSecondFactor,
            project: main.decision.project.map { mine in other.decision.project.map(mine.joined) ?? mine }
                ?? other.decision.project)
        return Finding(decision: joined, isListed: main.isListed)
    }
}
