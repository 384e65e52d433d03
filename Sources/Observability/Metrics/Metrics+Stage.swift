public import Kernel
import NIOCore
import NIOHTTP1
public import Web

/// Counts every exchange: rate, errors and duration for each route, refusals for each reason.
public struct MetricsStage: GatewayStage {
    public let name = "Metrics"
    public let control = "observability.metrics"
    public let mode = ControlMode.enforce
    public let phases: StagePhases = [.receive, .finish]
    private let registry: MetricsRegistry

    public init(registry: MetricsRegistry) { self.registry = registry }

    public func receive(_ exchange: inout Exchange) -> Verdict {
        registry.began(shard(exchange.id))
        return .proceed
    }

    public func finish(_ exchange: borrowing Exchange, _ outcome: Outcome) {
        registry.ended(
            shard(exchange.id),
            key: MetricsRegistry.RequestKey(
                method: label(exchange.request.method), status: outcome.status,
                route: exchange.policy?.route ?? (exchange.destination == .own ? "own" : "none")),
            nanoseconds: outcome.duration.nanoseconds, requestBytes: outcome.requestBytes,
            responseBytes: outcome.responseBytes, ending: outcome.ending, events: exchange.events)
    }

    private func shard(_ id: ExchangeID) -> Int { Int(truncatingIfNeeded: id.value >> 48) }

    private func label(_ method: HTTPMethod) -> String {
        switch method {
        case .GET: "GET"
        case .HEAD: "HEAD"
        case .POST: "POST"
        case .PUT, .PATCH, .DELETE, .OPTIONS: method.rawValue
        default: "other"
        }
    }

    public static let capability = Capability(
        id: "observability.metrics", title: "Rate, errors and duration of every route, in Prometheus text",
        level: .mvp, stages: ["Metrics"], modeKey: nil, reasons: [], provedBy: ["metrics.counted"])
}
