import Foundation
import Kernel
import Store
import TestKit
import Testing

/// What no outbox can prevent: the server has the mail, and whoever sent it dies before it has written that down.
@Suite("A worker killed between the server's 250 and its own COMMIT", .serialized)
struct MailCrashTests {
    @Test(
        "The mail is sent again, with the same Message-ID, by which its receiver knows the double; then no more",
        arguments: DatabaseEngine.allCases)
    func twice(_ engine: DatabaseEngine) async throws {
        let server = try await SMTPServer()
        let workspace = try Workspace()
        try workspace.configure(
            nil, "email.from: app@example.test", Workspace.secretKey,
            "smtp.address: 127.0.0.1:\(server.ports["starttls"] ?? 1)",
            "smtp.ca-file: \(server.directory.file("authority.pem"))")
        let address = try await workspace.migrated(engine)
        let recipient = "ada@example.test"
        let asked = try await workspace.run("mail", "test", recipient, "--wait", "0", "--database", address)
        #expect(asked.status == 75, "\(asked.err)")
        try await JobsBeside.with(address) { beside in
            // What the worker writes last doesn't get through: it stays where a crash would find it.
            try await Self.refuseEnd(beside.database)
            let worker = try await workspace.worker(address)
            try await worker.wait("the server to have it") { (try? server.mails(to: recipient).count) == 1 }
            worker.signal(SIGKILL)
            #expect(try await worker.finish(within: .seconds(20)).wasKilled)
            let left = try await mail(beside)
            #expect(left.state == "sending" && left.attempts == 1, "nobody wrote down what became of it: \(left)")
            try await Self.allowEnd(beside.database)
            // Its lease lasts for minutes; as if they had passed.
            try await beside.database.transaction("test.later") { db in
                try db.execute("UPDATE emails SET leased_until = 1")
                try db.execute("UPDATE jobs SET run_at = 1, waits_from = 1 WHERE state = 'ready'")
            }
            let second = try await workspace.worker(address)
            try await eventually { try await mail(beside).state == "sent" }
            let sent = try await mail(beside)
            #expect(sent.attempts == 2 && sent.uncertain == 1, "\(sent)")
            try await beside.wait("the job's end", "email.deliver") { $0.allSatisfy { $0.state == .done } }
            second.signal(SIGTERM)
            #expect(try await second.finish(within: .seconds(20)).status == 0)
        }
        let mails = try server.mails(to: recipient)
        #expect(mails.count == 2, "at least once: twice here, and not three times")
        let ids = Set(mails.flatMap { $0["message-id"] })
        #expect(ids.count == 1 && ids.first?.hasSuffix("@example.test>") == true, "\(ids)")
        #expect(Set(mails.map { $0["date"] }).count == 1)
        server.stop()
    }

    private func mail(_ beside: JobsBeside) async throws -> (state: String, attempts: Int, uncertain: Int) {
        try await beside.database.read("test.mail") { db in
            let row = try #require(try db.row("SELECT state, attempts, uncertain FROM emails"))
            return (try row["state"], try row["attempts"], try row["uncertain"])
        }
    }

    private static func refuseEnd(_ database: Database) async throws {
        try await database.transaction("test.refuse") { db in
            if db.engine == .postgres {
                try db.execute(
                    """
                    CREATE FUNCTION test_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
                    BEGIN RAISE EXCEPTION 'not written down'; END $$
                    """)
            }
            try db.execute(
                .dialects(
                    sqlite: """
                        CREATE TRIGGER test_refuse BEFORE UPDATE ON emails WHEN NEW.state = 'sent'
                        BEGIN SELECT RAISE(ABORT, 'not written down'); END
                        """,
                    postgres: """
                        CREATE TRIGGER test_refuse BEFORE UPDATE ON emails FOR EACH ROW WHEN (NEW.state = 'sent')
                        EXECUTE FUNCTION test_refuse()
                        """))
        }
    }

    private static func allowEnd(_ database: Database) async throws {
        try await database.transaction("test.allow") { db in
            try db.execute(
                .dialects(sqlite: "DROP TRIGGER test_refuse", postgres: "DROP TRIGGER test_refuse ON emails"))
        }
    }
}
