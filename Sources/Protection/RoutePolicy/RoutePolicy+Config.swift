public import Kernel
public import Web

extension RoutePolicyStage {
    public struct Settings: Sendable, Equatable {
        public var mode: ControlMode
        public var rules: [RouteRule]
        /// nil: passes and is told of (development).
        public var unlisted: RouteAccess?
        /// Without the slash at its end.
        public var ownPrefix: String
        /// Exact paths outside the prefix that are ours too.
        public var ownAliases: [String]

        public init(
            mode: ControlMode, rules: [RouteRule] = [], unlisted: RouteAccess? = nil, ownPrefix: String = "/seaworthy",
            ownAliases: [String] = []
        ) {
            self.mode = mode
            self.rules = rules
            self.unlisted = unlisted
            self.ownPrefix = ownPrefix
            self.ownAliases = ownAliases
        }

        public static func read(_ reader: inout ConfigurationReader) -> Settings {
            let mode = reader.mode(of: "protection.route-policy")
            let rules = reader.read(routes)
            let unlisted = reader.read(
                Setting<RouteAccess?>(
                    "routes.default", summary: "What holds for routes that no rule names.",
                    form: "app, signed-in or deny", default: nil,
                    defaultText: "passes and is reported in development; must be written in production",
                    parse: { node in
                        node.text.flatMap(RouteAccess.init(rawValue:)).flatMap { $0 == .public ? nil : .some($0) }
                    }))
            let prefix = reader.read(
                Setting<String>(
                    "own-prefix", summary: "Where Seaworthy's own pages live.", form: "a path such as /seaworthy",
                    default: "/seaworthy", defaultText: "/seaworthy",
                    parse: { node in
                        node.text.flatMap {
                            RoutePattern($0) != nil && !$0.hasSuffix("/") && !$0.contains("*") ? $0 : nil
                        }
                    }))
            let health = reader.read(
                .flag("health.public", summary: "Answer /health/live on the public door too.", default: false))
            if reader.environment == .production, unlisted == nil, !reader.isGiven("routes.default") {
                reader.report(
                    ConfigurationError(
                        key: "routes.default", given: nil,
                        valid: "app (the app decides), signed-in or deny: production asks for a decision", origin: nil))
            }
            return Settings(
                mode: mode, rules: rules, unlisted: unlisted, ownPrefix: prefix,
                ownAliases: health ? ["/health/live"] : [])
        }

        private static let routes = Setting<[RouteRule]>(
            "routes", summary: "What each route asks of its caller; the first rule that fits counts.",
            form: """
                a list of maps: path (such as /admin/**), methods, access (public, app, signed-in, role:NAME, \
                permission:NAME, project-member, project-role:NAME, project-permission:NAME, deny), project (with project-…: \
                "{NAME}" of the path, header:NAME or query:NAME; {project} where nothing is said), body-limit, \
                cors: public, csrf: off or origin, second-factor: true (with signed-in, role:NAME and the like)
                """,
            default: [], defaultText: "[]", parse: parseRules)

        @Sendable private static func parseRules(_ node: ConfigurationNode) -> [RouteRule]? {
            guard case .list(let items) = node else { return nil }
            let rules = items.compactMap(parseRule)
            return rules.count == items.count ? rules : nil
        }

