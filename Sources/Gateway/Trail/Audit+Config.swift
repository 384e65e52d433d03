import Kernel
import Store

/// How the audit trail is watched over.
public struct AuditSettings: Sendable, Equatable {
    /// Where the trail's head is written down again and again; nil: nowhere.
    public var anchorFile: String?
    /// Gets the head by e-mail; nil: nobody.
    public var anchorMail: String?
    /// In cron's syntax, UTC.
    public var anchorSchedule: String
    public var verifySchedule: String

    static func read(_ reader: inout ConfigurationReader) -> AuditSettings {
        AuditSettings(
            anchorFile: reader.read(
                .path(
                    "audit.anchor-file",
                    summary: "A file to which the worker appends the audit trail's head: best on another disk.",
                    reloads: false)), anchorMail: reader.read(anchorMail),
            anchorSchedule: reader.read(
                cron("audit.anchor-schedule", "When the worker anchors the audit trail's head.", "17 * * * *")),
            verifySchedule: reader.read(
                cron("audit.verify-schedule", "When the worker verifies the whole audit trail.", "41 3 * * *")))
    }

    private static let anchorMail = Setting<String?>(
        "audit.anchor-mail", summary: "An address that gets the audit trail's head by e-mail.",
        form: "an e-mail address", default: nil, defaultText: "none", reloads: false
    ) { node in
        guard let text = node.text, let address = try? MailAddress(text) else { return nil }
        return .some("\(address)")
    }

    private static func cron(_ key: String, _ summary: String, _ value: String) -> Setting<String> {
        Setting(
            key, summary: summary, form: "five fields as in crontab, in UTC, such as 17 * * * *", default: value,
            defaultText: value, reloads: false
        ) { node in
            node.text.flatMap { (try? CronExpression($0)) == nil ? nil : $0 }
        }
    }
}

extension Trail {
    /// Where the head is published: the file, the mailbox and, for endpoints that name `audit.anchored`, the webhooks.
    ///
    /// - Parameter mailer: nil where no mail leaves.
    static func anchorDestinations(
        _ settings: AuditSettings, _ database: Database, _ journal: Journal, mailer: (any Mailer)?
    ) -> [any AnchorDestination] {
        var destinations: [any AnchorDestination] = []
        if let text = settings.anchorMail, let address = try? MailAddress(text) {
            destinations.append(
                AnchorOutlet("mail") { anchor in
                    guard let mailer else {
                        throw AnchorFile.Failure(description: "no mail leaves: email.from isn't set")
                    }
                    guard let (row, hash) = parts(of: anchor) else { return }
                    let mail = MailMessage.auditAnchor(to: address, row: row, hash: hash, at: anchor.at)
                    try await database.transaction("audit.anchor") { db in try mailer.send(mail, in: db) }
                })
        }
        if let file = settings.anchorFile { destinations.append(AnchorFile(path: file)) }
        destinations.append(
            AnchorOutlet("webhooks") { anchor in
                guard let (row, hash) = parts(of: anchor) else { return }
                try await database.transaction("audit.anchor") { db in
                    try journal.append(
                        AuditEvent(
                            "audit.anchored", actor: "system", details: ["sequence": "\(row)", "hash": hash]),
                        in: db)
                }
            })
        return destinations
    }

    private static func parts(of anchor: Anchor) -> (row: Int, hash: String)? {
        let parts = anchor.line.split(separator: " ")
        guard parts.count == 3 else { return nil }
        return (Int(clamping: anchor.sequence), String(parts[1]))
    }
}
