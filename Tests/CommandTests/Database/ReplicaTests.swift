import Foundation
import Kernel
import Store
import Synchronization
import TestKit
import Testing

/// Two `serve` processes on one PostgreSQL, and that PostgreSQL going away under load.
@Suite("Replicas")
struct ReplicaTests {
    @Test(
        "that start together migrate once; both are ready; one killed leaves the other as it was",
        arguments: DatabaseEngine.allCases)
    func together(_ engine: DatabaseEngine) async throws {
        let directory = try TemporaryDirectory("replicas")
        defer { directory.remove() }
        let address = try TestDatabase.address(engine, in: directory)
        let (a, b) = (try Workspace(), try Workspace())
        let replicas = [try a.serving(address), try b.serving(address)]
        for replica in replicas {
            _ = try await replica.worker()
            #expect(try await replica.dependency("database")?.holds == true)
            #expect(try await replica.dependency("worker")?.holds == true)
        }
        let database = try await opened(address)
        let applied = try await database.read("test") { try $0.rows("SELECT id FROM schema_migrations ORDER BY id") }
        let ids = try applied.map { try $0["id"] as String }
        // Each step was applied by one of them, and each says what it applied.
        let told = replicas.flatMap { replica in
            replica.out.matches(of: /"(\d{4}-[a-z-]+)"/).map { String($0.1) }
        }
        #expect(told.sorted() == ids && ids.count >= 2, "\(told)")

        let survivor = try #require(replicas.last)
        replicas.first?.signal(SIGKILL)
        for _ in 0..<10 {
            #expect(try await survivor.dependency("database")?.holds == true)
            #expect(try await survivor.dependency("worker")?.holds == true)
            try await Task.sleep(for: .milliseconds(100))
        }
        try await database.transaction("test.change") { db in
            db.changed("session", key: "a", at: Timestamp(nanosecondsSinceEpoch: 1))
        }
        await database.close()
        let restarts = try await survivor.operatorAnswer("/metrics").text
        #expect(restarts.contains("seaworthy_worker_restarts_total 0"))
        survivor.signal(SIGTERM)
        #expect(try await survivor.finish(within: .seconds(20)).status == 0)
    }

    /// What writers were told: numbers that must be there, and numbers that may be.
    private struct Ledger: Sendable {
        var acknowledged: Set<Int> = []
        var unknown: Set<Int> = []
        var refused: [String: Int] = [:]
        var retryAfter = true
        var lastRefusal: ContinuousClock.Instant?
        var firstAfterStart: ContinuousClock.Instant?
    }

    private final class Load: Sendable {
        let ledger = Mutex(Ledger())
        let next = Atomic<Int>(0)
        let isOver = Atomic<Bool>(false)
        /// When the server was back.
        let upAgain = Mutex<ContinuousClock.Instant?>(nil)
    }

