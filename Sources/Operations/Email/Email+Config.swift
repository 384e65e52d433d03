public import Kernel

/// Keys of `smtp` and `email`.
public struct EmailConfiguration: Sendable, Equatable {
    /// nil when `smtp.address` isn't set: mails stay in the outbox.
    public var server: SMTPSettings?
    /// nil when `email.from` isn't set: no mail can be made.
    public var email: EmailSettings?

    /// - Parameter host: that of `public-url`; the name we greet with, and the product's, unless they are set.
    public static func read(_ reader: inout ConfigurationReader, host: String?) -> EmailConfiguration {
        var configuration = EmailConfiguration()
        configuration.email = readEmail(&reader, host: host)
        configuration.server = readServer(&reader, host: host)
        if configuration.server != nil, configuration.email == nil, !reader.isGiven("email.from") {
            reader.report(
                ConfigurationError(
                    key: "email.from", given: nil, valid: "an address that mails come from, since smtp.address is set",
                    origin: reader.origin(of: "smtp.address")))
        }
        return configuration
    }

    private static func readServer(_ reader: inout ConfigurationReader, host: String?) -> SMTPSettings? {
        let tls = reader.read(tls)
        let address = reader.read(address)
        let user = reader.read(user)
        let password = reader.read(password)
        let authorities = reader.read(authorities)
        let hello = reader.read(hello)
        let timeout = reader.read(timeout)
        let connections = reader.read(connections)
        guard let address else { return nil }
        var server = SMTPSettings(
            host: address.host, port: address.port ?? (tls == .implicit ? 465 : 587),
            helloName: hello ?? host ?? "localhost")
        server.tls = tls
        server.user = user
        server.password = password
        server.authoritiesFile = authorities
        server.timeout = timeout
        server.connections = connections
        if tls == .noneLoopbackOnly, !server.isLoopback {
            reader.report(
                ConfigurationError(
                    key: "smtp.tls", given: tls.rawValue,
                    valid: "starttls or implicit: only this machine is sent to in the clear",
                    origin: reader.origin(of: "smtp.tls")))
        }
        if (user == nil) != (password == nil) {
            reader.report(
                ConfigurationError(
                    key: user == nil ? "smtp.user" : "smtp.password", given: nil,
                    valid: "both a user and a password, or neither",
                    origin: reader.origin(of: user == nil ? "smtp.password" : "smtp.user")))
        }
        return server
    }

    private static func readEmail(_ reader: inout ConfigurationReader, host: String?) -> EmailSettings? {
        let from = reader.read(from)
        let name = reader.read(fromName)
        let replyTo = reader.read(replyTo)
        let product = reader.read(product)
        let perRecipient = reader.read(perRecipient)
        let perTemplate = reader.read(perTemplate)
        let attempts = reader.read(attempts)
        let bodies = reader.read(bodies)
        let records = reader.read(records)
        if records < bodies {
            reader.report(
                ConfigurationError(
                    key: "email.keep-records", given: nil, valid: "at least as long as email.keep-bodies",
                    origin: reader.origin(of: "email.keep-records")))
        }
        guard let from else { return nil }
        let productName = product ?? host ?? from.domain
        var settings = EmailSettings(
            from: Mailbox(from, name: name ?? productName), productName: productName)
        settings.replyTo = replyTo
        settings.perRecipient = perRecipient
        settings.perTemplate = perTemplate
        settings.policy.maxAttempts = attempts
        settings.keepsBodies = bodies
        settings.keepsRecords = records
        return settings
    }
}

/// `HOST` or `HOST:PORT`.
public struct ServerAddress: Sendable, Equatable {
    public let host: String
    /// nil for the usual one.
    public let port: Int?

    init?(_ text: String) {
        // 0 stands for a port that wasn't given; nobody can give it.
        guard let place = HostAndPort(text[...], defaultPort: 0) else { return nil }
        let isWithoutPort = text.hasPrefix("[") ? text.hasSuffix("]") : !text.contains(":")
        let isPlain = text.utf8.allSatisfy { byte in
            byte.isASCIILetter || byte.isASCIIDigit || [0x2D, 0x2E, 0x3A, 0x5B, 0x5D].contains(byte)
        }
        guard isPlain, isWithoutPort == (place.port == 0) else { return nil }
        host = place.host
        port = isWithoutPort ? nil : place.port
    }
}

