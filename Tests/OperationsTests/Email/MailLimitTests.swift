import Kernel
import Store
import TestKit
import Testing

@testable import Operations

@Suite("Mail limits, on both engines")
struct MailLimitTests {
    @Test(
        "the fourth of a kind in an hour is refused or delayed, as its template says",
        arguments: DatabaseEngine.allCases)
    func perTemplate(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: MailFixture.migrations) { database in
            let clock = ManualClock()
            let trail = MemoryTrail()
            let outbox = try MailFixture.outbox(database, clock: clock, audit: trail)
            let start = clock.now()
            for _ in 0..<4 {
                try await database.send(
                    [try MailFixture.reset("ada@example.test"), try MailFixture.signIn("ADA@example.test")], by: outbox)
                clock.advance(by: .seconds(60))
            }
            let entries = try await database.entries(outbox)
            #expect(
                entries.filter { $0.template == .passwordReset }.map(\.state) == [
                    "queued", "queued", "queued", "limited",
                ])
            let signIns = entries.filter { $0.template == .newSignIn }
            #expect(signIns.map(\.state) == ["queued", "queued", "queued", "queued"])
            #expect(
                signIns.last?.dueAt == Timestamp(nanosecondsSinceEpoch: start.nanosecondsSinceEpoch + 3_600_000_000_000)
            )
            #expect(trail.kinds() == [EmailSignal.limited])
            // Somebody else isn't affected; and an hour later there is room again.
            try await database.send([try MailFixture.reset("bob@example.test")], by: outbox)
            clock.advance(by: .seconds(3600))
            try await database.send([try MailFixture.reset("ada@example.test")], by: outbox)
            #expect(try await database.entries(outbox).suffix(2).map(\.state) == ["queued", "queued"])
            let personal = try await database.read("test") { db in
                try db.value(
                    "SELECT count(*) FROM emails WHERE state = 'limited' AND (recipient <> '' OR body_text <> '')",
                    as: Int.self)
            }
            #expect(personal == 0)
        }
    }

    @Test(
        "delayed mails queue up behind each other, ten in any hour, and a day's worth at most",
        arguments: DatabaseEngine.allCases)
    func delays(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: MailFixture.migrations) { database in
            let outbox = try MailFixture.outbox(database, clock: ManualClock()) {
                $0.perTemplate = 1000
                $0.longestDelay = .seconds(3 * 3600)
            }
            let mails = try (0..<45).map { _ in try MailFixture.signIn("ada@example.test") }
            let entries = try await database.send(mails, by: outbox)
            let queued = entries.filter { $0.state == "queued" }
            #expect(queued.count == 40 && entries.count { $0.state == "limited" } == 5)
            let byTime = Dictionary(grouping: queued, by: \.dueAt).mapValues(\.count)
            #expect(byTime.count == 4 && byTime.values.allSatisfy { $0 == 10 })
        }
    }

    @Test("48 transactions at once get no more through than one after the other", arguments: DatabaseEngine.allCases)
    func concurrent(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: MailFixture.migrations) { database in
            let outbox = try MailFixture.outbox(database, clock: ManualClock())
            let people = ["ada@example.test", "bob@example.test", "eve@example.test"]
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<48 {
                    // Each to all three, in another order: whoever locked in order of writing would deadlock here.
                    let order = (0..<3).map { people[($0 + number) % 3] }
                    let mails = try (number % 2 == 0 ? order : order.reversed()).map { try MailFixture.reset($0) }
                    group.addTask {
                        try await database.transaction("test") { db in
                            for mail in mails { try outbox.send(mail, in: db) }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let entries = try await database.entries(outbox)
            let queued = Dictionary(grouping: entries.filter { $0.state == "queued" }, by: \.recipient).mapValues(
                \.count)
            #expect(queued.count == 3 && queued.values.allSatisfy { $0 == 3 })
            #expect(database.metrics.snapshot["test"]?.retries == 0, "no deadlock had to be undone")
            #expect(try await database.jobCount() == 9)
        }
    }
}
