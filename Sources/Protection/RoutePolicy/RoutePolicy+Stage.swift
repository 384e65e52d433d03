public import Kernel
internal import NIOCore
internal import NIOHTTP1
public import Web

/// Finds what the `routes:` list says of a request in every reading of its target and method. Refuses nothing itself:
/// `Authorization` acts on it.
public struct RoutePolicyStage: GatewayStage {
    public let name = "RoutePolicy"
    public let control = "protection.route-policy"
    public let mode: ControlMode
    public let phases: StagePhases = .receive
    private let table: RouteTable
    /// With the slash at its end.
    private let ownPrefix: String
    private let ownAliases: Set<String>
    private let ownPages: Set<String>
    private let unlisted: StandingNote

    /// - Parameter ownPages: paths under our prefix that are ours in every mode.
    public init(_ settings: Settings, ownPages: Set<String> = []) {
        mode = settings.mode
        self.ownPages = ownPages
        unlisted = StandingNote(control: control, "route-policy.unlisted")
        table = RouteTable(rules: settings.rules, unlisted: settings.unlisted)
        ownPrefix = settings.ownPrefix + "/"
        ownAliases = Set(settings.ownAliases)
    }

    public func receive(_ exchange: inout Exchange) -> Verdict {
        if isOwn(exchange.target.path) {
            // What isn't a page of ours may be one of the app's: while observing it gets its request.
            if mode == .enforce || isPage(exchange.target.path) {
                exchange.destination = .own
                exchange.policy = RouteDecision(access: .public, route: "own")
                return .proceed
            }
            _ = exchange.object(to: RoutePolicyStage.prefixIsOurs)
        }
        return table.hasMethodRules ? decideByMethod(&exchange) : decide(&exchange, RoutePolicyStage.anyMethod)
    }

    // Apart, because its closure keeps a copy of the stage, which every request would pay for.
    @inline(never)
    private func decideByMethod(_ exchange: inout Exchange) -> Verdict {
        var methods = [exchange.request.method.rawValue]
        methods += MethodOverrideReader.fromHeaders(exchange.request.headers)
        if let query = exchange.target.query { methods += MethodOverrideReader.fromForm(query[...]) }
        if mayCarryForm(exchange.request) {
            return .body(.prefix(8192)) { [methods] exchange, body in
                decide(&exchange, methods + formMethods(body))
            }
        }
        return decide(&exchange, methods)
    }

    /// Our own routes live under one prefix, matched as written: no other reading of a target becomes one of ours.
    private func isOwn(_ path: String) -> Bool {
        // By itself, or the closures would hold a copy of the stage.
        let prefix = ownPrefix
        return path.withBytes { path in prefix.withBytes { path.hasPrefix($0) } } || ownAliases.contains(path)
    }

    /// Where no rule names methods, none makes a difference.
    private static let anyMethod = [""]

    private func isPage(_ path: String) -> Bool { ownPages.contains(path) || ownAliases.contains(path) }

    private static let prefixIsOurs = Problem(
        "own.not-found", status: 404, title: "There is no such page here.",
        detail: "The path lies under `own-prefix`.")

    private func decide(_ exchange: inout Exchange, _ methods: [String]) -> Verdict {
        let found = table.decide(exchange.target, methods: methods)
        if !found.isListed && table.isReported { exchange.note(unlisted) }
        let limit = found.decision.bodyLimit
        exchange.policy = found.decision
        if found.decision.project != nil { readProject(&exchange) }
        if let limit {
            let problem = Problem(
                "request-shape.body-size", status: 413, title: "The request's body is too large.",
                detail: "At most \(limit) bytes are accepted here.", closesConnection: true)
            if let declared = exchange.request.first(.contentLength), let length = Int(declared), length > limit,
                let refusal = exchange.object(to: problem)
            {
                return refusal
            }
            exchange.limitBody(to: limit, problem)
        }
        return .proceed
    }

    /// Rare, and apart, so that other requests don't pay for it.
    @inline(never)
    private func readProject(_ exchange: inout Exchange) {
        guard var policy = exchange.policy, var project = policy.project else { return }
        project.read(exchange.request, exchange.target)
        policy.project = project
        exchange.policy = policy
    }

    /// Only a POST form can carry `_method` in its body.
    private func mayCarryForm(_ request: RequestHead) -> Bool {
        request.method == .POST
            && request.first(.contentType)?.hasPrefixIgnoringCase("application/x-www-form-urlencoded") == true
    }

    private func formMethods(_ body: RequestBody) -> [String] {
        guard case .memory(let bytes, _) = body else { return [] }
        return MethodOverrideReader.fromForm(String(decoding: bytes.readableBytesView, as: UTF8.self)[...])
    }
}
