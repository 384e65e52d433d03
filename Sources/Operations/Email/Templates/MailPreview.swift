public import Kernel

extension MailTemplates {
    /// Every template with sample fields, as the console previews it: links lead nowhere, names are made up.
    ///
    /// - Throws: `MailDefect` when there is no such template.
    public func preview(_ id: MailTemplateID, language: String = "en") throws(MailDefect) -> RenderedMail {
        guard let template = template(id), let address = try? MailAddress("ada@example.com") else {
            throw MailDefect(id, "there is no such template")
        }
        var fields: [String: MailField] = [:]
        for (name, kind) in template.fields {
            fields[name] = MailTemplates.samples["\(id.rawValue).\(name)"] ?? MailTemplates.sample(name, kind)
        }
        var mail = MailMessage(to: address, template: id, fields: fields)
        mail.language = language
        if template.isNotice { mail.unsubscribe = MailLink(path: "/seaworthy/mails/stop?token=sample") }
        return try render(mail)
    }

    private static func sample(_ name: String, _ kind: MailField.Kind) -> MailField {
        switch kind {
        case .text: .text("Sample \(name)")
        case .name: .name("Ada Lovelace")
        case .link:
            MailLink(path: "/seaworthy/sample?token=q5Xk0Yw8hT3nZ7vB1cR4mL9pS2dF6gJ8").map { .link($0) } ?? .text("")
        // 2026-11-21 08:00 UTC
        case .time: .time(Timestamp(nanosecondsSinceEpoch: 1_795_248_000_000_000_000))
        case .duration: .duration(.seconds(1800))
        case .number: .number(80)
        }
    }

    private static let samples: [String: MailField] = [
        "new-sign-in.device": .text("Firefox on Linux"),
        "new-sign-in.place": .text("203.0.113.7"),
        "account-changed.what": .text("Your password was changed."),
        "account-changed.device": .text("Firefox on Linux"),
        "account-changed.place": .text("203.0.113.7"),
        "quota-warning.quota": .text("monthly request quota"),
        "backup-failed.reason": .text("The store s3://backups/seaworthy answered 403 Forbidden."),
        "backup-failed.last": .text("20 November 2026, 02:00 UTC, 1.2 GB, verified"),
        "audit-anchor.hash": .text("d44a6fc89c59eff476c1119329ec374917c45e2d50473f3cf39953b75c7a9691"),
        "breach-notice.what": .text(
            "On 19 November, somebody read a copy of our list of customers: names and e-mail addresses."),
        "breach-notice.consequence": .text(
            "You may get mails that pretend to come from us. Passwords and payment data were not in the copy."),
        "breach-notice.measure": .text(
            "We closed the gap the same day and told the authority. Be careful with mails that ask for passwords."),
        "breach-notice.contact": .text("privacy@example.com"),
    ]
}
