public import Kernel
public import Store
public import Web

/// Where a stage's events go besides the log and the metrics; it never waits and never throws.
public protocol SecurityEventSink: Sendable {
    func offer(_ event: SecurityEvent, from address: IPAddress?)
}

extension EventSink: SecurityEventSink {}

/// Hands what stages objected to, noted or would have refused to the audit trail and the webhooks.
///
/// It costs an exchange without events one call, and one with events a count under a lock for each: no I/O.
public struct SecurityEventsStage: GatewayStage {
    public let name = "SecurityEvents"
    public let control = "observability.security-events"
    public let mode = ControlMode.enforce
    public let phases: StagePhases
    private let sink: (any SecurityEventSink)?

    /// - Parameter sink: nil without a database: log and metrics have the events all the same.
    public init(sink: (any SecurityEventSink)?) {
        self.sink = sink
        phases = sink == nil ? [] : .finish
    }

    public func finish(_ exchange: borrowing Exchange, _ outcome: Outcome) {
        guard let sink else { return }
        for event in exchange.events { sink.offer(event, from: exchange.clientAddress) }
    }
}
