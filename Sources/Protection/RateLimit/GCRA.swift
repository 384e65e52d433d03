/// The generic cell rate algorithm: one number per caller says how far ahead of its rate it is.
///
/// `100/min` becomes a burst of 50 and 50 more a minute, so that no window of 60 seconds ever admits more than 100.
public struct GCRA: Sendable, Equatable {
    /// As announced: at most `quota` in any window.
    public let quota: Int
    public let windowSeconds: Int
    let windowNanoseconds: UInt64
    /// Nanoseconds between two requests at the steady rate.
    let interval: UInt64
    /// How far the theoretical arrival may lie ahead.
    let tolerance: UInt64
    /// Requests that are admitted at once.
    public let burst: Int

    /// - Parameter quota: at least 1. One request per window can't be split into burst and rate: then it is both
    ///   one at once and, from then on, one per window.
    public init(quota: Int, windowSeconds: Int) {
        let quota = min(max(1, quota), 1_000_000_000)
        let window = min(max(1, windowSeconds), 86_400)
        self.init(quota: quota, window: UInt64(window) * 1_000_000_000)
    }

    /// The window in nanoseconds: announced in whole seconds, rounded up.
    init(quota: Int, window nanoseconds: UInt64) {
        self.quota = quota
        self.windowSeconds = Int((nanoseconds + 999_999_999) / 1_000_000_000)
        windowNanoseconds = nanoseconds
        // In a window fits the burst plus what the rate lets through in it: burst + floor(window / interval) ≤ quota.
        let burst = max(1, (quota + 1) / 2)
        let rate = quota - burst
        self.burst = burst
        // Rounded up, and just longer than the window where the rate is 0, so that a closed window holds no more either.
        let exact = rate == 0 ? nanoseconds : (nanoseconds + UInt64(rate) - 1) / UInt64(rate)
        interval = exact + 1
        tolerance = interval * UInt64(burst - 1)
    }

    public struct Decision: Sendable, Equatable {
        public let isAdmitted: Bool
        /// Requests that would be admitted right now, after this one.
        public let remaining: Int
        /// Seconds until one (more) request is admitted where none remains, else until the burst is full again.
        public let resetSeconds: Int
    }

    /// Counts one request: `arrival` is the caller's theoretical arrival time, 0 for a caller not seen before.
    public func admit(_ arrival: inout UInt64, now: UInt64) -> Decision {
        let expected = max(arrival, now)
        let ahead = expected - now
        if ahead > tolerance {
            return Decision(isAdmitted: false, remaining: 0, resetSeconds: seconds(ahead - tolerance))
        }
        arrival = expected &+ interval
        return state(arrival, now: now, isAdmitted: true)
    }

    /// What a caller may still do, without counting anything.
    public func peek(_ arrival: UInt64, now: UInt64) -> Decision { state(arrival, now: now, isAdmitted: true) }

    private func state(_ arrival: UInt64, now: UInt64, isAdmitted: Bool) -> Decision {
        let ahead = max(arrival, now) - now
        if ahead > tolerance {
            return Decision(isAdmitted: isAdmitted, remaining: 0, resetSeconds: seconds(ahead - tolerance))
        }
        let remaining = Int((tolerance - ahead) / interval) + 1
        return Decision(isAdmitted: isAdmitted, remaining: min(remaining, burst), resetSeconds: seconds(ahead))
    }

    private func seconds(_ nanoseconds: UInt64) -> Int { Int((nanoseconds + 999_999_999) / 1_000_000_000) }
}
