/// A report as a comment under a pull request: the verdict, what stands in the way, and the rest folded away.
///
/// GitHub cuts comments at 65,536 characters: this stays below.
public enum MarkdownReport {
    public static func render(_ report: Report) -> String {
        let verdict = report.verdict
        let mark =
            switch verdict.decision {
            case .go: "✅"
            case .noGo: "❌"
            case .couldNotJudge: "⚠️"
            }
        var lines = [
            "## \(mark) \(verdict.decision.title): \(inert(report.name, 100)) at level \(inert(report.level, 30))", "",
            "Score \(report.score.map { "**\($0)** of 100" } ?? "none") · \(report.coverage.checksEvaluated) of "
                + "\(report.coverage.checks) checks evaluated · \(inert(report.startedAt, 40))",
        ]
        if let trend = report.trend { lines += ["", "Trend `\(trend.spark)` \(inert(trend.words, 200))"] }
        if !verdict.blockers.isEmpty {
            lines += ["", "| what stands in the way | | seen |", "|---|---|---|"]
            for blocker in verdict.blockers.prefix(40) {
                let check = blocker.check.flatMap { report[check: $0] }
                let kind =
                    blocker.kind == .failure
                    ? check?.severity.rawValue ?? "fails" : blocker.kind == .score ? "score" : "not seen"
                lines.append("| `\(blocker.check ?? "score")` | \(kind) | \(inert(blocker.reason, 240)) |")
            }
            if verdict.blockers.count > 40 { lines.append("| … | | \(verdict.blockers.count - 40) more |") }
        }
        if let profile = report.profile {
            lines += [
                "", "<details open><summary>Go / no-go</summary>", "", GoNoGoTable.markdown(profile), "</details>",
            ]
        }
        lines += areas(report) + findings(report)
        for note in report.notes.prefix(10) { lines += ["", "> \(inert(note, 300))"] }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func areas(_ report: Report) -> [String] {
        var lines = ["", "<details><summary>By area</summary>", "", "| area | score | hold |", "|---|---:|---:|"]
        for area in report.areas {
            lines.append(
                "| \(area.area.title) | \(area.score.map { String($0) } ?? "–") | \(area.held) of \(area.judged) |")
        }
        return lines + ["", "</details>"]
    }

    private static func findings(_ report: Report) -> [String] {
        let own = report.checks.filter { [.fails, .waived, .error].contains($0.outcome) }
            .sorted { $0.severity > $1.severity }
        guard !own.isEmpty else { return [] }
        var lines = ["", "<details><summary>\(own.count) findings, and what to do</summary>"]
        var room = 48_000
        for check in own {
            var part = [
                "", "**`\(check.id)`** \(check.title) (\(check.severity.rawValue), \(check.outcome.short))", "",
            ]
            for seen in check.observations.filter({ [.fails, .error].contains($0.outcome) }).prefix(6) {
                part.append("- \(inert(seen.subject, 120)): \(inert(seen.seen, 240))")
            }
            part += ["", inert(check.remediation, 600)]
            if let waiver = check.waiver {
                part += [
                    "", "Waived by \(inert(waiver.owner, 60)) until \(waiver.expires): \(inert(waiver.reason, 200))",
                ]
            }
            room -= part.reduce(0) { $0 + $1.utf8.count }
            guard room > 0 else {
                lines += ["", "The rest is in the full report."]
                break
            }
            lines += part
        }
        return lines + ["", "</details>"]
    }

    /// Text that no renderer takes for markup, a link, a mention or a cell's end.
    static func inert(_ text: some StringProtocol, _ limit: Int) -> String {
        var out = ""
        for scalar in visible(text, limit: limit).unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\\", "`", "*", "_", "[", "]", "(", ")", "|", "~", "!", "{", "}", "$", "+", "-": out += "\\\(scalar)"
            // Mentions, issue numbers and bare links are found after rendering: an empty comment keeps them apart.
            case "@", "#", ":", "/": out += "\(scalar)<!-- -->"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out.replacing("www.", with: "www<!-- -->.")
    }
}
