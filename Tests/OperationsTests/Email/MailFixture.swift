import Kernel
import Store
import Synchronization
import TestKit

@testable import Operations

/// What the e-mail suites share.
enum MailFixture {
    /// One server for all of them; it ends with the process.
    private static let started = Task { try await SMTPServer() }
    static var server: SMTPServer {
        get async throws { try await started.value }
    }

    static let migrations = (ChangeFeed.migrations + JobQueue.migrations + KeyRing.migrations + Outbox.migrations)
        .sorted { $0.id < $1.id }

    static func address(_ text: String) throws -> MailAddress { try MailAddress(text) }

    static func settings() throws -> EmailSettings {
        EmailSettings(from: Mailbox(try address("app@example.test"), name: "Trading Desk"), productName: "Trading Desk")
    }

    static func templates(product: String = "Trading Desk") throws -> MailTemplates {
        guard let base = LinkBase("https://desk.example.test") else { throw MailDefect("layout", "no base") }
        return try MailTemplates(product: product, base: base)
    }

    static func outbox(
        _ database: Database, clock: any WallClock, audit: MemoryTrail = MemoryTrail(), seed: UInt64 = 3,
        configure: (inout EmailSettings) -> Void = { _ in }
    ) throws -> Outbox {
        var settings = try settings()
        configure(&settings)
        let random = SeededRandomSource(seed: seed)
        let ring = KeyRing(
            database: database, roots: try RootKeys([Vault.rootA]), clock: clock,
            random: SeededRandomSource(seed: seed &+ 1), audit: MemoryTrail())
        return Outbox(
            templates: try templates(), settings: settings,
            pseudonym: AddressPseudonym([
                Secret("a key of the tests, long enough"), Secret("an older key of the tests"),
            ]),
            sealer: Sealer(ring: ring, columns: [Outbox.sealedColumn]), jobs: JobQueue(clock: clock, random: random),
            audit: audit, clock: clock, random: random)
    }

    static func smtp(
        _ port: String, of server: SMTPServer, tls: SMTPSettings.TLS, configure: (inout SMTPSettings) -> Void = { _ in }
    ) -> SMTPTransport {
        var settings = SMTPSettings(host: "127.0.0.1", port: server.ports[port] ?? 1, helloName: "desk.example.test")
        settings.tls = tls
        settings.authoritiesFile = server.directory.file("authority.pem")
        settings.timeout = .seconds(10)
        settings.connectTimeout = .seconds(5)
        configure(&settings)
        return SMTPTransport(settings)
    }

    static func reset(_ to: String, key: String? = nil) throws -> MailMessage {
        guard let link = MailLink(path: "/seaworthy/reset?token=abc") else { throw MailDefect("x", "no link") }
        var mail = MailMessage.passwordReset(to: try address(to), link: link, validFor: .seconds(1800))
        mail.idempotencyKey = key
        return mail
    }

    static func signIn(_ to: String) throws -> MailMessage {
        guard let link = MailLink(path: "/seaworthy/sessions") else { throw MailDefect("x", "no link") }
        return MailMessage.newSignIn(
            to: try address(to), device: "Firefox on Linux", from: "203.0.113.7",
            at: Timestamp(nanosecondsSinceEpoch: 1_795_248_000_000_000_000), link: link)
    }

    static func envelope(to: String, text: String = "Hello.\n", html: String = "<p>Hello.</p>\n") throws -> Envelope {
        let from = try address("app@example.test")
        let message = MIMEMessage(
            from: Mailbox(from), to: Mailbox(try address(to)), subject: "Test",
            date: Timestamp(nanosecondsSinceEpoch: 0), messageID: "1@example.test", text: text, html: html)
        return Envelope(from: from, to: try address(to), content: try message.bytes())
    }
}

/// Remembers committed events.
final class MemoryTrail: AuditTrail {
    private let kept = Mutex<[AuditEvent]>([])
    var events: [AuditEvent] { kept.withLock { $0 } }
    func kinds() -> [String] { events.map(\.kind) }

    func append(_ event: AuditEvent, in db: Transaction) throws {
        db.afterCommit { self.kept.withLock { $0.append(event) } }
    }
}

/// A transport that answers as it is told and counts what it was given.
final class ScriptedTransport: MailTransport {
    private let answer: @Sendable (Envelope, Int) async -> DeliveryOutcome
    private let taken = Mutex<[Envelope]>([])

    init(_ answer: @escaping @Sendable (Envelope, Int) async -> DeliveryOutcome = { _, _ in .accepted }) {
        self.answer = answer
    }

    var envelopes: [Envelope] { taken.withLock { $0 } }

    func deliver(_ envelope: Envelope) async -> DeliveryOutcome {
        let count = taken.withLock { taken in
            taken.append(envelope)
            return taken.count
        }
        return await answer(envelope, count)
    }
}

extension Database {
    /// The outbox as it is; mails of the same millisecond in any order.
    func entries(_ outbox: Outbox) async throws -> [OutboxEntry] {
        try await read("test") { db in try outbox.entries(limit: 200, in: db) }.reversed()
    }

    /// The states of these mails, in their order.
    func states(_ ids: [UniqueID], _ outbox: Outbox) async throws -> [String] {
        let entries = try await entries(outbox)
        return ids.map { id in entries.first { $0.id == id }?.state ?? "none" }
    }

    func jobCount() async throws -> Int {
        try await read("test") { db in try db.value("SELECT count(*) FROM jobs", as: Int.self) ?? 0 }
    }

    /// Sends them one by one, and gives what the outbox then has of them, in their order.
    @discardableResult
    func send(_ mails: [MailMessage], by outbox: Outbox) async throws -> [OutboxEntry] {
        var known = Set(try await entries(outbox).map(\.id))
        var sent: [OutboxEntry] = []
        for mail in mails {
            try await transaction("test.send") { db in try outbox.send(mail, in: db) }
            let added = try await entries(outbox).filter { !known.contains($0.id) }
            known.formUnion(added.map(\.id))
            sent += added
        }
        return sent
    }
}
