public import Kernel
internal import NIOCore
internal import NIOHTTP1
public import Web

/// Keeps well-known debug routes, dot files, metrics, left copies and directory listings from strangers.
public struct ExposureStage: GatewayStage {
    public let name = "Exposure"
    public let control = "protection.exposure"
    public let mode: ControlMode
    public let phases: StagePhases
    private let rule: ExposureRule
    /// Patterns of `routes:`: what is listed there was meant to be seen.
    private let listed: [RoutePattern]
    private let allowed: Set<String>

    /// - Parameter routes: the rules of `RoutePolicy`. Those that begin with a wildcard list nothing in particular.
    public init(_ settings: Settings, routes: [RouteRule]) {
        mode = settings.mode
        rule = ExposureRule(areas: settings.areas)
        listed = routes.filter { $0.access != .deny && !$0.pattern.text.hasPrefix("/*") }.map(\.pattern)
        allowed = Set(settings.allowed)
        phases = settings.areas.contains(.listing) ? [.receive, .respond] : .receive
    }

    public func receive(_ exchange: inout Exchange) -> Verdict {
        guard rule.hides(exchange.target), !isMeant(exchange.target.path)
        else {
            return .proceed
        }
        return exchange.object(to: ExposureStage.nothingHere("exposure.hidden")) ?? .proceed
    }

    public func respond(_ exchange: inout Exchange, _ head: inout ResponseHead) -> BodyPlan {
        guard exchange.responseOrigin == .upstream, head.fields.withFirst(.contentType, MediaType.mayBeHTML) == true,
            head.status == .ok, exchange.request.method == .GET, let type = head.fields.first(.contentType),
            MediaType.isHTML(type), !isMeant(exchange.target.path)
        else { return .pass }
        let coding = head.fields.first(.contentEncoding)
        return .peek(DirectoryListing.prefix) { _, _, bytes, _ in
            guard let page = BodyPrefix.read(bytes, coding: coding, most: DirectoryListing.prefix),
                DirectoryListing.matches(page.bytes)
            else { return .pass }
            return .refuse(ExposureStage.nothingHere("exposure.listing"))
        }
    }

    /// Only the path as written counts: another reading of it is no decision of anybody.
    private func isMeant(_ path: String) -> Bool {
        allowed.contains(path) || listed.contains { $0.matches(path) }
    }

    /// Says neither that there is something nor why it isn't shown.
    private static func nothingHere(_ reason: ReasonID) -> Problem {
        Problem(reason, status: 404, title: "There is nothing here.")
    }
}
