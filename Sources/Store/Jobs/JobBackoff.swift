public import Kernel

/// How long a failed job rests: exponential, with full jitter, so that what failed together doesn't return together.
public struct JobBackoff: Sendable, Equatable {
    /// The longest rest after the first try.
    public let first: Duration
    /// The longest rest of all.
    public let cap: Duration

    /// Spans are brought into 1 ms…30 days; a cap below `first` is `first`.
    public init(first: Duration = .seconds(10), cap: Duration = .seconds(3600)) {
        let bounds: (Duration, Duration) = (.milliseconds(1), .seconds(30 * 86_400))
        self.first = min(max(first, bounds.0), bounds.1)
        self.cap = min(max(cap, self.first), bounds.1)
    }

    /// The longest rest after try number `attempt` (1 is the first): `first` · 2^(attempt − 1), at most `cap`.
    public func ceiling(after attempt: Int) -> Duration {
        let doublings = min(max(attempt, 1) - 1, 62)
        let (nanoseconds, overflow) = first.wholeNanoseconds.multipliedReportingOverflow(by: 1 << Int64(doublings))
        return overflow ? cap : min(.nanoseconds(nanoseconds), cap)
    }

    /// Anything from nothing to the ceiling, but no sooner than `floor` (at most 30 days).
    public func rest(after attempt: Int, floor: Duration? = nil, random: any RandomSource) -> Duration {
        let ceiling = UInt64(clamping: ceiling(after: attempt).wholeNanoseconds)
        let jittered = Duration.nanoseconds(Int64(clamping: random.next() % (ceiling + 1)))
        return max(jittered, min(floor ?? .zero, .seconds(30 * 86_400)))
    }
}

extension Duration {
    /// Nanoseconds, clamped to what 64 bits hold (292 years).
    var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let (sum, overflowed) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return overflowed ? (seconds < 0 ? .min : .max) : sum
    }
}

extension Timestamp {
    /// Later by `span`, clamped to the range of timestamps.
    public func later(by span: Duration) -> Timestamp {
        let (sum, overflow) = nanosecondsSinceEpoch.addingReportingOverflow(span.wholeNanoseconds)
        return Timestamp(nanosecondsSinceEpoch: overflow ? (span < .zero ? .min : .max) : sum)
    }
}
