public import Kernel

/// What follows from an outcome: a pure rule.
public struct DeliveryPolicy: Sendable, Equatable {
    public enum Decision: Sendable, Equatable {
        case sent
        case retry(after: Duration, reason: String)
        case giveUp(reason: String, suppress: Bool)
    }

    /// Refusals of one mail that we bear before we give up. What isn't the mail's fault is bounded by time alone.
    public var maxAttempts = 10
    /// Tries whose end nobody knows: each may have been a delivery, so there are few.
    public var maxUncertain = 2
    public var firstDelay: Duration = .seconds(60)
    public var longestDelay: Duration = .seconds(2 * 3600)

    public init() {}

    /// - Parameters:
    ///   - attempts: tries so far, this one included.
    ///   - uncertain: tries so far whose end is unknown, this one included.
    ///   - chance: 0…1, spreads retries.
    public func decide(
        _ outcome: DeliveryOutcome, attempts: Int, uncertain: Int, now: Timestamp, expires: Timestamp, chance: Double
    ) -> Decision {
        let delay = delay(attempts, chance)
        let isLate =
            now.nanosecondsSinceEpoch.addingReportingOverflow(delay.nanoseconds).partialValue
            >= expires.nanosecondsSinceEpoch
        func retry(_ reason: String) -> Decision {
            isLate ? .giveUp(reason: "too late: \(reason)", suppress: false) : .retry(after: delay, reason: reason)
        }
        switch outcome {
        case .accepted: return .sent
        case .refused(let reply, let stage) where reply.isPermanent:
            return .giveUp(
                reason: "refused: \(reply)", suppress: stage >= .recipient && DeliveryPolicy.isNoMailbox(reply))
        case .refused(let reply, _):
            guard attempts < maxAttempts else {
                return .giveUp(reason: "refused \(attempts) times: \(reply)", suppress: false)
            }
            return retry("put off: \(reply)")
        case .unreachable(let reason): return retry("unreachable: \(reason)")
        case .misconfigured(let reason): return retry("misconfigured: \(reason)")
        case .uncertain(let reason):
            guard uncertain < maxUncertain else {
                return .giveUp(reason: "no answer to \(uncertain) complete mails: \(reason)", suppress: false)
            }
            return retry("no answer to a complete mail: \(reason)")
        }
    }

    /// 1, 2, 4 … minutes, ±25 %, so that what failed together doesn't come back together.
    func delay(_ attempts: Int, _ chance: Double) -> Duration {
        let doubled = firstDelay * Double(1 << min(20, max(0, attempts - 1)))
        return min(doubled, longestDelay) * (0.75 + 0.5 * min(1, max(0, chance)))
    }

    /// RFC 3463 §3.2, §3.3; 5.1.10 is RFC 7505. A bare 550 may be about us or about the content: it suppresses nobody.
    static func isNoMailbox(_ reply: SMTPReply) -> Bool {
        ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"].contains(reply.status)
    }
}

extension Duration {
    /// Clamped.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        let (sum, carried) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return carried ? (seconds < 0 ? .min : .max) : sum
    }
}

extension Timestamp {
    /// Later (or earlier) by a span, within what a timestamp can say.
    func moved(by span: Duration) -> Timestamp {
        let (sum, overflow) = nanosecondsSinceEpoch.addingReportingOverflow(span.nanoseconds)
        return Timestamp(nanosecondsSinceEpoch: overflow ? (span < .zero ? .min : .max) : sum)
    }
}
