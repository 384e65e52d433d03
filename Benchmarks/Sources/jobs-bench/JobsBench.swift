import Foundation
import Kernel
import Store
import TestKit

/// How many jobs a second are enqueued and run, on both engines, in turn with what anybody would write in plain SQL
/// (`Benchmarks/jobs-peer`): prints a Markdown table of medians. Started by `Benchmarks/jobs`.
///
///     jobs-bench [COUNT [ROUNDS [ADDRESS…]]]      without addresses: a SQLite file and a PostgreSQL of its own
@main
struct JobsBench {
    struct Nothing: JobHandler {
        let kind: JobKind = "bench.nothing"
        func run(_ job: Job) async throws {}
    }

    static func main() async throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        let count = arguments.first.flatMap { Int($0) } ?? 8_000
        let rounds = max(1, arguments.dropFirst().first.flatMap { Int($0) } ?? 3)
        let directory = try TemporaryDirectory("jobs-bench")
        defer { directory.remove() }
        var addresses = Array(arguments.dropFirst(2))
        if addresses.isEmpty {
            addresses = try DatabaseEngine.allCases.map { try TestDatabase.address($0, in: directory) }
        }
        print("\(count) jobs, medians of \(rounds) rounds in turn, jobs/s\n")
        print("| database | work | Seaworthy | plain SQL | ratio |\n|---|---|---:|---:|---:|")
        for address in addresses { try await measure(address, count: count, rounds: rounds, directory) }
    }

    /// All rounds on one database; a round is ours and theirs.
    static func measure(_ address: String, count: Int, rounds: Int, _ directory: TemporaryDirectory) async throws {
        let clock = TestClock()
        var settings = try DatabaseSettings(parsing: Secret(address))
        settings.waitLimit = .seconds(60)
        let database = try await Database.open(settings, clock: clock, random: SeededRandomSource(seed: 1))
        let name = database.engine.rawValue
        try await Migrator(ChangeFeed.migrations + JobQueue.migrations, version: "bench", clock: clock)
            .migrate(database)
        var ours: [String: [Double]] = [:]
        var theirs: [String: [Double]] = [:]
        for _ in 0..<rounds {
            for batch in [1, 100] {
                ours["enqueue, \(batch) per transaction, 16 tasks", default: []].append(
                    try await enqueue(database, clock, count: count, batch: batch))
                let workers = batch == 1 ? 1 : 2
                ours["claim, run and settle, \(workers) × 16 at a time", default: []].append(
                    try await run(database, clock, count: count, workers: workers))
            }
            let place = name == "sqlite" ? directory.file("peer.db") : address
            for (work, seconds) in peer(name, place, count) { theirs[work, default: []].append(seconds) }
        }
        await database.close()
        for (work, seconds) in ours.sorted(by: { $0.key > $1.key }) {
            let rate = Double(count) / median(seconds)
            let other = theirs[work.hasPrefix("enqueue") ? "enqueue" : "run"].map { Double(count) / median($0) }
            let ratio = other.map { "\(Double(Int(rate / $0 * 100)) / 100)" } ?? "–"
            print("| \(name) | \(work) | \(Int(rate)) | \(other.map { "\(Int($0))" } ?? "–") | \(ratio) |")
        }
    }

    /// - Returns: seconds until all of them are in the queue.
    static func enqueue(_ database: Database, _ clock: TestClock, count: Int, batch: Int) async throws -> Double {
        let queue = JobQueue(clock: clock, random: SeededRandomSource(seed: clock.nanoseconds()))
        let began = clock.nanoseconds()
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
        return Double(clock.nanoseconds() - began) / 1e9
    }

    /// - Returns: seconds until workers have emptied the queue.
    static func run(_ database: Database, _ clock: TestClock, count: Int, workers: Int) async throws -> Double {
        let queue = JobQueue(clock: clock, random: SeededRandomSource(seed: clock.nanoseconds()))
        var settings = JobRunner.Settings()
        settings.concurrency = 16
        let runners = try (0..<workers).map { number in
            try JobRunner(
                database: database, queue: queue, handlers: [Nothing()], settings: settings, worker: "bench-\(number)",
                clock: clock, monotonic: clock, random: SeededRandomSource(seed: clock.nanoseconds()))
        }
        let began = clock.nanoseconds()
        let tasks = runners.map { runner in Task { await runner.run() } }
        while runners.reduce(0, { $0 + ($1.metrics.kinds["bench.nothing"]?.succeeded ?? 0) }) < count {
            try await Task.sleep(for: .milliseconds(5))
        }
        let seconds = Double(clock.nanoseconds() - began) / 1e9
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
        return seconds
    }

    /// Seconds by `enqueue` and `run`; nothing where the peer can't be run.
    static func peer(_ engine: String, _ place: String, _ count: Int) -> [(String, Double)] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = ["Benchmarks/jobs-peer", engine, place, "\(count)"]
        let pipe = Pipe()
        process.standardOutput = pipe
        guard (try? process.run()) != nil else { return [] }
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return text.split(separator: "\n").compactMap { line in
            let parts = line.split(separator: " ")
            guard parts.count == 2, let seconds = Double(parts[1]) else { return nil }
            return (String(parts[0]), seconds)
        }
    }

    static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return sorted.isEmpty ? .infinity : max(1e-9, sorted[sorted.count / 2])
    }
}
