import Foundation
import Kernel
import Store
import TestKit
import Testing

@Suite("Mail, from a real serve and worker", .serialized)
struct MailProcessTests {
    @Test("It goes out once, encrypted, to a real server, and the command says so", arguments: DatabaseEngine.allCases)
    func sent(_ engine: DatabaseEngine) async throws {
        let server = try await SMTPServer()
        let workspace = try Workspace()
        try configure(workspace, server)
        let address = try await workspace.migrated(engine)
        let running = try workspace.serving(address)
        _ = try await running.worker()
        let test = try await workspace.run("mail", "test", "ada@example.test", "--database", address)
        #expect(test.status == 0 && test.out.contains("Sent to ada@example.test"), "\(test.out) \(test.err)")
        let mails = try server.mails(to: "ada@example.test")
        let mail = try #require(mails.first)
        #expect(mails.count == 1 && mail.tls && mail.from == "app@example.test")
        #expect(mail["subject"].first?.contains("Test mail") == true)
        #expect(mail["message-id"].first?.hasSuffix("@example.test>") == true)
        // Once sent, nobody reads it here.
        let list = try await workspace.run("mail", "list", "--database", address, "--format", "json")
        let id = try #require(try JSONDecoder().decode([Sheet].self, from: Data(list.out.utf8)).first).id
        let shown = try await workspace.run("mail", "show", id, "--html", "--database", address)
        #expect(shown.status == 1 && shown.err.contains("only the words of held mails"))
        for text in [list.out, running.out] { #expect(!text.contains("ada@example.test")) }
        #expect(try await running.operatorAnswer("/metrics").text.contains("seaworthy_emails_ended{state=\"sent\"} 1"))
        // A mailbox that doesn't exist gets no second mail.
        let nobody = "rcpt-550-5.1.1@example.test"
        let refused = try await workspace.run("mail", "test", nobody, "--database", address)
        #expect(refused.status == 1 && refused.out.contains("given-up: refused: 550 5.1.1"), "\(refused.out)")
        let second = try await workspace.run("mail", "test", nobody, "--database", address)
        #expect(second.status == 1 && second.out.contains("suppression list"), "\(second.out)")
        running.signal(SIGTERM)
        #expect(try await running.finish(within: .seconds(20)).status == 0)
        server.stop()
    }

    private struct Sheet: Decodable {
        let id: String
        let state: String
    }

    @Test(
        "In development it is held and read by command; once a server is configured it is let go, after a reload",
        arguments: DatabaseEngine.allCases)
    func held(_ engine: DatabaseEngine) async throws {
        let server = try await SMTPServer()
        let workspace = try Workspace()
        try workspace.configure(nil, "email.from: app@example.test", Workspace.secretKey)
        let address = try await workspace.migrated(engine)
        let running = try workspace.serving(address)
        let first = try await running.worker()
        let test = try await workspace.run("mail", "test", "bob@example.test", "--database", address)
        #expect(test.status == 1 && test.out.contains("Held in the outbox"), "\(test.out) \(test.err)")
        let held = try await workspace.run(
            "mail", "list", "--state", "held", "--database", address, "--format", "json")
        let id = try #require(try JSONDecoder().decode([Sheet].self, from: Data(held.out.utf8)).first).id
        let shown = try await workspace.run("mail", "show", id, "--database", address)
        #expect(shown.out.contains("Subject: Test mail") && !shown.out.contains("bob@example.test"), "\(shown.out)")
        let page = try await workspace.run("mail", "show", id, "--html", "--database", address)
        #expect(page.out.hasPrefix("<!"), "\(page.out.prefix(80))")

        try configure(workspace, server)
        running.signal(SIGHUP)
        _ = try await running.worker(after: first)
        let released = try await workspace.run("mail", "release", "--database", address)
        #expect(released.status == 0 && released.out == "Let go: 1 mails\n", "\(released.out) \(released.err)")
        try await running.wait("the mail") { (try? server.mails(to: "bob@example.test").count) == 1 }
        running.signal(SIGTERM)
        #expect(try await running.finish(within: .seconds(20)).status == 0)
        server.stop()
    }

    @Test("An address on the suppression list gets none until it is taken off; without a worker a mail waits")
    func suppressed() async throws {
        let workspace = try Workspace()
        try workspace.configure(nil, "email.from: app@example.test")
        let address = try await workspace.migrated(.sqlite)
        let put = try await workspace.run("mail", "suppress", "eve@example.test", "--database", address)
        #expect(put.status == 0 && put.out.contains("(manual)"), "\(put.err)")
        let refused = try await workspace.run("mail", "test", "EVE@example.test", "--database", address)
        #expect(refused.status == 1 && refused.out.contains("suppression list"), "\(refused.out)")
        #expect(try await workspace.run("mail", "unsuppress", "eve@example.test", "--database", address).status == 0)
        let twice = try await workspace.run("mail", "unsuppress", "eve@example.test", "--database", address)
        #expect(twice.status == 1 && twice.err.contains("isn't on the suppression list"))
        let waits = try await workspace.run("mail", "test", "eve@example.test", "--wait", "0", "--database", address)
        #expect(waits.status == 75 && waits.out.contains("Still waiting"), "\(waits.out)")
        try await JobsBeside.with(address) { beside in
            let trail = try await beside.trail()
            // The mail that waits is sealed, under the first key of a ring that nobody had opened.
            #expect(trail == ["email.suppressed", "email.unsuppressed", "secret.created"])
        }
    }

    private func configure(_ workspace: Workspace, _ server: SMTPServer) throws {
        try workspace.configure(
            nil, "email.from: app@example.test", Workspace.secretKey,
            "smtp.address: 127.0.0.1:\(server.ports["starttls"] ?? 1)",
            "smtp.ca-file: \(server.directory.file("authority.pem"))")
    }
}
