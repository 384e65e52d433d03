import FoundationEssentials
public import Kernel
public import Store
import Synchronization

/// Delivers the outbox's mails: the handler of `email.deliver`, in the worker.
///
/// It may run at any number of places at once and again after a crash: the claim on the mail's row decides who sends. Between
/// the server's 250 and our COMMIT a crash can lead to a second delivery; it has the same Message-ID, and there is at most
/// `DeliveryPolicy.maxUncertain` of them.
public final class MailDelivery: JobHandler {
    public var kind: JobKind { Outbox.deliver }

    private let outbox: Outbox
    private let database: Database
    /// nil where no server is configured: mails are held.
    private let transport: (any MailTransport)?
    private let lease: Duration
    /// When an operator was last told of each kind of trouble.
    private let told = Mutex<[String: Timestamp]>([:])

    /// - Parameter timeout: the transport's own for one mail: a claim lasts longer than that.
    public init(
        outbox: Outbox, database: Database, transport: (any MailTransport)?, timeout: Duration = .seconds(60)
    ) {
        self.outbox = outbox
        self.database = database
        self.transport = transport
        // Waiting for a thread and for the database belongs to it too.
        lease = timeout * 3 + .seconds(60)
    }

    private struct Payload: Decodable { let mail: String }

    public func run(_ job: Job) async throws {
        guard let payload = try? JSONDecoder().decode(Payload.self, from: Data(job.payload.utf8)) else {
            throw JobFailure.permanent(reason: "the payload isn't {\"mail\": ID}")
        }
        try await deliver(UniqueID(rawValue: payload.mail))
    }

    /// One try for one mail.
    ///
    /// - Throws: `JobFailure.retry` when it is to be tried again.
    public func deliver(_ id: UniqueID) async throws {
        let outbox = outbox
        let lease = lease
        let claim = try await database.transaction("email.claim") { db in
            try outbox.claim(id, lease: lease, in: db)
        }
        let mail: OutgoingMail
        switch claim {
        case .ended: return
        case .later(let span): throw JobFailure.retry(reason: "not due, or under way elsewhere", after: span)
        case .mine(let claimed): mail = claimed
        }
        guard let transport else {
            let tells = tells(EmailSignal.held)
            try await database.transaction("email.hold") { db in
                try outbox.hold(mail, in: db)
                if tells { try outbox.tell(EmailSignal.held, reason: "smtp.address is not set", in: db) }
            }
            return
        }
        let outcome: DeliveryOutcome
        do {
            let message = outbox.message(mail)
            outcome = await transport.deliver(
                Envelope(from: message.from.address, to: mail.to, content: try message.bytes()))
        } catch {
            // It was checked when it was written: settings have changed since.
            outcome = .misconfigured(reason: "\(error)")
        }
        if let next = try await finish(mail, outcome) {
            throw JobFailure.retry(reason: next.reason, after: next.after)
        }
    }

    /// Writes the outcome down. A mail that was accepted is worth patience: as long as it isn't written, it could be sent
    /// again.
    private func finish(
        _ mail: OutgoingMail, _ outcome: DeliveryOutcome
    ) async throws -> (after: Duration, reason: String)? {
        let outbox = outbox
        var trouble: String?
        if case .misconfigured(let reason) = outcome, tells(EmailSignal.misconfigured) { trouble = reason }
        var tries = 0
        while true {
            do {
                return try await database.transaction("email.finish") { [trouble] db in
                    if let trouble { try outbox.tell(EmailSignal.misconfigured, reason: trouble, in: db) }
                    return try outbox.finish(mail, outcome, in: db)
                }
            } catch let error as DatabaseError where tries < 8 {
                guard [.unavailable, .busy, .outcomeUnknown, .lockTimeout, .conflict].contains(error.code) else {
                    throw error
                }
                tries += 1
                // A cancelled wait ends at once: the tries still bound it.
                try? await Task.sleep(for: .milliseconds(100 << min(tries, 6)))
            }
        }
    }

    private func tells(_ kind: String) -> Bool {
        let now = outbox.clock.now()
        return told.withLock { told in
            if let last = told[kind], now < last.moved(by: .seconds(3600)) { return false }
            told[kind] = now
            return true
        }
    }
}

extension Outbox {
    func tell(_ kind: String, reason: String, in db: Transaction) throws {
        try audit.append(AuditEvent(kind, actor: "system", details: ["reason": reason]), in: db)
    }
}

/// Keeps the outbox small: the handler of `email.retain`, to be scheduled every hour.
public struct MailRetention: JobHandler {
    public static let retain: JobKind = "email.retain"
    public var kind: JobKind { MailRetention.retain }

    private let outbox: Outbox
    private let database: Database

    public init(outbox: Outbox, database: Database) {
        self.outbox = outbox
        self.database = database
    }

    public func run(_ job: Job) async throws {
        let outbox = outbox
        var done: Outbox.Retention
        repeat {
            done = try await database.transaction("email.retain") { db in try outbox.retain(in: db) }
        } while done.purged + done.removed + done.sealed > 0 && !Task.isCancelled
    }
}
