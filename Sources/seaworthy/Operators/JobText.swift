import Gateway

/// Jobs and schedules for people.
enum JobText {
    static func list(_ jobs: [JobSheet], isWhole: Bool) -> String {
        guard let last = jobs.last else { return "No jobs.\n" }
        var table = TextTable(["id", "kind", "state", "tries"])
        var reasons = ""
        for job in jobs {
            table.add([job.id, job.kind, state(job), "\(job.attempts)/\(job.maxAttempts)"])
            if job.state == "dead", let error = job.lastError {
                reasons += "\(job.id.prefix(13))…  \(error.wrapped(width: 62, indent: 16))\n"
            }
        }
        return table.text + (reasons.isEmpty ? "\n" : "\nWhy they are dead:\n\(reasons)\n")
            + (isWhole ? "" : "More: --before \(last.id)\n") + "One of them: seaworthy jobs show ID\n"
    }

    private static func state(_ job: JobSheet) -> String {
        job.isCancelRequested && job.state == "running" ? "stopping" : job.state
    }

    static func sheet(_ job: JobSheet) -> String {
        TextTable.sheet([
            ("job", job.id), ("kind", job.kind), ("state", state(job)), ("payload", job.payload),
            ("version", "\(job.payloadVersion)"), ("key", job.idempotencyKey),
            ("tries", "\(job.attempts) of \(job.maxAttempts)"), ("last error", job.lastError),
            ("created", TextTable.time(job.createdAt)), ("not before", TextTable.time(job.runAt)),
            ("last begun", job.startedAt.map { TextTable.time($0) }),
            ("ended", job.endedAt.map { TextTable.time($0) }), ("worker", job.worker),
            ("held until", job.leasedUntil.map { TextTable.time($0) }),
        ])
    }

    static func list(_ schedules: [ScheduleSheet]) -> String {
        guard !schedules.isEmpty else { return "No schedules: no worker has been started yet.\n" }
        var table = TextTable(["name", "when (UTC)", "next", "last due"])
        for schedule in schedules {
            table.add([
                schedule.name, schedule.expression, TextTable.time(schedule.nextAt), TextTable.time(schedule.lastDue),
            ])
        }
        return table.text
    }
}
