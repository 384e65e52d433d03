// What people do, and what is done with what we know about them. Actor and subject are pseudonyms in the trail.
extension EventRegistry {
    private static let how: [EventField] = ["method", "reason", "addresses"]

    static let signIn: [EventKind] = [
        EventKind("sign-in.succeeded", "Somebody signed in.", .info, fields: how + ["second-factor", "new-device"]),
        EventKind("sign-in.failed", "A sign-in failed.", .notice, fields: how + ["count"]),
        EventKind(
            "sign-in.failed-unknown", "Sign-ins to accounts that don't exist failed.", .notice,
            fields: how + ["count", "first", "last"]),
        EventKind("sign-in.throttled", "Sign-ins were slowed down or refused for a while.", .warning, fields: how),
        EventKind(
            "account.locked", "An account was locked after repeated failures.", .warning, fields: ["failures", "until"]),
        EventKind("account.unlocked", "An account was unlocked.", .info, fields: ["method"]),
        EventKind("address.unlocked", "A network address may try to sign in again.", .info, fields: ["method"]),
        EventKind("session.started", "A session began.", .info, fields: ["method", "assurance"]),
        EventKind("session.ended", "A session ended by sign-out.", .info, fields: ["reason"]),
        EventKind("console.opened", "Somebody came into the console.", .notice, fields: ["method"]),
        EventKind("console.closed", "Somebody left the console.", .info, fields: ["reason"]),
        EventKind(
            "console.refused", "Somebody signed in to the console whose role doesn't open it.", .warning,
            fields: ["reason"]),
        EventKind("session.expired", "Sessions ran out.", .info, fields: ["reason", "count"], isAudited: false),
        EventKind(
            "session.revoked", "A session was ended by somebody else or elsewhere.", .notice,
            fields: ["reason", "count"]),
        EventKind(
            "session.replayed", "A session's old secret was used again.", .critical, fields: ["reason", "addresses"]),
        EventKind("token.issued", "A token was issued.", .info, fields: ["token", "scopes", "expires"]),
        EventKind("token.revoked", "A token was revoked.", .notice, fields: ["token", "reason"]),
        EventKind(
            "token.reused", "A refresh token was used twice: its family was revoked.", .critical,
            fields: ["token", "count"]),
        EventKind(
            "token.refused", "A token that isn't valid was presented.", .notice,
            fields: requestFields, isDelivered: false, reasons: ["token.refused"]),
        EventKind("api-key.created", "An API key was made.", .notice, fields: ["key", "scopes", "expires"]),
        EventKind("api-key.rotated", "An API key was replaced.", .notice, fields: ["key", "overlap"]),
        EventKind("api-key.revoked", "An API key was revoked.", .notice, fields: ["key", "reason"]),
        EventKind(
            "api-key.refused", "An API key that isn't valid was presented.", .notice,
            fields: requestFields, isDelivered: false, reasons: ["api-key.refused"]),
        EventKind("second-factor.enrolled", "A second factor was set up.", .notice, fields: ["method"]),
        EventKind("second-factor.removed", "A second factor was removed.", .warning, fields: ["method", "reason"]),
        EventKind(
            "second-factor.asked", "A first factor was right and a second one was asked for.", .info, fields: how),
        EventKind("second-factor.failed", "A second factor was wrong.", .notice, fields: ["method", "count"]),
        EventKind("second-factor.recovery-used", "A recovery code was used.", .warning, fields: ["left"]),
        EventKind(
            "step-up.required", "A fresh sign-in was asked for before a sensitive act.", .info, fields: ["act"],
            isAudited: false),
    ]

    static let account: [EventKind] = [
        EventKind("account.created", "An account was made.", .info, fields: ["method"]),
        EventKind("account.verified", "An address was verified.", .info, fields: ["channel"]),
        EventKind("account.disabled", "An account was disabled.", .notice, fields: ["reason"]),
        EventKind("account.enabled", "An account was enabled again.", .notice, fields: ["reason"]),
        EventKind("account.address-changed", "An account's address was changed.", .warning, fields: ["channel"]),
        EventKind(
            "account.deleted", "An account was deleted.", .notice, fields: ["reason"],
            retentionDays: EventKind.limitation),
        EventKind("account.imported", "Accounts were imported.", .notice, fields: ["count", "source"]),
        EventKind("password.changed", "A password was changed.", .notice, fields: ["method"]),
        EventKind(
            "password.reset-requested", "A password reset was asked for.", .notice, fields: ["addresses", "count"]),
        EventKind("password.reset", "A password was reset.", .warning, fields: ["method"]),
        EventKind("password.rehashed", "A password's hash was renewed.", .info, fields: ["scheme"], isAudited: false),
        EventKind("identity.linked", "An outside identity was linked to an account.", .notice, fields: ["provider"]),
        EventKind("identity.unlinked", "An outside identity was taken off an account.", .notice, fields: ["provider"]),
    ]

