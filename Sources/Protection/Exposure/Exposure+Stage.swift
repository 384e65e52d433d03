public import Kernel
internal import NIOCore
internal import NIOHTTP1
public import Web

/// Keeps well-known debug routes, dot files, metrics and directory listings from strangers.
public struct ExposureStage: GatewayStage {
    public let name = "Exposure"
    public let control = "protection.exposure"
    public let mode: ControlMode
    public let phases: StagePhases
    private let rule: ExposureRule
    /// Patterns of `routes:`: what is listed there was meant to be seen.
    private let listed: [RoutePattern]
    /// The path that was judged last is judged the same again; plain paths are looked up at most thrice.
    private let allowed: Set<String>

    /// - Parameter routes: the rules of `RoutePolicy`.
    public init(_ settings: Settings, routes: [RouteRule]) {
        mode = settings.mode
        rule = ExposureRule(areas: settings.areas)
        listed = routes.filter { $0.access != .deny && $0.pattern.text != "/**" }.map(\.pattern)
        allowed = Set(settings.allowed)
        phases = settings.areas.contains(.listing) ? [.receive, .respond] : .receive
    }

    public func receive(_ exchange: inout Exchange) -> Verdict {
        // The readings hold the path in lower case too, so that `/.ENV` and `/%2eenv` are found.
        for reading in exchange.target.readings where rule.hides(reading) {
            let path = exchange.target.path
            if allowed.contains(path) || listed.contains(where: { $0.matches(path) }) { return .proceed }
            let problem = Problem("exposure.hidden", status: 404, title: "There is nothing here.")
            return exchange.object(to: problem) ?? .proceed
        }
        return .proceed
    }

    public func respond(_ exchange: inout Exchange, _ head: inout ResponseHead) -> BodyPlan {
        guard exchange.responseOrigin == .upstream, head.status == .ok, exchange.request.method == .GET,
            exchange.target.path.utf8.last == 0x2F,
            head.headers.first(name: "content-type")?.hasPrefixIgnoringCase("text/html") == true
        else { return .pass }
        let encoding = head.headers.first(name: "content-encoding")
        let path = exchange.target.path
        if allowed.contains(path) || listed.contains(where: { $0.matches(path) }) { return .pass }
        return .peek(4096) { _, _, bytes, _ in
            let page = Inflate.readable(bytes, encoding: encoding, most: 16_384)
            guard let page, ExposureRule.isListing(String(decoding: page, as: UTF8.self)) else { return .pass }
            return .refuse(Problem("exposure.listing", status: 404, title: "There is nothing here."))
        }
    }
}
