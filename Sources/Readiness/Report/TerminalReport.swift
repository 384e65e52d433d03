/// A report for a terminal: the verdict first, then what stands in its way, then everything else.
///
/// No line is wider than `width`, apart from the `curl` lines, which are there to be copied whole. Everything that
/// came from the target has had its control characters written out before it got here.
public enum TerminalReport {
    public static func render(_ report: Report, width: Int = 80, colour: Bool = false) -> String {
        let ink = Ink(isOn: colour)
        var lines: [String] = []
        lines += header(report, width, ink)
        if let profile = report.profile { lines += GoNoGoTable.text(profile, width: width, ink: ink) }
        lines += blockers(report, width, ink)
        lines += declarations(report, ink)
        lines += areas(report, width, ink)
        lines += findings(report, width, ink)
        lines += footer(report, width, ink)
        return lines.joined(separator: "\n") + "\n"
    }

    private static func header(_ report: Report, _ width: Int, _ ink: Ink) -> [String] {
        var lines = wrapped("Readiness of \(report.name)", width: width).map(ink.bold)
        lines += wrapped("\(report.target) · \(report.startedAt) · \(tenths(report.seconds)) s", width: width).map(
            ink.dim)
        lines.append("")
        for verdict in report.verdicts.sorted(by: {
            ($0.level == report.level ? 0 : 1) < ($1.level == report.level ? 0 : 1)
        }) {
            let isMain = verdict.level == report.level
            let title = padded(verdict.decision.title, 13)
            let failures = verdict.blockers.count { $0.kind == .failure }
            let unknown = verdict.blockers.count { $0.kind == .notEvaluated }
            var parts: [String] = []
            if failures > 0 { parts.append("\(failures) blocking") }
            if unknown > 0 { parts.append("\(unknown) not evaluated") }
            if verdict.blockers.contains(where: { $0.kind == .score }) { parts.append("score too low") }
            let text = "\(title)at level \(visible(verdict.level, limit: 20))"
            let reason = parts.isEmpty ? "" : "  (\(parts.joined(separator: ", ")))"
            let shown = isMain ? ink.decision(verdict.decision, text) : ink.dim(text)
            if text.count + reason.count <= width {
                lines.append(shown + ink.dim(reason))
            } else {
                lines += [shown, ink.dim("           \(reason)")]
            }
        }
        lines.append("")
        let score = report.score.map { "\($0) of 100" } ?? "none"
        let observatory = report.observatory.map { "   (HTTP Observatory's rules: \($0.grade), \($0.score))" } ?? ""
        lines.append("Score     \(score)" + ink.dim(observatory))
        if let trend = report.trend {
            lines += wrapped(trend.words, width: width, indent: "          ").enumerated().map { index, line in
                index == 0 ? "Trend     " + line.dropFirst(10) : line
            }
            lines.append("          " + ink.blue(trend.spark))
        }
        lines += wrapped(coverage(report), width: width, indent: "          ").enumerated().map { index, line in
            index == 0 ? "Coverage  " + line.dropFirst(10) : line
        }
        let outcomes = Outcome.allCases.compactMap { outcome -> String? in
            let count = report.checks.count { $0.outcome == outcome }
            return count == 0 ? nil : ink.outcome(outcome, "\(count) \(words(outcome))")
        }
        lines.append("Outcomes  " + outcomes.joined(separator: ", "))
        if let slowest = slowest(report) { lines.append("Slowest   " + ink.dim(slowest)) }
        return lines
    }

    /// Where the time of a run of five seconds and more went: the three checks that took longest; nil for a shorter one.
    static func slowest(_ report: Report) -> String? {
        let long = report.checks.filter { $0.milliseconds >= 1_000 }.sorted { $0.milliseconds > $1.milliseconds }
        guard report.seconds >= 5, !long.isEmpty else { return nil }
        return long.prefix(3).map { "\($0.id) \(tenths($0.milliseconds / 1_000)) s" }.joined(separator: ", ")
    }

