import Kernel
import Synchronization

extension JobRunner {
    /// Schedules, the clock, counts and retention, each in its own rhythm, until told to stop.
    func upkeep() async {
        var isRegistered = schedules.isEmpty
        var seen: (wall: Timestamp, nanoseconds: UInt64)?
        var recovered: UInt64?
        var pruned: UInt64?
        var counted: UInt64?
        while !isStopping {
            let now = (wall: clock.now(), nanoseconds: monotonic.nanoseconds())
            func isDue(_ last: UInt64?, every seconds: UInt64) -> Bool {
                last.map { now.nanoseconds &- $0 >= seconds * 1_000_000_000 } ?? true
            }
            let wentBack = seen.map { JobRunner.wentBack(from: $0, to: now) } ?? false
            // Forgotten until the recovery succeeds.
            if wentBack { recovered = nil }
            seen = now
            if !isRegistered { isRegistered = await attempt("jobs.register", register) }
            if isRegistered { await attempt("jobs.schedules", fireSchedules) }
            // At the start too: the clock may have gone back while nobody looked, or on another machine.
            if isDue(recovered, every: 60), await attempt("jobs.clock", recoverFromClock) {
                recovered = now.nanoseconds
            }
            if isDue(counted, every: 15), await attempt("jobs.census", count) { counted = now.nanoseconds }
            if isDue(pruned, every: 3600), await attempt("jobs.prune", prune) { pruned = now.nanoseconds }
            if isStopping { return }
            await upkeepWake.wait(upTo: .seconds(1))
        }
    }

    /// Whether it succeeded; one kind of upkeep that fails stops no other.
    @discardableResult
    private func attempt(_ work: String, _ body: () async throws -> Void) async -> Bool {
        do {
            try await body()
            return true
        } catch {
            storeFailed(work, error)
            return false
        }
    }

    private func register() async throws {
        try await database.transaction("jobs.register") { [queue, schedules] in
            try queue.register(schedules, in: $0)
        }
    }

    /// Whether the wall clock fell behind the monotonic one by more than a second.
    static func wentBack(
        from then: (wall: Timestamp, nanoseconds: UInt64), to now: (wall: Timestamp, nanoseconds: UInt64)
    ) -> Bool {
        let passed = Duration.nanoseconds(Int64(clamping: now.nanoseconds &- then.nanoseconds))
        return now.wall.later(by: .seconds(1)) < then.wall.later(by: passed)
    }

    private func fireSchedules() async throws {
        guard !schedules.isEmpty else { return }
        let due = try await database.read("jobs.schedules") { [queue] in Set(try queue.dueSchedules(in: $0)) }
        for schedule in schedules where due.contains(schedule.name) {
            try await database.transaction("jobs.fire") { [queue] in _ = try queue.fire(schedule, in: $0) }
        }
    }

    private func recoverFromClock() async throws {
        let count = try await database.transaction("jobs.clock") { [queue] in try queue.recoverFromClock(in: $0) }
        if count > 0 { report(.clockWentBack(made: count)) }
    }

    private func prune() async throws {
        while !isStopping {
            let removed = try await database.transaction("jobs.prune") { [queue, settings] in
                try queue.prune(settings.retention, in: $0)
            }
            if removed < 1000 { return }
        }
    }

    private func count() async throws {
        let counts = try await database.read("jobs.census") { [queue] in try queue.census(in: $0) }
        let now = clock.now()
        var depths: [JobKind: JobMetrics.Depth] = [:]
        for count in counts {
            var depth = depths[count.kind] ?? JobMetrics.Depth()
            switch count.state {
            case .ready:
                depth.ready += count.count
                let isUnderstood = handlers.contains {
                    $0.kind == count.kind && $0.payloadVersions.contains(count.payloadVersion)
                }
                if !isUnderstood { depth.notUnderstood += count.count }
                let age = now.nanosecondsSinceEpoch.subtractingReportingOverflow(count.oldest.nanosecondsSinceEpoch)
                if !age.overflow { depth.oldestAge = max(depth.oldestAge, .nanoseconds(age.partialValue)) }
            case .running: depth.running += count.count
            case .dead: depth.dead += count.count
            case .done, .cancelled: break
            }
            depths[count.kind] = depth
        }
        let nanoseconds = monotonic.nanoseconds()
        let before = slots.withLock { slots in
            defer {
                slots.metrics.depths = depths
                slots.counted = max(1, nanoseconds)
            }
            return slots.metrics.depths
        }
        for (kind, depth) in depths.sorted(by: { $0.key.rawValue < $1.key.rawValue })
        where depth.notUnderstood > before[kind]?.notUnderstood ?? 0 {
            report(.notUnderstood(kind, count: depth.notUnderstood))
        }
    }
}
