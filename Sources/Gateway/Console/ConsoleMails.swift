import Console
import Kernel

/// The outbox: what waits, what left, who gets nothing more.
enum ConsoleMails {
    static let entries: [ConsoleRoutes.Entry] = [
        ConsoleRoutes.page("/console/mails", "The outbox.", list),
        ConsoleRoutes.page("/console/mails/:id", "One mail; its words only while it is held.", one),
        ConsoleRoutes.act("/console/mails/release", "Lets held mails go.") { exchange in
            guard let caller = exchange.caller else { throw ConsoleDesk.noDatabase }
            let count = try await exchange.desk.operators(caller).releaseMails()
            guard count > 0 else { throw ConsoleFailure("That was not done.", "No mail is held.") }
            return .done("/console/mails", "mails-released")
        },
        ConsoleRoutes.act("/console/mails/suppress", "Stops mail to an address: email, cause.") { exchange in
            guard let caller = exchange.caller else { throw ConsoleDesk.noDatabase }
            _ = try await exchange.desk.operators(caller).suppress(
                address(exchange), cause: exchange.fields["cause"] ?? "manual")
            return .done("/console/mails", "suppressed")
        },
        ConsoleRoutes.act("/console/mails/unsuppress", "Lets mail to an address go again: email.") { exchange in
            guard let caller = exchange.caller else { throw ConsoleDesk.noDatabase }
            let was = try await exchange.desk.operators(caller).unsuppress(address(exchange))
            return .done("/console/mails", was ? "unsuppressed" : "not-suppressed")
        },
        ConsoleRoutes.act("/console/mails/test", "Sends a test mail: email.") { exchange in
            guard let caller = exchange.caller else { throw ConsoleDesk.noDatabase }
            let mail = try await exchange.desk.operators(caller).sendTestMail(to: address(exchange))
            return .done("/console/mails/\(mail.id)", "mail-tested")
        },
    ]

    private static func address(_ exchange: ConsoleExchange) throws -> MailAddress {
        let text = try exchange.field("email", longest: 254)
        do {
            return try MailAddress(text)
        } catch {
            throw ConsoleFailure("Something in the form isn’t valid.", "This is no e-mail address: \(error.rawValue)")
        }
    }

    @Sendable private static func list(_ exchange: ConsoleExchange) async throws -> ConsolePage {
        guard let caller = exchange.caller else { throw ConsoleDesk.noDatabase }
        guard exchange.desk.background?.outbox != nil else {
            return ConsolePage(
                "E-mails", current: "/console/mails",
                [
                    .empty(
                        "No mail is sent from here: set the address that mails come from, and a server.",
                        command: "email:\n  from: shop@example.com\n  server: smtp://mail.example.com:587")
                ])
        }
        let state = exchange.asked("state").flatMap { OperatorDesk.mailStates.contains($0) ? $0 : nil }
        let before = exchange.asked("before")
        let mails = try await exchange.desk.operators(caller).mails(
            state: state, before: before, limit: ConsoleExchange.pageLength)
        func place(_ before: String?) -> String {
            ConsolePath.with("/console/mails", [("state", state), ("before", before)])
        }
        let isFull = mails.count == ConsoleExchange.pageLength
        return ConsolePage(
            "E-mails", lead: "Recipients are shown by the first digits of a pseudonym.", current: "/console/mails",
            [
                .filter(
                    ConsoleForm(
                        "/console/mails", "Show", .primary,
                        [
                            ConsoleField(
                                "state", "State", .select, value: state ?? "",
                                choices: ConsoleField.choices(OperatorDesk.mailStates))
                        ])),
                mails.isEmpty ? .empty("No mail is like that.", command: nil) : .table(table(mails)),
                .pages(first: before == nil ? nil : place(nil), next: isFull ? mails.last.map { place($0.id) } : nil),
                .heading("What you can do"), .acts(acts),
            ])
    }

    private static func tone(_ state: String) -> ConsoleTone {
        switch state {
        case "sent": .good
        case "given-up": .bad
        case "held", "suppressed", "limited": .warn
        default: .plain
        }
    }

    private static func table(_ mails: [MailSheet]) -> ConsoleTable {
        ConsoleTable(
            "E-mails", columns: ["Template", "State", "To", "Tries", "Made", "Why"],
            rows: mails.map { mail in
                [
                    .code(mail.template, link: "/console/mails/\(mail.id)"), .badge(mail.state, tone(mail.state)),
                    .code(mail.recipient), ConsoleCell("\(mail.attempts)"),
                    ConsoleCell(ConsoleText.time(mail.createdAt)), ConsoleCell(mail.reason ?? ""),
                ]
            })
    }

    private static let acts: [ConsoleForm] = {
        let back = ConsoleField.hidden("back", "/console/mails")
        func email() -> ConsoleField { ConsoleField("email", "Address", .email, isRequired: true) }
        return [
            ConsoleForm("/console/mails/release", "Release held mails", .quiet, [back]),
            ConsoleForm("/console/mails/test", "Send a test mail", .quiet, [email(), back]),
            ConsoleForm(
                "/console/mails/suppress", "Stop mail to it", .danger,
                [
                    email(),
                    ConsoleField(
                        "cause", "Cause", .select, value: "manual",
                        choices: ConsoleField.choices(OperatorDesk.suppressionCauses, hasAny: false)), back,
                ]),
            ConsoleForm("/console/mails/unsuppress", "Let mail to it go again", .quiet, [email(), back]),
        ]
    }()

    @Sendable private static func one(_ exchange: ConsoleExchange) async throws -> ConsolePage {
        guard let caller = exchange.caller else { throw ConsoleDesk.noDatabase }
        let mail = try await exchange.desk.operators(caller).mail(exchange.parameters["id"] ?? "")
        var facts = [
            ConsoleFact("State", .badge(mail.state, tone(mail.state))), ConsoleFact("To", .code(mail.recipient)),
            ConsoleFact("Tries", "\(mail.attempts)"), ConsoleFact("Made", ConsoleText.time(mail.createdAt)),
            ConsoleFact("Due", ConsoleText.time(mail.dueAt)), ConsoleFact("Id", .code(mail.id)),
        ]
        if let ended = mail.endedAt { facts.append(ConsoleFact("Ended", ConsoleText.time(ended))) }
        if let reason = mail.reason { facts.append(ConsoleFact("Why", reason)) }
        var blocks: [ConsoleBlock] = [.facts(facts)]
        if let words = mail.words, exchange.caller?.isAdministrator == true {
            blocks += [.heading(words.subject), .code(words.text)]
        } else {
            blocks.append(
                .text("Its words are shown while it is held, to administrators: other people’s links are in mails."))
        }
        return ConsolePage(mail.template, lead: "A mail of the outbox.", current: "/console/mails", blocks)
    }
}
