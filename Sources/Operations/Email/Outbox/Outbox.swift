public import Kernel
public import Store

/// Mails that are to leave: written with their cause, sent after its COMMIT, remembered for a while.
///
/// A mail's states: `queued` → `sending` → `sent`; back to `queued` for another try; `held` where no server is configured;
/// and three ends that an operator sees: `given-up`, `suppressed`, `limited`.
public struct Outbox: Mailer {
    public static let deliver: JobKind = "email.deliver"

    public let templates: MailTemplates
    public let settings: EmailSettings
    let pseudonym: AddressPseudonym
    let sealer: Sealer
    let suppressions: Suppressions
    let jobs: JobQueue
    let audit: any AuditTrail
    let clock: any WallClock
    let random: any RandomSource

    /// - Parameter sealer: knows `Outbox.sealedColumn`.
    public init(
        templates: MailTemplates, settings: EmailSettings, pseudonym: AddressPseudonym, sealer: Sealer, jobs: JobQueue,
        audit: any AuditTrail, clock: any WallClock, random: any RandomSource
    ) {
        self.templates = templates
        self.settings = settings
        self.pseudonym = pseudonym
        self.sealer = sealer
        self.suppressions = Suppressions(pseudonym: pseudonym, clock: clock, audit: audit)
        self.jobs = jobs
        self.audit = audit
        self.clock = clock
        self.random = random
    }

    public func send(_ mail: MailMessage, in db: Transaction) throws {
        let rendered = try templates.render(mail)
        guard let template = templates.template(mail.template) else { return }
        // The bytes are made again for each try; that they can be made at all shows here, where the cause still can fail.
        _ = try message(
            OutgoingMail(
                id: UniqueID(rawValue: "check"), to: mail.to, rendered: rendered, createdAt: clock.now(), attempts: 0,
                uncertain: 0, expiresAt: clock.now(), lease: "")
        ).bytes()
        let pending = PendingMail(
            mail: mail, rendered: rendered, template: template, hashes: pseudonym.all(of: mail.to))
        guard db.gather(pending) else { return }
        // At commit and by recipient, so that two transactions with mails to the same people never wait for each other
        // in a circle.
        db.atCommit(.records) { db in
            let mails = db.gathered(PendingMail.self)
            let ordered = mails.enumerated().sorted { ($0.element.hash, $0.offset) < ($1.element.hash, $1.offset) }
            for (_, mail) in ordered { try write(mail, in: db) }
        }
    }

    private func write(_ pending: PendingMail, in db: Transaction) throws {
        let now = clock.now()
        if let key = pending.mail.idempotencyKey {
            guard try db.row("SELECT id FROM emails WHERE idempotency_key = \(key)") == nil else { return }
        }
        // Locks the recipient until COMMIT: what is counted below stays true.
        try db.execute(
            """
            INSERT INTO email_recipients (hash, counted_at) VALUES (\(pending.hash), \(now))
            ON CONFLICT (hash) DO UPDATE SET counted_at = excluded.counted_at
            """)
        let verdict = try verdict(on: pending, now: now, in: db)
        let id = UniqueID(at: now, random: random)
        guard try insert(pending, id, verdict, now: now, in: db) else { return }
        switch verdict {
        case .leaves(let slot):
            try enqueue(id, at: slot, key: id.rawValue, in: db)
        case .suppressed: break
        case .limited:
            let details = ["message": id.rawValue, "template": pending.mail.template.rawValue]
            try audit.append(AuditEvent(EmailSignal.limited, actor: "system", details: details), in: db)
        }
    }

    /// Payloads name the mail alone.
    func enqueue(_ id: UniqueID, at time: Timestamp, key: String, in db: Transaction) throws {
        var request = JobRequest(Outbox.deliver, payload: "{\"mail\":\"\(id.rawValue)\"}")
        request.idempotencyKey = key
        request.runAt = time
        // The mail's own rule says when to give up; the job must outlast it.
        request.maxAttempts = 100
        try jobs.enqueue(request, in: db)
    }

    /// False when a mail with its idempotency key came in between.
    private func insert(
        _ pending: PendingMail, _ id: UniqueID, _ verdict: Verdict, now: Timestamp, in db: Transaction
    ) throws -> Bool {
        let (state, slot): (String, Timestamp) =
            switch verdict {
            case .leaves(let slot): ("queued", slot)
            case .suppressed: ("suppressed", now)
            case .limited: ("limited", now)
            }
        let isOpen = state == "queued"
        let ended: Timestamp? = isOpen ? nil : now
        // What isn't sent keeps nothing personal.
        let contents = isOpen ? try seal(MailContents(pending.mail, pending.rendered), id, in: db) : nil
        return try db.execute(
            """
            INSERT INTO emails (id, idempotency_key, template, language, recipient, recipient_hash,
                subject, body_text, body_html, sealed, state, attempts, uncertain, slot_at, due_at, expires_at,
                created_at, ended_at, purged_at)
            VALUES (\(id.rawValue), \(pending.mail.idempotencyKey), \(pending.mail.template.rawValue),
                \(pending.mail.language), '', \(pending.hash), '', '', '', \(contents), \(state), 0, 0, \(slot),
                \(slot), \(slot.moved(by: pending.template.usefulFor)), \(now), \(ended), \(ended))
            ON CONFLICT (idempotency_key) DO NOTHING
            """) > 0
    }
}

/// A mail that its transaction will write.
struct PendingMail {
    let mail: MailMessage
    let rendered: RenderedMail
    let template: MailTemplate
    /// Pseudonyms of the recipient, the current one first.
    let hashes: [String]
    var hash: String { hashes.first ?? "" }
}
