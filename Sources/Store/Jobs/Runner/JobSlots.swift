import Kernel

/// Which job of which claim: the same job may come back under another lease while its first run still winds down.
struct ClaimKey: Hashable, Sendable {
    let id: UniqueID
    let lease: Int64
    init(_ claimed: ClaimedJob) {
        id = claimed.job.id
        lease = claimed.lease
    }
    init(_ lease: JobLease) {
        id = lease.id
        self.lease = lease.lease
    }
}

/// What a runner has in hand. A value behind the runner's lock.
struct JobSlots {
    /// Why a try was told to end.
    enum Ending: Sendable, Equatable { case cancelRequested, timedOut, leaseLost, draining }

    struct Run: Sendable {
        let claimed: ClaimedJob
        let task: Task<Void, Never>
        let handler: any JobHandler
        let began: UInt64
        let limit: UInt64
        var renewed: UInt64
        var ending: Ending?
        var endingSince: UInt64 = 0
    }

    var running: [ClaimKey: Run] = [:]
    /// Tries whose slot was given up though they go on.
    var hung: [ClaimKey: JobKind] = [:]
    /// Ended, not yet written down.
    var finished: [JobSettlement] = []
    var rotation = 0
    var isStopping = false
    var isOver = false
    var metrics = JobMetrics()
    /// Monotonic time of the last census; 0 before the first.
    var counted: UInt64 = 0

    /// What may be claimed now. The kinds take turns at being first, so that a long queue of one starves no other.
    mutating func offers(_ handlers: [any JobHandler], concurrency: Int) -> (offers: [JobOffer], limit: Int) {
        let free = concurrency - running.count
        guard !isStopping, free > 0, !handlers.isEmpty else { return ([], 0) }
        var taken: [JobKind: Int] = [:]
        for run in running.values { taken[run.claimed.job.kind, default: 0] += 1 }
        // A kind whose tries hang is held back before it holds back everybody.
        for kind in hung.values { taken[kind, default: 0] += 1 }
        rotation = (rotation + 1) % handlers.count
        let turns = handlers[rotation...] + handlers[..<rotation]
        let offers = turns.compactMap { handler -> JobOffer? in
            let limit = min(handler.concurrencyLimit ?? concurrency, concurrency) - (taken[handler.kind] ?? 0)
            guard limit > 0 else { return nil }
            return JobOffer(handler.kind, payloadVersions: handler.payloadVersions, limit: min(limit, free))
        }
        return (offers, free)
    }

    mutating func count(_ kind: JobKind, _ change: (inout JobMetrics.Kind) -> Void) {
        change(&metrics.kinds[kind, default: JobMetrics.Kind()])
    }

    /// Tells a try to end. The first reason counts.
    mutating func end(_ key: ClaimKey, _ ending: Ending, at nanoseconds: UInt64) {
        guard var run = running[key], run.ending == nil else { return }
        run.ending = ending
        run.endingSince = nanoseconds
        running[key] = run
        run.task.cancel()
    }
}
