import Kernel
import Synchronization

extension JobRunner {
    /// Claims and settles until told to stop.
    func claiming() async {
        var interval = settings.polls.lowerBound
        while !isStopping {
            switch await step() {
            case .worked: interval = settings.polls.lowerBound
            case .idle: interval = min(interval * 2, settings.polls.upperBound)
            case .failed:
                interval = min(interval * 2, settings.polls.upperBound)
                // Rings don't shorten this: a database that is down is not asked at every one of them.
                try? await Task.sleep(for: interval)
            }
            if isStopping { return }
            await wake.wait(upTo: interval)
        }
    }

    enum Step { case worked, idle, failed }

    /// One transaction: writes down what ended, and takes what is due as far as slots are free. Ends under load are written
    /// together, so that throughput doesn't hang on single commits.
    func step() async -> Step {
        let (finished, offers, limit) = slots.withLock { slots in
            let finished = slots.finished
            slots.finished = []
            let (offers, limit) = slots.offers(handlers, concurrency: settings.concurrency)
            return (finished, offers, limit)
        }
        if finished.isEmpty && offers.isEmpty { return .idle }
        do {
            if finished.isEmpty {
                // An idle worker only reads: on SQLite it keeps no writer waiting.
                let due = try await database.read("jobs.due") { [queue] in try queue.due(offers, in: $0) }
                guard !due.isEmpty else { return .idle }
            }
            let (claimed, late) = try await database.transaction("jobs.step") {
                [queue, worker, settings] db -> ([ClaimedJob], Set<UniqueID>) in
                let late = finished.isEmpty ? [] : try queue.settle(finished, in: db)
                let due = Set(try queue.due(offers, in: db))
                let wanted = offers.enumerated().filter { due.contains($0.offset) }.map(\.element)
                let claimed = try queue.claim(
                    wanted, limit: limit, worker: worker, lease: settings.lease, in: db)
                return (claimed, late)
            }
            note(finished, late: late)
            start(claimed)
            return claimed.isEmpty && finished.isEmpty ? .idle : .worked
        } catch {
            slots.withLock { $0.finished = finished + $0.finished }
            storeFailed("jobs.step", error)
            return .failed
        }
    }

    private func start(_ claimed: [ClaimedJob]) {
        let now = monotonic.nanoseconds()
        slots.withLock { slots in
            for claim in claimed {
                slots.count(claim.job.kind) { $0.claimed += 1 }
                guard let handler = handlers.first(where: { $0.kind == claim.job.kind }) else { continue }
                let limit = max(handler.timeLimit ?? settings.timeLimit, .milliseconds(1)).wholeNanoseconds
                slots.running[ClaimKey(claim)] = JobSlots.Run(
                    claimed: claim, task: Task { await self.run(claim, handler) }, handler: handler, began: now,
                    limit: UInt64(clamping: limit), renewed: now)
            }
        }
    }

    private func run(_ claim: ClaimedJob, _ handler: any JobHandler) async {
        do {
            try await handler.run(claim.job)
            ended(claim, nil)
        } catch {
            ended(claim, error)
        }
    }

    /// A try came to its end, by itself or because it was told to.
    private func ended(_ claim: ClaimedJob, _ error: (any Error)?) {
        let now = monotonic.nanoseconds()
        let key = ClaimKey(claim)
        slots.withLock { slots in
            slots.hung[key] = nil
            // Given up already: what it says now is no longer heard.
            guard let run = slots.running.removeValue(forKey: key) else { return }
            slots.count(claim.job.kind) { $0.took(Double(now > run.began ? now - run.began : 0) / 1e9) }
            guard let result = result(of: run, error) else {
                slots.count(claim.job.kind) { $0.lost += 1 }
                return
            }
            slots.finished.append(JobSettlement(claim, result))
        }
        wake.ring()
    }

    /// nil when there is nothing to write: somebody else holds the job.
    private func result(of run: JobSlots.Run, _ error: (any Error)?) -> JobSettlement.Result? {
        if run.ending == .leaseLost { return nil }
        guard let error else { return .done }
        switch run.ending {
        case .cancelRequested: return .cancelled
        case .draining: return .released
        case .timedOut: return timedOut(run)
        case .leaseLost, nil: break
        }
        switch error {
        case JobFailure.permanent(let reason): return .dead(reason: reason)
        case JobFailure.retry(let reason, let after): return retry(run, reason, floor: after)
        default: return retry(run, JobRunner.reason(of: error), floor: nil)
        }
    }

    private func retry(_ run: JobSlots.Run, _ reason: String, floor: Duration?) -> JobSettlement.Result {
        let backoff = run.handler.backoff ?? settings.backoff
        return .retry(
            reason: reason, rest: backoff.rest(after: run.claimed.job.attempt, floor: floor, random: random))
    }

    func timedOut(_ run: JobSlots.Run) -> JobSettlement.Result {
        retry(run, "it ran longer than its limit of \(Duration.nanoseconds(Int64(clamping: run.limit)))", floor: nil)
    }

    /// Counts and reports what was just written down.
    func note(_ settled: [JobSettlement], late: Set<UniqueID>) {
        var incidents: [JobIncident] = []
        slots.withLock { slots in
            for settlement in settled {
                let job = settlement.claimed.job
                slots.count(job.kind) { kind in
                    if late.contains(job.id) {
                        kind.lost += 1
                        return
                    }
                    switch settlement.result {
                    case .done: kind.succeeded += 1
                    case .cancelled: kind.cancelled += 1
                    case .released: kind.released += 1
                    case .dead(let reason):
                        kind.failed += 1
                        kind.dead += 1
                        incidents.append(.failed(job, reason: reason, isDead: true))
                    case .retry(let reason, _):
                        let isDead = job.attempt >= job.maxAttempts
                        kind.failed += 1
                        kind.dead += isDead ? 1 : 0
                        kind.retried += isDead ? 0 : 1
                        incidents.append(.failed(job, reason: reason, isDead: isDead))
                    }
                }
            }
        }
        for incident in incidents { report(incident) }
    }
}
