import Foundation
import Kernel
import TestKit
import Testing

@testable import Store

@Suite("What the store changes, by 32 at once")
struct StoreAtOnceTests {
    @Test(
        "pruning the trail while others append: each row leaves once, none too early, and the chain holds",
        arguments: DatabaseEngine.allCases)
    func prune(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: JournalBench.migrations) { database in
            let clock = ManualClock()
            let journal = JournalBench.journal(clock: clock)
            try await JournalBench.fill(database, journal, 100)
            let last = try await JournalBench.count(database)
            clock.advance(by: .seconds(2000 * 86_400))
            try await database.transaction("test") { try journal.append(AuditEvent("process.started"), in: $0) }
            let retention = AuditRetention(journal: journal, clock: clock, portion: 9)
            let removed = try await AtOnce.run { number in
                guard number.isMultiple(of: 4) else {
                    try await database.transaction("test") { try journal.append(AuditEvent("process.started"), in: $0) }
                    return 0
                }
                var sum = 0
                while let pruned = try await retention.prune(database) {
                    sum += pruned.entries
                    if !pruned.mayGoOn { break }
                }
                return sum
            }.reduce(0, +)
            #expect(removed == last)
            let kept = try await JournalBench.entries(database)
            #expect(kept.first?.sequence == Int64(last) + 1)
            let told = kept.filter { $0.kind == "audit.pruned" }.count
            #expect(kept.count == 1 + 24 + told)
            #expect(try await AuditVerifier(database: database).verify().isIntact)
        }
    }

    @Test("anchoring: each line is whole, and an anchor of the trail as it is", arguments: DatabaseEngine.allCases)
    func anchor(_ engine: DatabaseEngine) async throws {
        let directory = try TemporaryDirectory("anchors")
        defer { directory.remove() }
        try await TestDatabase.with(engine, migrations: JournalBench.migrations) { database in
            let journal = JournalBench.journal()
            try await JournalBench.fill(database, journal, 10)
            let file = AnchorFile(path: directory.file("anchors"))
            let failed = try await AtOnce.run { number in
                let told = AnchorOutlet("webhooks") { anchor in
                    try await database.transaction("test.anchor") { db in
                        try journal.append(
                            AuditEvent("process.stopped", details: ["reason": "\(anchor.sequence) \(number)"]), in: db)
                    }
                }
                return try await AnchorSchedule(
                    database: database, clock: TestClock(), journal: journal, destinations: [file, told]
                ).publish()
            }
            #expect(failed.allSatisfy { $0.isEmpty }, "\(failed.flatMap { $0 })")
            #expect(try await JournalBench.count(database) == 42)
            let anchors = try await file.anchors()
            #expect(!anchors.isEmpty)
            let result = try await AuditVerifier(database: database).verify(anchors: anchors)
            #expect(result.isIntact && result.anchorsMatched == anchors.count)
        }
    }

    @Test("starters of a new schema: each step once", arguments: DatabaseEngine.allCases)
    func migrate(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine) { database in
            let applied = try await AtOnce.run { _ in
                try await Migrator(JournalBench.migrations, version: "test", clock: TestClock()).migrate(database)
            }
            #expect(applied.flatMap { $0 }.sorted() == JournalBench.migrations.map(\.id).sorted())
        }
    }

    @Test(
        "a lease is renewed by its holder or taken back by somebody, never both, and the job runs again once",
        arguments: DatabaseEngine.allCases)
    func leases(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: JobFixture.migrations) { database in
            let queue = JobFixture.queue()
            for _ in 0..<8 { try await JobFixture.enqueue(database, "a") }
            let held = try await JobFixture.claim(database, [JobOffer("a", limit: 8)], limit: 8)
            #expect(held.count == 8)
            let seen = try await database.read("test") { try queue.leases(in: $0) }
            let taken = try await AtOnce.run { number in
                try await database.transaction("test") { db -> Int in
                    guard number.isMultiple(of: 2) else { return try queue.takeBack(seen, in: db) }
                    try queue.renew([held[number / 2 % 8]], lease: .seconds(60), in: db)
                    return 0
                }
            }.reduce(0, +)
            let records = try await database.read("test") { try queue.list(kind: "a", limit: 100, in: $0) }
            #expect(records.count == 8 && records.count { $0.state == .ready } == taken)
            for record in records {
                let isRenewed = record.state == .running
                let old = seen.first { $0.id == record.id }
                let now = try await database.read("test") { try queue.leases(in: $0) }.first { $0.id == record.id }
                #expect(isRenewed ? now?.until != old?.until : now == nil, "\(record.id)")
            }
            // What was taken back is nobody's any more: its old holder can't write to it.
            let lost = try await JobFixture.settle(database, held.map { JobSettlement($0, .done) })
            #expect(lost.count == taken)
        }
    }

    @Test(
        "schedules are registered once, jobs of a clock that went back are due once", arguments: DatabaseEngine.allCases
    )
    func clocks(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: JobFixture.migrations) { database in
            let clock = WrongClock()
            let queue = JobFixture.queue(clock)
            let schedules = try (0..<6).map { try JobSchedule("s\($0)", cron: "@hourly", kind: "a") }
            _ = try await AtOnce.run { _ in
                try await database.transaction("test") { try queue.register(schedules.shuffled(), in: $0) }
            }
            #expect(try await database.read("test") { try queue.schedules(in: $0) }.count == 6)
            clock.set(.seconds(86_400))
            for _ in 0..<20 { try await JobFixture.enqueue(database, "a", clock: clock) }
            clock.set(.zero)
            let made = try await AtOnce.run { _ in
                try await database.transaction("test") { try queue.recoverFromClock(in: $0) }
            }
            #expect(made.reduce(0, +) == 20)
            let claimed = try await JobFixture.claim(database, [JobOffer("a", limit: 50)], limit: 50)
            #expect(claimed.count == 20)
        }
    }

    @Test("dead letters are put back once each", arguments: DatabaseEngine.allCases)
    func retry(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: JobFixture.migrations) { database in
            let queue = JobFixture.queue()
            for _ in 0..<40 { try await JobFixture.enqueue(database, "a") { $0.maxAttempts = 1 } }
            try await database.transaction("test") { db in
                try db.execute("UPDATE jobs SET state = 'dead', ended_at = created_at")
            }
            let ids = try await database.read("test") { try queue.list(kind: "a", limit: 100, in: $0) }.map(\.id)
            let counts = try await AtOnce.run { number in
                try await database.transaction("test") { db in
                    number.isMultiple(of: 2)
                        ? try queue.retryDead("a", in: db) : try queue.retry(ids[number], in: db) ? 1 : 0
                }
            }
            #expect(counts.reduce(0, +) == 40)
            #expect(try await JobFixture.claim(database, [JobOffer("a", limit: 100)], limit: 100).count == 40)
        }
    }
}
