import Kernel
import Observability

extension Backlog {
    /// Adds what waits to a scrape: gauges all, because a queue goes up and down.
    func write(to text: inout MetricsText) async {
        let figures = await figures()
        text.family(
            "seaworthy_backlog_failures_total", .counter, help: "Counts of the backlog that the database didn't answer."
        )
        text.sample("seaworthy_backlog_failures_total", [], failures)
        guard let figures else { return }
        let now = figures.countedAt
        text.family("seaworthy_backlog_counted_timestamp_seconds", .gauge, help: "When what follows was counted.")
        text.sample("seaworthy_backlog_counted_timestamp_seconds", [], now.seconds)
        figures.writeJobs(to: &text)
        figures.writeMails(to: &text)
        figures.writeDeliveries(to: &text)
        if let verified = figures.lastVerifiedBackup {
            text.family(
                "seaworthy_backup_verified_timestamp_seconds", .gauge, help: "When the last backup was verified.")
            text.sample("seaworthy_backup_verified_timestamp_seconds", [], verified.seconds)
        }
        text.family("seaworthy_backups_failed", .gauge, help: "Backups of the last day that failed.")
        text.sample("seaworthy_backups_failed", [], figures.failedBackups)
    }
}

extension Backlog.Figures {
    fileprivate func writeJobs(to text: inout MetricsText) {
        let kinds = jobs.sorted { $0.key < $1.key }
        text.family("seaworthy_jobs", .gauge, help: "Jobs that wait, run or were given up (dead), by kind.")
        for (kind, jobs) in kinds {
            for (state, count) in [("ready", jobs.ready), ("running", jobs.running), ("dead", jobs.dead)] {
                text.sample("seaworthy_jobs", [("kind", kind), ("state", state)], count)
            }
        }
        text.family("seaworthy_jobs_oldest_due_seconds", .gauge, help: "How long the job due longest has waited.")
        for (kind, jobs) in kinds {
            text.sample("seaworthy_jobs_oldest_due_seconds", [("kind", kind)], age(of: jobs.oldestDue))
        }
        writeEndedJobs(kinds, to: &text)
    }

    private func writeEndedJobs(_ kinds: [(key: String, value: Backlog.Jobs)], to text: inout MetricsText) {
        text.family("seaworthy_jobs_ended", .gauge, help: "Jobs that ended within an hour, by kind and how.")
        for (kind, jobs) in kinds {
            for (state, count) in jobs.ended.sorted(by: { $0.key < $1.key }) {
                text.sample("seaworthy_jobs_ended", [("kind", kind), ("state", state)], count)
            }
        }
    }

    fileprivate func writeMails(to text: inout MetricsText) {
        text.family("seaworthy_emails", .gauge, help: "Mails that wait in the outbox, by state.")
        for state in ["held", "queued", "sending"] {
            text.sample("seaworthy_emails", [("state", state)], openMails[state] ?? 0)
        }
        text.family("seaworthy_emails_oldest_due_seconds", .gauge, help: "How long the mail due longest has waited.")
        text.sample("seaworthy_emails_oldest_due_seconds", [], age(of: oldestMailDue))
        text.family("seaworthy_emails_ended", .gauge, help: "Mails that ended within a day, by how.")
        for state in ["given-up", "limited", "sent", "suppressed"] {
            text.sample("seaworthy_emails_ended", [("state", state)], endedMails[state] ?? 0)
        }
    }

    fileprivate func writeDeliveries(to text: inout MetricsText) {
        text.family(
            "seaworthy_webhook_deliveries", .gauge, help: "Webhook deliveries of the last day, by endpoint and state.")
        for delivery in deliveries {
            text.sample(
                "seaworthy_webhook_deliveries", [("endpoint", delivery.endpoint), ("state", delivery.state)],
                delivery.count)
        }
        text.family("seaworthy_webhook_disabled", .gauge, help: "1 for an endpoint that was switched off.")
        for endpoint in disabledEndpoints {
            text.sample("seaworthy_webhook_disabled", [("endpoint", endpoint)], 1)
        }
    }

    private func age(of due: Timestamp?) -> Double {
        guard let due, due < countedAt else { return 0 }
        return countedAt.seconds - due.seconds
    }
}

extension Timestamp {
    /// Since 1970, as Prometheus has times.
    fileprivate var seconds: Double { Double(nanosecondsSinceEpoch) / 1e9 }
}
