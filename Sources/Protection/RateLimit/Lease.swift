/// What one replica holds of one caller's shared limit: a few tokens, for a short while. The pure rule.
///
/// A token may be used for `Lease.lifetime` after it was granted. The shared count runs over a window that is longer by the
/// same span, so no window of the announced length ever sees more uses than the quota, however many replicas there are.
struct Lease: Sendable, Equatable {
    static let lifetime: UInt64 = 2_000_000_000

    /// Tokens that can be used without asking.
    var held = 0
    /// Monotonic nanoseconds after which they can't.
    var expires: UInt64 = 0
    /// How many to ask for next time.
    var size = 1
    /// Until then the shared count has nothing to give: asking again would only cost.
    var refusedUntil: UInt64 = 0
    /// What the shared count had left besides, when it was last asked.
    var elsewhere = 0
    /// When the shared count is at rest again, as far as it was told.
    var restsAt: UInt64 = 0

    enum Decision: Sendable, Equatable {
        case admitted
        case refused
        /// The shared count must be asked for `size` tokens.
        case ask
    }

    /// Uses a token if there is one.
    mutating func use(now: UInt64) -> Decision {
        if held > 0 {
            if now < expires {
                held -= 1
                return .admitted
            }
            // They came too late to be of use: this caller needs fewer.
            held = 0
            size = max(1, size / 2)
        }
        return now < refusedUntil ? .refused : .ask
    }

    /// Takes what the shared count gave for a question that was sent at `sent`.
    mutating func take(_ grant: Grant, asked: Int, sent: UInt64, now: UInt64, limit: GCRA) {
        // Used up within its lifetime: twice as many next time, up to a twentieth of the quota.
        if expires > sent, grant.tokens == asked { size = min(size * 2, max(1, limit.quota / 20)) }
        held += grant.tokens
        expires = sent &+ Lease.lifetime
        elsewhere = grant.remaining
        restsAt = now &+ grant.restNanoseconds
        refusedUntil = grant.tokens < asked ? now &+ grant.retryNanoseconds : 0
    }

    /// What the caller may still do, and when: for `RateLimit` and `Retry-After`.
    func announced(now: UInt64, limit: GCRA) -> GCRA.Decision {
        let remaining = (now < expires ? held : 0) + (now < refusedUntil ? 0 : elsewhere)
        let until = remaining > 0 ? restsAt : max(refusedUntil, now)
        let seconds = until > now ? Int((until - now + 999_999_999) / 1_000_000_000) : 0
        return GCRA.Decision(
            isAdmitted: remaining > 0, remaining: min(remaining, limit.burst), resetSeconds: max(seconds, 0))
    }
}

/// What the shared count gave.
struct Grant: Sendable, Equatable {
    var tokens: Int
    /// Tokens that it would give besides, right now.
    var remaining: Int
    /// Until it would give one more; 0 when it would now.
    var retryNanoseconds: UInt64
    /// Until it is as if the caller had never come.
    var restNanoseconds: UInt64
}
