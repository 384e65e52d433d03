import Kernel
import TestKit
import Testing

@testable import Operations

@Suite("Settings of e-mail")
struct EmailConfigurationTests {
    private func read(_ values: [String: String]) -> (EmailConfiguration, [ConfigurationError]) {
        var reader = ConfigurationReader(
            values: values.mapValues { ConfigurationValue(.scalar($0), origin: "test") }, defaultMode: .enforce,
            environment: .production)
        let configuration = EmailConfiguration.read(&reader, host: "desk.example.test")
        reader.reportUnknownKeys()
        return (configuration, reader.errors)
    }

    @Test("nothing set: no server, no mail, no error")
    func empty() {
        let (configuration, errors) = read([:])
        #expect(configuration.server == nil && configuration.email == nil && errors.isEmpty)
    }

    @Test("what is set is taken; ports and names have sensible defaults")
    func full() throws {
        let (configuration, errors) = read([
            "smtp.address": "mail.example.test", "smtp.tls": "implicit", "smtp.user": "app", "smtp.password": "s3cret",
            "email.from": "app@example.test", "email.per-template": "5",
        ])
        #expect(errors.isEmpty)
        let server = try #require(configuration.server)
        #expect(server.port == 465 && server.tls == .implicit && server.helloName == "desk.example.test")
        #expect("\(server)".contains("s3cret") == false)
        let email = try #require(configuration.email)
        #expect(email.perTemplate == 5 && email.perRecipient == 10 && email.productName == "desk.example.test")
        #expect(read(["smtp.address": "[::1]:2525", "email.from": "a@example.test"]).0.server?.host == "::1")
        #expect(read(["smtp.address": "mail.example.test:25", "email.from": "a@example.test"]).0.server?.port == 25)
        #expect(read(["smtp.address": "mail.example.test", "email.from": "a@example.test"]).0.server?.port == 587)
    }

    @Test(
        "what is wrong is named",
        arguments: [
            (["smtp.address": "mail.example.test"], "email.from"),
            (["smtp.address": "mail.example.test:0", "email.from": "a@example.test"], "smtp.address"),
            (["smtp.address": "mail example", "email.from": "a@example.test"], "smtp.address"),
            (["smtp.address": "http://mail.example.test:25", "email.from": "a@example.test"], "smtp.address"),
            (["smtp.address": "mail.example.test\r\nQUIT", "email.from": "a@example.test"], "smtp.address"),
            (["smtp.address": "mail.example.test:25", "smtp.tls": "none", "email.from": "a@example.test"], "smtp.tls"),
            (
                [
                    "smtp.address": "mail.example.test:25", "smtp.tls": "none-loopback-only",
                    "email.from": "a@example.test",
                ], "smtp.tls"
            ),
            (["smtp.address": "m.example.test", "smtp.user": "a", "email.from": "a@example.test"], "smtp.password"),
            (["smtp.address": "m.example.test", "smtp.password": "a", "email.from": "a@example.test"], "smtp.user"),
            (["smtp.hello-name": "a b"], "smtp.hello-name"), (["email.from": "Ada <a@example.test>"], "email.from"),
            (["email.from-name": "a\r\nBcc: x"], "email.from-name"),
            (["email.per-recipient": "0"], "email.per-recipient"),
            (["email.keep-bodies": "100d"], "email.keep-records"), (["email.form": "a@example.test"], "email.form"),
        ])
    func wrong(values: [String: String], key: String) {
        let errors = read(values).1
        #expect(errors.map(\.key) == [key], "\(errors)")
    }

    @Test("a password is never shown in an error")
    func secret() {
        let errors = read(["smtp.password": "hunter2\nx"]).1
        #expect(errors.map(\.key) == ["smtp.password"] && errors.first?.given == nil)
    }
}
