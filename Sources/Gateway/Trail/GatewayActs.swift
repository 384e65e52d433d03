import Kernel
import Store

/// Tells what the gateway itself did, such as its start: to the trail where there is one, and to the log.
struct GatewayActs: Sendable {
    let sink: EventSink?
    let clock: any WallClock
    let notice: @Sendable (WorkNotice) -> Void

    /// The log has a line of its own for these already.
    private static let loggedElsewhere: Set<String> = [
        "process.started", "process.stopped", "configuration.reloaded", "configuration.refused", "migration.applied",
    ]

    /// Never waits: the trail's row is written soon, the log's line at once.
    func tell(_ kind: String, _ details: [String: String] = [:]) {
        let event = AuditEvent(kind, actor: "edge", details: details)
        sink?.offer(event)
        guard !GatewayActs.loggedElsewhere.contains(kind), let known = EventRegistry.kind(kind) else { return }
        notice(
            WorkNotice(
                RecordedEvent(kind: known, at: clock.now(), actor: event.actor, subject: nil, details: details)))
    }

    /// What the log hears of events when they are committed: not what it has from the exchange or from `tell` already.
    static func news(_ events: [RecordedEvent]) -> [WorkNotice] {
        events.filter { $0.actor != "edge" && $0.kind.areas.isEmpty && $0.kind.reasons.isEmpty }.map { WorkNotice($0) }
    }
}

extension GatewayConfiguration {
    /// Controls that don't enforce, as `CONTROL=MODE`, for the trail.
    var notEnforced: String {
        let weak = modes.filter { $0.value != .enforce }
        if weak.count == modes.count, let first = weak.first?.value, weak.allSatisfy({ $0.value == first }) {
            return weak.isEmpty ? "none" : "all \(first.rawValue)"
        }
        return weak.isEmpty ? "none" : weak.map { "\($0.key)=\($0.value.rawValue)" }.sorted().joined(separator: " ")
    }

    /// Controls that do less than in `earlier`.
    func weakened(since earlier: GatewayConfiguration) -> [(control: String, from: ControlMode, to: ControlMode)] {
        modes.sorted { $0.key < $1.key }.compactMap { control, mode in
            guard let before = earlier.modes[control], mode.strictness < before.strictness else { return nil }
            return (control, before, mode)
        }
    }
}

extension ControlMode {
    fileprivate var strictness: Int {
        switch self {
        case .off: 0
        case .observe: 1
        case .enforce: 2
        }
    }
}
