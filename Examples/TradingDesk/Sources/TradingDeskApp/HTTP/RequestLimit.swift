import Synchronization

/// The generic cell rate algorithm: half of the allowance at once, the other half over the minute.
///
/// So no window of a minute lets more than `perMinute` requests of one client pass.
final class RequestLimit: Sendable {
    /// What the limit says to one request.
    struct Decision: Sendable, Equatable {
        var isAllowed: Bool
        /// Requests that could follow at once.
        var remaining: Int
        /// Whole seconds until the full burst is there again, or until one request is when refused.
        var seconds: Int
    }

    let perMinute: Int
    private let burst: Int
    private let interval: Duration
    private let arrivals = Mutex<[String: ContinuousClock.Instant]>([:])

    /// - Parameter perMinute: at least 2.
    init(perMinute: Int) {
        self.perMinute = max(2, perMinute)
        burst = max(1, self.perMinute / 2)
        interval = .seconds(60) / max(1, self.perMinute - burst)
    }

    /// Counts one request of `client` at `now`.
    func count(_ client: String, at now: ContinuousClock.Instant, consume: Bool = true) -> Decision {
        arrivals.withLock { arrivals in
            if arrivals.count > 10_000 { arrivals = arrivals.filter { $0.value > now } }
            let tolerance = interval * (burst - 1)
            let theoretical = max(arrivals[client] ?? now, now)
            let lead = now.duration(to: theoretical)
            guard lead <= tolerance else {
                return Decision(isAllowed: false, remaining: 0, seconds: max(1, Self.ceiling(lead - tolerance)))
            }
            let next = consume ? theoretical.advanced(by: interval) : theoretical
            if consume { arrivals[client] = next }
            let after = now.duration(to: next)
            let remaining = max(0, Int((tolerance + interval - after) / interval))
            return Decision(isAllowed: true, remaining: remaining, seconds: max(1, Self.ceiling(after)))
        }
    }

    private static func ceiling(_ duration: Duration) -> Int {
        let parts = duration.components
        return Int(clamping: parts.seconds) + (parts.attoseconds > 0 ? 1 : 0)
    }
}