extension EmailConfiguration {
    private static var address: Setting<ServerAddress?> {
        Setting(
            "smtp.address", summary: "The server that takes mails; without one they stay in the outbox.",
            form: "HOST or HOST:PORT (587; 465 with smtp.tls: implicit)", default: nil, defaultText: "none",
            parse: { $0.text.flatMap(ServerAddress.init).map { .some($0) } })
    }

    private static var tls: Setting<SMTPSettings.TLS> {
        Setting(
            "smtp.tls", summary: "How the connection to it is made safe; its certificate is always verified.",
            form: "starttls, implicit or none-loopback-only", default: .starttls, defaultText: "starttls",
            parse: { $0.text.flatMap(SMTPSettings.TLS.init(rawValue:)) })
    }

    private static var user: Setting<String?> {
        line("smtp.user", summary: "Whom we sign in as.", form: "a name")
    }

    private static var password: Setting<Secret?> {
        Setting(
            "smtp.password", summary: "The password of smtp.user; better in a file, by SEAWORTHY_SMTP_PASSWORD_FILE.",
            form: "a text on one line", default: nil, defaultText: "none", isSecret: true
        ) { node in
            node.text.flatMap { $0.isEmpty || !LineText.isSafe($0) ? nil : .some(Secret($0)) }
        }
    }

    private static var authorities: Setting<String?> {
        line(
            "smtp.ca-file", summary: "Authorities that its certificate is checked with, instead of the system's.",
            form: "a PEM file")
    }

    private static var hello: Setting<String?> {
        Setting(
            "smtp.hello-name", summary: "The name that we greet with (EHLO).", form: "a host name", default: nil,
            defaultText: "the host of public-url"
        ) { node in
            node.text.flatMap { text in
                let isName =
                    !text.isEmpty && text.utf8.count <= 253
                    && text.utf8.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || $0 == 0x2D || $0 == 0x2E }
                return isName ? .some(text) : nil
            }
        }
    }

    private static var timeout: Setting<Duration> {
        .duration(
            "smtp.timeout", summary: "How long handing over one mail may take.", default: .seconds(60),
            defaultText: "60s")
    }

    private static var connections: Setting<Int> {
        .number("smtp.connections", summary: "Mails handed over at once.", default: 2, in: 1...16)
    }

    private static var from: Setting<MailAddress?> {
        mailbox("email.from", summary: "The address that mails come from.")
    }

    private static var fromName: Setting<String?> {
        line(
            "email.from-name", summary: "The name beside it.", form: "at most 100 characters",
            default: "email.product-name")
    }

    private static var replyTo: Setting<MailAddress?> {
        mailbox("email.reply-to", summary: "Where answers go, if not to email.from.")
    }

    private static var product: Setting<String?> {
        line(
            "email.product-name", summary: "What mails call the app.", form: "at most 60 characters",
            default: "the host of public-url", longest: 60)
    }

    private static var perRecipient: Setting<Int> {
        .number("email.per-recipient", summary: "Mails to one recipient in an hour.", default: 10, in: 1...1000)
    }

    private static var perTemplate: Setting<Int> {
        .number(
            "email.per-template", summary: "Mails of one kind to one recipient in an hour.", default: 3, in: 1...1000)
    }

    private static var attempts: Setting<Int> {
        .number(
            "email.attempts", summary: "Tries that a server may put off before a mail is given up.", default: 10,
            in: 1...50)
    }

    private static var bodies: Setting<Duration> {
        .duration(
            "email.keep-bodies", summary: "How long words and address are kept after a mail has ended.",
            default: .seconds(3 * 86_400), defaultText: "3d")
    }

    private static var records: Setting<Duration> {
        .duration(
            "email.keep-records", summary: "How long it is remembered that there was a mail.",
            default: .seconds(90 * 86_400), defaultText: "90d")
    }

    private static func line(
        _ key: String, summary: String, form: String, default text: String = "none", longest: Int = 100,
        reloads: Bool = true
    ) -> Setting<String?> {
        Setting(key, summary: summary, form: form, default: nil, defaultText: text, reloads: reloads) { node in
            node.text.flatMap { text in
                !text.isEmpty && text.unicodeScalars.count <= longest && LineText.isSafe(text) ? .some(text) : nil
            }
        }
    }

    private static func mailbox(_ key: String, summary: String) -> Setting<MailAddress?> {
        Setting(key, summary: summary, form: "an address such as app@example.com", default: nil, defaultText: "none") {
            $0.text.flatMap { try? MailAddress($0) }.map { .some($0) }
        }
    }
}
