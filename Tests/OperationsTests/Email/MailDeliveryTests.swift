import Kernel
import Store
import TestKit
import Testing

@testable import Operations

@Suite("From the cause to the server, on both engines")
struct MailDeliveryTests {
    private func job(_ id: UniqueID) -> Job {
        Job(
            id: UniqueID(rawValue: "job"), kind: Outbox.deliver, payload: "{\"mail\":\"\(id)\"}", payloadVersion: 1,
            attempt: 1, maxAttempts: 100, createdAt: Timestamp(nanosecondsSinceEpoch: 0))
    }

    @Test("every template arrives as it was previewed", arguments: DatabaseEngine.allCases)
    func templates(_ engine: DatabaseEngine) async throws {
        let server = try await MailFixture.server
        try await TestDatabase.with(engine, migrations: MailFixture.migrations) { database in
            let outbox = try MailFixture.outbox(database, clock: ManualClock()) { $0.perRecipient = 100 }
            let transport = MailFixture.smtp("starttls", of: server, tls: .starttls)
            let delivery = MailDelivery(outbox: outbox, database: database, transport: transport)
            let time = Timestamp(nanosecondsSinceEpoch: 1_795_248_000_000_000_000)
            let to = try MailAddress("all-\(engine.rawValue)@example.test")
            let link = try #require(MailLink(path: "/seaworthy/x?token=a&b=c"))
            let mails: [MailMessage] = [
                .verification(to: to, name: "Jürgen Groß", link: link, validFor: .seconds(86_400)),
                .passwordReset(to: to, link: link, validFor: .seconds(1800)),
                .newSignIn(to: to, device: "Firefox on Linux", from: "203.0.113.7", at: time, link: link),
                .lockoutUnlock(to: to, link: link, validFor: .seconds(900)),
                .invitation(to: to, inviter: "Ada", link: link, validFor: .seconds(7 * 86_400)),
                .quotaWarning(to: to, quota: "daily quota", percent: 80, resets: time, link: link, unsubscribe: link),
                .backupFailed(to: to, reason: "disk full", at: time, lastGood: "yesterday", link: link),
                .breachNotice(
                    to: to, what: "a", consequence: "b", measure: "c", contact: "privacy@example.test", at: time,
                    link: link),
                .test(to: to, at: time),
            ]
            for entry in try await database.send(mails, by: outbox) { try await delivery.run(job(entry.id)) }
            await transport.close()
            let received = try server.mails(to: "\(to)")
            #expect(received.count == mails.count)
            for (mail, got) in zip(mails, received) {
                let expected = try outbox.templates.render(mail)
                #expect(got["subject"] == [expected.subject])
                #expect(got.parts.map(\.content) == [expected.text, expected.html])
                #expect(got.defects == [] && got.longestLine <= 78 && got.tls)
                #expect(got.fromNames == ["Trading Desk"] && got.toNames == [expected.name ?? ""])
                #expect(got["list-unsubscribe"].isEmpty == (mail.unsubscribe == nil))
            }
        }
    }

