import Kernel
import Synchronization

extension JobRunner {
    /// Lets running jobs end within the limit, tells the rest to end, gives back what doesn't.
    func drain() async {
        await settleUntil(settings.drainLimit)
        let now = monotonic.nanoseconds()
        let released = slots.withLock { slots in
            let keys = Array(slots.running.keys)
            for key in keys { slots.end(key, .draining, at: now) }
            return keys.count
        }
        if released > 0 {
            report(.drained(released: released))
            await settleUntil(min(settings.grace, .seconds(2)))
        }
        slots.withLock { slots in
            for (key, run) in slots.running { giveUp(key, run, &slots) }
        }
        // What can't be written now is somebody else's when its lease expires.
        for _ in 0..<3 where slots.withLock({ !$0.finished.isEmpty }) {
            if await step() == .failed { try? await Task.sleep(for: .milliseconds(200)) }
        }
    }

    private func settleUntil(_ limit: Duration) async {
        let began = monotonic.nanoseconds()
        let span = UInt64(clamping: limit.wholeNanoseconds)
        while slots.withLock({ !$0.running.isEmpty }), monotonic.nanoseconds() &- began < span {
            if slots.withLock({ !$0.finished.isEmpty }) { _ = await step() }
            await wake.wait(upTo: min(.milliseconds(100), max(limit, .milliseconds(1))))
        }
    }
}
