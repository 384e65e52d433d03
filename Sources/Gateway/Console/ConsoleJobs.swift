import Console
import Kernel

/// The worker's queue and its schedules.
enum ConsoleJobs {
    static let entries: [ConsoleRoutes.Entry] = [
        ConsoleRoutes.page("/console/jobs", "What waits for the worker, and what became of it.", list),
        ConsoleRoutes.page("/console/jobs/:id", "One job.", one),
        onJob("retry", "Puts a dead or cancelled job back.", "job-retried") { try await $0.retryJob($1) },
        onJob("cancel", "Stops a job.", "job-cancelled") { try await $0.cancelJob($1) },
        ConsoleRoutes.act("/console/jobs/:id/discard", "Removes a dead or cancelled job.", fresh: true) { exchange in
            guard let caller = exchange.caller else { throw ConsoleDesk.noDatabase }
            _ = try await exchange.desk.operators(caller).discardJob(exchange.parameters["id"] ?? "")
            return .done("/console/jobs", "job-discarded")
        },
        ConsoleRoutes.act("/console/jobs/retry-dead", "Puts all dead letters of a kind back: kind.") { exchange in
            guard let caller = exchange.caller else { throw ConsoleDesk.noDatabase }
            let kind = try exchange.field("kind", longest: 100)
            let count = try await exchange.desk.operators(caller).retryDeadJobs(of: kind)
            guard count > 0 else { throw ConsoleFailure("That was not done.", "\(kind) has no dead letters.") }
            return .done("/console/jobs", "dead-retried")
        },
        ConsoleRoutes.act("/console/jobs/run", "Runs a schedule's job at once: schedule.") { exchange in
            guard let caller = exchange.caller else { throw ConsoleDesk.noDatabase }
            let job = try await exchange.desk.operators(caller).runSchedule(exchange.field("schedule", longest: 100))
            return .done("/console/jobs/\(job.id)", "job-run")
        },
    ]

    private static func onJob(
        _ name: String, _ summary: String, _ remark: String,
        _ work: @escaping @Sendable (OperatorDesk, String) async throws -> JobSheet
    ) -> ConsoleRoutes.Entry {
        ConsoleRoutes.act("/console/jobs/:id/\(name)", summary) { exchange in
            guard let caller = exchange.caller else { throw ConsoleDesk.noDatabase }
            let job = try await work(exchange.desk.operators(caller), exchange.parameters["id"] ?? "")
            return .done("/console/jobs/\(job.id)", remark)
        }
    }

    @Sendable private static func list(_ exchange: ConsoleExchange) async throws -> ConsolePage {
        guard let caller = exchange.caller else { throw ConsoleDesk.noDatabase }
        let desk = try exchange.desk.operators(caller)
        let state = exchange.asked("state").flatMap { OperatorDesk.jobStates.contains($0) ? $0 : nil }
        let (kind, before) = (exchange.asked("kind"), exchange.asked("before"))
        let jobs = try await desk.jobs(state: state, kind: kind, before: before, limit: ConsoleExchange.pageLength)
        func place(_ before: String?) -> String {
            ConsolePath.with("/console/jobs", [("state", state), ("kind", kind), ("before", before)])
        }
        var blocks: [ConsoleBlock] = [
            .filter(
                ConsoleForm(
                    "/console/jobs", "Show", .primary,
                    [
                        ConsoleField(
                            "state", "State", .select, value: state ?? "",
                            choices: ConsoleField.choices(OperatorDesk.jobStates)),
                        ConsoleField("kind", "Kind", .search, value: kind ?? ""),
                    ]))
        ]
        blocks.append(
            jobs.isEmpty ? .empty("No job is like that.", command: nil) : .table(table(jobs)))
        let isFull = jobs.count == ConsoleExchange.pageLength
        blocks.append(
            .pages(first: before == nil ? nil : place(nil), next: isFull ? jobs.last.map { place($0.id) } : nil))
        if state == "dead", let kind, !jobs.isEmpty {
            blocks.append(
                .acts([
                    ConsoleForm(
                        "/console/jobs/retry-dead", "Retry all dead letters of \(kind)", .quiet,
                        [.hidden("kind", kind), .hidden("back", "/console/jobs")])
                ]))
        }
        let schedules = try await desk.schedules()
        blocks += [.heading("Schedules"), schedules.isEmpty ? noSchedules : .table(table(schedules))]
        return ConsolePage("Jobs", current: "/console/jobs", blocks)
    }

