// Reason for length: one runner, seen through one set of fixtures; its faults belong side by side.
import Kernel
import Store
import Synchronization
import TestKit
import Testing

@Suite("Job runner, on both engines")
struct JobRunnerTests {
    private struct Oops: Error, CustomStringConvertible {
        let description = "the customer's name"
    }

    /// Waits for cancellation, and says so.
    private static func hold() async throws {
        try await Task.sleep(for: .seconds(60))
    }

    @Test("3 workers run what 32 tasks enqueue, each job once", arguments: DatabaseEngine.allCases)
    func once(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: JobFixture.migrations) { database in
            let ran = Tally()
            let runners = try (0..<3).map { number in
                try JobFixture.runner(
                    database,
                    [ClosureHandler("a") { ran.add($0.payload) }, ClosureHandler("b") { ran.add($0.payload) }],
                    worker: "w\(number)")
            }
            let tasks = runners.map { runner in Task { await runner.run() } }
            try await withThrowingTaskGroup { group in
                for task in 0..<32 {
                    group.addTask {
                        for number in 0..<5 {
                            try await JobFixture.enqueue(
                                database, number % 2 == 0 ? "a" : "b", payload: "\(task)/\(number)")
                        }
                    }
                }
                try await group.waitForAll()
            }
            try await eventually(within: .seconds(30)) { ran.total >= 160 }
            for task in tasks { task.cancel() }
            for task in tasks { await task.value }
            #expect(ran.all.count == 160 && ran.total == 160)
            let counts = try await database.read("test") { try JobFixture.queue().census(ended: true, in: $0) }
            #expect(Set(counts.map(\.state)) == [.done] && counts.reduce(0) { $0 + $1.count } == 160)
            let succeeded = runners.flatMap { $0.metrics.kinds.values }.reduce(0) { $0 + $1.succeeded }
            #expect(succeeded == 160)
        }
    }

    @Test("a failure is tried again, a permanent one isn't", arguments: DatabaseEngine.allCases)
    func failures(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: JobFixture.migrations) { database in
            let incidents = Tally()
            let handlers = [
                ClosureHandler("flaky") { if $0.attempt < 3 { throw JobFailure.retry(reason: "421") } },
                ClosureHandler("hopeless") { _ in throw JobFailure.permanent(reason: "550") },
                ClosureHandler("broken") { _ in throw Oops() },
                ClosureHandler("later") { _ in throw JobFailure.retry(reason: "busy", after: .seconds(3600)) },
            ]
            let runner = try JobFixture.runner(database, handlers) {
                if case .failed(let job, _, let isDead) = $0 { incidents.add("\(job.kind.rawValue) \(isDead)") }
            }
            let flaky = try await JobFixture.enqueue(database, "flaky")
            let hopeless = try await JobFixture.enqueue(database, "hopeless")
            let broken = try await JobFixture.enqueue(database, "broken") { $0.maxAttempts = 3 }
            let later = try await JobFixture.enqueue(database, "later")
            try await JobFixture.running(runner) {
                try await eventually {
                    let states = [
                        try await JobFixture.state(flaky, database), try await JobFixture.state(hopeless, database),
                        try await JobFixture.state(broken, database),
                    ]
                    return states == [.done, .dead, .dead]
                }
                try await eventually { try await JobFixture.record(later, database)?.lastError == "busy" }
            }
            let ended = try #require(try await JobFixture.record(flaky, database))
            #expect(ended.attempts == 3 && ended.lastError == nil)
            #expect(try await JobFixture.record(hopeless, database)?.attempts == 1)
            #expect(try await JobFixture.record(hopeless, database)?.lastError == "550")
            let last = try #require(try await JobFixture.record(broken, database))
            #expect(last.attempts == 3 && last.lastError == "Oops", "an error's own words may hold personal data")
            let rested = try #require(try await JobFixture.record(later, database))
            #expect(rested.state == .ready && rested.attempts == 1)
            #expect(
                rested.runAt.nanosecondsSinceEpoch - TestClock().now().nanosecondsSinceEpoch > 3_500_000_000_000)
            let metrics = runner.metrics.kinds
            #expect(metrics["flaky"]?.retried == 2 && metrics["flaky"]?.succeeded == 1)
            #expect(metrics["broken"]?.failed == 3 && metrics["broken"]?.dead == 1 && metrics["broken"]?.count == 3)
            #expect(incidents["broken true"] == 1 && incidents["broken false"] == 2)
        }
    }

    @Test("a worker that vanished mid-job: another takes the job up", arguments: DatabaseEngine.allCases)
    func vanished(_ engine: DatabaseEngine) async throws {
        let directory = try TemporaryDirectory("jobs")
        defer { directory.remove() }
        let settings = try TestDatabase.settings(engine, in: directory)
        let clock = TestClock()
        let doomed = try await Database.open(settings, clock: clock, random: SeededRandomSource(seed: 1))
        let database = try await Database.open(settings, clock: clock, random: SeededRandomSource(seed: 2))
        try await Migrator(JobFixture.migrations, version: "test", clock: clock).migrate(database)
        let id = try await JobFixture.enqueue(database, "a")
        var impatient = JobFixture.quick
        impatient.drainLimit = .zero
        let first = try JobFixture.runner(
            doomed, [ClosureHandler("a") { _ in try await Self.hold() }], settings: impatient, worker: "first")
        let abandoned = Task { await first.run() }
        try await eventually { first.metrics.running == 1 }
        // From here on it can neither renew, nor settle, nor release: as if it had been killed.
        await doomed.close()
        let attempts = Tally()
        let second = try JobFixture.runner(
            database, [ClosureHandler("a") { attempts.add("\($0.attempt)") }], worker: "second")
        try await JobFixture.running(second) {
            try await eventually { try await JobFixture.state(id, database) == .done }
        }
        #expect(attempts.all == ["2": 1])
        #expect(second.metrics.takenBack == 1)
        #expect(try await JobFixture.record(id, database)?.worker == "second")
        abandoned.cancel()
        await abandoned.value
        #expect(first.metrics.storeFailures > 0)
        await database.close()
    }

    @Test("a lease of a dead worker is taken up when the clock passes it", arguments: DatabaseEngine.allCases)
    func expiry(_ engine: DatabaseEngine) async throws {
        let clock = ManualClock()
        try await TestDatabase.with(engine, migrations: JobFixture.migrations) { database in
            let id = try await JobFixture.enqueue(database, "a", clock: clock) { $0.maxAttempts = 2 }
            // Its process is gone right after the claim.
            let claimed = try await JobFixture.claim(
                database, [JobOffer("a", limit: 1)], lease: .milliseconds(600), clock: clock)
            #expect(claimed.map(\.job.id) == [id])
            let ran = Tally()
            let looks = Tally()
            let runner = try JobFixture.runner(
                database, [ClosureHandler("a") { ran.add("\($0.attempt)") }], clock: clock
            ) { if case .takenBack = $0 { looks.add("taken") } }
            try await JobFixture.running(runner) {
                try await Task.sleep(for: .milliseconds(400))
                #expect(ran.total == 0, "the clock stood still")
                for _ in 0..<10 {
                    clock.advance(by: .milliseconds(150))
                    try await Task.sleep(for: .milliseconds(150))
                }
                try await eventually { try await JobFixture.state(id, database) == .done }
            }
            #expect(ran.all == ["2": 1] && looks["taken"] == 1)
        }
    }

    @Test("a job that kills its workers ends as a dead letter", arguments: DatabaseEngine.allCases)
    func poison(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: JobFixture.migrations) { database in
            let id = try await JobFixture.enqueue(database, "a") { $0.maxAttempts = 1 }
            _ = try await JobFixture.claim(database, [JobOffer("a", limit: 1)], lease: .milliseconds(1))
            let runner = try JobFixture.runner(database, [ClosureHandler("a") { _ in }])
            try await JobFixture.running(runner) {
                try await eventually { try await JobFixture.state(id, database) == .dead }
            }
            #expect(try await JobFixture.record(id, database)?.lastError?.contains("went away") == true)
        }
    }

    @Test("heartbeats keep a long job, also when the clock jumps", arguments: DatabaseEngine.allCases)
    func heartbeats(_ engine: DatabaseEngine) async throws {
        let clock = WrongClock()
        try await TestDatabase.with(engine, migrations: JobFixture.migrations) { database in
            let begun = Tally()
            let handler = ClosureHandler("a") { _ in
                begun.add("a")
                try await Task.sleep(for: .milliseconds(4000))
            }
            let id = try await JobFixture.enqueue(database, "a", clock: clock)
            var settings = JobFixture.quick
            settings.lease = .milliseconds(1500)
            let first = try JobFixture.runner(database, [handler], settings: settings, worker: "1", clock: clock)
            let second = try JobFixture.runner(database, [handler], settings: settings, worker: "2", clock: clock)
            let other = Task { await second.run() }
            try await JobFixture.running(first) {
                try await eventually { begun.total == 1 }
                clock.set(.seconds(86_400))
                try await Task.sleep(for: .milliseconds(1200))
                clock.set(.seconds(-86_400))
                try await eventually { try await JobFixture.state(id, database) == .done }
            }
            other.cancel()
            await other.value
            #expect(begun.total == 1, "nobody took it from a living worker")
            #expect(try await JobFixture.record(id, database)?.attempts == 1)
        }
    }

    @Test("a running job hears of its cancellation", arguments: DatabaseEngine.allCases)
    func cancellation(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: JobFixture.migrations) { database in
            let runner = try JobFixture.runner(database, [ClosureHandler("a") { _ in try await Self.hold() }])
            let id = try await JobFixture.enqueue(database, "a")
            try await JobFixture.running(runner) {
                try await eventually { runner.metrics.running == 1 }
                let outcome = try await database.transaction("test") { try JobFixture.queue().cancel(id, in: $0) }
                #expect(outcome == .requested)
                try await eventually { try await JobFixture.state(id, database) == .cancelled }
            }
            #expect(runner.metrics.kinds["a"]?.cancelled == 1)
        }
    }

    @Test("a try over its limit ends, and one that hangs stops nobody else", arguments: DatabaseEngine.allCases)
    func limits(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: JobFixture.migrations) { database in
            let gate = Mutex<[CheckedContinuation<Void, Never>]>([])
            var slow = ClosureHandler("slow") { _ in try await Self.hold() }
            slow.timeLimit = .milliseconds(100)
            var deaf = ClosureHandler("deaf") { _ in
                await withCheckedContinuation { continuation in gate.withLock { $0.append(continuation) } }
            }
            deaf.timeLimit = .milliseconds(100)
            deaf.concurrencyLimit = 1
            let ran = Tally()
            var settings = JobFixture.quick
            settings.concurrency = 1
            let incidents = Tally()
            let runner = try JobFixture.runner(
                database, [slow, deaf, ClosureHandler("fine") { _ in ran.add("fine") }], settings: settings
            ) { if case .hung = $0 { incidents.add("hung") } }
            let late = try await JobFixture.enqueue(database, "slow") { $0.maxAttempts = 1 }
            let hung = try await JobFixture.enqueue(database, "deaf")
            try await JobFixture.running(runner) {
                try await eventually { try await JobFixture.state(late, database) == .dead }
                try await eventually { runner.metrics.hung == 1 }
                for _ in 0..<5 { try await JobFixture.enqueue(database, "fine") }
                try await eventually { ran["fine"] == 5 }
                // It was to be tried again, but its kind's one slot still hangs here.
                let record = try #require(try await JobFixture.record(hung, database))
                #expect(record.state == .ready && record.attempts == 1)
                #expect(record.lastError?.contains("longer than its limit of 0.1 seconds") == true)
                #expect(gate.withLock { $0.count } == 1)
                for continuation in gate.withLock({ $0 }) { continuation.resume() }
                try await eventually { gate.withLock { $0.count } == 2 }
                gate.withLock { $0.last }?.resume()
                try await eventually { try await JobFixture.state(hung, database) == .done }
            }
            #expect(runner.metrics.kinds["slow"]?.timedOut == 1)
            #expect(incidents["hung"] >= 1)
        }
    }

    @Test("no more run at once than allowed, in all and of a kind", arguments: DatabaseEngine.allCases)
    func concurrency(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: JobFixture.migrations) { database in
            let state = Mutex<(now: [JobKind: Int], most: [JobKind: Int], all: Int)>(([:], [:], 0))
            let body: @Sendable (Job) async throws -> Void = { job in
                state.withLock { state in
                    state.now[job.kind, default: 0] += 1
                    state.most[job.kind] = max(state.most[job.kind] ?? 0, state.now[job.kind] ?? 0)
                    state.all = max(state.all, state.now.values.reduce(0, +))
                }
                try await Task.sleep(for: .milliseconds(20))
                state.withLock { $0.now[job.kind, default: 0] -= 1 }
            }
            var narrow = ClosureHandler("narrow", body)
            narrow.concurrencyLimit = 1
            try await database.transaction("test") { db in
                for _ in 0..<12 {
                    try JobFixture.queue().enqueue(JobRequest("narrow", payload: "{}"), in: db)
                    try JobFixture.queue().enqueue(JobRequest("wide", payload: "{}"), in: db)
                }
            }
            let runner = try JobFixture.runner(database, [narrow, ClosureHandler("wide", body)])
            try await JobFixture.running(runner) {
                try await eventually {
                    let kinds = runner.metrics.kinds
                    return kinds["narrow"]?.succeeded == 12 && kinds["wide"]?.succeeded == 12
                }
            }
            let seen = state.withLock { $0 }
            #expect(seen.most["narrow"] == 1)
            #expect(seen.all <= 4 && (seen.most["wide"] ?? 0) >= 2)
        }
    }

    @Test("a long queue of one kind starves no other", arguments: DatabaseEngine.allCases)
    func fair(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: JobFixture.migrations) { database in
            try await database.transaction("test") { db in
                for _ in 0..<200 { try JobFixture.queue().enqueue(JobRequest("bulk", payload: "{}"), in: db) }
                try JobFixture.queue().enqueue(JobRequest("mail", payload: "{}"), in: db)
            }
            let before = Mutex<Int?>(nil)
            let done = Tally()
            var settings = JobFixture.quick
            settings.concurrency = 1
            let runner = try JobFixture.runner(
                database,
                [
                    ClosureHandler("bulk") { _ in done.add("bulk") },
                    ClosureHandler("mail") { _ in before.withLock { $0 = done["bulk"] } },
                ], settings: settings)
            try await JobFixture.running(runner) { try await eventually { before.withLock { $0 } != nil } }
            #expect(try #require(before.withLock { $0 }) <= 5)
        }
    }

    @Test("drain: what ends in time is done, the rest is ready for others at once", arguments: DatabaseEngine.allCases)
    func drain(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: JobFixture.migrations) { database in
            let short = try await JobFixture.enqueue(database, "short")
            let long = try await JobFixture.enqueue(database, "long")
            let deaf = try await JobFixture.enqueue(database, "deaf")
            let gate = Mutex<CheckedContinuation<Void, Never>?>(nil)
            var settings = JobFixture.quick
            settings.drainLimit = .milliseconds(700)
            settings.lease = .seconds(60)
            let runner = try JobFixture.runner(
                database,
                [
                    ClosureHandler("short") { _ in try await Task.sleep(for: .milliseconds(400)) },
                    ClosureHandler("long") { _ in try await Self.hold() },
                    ClosureHandler("deaf") { _ in
                        await withCheckedContinuation { continuation in gate.withLock { $0 = continuation } }
                    },
                ], settings: settings)
            let task = Task { await runner.run() }
            try await eventually { runner.metrics.running == 3 }
            task.cancel()
            try await eventually { runner.metrics.isDraining }
            let unclaimed = try await JobFixture.enqueue(database, "short")
            await task.value
            #expect(try await JobFixture.state(short, database) == .done)
            #expect(try await JobFixture.state(unclaimed, database) == .ready)
            for id in [long, deaf] {
                let record = try #require(try await JobFixture.record(id, database))
                #expect(record.state == .ready && record.attempts == 0, "being stopped is no attempt")
            }
            let next = try await JobFixture.claim(
                database, [JobOffer("long", limit: 1), JobOffer("deaf", limit: 1)], limit: 4)
            #expect(Set(next.map(\.job.id)) == [long, deaf])
            // The deaf one wakes up late: what it says is no longer heard.
            gate.withLock { $0 }?.resume()
            try await eventually { runner.metrics.hung == 0 }
            #expect(try await JobFixture.state(deaf, database) == .running)
        }
    }

    @Test("the database going away ends nothing: work goes on when it is back")
    func outage() async throws {
        let server = try PostgresServer()
        defer { server.remove() }
        var settings = try DatabaseSettings(parsing: Secret(try server.makeDatabase()))
        settings.retries = 0
        let clock = TestClock()
        let database = try await Database.open(settings, clock: clock, random: JobFixture.random)
        try await Migrator(JobFixture.migrations, version: "test", clock: clock).migrate(database)
        let id = try await JobFixture.enqueue(database, "a")
        let gate = Mutex<CheckedContinuation<Void, Never>?>(nil)
        let runner = try JobFixture.runner(
            database,
            [
                ClosureHandler("a") { _ in
                    await withCheckedContinuation { continuation in gate.withLock { $0 = continuation } }
                }
            ])
        try await JobFixture.running(runner) {
            try await eventually { gate.withLock { $0 } != nil }
            server.crash()
            gate.withLock { $0 }?.resume()
            try await eventually { runner.metrics.storeFailures > 1 }
            try server.start()
            try await eventually(within: .seconds(20)) {
                (try? await JobFixture.state(id, database)) == .done
            }
            let other = try await JobFixture.enqueue(database, "a")
            try await eventually { (try? await JobFixture.state(other, database)) == .running }
            gate.withLock { $0 }?.resume()
        }
        #expect(try await JobFixture.record(id, database)?.attempts == 1, "done once, written down later")
        await database.close()
    }

    @Test("two handlers or schedules of one name are refused")
    func doubled() async throws {
        try await TestDatabase.with(.sqlite) { database in
            let handler = ClosureHandler("a") { _ in }
            #expect(throws: DatabaseError.self) { try JobFixture.runner(database, [handler, handler]) }
            let schedule = try JobSchedule("s", cron: "@daily", kind: "a")
            #expect(throws: DatabaseError.self) {
                try JobFixture.runner(database, [handler], schedules: [schedule, schedule])
            }
        }
    }

    @Test("settings are read; what is out of bounds is reported, never bent")
    func configuration() {
        func reader(_ values: [String: String]) -> ConfigurationReader {
            ConfigurationReader(
                values: values.mapValues { ConfigurationValue(.scalar($0), origin: "test") }, defaultMode: .enforce,
                environment: .production)
        }
        var empty = reader([:])
        #expect(JobRunner.Settings.read(&empty) == JobRunner.Settings())
        var given = reader(["operations.jobs.concurrency": "9", "operations.jobs.lease": "2s"])
        let settings = JobRunner.Settings.read(&given)
        #expect(settings.concurrency == 9 && settings.lease == .seconds(2) && given.errors.isEmpty)
        for (key, value) in [
            ("concurrency", "0"), ("concurrency", "65"), ("lease", "1s"), ("lease", "2h"), ("time-limit", "0s"),
            ("drain-limit", "-1s"), ("drain-limit", "2h"), ("keep-done", "5min"), ("keep-dead", "forever"),
        ] {
            var wrong = reader(["operations.jobs.\(key)": value])
            #expect(JobRunner.Settings.read(&wrong) == JobRunner.Settings())
            #expect(wrong.errors.map(\.key) == ["operations.jobs.\(key)"], "\(key) = \(value)")
        }
    }
}
