/// Decides how long to wait before the next request, from what the target says about its limits.
///
/// A pure rule: it is given the time and never looks at a clock.
struct Pace: Sendable {
    /// No single wait is longer.
    static let longest = Duration.seconds(65)

    private(set) var notBefore: ContinuousClock.Instant?
    private var refusals = 0

    /// Takes note of an answer's limit fields and status.
    mutating func note(status: Int, _ limits: RateLimitFields, now: ContinuousClock.Instant) {
        if status == 429 {
            refusals &+= 1
            // Nothing said: 1 s, 2 s, 4 s, 8 s.
            let own = Duration.seconds(1 << min(refusals &- 1, 3))
            let wait = limits.retryAfter.map { Duration.seconds(max($0, 1)) } ?? own
            notBefore = now + min(wait, Self.longest)
            return
        }
        refusals = 0
        notBefore = nil
        guard let remaining = limits.remaining, remaining <= 0, let reset = limits.reset else { return }
        // `t` may mean "all of it is back": one request a little earlier costs nothing, a 429 says the rest.
        notBefore = now + .seconds(min(max(reset, 1), 10))
    }

    func wait(now: ContinuousClock.Instant) -> Duration {
        guard let notBefore, notBefore > now else { return .zero }
        return now.duration(to: notBefore)
    }
}
