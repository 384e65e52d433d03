public import Kernel
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

    /// - Parameters:
    ///   - requiresPolicy: an exchange that `RoutePolicy` hasn't seen is refused (500): set it whenever `RoutePolicy`
    ///     is in the list, so that taking it out can't open everything.
    ///   - policyMode: the route policy's; `off` lets the app decide.
    public init(_ settings: Settings, requiresPolicy: Bool, policyMode: ControlMode) {
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
        case .signedIn, .deny:
            let problem = Problem(
                "route-policy.denied", status: deniedStatus,
                title: deniedStatus == 404 ? "There is nothing here." : "This is not served to anybody.")
            if let refusal = exchange.object(to: problem) { return refusal }
        }
        exchange.permit = ForwardPermit(for: exchange.id)
        return .proceed
    }

    private static let missing = Problem(
        "route-policy.missing", status: 500, title: "The request could not be decided.", source: .edge,
        cause: "no route policy was applied to this exchange")
}
