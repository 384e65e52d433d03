import Mustache

/// A report as one HTML page: it opens offline, prints well, follows light and dark, and has no script in it.
///
/// Every value goes through Mustache's escaping; the template has no unescaped tag, so that nothing a target sent can
/// become markup.
public enum HTMLReport {
    public static func render(_ report: Report) throws -> String {
        try MustacheTemplate(string: ReportPage.template).render(model(report))
    }

    private static func model(_ report: Report) -> [String: Any] {
        let verdict = report.verdict
        var model = report.profile.map(GoNoGoTable.model) ?? [:]
        model["hasProfile"] = report.profile != nil
        model.merge(page(report, verdict)) { own, _ in own }
        return model
    }

    private static func page(_ report: Report, _ verdict: Verdict) -> [String: Any] {
        [
            "name": report.name, "target": report.target, "startedAt": report.startedAt,
            "seconds": TerminalReport.tenths(report.seconds), "level": report.level,
            "decision": verdict.decision.title, "decisionClass": verdict.decision.rawValue,
            "score": report.score.map { String($0) } ?? "–", "coverage": TerminalReport.coverage(report),
            "verdicts": report.verdicts.map(self.verdict),
            "hasBlockers": verdict.blockers.contains { $0.criterion == nil },
            // Items of a checklist have a table of their own.
            "blockers": verdict.blockers.filter { $0.criterion == nil }.map { blocker(report, $0) },
            "areas": report.areas.map(area), "notes": report.notes.map { ["text": $0] },
            "groups": groups(report), "declarationsTitle": Report.declarationsTitle,
            "declarations": (report.declarations ?? []).joined(separator: "\n"),
            "hasDeclarations": report.declarations != nil, "hasTrend": report.trend != nil,
            "hasScreenshots": report.screenshots != nil,
            "screenshots": (report.screenshots ?? []).map {
                ["page": $0.page, "width": $0.width, "jpeg": $0.jpeg, "isNarrow": $0.width < 600] as [String: Any]
            },
            "trendWords": report.trend?.words ?? "", "trendSpark": report.trend?.spark ?? "",
        ]
    }

    private static func verdict(_ verdict: Verdict) -> [String: Any] {
        [
            "level": verdict.level, "decision": verdict.decision.title, "decisionClass": verdict.decision.rawValue,
            "failures": verdict.blockers.count { $0.kind == .failure },
            "unknown": verdict.blockers.count { $0.kind == .notEvaluated },
        ]
    }

    private static func blocker(_ report: Report, _ blocker: Blocker) -> [String: Any] {
        let check = blocker.check.flatMap { report[check: $0] }
        return [
            "id": blocker.check ?? "score", "isCheck": check != nil, "reason": quoted(blocker.reason),
            "title": quoted(check?.title ?? "The score"),
            "kind": blocker.kind == .failure ? "failure" : blocker.kind == .score ? "score" : "not evaluated",
            "who": check.map { $0.side == .edge ? "a layer in front" : "the app" } ?? "",
        ]
    }

    private static func area(_ area: AreaScore) -> [String: Any] {
        let score = area.score ?? 0
        return [
            "title": area.area.title, "score": area.score.map { String($0) } ?? "–", "held": area.held,
            "judged": area.judged, "value": score,
            "grade": area.score == nil ? "none" : score == 100 ? "full" : score >= 60 ? "part" : "low",
        ]
    }

    private static func groups(_ report: Report) -> [[String: Any]] {
        let titles: [(Outcome, String, Bool)] = [
            (.fails, "Failures", true), (.waived, "Waived", true), (.error, "Errors", true),
            (.notAvailable, "Not seen", false), (.notApplicable, "Not applicable", false), (.holds, "Holds", false),
        ]
        return titles.compactMap { outcome, title, isOpen in
            let own = report.checks.filter { $0.outcome == outcome }
            guard !own.isEmpty else { return nil }
            return [
                "title": title, "count": own.count, "class": outcome.rawValue,
                "checks": own.sorted { $0.severity > $1.severity }.map { check($0, isOpen: isOpen) },
            ]
        }
    }

    private static func check(_ check: CheckReport, isOpen: Bool) -> [String: Any] {
        var model: [String: Any] = [
            "id": check.id, "title": quoted(check.title), "summary": quoted(check.summary),
            "severity": check.severity.rawValue,
            "side": check.side == .edge ? "edge" : "app", "asvs": check.asvs ?? "", "hasASVS": check.asvs != nil,
            "rationale": quoted(check.rationale), "remediation": quoted(check.remediation), "isOpen": isOpen,
            "class": check.outcome.rawValue, "outcome": check.outcome.short,
            "hasRemedies": isOpen && Remedies.of(check.id) != nil,
            "remedies": (Remedies.of(check.id) ?? []).map { ["stack": $0.stack.title, "text": $0.text] },
            "observations": check.observations.prefix(12).map(observation), "hasWaiver": check.waiver != nil,
        ]
        if let waiver = check.waiver {
            model["waiver"] =
                "waived by \(visible(waiver.owner)) until \(waiver.expires), scope \(visible(waiver.scope)): \(visible(waiver.reason))"
        }
        return model
    }

    private static func observation(_ seen: Observation) -> [String: Any] {
        [
            "outcome": seen.outcome.short, "class": seen.outcome.rawValue, "subject": seen.subject,
            "seen": quoted(seen.seen),
            "hasEvidence": !seen.evidence.isEmpty,
            "evidence": seen.evidence.prefix(3).map { evidence in
                [
                    "request": ([evidence.request] + evidence.requestHeaders).joined(separator: "\n"),
                    "response": ([evidence.response] + evidence.responseHeaders).joined(separator: "\n"),
                    "excerpt": evidence.excerpt, "hasExcerpt": !evidence.excerpt.isEmpty, "curl": evidence.curl,
                ] as [String: Any]
            },
        ]
    }

    /// Words between backticks between quotation marks: on a page, backticks look like a mistake.
    static func quoted(_ text: String) -> String {
        let parts = text.split(separator: "`", omittingEmptySubsequences: false)
        guard parts.count % 2 == 1 else { return text }
        return parts.enumerated().map { $0.offset % 2 == 1 ? "“\($0.element)”" : String($0.element) }.joined()
    }
}
