import Glibc
import Kernel
import Store
import TestKit
import Testing

@testable import Operations

@Suite("Backups at once")
struct BackupConcurrencyTests {
    @Test(
        "32 that make one and keep the rule at once: none lost that the rule keeps, none recorded twice",
        arguments: DatabaseEngine.allCases)
    func retention(_ engine: DatabaseEngine) async throws {
        try await BackupFixture.withFolder { _, folder in
            try await TestDatabase.with(engine, migrations: BackupFixture.migrations) { database in
                try await BackupFixture.fill(database, accounts: 3)
                let old = try await BackupFixture.maker(database, folder).make(.schedule).name
                try await withThrowingTaskGroup(of: BackupName.self) { group in
                    for _ in 0..<32 {
                        group.addTask { try await BackupFixture.maker(database, folder).make(.schedule).name }
                    }
                    let made = try await group.reduce(into: Set<BackupName>()) { $0.insert($1) }
                    #expect(made.count == 32)
                    // All of a day: none is past its time.
                    #expect(Set(try await folder.list().map(\.name)) == made.union([old]))
                }
                let states = try await database.read("test.states") { db in
                    try db.rows("SELECT state FROM backups").map { try $0["state"] as BackupState }
                }
                #expect(states.count == 33 && states.allSatisfy { $0 == .verified })
            }
        }
    }

    @Test(
        "32 that remove the same backup past its time do it once, and the newest good one stays",
        arguments: DatabaseEngine.allCases)
    func removal(_ engine: DatabaseEngine) async throws {
        try await BackupFixture.withFolder { _, folder in
            try await TestDatabase.with(engine, migrations: BackupFixture.migrations) { database in
                try await BackupFixture.fill(database, accounts: 3)
                let past = BackupPorts(
                    clock: ManualClock(start: Timestamp(nanosecondsSinceEpoch: 1_577_836_800_000_000_000)),
                    random: SeededRandomSource(seed: 5))
                let old = try await BackupFixture.maker(database, folder, ports: past).make(.command).name
                let rule = RetentionRule(daily: 1, weekly: 0, monthly: 0)
                let removed = try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<32 {
                        group.addTask {
                            try await BackupFixture.maker(database, folder, retention: rule).make(.schedule)
                                .removed.count { $0 == old }
                        }
                    }
                    return try await group.reduce(0, +)
                }
                #expect(removed >= 1)
                let left = try await folder.list().map(\.name)
                #expect(left.count == 32 && !left.contains(old))
                let state: BackupState? = try await database.read("test.state") { db in
                    try db.value("SELECT state FROM backups WHERE name = \(old.text)")
                }
                #expect(state == .removed)
            }
        }
    }

    @Test("a hold that is refused closes its own file, and never one that somebody else opened meanwhile")
    func refusedHolds() async throws {
        try await BackupFixture.withFolder { _, folder in
            let path = folder.path + "/hold"
            let held = try ScratchHold(path: path)
            let lost = try await AtOnce.run { _ in
                (0..<500).count { _ in
                    #expect(throws: BackupError.self) { try ScratchHold(path: path) }
                    let other = Glibc.open("/dev/null", O_RDONLY | O_CLOEXEC)
                    sched_yield()
                    return Glibc.close(other) != 0
                }
            }
            #expect(lost.allSatisfy { $0 == 0 }, "\(lost)")
            withExtendedLifetime(held) {}
        }
    }
}
