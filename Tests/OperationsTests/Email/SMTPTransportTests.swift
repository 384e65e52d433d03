import Kernel
import TestKit
import Testing

@testable import Operations

@Suite("SMTP, to a real server")
struct SMTPTransportTests {
    private func outcome(
        _ port: String, _ to: String, tls: SMTPSettings.TLS = .starttls, text: String = "Hello.\n",
        configure: (inout SMTPSettings) -> Void = { _ in }
    ) async throws -> DeliveryOutcome {
        let server = try await MailFixture.server
        let transport = MailFixture.smtp(port, of: server, tls: tls, configure: configure)
        let outcome = await transport.deliver(try MailFixture.envelope(to: to, text: text))
        await transport.close()
        return outcome
    }

    @Test("STARTTLS: the mail goes encrypted, from and to whom it should, after our greeting")
    func startTLS() async throws {
        #expect(try await outcome("starttls", "starttls@example.test") == .accepted)
        let mail = try #require(try await MailFixture.server.mails(to: "starttls@example.test").first)
        #expect(mail.tls && mail.port == "starttls" && mail.from == "app@example.test")
        #expect(mail.hello == "desk.example.test")
    }

    @Test("implicit TLS: the mail goes encrypted")
    func implicit() async throws {
        #expect(try await outcome("implicit", "implicit@example.test", tls: .implicit) == .accepted)
        #expect(try await MailFixture.server.mails(to: "implicit@example.test").count == 1)
    }

    @Test("user and password are given, whatever characters they have")
    func authentication() async throws {
        let result = try await outcome("auth", "auth@example.test") {
            $0.user = "postmaster"
            $0.password = Secret("pa:ss wörd\"")
        }
        #expect(result == .accepted)
        #expect(try await MailFixture.server.mails(to: "auth@example.test").first?.user == "postmaster")
    }

    @Test("a wrong password, or none where one is wanted, is our misconfiguration, not the mail's fault")
    func wrongPassword() async throws {
        let wrong = try await outcome("auth", "auth-wrong@example.test") {
            $0.user = "postmaster"
            $0.password = Secret("guess")
        }
        #expect(wrong == .misconfigured(reason: "the server refuses our user and password"))
        guard case .misconfigured = try await outcome("auth", "auth-none@example.test") else {
            Issue.record("without a password")
            return
        }
    }

    @Test(
        "a certificate of another name, of a stranger or of yesterday is refused",
        arguments: ["other-name", "unknown", "expired"])
    func certificates(port: String) async throws {
        let result = try await outcome(port, "certificate@example.test")
        #expect(result == .misconfigured(reason: "the server's certificate can't be verified"))
        #expect(try await MailFixture.server.mails(to: "certificate@example.test").isEmpty)
    }

    @Test("a man in the middle who strips STARTTLS hears neither password nor mail")
    func stripped() async throws {
        let result = try await outcome("stripped", "stripped@example.test") {
            $0.user = "postmaster"
            $0.password = Secret("not-to-be-heard")
        }
        #expect(result == .misconfigured(reason: "the server offers no STARTTLS, and nothing is sent in the clear"))
        let overheard = try await MailFixture.server.overheard
        #expect(overheard.contains("EHLO"))
        #expect(!overheard.contains("MAIL") && !overheard.contains("AUTH") && !overheard.contains("example.test>"))
    }

    @Test(
        "a server that can't do STARTTLS now, or answers ahead of it, gets nothing",
        arguments: ["starttls-454", "starttls-injected"])
    func badStartTLS(port: String) async throws {
        let result = try await outcome(port, "bad-starttls@example.test")
        switch result {
        case .misconfigured, .unreachable: break
        default: Issue.record("\(result)")
        }
        let overheard = try await MailFixture.server.overheard
        #expect(!overheard.contains("bad-starttls"))
    }

    @Test(
        "in the clear goes only what stays on this machine",
        arguments: ["192.0.2.1", "mail.example.test", "128.0.0.1", "127.0.0.1.example.test", "0.0.0.0"])
    func clear(host: String) async throws {
        let result = try await outcome("plain", "clear@example.test", tls: .noneLoopbackOnly) { $0.host = host }
        #expect(result == .misconfigured(reason: "mail goes in the clear to this machine only"))
    }

    @Test(
        "a refusal of the recipient is told with its code and status",
        arguments: [
            ("rcpt-550-5.1.1", SMTPReply(code: 550, status: "5.1.1")), ("rcpt-550", SMTPReply(code: 550)),
            ("rcpt-450-4.2.1", SMTPReply(code: 450, status: "4.2.1")), ("rcpt-451", SMTPReply(code: 451)),
            ("rcpt-452-4.2.2", SMTPReply(code: 452, status: "4.2.2")),
        ])
    func recipient(local: String, reply: SMTPReply) async throws {
        #expect(try await outcome("starttls", "\(local)@example.test") == .refused(reply, at: .recipient))
    }

