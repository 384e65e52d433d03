import Kernel
import Store

/// A mail that somebody has claimed for one try.
struct OutgoingMail: Sendable {
    let id: UniqueID
    let to: MailAddress
    let rendered: RenderedMail
    let createdAt: Timestamp
    /// This try included.
    let attempts: Int
    /// Earlier tries whose end nobody knows.
    let uncertain: Int
    let expiresAt: Timestamp
    /// Whoever holds this may say how it ended.
    let lease: String
}

extension Outbox {
    /// What a claim gave.
    enum Claim: Sendable {
        case mine(OutgoingMail)
        /// Not now: another has it, or it is not due yet.
        case later(Duration)
        /// There is nothing left to do.
        case ended
    }

    /// Takes a mail for one try: one statement, so that of all who try one gets it.
    ///
    /// A mail whose lease ran out was left by somebody who died; whether the server had it nobody knows.
    func claim(_ id: UniqueID, lease span: Duration, in db: Transaction) throws -> Claim {
        let now = clock.now()
        let lease = UniqueID(at: now, random: random).rawValue
        let row = try db.row(
            """
            UPDATE emails SET attempts = attempts + 1,
                uncertain = uncertain + CASE WHEN state = 'sending' THEN 1 ELSE 0 END,
                state = 'sending', lease = \(lease), leased_until = \(now.moved(by: span))
            WHERE id = \(id.rawValue) AND due_at <= \(now)
                AND (state = 'queued' OR (state = 'sending' AND leased_until <= \(now)))
            RETURNING \(Outbox.contentColumns), template, created_at, attempts, uncertain, expires_at
            """)
        guard let row else { return try whyNot(id, now: now, in: db) }
        let attempts: Int = try row["attempts"]
        let contents: MailContents
        do {
            contents = try self.contents(of: row, id, in: db)
        } catch let error as AtRestError {
            // Nobody can send what nobody can read: an operator hears of it.
            try giveUp(id, lease: lease, attempts: attempts, reason: "its content can't be opened: \(error)", in: db)
            return .ended
        }
        let to = try MailAddress(contents.recipient)
        let template = templates.template(MailTemplateID(rawValue: try row["template"]))
        let mail = OutgoingMail(
            id: id, to: to, rendered: contents.rendered, createdAt: try row["created_at"], attempts: attempts,
            uncertain: try row["uncertain"], expiresAt: try row["expires_at"], lease: lease)
        // The address may have got onto the list since.
        if let cause = try Suppressions.cause(among: pseudonym.all(of: to), in: db),
            cause != .complaint || template?.isEssential != true
        {
            try end(id, lease: lease, state: "suppressed", reason: cause.rawValue, in: db)
            return .ended
        }
        if mail.uncertain >= settings.policy.maxUncertain {
            try giveUp(mail, reason: "its end is unknown \(mail.uncertain) times", in: db)
            return .ended
        }
        if mail.expiresAt <= now {
            try giveUp(mail, reason: "too late to be useful", in: db)
            return .ended
        }
        return .mine(mail)
    }

    private func whyNot(_ id: UniqueID, now: Timestamp, in db: Transaction) throws -> Claim {
        let row = try db.row("SELECT state, due_at, leased_until FROM emails WHERE id = \(id.rawValue)")
        guard let row else { return .ended }
        let state: String = try row["state"]
        guard state == "queued" || state == "sending" else { return .ended }
        let due: Timestamp = try row["due_at"]
        let leased: Timestamp? = try row["leased_until"]
        let time = max(due, leased ?? due)
        let wait = max(
            0, time.nanosecondsSinceEpoch.subtractingReportingOverflow(now.nanosecondsSinceEpoch).partialValue)
        return .later(.nanoseconds(wait) + .seconds(1))
    }

    /// Writes down how a try ended; the job is told what follows.
    ///
    /// - Returns: nil when it is over, else when to try again. A try whose lease somebody else has by now changes nothing.
    func finish(
        _ mail: OutgoingMail, _ outcome: DeliveryOutcome, in db: Transaction
    ) throws -> (after: Duration, reason: String)? {
        let now = clock.now()
        var uncertain = mail.uncertain
        if case .uncertain = outcome { uncertain += 1 }
        let chance = Double(random.next() >> 11) / Double(1 << 53)
        let decision = settings.policy.decide(
            outcome, attempts: mail.attempts, uncertain: uncertain, now: now, expires: mail.expiresAt, chance: chance)
        switch decision {
        case .sent:
            try end(mail.id, lease: mail.lease, state: "sent", reason: nil, in: db)
            return nil
        case .retry(let delay, let reason):
            // A server that is away, and settings that are wrong, are not this mail's fault: the try doesn't count.
            let counts: Bool =
                switch outcome {
                case .refused, .uncertain: true
                default: false
                }
            try db.execute(
                """
                UPDATE emails SET state = 'queued', lease = NULL, leased_until = NULL, reason = \(reason),
                    uncertain = \(uncertain), attempts = attempts - \(counts ? 0 : 1), due_at = \(now.moved(by: delay))
                WHERE id = \(mail.id.rawValue) AND lease = \(mail.lease)
                """)
            return (delay, reason)
        case .giveUp(let reason, let suppress):
            try giveUp(mail, reason: reason, in: db)
            if suppress {
                try suppressions.add(
                    hash: pseudonym.of(mail.to), cause: .bounce, detail: reason, actor: "system", in: db)
            }
            return nil
        }
    }

    /// No server is configured: the mail stays where an operator, or a developer, reads it.
    func hold(_ mail: OutgoingMail, in db: Transaction) throws {
        try db.execute(
            """
            UPDATE emails SET state = 'held', lease = NULL, leased_until = NULL, reason = 'no server is configured',
                attempts = attempts - 1, ended_at = \(clock.now())
            WHERE id = \(mail.id.rawValue) AND lease = \(mail.lease)
            """)
    }

    private func giveUp(_ mail: OutgoingMail, reason: String, in db: Transaction) throws {
        try giveUp(mail.id, lease: mail.lease, attempts: mail.attempts, reason: reason, in: db)
    }

    private func giveUp(
        _ id: UniqueID, lease: String, attempts: Int, reason: String, in db: Transaction
    ) throws {
        guard try end(id, lease: lease, state: "given-up", reason: reason, in: db) else { return }
        let details = ["message": id.rawValue, "reason": reason, "attempts": "\(attempts)"]
        try audit.append(AuditEvent(EmailSignal.givenUp, actor: "system", details: details), in: db)
    }

    @discardableResult
    private func end(
        _ id: UniqueID, lease: String, state: String, reason: String?, in db: Transaction
    ) throws -> Bool {
        try db.execute(
            """
            UPDATE emails SET state = \(state), lease = NULL, leased_until = NULL, reason = \(reason),
                ended_at = \(clock.now())
            WHERE id = \(id.rawValue) AND lease = \(lease)
            """) > 0
    }

    /// The mail as it goes over the wire. Every try has the same Message-ID, by which servers and people know a double.
    func message(_ mail: OutgoingMail) -> MIMEMessage {
        var message = MIMEMessage(
            from: settings.from, to: Mailbox(mail.to, name: mail.rendered.name), subject: mail.rendered.subject,
            date: mail.createdAt, messageID: "\(mail.id.rawValue)@\(settings.from.address.domain)",
            text: mail.rendered.text, html: mail.rendered.html)
        message.replyTo = settings.replyTo
        message.unsubscribe = mail.rendered.unsubscribe
        return message
    }
}
