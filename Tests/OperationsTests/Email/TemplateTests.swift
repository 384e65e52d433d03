import Kernel
import TestKit
import Testing

@testable import Operations

@Suite("Mail templates")
struct TemplateTests {
    @Test("every template renders both parts with its sample, and leaves no tag or empty value behind")
    func all() throws {
        let templates = try MailFixture.templates()
        #expect(templates.ids.count == 13)
        for id in templates.ids {
            let mail = try templates.preview(id)
            #expect(!mail.subject.isEmpty && !mail.subject.contains("{{"))
            #expect(!mail.text.contains("{{") && !mail.html.contains("{{"))
            #expect(!mail.text.contains("  ") || id.rawValue == "none", "\(id.rawValue): \(mail.text)")
            let tooLong = mail.text.split(separator: "\n").filter { $0.count > 78 && !$0.hasPrefix("https://") }
            #expect(tooLong.isEmpty)
            #expect(mail.html.contains("<html lang=\"en\">") && mail.html.hasSuffix("</html>\n"))
            // Gmail cuts off what is longer than 102 kB.
            #expect(mail.html.utf8.count < 20_000)
        }
    }

    @Test("every link stands in both parts and leads to public-url")
    func links() throws {
        let templates = try MailFixture.templates()
        for id in templates.ids where templates.template(id)?.fields["link"] != nil {
            let mail = try templates.preview(id)
            #expect(mail.text.contains("\nhttps://desk.example.test/"))
            let targets = mail.html.matches(of: #/href="([^"]*)"/#).map { String($0.1) }
            #expect(!targets.isEmpty && targets.allSatisfy { $0.hasPrefix("https://desk.example.test/") })
        }
    }

    @Test("whatever a field holds is text in the HTML part")
    func escaping() throws {
        let templates = try MailFixture.templates(product: "A & B <i>\"'")
        let hostile = "<script>alert(1)</script>\"\u{301} onload='x' & {{product}} {{{link}}} <\u{338}b"
        let time = Timestamp(nanosecondsSinceEpoch: 0)
        let link = try #require(MailLink(path: "/a?b=1&c=2"))
        let mail = try templates.render(
            MailMessage.newSignIn(
                to: try MailAddress("a@example.test"), device: hostile, from: hostile, at: time, link: link))
        #expect(!mail.html.contains("<script"))
        #expect(!mail.html.contains("onload='"))
        #expect(mail.html.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;\u{301}"))
        #expect(mail.html.contains("{{product}} {{{link}}}"), "a field isn't a template")
        #expect(mail.html.contains("A &amp; B &lt;i&gt;&quot;&#39;"))
        #expect(mail.html.contains("href=\"https://desk.example.test/a?b=1&amp;c=2\""))
        #expect(mail.text.contains("<script>alert(1)</script>"))
        #expect(mail.subject == "New sign-in to your A & B <i>\"' account")
    }

    @Test(
        "a name that is an advertisement is not repeated",
        arguments: [
            "Win at https://evil.example", "evil.com", "www.evil", "call me@evil.example", "a\r\nBcc: x@example.org",
            "a\0",
            "<b>Bob</b>", String(repeating: "n", count: 61), "you won: click here", "   ", "a\u{202E}b", "{{product}}",
        ])
    func advertisements(name: String) throws {
        let link = try #require(MailLink(path: "/x"))
        let mail = try MailFixture.templates().render(
            MailMessage.verification(
                to: try MailAddress("a@example.test"), name: name, link: link, validFor: .seconds(60)))
        #expect(mail.name == nil)
        #expect(mail.text.contains("\n\nHello,\n\n"))
    }

    @Test(
        "a real name is",
        arguments: ["Ada", "J. R. R. Tolkien", "J.R.R. Tolkien", "山田太郎", "O'Brien-Núñez", "Martin Luther King, Jr."])
    func names(name: String) throws {
        let link = try #require(MailLink(path: "/x"))
        let mail = try MailFixture.templates().render(
            MailMessage.invitation(
                to: try MailAddress("a@example.test"), inviter: name, link: link, validFor: .seconds(60)))
        #expect(mail.text.contains("\(name) invites you to Trading Desk."))
    }

    @Test("a mail whose fields aren't its template's is refused, and says which")
    func fields() throws {
        let templates = try MailFixture.templates()
        let to = try MailAddress("a@example.test")
        let link = try #require(MailLink(path: "/x"))
        func refused(_ template: MailTemplateID, _ fields: [String: MailField], _ words: String, stop: MailLink? = nil)
        {
            var mail = MailMessage(to: to, template: template, fields: fields)
            mail.unsubscribe = stop
            #expect {
                _ = try templates.render(mail)
            } throws: { "\($0)".contains(words) }
        }
        refused("nowhere", [:], "no such template")
        refused(.test, [:], "“time” is missing")
        refused(.test, ["time": .text("now")], "must be a time")
        refused(.test, ["time": .time(Timestamp(nanosecondsSinceEpoch: 0)), "html": .text("x")], "no field “html”")
        refused(
            .passwordReset, ["link": .text("https://evil.example"), "span": .duration(.seconds(1))], "must be a link")
        refused(.test, ["time": .time(Timestamp(nanosecondsSinceEpoch: 0))], "only a notice", stop: link)
        refused(
            .quotaWarning,
            [
                "quota": .text("x"), "percent": .number(80), "time": .time(Timestamp(nanosecondsSinceEpoch: 0)),
                "link": .link(link),
            ], "a notice wants")
        for value in MIMETests.breaks + [String(repeating: "x", count: 501)] {
            refused(
                .newSignIn,
                [
                    "device": .text(value), "place": .text("x"), "time": .time(Timestamp(nanosecondsSinceEpoch: 0)),
                    "link": .link(link),
                ], "“device” has a control character")
        }
    }

