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
        // The server takes its time between the content and its 250: time to hold the database.
        let recipient = "slow-data-2@example.test"
        let asked = try await workspace.run("mail", "test", recipient, "--wait", "0", "--database", address)
        #expect(asked.status == 75, "\(asked.err)")
        let worker = try await workspace.worker(address)
        try await JobsBeside.with(address) { beside in
            try await eventually { try await self.mail(beside).state == "sending" }
            let hold = DatabaseGrip(beside.database)
            try await hold.take()
            try await worker.wait("the server to have it") { (try? server.mails(to: recipient).count) == 1 }
            worker.signal(SIGKILL)
            #expect(try await worker.finish(within: .seconds(20)).wasKilled)
            await hold.letGo()
            let left = try await self.mail(beside)
            #expect(left.state == "sending" && left.attempts == 1, "nobody wrote down what became of it")
            // Its lease lasts for minutes; as if they had passed.
            try await beside.database.transaction("test.later") { try $0.execute("UPDATE emails SET leased_until = 1") }
            let second = try await workspace.worker(address)
            try await eventually { try await self.mail(beside).state == "sent" }
            let sent = try await self.mail(beside)
            #expect(sent.attempts == 2 && sent.uncertain == 1)
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
}

/// Holds a database so that nobody else writes to its mails, until it is let go.
final class DatabaseGrip: Sendable {
    private let database: Database
    private let end = DispatchSemaphore(value: 0)
    private let (began, isTaken) = AsyncStream.makeStream(of: Void.self)
    private let ended: AsyncStream<Void>
    private let hasEnded: AsyncStream<Void>.Continuation

    init(_ database: Database) {
        self.database = database
        (ended, hasEnded) = AsyncStream.makeStream(of: Void.self)
    }

    /// Returns once nobody else can write.
    func take() async throws {
        Task { [database, end, isTaken, hasEnded] in
            try? await database.transaction("test.grip") { db in
                if db.engine == .postgres { try db.execute("LOCK TABLE emails IN EXCLUSIVE MODE") }
                isTaken.finish()
                _ = end.wait(timeout: .now() + 60)
            }
            isTaken.finish()
            hasEnded.finish()
        }
        for await _ in began {}
    }

    func letGo() async {
        end.signal()
        for await _ in ended {}
    }
}
