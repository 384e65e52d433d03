/// A scan for a terminal.
public enum ScanReport {
    /// What each rule is about, and what to do; at most `width` columns.
    public static func rules(width: Int = 80) -> String {
        var lines: [String] = []
        for rule in SourceRule.all {
            let asvs = rule.asvs.map { ", ASVS 5.0 \($0)" } ?? ""
            lines.append("\(rule.id)  \(rule.severity.rawValue), CWE-\(rule.cwe)\(asvs)")
            lines += wrapped(rule.rationale, width: width, indent: "    ")
            lines += wrapped(rule.remediation, width: width, indent: "    ")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    public static func text(_ scan: SourceScan, seconds: Double, width: Int = 80, colour: Bool = false) -> String {
        let ink = Ink(isOn: colour)
        var lines = wrapped("Source of \(visible(scan.root, limit: 200))", width: width).map(ink.bold)
        let megabytes = Double(scan.bytes) / 1_048_576
        var head = "\(scan.files) files, \(TerminalReport.tenths(megabytes)) MiB in \(TerminalReport.tenths(seconds)) s"
        if scan.skipped > 0 { head += "; \(scan.skipped) no text, over 2 MiB or not readable" }
        if scan.unread > 0 { head += "; \(scan.unread) folders or names that couldn't be looked into" }
        if scan.isCut { head += "; more files than are looked at: not all were" }
        lines += wrapped(head, width: width).map(ink.dim)
        for result in scan.results() {
            let outcome = Evaluation.outcome(of: result.observations)
            lines += ["", ink.outcome(outcome, padded(outcome.short, 9)) + ink.bold(result.sheet.id)]
            var last = ""
            for seen in result.observations.prefix(60) {
                let rule = seen.location?.rule ?? ""
                if rule != last, let sheet = SourceRule.byID[rule] {
                    lines += wrapped(
                        "\(rule) (\(sheet.severity.rawValue), CWE-\(sheet.cwe)): \(sheet.remediation)", width: width,
                        indent: "    "
                    ).map(ink.dim)
                    last = rule
                }
                let text = outcome == .fails ? "\(seen.subject): \(seen.seen)" : seen.seen
                lines += wrapped(text, width: width, indent: "  ")
            }
            if result.observations.count > 60 {
                lines.append("  … \(result.observations.count - 60) more: --format json")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// As a report of the same form as a check's, so that every format is there.
    public static func report(
        _ scan: SourceScan, seconds: Double, startedAt: String, today: CalendarDay, waivers: [Waiver] = []
    ) -> Report {
        let results = scan.results().map { item -> CheckReport in
            var outcome = Evaluation.outcome(of: item.observations)
            let waiver =
                outcome == .fails ? Evaluation.waiver(for: item.sheet, item.observations, waivers, today: today) : nil
            if waiver != nil { outcome = .waived }
            return CheckReport(
                id: item.sheet.id, title: item.sheet.title, area: .source, side: .app, severity: item.sheet.severity,
                asvs: item.sheet.asvs,
                outcome: outcome,
                summary: item.observations.first { $0.outcome == outcome }?.seen ?? item.observations.first?.seen ?? "",
                observations: item.observations, rationale: item.sheet.rationale, remediation: item.sheet.remediation,
                waiver: waiver, milliseconds: 0)
        }
        let judged = results.filter { [.holds, .fails, .waived].contains($0.outcome) }
        let blockers = results.filter { $0.outcome == .fails }.map {
            Blocker(check: $0.id, kind: .failure, reason: $0.summary)
        }
        return Report(
            tool: "seaworthy scan", target: visible(scan.root, limit: 300), name: visible(scan.root, limit: 300),
            startedAt: startedAt, seconds: seconds,
            isInterrupted: false, level: "source",
            verdicts: [
                Verdict(
                    level: "source", decision: judged.isEmpty ? .couldNotJudge : blockers.isEmpty ? .go : .noGo,
                    blockers: blockers)
            ],
            score: Evaluation.score(results),
            areas: [
                AreaScore(
                    area: .source, score: Evaluation.score(results), held: judged.count { $0.outcome == .holds },
                    judged: judged.count, all: results.count)
            ],
            coverage: Coverage(
                checksEvaluated: judged.count, checks: results.count, routes: 0, identities: [], identitiesDeclared: 0),
            traffic: Traffic(requests: 0, requestLimit: 0, burst: 0, refusedForPace: 0, secondsWaited: 0),
            checks: results, notes: [])
    }
}

/// Proves the rules: each must object to its flawed fixture and not to its sound one.
public enum RuleProof {
    public struct Row: Sendable, Equatable {
        public var rule: String
        public var findsFlaw: Bool
        public var sparesSound: Bool
        public var tellsApart: Bool { findsFlaw && sparesSound }
    }

    public static func rows() -> [Row] {
        SourceRule.all.map { rule in
            Row(
                rule: rule.id, findsFlaw: SourceScan(texts: rule.flawed).findings.contains { $0.rule == rule.id },
                sparesSound: !SourceScan(texts: rule.sound).findings.contains { $0.rule == rule.id })
        }
    }

    public static func table(_ rows: [Row], colour: Bool = false) -> String {
        let ink = Ink(isOn: colour)
        var lines = [ink.bold(padded("rule", 38) + padded("flawed", 10) + padded("sound", 10) + "verdict")]
        for row in rows {
            lines.append(
                padded(row.rule, 38) + padded(row.findsFlaw ? "found" : "MISSED", 10)
                    + padded(row.sparesSound ? "spared" : "FOUND", 10)
                    + (row.tellsApart ? ink.green("tells apart") : ink.red("ERROR")))
        }
        return
            (lines + ["", "\(rows.count(where: \.tellsApart)) of \(rows.count) rules tell their flaw from sound code"])
            .joined(separator: "\n") + "\n"
    }
}
