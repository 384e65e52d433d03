/// Several reports side by side: one row per check, one column per report.
public enum ComparisonReport {
    /// Columns that don't fit into `width` get narrower titles, never more width.
    public static func render(columns: [(title: String, report: Report)], width: Int = 80, colour: Bool = false)
        -> String
    {
        guard !columns.isEmpty else { return "" }
        let ink = Ink(isOn: colour)
        let first = min(38, max(24, width - columns.count * 14))
        let column = max(9, (width - first) / columns.count)
        var ids: [String] = []
        for (_, report) in columns { for check in report.checks where !ids.contains(check.id) { ids.append(check.id) } }
        var lines = header(columns.map(\.title), first, column, ink)
        lines.append(String(repeating: "─", count: min(width, first + column * columns.count)))
        lines.append(
            padded("verdict at \(columns.map(\.report.level).first ?? "")", first)
                + columns.map {
                    ink.decision($0.report.verdict.decision, padded($0.report.verdict.decision.title, column))
                }
                .joined())
        lines.append(
            padded("score", first)
                + columns.map { padded($0.report.score.map { String($0) } ?? "–", column) }.joined())
        lines.append(
            padded("checks evaluated", first)
                + columns.map {
                    padded("\($0.report.coverage.checksEvaluated) of \($0.report.coverage.checks)", column)
                }
                .joined())
        lines.append("")
        for side in [Side.edge, .app] {
            let own = ids.filter { id in columns.contains { $0.report[check: id]?.side == side } }
            guard !own.isEmpty else { continue }
            lines.append(ink.bold(side == .edge ? "What a layer in front can mend" : "What only the app can mend"))
            for id in own {
                let cells = columns.map { entry -> String in
                    guard let check = entry.report[check: id] else { return padded("", column) }
                    return ink.outcome(check.outcome, padded(check.outcome.short, column))
                }
                lines.append((padded("  \(id)", first) + cells.joined()).trimmedEnd)
            }
            lines.append("")
        }
        // The last column is the best that there is: what it lacks is what is left to do.
        if let (title, report) = columns.last, report.verdict.decision == .noGo {
            let stands = "What stands in the way of \(report.level), for \(visible(title, limit: 40))"
            lines += TerminalReport.blockers(report, width, ink, title: stands).dropFirst() + [""]
        }
        if let last = columns.last(where: { $0.report.declarations != nil })?.report {
            lines += TerminalReport.declarations(last, ink).dropFirst() + [""]
        }
        return lines.map(\.trimmedEnd).joined(separator: "\n")
    }

    /// Titles over their columns, on as many lines as they need.
    private static func header(_ titles: [String], _ first: Int, _ column: Int, _ ink: Ink) -> [String] {
        let stacks = titles.map { wrapped(visible($0, limit: 60), width: max(11, column - 1)) }
        let height = stacks.map(\.count).max() ?? 0
        return (0..<height).map { row in
            let cells = stacks.map { padded($0.dropFirst(row).first ?? "", column) }
            return (String(repeating: " ", count: first) + cells.map(ink.bold).joined()).trimmedEnd
        }
    }
}

extension String {
    /// Without the blanks at its end, those before a last colour code included.
    var trimmedEnd: String {
        var part = self[...]
        while part.last == " " { part = part.dropLast() }
        guard part.hasSuffix("\u{1B}[0m") else { return String(part) }
        let inside = String(part.dropLast(4))
        return inside.last == " " ? inside.trimmedEnd + "\u{1B}[0m" : String(part)
    }
}