    private static func words(_ outcome: Outcome) -> String {
        switch outcome {
        case .holds: "hold"
        case .fails: "fail"
        case .notApplicable: "don't apply"
        case .notAvailable: "not seen"
        case .error: "errors"
        case .waived: "waived"
        }
    }

    static func coverage(_ report: Report) -> String {
        let coverage = report.coverage
        let traffic = report.traffic
        var text = "\(coverage.checksEvaluated) of \(coverage.checks) checks × \(coverage.routes) routes × "
        let people = coverage.identities.count
        text += "\(people) \(people == 1 ? "identity" : "identities")"
        text += people == 0 ? "; " : " (\(coverage.identities.joined(separator: ", "))); "
        text += "\(traffic.requests) requests"
        if traffic.burst > 0 { text += " and \(traffic.burst) to try the limit" }
        if traffic.secondsWaited >= 0.5 { text += ", \(tenths(traffic.secondsWaited)) s waited as the target asked" }
        return text
    }

    /// - Parameter title: what stands over it, where several reports are shown together.
    static func blockers(_ report: Report, _ width: Int, _ ink: Ink, title: String? = nil) -> [String] {
        let blockers = report.verdict.blockers
        guard !blockers.isEmpty else { return [] }
        var lines = ["", ink.bold(title ?? "What stands in the way of \(report.level)")]
        for side in [Side.edge, .app] {
            let own = blockers.filter { blocker in blocker.check.flatMap { report[check: $0] }?.side == side }
            guard !own.isEmpty else { continue }
            lines.append(
                ink.dim(side == .edge ? "  a layer in front can mend" : "  only the app itself can mend"))
            let shared = Set(own.map(\.reason)).filter { reason in own.count { $0.reason == reason } > most }
            for blocker in own where !shared.contains(blocker.reason) {
                let mark = blocker.kind == .failure ? ink.red("✗") : ink.yellow("?")
                let id = blocker.check ?? ""
                var text = wrapped("\(id): \(blocker.reason)", width: width, indent: "    ")
                if let first = text.first { text[0] = "  \(mark) \(first.dropFirst(4))" }
                lines += text
            }
            for reason in shared.sorted() {
                lines += together(own.count { $0.reason == reason }, reason, ink.yellow("?"), width)
            }
        }
        for blocker in blockers where blocker.check == nil && blocker.criterion == nil {
            lines.append("  ✗ \(blocker.reason)")
        }
        let items = blockers.filter { $0.criterion != nil }
        if !items.isEmpty {
            let unmet = items.count { $0.kind == .failure }
            lines += wrapped(
                "\(items.count) items of the checklist: \(unmet) not met, \(items.count - unmet) that nobody looked at "
                    + "or signed (in the table above)", width: width, indent: "    "
            ).enumerated().map { $0.offset == 0 ? "  ✗ " + $0.element.dropFirst(4) : $0.element }
        }
        return lines
    }

    /// Also below a comparison.
    static func declarations(_ report: Report, _ ink: Ink) -> [String] {
        guard let lines = report.declarations else { return [] }
        return ["", ink.bold(Report.declarationsTitle)] + lines.map { "  \($0)" }
    }

    private static func areas(_ report: Report, _ width: Int, _ ink: Ink) -> [String] {
        var lines = ["", ink.bold("By area")]
        for area in report.areas {
            let score = area.score.map { String($0) } ?? "–"
            let bar =
                area.score.map { score in
                    let full = score / 5
                    let text = String(repeating: "█", count: full) + String(repeating: "░", count: 20 - full)
                    return score == 100 ? ink.green(text) : score >= 60 ? ink.yellow(text) : ink.red(text)
                } ?? ink.dim(String(repeating: "·", count: 20))
            let padding = String(repeating: " ", count: max(0, 4 - score.count))
            lines.append(
                "  \(padded(area.area.title, 24))\(bar) \(padding)\(score)   \(area.held) of \(area.judged) hold")
        }
        return lines
    }