    @Test("a template that is wrong stops the start")
    func wrongTemplates() throws {
        let base = try #require(LinkBase("https://desk.example.test"))
        func refused(_ text: MailText, _ words: String) {
            let template = MailTemplate(
                "own", fields: ["a": .text], excess: .delay, usefulFor: .seconds(1), texts: ["en": text])
            #expect {
                _ = try MailTemplates(product: "x", base: base, adding: [template])
            } throws: { "\($0)".contains(words) }
        }
        func text(_ subject: String, button: MailText.Button? = nil) -> MailText {
            MailText(subject: subject, preview: "", heading: "", paragraphs: [], button: button)
        }
        refused(text("{{b}}"), "no field of it")
        refused(text("{{{a}}}"), "isn't a plain field")
        refused(text("{{&a}}"), "isn't a plain field")
        refused(text("{{#a}}"), "")
        refused(text("{{> other}}"), "isn't a plain field")
        refused(text("x", button: .init("x", link: "a")), "is no link")
        #expect(throws: (any Error).self) { try MailTemplates(product: "a\nb", base: base) }
        for wrong in [
            "", "desk.example", "ftp://x", "https://", "https://a b", "https://a/path", "https://a\"b",
            "javascript://x",
        ] {
            #expect(LinkBase(wrong) == nil)
        }
        #expect(LinkBase("https://[::1]:8443/")?.text == "https://[::1]:8443")
    }

    @Test("the nearest language is taken, English where there is none")
    func languages() throws {
        #expect(MailLanguage.nearest(to: "de-AT", among: ["en", "de"]) == "de")
        #expect(MailLanguage.nearest(to: "DE", among: ["en", "de"]) == "de")
        #expect(MailLanguage.nearest(to: "fr-CA", among: ["en", "de"]) == "en")
        #expect(MailLanguage.nearest(to: "", among: ["en"]) == "en")
        #expect(MailLanguage.english.duration(.seconds(1800)) == "30 minutes")
        #expect(MailLanguage.english.duration(.seconds(3600)) == "1 hour")
        #expect(MailLanguage.english.duration(.seconds(86_400)) == "24 hours")
        #expect(MailLanguage.english.duration(.seconds(7 * 86_400)) == "7 days")
        #expect(
            MailLanguage.english.time(Timestamp(nanosecondsSinceEpoch: 1_795_248_034_000_000_000))
                == "21 November 2026, 08:00 UTC")
    }
}
