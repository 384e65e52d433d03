import Gateway

/// Mails for people.
enum MailText {
    static func list(_ mails: [MailSheet], isWhole: Bool) -> String {
        guard let last = mails.last else { return "No mails.\n" }
        var table = TextTable(["id", "template", "state", "tries"])
        for mail in mails { table.add([mail.id, mail.template, mail.state, "\(mail.attempts)"]) }
        return table.text + "\n" + (isWhole ? "" : "More: --before \(last.id)\n")
            + "One of them: seaworthy mail show ID\n"
    }

    static func sheet(_ mail: MailSheet) -> String {
        TextTable.sheet([
            ("mail", mail.id), ("template", mail.template), ("recipient", mail.recipient + "… (pseudonym)"),
            ("state", mail.state), ("reason", mail.reason), ("tries", "\(mail.attempts)"),
            ("created", TextTable.time(mail.createdAt)), ("due", TextTable.time(mail.dueAt)),
            ("ended", mail.endedAt.map { TextTable.time($0) }),
        ]) + (mail.words.map { "\n" + words($0) } ?? "")
    }

    static func words(_ words: MailSheet.Words) -> String {
        "Subject: \(words.subject)\n\n\(words.text)" + (words.text.hasSuffix("\n") ? "" : "\n")
    }

    static func outcome(_ mail: MailSheet, to address: String) -> String {
        let reason = mail.reason.map { ": \($0)" } ?? ""
        let text =
            switch mail.state {
            case "sent": "Sent to \(address): the server took it."
            case "held":
                "Held in the outbox\(reason). seaworthy mail show \(mail.id) prints it."
            case "queued", "sending":
                "Still waiting (\(mail.state)\(reason)). Does a worker run? seaworthy mail show \(mail.id)"
            case "suppressed": "Not sent: \(address) is on the suppression list."
            case "limited": "Not sent: \(address) had too many mails within the hour."
            default: "Not sent (\(mail.state)\(reason))."
            }
        return text.wrapped(width: 80, indent: 0) + "\n"
    }
}