    private static func findings(_ report: Report, _ width: Int, _ ink: Ink) -> [String] {
        var lines: [String] = []
        for (title, outcome) in [
            ("Failures", Outcome.fails), ("Waived", .waived), ("Errors", .error), ("Not seen", .notAvailable),
            ("Not applicable", .notApplicable), ("Holds", .holds),
        ] {
            let own = report.checks.filter { $0.outcome == outcome }
            guard !own.isEmpty else { continue }
            lines += ["", ink.bold("\(title) (\(own.count))")]
            let shared =
                outcome == .fails
                ? [] : Set(own.map(\.summary)).filter { text in own.count { $0.summary == text } > most }
            let order: [CheckReport] = outcome == .fails ? own.sorted { $0.severity > $1.severity } : own
            for check in order where !shared.contains(check.summary) {
                lines +=
                    outcome == .fails || outcome == .waived
                    ? failure(check, width, ink) : brief(check, width, ink)
            }
            for text in shared.sorted() {
                lines += together(own.count { $0.summary == text }, text, ink.outcome(outcome, "·"), width)
            }
        }
        return lines
    }

    /// More checks than this with one and the same reason are one line: a target that is down is down once.
    private static let most = 3

    private static func together(_ count: Int, _ reason: String, _ mark: String, _ width: Int) -> [String] {
        var lines = wrapped("\(count) checks: \(reason)", width: width, indent: "    ")
        if let first = lines.first { lines[0] = "  \(mark) \(first.dropFirst(4))" }
        return lines
    }

    private static func brief(_ check: CheckReport, _ width: Int, _ ink: Ink) -> [String] {
        let mark = ink.outcome(check.outcome, check.outcome == .holds ? "✓" : check.outcome == .error ? "!" : "·")
        var lines = wrapped("\(check.id): \(check.summary)", width: width, indent: "    ")
        if let first = lines.first { lines[0] = "  \(mark) \(first.dropFirst(4))" }
        return lines
    }

    private static func failure(_ check: CheckReport, _ width: Int, _ ink: Ink) -> [String] {
        let mark = ink.outcome(check.outcome, "✗")
        let kind = "\(check.severity.rawValue), \(check.side.rawValue)" + (check.asvs.map { ", ASVS 5.0 \($0)" } ?? "")
        var lines = wrapped("\(check.id) (\(kind))", width: width, indent: "    ")
        if let first = lines.first { lines[0] = "  \(mark) \(ink.bold(String(first.dropFirst(4))))" }
        for observation in check.observations.filter({ $0.outcome == .fails }).prefix(4) {
            lines += wrapped("\(observation.subject): \(observation.seen)", width: width, indent: "    ")
        }
        if let waiver = check.waiver {
            lines += wrapped(
                "waived by \(visible(waiver.owner)) until \(waiver.expires): \(visible(waiver.reason))", width: width,
                indent: "    "
            ).map(ink.yellow)
        }
        lines += wrapped(check.remediation, width: width, indent: "    ").map(ink.dim)
        let evidence = check.observations.first { $0.outcome == .fails }?.evidence.first
        if let evidence { lines.append("    " + ink.blue(evidence.curl)) }
        return lines
    }

    private static func footer(_ report: Report, _ width: Int, _ ink: Ink) -> [String] {
        var lines: [String] = []
        for note in report.notes { lines += [""] + wrapped(note, width: width).map(ink.yellow) }
        if report.verdict.decision == .go { return lines }
        let edge = report.checks.count { $0.side == .edge && $0.outcome == .fails }
        if edge > 0 {
            lines.append("")
            lines += wrapped(
                "\(edge) of the failures can be mended by a layer in front: try `seaworthy try \(report.target)`.",
                width: width)
        }
        return lines
    }

    static func tenths(_ number: Double) -> String {
        let whole = Int((number * 10).rounded())
        return "\(whole / 10).\(whole % 10)"
    }
}
