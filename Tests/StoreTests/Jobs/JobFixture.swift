import Kernel
import Store
import Synchronization
import TestKit

/// A handler made of a closure.
struct ClosureHandler: JobHandler {
    let kind: JobKind
    var payloadVersions: ClosedRange<Int> = 1...1
    var timeLimit: Duration?
    var concurrencyLimit: Int?
    var backoff: JobBackoff? = JobBackoff(first: .milliseconds(1), cap: .milliseconds(1))
    let body: @Sendable (Job) async throws -> Void

    init(_ kind: JobKind, _ body: @escaping @Sendable (Job) async throws -> Void) {
        self.kind = kind
        self.body = body
    }

    func run(_ job: Job) async throws { try await body(job) }
}

/// The machine's clocks, of which the one on the wall can be set.
final class WrongClock: WallClock, MonotonicClock {
    private let real = TestClock()
    private let offset = Mutex<Duration>(.zero)

    func now() -> Timestamp {
        let offset = offset.withLock { $0 }.components
        let nanoseconds = offset.seconds * 1_000_000_000 + offset.attoseconds / 1_000_000_000
        return Timestamp(nanosecondsSinceEpoch: real.now().nanosecondsSinceEpoch + nanoseconds)
    }
    func nanoseconds() -> UInt64 { real.nanoseconds() }
    func set(_ offset: Duration) { self.offset.withLock { $0 = offset } }
}

/// What happened, by name.
final class Tally: Sendable {
    private let counts = Mutex<[String: Int]>([:])
    func add(_ name: String) { counts.withLock { $0[name, default: 0] += 1 } }
    subscript(_ name: String) -> Int { counts.withLock { $0[name] ?? 0 } }
    var all: [String: Int] { counts.withLock { $0 } }
    var total: Int { counts.withLock { $0.values.reduce(0, +) } }
}

enum JobFixture {
    static let migrations = ChangeFeed.migrations + JobQueue.migrations
    static let random = SeededRandomSource(seed: 11)

    static func queue(_ clock: any WallClock = TestClock()) -> JobQueue { JobQueue(clock: clock, random: random) }

    static var quick: JobRunner.Settings {
        var settings = JobRunner.Settings(lease: .milliseconds(600), drainLimit: .seconds(10))
        settings.polls = .milliseconds(10) ... .milliseconds(50)
        settings.grace = .milliseconds(200)
        return settings
    }

    static func runner(
        _ database: Database, _ handlers: [any JobHandler], schedules: [JobSchedule] = [],
        settings: JobRunner.Settings = quick, worker: String = "test",
        clock: any WallClock & MonotonicClock = TestClock(),
        report: @escaping @Sendable (JobIncident) -> Void = { _ in }
    ) throws -> JobRunner {
        try JobRunner(
            database: database, queue: queue(clock), handlers: handlers, schedules: schedules, settings: settings,
            worker: worker, clock: clock, monotonic: clock, random: random, report: report)
    }

    /// Runs `work` beside the runner, then stops and drains it.
    static func running<Value>(_ runner: JobRunner, _ work: () async throws -> Value) async throws -> Value {
        let task = Task { await runner.run() }
        do {
            let value = try await work()
            task.cancel()
            await task.value
            return value
        } catch {
            task.cancel()
            await task.value
            throw error
        }
    }

    @discardableResult
    static func enqueue(
        _ database: Database, _ kind: JobKind, payload: String = "{}", clock: any WallClock = TestClock(),
        _ adjust: @Sendable @escaping (inout JobRequest) -> Void = { _ in }
    ) async throws -> UniqueID {
        let queue = queue(clock)
        return try await database.transaction("test") { db in
            var request = JobRequest(kind, payload: payload)
            adjust(&request)
            return try queue.enqueue(request, in: db)
        }
    }

    static func record(_ id: UniqueID, _ database: Database) async throws -> JobRecord? {
        try await database.read("test") { try queue().job(id, in: $0) }
    }

    static func state(_ id: UniqueID, _ database: Database) async throws -> JobState? {
        try await record(id, database)?.state
    }

    static func claim(
        _ database: Database, _ offers: [JobOffer], limit: Int = 10, worker: String = "hand",
        lease: Duration = .seconds(30), clock: any WallClock = TestClock()
    ) async throws -> [ClaimedJob] {
        let queue = queue(clock)
        return try await database.transaction("test") { db in
            try queue.claim(offers, limit: limit, worker: worker, lease: lease, in: db)
        }
    }

    static func settle(
        _ database: Database, _ settlements: [JobSettlement], clock: any WallClock = TestClock()
    ) async throws -> Set<UniqueID> {
        let queue = queue(clock)
        return try await database.transaction("test") { try queue.settle(settlements, in: $0) }
    }
}
