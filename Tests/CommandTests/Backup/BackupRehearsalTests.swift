import Foundation
import Kernel
import Store
import Synchronization
import TestKit
import Testing

/// The day that backups are for, through the real binary, while everybody goes on writing.
@Suite("A rehearsal of backup and restore")
struct BackupRehearsalTests {
    /// What 16 writers have been told is kept.
    private final class Writers: Sendable {
        let acknowledged = Mutex<Set<Int>>([])
        let next = Atomic<Int>(0)
        let isOver = Atomic<Bool>(false)

        func write(into database: Database) async throws {
            while !isOver.load(ordering: .relaxed), !Task.isCancelled {
                let number = next.add(1, ordering: .relaxed).newValue
                do {
                    try await Pair.put(number, into: database, padding: 200)
                    acknowledged.withLock { _ = $0.insert(number) }
                } catch let error as DatabaseError where [.lockTimeout, .busy, .conflict].contains(error.code) {
                    continue
                }
            }
        }
    }

    @Test(
        "while 16 tasks write: a backup has everything that was acknowledged before and nothing torn, on both engines; a restore in place is whole",
        arguments: DatabaseEngine.allCases)
    func underWrites(_ engine: DatabaseEngine) async throws {
        let bench = try await BackupBench(engine)
        let writers = Writers()
        let database = try await opened(bench.address)
        var before: Set<Int> = []
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<16 { group.addTask { try await writers.write(into: database) } }
            try await eventually(within: .seconds(20), "some work") {
                writers.acknowledged.withLock { $0.count } >= 50
            }
            before = writers.acknowledged.withLock { $0 }
            try await bench.succeed("backup")
            let name = try #require(bench.names.first)
            // Into both engines, on trial and in earnest, while they write on.
            for other in DatabaseEngine.allCases {
                let address = try BackupBench.address(other, bench.workspace, name: "\(other).db")
                let restored = try await bench.run(["restore", name, "--database", address] + bench.identity)
                #expect(restored.status == 0, "\(restored.err)")
                let pairs = try await bench.with(address) { try await Pair.read($0) }
                #expect(pairs.torn.isEmpty, "torn")
                #expect(before.subtracting(pairs.whole).isEmpty, "acknowledged before the backup, and not in it")
            }
            // And over the database that they write into.
            let replaced = try await bench.run(["restore", name, "--replace"] + bench.identity)
            #expect(replaced.status == 0, "\(replaced.err)")
            writers.isOver.store(true, ordering: .relaxed)
            try await group.waitForAll()
        }
        let pairs = try await Pair.read(database)
        #expect(pairs.torn.isEmpty && before.subtracting(pairs.whole).isEmpty)
        await database.close()
        // What the restore replaced is a backup: it has what was acknowledged until then.
        let saved = try #require(bench.names.last)
        let address = try BackupBench.address(engine, bench.workspace, name: "saved.db")
        let restored = try await bench.run(["restore", saved, "--database", address] + bench.identity)
        #expect(restored.status == 0, "\(restored.err)")
        let kept = try await bench.with(address) { try await Pair.read($0) }
        #expect(kept.torn.isEmpty && kept.whole.isSuperset(of: before))
    }
}