    private static let noSchedules = ConsoleBlock.empty(
        "No schedule is known yet: a worker registers them when it starts.", command: "seaworthy work")

    static func tone(_ state: String) -> ConsoleTone {
        switch state {
        case "dead": .bad
        case "done": .good
        case "running": .warn
        default: .plain
        }
    }

    private static func table(_ jobs: [JobSheet]) -> ConsoleTable {
        ConsoleTable(
            "Jobs", columns: ["Kind", "State", "Tries", "Made", "Last error"],
            rows: jobs.map { job in
                [
                    .code(job.kind, link: "/console/jobs/\(job.id)"), .badge(job.state, tone(job.state)),
                    ConsoleCell("\(job.attempts) of \(job.maxAttempts)"), ConsoleCell(ConsoleText.time(job.createdAt)),
                    ConsoleCell(job.lastError ?? ""),
                ]
            })
    }

    private static func table(_ schedules: [ScheduleSheet]) -> ConsoleTable {
        ConsoleTable(
            "Schedules", columns: ["Name", "When (UTC)", "Next", "Last due", "Act"],
            rows: schedules.map { schedule in
                [
                    .code(schedule.name), .code(schedule.expression), ConsoleCell(ConsoleText.time(schedule.nextAt)),
                    ConsoleCell(schedule.lastDue.map { ConsoleText.time($0) } ?? "never"),
                    .acts([
                        ConsoleForm(
                            "/console/jobs/run", "Run now", label: "Run \(schedule.name) now", .quiet,
                            [.hidden("schedule", schedule.name), .hidden("back", "/console/jobs")])
                    ]),
                ]
            })
    }

    @Sendable private static func one(_ exchange: ConsoleExchange) async throws -> ConsolePage {
        guard let caller = exchange.caller else { throw ConsoleDesk.noDatabase }
        let job = try await exchange.desk.operators(caller).job(exchange.parameters["id"] ?? "")
        var facts = [
            ConsoleFact("State", .badge(job.state, tone(job.state))), ConsoleFact("Id", .code(job.id)),
            ConsoleFact("Tries", "\(job.attempts) of \(job.maxAttempts)"),
            ConsoleFact("Made", ConsoleText.time(job.createdAt)),
            ConsoleFact("Not before", ConsoleText.time(job.runAt)),
        ]
        for (label, time) in [("Began", job.startedAt), ("Ended", job.endedAt), ("Held until", job.leasedUntil)] {
            if let time { facts.append(ConsoleFact(label, ConsoleText.time(time))) }
        }
        if let worker = job.worker { facts.append(ConsoleFact("Worker", .code(worker))) }
        if let key = job.idempotencyKey { facts.append(ConsoleFact("Once per", .code(key))) }
        if let error = job.lastError { facts.append(ConsoleFact("Last error", error)) }
        let path = "/console/jobs/\(job.id)"
        let back = ConsoleField.hidden("back", path)
        var acts: [ConsoleForm] = []
        if ["dead", "cancelled"].contains(job.state) {
            acts.append(ConsoleForm("\(path)/retry", "Retry", .primary, [back]))
            acts.append(ConsoleForm("\(path)/discard", "Remove for good", .danger, [back]))
        } else if job.state != "done" {
            acts.append(
                ConsoleForm("\(path)/cancel", job.isCancelRequested ? "Cancel again" : "Cancel", .danger, [back]))
        }
        var blocks: [ConsoleBlock] = [.facts(facts)]
        if !acts.isEmpty { blocks.append(.acts(acts)) }
        return ConsolePage(job.kind, lead: "A job of the queue.", current: "/console/jobs", blocks)
    }
}