    @Test("a server that takes the second try gets the mail once", arguments: DatabaseEngine.allCases)
    func secondTry(_ engine: DatabaseEngine) async throws {
        let server = try await MailFixture.server
        try await TestDatabase.with(engine, migrations: MailFixture.migrations) { database in
            let clock = ManualClock()
            let outbox = try MailFixture.outbox(database, clock: clock)
            let transport = MailFixture.smtp("starttls", of: server, tls: .starttls)
            let delivery = MailDelivery(outbox: outbox, database: database, transport: transport)
            let address = "once-451-\(engine.rawValue)@example.test"
            let id = try #require(try await database.send([try MailFixture.signIn(address)], by: outbox).first).id
            do {
                try await delivery.run(job(id))
                Issue.record("the first try is put off")
            } catch JobFailure.retry(let reason, let after) {
                #expect(reason == "put off: 451 \(engine.rawValue)" || reason == "put off: 451")
                clock.advance(by: try #require(after))
            }
            try await delivery.run(job(id))
            await transport.close()
            #expect(try server.mails(to: address).count == 1)
            #expect(try await database.entries(outbox).map(\.state) == ["sent"])
        }
    }

    @Test(
        "a mail that the server took and hung up on arrives at most twice, with one Message-ID",
        arguments: DatabaseEngine.allCases)
    func doubled(_ engine: DatabaseEngine) async throws {
        let server = try await MailFixture.server
        try await TestDatabase.with(engine, migrations: MailFixture.migrations) { database in
            let clock = ManualClock()
            let outbox = try MailFixture.outbox(database, clock: clock, seed: engine == .sqlite ? 11 : 12)
            let transport = MailFixture.smtp("starttls", of: server, tls: .starttls)
            let delivery = MailDelivery(outbox: outbox, database: database, transport: transport)
            let id = try #require(
                try await database.send([try MailFixture.signIn("drop-data@example.test")], by: outbox).first
            ).id
            await #expect(throws: JobFailure.self) { try await delivery.run(job(id)) }
            clock.advance(by: .seconds(3600))
            try await delivery.run(job(id))
            await transport.close()
            let received = try server.mails(to: "drop-data@example.test").filter {
                $0["message-id"] == ["<\(id)@example.test>"]
            }
            #expect(received.count == 2)
            #expect(try await database.entries(outbox).first?.state == "given-up")
        }
    }

    @Test("32 mails by 32 tasks over a real connection each arrive once", arguments: DatabaseEngine.allCases)
    func many(_ engine: DatabaseEngine) async throws {
        let server = try await MailFixture.server
        try await TestDatabase.with(engine, migrations: MailFixture.migrations) { database in
            let outbox = try MailFixture.outbox(database, clock: ManualClock())
            let transport = MailFixture.smtp("starttls", of: server, tls: .starttls)
            let delivery = MailDelivery(outbox: outbox, database: database, transport: transport)
            let mails = try (0..<32).map { try MailFixture.reset("crowd-\(engine.rawValue)-\($0)@example.test") }
            let ids = try await database.send(mails, by: outbox).map(\.id)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for id in ids { group.addTask { try await delivery.run(job(id)) } }
                try await group.waitForAll()
            }
            await transport.close()
            let received = try server.mails.filter { $0.to.first?.hasPrefix("crowd-\(engine.rawValue)-") == true }
            #expect(received.count == 32 && Set(received.flatMap(\.to)).count == 32)
        }
    }

    @Test("a payload that names no mail is a dead letter", arguments: ["", "{}", "{\"mail\":7}", "[]", "mail"])
    func payload(text: String) async throws {
        try await TestDatabase.with(.sqlite, migrations: MailFixture.migrations) { database in
            let outbox = try MailFixture.outbox(database, clock: ManualClock())
            let delivery = MailDelivery(outbox: outbox, database: database, transport: nil)
            let job = Job(
                id: UniqueID(rawValue: "job"), kind: Outbox.deliver, payload: text, payloadVersion: 1, attempt: 1,
                maxAttempts: 100, createdAt: Timestamp(nanosecondsSinceEpoch: 0))
            await #expect {
                try await delivery.run(job)
            } throws: { error in
                if case JobFailure.permanent = error { true } else { false }
            }
        }
    }

    @Test(
        "a finished try is written down although the database was away for a moment",
        arguments: [DatabaseEngine.postgres])
    func databaseAway(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: MailFixture.migrations) { database in
            let outbox = try MailFixture.outbox(database, clock: ManualClock())
            let transport = ScriptedTransport { _, _ in
                // Every connection is cut between the server's 250 and our COMMIT.
                _ = try? PostgresServer.ofThisRun.sql(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '\(name(database))'")
                return .accepted
            }
            let delivery = MailDelivery(outbox: outbox, database: database, transport: transport)
            let id = try #require(
                try await database.send([try MailFixture.reset("ada@example.test")], by: outbox).first
            ).id
            try await delivery.run(job(id))
            #expect(try await database.entries(outbox).map(\.state) == ["sent"])
            #expect(transport.envelopes.count == 1)
        }
    }
}

private func name(_ database: Database) -> String {
    if case .postgres(let address) = database.settings.address { return address.name }
    return ""
}
