import Identity
import Kernel
import Observability
import Protection
import Web

/// The journey of a request, as one list, read top to bottom. A stage that isn't in it does nothing.
///
/// A response goes back up through the stages that its request reached. Each line says what it needs, what it gives,
/// and what it may refuse with.
enum Pipeline {
    /// The public door: in front of the app.
    static func publicDoor(
        _ configuration: GatewayConfiguration, _ services: GatewayServices
    ) -> [any GatewayStage] {
        let protection = configuration.protection
        let edge = EdgeFacts(configuration)
        // Only to measure what the list costs: what is left is the permit, without which nothing is forwarded.
        if configuration.emptiesPipeline {
            return [AuthorizationStage(protection.authorization, requiresPolicy: false, policyMode: .off)]
        }
        return [
            // Needs nothing. Gives the request id and the trace; writes the exchange's line. Refuses nothing.
            RecordStage(
                writer: services.log, settings: configuration.observability.accessLog, wallClock: services.wallClock,
                random: services.random),
            // Needs the route (for its label). Counts. Refuses nothing.
            MetricsStage(registry: services.metrics),
            // Needs the client's address. Hands what stages told to the audit trail and webhooks. Refuses nothing.
            SecurityEventsStage(sink: services.events, recent: services.refusals, clock: services.wallClock),
            // Needs the request id. Renders every refusal and failure as a problem document. Refuses nothing.
            ProblemsStage(
                protection.problems, ownPrefix: protection.routePolicy.ownPrefix, clock: services.wallClock),
            // Needs the external scheme. Gives every response its security headers. Refuses nothing.
            ResponseHeadersStage(protection.headers),
            // Needs the external scheme. Completes the attributes of session cookies. Refuses nothing.
            CookieAttributesStage(protection.cookies),
            // Needs nothing. Compresses text for clients that take it. Refuses nothing.
            CompressionStage(protection.compression),
            // Needs nothing. Gives the target's readings. Refuses 400, 405, 413, 414, 417, 431, 501.
            RequestShapeStage(protection.requestShape),
            // Needs one Host. Refuses 421.
            HostCheckStage(protection.host, edge: edge),
            // Needs nothing. Gives the client's address and the external scheme. Refuses nothing.
            ClientAddressStage(protection.clientAddress),
            // Needs address and scheme, for what it tells the app. Drops what only trusted hops may say.
            HeaderHygieneStage(protection.headerHygiene),
            // Needs the external scheme. Answers 308 to plain HTTP.
            HTTPSRedirectStage(protection.https, edge: edge),
            // Needs the origin. Answers preflights; takes back what the app grants to strangers.
            CORSStage(protection.cors, routes: protection.routePolicy.rules),
            // Needs the client's address. Refuses 429.
            AddressLimitStage(
                protection.rateLimit, limiter: services.addressLimiter, shared: services.shared?.limiter,
                clock: services.monotonicClock),
            // Needs the target's readings. Refuses 404 for what no app means to show; replaces listings.
            ExposureStage(protection.exposure, routes: protection.routePolicy.rules),
            // Needs the target's readings. Gives the route's decision and the destination. Refuses 413 by route.
            RoutePolicyStage(routePolicy(configuration), ownPages: ownPages(configuration)),
        ] + signIn(configuration, services) + [
            // Needs the route's decision. Refuses 403 to cross-site writes.
            CSRFStage(protection.csrf, edge: edge),
            // Needs the route's decision. Gives the permit without which nothing is forwarded. Refuses 403, 404.
            AuthorizationStage(
                protection.authorization, requiresPolicy: protection.routePolicy.mode != .off,
                policyMode: protection.routePolicy.mode,
                signInPage: signInPage(configuration),
                secondFactorPage: configuration.identity.hasSecondFactors
                    ? protection.routePolicy.ownPrefix + "/account/second-factor" : nil,
                // As Flask-Login and Django call it.
                returnField: configuration.identity.signIn == .adopt ? "next" : "return-to"),
            // Needs the caller and the route's decision. Says what holds while a WebSocket is open. Refuses 403.
            WebSocketStage(protection.webSocket, csrf: protection.csrf, edge: edge, random: services.random),
            // Needs the app's answer. Replaces errors that show internals.
            ErrorScrubbingStage(protection.scrubbing, clock: services.wallClock),
        ] + adoptedSignIn(configuration, services)
    }

