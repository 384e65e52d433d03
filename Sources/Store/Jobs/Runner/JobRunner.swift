public import Kernel
import Synchronization

/// Runs jobs: claims what is due, keeps their leases, writes down how they ended, enqueues what schedules ask for.
///
///     let runner = try JobRunner(database: database, queue: queue, handlers: […], schedules: […], worker: "host:pid", …)
///     await runner.run()        // until its task is cancelled; then drains
///
/// At least once: a job is done again when its worker dies between doing it and writing that down. Handlers must bear that.
public final class JobRunner: Sendable {
    let database: Database
    let queue: JobQueue
    let handlers: [any JobHandler]
    let schedules: [JobSchedule]
    let settings: Settings
    /// What operators see as the holder of a lease.
    let worker: String
    let clock: any WallClock
    let monotonic: any MonotonicClock
    let random: any RandomSource
    let report: @Sendable (JobIncident) -> Void

    let slots = Mutex(JobSlots())
    /// Something for the claiming loop: new work, a try that ended, a stop.
    let wake = Bell()
    let leaseWake = Bell()
    let upkeepWake = Bell()

    /// - Parameter report: called from any thread; must return at once.
    /// - Throws: `DatabaseError` `.configuration` when two handlers or two schedules have one name.
    public init(
        database: Database, queue: JobQueue, handlers: [any JobHandler], schedules: [JobSchedule] = [],
        settings: Settings = Settings(), worker: String, clock: any WallClock, monotonic: any MonotonicClock,
        random: any RandomSource, report: @escaping @Sendable (JobIncident) -> Void = { _ in }
    ) throws(DatabaseError) {
        guard Set(handlers.map(\.kind)).count == handlers.count else {
            throw DatabaseError(.configuration, "two job handlers have one kind")
        }
        guard Set(schedules.map(\.name)).count == schedules.count else {
            throw DatabaseError(.configuration, "two job schedules have one name")
        }
        self.database = database
        self.queue = queue
        self.handlers = handlers.sorted { $0.kind.rawValue < $1.kind.rawValue }
        self.schedules = schedules
        self.settings = settings
        self.worker = worker
        self.clock = clock
        self.monotonic = monotonic
        self.random = random
        self.report = report
    }

    /// What it did and has in hand, and the queue as last counted (every 15 s).
    public var metrics: JobMetrics {
        let now = monotonic.nanoseconds()
        return slots.withLock { slots in
            var metrics = slots.metrics
            metrics.running = slots.running.count
            metrics.hung = slots.hung.count
            metrics.isDraining = slots.isStopping
            if slots.counted > 0 {
                metrics.depthsAge = .nanoseconds(Int64(clamping: now > slots.counted ? now - slots.counted : 0))
            }
            return metrics
        }
    }

    /// Works until the task is cancelled, then drains: claims nothing more, lets running jobs end within the limit, gives the
    /// rest back. Runs once.
    public func run() async {
        // Not cancelled with the caller: what is under way must be written down.
        let work = Task { await loops() }
        await withTaskCancellationHandler {
            await work.value
        } onCancel: {
            slots.withLock { $0.isStopping = true }
            ringAll()
        }
    }

    private func loops() async {
        let ticket = database.signals.add(to: JobQueue.channel) { [wake] in wake.ring() }
        let hints = database.hints(channel: JobQueue.channel) { [wake] in wake.ring() }
        defer {
            hints?.cancel()
            database.signals.remove(ticket)
        }
        await withTaskGroup { group in
            group.addTask { await self.keepLeases() }
            group.addTask { await self.upkeep() }
            await claiming()
            await drain()
            slots.withLock { $0.isOver = true }
            ringAll()
        }
    }

    private func ringAll() {
        wake.ring()
        leaseWake.ring()
        upkeepWake.ring()
    }

    var isStopping: Bool { slots.withLock { $0.isStopping } }

    func storeFailed(_ work: String, _ error: any Error) {
        slots.withLock { $0.metrics.storeFailures += 1 }
        report(.storeFailed(work: work, reason: JobRunner.reason(of: error)))
    }

    /// What may be shown of an error: its own words only where they are ours, for others may quote what they failed on.
    static func reason(of error: any Error) -> String {
        (error as? DatabaseError)?.description ?? "\(type(of: error))"
    }
}
