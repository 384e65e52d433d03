import Kernel
import Store
import TestKit

/// How many jobs a second are enqueued and run, on both engines: prints a Markdown table. Started by `Benchmarks/jobs`.
///
///     jobs-bench [COUNT] [ADDRESS…]      without addresses: a SQLite file and a PostgreSQL of its own
@main
struct JobsBench {
    struct Nothing: JobHandler {
        let kind: JobKind = "bench.nothing"
        func run(_ job: Job) async throws {}
    }

    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        let count = arguments.first.flatMap { Int($0) } ?? 10_000
        let directory = try TemporaryDirectory("jobs-bench")
        defer { directory.remove() }
        var addresses = arguments.dropFirst().map { (name: String($0.prefix(while: { $0 != ":" })), address: $0) }
        if addresses.isEmpty {
            addresses = try DatabaseEngine.allCases.map {
                ($0.rawValue, try TestDatabase.address($0, in: directory))
            }
        }
        print("| database | work | jobs | seconds | jobs/s |\n|---|---|---:|---:|---:|")
        for (name, address) in addresses {
            let clock = TestClock()
            var settings = try DatabaseSettings(parsing: Secret(address))
            settings.waitLimit = .seconds(60)
            let database = try await Database.open(settings, clock: clock, random: SeededRandomSource(seed: 1))
            try await Migrator(ChangeFeed.migrations + JobQueue.migrations, version: "bench", clock: clock)
                .migrate(database)
            for batch in [1, 100] {
                for workers in [1, 2] {
                    try await measure(name, database, clock, count: count, batch: batch, workers: workers)
                }
            }
            await database.close()
        }
    }

    /// Fills the queue, then lets workers empty it; each is a line.
    static func measure(
        _ name: String, _ database: Database, _ clock: TestClock, count: Int, batch: Int, workers: Int
    ) async throws {
        let queue = JobQueue(clock: clock, random: SeededRandomSource(seed: clock.nanoseconds()))
        var began = clock.nanoseconds()
        try await withThrowingTaskGroup { group in
            for task in 0..<16 {
                group.addTask {
                    for start in stride(from: task * batch, to: count, by: 16 * batch) {
                        try await database.transaction("bench.enqueue") { db in
                            for _ in start..<min(start + batch, count) {
                                try queue.enqueue(JobRequest("bench.nothing", payload: "{}"), in: db)
                            }
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        line(name, "enqueue, \(batch) per transaction, 16 tasks", count, clock.nanoseconds() - began)
        var settings = JobRunner.Settings()
        settings.concurrency = 16
        let runners = try (0..<workers).map { number in
            try JobRunner(
                database: database, queue: queue, handlers: [Nothing()], settings: settings, worker: "bench-\(number)",
                clock: clock, monotonic: clock, random: SeededRandomSource(seed: clock.nanoseconds()))
        }
        began = clock.nanoseconds()
        let tasks = runners.map { runner in Task { await runner.run() } }
        while runners.reduce(0, { $0 + ($1.metrics.kinds["bench.nothing"]?.succeeded ?? 0) }) < count {
            try await Task.sleep(for: .milliseconds(5))
        }
        line(name, "run, \(workers) × 16 at a time", count, clock.nanoseconds() - began)
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }

    static func line(_ name: String, _ work: String, _ count: Int, _ nanoseconds: UInt64) {
        let seconds = Double(max(1, nanoseconds)) / 1e9
        let shown = Double(Int(seconds * 100)) / 100
        print("| \(name) | \(work) | \(count) | \(shown) | \(Int(Double(count) / seconds)) |")
    }
}
