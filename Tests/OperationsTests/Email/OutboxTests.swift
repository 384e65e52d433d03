import Kernel
import Store
import TestKit
import Testing

@testable import Operations

@Suite("Outbox, on both engines")
struct OutboxTests {
    private struct Undone: Error {}

    @Test("a mail exists exactly when its cause does, with its job", arguments: DatabaseEngine.allCases)
    func atomic(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: MailFixture.migrations) { database in
            let outbox = try MailFixture.outbox(database, clock: ManualClock())
            let mail = try MailFixture.reset("ada@example.test")
            await #expect(throws: Undone.self) {
                try await database.transaction("test") { db in
                    try outbox.send(mail, in: db)
                    throw Undone()
                }
            }
            #expect(try await database.entries(outbox).isEmpty)
            #expect(try await database.jobCount() == 0)
            let entries = try await database.send([mail], by: outbox)
            #expect(entries.map(\.state) == ["queued"])
            #expect(entries.first?.template == .passwordReset)
            let payload = try await database.read("test") { db in
                try db.value("SELECT payload FROM jobs WHERE kind = 'email.deliver'", as: String.self)
            }
            #expect(payload == "{\"mail\":\"\(try #require(entries.first).id)\"}")
        }
    }

    @Test("a wrong mail fails in its cause, before anything is written", arguments: DatabaseEngine.allCases)
    func wrongMail(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: MailFixture.migrations) { database in
            let outbox = try MailFixture.outbox(database, clock: ManualClock())
            let mail = MailMessage(to: try MailAddress("ada@example.test"), template: "unknown", fields: [:])
            await #expect(throws: MailDefect.self) {
                try await database.transaction("test") { db in try outbox.send(mail, in: db) }
            }
            #expect(try await database.entries(outbox).isEmpty)
        }
    }

    @Test("a delivered mail is sent, and never again", arguments: DatabaseEngine.allCases)
    func delivered(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: MailFixture.migrations) { database in
            let outbox = try MailFixture.outbox(database, clock: ManualClock())
            let transport = ScriptedTransport()
            let delivery = MailDelivery(outbox: outbox, database: database, transport: transport)
            let id = try #require(
                try await database.send([try MailFixture.reset("ada@example.test")], by: outbox).first
            ).id
            for _ in 0..<3 { try await delivery.deliver(id) }
            #expect(transport.envelopes.count == 1)
            #expect(transport.envelopes.first.map { "\($0.to)" } == "ada@example.test")
            let text = String(decoding: try #require(transport.envelopes.first).content, as: UTF8.self)
            #expect(text.contains("Message-ID: <\(id)@example.test>"))
            #expect(try await database.entries(outbox).map(\.state) == ["sent"])
            try await delivery.deliver(UniqueID(rawValue: "unknown"))
        }
    }

    @Test(
        "40 workers at one mail send it once; 40 mails with 3 workers each are each sent once",
        arguments: DatabaseEngine.allCases)
    func concurrentDelivery(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: MailFixture.migrations) { database in
            let outbox = try MailFixture.outbox(database, clock: ManualClock())
            let transport = ScriptedTransport { _, _ in
                try? await Task.sleep(for: .milliseconds(20))
                return .accepted
            }
            let delivery = MailDelivery(outbox: outbox, database: database, transport: transport)
            let mails = try (0..<41).map { try MailFixture.reset("user\($0)@example.test") }
            let ids = try await database.send(mails, by: outbox).map(\.id)
            let first = try #require(ids.first)
            let tries = [UniqueID](repeating: first, count: 40) + ids.dropFirst().flatMap { [$0, $0, $0] }
            await withTaskGroup(of: Void.self) { group in
                for id in tries {
                    group.addTask {
                        // Those who come second hear “later”.
                        do { try await delivery.deliver(id) } catch is JobFailure {} catch { Issue.record(error) }
                    }
                }
            }
            #expect(transport.envelopes.count == 41)
            #expect(Set(transport.envelopes.map { "\($0.to)" }).count == 41)
            #expect(try await database.entries(outbox).allSatisfy { $0.state == "sent" && $0.attempts == 1 })
        }
    }

    @Test(
        "a mail that is put off is tried again later, with the same Message-ID, then given up visibly",
        arguments: DatabaseEngine.allCases)
    func retries(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: MailFixture.migrations) { database in
            let clock = ManualClock()
            let trail = MemoryTrail()
            let outbox = try MailFixture.outbox(database, clock: clock, audit: trail) { $0.policy.maxAttempts = 3 }
            let transport = ScriptedTransport { _, _ in .refused(SMTPReply(code: 450, status: "4.2.1"), at: .recipient)
            }
            let delivery = MailDelivery(outbox: outbox, database: database, transport: transport)
            let id = try #require(
                try await database.send([try MailFixture.signIn("ada@example.test")], by: outbox).first
            ).id
            var waits: [Duration] = []
            for _ in 0..<2 {
                do {
                    try await delivery.deliver(id)
                    Issue.record("must ask for another try")
                } catch JobFailure.retry(let reason, let after) {
                    #expect(reason == "put off: 450 4.2.1")
                    let after = try #require(after)
                    waits.append(after)
                    // Too early: nothing is sent.
                    await #expect(throws: JobFailure.self) { try await delivery.deliver(id) }
                    clock.advance(by: after)
                }
            }
            #expect(transport.envelopes.count == 2)
            #expect(waits.count == 2 && waits[0] >= .seconds(45) && waits[0] <= .seconds(75) && waits[1] > waits[0])
            try await delivery.deliver(id)
            let entry = try #require(try await database.entries(outbox).first)
            #expect(entry.state == "given-up" && entry.reason == "refused 3 times: 450 4.2.1" && entry.attempts == 3)
            #expect(trail.events.map(\.kind) == [EmailSignal.givenUp])
            #expect(trail.events.first?.details["message"] == id.rawValue)
            let ids = transport.envelopes.map { envelope in
                String(decoding: envelope.content, as: UTF8.self).split(separator: "\r\n").first {
                    $0.hasPrefix("Message-ID")
                }
            }
            #expect(Set(ids).count == 1)
        }
    }

    @Test(
        "an unreachable server is tried until the mail is of no more use, whatever the number of tries",
        arguments: DatabaseEngine.allCases)
    func unreachable(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: MailFixture.migrations) { database in
            let clock = ManualClock()
            let outbox = try MailFixture.outbox(database, clock: clock) { $0.policy.maxAttempts = 1 }
            let transport = ScriptedTransport { _, _ in .unreachable(reason: "down") }
            let delivery = MailDelivery(outbox: outbox, database: database, transport: transport)
            // Of use for an hour.
            let id = try #require(
                try await database.send([try MailFixture.reset("ada@example.test")], by: outbox).first
            ).id
            var tries = 0
            while tries < 500 {
                do {
                    try await delivery.deliver(id)
                    break
                } catch JobFailure.retry(_, let after) {
                    tries += 1
                    clock.advance(by: try #require(after))
                }
            }
            #expect((4...90).contains(tries))
            let entry = try #require(try await database.entries(outbox).first)
            #expect(entry.state == "given-up" && entry.reason?.contains("too late") == true)
            let hours = Duration.nanoseconds(
                (entry.endedAt?.nanosecondsSinceEpoch ?? 0) - entry.createdAt.nanosecondsSinceEpoch)
            #expect(hours <= .seconds(3600))
        }
    }

    @Test("an end that nobody knows is tried once more, not for ever", arguments: DatabaseEngine.allCases)
    func uncertain(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: MailFixture.migrations) { database in
            let clock = ManualClock()
            let outbox = try MailFixture.outbox(database, clock: clock)
            let transport = ScriptedTransport { _, _ in .uncertain(reason: "hung up") }
            let delivery = MailDelivery(outbox: outbox, database: database, transport: transport)
            let id = try #require(
                try await database.send([try MailFixture.signIn("ada@example.test")], by: outbox).first
            ).id
            await #expect(throws: JobFailure.self) { try await delivery.deliver(id) }
            clock.advance(by: .seconds(600))
            try await delivery.deliver(id)
            #expect(transport.envelopes.count == 2)
            #expect(try await database.entries(outbox).first?.state == "given-up")
        }
    }

    @Test(
        "a mail whose sender died is taken over once its lease ran out; the dead one's word counts no more",
        arguments: DatabaseEngine.allCases)
    func takeover(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: MailFixture.migrations) { database in
            let clock = ManualClock()
            let outbox = try MailFixture.outbox(database, clock: clock)
            let transport = ScriptedTransport()
            let delivery = MailDelivery(outbox: outbox, database: database, transport: transport)
            let id = try #require(
                try await database.send([try MailFixture.signIn("ada@example.test")], by: outbox).first
            ).id
            let claim = try await database.transaction("test") { db in
                try outbox.claim(id, lease: .seconds(120), in: db)
            }
            guard case .mine(let dead) = claim else { throw Undone() }
            await #expect(throws: JobFailure.self) { try await delivery.deliver(id) }
            #expect(transport.envelopes.isEmpty)
            clock.advance(by: .seconds(121))
            try await delivery.deliver(id)
            #expect(transport.envelopes.count == 1)
            let next = try await database.transaction("test") { db in
                try outbox.finish(dead, .refused(SMTPReply(code: 550, status: "5.1.1"), at: .recipient), in: db) == nil
            }
            #expect(next)
            #expect(try await database.entries(outbox).first?.state == "sent")
        }
    }

    @Test("a mailbox that doesn't exist is given up and gets no more mail", arguments: DatabaseEngine.allCases)
    func bounce(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: MailFixture.migrations) { database in
            let trail = MemoryTrail()
            let outbox = try MailFixture.outbox(database, clock: ManualClock(), audit: trail)
            let transport = ScriptedTransport { _, _ in .refused(SMTPReply(code: 550, status: "5.1.1"), at: .recipient)
            }
            let delivery = MailDelivery(outbox: outbox, database: database, transport: transport)
            let mails = [try MailFixture.reset("Ada@example.test"), try MailFixture.signIn("ada@example.test")]
            let ids = try await database.send(mails, by: outbox).map(\.id)
            try await delivery.deliver(try #require(ids.first))
            // The second was queued before; it stops at the claim.
            try await delivery.deliver(try #require(ids.last))
            #expect(transport.envelopes.count == 1)
            let later = try await database.send([try MailFixture.reset("ADA@example.test")], by: outbox)
            let states = try await database.states(ids + later.map(\.id), outbox)
            #expect(states == ["given-up", "suppressed", "suppressed"])
            #expect(trail.kinds() == [EmailSignal.givenUp, EmailSignal.suppressed])
            let rows = try await database.read("test") { db in
                try db.rows("SELECT * FROM email_suppressions").map { "\($0.values)" }
            }
            #expect(rows.count == 1 && rows.first?.contains("ada") == false)
            // A bare 550 may be about us: nobody is suppressed.
            #expect(!DeliveryPolicy.isNoMailbox(SMTPReply(code: 550)))
            #expect(!DeliveryPolicy.isNoMailbox(SMTPReply(code: 550, status: "5.7.1")))
        }
    }

    @Test(
        "who complained gets what is essential; who was stopped by hand gets nothing; both can be taken back",
        arguments: DatabaseEngine.allCases)
    func suppression(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: MailFixture.migrations) { database in
            let outbox = try MailFixture.outbox(database, clock: ManualClock())
            let list = outbox.suppressions
            let ada = try MailAddress("ada@example.test")
            let link = try #require(MailLink(path: "/x"))
            let invitation = MailMessage.invitation(to: ada, inviter: "Bob", link: link, validFor: .seconds(60))
            try await database.transaction("test") { db in
                try list.add(ada, cause: .complaint, actor: "cli:root", in: db)
                try list.add(ada, cause: .complaint, actor: "cli:root", in: db)
            }
            var entries = try await database.send([try MailFixture.reset("ada@example.test"), invitation], by: outbox)
            #expect(entries.map(\.state) == ["queued", "suppressed"])
            try await database.transaction("test") { db in
                try list.add(ada, cause: .manual, actor: "cli:root", in: db)
                // Nothing weakens a stronger cause.
                try list.add(ada, cause: .complaint, actor: "cli:root", in: db)
                #expect(try list.cause(of: ada, in: db) == .manual)
            }
            entries = try await database.send([try MailFixture.reset("ada@example.test")], by: outbox)
            #expect(entries.last?.state == "suppressed")
            try await database.transaction("test") { db in
                let first = try list.remove(ada, actor: "cli:root", in: db)
                let second = try list.remove(ada, actor: "cli:root", in: db)
                #expect(first && !second)
            }
            entries = try await database.send([invitation], by: outbox)
            #expect(entries.last?.state == "queued")
        }
    }

    @Test("an address suppressed under an older key stays suppressed")
    func rotatedKey() async throws {
        try await TestDatabase.with(.sqlite, migrations: MailFixture.migrations) { database in
            let clock = ManualClock()
            let old = Suppressions(
                pseudonym: AddressPseudonym([Secret("an older key of the tests")]), clock: clock, audit: MemoryTrail())
            let ada = try MailAddress("ada@example.test")
            try await database.transaction("test") { db in try old.add(ada, cause: .bounce, actor: "system", in: db) }
            let outbox = try MailFixture.outbox(database, clock: clock)
            #expect(
                try await database.send([try MailFixture.reset("ada@example.test")], by: outbox).map(\.state) == [
                    "suppressed"
                ])
        }
    }

    @Test("one key, one mail: also from 32 transactions at once", arguments: DatabaseEngine.allCases)
    func idempotency(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: MailFixture.migrations) { database in
            let outbox = try MailFixture.outbox(database, clock: ManualClock())
            let mails = try (0..<32).map {
                try MailFixture.reset("user\($0 % 4)@example.test", key: "quota/2026-11/80")
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for mail in mails {
                    group.addTask { try await database.transaction("test") { db in try outbox.send(mail, in: db) } }
                }
                try await group.waitForAll()
            }
            #expect(try await database.entries(outbox).count == 1)
            #expect(try await database.jobCount() == 1)
        }
    }

    @Test("what was held for want of a server can be read, released and sent", arguments: DatabaseEngine.allCases)
    func held(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: MailFixture.migrations) { database in
            let trail = MemoryTrail()
            let clock = ManualClock()
            let outbox = try MailFixture.outbox(database, clock: clock, audit: trail)
            let delivery = MailDelivery(outbox: outbox, database: database, transport: nil)
            let mails = [try MailFixture.reset("ada@example.test"), try MailFixture.reset("bob@example.test")]
            let ids = try await database.send(mails, by: outbox).map(\.id)
            for id in ids { try await delivery.deliver(id) }
            #expect(try await database.entries(outbox).map(\.state) == ["held", "held"])
            #expect(trail.kinds() == [EmailSignal.held], "told once")
            let first = try #require(ids.first)
            let words = try await database.read("test") { db in try outbox.heldMail(first, in: db) }
            #expect(words?.text.contains("https://desk.example.test/seaworthy/reset?token=abc") == true)
            #expect(try await database.transaction("test") { db in try outbox.releaseHeld(in: db) } == 2)
            #expect(try await database.jobCount() == 4)
            let transport = ScriptedTransport()
            let real = MailDelivery(outbox: outbox, database: database, transport: transport)
            for id in ids { try await real.deliver(id) }
            #expect(transport.envelopes.count == 2)
            let afterwards = try await database.read("test") { db in try outbox.heldMail(first, in: db) }
            #expect(afterwards == nil, "a sent mail's links are nobody's to read")
        }
    }

    @Test(
        "address and words are forgotten first, then the mail; a mail whose job is lost gets a new one",
        arguments: DatabaseEngine.allCases)
    func retention(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: MailFixture.migrations) { database in
            let clock = ManualClock()
            let outbox = try MailFixture.outbox(database, clock: clock)
            let delivery = MailDelivery(outbox: outbox, database: database, transport: ScriptedTransport())
            let mails = [try MailFixture.signIn("ada@example.test"), try MailFixture.signIn("bob@example.test")]
            let ids = try await database.send(mails, by: outbox).map(\.id)
            try await delivery.deliver(try #require(ids.first))
            @Sendable func retain() async throws -> Outbox.Retention {
                try await database.transaction("test") { db in try outbox.retain(in: db) }
            }
            #expect(try await retain() == Outbox.Retention())
            clock.advance(by: .seconds(3601))
            #expect(try await retain() == Outbox.Retention(requeued: 1))
            #expect(try await database.jobCount() == 3)
            #expect(try await retain() == Outbox.Retention(requeued: 1))
            #expect(try await database.jobCount() == 3, "one new job an hour, not one for each look")
            clock.advance(by: .seconds(3 * 86_400))
            #expect(try await retain().purged == 1)
            let row = try await database.read("test") { db in
                try #require(try db.row("SELECT * FROM emails WHERE state = 'sent'"))
            }
            let text = "\(row.values)"
            #expect(!text.contains("ada@") && !text.contains("Hello") && !text.contains("https:"))
            clock.advance(by: .seconds(90 * 86_400))
            #expect(try await retain().removed == 1)
            // The other is of no more use by now, and says so.
            try await delivery.deliver(try #require(ids.last))
            let last = try #require(try await database.entries(outbox).first { $0.id == ids.last })
            #expect(last.state == "given-up" && last.reason == "too late to be useful")
        }
    }
}