    @Test(
        "a refusal of the content is told with its code and status",
        arguments: [
            ("data-552-5.3.4", SMTPReply(code: 552, status: "5.3.4")), ("data-554", SMTPReply(code: 554)),
            ("data-451-4.7.1", SMTPReply(code: 451, status: "4.7.1")), ("data-421", SMTPReply(code: 421)),
        ])
    func content(local: String, reply: SMTPReply) async throws {
        #expect(try await outcome("starttls", "\(local)@example.test") == .refused(reply, at: .content))
    }

    @Test("a mail that is too big for the server is refused before it is sent")
    func tooBig() async throws {
        let text = String(repeating: "a line of text that makes it big\n", count: 500)
        let result = try await outcome("small", "big@example.test", tls: .noneLoopbackOnly, text: text)
        guard case .refused(let reply, let stage) = result else {
            Issue.record("\(result)")
            return
        }
        #expect(reply.code == 552 && stage == .sender)
    }

    @Test("a server that hangs up after the whole mail leaves its end unknown")
    func dropAfterData() async throws {
        guard case .uncertain = try await outcome("starttls", "drop-data@example.test") else {
            Issue.record("must be uncertain: the server has it")
            return
        }
    }

    @Test("a server that is too slow to answer the whole mail leaves its end unknown")
    func slowData() async throws {
        let result = try await outcome("starttls", "slow-data-8@example.test") { $0.timeout = .seconds(2) }
        guard case .uncertain = result else {
            Issue.record("\(result)")
            return
        }
    }

    @Test("a slow server within the time is waited for")
    func slow() async throws {
        #expect(try await outcome("starttls", "slow-data-1.5@example.test") == .accepted)
    }

    @Test(
        "no greeting, a 421, a 554, nonsense, silence: unreachable, another try may help",
        arguments: ["greeting-421", "greeting-554", "greeting-none", "greeting-nonsense", "silent", "nobody"])
    func greetings(port: String) async throws {
        let result = try await outcome(port, "greeting@example.test") { $0.timeout = .seconds(2) }
        guard case .unreachable(let reason) = result else {
            Issue.record("\(result)")
            return
        }
        #expect(!reason.contains("@"))
    }

    @Test("a server that hangs up at RCPT didn't get the mail")
    func dropAtRecipient() async throws {
        guard case .unreachable = try await outcome("starttls", "drop-rcpt@example.test") else {
            Issue.record("nothing was handed over")
            return
        }
    }

    @Test("implicit TLS to a port that speaks plainly fails, and so does the other way round")
    func wrongKind() async throws {
        for (port, tls) in [("starttls", SMTPSettings.TLS.implicit), ("implicit", .starttls)] {
            let result = try await outcome(port, "kind@example.test", tls: tls) { $0.timeout = .seconds(2) }
            guard case .unreachable = result else {
                Issue.record("\(result)")
                return
            }
        }
    }

    @Test("mails one after the other share a connection, also after a refusal")
    func reuse() async throws {
        let server = try await MailFixture.server
        let transport = MailFixture.smtp("starttls", of: server, tls: .starttls) { $0.connections = 1 }
        for number in 1...5 {
            #expect(await transport.deliver(try MailFixture.envelope(to: "reuse-\(number)@example.test")) == .accepted)
        }
        let connections = try (1...5).map { try server.mails(to: "reuse-\($0)@example.test").map(\.connection) }
        #expect(Set(connections).count == 1, "\(connections)")
        let refused = await transport.deliver(try MailFixture.envelope(to: "rcpt-550-5.1.1@example.test"))
        #expect(refused == .refused(SMTPReply(code: 550, status: "5.1.1"), at: .recipient))
        #expect(await transport.deliver(try MailFixture.envelope(to: "reuse-6@example.test")) == .accepted)
        #expect(try server.mails(to: "reuse-6@example.test").count == 1)
        await transport.close()
        #expect(
            await transport.deliver(try MailFixture.envelope(to: "reuse-7@example.test"))
                == .unreachable(reason: "shutting down"))
    }

    @Test("many at once all arrive once")
    func many() async throws {
        let server = try await MailFixture.server
        let transport = MailFixture.smtp("starttls", of: server, tls: .starttls) { $0.connections = 4 }
        let outcomes = try await withThrowingTaskGroup(of: DeliveryOutcome.self) { group in
            for number in 0..<40 {
                group.addTask { await transport.deliver(try MailFixture.envelope(to: "many-\(number)@example.test")) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.allSatisfy { $0 == .accepted } && outcomes.count == 40)
        let counts = try server.mails.filter { $0.to.first?.hasPrefix("many-") == true }
        #expect(counts.count == 40 && Set(counts.map(\.connection)).count <= 4)
        await transport.close()
    }
}