        private static func parseRule(_ node: ConfigurationNode) -> RouteRule? {
            guard case .mapping(let entries) = node else { return nil }
            var pattern: RoutePattern?
            var methods: Set<String> = []
            var access = RouteAccess.app
            var asked = Asked()
            var source: ProjectRule.Source?
            var limit: Int?
            var isPublic = false
            var checksCSRF = true
            var asksForSecondFactor = false
            for entry in entries {
                switch entry.key {
                case "path": pattern = entry.value.text.flatMap(RoutePattern.init)
                case "methods":
                    guard let list = texts(entry.value), list.allSatisfy({ $0.utf8.allSatisfy(\.isTokenCharacter) })
                    else { return nil }
                    methods = Set(list.map { $0.uppercased() })
                case "access":
                    guard let text = entry.value.text, let given = parseAccess(text) else { return nil }
                    (access, asked) = given
                case "project":
                    guard let text = entry.value.text, let given = ProjectRule.Source(text) else { return nil }
                    source = given
                case "body-limit":
                    guard let bytes = Setting<Int>.bytes("", summary: "", default: 0).parse(entry.value) else {
                        return nil
                    }
                    limit = bytes
                case "cors":
                    guard entry.value.text == "public" else { return nil }
                    isPublic = true
                case "csrf":
                    guard let text = entry.value.text, text == "off" || text == "origin" || text == "false" else {
                        return nil
                    }
                    checksCSRF = text == "origin"
                case "second-factor":
                    guard let text = entry.value.text, text == "true" || text == "false" else { return nil }
                    asksForSecondFactor = text == "true"
                default: return nil
                }
            }
            // Nobody is asked for a second factor who isn't asked to sign in.
            guard !asksForSecondFactor || access == .signedIn else { return nil }
            guard let pattern, asked.isOfProject || source == nil else { return nil }
            var project: ProjectRule?
            if asked.isOfProject {
                let source = source ?? .segment("project")
                if case .segment(let name) = source, !pattern.names.contains(name) { return nil }
                project = ProjectRule(source: source, role: asked.projectRole, permission: asked.projectPermission)
            }
            return RouteRule(
                pattern: pattern, methods: methods, access: access, bodyLimit: limit, isPublicToOrigins: isPublic,
                checksCSRF: checksCSRF, role: asked.role, permission: asked.permission,
                asksForSecondFactor: asksForSecondFactor, project: project)
        }

        /// What `access` asks for besides being signed in.
        private struct Asked {
            var role: String?
            var permission: String?
            var isOfProject = false
            var projectRole: String?
            var projectPermission: String?
        }

        /// `signed-in` and its like, `role:NAME`, `permission:NAME`, or the same in a project.
        private static func parseAccess(_ text: String) -> (RouteAccess, Asked)? {
            if text == "project-member" { return (.signedIn, Asked(isOfProject: true)) }
            for (kind, longest) in [("role:", 40), ("permission:", 64)] {
                for isOfProject in [false, true] {
                    let prefix = (isOfProject ? "project-" : "") + kind
                    guard text.hasPrefix(prefix) else { continue }
                    let name = String(text.dropFirst(prefix.count))
                    let isName =
                        (1...longest).contains(name.utf8.count)
                        && name.utf8.allSatisfy { byte in
                            (0x61...0x7A).contains(byte) || byte.isASCIIDigit || byte == 0x2D
                                || (kind == "permission:" && [0x2E, 0x3A, 0x5F].contains(byte))
                        }
                    guard isName else { return nil }
                    var asked = Asked(isOfProject: isOfProject)
                    switch (kind == "role:", isOfProject) {
                    case (true, false): asked.role = name
                    case (false, false): asked.permission = name
                    case (true, true): asked.projectRole = name
                    case (false, true): asked.projectPermission = name
                    }
                    return (.signedIn, asked)
                }
            }
            return RouteAccess(rawValue: text).map { ($0, Asked()) }
        }

        /// Whether a rule asks for a sign-in, by the key that says so; nil when none does.
        public var keyThatNeedsAccounts: String? {
            if unlisted == .signedIn { return "routes.default" }
            return rules.contains { $0.access == .signedIn } ? "routes" : nil
        }

        /// Whether a rule asks for a membership in a project.
        public var asksForProjects: Bool { rules.contains { $0.project != nil } }

        private static func texts(_ node: ConfigurationNode) -> [String]? {
            switch node {
            case .scalar(let text): return text.split(separator: ",").map { String($0.trimming(while: { $0 == " " })) }
            case .list(let nodes):
                let list = nodes.compactMap(\.text)
                return list.count == nodes.count ? list : nil
            case .mapping: return nil
            }
        }
    }

    public static let capability = Capability(
        id: "protection.route-policy", title: "Every route has a written policy", level: .mvp,
        stages: ["RoutePolicy", "Authorization"], modeKey: "protection.route-policy.mode",
        reasons: [
            "route-policy.unlisted", "route-policy.denied", "route-policy.missing", "route-policy.role",
            "route-policy.permission", "route-policy.scope", "route-policy.project", "sign-in.required",
            "second-factor.required",
            "second-factor.enrolment-required",
        ],
        provedBy: ["exposure.closed-routes"])
}
