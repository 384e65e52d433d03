import Console
import Kernel
import LaunchDesk

/// What `seaworthy check` found over time, and what changed between two of its runs.
enum ConsoleRuns {
    static let entries: [ConsoleRoutes.Entry] = [
        ConsoleRoutes.page("/console/runs", "Runs of check, with their trend.", list),
        ConsoleRoutes.page("/console/runs/compare", "What turned red or green between two runs.", compare),
    ]

    private static func tone(_ decision: String) -> ConsoleTone {
        switch decision {
        case "GO": .good
        case "NO-GO": .bad
        default: .warn
        }
    }

    @Sendable private static func list(_ exchange: ConsoleExchange) async throws -> ConsolePage {
        let (chosen, all) = ConsoleLaunch.target(exchange)
        guard let target = chosen else {
            return ConsolePage("Runs", current: "/console/runs", [ConsoleLaunch.none(exchange)])
        }
        let runs = exchange.desk.runs.runs(of: target)
        var blocks = ConsoleLaunch.chooser("/console/runs", target, all)
        let whole = runs.filter(\.isWhole)
        if let last = whole.first {
            let first = whole.last
            let spark = RunShelf.spark(runs)
            blocks.append(
                .tiles([
                    ConsoleTile(
                        "Latest", last.decision, hint: "\(last.level), \(ConsoleText.time(last.startedAt))",
                        tone: tone(last.decision)),
                    ConsoleTile(
                        "Score", last.score.map { "\($0)" } ?? "none",
                        hint: first.map { "was \($0.score.map { "\($0)" } ?? "none") on \($0.startedAt.prefix(10))" }
                            ?? ""),
                    ConsoleTile(
                        "Trend", spark.isEmpty ? "–" : spark,
                        hint: spark.isEmpty
                            ? "two whole runs make one" : "\(min(30, whole.count)) runs, the latest last"),
                ]))
        }
        if whole.count > 1 {
            let choices = whole.map { run in
                (
                    value: run.startedAt,
                    label: "\(ConsoleText.time(run.startedAt)), \(run.decision), \(run.score.map { "\($0)" } ?? "none")"
                )
            }
            blocks.append(
                .filter(
                    ConsoleForm(
                        "/console/runs/compare", "Compare", .primary,
                        [
                            ConsoleField("from", "From", .select, value: choices[1].value, choices: choices),
                            ConsoleField("to", "To", .select, value: choices[0].value, choices: choices),
                            .hidden("target", target),
                        ])))
        }
        blocks.append(.table(table(runs, target)))
        return ConsolePage("Runs", lead: "Of \(target), the latest first.", current: "/console/runs", blocks)
    }

    private static func table(_ runs: [LaunchRun], _ target: String) -> ConsoleTable {
        ConsoleTable(
            "Runs", columns: ["Began", "Verdict", "Score", "Holds", "Fails", "Not seen", "Evidence"],
            rows: runs.enumerated().map { index, run in
                let older = runs.dropFirst(index + 1).first
                let link = older.map {
                    ConsolePath.with(
                        "/console/runs/compare", [("target", target), ("from", $0.startedAt), ("to", run.startedAt)])
                }
                let unseen = run.outcomes.filter {
                    !["holds", "fails", "waived", "notApplicable", "not-applicable"].contains($0.key)
                }
                return [
                    ConsoleCell(
                        ConsoleText.time(run.startedAt), hint: run.isWhole ? run.level : "\(run.level), only a part",
                        link: link),
                    .badge(run.decision, tone(run.decision)), ConsoleCell(run.score.map { "\($0)" } ?? "–"),
                    ConsoleCell("\(run.outcomes["holds"] ?? 0)"), ConsoleCell("\(run.outcomes["fails"] ?? 0)"),
                    ConsoleCell("\(unseen.values.reduce(0, +))"),
                    run.evidence.map { ConsoleCell.code(String($0.prefix(12))) } ?? ConsoleCell("–"),
                ]
            })
    }

    @Sendable private static func compare(_ exchange: ConsoleExchange) async throws -> ConsolePage {
        let (chosen, _) = ConsoleLaunch.target(exchange)
        guard let target = chosen, let from = exchange.asked("from"), let to = exchange.asked("to"),
            let difference = exchange.desk.runs.difference(target, from: from, to: to)
        else {
            return ConsolePage(
                "Two runs", current: "/console/runs",
                [.empty("Choose two runs that are kept: the oldest of more than 200 are forgotten.", command: nil)])
        }
        var blocks: [ConsoleBlock] = [
            .tiles([
                ConsoleTile(
                    "Turned red", "\(difference.turnedRed.count)", tone: difference.turnedRed.isEmpty ? .good : .bad),
                ConsoleTile("Turned green", "\(difference.turnedGreen.count)"),
                ConsoleTile(
                    "Not seen any more", "\(difference.lostSight.count)",
                    tone: difference.lostSight.isEmpty ? .good : .warn),
                ConsoleTile("Compared", "\(difference.compared)", hint: "checks that both have"),
            ])
        ]
        for (title, changes) in [
            ("Turned red", difference.turnedRed), ("Turned green", difference.turnedGreen),
            ("Not seen any more", difference.lostSight),
        ] where !changes.isEmpty {
            blocks += [
                .heading(title),
                .table(
                    ConsoleTable(
                        title, columns: ["Check", "Severity", "Before", "Then", "Seen"],
                        rows: changes.map {
                            [
                                .code($0.check, hint: $0.title), ConsoleCell($0.severity), ConsoleCell($0.before),
                                ConsoleCell($0.after), ConsoleCell($0.summary),
                            ]
                        })),
            ]
        }
        return ConsolePage(
            "Two runs",
            lead: "\(target): from \(ConsoleText.time(from)) to \(ConsoleText.time(to)). "
                + (difference.isRegression ? "Something is worse." : "Nothing is worse."), current: "/console/runs",
            blocks
        )
    }
}
