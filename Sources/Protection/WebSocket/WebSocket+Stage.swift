public import Kernel
public import Web

/// Refuses upgrades to a WebSocket that another site's page may have asked for, and says what holds while one is open: how
/// much its client may send, and that it ends with the right to it.
///
/// Who may open one is the route's affair, as for any request; here it is asked again and again.
/// (RFC 6455 §10.2; ASVS 5.0 V4.4.2, V4.4.3, V7.4.1)
public struct WebSocketStage: GatewayStage {
    public let name = "WebSocket"
    public let control = "protection.websocket"
    public let mode: ControlMode
    public let phases: StagePhases = .receive
    private let rule: CSRFRule
    private let publicOrigin: WebOrigin?
    private let messageBytes: UInt64
    private let admits: @Sendable (inout UInt64, UInt64) -> Bool
    private let random: any RandomSource

    /// - Parameter csrf: whose pages are our own is said there.
    public init(_ settings: Settings, csrf: CSRFStage.Settings, edge: EdgeFacts, random: any RandomSource) {
        mode = settings.mode
        rule = CSRFRule(csrf)
        publicOrigin = edge.publicOrigin
        messageBytes = UInt64(clamping: settings.messageBytes)
        admits = { [messages = settings.messages] arrival, now in
            messages?.admit(&arrival, now: now).isAdmitted ?? true
        }
        self.random = random
    }

    public func receive(_ exchange: inout Exchange) -> Verdict {
        guard exchange.isWebSocketUpgrade, exchange.destination == .upstream else { return .proceed }
        if let problem = crossSite(exchange), let refusal = exchange.object(to: problem) { return refusal }
        exchange.socketTerms = SocketTerms(
            control: control, mode: mode, maxMessageBytes: messageBytes, admits: admits,
            review: exchange.socketCaller.map { WebSocketStage.review($0, exchange.policy) }, random: random)
        return .proceed
    }

    /// A browser sends cookies with every upgrade, whoever's page asks for it, but never without saying whose page it is.
    private func crossSite(_ exchange: borrowing Exchange) -> Problem? {
        let isSession = exchange.caller?.credential == .session && exchange.socketCaller?.isTicketed != true
        guard isSession || exchange.caller == nil && exchange.request.has(.cookie) else { return nil }
        if !isSession, exchange.policy?.checksCSRF == false { return nil }
        let judgement = rule.judge(
            exchange.request, scheme: exchange.externalScheme, isUpgrade: true, origin: publicOrigin)
        switch judgement {
        case .own: return nil
        case .noBrowser: return WebSocketStage.noOrigin
        case .crossSite, .crossOrigin, .nullOrigin, .sameSite: return WebSocketStage.foreign
        }
    }

    /// What is asked about an open socket: whether its caller still is who they were, and may still have the route.
    private static func review(
        _ caller: SocketCaller, _ policy: RouteDecision?
    ) -> @Sendable (Bool) -> SocketReview {
        { isInUse in
            switch caller.standing(isInUse) {
            case .unknown: return .unknown
            case .over: return .ends(SocketObjection("websocket.session-over", code: 1008))
            case .signedIn(let caller):
                guard let policy, policy.access == .signedIn,
                    let problem = AuthorizationStage.objection(policy, to: caller)
                else { return .goesOn }
                return .ends(
                    SocketObjection("websocket.access-lost", code: 1008, detail: problem.reason.rawValue))
            }
        }
    }

    private static let noOrigin = Problem(
        "websocket.no-origin", status: 403, title: "This upgrade doesn't say where it comes from.",
        detail:
            "With a cookie, an upgrade to a WebSocket must name its Origin. Programs use a bearer token or a ticket.")

    private static let foreign = Problem(
        "websocket.cross-site", status: 403, title: "This upgrade came from another site.",
        detail: "With a cookie, a WebSocket is only opened by this site's own pages.")
}
