/// A load summary for a terminal: the verdict first, then routes, then the ramp.
public enum LoadReport {
    public static func render(_ summary: LoadSummary, width: Int = 80, colour: Bool = false) -> String {
        let ink = Ink(isOn: colour)
        var lines = wrapped("Load on \(summary.target): \(summary.name)", width: width).map(ink.bold)
        lines += wrapped(
            "\(summary.startedAt) · \(TerminalReport.tenths(summary.seconds)) s · seed \(summary.seed)", width: width
        ).map(ink.dim)
        lines.append("")
        if summary.all.requests > 0 {
            lines += wrapped(
                "\(TerminalReport.tenths(summary.rate)) people/s in \(summary.repeats) × "
                    + "\(TerminalReport.tenths(summary.duration)) s; \(TerminalReport.tenths(summary.meanPeople)) at once on "
                    + "average, \(summary.peakPeople) at most; \(summary.all.requests) requests", width: width)
            lines.append("")
            lines += table(summary, ink)
        }
        if !summary.verdicts.isEmpty { lines += [""] + summary.verdicts.flatMap { verdict($0, width, ink) } }
        if !summary.stages.isEmpty { lines += [""] + stages(summary, ink) }
        for (failure, count) in summary.all.failures.sorted(by: { $0.value > $1.value }).prefix(5) {
            lines += wrapped("\(count) × \(visible(failure, limit: 80))", width: width, indent: "  ").map(ink.yellow)
        }
        for note in summary.notes { lines += [""] + wrapped(note, width: width).map(ink.yellow) }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func table(_ summary: LoadSummary, _ ink: Ink) -> [String] {
        var lines = [
            ink.dim(
                padded("ms from when it was due", 32) + right("requests", 9) + right("p50", 9) + right("p95", 9)
                    + right("p99", 9) + right("errors", 10))
        ]
        for route in summary.routes + (summary.routes.count > 1 ? [summary.all] : []) {
            lines.append(
                padded(visible(route.route, limit: 31), 32) + right(String(route.requests), 9)
                    + right(number(route.p50.value), 9) + right(number(route.p95.value), 9)
                    + right(number(route.p99.value), 9) + right(percent(route.errorRate.value), 10))
        }
        return lines
    }

    private static func verdict(_ verdict: LoadSummary.Verdict, _ width: Int, _ ink: Ink) -> [String] {
        let isShare = verdict.figure == "errors"
        func shown(_ value: Double) -> String { isShare ? percent(value) : "\(number(value)) ms" }
        let mark =
            verdict.outcome == .holds ? ink.green("✓") : verdict.outcome == .fails ? ink.red("✗") : ink.yellow("?")
        var text = "\(verdict.figure) of \(verdict.route): \(shown(verdict.actual)), target \(shown(verdict.limit))"
        if verdict.high > verdict.low { text += " (95 % interval \(shown(verdict.low)) to \(shown(verdict.high)))" }
        if verdict.outcome == .unclear { text += ": the interval crosses the target, repeat for longer" }
        var lines = wrapped(text, width: width, indent: "    ")
        if let first = lines.first { lines[0] = "  \(mark) \(first.dropFirst(4))" }
        return lines
    }

    private static func stages(_ summary: LoadSummary, _ ink: Ink) -> [String] {
        var lines = [
            ink.dim(
                right("people/s", 10) + right("served/s", 11) + right("p50", 9) + right("p95", 9) + right("p99", 9)
                    + right("errors", 10) + right("at once", 9))
        ]
        for stage in summary.stages {
            let line =
                right(number(stage.offered), 10) + right(number(stage.served), 11) + right(number(stage.p50), 9)
                + right(number(stage.p95), 9) + right(number(stage.p99), 9) + right(percent(stage.errorRate), 10)
                + right(String(stage.peopleAtOnce), 9)
            lines.append((stage.holds ? line : ink.red(line)) + (stage.holds ? "  ✓" : "  ✗"))
        }
        lines.append("")
        lines.append(
            summary.knee.map { "The knee: targets held up to \(number($0)) people per second." }
                ?? "The targets held at no rate that was tried.")
        if let most = summary.stages.map(\.served).max(), summary.stages.contains(where: { !$0.holds }) {
            lines.append("The most that it answered well: \(number(most)) requests per second.")
        }
        return lines
    }

    private static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(1, width - text.count)) + text
    }

    private static func number(_ value: Double) -> String {
        value >= 100 ? String(Int(value.rounded())) : TerminalReport.tenths(value)
    }

    private static func percent(_ share: Double) -> String {
        let hundredths = Int((share * 10_000).rounded())
        return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100) %"
    }
}
