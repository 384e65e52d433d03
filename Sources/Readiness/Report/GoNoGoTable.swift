/// The go/no-go table of a checklist: criterion, required, actual, status.
public enum GoNoGoTable {
    /// For a terminal; no line is wider than `width`.
    static func text(_ profile: ProfileReport, width: Int = 80, ink: Ink = Ink(isOn: false)) -> [String] {
        var lines = ["", ink.bold("Go / no-go: \(profile.name)")] + wrapped(profile.title, width: width, indent: "  ")
        for level in profile.levels {
            let total = level.total.map { "\($0)" } ?? "none"
            lines.append(
                "  " + ink.decision(level.decision, padded(level.decision.title, 13))
                    + "\(padded(level.level, 13)) total \(total) of 100, \(level.required) required")
        }
        let columns = Columns(width: width)
        lines += ["", ink.dim(columns.row("criterion", "required", "actual", "status").joined(separator: "\n"))]
        for group in profile.groups where group.all > 0 || group.score == nil {
            let own = profile.criteria.filter { $0.group == group.group }
            let share =
                group.weight == 0 ? ", outside the total" : group.weight == 1 ? "" : ", weight \(group.weight)"
            let score = group.score.map { "\($0) of 100" } ?? "doesn't apply"
            lines.append(ink.bold("\(group.group): \(score)\(share)"))
            for criterion in own {
                let rows = columns.row(
                    criterion.text, criterion.required, criterion.actual, word(criterion))
                lines += rows.map { criterion.outcome == .holds ? $0 : ink.outcome(criterion.outcome, $0) }
            }
        }
        let contradictions = profile.criteria.compactMap { criterion in
            criterion.contradiction.map { "\(criterion.source ?? criterion.id): “\(criterion.text)” is \($0)" }
        }
        if !contradictions.isEmpty {
            lines += ["", ink.bold("Ticked, but observed otherwise (\(contradictions.count))")]
            for text in contradictions { lines += wrapped(text, width: width, indent: "  ").map(ink.red) }
        }
        return lines
    }

    /// For a pull request: Markdown in which nothing that a document or a target said is markup.
    public static func markdown(_ profile: ProfileReport) -> String {
        var lines = ["## Go / no-go: \(inert(profile.name))", "", inert(profile.title), ""]
        lines += ["| level | decision | total | required |", "|---|---|---|---|"]
        for level in profile.levels {
            let total = level.total.map { "\($0)" } ?? "–"
            lines.append("| \(inert(level.level)) | **\(level.decision.title)** | \(total) | \(level.required) |")
        }
        lines += ["", "| criterion | required | actual | status |", "|---|---|---|---|"]
        for group in profile.groups {
            let score = group.score.map { "\($0)" } ?? "–"
            lines.append("| **\(inert(group.group))** | weight \(group.weight) | \(score) | |")
            for criterion in profile.criteria where criterion.group == group.group {
                let source = criterion.source.map { " (\(inert($0)))" } ?? ""
                lines.append(
                    "| \(inert(criterion.text))\(source) | \(inert(criterion.required)) | \(inert(criterion.actual)) | "
                        + "\(word(criterion))\(criterion.contradiction == nil ? "" : ", though ticked") |")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The rows for a page; the template escapes.
    static func model(_ profile: ProfileReport) -> [String: Any] {
        [
            "profileName": profile.name, "profileTitle": profile.title,
            "levels": profile.levels.map { level in
                [
                    "level": level.level, "decision": level.decision.title, "decisionClass": level.decision.rawValue,
                    "total": level.total.map { "\($0)" } ?? "–", "required": level.required,
                ] as [String: Any]
            },
            "profileGroups": profile.groups.map { group in
                [
                    "group": group.group, "weight": group.weight, "score": group.score.map { "\($0)" } ?? "–",
                    "criteria": profile.criteria.filter { $0.group == group.group }.map(row),
                ] as [String: Any]
            },
        ]
    }

    private static func row(_ criterion: CriterionReport) -> [String: Any] {
        [
            "text": HTMLReport.quoted(criterion.text), "required": criterion.required,
            "actual": HTMLReport.quoted(criterion.actual),
            "class": criterion.outcome.rawValue, "status": word(criterion), "source": criterion.source ?? "",
            "contradiction": criterion.contradiction ?? "",
        ]
    }

    /// What the status column says: short, and plain about what nobody looked at.
    private static func word(_ criterion: CriterionReport) -> String {
        switch criterion.outcome {
        case .holds: "met"
        case .fails: criterion.isBlocker ? "NOT MET" : "not met"
        case .waived: "waived"
        case .notApplicable: "n/a"
        case .notAvailable: criterion.decidedBy == "signature" ? "unsigned" : "not seen"
        case .error: "error"
        }
    }

    /// Text that Markdown and HTML take as text.
    private static func inert(_ text: String) -> String {
        var out = ""
        for character in visible(text, limit: 300).unicodeScalars {
            switch character {
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "&": out += "&amp;"
            case "|", "*", "_", "`", "[", "]", "\\", "#", "!", "~", "@": out += "\\\(character)"
            default: out.unicodeScalars.append(character)
            }
        }
        return out
    }

    private struct Columns {
        let first: Int
        let required: Int
        let actual: Int
        let status = 8

        init(width: Int) {
            let rest = max(40, width - status - 5)
            required = max(10, rest * 22 / 100)
            actual = rest * 34 / 100
            first = rest - required - actual
        }

        func row(_ text: String, _ required: String, _ actual: String, _ status: String) -> [String] {
            let cells = [
                wrapped(text, width: first), wrapped(required, width: self.required),
                wrapped(actual, width: self.actual), [status],
            ]
            let height = min(5, cells.map(\.count).max() ?? 0)
            let widths = [first, self.required, self.actual, self.status]
            return (0..<height).map { line in
                let parts = zip(cells, widths).map { cell, width in
                    let text = cell.dropFirst(line).first ?? ""
                    return padded(line == 4 && cell.count > 5 ? text.prefix(width - 1) + "…" : text, width)
                }
                return ("  " + parts.joined(separator: " ")).trimmedEnd
            }
        }
    }
}
