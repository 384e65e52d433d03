public import Kernel
public import Store
public import Web

/// Where a stage's events go besides the log and the metrics; it never waits and never throws.
public protocol SecurityEventSink: Sendable {
    func offer(_ event: SecurityEvent, from address: IPAddress?)
}

extension EventSink: SecurityEventSink {}

/// Hands what stages objected to, noted or would have refused to the audit trail and the webhooks, and keeps the newest
/// refusals for the console.
///
/// It costs an exchange without events one call, and one with events a count under a lock for each: no I/O.
public struct SecurityEventsStage: GatewayStage {
    public let name = "SecurityEvents"
    public let control = "observability.security-events"
    public let mode = ControlMode.enforce
    public let phases: StagePhases
    private let sink: (any SecurityEventSink)?
    private let recent: RecentRefusals?
    private let clock: any WallClock

    /// - Parameters:
    ///   - sink: nil without a database: log and metrics have the events all the same.
    ///   - recent: where the newest refusals are kept; nil: nowhere.
    public init(sink: (any SecurityEventSink)?, recent: RecentRefusals? = nil, clock: any WallClock) {
        self.sink = sink
        self.recent = recent
        self.clock = clock
        phases = sink == nil && recent == nil ? [] : .finish
    }

    public func finish(_ exchange: borrowing Exchange, _ outcome: Outcome) {
        guard !exchange.events.isEmpty else { return }
        if let sink {
            for event in exchange.events { sink.offer(event, from: exchange.clientAddress) }
        }
        guard let recent else { return }
        let refusals = RecentRefusals.Entry.entries(of: exchange, at: clock.now())
        if !refusals.isEmpty { recent.add(refusals, from: Int(truncatingIfNeeded: exchange.id.value >> 48)) }
    }
}
