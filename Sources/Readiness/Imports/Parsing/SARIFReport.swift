/// SARIF 2.1.0 (OASIS) as a scanner writes it.
enum SARIFReport {
    struct Problem: Error, Equatable { var what: String }
    struct Reading {
        var findings = ScannerFindings()
        var madeAt: Int64?
        var commit: String?
    }

    static func read(_ value: JSONValue) throws(Problem) -> Reading {
        guard let version = value.at("/version")?.string, version.hasPrefix("2.1") else {
            throw Problem(
                what: "is no SARIF 2.1: its version is \(visible(value.at("/version")?.scalarText ?? "missing"))")
        }
        guard let runs = value.at("/runs")?.items else { throw Problem(what: "has no `runs`") }
        var reading = Reading()
        for run in runs.prefix(200) { read(run, &reading) }
        return reading
    }

    private static func read(_ run: JSONValue, _ reading: inout Reading) {
        reading.findings.runs &+= 1
        let driver = run.at("/tool/driver")
        reading.findings.tools.append(visible(driver?.at("/name")?.string ?? "a tool without a name", limit: 60))
        if let revision = run.at("/versionControlProvenance/0/revisionId")?.string { reading.commit = revision }
        var isBroken = run.at("/results")?.items == nil
        for invocation in run.at("/invocations")?.items ?? [] {
            if invocation.at("/executionSuccessful") == .bool(false) { isBroken = true }
            let time = invocation.at("/endTimeUtc")?.string ?? invocation.at("/startTimeUtc")?.string ?? ""
            if let made = secondsSinceEpoch(time) { reading.madeAt = max(reading.madeAt ?? 0, made) }
        }
        if isBroken { reading.findings.brokenRuns &+= 1 }
        var rules: [JSONValue] = driver?.at("/rules")?.items ?? []
        for part in run.at("/tool/extensions")?.items ?? [] { rules.append(contentsOf: part.at("/rules")?.items ?? []) }
        var byID: [String: JSONValue] = [:]
        for rule in rules { if let id = rule.at("/id")?.string { byID.updateValue(rule, forKey: id) } }
        for result in (run.at("/results")?.items ?? []).prefix(500_000) {
            let suppressions = result.at("/suppressions")?.items ?? []
            let isSuppressed = suppressions.contains {
                ["accepted", nil].contains($0.at("/status")?.string)
            }
            if isSuppressed || result.at("/baselineState")?.string == "absent" {
                reading.findings.suppressed &+= 1
                continue
            }
            if let kind = result.at("/kind")?.string, !["fail", "open", "review"].contains(kind) { continue }
            reading.findings.findings.append(finding(result, rules, byID))
        }
    }

    private static func finding(
        _ result: JSONValue, _ rules: [JSONValue], _ byID: [String: JSONValue]
    ) -> ScannerFindings.Finding {
        let id = result.at("/ruleId")?.string ?? result.at("/rule/id")?.string
        // can't trap: a dictionary answers nil for what it doesn't have
        var rule = id.flatMap { byID[$0] }
        if rule == nil, let index = result.at("/ruleIndex")?.numeric.flatMap({ Int(exactly: $0) }), index >= 0 {
            rule = rules.dropFirst(index).first
        }
        let place = result.at("/locations/0/physicalLocation")
        return ScannerFindings.Finding(
            rule: id ?? rule?.at("/id")?.string ?? "a rule without an id", weight: weight(result, rule),
            message: result.at("/message/text")?.string ?? result.at("/message/markdown")?.string
                ?? rule?.at("/shortDescription/text")?.string ?? "no message",
            file: place?.at("/artifactLocation/uri")?.string,
            line: place?.at("/region/startLine")?.numeric.flatMap { Int(exactly: $0) })
    }

    /// The number that scanners write for security (0 to 10, as CVSS counts), else the word, else the level.
    private static func weight(_ result: JSONValue, _ rule: JSONValue?) -> ScannerFindings.Weight {
        let written =
            result.at("/properties/security-severity") ?? rule?.at("/properties/security-severity")
        if let score = written?.numeric, score.isFinite {
            return score >= 9 ? .critical : score >= 7 ? .high : score >= 4 ? .medium : score > 0 ? .low : .note
        }
        let word =
            (result.at("/properties/severity") ?? result.at("/properties/issue_severity")
            ?? rule?.at("/properties/severity") ?? rule?.at("/properties/problem.severity"))?.string?.lowercased()
        switch word {
        case "critical", "blocker": return .critical
        case "high", "error": return .high
        case "medium", "moderate", "warning": return .medium
        case "low", "minor": return .low
        default: break
        }
        switch result.at("/level")?.string ?? rule?.at("/defaultConfiguration/level")?.string ?? "warning" {
        case "error": return .high
        case "warning": return .medium
        case "note": return .low
        default: return .note
        }
    }
}