    static let administration: [EventKind] = [
        EventKind("role.granted", "A role was given.", .warning, fields: ["role", "scope"]),
        EventKind("role.revoked", "A role was taken away.", .warning, fields: ["role", "scope"]),
        EventKind("role.changed", "What a role may do was changed.", .warning, fields: ["role", "added", "removed"]),
        EventKind("project.member-added", "Somebody joined a project.", .notice, fields: ["project", "role"]),
        EventKind("project.member-removed", "Somebody left a project.", .notice, fields: ["project", "role"]),
        EventKind(
            "project.role-changed", "Somebody's role in a project was changed.", .notice,
            fields: ["project", "role", "from"]),
        EventKind("project.invited", "Somebody was invited to a project.", .notice, fields: ["project", "role"]),
        EventKind(
            "project.invitation-ended", "An invitation to a project was withdrawn or declined.", .info,
            fields: ["project", "reason"]),
        EventKind("project.created", "A project was made.", .notice, fields: ["project"]),
        EventKind("project.renamed", "A project was renamed.", .info, fields: ["project"]),
        EventKind("project.archived", "A project was archived.", .notice, fields: ["project"]),
        EventKind("project.restored", "An archived project was restored.", .notice, fields: ["project"]),
        EventKind("project.deleted", "A project was deleted.", .warning, fields: ["project", "members"]),
        EventKind("admin.viewed", "A member of staff looked at somebody's data.", .notice, fields: ["page", "record"]),
        EventKind("admin.acted", "A member of staff changed something.", .notice, fields: ["act", "record", "reason"]),
        EventKind(
            "admin.impersonated", "A member of staff acted as somebody else.", .warning, fields: ["reason", "until"]),
        EventKind("admin.invited", "A member of staff invited somebody.", .info, fields: ["role"]),
        EventKind("admin.exported", "A member of staff exported records.", .warning, fields: ["what", "count"]),
        EventKind("feature.changed", "A feature gate was changed.", .notice, fields: ["gate", "from", "to"]),
        EventKind("quota.changed", "Somebody's quota was changed.", .notice, fields: ["quota", "from", "to"]),
        EventKind("waiver.granted", "A failed check was waived.", .warning, fields: ["check", "until"]),
    ]

    static let privacy: [EventKind] = [
        EventKind(
            "consent.given", "Consent was given.", .info, fields: ["purpose", "version", "method"],
            retentionDays: EventKind.limitation),
        EventKind(
            "consent.withdrawn", "Consent was withdrawn.", .info, fields: ["purpose", "version", "method"],
            retentionDays: EventKind.limitation),
        EventKind(
            "consent.text-changed", "The text that people consent to was changed.", .notice,
            fields: ["purpose", "version"], retentionDays: EventKind.limitation),
        EventKind(
            "privacy.export-requested", "Somebody asked for their data.", .notice, fields: ["request"],
            retentionDays: EventKind.limitation),
        EventKind(
            "privacy.export-delivered", "Somebody got their data.", .notice, fields: ["request", "sources", "bytes"],
            retentionDays: EventKind.limitation),
        EventKind(
            "privacy.erasure-requested", "Somebody asked to be forgotten.", .notice, fields: ["request", "due"],
            retentionDays: EventKind.limitation),
        EventKind(
            "privacy.erasure-completed", "Somebody was forgotten.", .notice, fields: ["request", "sources", "kept"],
            retentionDays: EventKind.limitation),
        EventKind(
            "privacy.erasure-failed", "Somebody couldn't be forgotten everywhere.", .critical,
            fields: ["request", "source"], retentionDays: EventKind.limitation),
        EventKind(
            "privacy.request-overdue", "A request of a person is overdue.", .critical, fields: ["request", "due"]),
        EventKind("privacy.rectified", "Somebody's data was corrected.", .info, fields: ["request", "fields"]),
        EventKind(
            "privacy.restricted", "Use of somebody's data was restricted or allowed again.", .notice,
            fields: ["request", "state"]),
        EventKind("retention.applied", "Data past its time was removed.", .info, fields: ["rule", "count"]),
        EventKind(
            "breach.recorded", "A breach was entered into the register.", .critical, fields: ["breach"],
            retentionDays: EventKind.limitation),
        EventKind(
            "breach.notified", "A breach was notified.", .critical, fields: ["breach", "to"],
            retentionDays: EventKind.limitation),
    ]
}
