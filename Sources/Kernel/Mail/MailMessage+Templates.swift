// The mails that rooms send: one function for each template, so that a missing field doesn't compile.

extension MailMessage {
    /// Proves that an address belongs to whoever signs up with it.
    public static func verification(
        to address: MailAddress, name: String? = nil, link: MailLink, validFor span: Duration
    ) -> MailMessage {
        MailMessage(
            to: address, template: .verification, fields: named(name, ["link": .link(link), "span": .duration(span)]))
    }

    /// Lets somebody choose a new password.
    public static func passwordReset(
        to address: MailAddress, name: String? = nil, link: MailLink, validFor span: Duration
    ) -> MailMessage {
        MailMessage(
            to: address, template: .passwordReset, fields: named(name, ["link": .link(link), "span": .duration(span)]))
    }

    /// Tells somebody that their account was used from a new place.
    ///
    /// - Parameters:
    ///   - device: such as `Firefox on Linux`, made by us from what the browser said.
    ///   - link: where sessions are ended.
    public static func newSignIn(
        to address: MailAddress, name: String? = nil, device: String, from place: String, at time: Timestamp,
        link: MailLink
    ) -> MailMessage {
        MailMessage(
            to: address, template: .newSignIn,
            fields: named(
                name, ["device": .text(device), "place": .text(place), "time": .time(time), "link": .link(link)]))
    }

    /// Tells somebody that what signs them in was changed, or that somebody tries to.
    ///
    /// - Parameters:
    ///   - what: one sentence of ours.
    ///   - device: such as `Firefox on Linux`, made by us from what the browser said.
    ///   - link: where a new password is chosen.
    public static func accountChanged(
        to address: MailAddress, name: String? = nil, what: String, device: String, from place: String,
        at time: Timestamp, link: MailLink
    ) -> MailMessage {
        MailMessage(
            to: address, template: .accountChanged,
            fields: named(
                name,
                [
                    "what": .text(what), "device": .text(device), "place": .text(place), "time": .time(time),
                    "link": .link(link),
                ]))
    }

    /// Tells somebody that their account is gone.
    public static func accountDeleted(
        to address: MailAddress, name: String? = nil, at time: Timestamp
    ) -> MailMessage {
        MailMessage(to: address, template: .accountDeleted, fields: named(name, ["time": .time(time)]))
    }

    /// Lets the owner of a locked account in.
    public static func lockoutUnlock(
        to address: MailAddress, name: String? = nil, link: MailLink, validFor span: Duration
    ) -> MailMessage {
        MailMessage(
            to: address, template: .lockoutUnlock, fields: named(name, ["link": .link(link), "span": .duration(span)]))
    }

    /// Invites somebody who has no account yet.
    public static func invitation(
        to address: MailAddress, inviter: String, link: MailLink, validFor span: Duration
    ) -> MailMessage {
        MailMessage(
            to: address, template: .invitation,
            fields: ["inviter": .name(inviter), "link": .link(link), "span": .duration(span)])
    }

    /// Invites somebody to a project, whether they have an account or not.
    ///
    /// - Parameter project: what its people call it.
    public static func projectInvitation(
        to address: MailAddress, inviter: String, project: String, link: MailLink, validFor span: Duration
    ) -> MailMessage {
        MailMessage(
            to: address, template: .projectInvitation,
            fields: [
                "inviter": .name(inviter), "project": .name(project), "link": .link(link), "span": .duration(span),
            ])
    }

    /// Warns before a quota is used up. A notice: it can be unsubscribed from.
    public static func quotaWarning(
        to address: MailAddress, name: String? = nil, quota: String, percent: Int, resets time: Timestamp,
        link: MailLink, unsubscribe: MailLink
    ) -> MailMessage {
        var mail = MailMessage(
            to: address, template: .quotaWarning,
            fields: named(
                name, ["quota": .text(quota), "percent": .number(percent), "time": .time(time), "link": .link(link)]))
        mail.unsubscribe = unsubscribe
        return mail
    }

    /// Tells an operator that a backup failed.
    public static func backupFailed(
        to address: MailAddress, reason: String, at time: Timestamp, lastGood: String, link: MailLink
    ) -> MailMessage {
        MailMessage(
            to: address, template: .backupFailed,
            fields: [
                "reason": .text(reason), "time": .time(time), "last": .text(lastGood), "link": .link(link),
            ])
    }

    /// Tells a person that their data was exposed (GDPR article 34).
    public static func breachNotice(
        to address: MailAddress, name: String? = nil, what: String, consequence: String, measure: String,
        contact: String, at time: Timestamp, link: MailLink
    ) -> MailMessage {
        MailMessage(
            to: address, template: .breachNotice,
            fields: named(
                name,
                [
                    "what": .text(what), "consequence": .text(consequence), "measure": .text(measure),
                    "contact": .text(contact), "time": .time(time), "link": .link(link),
                ]))
    }

    /// Tells whoever keeps it where the audit trail stands.
    ///
    /// - Parameter hash: of the newest row, in hexadecimal digits.
    public static func auditAnchor(to address: MailAddress, row: Int, hash: String, at time: Timestamp) -> MailMessage {
        MailMessage(
            to: address, template: .auditAnchor,
            fields: ["row": .number(row), "hash": .text(hash), "time": .time(time)])
    }

    /// Shows an operator that mail works.
    public static func test(to address: MailAddress, at time: Timestamp) -> MailMessage {
        MailMessage(to: address, template: .test, fields: ["time": .time(time)])
    }

    private static func named(_ name: String?, _ fields: [String: MailField]) -> [String: MailField] {
        guard let name else { return fields }
        return fields.merging(["name": .name(name)]) { $1 }
    }
}

extension MailTemplateID {
    public static let verification: MailTemplateID = "verification"
    public static let passwordReset: MailTemplateID = "password-reset"
    public static let newSignIn: MailTemplateID = "new-sign-in"
    public static let accountChanged: MailTemplateID = "account-changed"
    public static let accountDeleted: MailTemplateID = "account-deleted"
    public static let lockoutUnlock: MailTemplateID = "lockout-unlock"
    public static let invitation: MailTemplateID = "invitation"
    public static let projectInvitation: MailTemplateID = "project-invitation"
    public static let quotaWarning: MailTemplateID = "quota-warning"
    public static let backupFailed: MailTemplateID = "backup-failed"
    public static let breachNotice: MailTemplateID = "breach-notice"
    public static let auditAnchor: MailTemplateID = "audit-anchor"
    public static let test: MailTemplateID = "test"
}