    /// Only where accounts are ours: without them there is no stage.
    private static func signIn(
        _ configuration: GatewayConfiguration, _ services: GatewayServices
    ) -> [any GatewayStage] {
        guard let identity = services.identity else { return [] }
        let prefix = configuration.protection.routePolicy.ownPrefix
        if configuration.identity.signIn == .adopt {
            return [
                // Needs the scheme and the route's decision. Gives the caller by the app's own session; seals the app's
                // cookies and opens them, and forwards none whose session is over or waits for a second factor. Refuses
                // 401, 503.
                AdoptedSessionStage(
                    adoptedFlows(identity, configuration),
                    personalPages: IdentityRoutes.adoptedPaths(under: prefix, configuration.identity),
                    prefersHTML: AcceptPreference.prefersHTML)
            ]
        }
        return [
            // Needs the scheme and the route's decision. Gives the caller, and tells the app. Refuses 401, 503.
            SignInStage(
                identity, settings: configuration.identity, ownPrefix: prefix,
                personalPages: IdentityRoutes.paths(under: prefix, configuration.identity))
        ]
    }

    /// Last, and only where the app's own login is guarded.
    private static func adoptedSignIn(
        _ configuration: GatewayConfiguration, _ services: GatewayServices
    ) -> [any GatewayStage] {
        guard configuration.identity.signIn == .adopt, let identity = services.identity else { return [] }
        return [
            // Needs everything before it: what another stage refuses isn't counted. Counts tries at the app's login and
            // reads how they ended. Refuses 400, 413, 429 and, where asked to, 403.
            AdoptedSignInStage(adoptedFlows(identity, configuration))
        ]
    }

    private static func adoptedFlows(
        _ identity: IdentityService, _ configuration: GatewayConfiguration
    ) -> IdentityFlows {
        IdentityFlows(
            identity, settings: configuration.identity, ownPrefix: configuration.protection.routePolicy.ownPrefix,
            site: [])
    }

    /// Where browsers are led that must sign in first.
    private static func signInPage(_ configuration: GatewayConfiguration) -> String? {
        switch configuration.identity.signIn {
        case .none: nil
        case .own: configuration.protection.routePolicy.ownPrefix + "/sign-in"
        case .adopt: configuration.identity.adoption.loginPaths.first
        }
    }

    /// The route policy's own settings, with what accounts add to it.
    private static func routePolicy(_ configuration: GatewayConfiguration) -> RoutePolicyStage.Settings {
        var settings = configuration.protection.routePolicy
        if configuration.identity.hasOwnAccounts { settings.ownAliases.append(IdentityRoutes.keySetPath) }
        return settings
    }

    private static func ownPages(_ configuration: GatewayConfiguration) -> Set<String> {
        let prefix = configuration.protection.routePolicy.ownPrefix
        let pages = ReasonPages.paths(under: prefix)
        switch configuration.identity.signIn {
        case .none: return pages
        case .own: return pages.union(IdentityRoutes.paths(under: prefix, configuration.identity))
        case .adopt: return pages.union(IdentityRoutes.adoptedPaths(under: prefix, configuration.identity))
        }
    }

    /// The operator door: our own routes only, so no policy of the app's and no permit.
    static func operatorDoor(
        _ configuration: GatewayConfiguration, _ services: GatewayServices
    ) -> [any GatewayStage] {
        let protection = configuration.protection
        return [
            RecordStage(
                writer: services.log, settings: configuration.observability.accessLog, wallClock: services.wallClock,
                random: services.random),
            SecurityEventsStage(sink: services.events, recent: services.refusals, clock: services.wallClock),
            ProblemsStage(
                protection.problems, ownPrefix: protection.routePolicy.ownPrefix, clock: services.wallClock),
            ResponseHeadersStage(protection.headers),
            RequestShapeStage(protection.requestShape),
            // Needs the target and the host. Refuses 403, 421 to what comes to the console from elsewhere.
            ConsoleGuardStage(configuration.console, door: configuration.operatorListen),
            // Needs the target. Sends everything to our own routes.
            OwnDoorStage(),
        ]
    }

    /// The list as connections run it.
    static func compiled(_ stages: [any GatewayStage]) -> CompiledPipeline {
        CompiledPipeline(stages, keepsTrailer: { !HeaderHygiene.isForbiddenTrailer($0) })
    }
}

/// Everything on the operator door is ours.
struct OwnDoorStage: GatewayStage {
    let name = "OwnDoor"
    let control = "gateway.operator-door"
    let mode = ControlMode.enforce
    let phases = StagePhases.receive

    func receive(_ exchange: inout Exchange) -> Verdict {
        exchange.destination = .own
        exchange.policy = RouteDecision(access: .public, route: "operator")
        return .proceed
    }
}

extension EdgeFacts {
    /// What stages must know of where this gateway stands.
    init(_ configuration: GatewayConfiguration) {
        let origin = configuration.publicURL.flatMap { WebOrigin("\($0)") }
        var port: Int?
        if case .tcp(_, let listening) = configuration.tls?.listen { port = listening }
        self.init(environment: configuration.environment, publicOrigin: origin, tlsPort: port)
    }
}
