import Kernel
import Synchronization
import TestKit
import Testing

@testable import Operations

@Suite("Mails on the wire, read by another program")
struct MIMETests {
    private static let count = Atomic<Int>(0)

    private func message(to: String) throws -> MIMEMessage {
        let number = MIMETests.count.add(1, ordering: .relaxed).newValue
        return MIMEMessage(
            from: Mailbox(try MailAddress("app@example.test"), name: "Trading Desk"),
            to: Mailbox(try MailAddress(to)), subject: "Hello",
            date: Timestamp(nanosecondsSinceEpoch: 1_795_248_034_000_000_000), messageID: "m\(number)@example.test",
            text: "Hello\n", html: "<p>Hello</p>\n")
    }

    /// Sends it through the real server, and gives what Python's parser made of it.
    private func received(_ message: MIMEMessage) async throws -> SMTPServer.Mail {
        let server = try await MailFixture.server
        let transport = MailFixture.smtp("plain", of: server, tls: .noneLoopbackOnly)
        let outcome = await transport.deliver(
            Envelope(from: message.from.address, to: message.to.address, content: try message.bytes()))
        #expect(outcome == .accepted)
        await transport.close()
        let mail = try #require(
            try server.mails(to: "\(message.to.address)").last { $0["message-id"] == ["<\(message.messageID)>"] })
        #expect(mail.defects == [])
        #expect(mail.longestLine <= 78 && mail.isASCII && mail.bareLineFeeds == 0)
        #expect(mail.multipart == "multipart/alternative")
        #expect(mail.parts.map(\.type) == ["text/plain", "text/html"])
        #expect(
            mail.parts.allSatisfy { $0.charset == "utf-8" && $0.encoding == "quoted-printable" && $0.defects == [] })
        return mail
    }

    @Test("a plain mail has its headers once, and both parts")
    func plain() async throws {
        var message = try message(to: "mime-plain@example.test")
        message.replyTo = try MailAddress("help@example.test")
        let mail = try await received(message)
        #expect(mail["subject"] == ["Hello"])
        #expect(mail["from"] == ["Trading Desk <app@example.test>"])
        #expect(mail["to"] == ["mime-plain@example.test"])
        #expect(mail["reply-to"] == ["help@example.test"])
        #expect(mail["date"] == ["Sat, 21 Nov 2026 08:00:34 +0000"])
        #expect(mail["message-id"] == ["<\(message.messageID)>"])
        #expect(mail["auto-submitted"] == ["auto-generated"])
        #expect(mail["mime-version"] == ["1.0"])
        #expect(mail["list-unsubscribe"] == [])
        #expect(mail.parts.map(\.content) == ["Hello\n", "<p>Hello</p>\n"])
    }

    @Test(
        "subjects come out as they went in",
        arguments: [
            "Grüße aus Zürich", "密码重置 — 请确认您的电子邮件地址，谢谢您的使用和支持，祝您愉快", "🚢⚓️👩‍👩‍👧‍👦 seaworthy", "=?utf-8?B?AAAA?=",
            " leading, trailing and  double blanks ", String(repeating: "word ", count: 40) + "end",
            String(repeating: "x", count: 200), String(repeating: "ü", count: 200), "a\u{0301}\u{0301}\u{0301}",
            "מזל טוב", "100 % = \"done\"; (a) <b>, c: d",
        ])
    func subjects(subject: String) async throws {
        var message = try message(to: "mime-subject@example.test")
        message.subject = subject
        let mail = try await received(message)
        #expect(mail["subject"].count == 1)
        #expect(
            mail["subject"].first?.unicodeScalars.elementsEqual(subject.unicodeScalars) == true, "\(mail["subject"])")
    }

    @Test(
        "names come out as they went in, beside the right address",
        arguments: [
            "Ada Lovelace", "Lovelace, Ada (Countess)", "O'Brien \"Bob\" \\ Co.", "Jürgen Groß", "山田太郎",
            "admin@example.org", "x <evil@example.org>", "a, b@example.org;", String(repeating: "N", count: 100),
            "=?utf-8?Q?x?=",
        ])
    func names(name: String) async throws {
        var message = try message(to: "mime-name@example.test")
        message.to = Mailbox(message.to.address, name: name)
        message.from = Mailbox(message.from.address, name: name)
        let mail = try await received(message)
        #expect(mail.toNames == [name] && mail.fromNames == [name])
        #expect(mail.toAddresses == ["mime-name@example.test"])
    }

    @Test(
        "text survives: dots, From, blanks, long lines, everything of Unicode",
        arguments: [
            ".\n..\n.dot\n", "From here\n>From there\n", "trailing blank \nand tab\t\n=\n=3D\n", "\n\n\n",
            String(repeating: "long ", count: 20_000) + "\n", String(repeating: "é", count: 5000) + "\n",
            "no line end", "-- \nsignature\n", "--=_seaworthy_m1exampletest--\n",
            "\u{FEFF}🚢\u{2028}x\n",
        ])
    func texts(text: String) async throws {
        var message = try message(to: "mime-text@example.test")
        message.text = text
        message.html = "<pre>\(text)</pre>\n"
        let mail = try await received(message)
        #expect(mail.parts.first?.content == (text.hasSuffix("\n") ? text : text + "\n"))
        #expect(mail.parts.last?.content == message.html)
    }

    @Test("a megabyte of HTML arrives whole")
    func big() async throws {
        var message = try message(to: "mime-big@example.test")
        message.html = String(repeating: "<p>ein großer Brief &amp; mehr</p>\n", count: 30_000)
        let mail = try await received(message)
        #expect(mail.parts.last?.content == message.html)
        #expect(mail.size > 1_000_000)
    }

    @Test("random text survives", arguments: Seeds.first(6))
    func randomText(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        var message = try message(to: "mime-random@example.test")
        message.text = generator.text(0...3000, of: "ab .=\n\tFrom é🚢-_") + "\n"
        message.subject = generator.text(1...120, of: "ab =?_é🚢\"<>")
        let mail = try await received(message)
        #expect(mail.parts.first?.content == message.text)
        #expect(mail["subject"].first == message.subject)
    }

    static let breaks = [
        "a\r\nBcc: victim@example.org", "a\nBcc: victim@example.org", "a\rBcc: x", "a\0b", "a\u{0B}b", "a\u{85}b",
        "a\u{2028}b", "a\u{2029}b", "a\u{202E}b", "\r\n\r\n<html>", "a\u{7F}", "a\u{1B}[2J",
    ]

    @Test("a line break or control character in any header value is refused", arguments: breaks)
    func injection(value: String) throws {
        let fine = try message(to: "x@example.test")
        let alterations: [(String, (inout MIMEMessage) -> Void)] = [
            ("subject", { $0.subject = value }), ("from", { $0.from = Mailbox($0.from.address, name: value) }),
            ("to", { $0.to = Mailbox($0.to.address, name: value) }), ("message-id", { $0.messageID = value }),
            ("unsubscribe", { $0.unsubscribe = value }),
        ]
        for (field, alter) in alterations {
            var message = fine
            alter(&message)
            #expect(throws: MIMEMessage.Invalid(field: field)) { try message.bytes() }
        }
    }

    @Test("a NUL or escape sequence in the text is refused")
    func bodies() throws {
        for value in ["a\0b", "\u{1B}[2J", "\u{7F}"] {
            var message = try message(to: "x@example.test")
            message.text = value
            #expect(throws: MIMEMessage.Invalid(field: "text")) { try message.bytes() }
            message.text = ""
            message.html = value
            #expect(throws: MIMEMessage.Invalid(field: "html")) { try message.bytes() }
        }
    }

    @Test(
        "an answer is read by its code and status alone",
        arguments: [
            ("550 5.1.1 <ada@example.test> unknown", SMTPReply(code: 550, status: "5.1.1")),
            ("250-PIPELINING\r\n", SMTPReply(code: 250)), ("421", SMTPReply(code: 421)),
            ("550 5.1.10 null MX", SMTPReply(code: 550, status: "5.1.10")),
            ("550 4.1.1 class of another kind", SMTPReply(code: 550)), ("550 5.1 two parts", SMTPReply(code: 550)),
            ("450 4.1111.1 too long", SMTPReply(code: 450)), ("55", nil), ("99 x", nil), ("abc", nil), ("", nil),
            ("650 x", nil), ("2500 x", nil), ("HTTP/1.1 200", nil), ("550 5.1.1.1.1.1.1.1.1", SMTPReply(code: 550)),
        ])
    func replies(line: String, reply: SMTPReply?) {
        #expect(SMTPReply(line: line.utf8) == reply)
    }
}
