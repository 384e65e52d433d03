import Kernel
import Synchronization

extension JobRunner {
    /// Renews what this worker holds, hears of cancellations, ends what runs too long, and takes back what dead workers left.
    /// On until the drain is over.
    func keepLeases() async {
        let look = min(.seconds(1), max(settings.lease / 6, .milliseconds(10)))
        var watch = LeaseWatch(lease: settings.lease)
        while !slots.withLock({ $0.isOver }) {
            endOverdue()
            do {
                try await renewLeases()
                try await lookAtLeases(&watch)
            } catch {
                storeFailed("jobs.leases", error)
            }
            await leaseWake.wait(upTo: look)
        }
    }

    private func renewLeases() async throws {
        let now = monotonic.nanoseconds()
        let interval = UInt64(clamping: (settings.lease / 3).wholeNanoseconds)
        let due = slots.withLock { slots in
            slots.running.values.filter { $0.ending != .leaseLost && now &- $0.renewed >= interval }.map(\.claimed)
        }
        guard !due.isEmpty else { return }
        try await database.transaction("jobs.renew") { [queue, settings] db in
            try queue.renew(due, lease: settings.lease, in: db)
        }
        slots.withLock { slots in
            for claim in due { slots.running[ClaimKey(claim)]?.renewed = now }
        }
    }

    private func lookAtLeases(_ watch: inout LeaseWatch) async throws {
        let before = slots.withLock { Set($0.running.keys).union($0.finished.map { ClaimKey($0.claimed) }) }
        let leases = try await database.read("jobs.leases") { [queue] in try queue.leases(in: $0) }
        let now = monotonic.nanoseconds()
        let held = Set(leases.map(ClaimKey.init))
        let lost = slots.withLock { slots -> [Job] in
            for lease in leases where lease.isCancelRequested {
                slots.end(ClaimKey(lease), .cancelRequested, at: now)
            }
            // Only what was in hand before the look can be missed by it.
            let lost = slots.running.filter {
                before.contains($0.key) && !held.contains($0.key) && $0.value.ending != .leaseLost
            }
            for key in lost.keys { slots.end(key, .leaseLost, at: now) }
            return lost.values.map(\.claimed.job)
        }
        for job in lost { report(.leaseLost(job)) }
        let others = slots.withLock { slots in
            leases.filter { !before.contains(ClaimKey($0)) && slots.running[ClaimKey($0)] == nil }
        }
        let expired = watch.observe(others, now: clock.now(), nanoseconds: now)
        guard !expired.isEmpty else { return }
        let count = try await database.transaction("jobs.take-back") { [queue] in
            try queue.takeBack(expired, in: $0)
        }
        guard count > 0 else { return }
        slots.withLock { $0.metrics.takenBack += count }
        report(.takenBack(count))
    }

    /// Cancels tries over their limit, and gives up the slots of those that don't end though they were told to.
    func endOverdue() {
        let now = monotonic.nanoseconds()
        let grace = UInt64(clamping: settings.grace.wholeNanoseconds)
        var incidents: [JobIncident] = []
        slots.withLock { slots in
            for (key, run) in slots.running {
                let job = run.claimed.job
                if run.ending == nil, now &- run.began >= run.limit, now > run.began {
                    slots.end(key, .timedOut, at: now)
                    slots.count(job.kind) { $0.timedOut += 1 }
                    incidents.append(.timedOut(job, limit: .nanoseconds(Int64(clamping: run.limit))))
                } else if let ending = run.ending, ending != .draining, now &- run.endingSince >= grace {
                    giveUp(key, run, &slots)
                    incidents.append(.hung(job))
                }
            }
        }
        for incident in incidents { report(incident) }
        if !incidents.isEmpty { wake.ring() }
    }

    /// Frees the slot of a try that goes on: it is settled as what it was told to end for.
    func giveUp(_ key: ClaimKey, _ run: JobSlots.Run, _ slots: inout JobSlots) {
        slots.running[key] = nil
        slots.hung[key] = run.claimed.job.kind
        switch run.ending {
        case .timedOut, nil: slots.finished.append(JobSettlement(run.claimed, timedOut(run)))
        case .cancelRequested: slots.finished.append(JobSettlement(run.claimed, .cancelled))
        case .draining: slots.finished.append(JobSettlement(run.claimed, .released))
        case .leaseLost: slots.count(run.claimed.job.kind) { $0.lost += 1 }
        }
    }
}
