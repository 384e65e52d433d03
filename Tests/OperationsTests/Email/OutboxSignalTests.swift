import Kernel
import Store
import TestKit
import Testing

@testable import Operations

@Suite("What the outbox tells, on both engines")
struct OutboxSignalTests {
    @Test(
        "what trouble there is with our settings is told once an hour, not for each mail",
        arguments: DatabaseEngine.allCases)
    func misconfigured(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: MailFixture.migrations) { database in
            let clock = ManualClock()
            let trail = MemoryTrail()
            let outbox = try MailFixture.outbox(database, clock: clock, audit: trail)
            let transport = ScriptedTransport { _, _ in
                .misconfigured(reason: "the server refuses our user and password")
            }
            let delivery = MailDelivery(outbox: outbox, database: database, transport: transport)
            let mails = try (0..<5).map { try MailFixture.signIn("user\($0)@example.test") }
            for entry in try await database.send(mails, by: outbox) {
                await #expect(throws: JobFailure.self) { try await delivery.deliver(entry.id) }
            }
            #expect(trail.kinds() == [EmailSignal.misconfigured])
            #expect(try await database.entries(outbox).allSatisfy { $0.state == "queued" && $0.attempts == 0 })
        }
    }

    @Test("figures count by state and say what has waited longest", arguments: DatabaseEngine.allCases)
    func figures(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: MailFixture.migrations) { database in
            let clock = ManualClock()
            let outbox = try MailFixture.outbox(database, clock: clock)
            let due = clock.now()
            let ids = try await database.send(
                [try MailFixture.reset("a@example.test"), try MailFixture.reset("b@example.test")], by: outbox)
            try await MailDelivery(outbox: outbox, database: database, transport: ScriptedTransport()).deliver(
                ids[0].id)
            let figures = try await database.read("test") { db in try outbox.figures(in: db) }
            #expect(figures.byState == ["sent": 1, "queued": 1] && figures.oldestDue == due)
            let page = try await database.read("test") { db in
                try outbox.entries(state: "queued", before: nil, limit: 1, in: db)
            }
            #expect(page.map(\.id) == [ids[1].id])
        }
    }
}