    @Test("PostgreSQL restarting under load loses nothing acknowledged, doubles nothing, and the pool heals in 2 s")
    func crash() async throws {
        let server = try PostgresServer()
        defer { server.remove() }
        let address = try server.makeDatabase()
        // What the tests' servers leave out for speed is what this one is about.
        try server.sql("ALTER SYSTEM SET synchronous_commit = on")
        var settings = try DatabaseSettings(parsing: Secret(address))
        settings.poolSize = 6
        let database = try await Database.open(settings, clock: TestClock(), random: SeededRandomSource(seed: 4))
        try await database.transaction("test.make") { db in
            try db.execute("CREATE TABLE ledger (number BIGINT PRIMARY KEY)")
            try db.execute("CREATE TABLE tally (id BIGINT PRIMARY KEY, value BIGINT NOT NULL)")
            try db.execute("INSERT INTO tally VALUES (1, 0)")
        }
        let load = Load()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<32 {
                group.addTask {
                    while !load.isOver.load(ordering: .relaxed), !Task.isCancelled {
                        let number = load.next.add(1, ordering: .relaxed).newValue
                        do {
                            try await database.transaction("test.count") { db in
                                let row = try db.lockedRow("SELECT value FROM tally WHERE id = 1")
                                let value: Int = try row?["value"] ?? 0
                                try db.execute("INSERT INTO ledger VALUES (\(number))")
                                try db.execute("UPDATE tally SET value = \(value + 1) WHERE id = 1")
                            }
                            let now = ContinuousClock.now
                            let start = load.upAgain.withLock { $0 }
                            load.ledger.withLock { ledger in
                                ledger.acknowledged.insert(number)
                                if start != nil, ledger.firstAfterStart == nil { ledger.firstAfterStart = now }
                            }
                        } catch let error as DatabaseError {
                            let problem = error.problem
                            load.ledger.withLock { ledger in
                                if error.code == .outcomeUnknown { ledger.unknown.insert(number) }
                                ledger.refused[error.code.rawValue, default: 0] += 1
                                ledger.retryAfter =
                                    ledger.retryAfter && problem.status == 503 && problem.retryAfter != nil
                                ledger.lastRefusal = .now
                            }
                            try await Task.sleep(for: .milliseconds(20))
                        }
                    }
                }
            }
            for _ in 0..<3 {
                try await Task.sleep(for: .milliseconds(400))
                load.upAgain.withLock { $0 = nil }
                load.ledger.withLock { $0.firstAfterStart = nil }
                let refusals = load.ledger.withLock { $0.refused.values.reduce(0, +) }
                server.crash()
                // However busy the machine is: down until somebody has noticed.
                try await eventually(within: .seconds(20), "a refusal") {
                    load.ledger.withLock { $0.refused.values.reduce(0, +) } > refusals
                }
                try server.start()
                let started = ContinuousClock.now
                load.upAgain.withLock { $0 = started }
                try await Task.sleep(for: .seconds(2))
                let first = load.ledger.withLock { $0.firstAfterStart }
                #expect(first.map { started.duration(to: $0) < .seconds(2) } == true, "the pool did not heal")
                let last = load.ledger.withLock { $0.lastRefusal }
                #expect(last.map { started.duration(to: $0) < .seconds(2) } ?? true)
            }
            load.isOver.store(true, ordering: .relaxed)
            try await group.waitForAll()
        }
        let seen = try await database.read("test.read") { db in
            (
                numbers: Set(try db.rows("SELECT number FROM ledger").map { try $0["number"] as Int }),
                tally: try db.value("SELECT value FROM tally") as Int? ?? -1
            )
        }
        let result = load.ledger.withLock { $0 }
        #expect(result.acknowledged.count > 50 && !result.refused.isEmpty, "\(result.refused)")
        #expect(result.retryAfter, "\(result.refused)")
        #expect(result.acknowledged.subtracting(seen.numbers).isEmpty, "acknowledged and lost")
        #expect(seen.numbers.subtracting(result.acknowledged).subtracting(result.unknown).isEmpty, "refused and kept")
        #expect(seen.tally == seen.numbers.count)
        #expect(database.pool.inUse == 0 && database.pool.waiting == 0)
        await database.close()
    }

    /// A wall clock that jumps to and fro.
    private final class ErraticClock: WallClock {
        private let turn = Atomic<Int>(0)
        func now() -> Timestamp {
            let times: [Int64] = [1_800_000_000_000_000_000, 1, 1_700_000_000_000_000_000, 0, .max, -5, .min]
            return Timestamp(nanosecondsSinceEpoch: times[turn.add(1, ordering: .relaxed).newValue % times.count])
        }
    }

    @Test("A clock that goes back stops nothing and traps nowhere", arguments: DatabaseEngine.allCases)
    func clock(_ engine: DatabaseEngine) async throws {
        let clock = ErraticClock()
        try await TestDatabase.with(engine) { database in
            try await Migrator(
                ChangeFeed.migrations + JobQueue.migrations, version: "test", clock: clock
            ).migrate(database)
            let queue = JobQueue(clock: clock, random: SeededRandomSource(seed: 9))
            let feed = ChangeFeed(database: database, clock: TestClock())
            var position = try await feed.poll(after: nil)
            for turn in 0..<21 {
                try await database.transaction("test.work") { db in
                    try queue.enqueue(JobRequest("test", payload: "{}"), in: db)
                    db.changed("session", key: "\(turn)", at: clock.now())
                }
                let next = try await feed.poll(after: position)
                #expect(next == position + 1)
                position = next
            }
            let count = try await database.read("test.count") { try $0.value("SELECT count(*) FROM jobs") as Int? }
            #expect(count == 21)
        }
    }
}
