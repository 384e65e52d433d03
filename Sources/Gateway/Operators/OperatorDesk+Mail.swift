public import Kernel
import Operations
import Store

/// A mail as an operator's command shows it: no address; its words only while it is held.
public struct MailSheet: Sendable, Encodable {
    public struct Words: Sendable, Encodable {
        public let subject: String
        public let text: String
        public let html: String
    }

    public let id: String
    public let template: String
    /// The first digits of the recipient's pseudonym.
    public let recipient: String
    public let state: String
    public let attempts: Int
    public let reason: String?
    public let createdAt: String
    public let dueAt: String
    public let endedAt: String?
    /// nil for a mail that isn't held: whoever sees the outbox must not read other people's links in it.
    public var words: Words?

    init(_ entry: OutboxEntry) {
        id = entry.id.rawValue
        template = entry.template.rawValue
        recipient = entry.recipient
        state = entry.state
        attempts = entry.attempts
        reason = entry.reason
        createdAt = entry.createdAt.iso8601
        dueAt = entry.dueAt.iso8601
        endedAt = entry.endedAt?.iso8601
    }
}

extension MailSheet.Words {
    init(_ mail: RenderedMail) {
        self.init(subject: mail.subject, text: mail.text, html: mail.html)
    }
}

extension OperatorDesk {
    public static let mailStates = ["queued", "sending", "sent", "held", "given-up", "suppressed", "limited"]
    /// Why an address may be on the suppression list.
    public static let suppressionCauses = ["manual", "complaint", "bounce"]

    private func outbox() throws -> Outbox {
        guard let outbox = services.outbox else {
            throw DatabaseFailure(
                .configuration, "no mail is configured: email.from names the address that mails come from")
        }
        return outbox
    }

    /// The latest first.
    ///
    /// - Parameter limit: 1…200.
    public func mails(state: String?, before: String?, limit: Int) async throws -> [MailSheet] {
        let outbox = try outbox()
        return try await read("mail.list") { db in
            try outbox.entries(
                state: state, before: before.map(UniqueID.init(rawValue:)), limit: limit, in: db
            ).map { MailSheet($0) }
        }
    }

    /// One mail, with its words while it is held.
    public func mail(_ id: String) async throws -> MailSheet {
        let outbox = try outbox()
        let found = try await read("mail.show") { db -> MailSheet? in
            guard let entry = try outbox.entry(UniqueID(rawValue: id), in: db) else { return nil }
            var sheet = MailSheet(entry)
            sheet.words = try outbox.heldMail(entry.id, in: db).map(MailSheet.Words.init)
            return sheet
        }
        guard let found else {
            throw OperatorRefusal("there is no mail \(id.prefix(80)): seaworthy mail list shows them")
        }
        return found
    }

    /// Puts an address on the suppression list.
    ///
    /// - Returns: the cause that it is there for: a stronger one that stood there already stays.
    public func suppress(_ address: MailAddress, cause: String) async throws -> String {
        let (suppressions, actor) = (try suppressions(), actor)
        let wanted = Suppressions.Cause(rawValue: cause) ?? .manual
        return try await act("mail.suppress") { db in
            try suppressions.add(address, cause: wanted, actor: actor, in: db)
            return try suppressions.cause(of: address, in: db)?.rawValue ?? cause
        }
    }

    /// - Returns: false when it wasn't on the list.
    public func unsuppress(_ address: MailAddress) async throws -> Bool {
        let (suppressions, actor) = (try suppressions(), actor)
        return try await act("mail.unsuppress") { db in try suppressions.remove(address, actor: actor, in: db) }
    }

    private func suppressions() throws -> Suppressions {
        _ = try outbox()
        let secrets: [Secret]
        do {
            secrets = try services.configuration.rootSecrets(services.ports.random)
        } catch {
            throw DatabaseFailure(.configuration, error.description)
        }
        return Suppressions(
            pseudonym: AddressPseudonym(secrets), clock: services.ports.wallClock, audit: services.journal)
    }

    /// Lets mails go that were held while no server was configured, as far as they are still of use.
    public func releaseMails() async throws -> Int {
        let (outbox, services, actor) = (try outbox(), services, actor)
        var released = 0
        while true {
            let count = try await act("mail.release") { db in
                let count = try outbox.releaseHeld(in: db)
                if count > 0 {
                    try services.journal.append(
                        AuditEvent("email.released", actor: actor, details: ["count": "\(count)"]), in: db)
                }
                return count
            }
            released += count
            if count < 500 { return released }
        }
    }

    /// Puts a test mail into the outbox.
    ///
    /// - Returns: its entry: `queued`, `suppressed` or `limited`.
    public func sendTestMail(to address: MailAddress) async throws -> MailSheet {
        let (outbox, services) = (try outbox(), services)
        let key = "test/\(UniqueID(at: services.ports.wallClock.now(), random: services.ports.random))"
        var message = MailMessage.test(to: address, at: services.ports.wallClock.now())
        message.idempotencyKey = key
        try await act("mail.test") { [message] db in try outbox.send(message, in: db) }
        guard let entry = try await read("mail.test", { try outbox.entry(key: key, in: $0) }) else {
            throw OperatorRefusal("the test mail was written and is gone")
        }
        return MailSheet(entry)
    }

    /// A template with sample values.
    public func preview(_ template: String, language: String) throws -> MailSheet.Words {
        let outbox = try outbox()
        guard outbox.templates.ids.contains(MailTemplateID(rawValue: template)) else {
            let names = outbox.templates.ids.map(\.rawValue).joined(separator: ", ")
            throw OperatorRefusal("there is no template “\(template.prefix(80))”; there are \(names)")
        }
        return MailSheet.Words(try outbox.templates.preview(MailTemplateID(rawValue: template), language: language))
    }
}
