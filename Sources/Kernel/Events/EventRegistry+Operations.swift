// What happens to the installation itself.
extension EventRegistry {
    static let operations: [EventKind] = [
        EventKind(
            "process.started", "A process started.", .info,
            fields: ["role", "version", "environment", "mode", "not-enforced"]),
        EventKind("process.stopped", "A process stopped.", .info, fields: ["role", "reason"]),
        EventKind(
            "worker.down", "The worker is down and keeps failing to start.", .critical, fields: ["restarts", "status"]),
        EventKind("worker.back", "The worker is at work again.", .notice, fields: ["restarts"]),
        EventKind("configuration.reloaded", "The configuration was reloaded.", .notice, fields: ["changed", "mode"]),
        EventKind("configuration.refused", "A configuration was refused at reload.", .warning, fields: ["errors"]),
        EventKind(
            "control.weakened", "A control was switched off or only observes now.", .critical,
            fields: ["control", "from", "to"]),
        EventKind("migration.applied", "The schema was changed.", .notice, fields: ["step", "version"]),
        EventKind(
            "migration.refused", "The schema isn't what this version expects.", .critical, fields: ["step", "reason"]),
        EventKind("job.dead", "A job was given up.", .warning, fields: ["kind", "job", "attempts", "reason"]),
        EventKind("job.retried-by-hand", "Somebody put a dead job back.", .notice, fields: ["kind", "job"]),
        EventKind("job.cancelled", "Somebody cancelled a job.", .notice, fields: ["kind", "job"]),
        EventKind("job.discarded", "Somebody removed a dead or cancelled job.", .notice, fields: ["kind", "job"]),
        EventKind(
            "job.run-by-hand", "Somebody had a schedule's job run at once.", .notice, fields: ["schedule", "job"]),
        EventKind(
            "email.given-up", "An e-mail couldn't be delivered.", .warning, fields: ["message", "reason", "attempts"]),
        EventKind(
            "email.suppressed", "An address gets no more e-mail.", .notice, fields: ["recipient", "cause", "detail"]),
        EventKind("email.unsuppressed", "An address gets e-mail again.", .notice, fields: ["recipient"]),
        EventKind(
            "email.limited", "An e-mail was refused: its recipient had too many.", .notice,
            fields: ["message", "template"]),
        EventKind(
            "email.misconfigured", "Settings or a certificate keep e-mail from leaving.", .critical, fields: ["reason"]),
        EventKind(
            "email.held", "E-mail stays in the outbox: no server is configured.", .warning, fields: ["reason"]),
        EventKind("email.released", "E-mail that was held was let go.", .notice, fields: ["count"]),
        EventKind("secret.created", "A key was made.", .notice, fields: ["purpose", "key"]),
        EventKind("secret.rotated", "A key was replaced.", .warning, fields: ["purpose", "key", "urgent"]),
        EventKind("secret.destroyed", "A key was destroyed.", .notice, fields: ["purpose", "key"]),
        EventKind(
            "secret.root-rotated", "The ring was wrapped with another root key.", .warning, fields: ["root", "keys"]),
        EventKind("secret.overdue", "A secret is older than it should be.", .warning, fields: ["secret", "days"]),
        EventKind(
            "secret.refused", "A weak, default, readable or wrong secret was refused.", .critical,
            fields: ["secret", "reason"]),
        EventKind(
            "at-rest.rewrapped", "Columns were wrapped with a new key.", .notice, fields: ["table", "key", "count"]),
        EventKind(
            "backup.completed", "A backup was written and verified.", .info, fields: ["backup", "bytes", "destination"]),
        EventKind("backup.failed", "A backup failed.", .critical, fields: ["backup", "reason", "destination"]),
        EventKind("backup.removed", "A backup past its time was removed.", .info, fields: ["backup", "rule"]),
        EventKind("backup.restored", "A backup was restored.", .critical, fields: ["backup", "rows"]),
        EventKind(
            "limit.shared-store-lost", "The shared store of limits can't be reached: limits are local.", .warning,
            fields: ["store"]),
        EventKind(
            "limit.shared-store-back", "The shared store of limits is back.", .info, fields: ["store", "seconds"]),
        EventKind(
            "webhook.failed", "A webhook delivery was given up.", .warning,
            fields: ["endpoint", "status", "attempts", "reason"], isDelivered: false),
        EventKind(
            "webhook.disabled", "A webhook was switched off after failing too long.", .critical,
            fields: ["endpoint", "reason", "days"]),
        EventKind("webhook.enabled", "A webhook was switched on again.", .notice, fields: ["endpoint"]),
        EventKind(
            "egress.refused", "An outbound call to a refused address was stopped.", .warning,
            fields: ["purpose", "reason"]),
        EventKind(
            "uat.imported", "An acceptance plan was taken in.", .notice,
            fields: ["plan", "items", "added", "changed", "removed"]),
        EventKind(
            "uat.assigned", "Items of an acceptance plan were given to somebody.", .info,
            fields: ["plan", "item", "count"]),
        EventKind(
            "uat.recorded", "What came of an item was written down.", .info,
            fields: ["plan", "item", "profile", "outcome", "number"]),
        EventKind("uat.attached", "A file was put beside an item.", .info, fields: ["plan", "item", "type", "bytes"]),
        EventKind(
            "launch.signed", "Somebody signed for a launch.", .notice, fields: ["item", "role", "evidence", "target"]),
        EventKind(
            "launch.revoked", "A sign-off was taken back.", .warning, fields: ["item", "role", "evidence", "reason"]),
        EventKind("launch.role-given", "Somebody may sign as a role.", .warning, fields: ["role"]),
        EventKind("launch.role-taken", "Somebody may sign as a role no more.", .notice, fields: ["role"]),
        EventKind("audit.verified", "The audit trail was verified.", .info, fields: ["from", "through", "findings"]),
        EventKind(
            "audit.damaged", "The audit trail isn't what was written.", .critical, fields: ["finding", "sequence"]),
        EventKind(
            "audit.anchored", "The audit trail's head, for whoever keeps it elsewhere.", .info,
            fields: ["sequence", "hash"], isAudited: false, isDelivered: false),
        EventKind("audit.exported", "The audit trail was exported.", .warning, fields: ["from", "through"]),
        EventKind(
            "audit.pruned", "Rows past their time were removed from the audit trail.", .notice,
            fields: ["through", "hash", "count"], retentionDays: EventKind.limitation),
        EventKind(
            "audit.anchor-failed", "The audit trail's head couldn't be anchored.", .critical,
            fields: ["destination", "reason"]),
        EventKind(
            "audit.person-forgotten", "A pseudonym's owner was forgotten.", .notice, fields: [],
            retentionDays: EventKind.limitation),
        EventKind("event.dropped", "Events were dropped because the buffer was full.", .critical, fields: ["count"]),
        EventKind(
            "event.unregistered", "Something happened whose kind isn't in the registry.", .warning,
            fields: ["kind"] + requestFields),
    ]
}
