import Console
import Kernel
import Operations
import Store

/// What keeps the installation in order: the worker's schedules with what became of them, backups, the trail, the schema.
enum ConsoleMaintenance {
    static let entries: [ConsoleRoutes.Entry] = [
        ConsoleRoutes.page(
            "/console/maintenance", "Scheduled work and what became of it; backups, trail, schema.", budget: 16, page)
    ]

    @Sendable private static func page(_ exchange: ConsoleExchange) async throws -> ConsolePage {
        guard let caller = exchange.caller else { throw ConsoleDesk.noDatabase }
        let desk = try exchange.desk.operators(caller)
        let planned = try desk.planned()
        let report = try await desk.upkeep(of: Set(planned.map(\.kind)))
        var blocks: [ConsoleBlock] = [.tiles(tiles(exchange.desk, report))]
        blocks += [.heading("Scheduled work"), .table(table(planned, report, exchange.desk.now))]
        if !planned.contains(where: { $0.name == "backup" }) {
            blocks.append(
                .empty(
                    "Backups aren’t scheduled: name a place for them, and what closes them, in the configuration.",
                    command: "operations:\n  backup: {to: /var/backups/seaworthy, passphrase: …}"))
        }
        blocks += [.heading("Schema"), .facts(schema(report.schema))]
        if !report.schema.pending.isEmpty {
            blocks.append(
                .empty(
                    "The database lacks \(report.schema.pending.joined(separator: ", ")). This brings it up to date, "
                        + "after a backup:", command: "seaworthy migrate up"))
        }
        blocks += [
            .heading("By command"),
            .text("A rehearsal restores the newest backup into a scratch database and throws that away:"),
            .code("seaworthy backup verify --rehearse"), .text("The last backup is put back by:"),
            .code("seaworthy restore NAME --replace"),
        ]
        return ConsolePage(
            "Maintenance", lead: "What has to be done again and again, and whether it was.",
            current: "/console/maintenance", blocks)
    }

    private static func tiles(_ desk: ConsoleDesk, _ report: UpkeepReport) -> [ConsoleTile] {
        let now = desk.now
        func ago(_ time: Timestamp?) -> String { time.map { "\(ConsoleText.age($0, at: now)) ago" } ?? "none yet" }
        let isIntact = report.verification.map { $0.kind == "audit.verified" }
        let pending = report.schema.pending.count
        return [
            ConsoleTile(
                "Verified backup", ago(report.backup?.startedAt), hint: report.backup?.name ?? "",
                tone: report.backup == nil ? .warn : .good, link: "/console/backups"),
            ConsoleTile(
                "Audit trail", isIntact.map { $0 ? "intact" : "damaged" } ?? "not verified yet",
                hint: report.verification.map { ConsoleText.time($0.at) } ?? "",
                tone: isIntact.map { $0 ? .good : .bad } ?? .warn, link: "/console/audit"),
            ConsoleTile(
                "Schema", pending == 0 ? "up to date" : ConsoleText.count(pending, "step lacks", "steps lack"),
                hint: report.schema.applied.last?.id ?? "", tone: pending == 0 ? .good : .bad),
            ConsoleTile(
                "Dead letters", "\(report.deadJobs)", tone: report.deadJobs > 0 ? .bad : .good,
                link: "/console/jobs?state=dead"),
            ConsoleTile(
                "Worker", desk.services.worker?.pid.map { "process \($0)" } ?? "elsewhere",
                hint: desk.services.worker?.pid == nil ? "none was started by this process" : ""),
        ]
    }

    private static func table(
        _ planned: [(name: String, kind: String, cron: String)], _ report: UpkeepReport, _ now: Timestamp
    ) -> ConsoleTable {
        let known = Dictionary(report.schedules.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        return ConsoleTable(
            "Scheduled work", columns: ["Work", "When (UTC)", "Last time", "Last success", "Next", "Act"],
            rows: planned.sorted { $0.name < $1.name }.map { plan in
                let (run, schedule) = (report.runs[plan.kind], known[plan.name])
                let again = ConsoleForm(
                    "/console/jobs/run", "Run now", label: "Run \(plan.name) now", .quiet,
                    [.hidden("schedule", plan.name), .hidden("back", "/console/maintenance")])
                return [
                    .code(plan.name, hint: meaning(of: plan.name)),
                    .code(schedule?.expression ?? plan.cron), last(run),
                    ConsoleCell(run?.wellAt.map { "\(ConsoleText.age($0, at: now)) ago" } ?? "–"),
                    ConsoleCell(schedule.map { ConsoleText.time($0.nextAt) } ?? "when a worker runs"),
                    .acts([again]),
                ]
            })
    }

    private static func last(_ run: LastRun?) -> ConsoleCell {
        guard let run else { return ConsoleCell("none is kept") }
        let words = [ConsoleText.time(run.at), run.state == "done" ? nil : run.error].compactMap(\.self)
        // Where something is wrong, the cell leads there; else it is a badge.
        guard run.state == "dead" else {
            return ConsoleCell(
                run.state, hint: words.joined(separator: ": "), tone: ConsoleJobs.tone(run.state), isBadge: true)
        }
        return ConsoleCell("dead", hint: words.joined(separator: ": "), link: "/console/jobs/\(run.id)", tone: .bad)
    }

    /// What a schedule does, in words.
    private static func meaning(of name: String) -> String {
        switch name {
        case "audit.anchor": "writes the trail’s head down elsewhere"
        case "audit.retain": "removes rows of the trail past their time"
        case "audit.verify": "recomputes the whole trail"
        case "backup": "makes a backup and reads it back"
        case "email.retain": "removes mails past their time"
        case "secrets.upkeep": "rotates and destroys keys in time"
        case "webhooks.retain": "removes deliveries past their time"
        default: ""
        }
    }

    private static func schema(_ status: Migrator.Status) -> [ConsoleFact] {
        var facts = [ConsoleFact("Steps", "\(status.applied.count) applied, \(status.pending.count) pending")]
        if let newest = status.applied.last {
            facts.append(
                ConsoleFact(
                    "Newest", .code(newest.id, hint: "\(ConsoleText.time(newest.at)), by version \(newest.version)")))
        }
        return facts
    }
}
