public import Kernel
internal import NIOHTTP1
@_spi(MintForwardPermit) public import Web

/// Mints the permit without which nothing is forwarded: from the route policy alone, as long as there are no accounts.
/// Has the route policy's mode.
public struct AuthorizationStage: GatewayStage {
    public let name = "Authorization"
    public let control = "protection.route-policy"
    public let mode: ControlMode
    public let phases: StagePhases = .receive
    private let requiresPolicy: Bool
    private let deniedStatus: Int
    private let signInPage: String?
    private let secondFactorPage: String?
    private let returnField: String

    /// - Parameters:
    ///   - requiresPolicy: an exchange that `RoutePolicy` hasn't seen is refused (500): set it whenever `RoutePolicy`
    ///     is in the list, so that taking it out can't open everything.
    ///   - policyMode: the route policy's; `off` lets the app decide.
    ///   - signInPage: where browsers are led that aren't signed in; nil where nobody signs in here.
    ///   - secondFactorPage: where they are led when the route asks for a second factor and they have given none.
    ///   - returnField: what the page of the sign-in calls the place to come back to.
    public init(
        _ settings: Settings, requiresPolicy: Bool, policyMode: ControlMode, signInPage: String? = nil,
        secondFactorPage: String? = nil, returnField: String = "return-to"
    ) {
        self.returnField = returnField
        self.signInPage = signInPage
        self.secondFactorPage = secondFactorPage
        self.requiresPolicy = requiresPolicy
        deniedStatus = settings.deniedStatus
        // Without this stage nothing is forwarded at all: switched off means that it mints for everybody.
        mode = policyMode == .off ? .enforce : policyMode
    }

    public func receive(_ exchange: inout Exchange) -> Verdict {
        guard exchange.destination == .upstream else { return .proceed }
        guard let policy = exchange.policy else {
            if requiresPolicy { return .refuse(AuthorizationStage.missing, always: true) }
            exchange.permit = ForwardPermit(for: exchange.id)
            return .proceed
        }
        switch policy.access {
        case .public, .app: break
        case .signedIn:
            if let objection = objection(policy, &exchange) { return objection }
        case .deny:
            let problem = Problem(
                "route-policy.denied", status: deniedStatus,
                title: deniedStatus == 404 ? "There is nothing here." : "This is not served to anybody.")
            if let refusal = exchange.object(to: problem) { return refusal }
        }
        exchange.permit = ForwardPermit(for: exchange.id)
        return .proceed
    }

    /// What is said to whoever isn't signed in, or has not the role; nil when nothing is.
    private func objection(_ policy: RouteDecision, _ exchange: inout Exchange) -> Verdict? {
        guard let caller = exchange.caller else {
            return exchange.enrolling == nil
                ? led(to: signInPage, field: returnField, AuthorizationStage.signInRequired, &exchange)
                : led(to: secondFactorPage, AuthorizationStage.enrolmentRequired, &exchange)
        }
        guard let problem = AuthorizationStage.objection(policy, to: caller) else { return nil }
        return problem.reason == AuthorizationStage.secondFactorRequired.reason
            ? led(to: secondFactorPage, problem, &exchange) : exchange.object(to: problem)
    }

    /// What a route that asks for somebody says to this caller; nil: they may. Asked again while a WebSocket is open.
    static func objection(_ policy: RouteDecision, to caller: SignedIn) -> Problem? {
        guard policy.roles.isEmpty || policy.roles == [caller.role] else { return wrongRole }
        // First whether there is anything here for them: what isn't theirs isn't told from what doesn't exist.
        if policy.project != nil, caller.project == nil { return noProject }
        if policy.asksForSecondFactor, caller.secondFactorAt == nil { return secondFactorRequired }
        guard policy.roles.isEmpty || caller.hasWholeRole else { return narrowKey(nil) }
        if let missing = policy.permissions.subtracting(caller.permissions).min() {
            return caller.hasWholeRole ? noPermission : narrowKey(missing)
        }
        guard let demand = policy.project, let project = caller.project else { return nil }
        return objection(demand, project, of: caller)
    }

    /// What is said to a member whose role in the project doesn't go so far.
    private static func objection(
        _ demand: ProjectDemand, _ project: ProjectMembership, of caller: SignedIn
    ) -> Problem? {
        if !demand.roles.isEmpty {
            guard demand.roles == [project.role] else { return wrongRole }
            guard caller.hasWholeRole else { return narrowKey(nil) }
        }
        guard let missing = demand.permissions.subtracting(project.permissions).min() else { return nil }
        return caller.hasWholeRole ? noPermission : narrowKey(missing)
    }

    /// A browser is led to a page of ours that helps, and back from there; a program is told.
    private func led(
        to page: String?, field: String = "return-to", _ problem: Problem, _ exchange: inout Exchange
    ) -> Verdict? {
        guard let page, mode == .enforce, isNavigation(exchange.request) else { return exchange.object(to: problem) }
        var head = ResponseHead(status: .seeOther)
        head.fields.add(
            name: "location",
            value:
                "\(page)?\(field)=\(String(decoding: exchange.request.target.utf8.prefix(1500), as: UTF8.self).percentEncodedForQuery)"
        )
        head.fields.add(name: "cache-control", value: "no-store")
        return .answer(Response(head, reason: problem.reason))
    }

    /// A browser that wants a page, not a program or a script of the page.
    private func isNavigation(_ request: RequestHead) -> Bool {
        guard request.method == .GET, !request.has(.upgrade) else { return false }
        if let mode = request.first(.secFetchMode), mode != "navigate" { return false }
        return AcceptPreference.prefersHTML(request.values(.accept))
    }

    private static let signInRequired = Problem(
        "sign-in.required", status: 401, title: "Please sign in.",
        detail: "This is for people who are signed in.",
        headers: [
            ("www-authenticate", "Cookie realm=\"seaworthy\", Bearer realm=\"seaworthy\"")
        ])

    private static let secondFactorRequired = Problem(
        "second-factor.required", status: 403, title: "This asks for a second factor.",
        detail: "Set one up in your account, then sign in with it.")

    private static let enrolmentRequired = Problem(
        "second-factor.enrolment-required", status: 403, title: "Set up a second factor first.",
        detail: "Your role must have one; until then nothing else is open.")

    private static let wrongRole = Problem(
        "route-policy.role", status: 403, title: "Your role doesn't include this.",
        detail: "Ask an administrator, if it should.")

    /// Also where the request names no project, or two.
    private static let noProject = Problem(
        "route-policy.project", status: 404, title: "There is nothing here for you.",
        detail: "It doesn't exist, or it belongs to a project that you are no member of.")

    private static let noPermission = Problem(
        "route-policy.permission", status: 403, title: "You lack a permission for this.",
        detail: "Ask an administrator, if your role should have it.")

    /// As RFC 6750 §3.1 says it to programs.
    private static func narrowKey(_ scope: String?) -> Problem {
        Problem(
            "route-policy.scope", status: 403, title: "This API key isn't for that.",
            detail: scope.map { "The key would need the scope \($0), and its owner's role the permission." }
                ?? "The route asks for a role: only a key for everything, made without scopes, stands for one.",
            headers: [
                (
                    "www-authenticate",
                    "Bearer realm=\"seaworthy\", error=\"insufficient_scope\""
                        + (scope.map { ", scope=\"\($0)\"" } ?? "")
                )
            ])
    }

    private static let missing = Problem(
        "route-policy.missing", status: 500, title: "The request could not be decided.", source: .edge,
        cause: "no route policy was applied to this exchange")
}
