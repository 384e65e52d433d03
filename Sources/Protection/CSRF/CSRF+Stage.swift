public import Kernel
internal import NIOHTTP1
public import Web

/// Refuses requests that another site's page made a person's browser send.
public struct CSRFStage: GatewayStage {
    public let name = "CSRF"
    public let control = "protection.csrf"
    public let mode: ControlMode
    public let phases: StagePhases = .receive
    private let rule: CSRFRule
    private let publicOrigin: WebOrigin?

    public init(_ settings: Settings, edge: EdgeFacts) {
        mode = settings.mode
        publicOrigin = edge.publicOrigin
        rule = CSRFRule(settings)
    }

    public func receive(_ exchange: inout Exchange) -> Verdict {
        if exchange.policy?.checksCSRF == false { return .proceed }
        let judgement = rule.judge(
            exchange.request, scheme: exchange.externalScheme, isUpgrade: exchange.isWebSocketUpgrade,
            origin: publicOrigin)
        let reason: ReasonID
        switch judgement {
        case .own: return .proceed
        case .noBrowser:
            exchange.note("csrf.no-browser")
            return .proceed
        case .crossSite: reason = "csrf.cross-site"
        case .crossOrigin: reason = "csrf.cross-origin"
        case .nullOrigin: reason = "csrf.null-origin"
        case .sameSite: reason = "csrf.same-site"
        }
        if isBearerOnly(exchange.request, exchange.caller)
            || !exchange.request.has(.cookie) && exchange.socketCaller?.isTicketed == true
        {
            return .proceed
        }
        let problem = Problem(
            reason, status: 403, title: "This request came from another site.",
            detail: "Requests that change something must come from this site's own pages.")
        return exchange.object(to: problem) ?? .proceed
    }

    /// A browser adds cookies by itself, never a bearer token or an API key: without a cookie there is nothing to ride on.
    ///
    /// - Parameter caller: told by a credential of ours, which `SignIn` has taken out of the request by now.
    private func isBearerOnly(_ request: RequestHead, _ caller: SignedIn?) -> Bool {
        guard !request.has(.cookie) else { return false }
        if let caller, caller.credential != .session { return true }
        return request.first(.authorization)?.hasPrefixIgnoringCase("bearer ") == true || request.has(.xAPIKey)
    }
}
