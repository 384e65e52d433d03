import Foundation
import Kernel
import Store
import TestKit
import Testing

/// What is killed at seeded points, and what is looked at afterwards.
///
/// `make test` takes three seeds of each; `make verify` takes more (`SEAWORTHY_KILLER_SEEDS`), and writes what it saw as
/// lines into the file that `SEAWORTHY_KILLER_REPORT` names. `SEAWORTHY_TEST_SEED` replays one.
struct KillerBench {
    /// Of the report.
    let name: String
    let engine: DatabaseEngine

    static var seeds: [UInt64] {
        let environment = ProcessInfo.processInfo.environment
        if environment["SEAWORTHY_TEST_SEED"] != nil { return Seeds.first(1) }
        let count = environment["SEAWORTHY_KILLER_SEEDS"].flatMap { Int($0) } ?? 3
        var generator = SeededGenerator(seed: 0xDEAD)
        return (0..<count).map { _ in generator.next() >> 16 }
    }

    /// Runs a command with the library in it that counts, and kills at `point`.
    static func run(
        _ arguments: [String], at point: KillPoint, in bench: BackupBench
    ) async throws -> (done: Finished, effects: Int) {
        let count = bench.workspace.path("effects-\(UUID().uuidString)")
        let done = try await bench.run(arguments, setting: try point.environment(count: count))
        return (done, KillPoint.effects(in: count))
    }

    /// Kills once for each seed: `prepare` makes what is worked on, `arguments` is what is killed, `check` looks.
    ///
    /// The number of effects of a run that nobody disturbs is taken first; points are of that range.
    func kill(
        prepare: () async throws -> BackupBench, arguments: (BackupBench) -> [String],
        check: (BackupBench, _ point: String) async throws -> Void
    ) async throws {
        let whole = try await prepare()
        let undisturbed = try await KillerBench.run(arguments(whole), at: .counting, in: whole)
        #expect(undisturbed.done.status == 0, "\(undisturbed.done.err)")
        #expect(undisturbed.effects > 10, "\(name) has only \(undisturbed.effects) effects: is the library in it?")
        try await check(whole, "\(name) on \(engine), not killed")
        var (killed, finished) = (0, 0)
        var points: Set<String> = []
        for seed in KillerBench.seeds {
            let point = KillPoint(seed: seed, of: undisturbed.effects)
            let bench = try await prepare()
            let run = try await KillerBench.run(arguments(bench), at: point, in: bench)
            // A program that writes a little less this time isn't killed; it must then have done its work.
            if run.done.wasKilled { killed += 1 } else { finished += 1 }
            #expect(run.done.wasKilled || run.done.status == 0, "seed \(seed): \(run.done.err)")
            points.insert("\(point)")
            try await check(bench, "\(name) on \(engine), seed \(seed): \(point) of \(undisturbed.effects)")
        }
        #expect(killed > 0, "nothing was killed")
        report(effects: undisturbed.effects, points: points.count, killed: killed, finished: finished)
    }

    func report(effects: Int, points: Int, killed: Int, finished: Int) {
        let line =
            "| \(name) | \(engine.rawValue) | \(effects) | \(KillerBench.seeds.count) | \(points) | \(killed) | \(finished) |\n"
        guard let path = ProcessInfo.processInfo.environment["SEAWORTHY_KILLER_REPORT"],
            let file = FileHandle(forWritingAtPath: path)
        else { return }
        _ = try? file.seekToEnd()
        try? file.write(contentsOf: Data(line.utf8))
        try? file.close()
    }
}

extension BackupBench {
    /// Every row of every table whose content a command must leave alone, by table.
    func content() async throws -> [String: [String]] {
        // What a command writes about itself: its own record, the trail, the feed's position.
        let own: Set = [
            "backups", "audit_entries", "audit_head", "audit_subjects", "changes", "change_sequence",
            "schema_migrations",
        ]
        return try await with { database in
            let tables = try await SchemaReading.of(database).tables.map(\.name)
                .filter { !own.contains($0) && !$0.hasPrefix("search_words") }
            return try await database.read("test.content") { db in
                var content: [String: [String]] = [:]
                for table in tables {
                    content[table] = try db.rows("SELECT * FROM \(identifier: table)").map { "\($0.values)" }.sorted()
                }
                return content
            }
        }
    }

    /// No row of the audit trail was edited, lost or put in.
    func theTrailIsWhole(_ point: String) async throws {
        let trail = try await with { try await AuditVerifier(database: $0).verify() }
        #expect(trail.isIntact, "\(point): \(trail.findings)")
    }

    /// Every backup that is there opens and is whole.
    func everyBackupIsSound(_ point: String) async throws {
        for name in names {
            let verified = try await run(["backup", "verify", name] + identity)
            #expect(verified.status == 0, "\(point): \(name): \(verified.err)")
        }
    }
}
