public import Kernel

/// What is known of failed sign-ins under one key: an account, a known device of it, or an address.
public struct LockoutState: Sendable, Equatable {
    /// Attempts since the last success or lock. An attempt counts before its password is looked at, so that a thousand at
    /// once get no more guesses than a thousand in a row; a success takes them all back.
    public var failures: Int
    /// Locks in a row: each lasts twice as long as the one before.
    public var locks: Int
    public var lockedUntil: Timestamp?
    public var lastAttemptAt: Timestamp?

    public init(
        failures: Int = 0, locks: Int = 0, lockedUntil: Timestamp? = nil, lastAttemptAt: Timestamp? = nil
    ) {
        self.failures = failures
        self.locks = locks
        self.lockedUntil = lockedUntil
        self.lastAttemptAt = lastAttemptAt
    }
}

/// The rule by itself: (state, attempt, now) → (state, decision). (ASVS 5.0 V6.3.1; NIST SP 800-63B-4 §3.2.2)
public struct Lockout: Sendable, Equatable {
    public enum Decision: Sendable, Equatable {
        /// `isLast`: if this one fails too, the key stays locked.
        case allowed(isLast: Bool)
        case refused(until: Timestamp)
    }

    /// Attempts that may fail before the lock.
    public var limit: Int
    /// The first lock.
    public var duration: Duration
    /// No lock lasts longer.
    public var longest: Duration
    /// Quiet after which failures and earlier locks are forgotten, counted from the end of a lock.
    public var memory: Duration

    public init(
        limit: Int = 5, duration: Duration = .seconds(1800), longest: Duration = .seconds(86_400),
        memory: Duration = .seconds(86_400)
    ) {
        self.limit = max(1, limit)
        self.duration = duration
        self.longest = max(longest, duration)
        self.memory = memory
    }

    /// Counts an attempt that is about to be made.
    public func attempt(_ state: LockoutState, at now: Timestamp) -> (state: LockoutState, decision: Decision) {
        if let until = state.lockedUntil, now < until { return (state, .refused(until: until)) }
        var next = forgotten(state, at: now)
        if next.lockedUntil != nil {
            // The lock is over: a new round begins, the earlier locks still count.
            next.lockedUntil = nil
            next.failures = 0
        }
        next.failures += 1
        next.lastAttemptAt = now
        guard next.failures >= limit else { return (next, .allowed(isLast: false)) }
        next.locks += 1
        next.lockedUntil = now.advanced(by: span(ofLock: next.locks))
        return (next, .allowed(isLast: true))
    }

    /// How long the n-th lock in a row lasts.
    public func span(ofLock number: Int) -> Duration {
        var span = duration
        for _ in 1..<max(1, min(number, 32)) where span < longest { span *= 2 }
        return min(span, longest)
    }

    /// The state after a success.
    public func succeeded(_ state: LockoutState) -> LockoutState { LockoutState() }

    private func forgotten(_ state: LockoutState, at now: Timestamp) -> LockoutState {
        guard let last = [state.lastAttemptAt, state.lockedUntil].compactMap(\.self).max() else { return state }
        return now < last.advanced(by: memory) ? state : LockoutState()
    }
}

extension Timestamp {
    /// Later by `span`, within the range of timestamps.
    func advanced(by span: Duration) -> Timestamp {
        let (seconds, attoseconds) = span.components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return Timestamp(nanosecondsSinceEpoch: seconds < 0 ? .min : .max) }
        let nanoseconds = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
        let sum = nanosecondsSinceEpoch.addingReportingOverflow(nanoseconds.partialValue)
        if sum.overflow || nanoseconds.overflow {
            return Timestamp(nanosecondsSinceEpoch: seconds < 0 ? .min : .max)
        }
        return Timestamp(nanosecondsSinceEpoch: sum.partialValue)
    }

    /// The time from `earlier` to this; negative when it is later.
    func since(_ earlier: Timestamp) -> Duration {
        .nanoseconds(nanosecondsSinceEpoch.subtractingReportingOverflow(earlier.nanosecondsSinceEpoch).partialValue)
    }
}
