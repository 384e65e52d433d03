/// Judges imported evidence gate by gate. Evidence that is too old or belongs to another commit is kept in the report as
/// not seen, never as a pass.
public struct EvidenceGates: Sendable {
    public var rules: EvidenceRules
    /// Seconds since 1970.
    public var now: Int64
    /// The commit that is judged; nil when nobody knows.
    public var commit: String?

    public init(rules: EvidenceRules, now: Int64, commit: String?) {
        self.rules = rules
        self.now = now
        self.commit = commit
    }

    /// One result per gate that there is evidence, or a declared file, for.
    public func judge(_ evidence: [ImportedEvidence], problems: [(gate: String?, problem: EvidenceProblem)] = [])
        -> [SuppliedResult]
    {
        GateID.allCases.compactMap { gate in
            let own = evidence.filter { speaks($0, to: gate) }
            let broken = problems.filter { $0.gate == gate.key && gate != .typeCoverage }
            let isDeclared = gate != .typeCoverage && !(rules.files[gate.key] ?? []).isEmpty
            guard !own.isEmpty || !broken.isEmpty || isDeclared else { return nil }
            var seen: [Observation] = broken.map { item in
                Observation(item.problem.isMissing ? .notAvailable : .error, item.problem.file, item.problem.what)
            }
            let good = own.filter { item in
                guard let why = refusal(item) else { return true }
                seen.append(.notAvailable(item.file, why))
                return false
            }
            if !good.isEmpty { seen += observations(gate, good) }
            if seen.isEmpty { seen = [.notAvailable(gate.rawValue, "no file of this kind was found")] }
            return SuppliedResult(sheet: GateCatalogue.sheet(gate), observations: seen)
        }
    }

    private func speaks(_ evidence: ImportedEvidence, to gate: GateID) -> Bool {
        if case .types(let check) = evidence.content {
            return gate == .typeCoverage
                ? check.coverage != nil : gate == .typeErrors && evidence.format != .typeCoverage
        }
        return evidence.format.gates.contains(gate)
    }

    /// Why evidence isn't accepted; nil when it is.
    public func refusal(_ evidence: ImportedEvidence) -> String? {
        if let stated = evidence.commit {
            if let commit, !rules.acceptsForeignCommit, !isSame(stated, commit) {
                return "belongs to commit \(visible(stated, limit: 12)), and \(visible(commit, limit: 12)) is judged"
            }
        } else if rules.needsCommit {
            return "names no commit, and `evidence.commit` asks for one"
        }
        let longest = rules.longestAge / .seconds(1)
        guard longest > 0 else { return nil }
        guard let made = evidence.madeAt else { return "nobody knows when it was made" }
        let age = Double(now - made)
        if age < -3_600 { return "was made in the future: \(Self.words(-age)) from now" }
        return age > longest ? "is \(Self.words(age)) old; \(Self.words(longest)) is the most" : nil
    }

    private func isSame(_ one: String, _ other: String) -> Bool {
        let (a, b) = (one.lowercased(), other.lowercased())
        let length = min(a.count, b.count)
        return length >= 7 && a.prefix(length) == b.prefix(length)
    }

    /// `3 days`, `5 hours`, `2 minutes`.
    public static func words(_ seconds: Double) -> String {
        let (count, unit) =
            seconds >= 2 * 86_400
            ? (seconds / 86_400, "days") : seconds >= 7_200 ? (seconds / 3_600, "hours") : (seconds / 60, "minutes")
        return "\(Int(min(count, 1e9))) \(unit)"
    }

    private func observations(_ gate: GateID, _ evidence: [ImportedEvidence]) -> [Observation] {
        switch gate {
        case .tests: evidence.map(tests)
        case .coverage: coverage(evidence)
        case .typeErrors: evidence.compactMap(typeErrors)
        case .typeCoverage: evidence.compactMap(typeCoverage)
        case .findings: evidence.map(findings)
        case .load: evidence.flatMap(load)
        }
    }

    private func tests(_ evidence: ImportedEvidence) -> Observation {
        guard case .tests(let results) = evidence.content, results.ran > 0 else {
            return .notAvailable(evidence.file, "no test ran in it")
        }
        let rate = Double(results.passed) * 100 / Double(results.ran)
        var seen =
            "\(results.passed) of \(results.ran) pass (\(percent(rate)), \(percent(rules.passRate)) are asked for)"
        if results.errors > 0 { seen += ", \(results.errors) ended in an error" }
        if results.skipped > 0 { seen += ", \(results.skipped) skipped" }
        if let first = results.failures.first { seen += "; first: \(first.name): \(first.message.prefix(120))" }
        return Observation(
            rate >= rules.passRate && results.errors <= rules.testErrors ? .holds : .fails, evidence.file, seen)
    }

    private func coverage(_ evidence: [ImportedEvidence]) -> [Observation] {
        var all = LineCoverage()
        for item in evidence { if case .coverage(let one) = item.content { all.merge(one) } }
        guard !rules.tiers.isEmpty else {
            return [tier(evidence.map(\.file).joined(separator: ", "), all.count { _ in true }, rules.lineCoverage)]
        }
        return rules.tiers.map { rule in
            let counted = all.count { belongs($0, to: rule) }
            return tier("tier \(rule.name)", counted, rule.line ?? rules.lineCoverage)
        }
    }

    func belongs(_ path: String, to tier: EvidenceRules.Tier) -> Bool {
        tier.paths.map { PathPattern($0) }.contains { $0.matches(path) || $0.matches(tail(path, $0)) }
    }

    /// Reports name files as the tool saw them; a pattern that is relative means the end of an absolute path.
    private func tail(_ path: String, _ pattern: PathPattern) -> String {
        guard path.hasPrefix("/"), let first = pattern.text.split(separator: "/").first, !first.contains("*"),
            let place = path.range(of: "/\(first)/")
        else { return path }
        return String(path[place.lowerBound...].dropFirst())
    }

    private func tier(_ name: String, _ counted: (files: Int, lines: Int, hit: Int), _ wanted: Double) -> Observation {
        guard counted.lines > 0 else {
            // Not merely unseen: a tier that was declared and matches nothing must not hide behind the others.
            return Observation(.error, name, "no line of any report belongs to it")
        }
        let rate = Double(counted.hit) * 100 / Double(counted.lines)
        return Observation(
            rate >= wanted ? .holds : .fails, name,
            "\(counted.hit) of \(counted.lines) lines in \(counted.files) file\(counted.files == 1 ? "" : "s") ran "
                + "(\(percent(rate)), \(percent(wanted)) are asked for)")
    }

    private func typeErrors(_ evidence: ImportedEvidence) -> Observation? {
        guard case .types(let check) = evidence.content else { return nil }
        func counted(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
        let looked =
            check.files.map { counted($0, "file") }
            ?? check.filesWithErrors.map { "\(counted($0, "file")) of an unknown number" }
            ?? "an unknown number of files"
        if check.errors > rules.typeErrors {
            let first = check.examples.first.map { "; first: \($0)" } ?? ""
            return .fails(evidence.file, "\(check.tool): \(counted(check.errors, "error")) in \(looked)\(first)")
        }
        if check.files == 0 { return .notAvailable(evidence.file, "\(check.tool) looked at no file") }
        return .holds(evidence.file, "\(check.tool): \(counted(check.errors, "error")) in \(looked)")
    }

    private func typeCoverage(_ evidence: ImportedEvidence) -> Observation? {
        guard case .types(let check) = evidence.content, let rate = check.coverage else { return nil }
        return Observation(
            rate >= rules.typeCoverage ? .holds : .fails, evidence.file,
            "\(percent(rate)) has a type, \(percent(rules.typeCoverage)) are asked for (\(check.tool))")
    }

    private func findings(_ evidence: ImportedEvidence) -> Observation {
        guard case .findings(let found) = evidence.content, found.runs > 0 else {
            return .notAvailable(evidence.file, "no scanner ran in it")
        }
        let tools = found.tools.prefix(4).joined(separator: ", ")
        let worst = found.findings.filter { $0.weight >= rules.blockingWeight }
        if let first = worst.max(by: { $0.weight < $1.weight }) {
            let place = first.file.map { " at \($0)" + (first.line.map { ":\($0)" } ?? "") } ?? ""
            return .fails(
                evidence.file,
                "\(tools): \(worst.count) of \(rules.blockingWeight.word) weight or more; "
                    + "\(first.rule)\(place): \(first.message.prefix(160))")
        }
        if found.brokenRuns > 0 {
            return Observation(
                .error, evidence.file, "\(tools): \(found.brokenRuns) of \(found.runs) runs did not get through")
        }
        let rest = found.suppressed > 0 ? ", \(found.suppressed) suppressed" : ""
        return .holds(
            evidence.file,
            "\(tools): none of \(rules.blockingWeight.word) weight or more among \(found.findings.count) findings\(rest)"
        )
    }

    private func load(_ evidence: ImportedEvidence) -> [Observation] {
        guard case .load(let summary) = evidence.content, summary.requests > 0 else {
            return [.notAvailable(evidence.file, "no request was sent in it")]
        }
        let rate = Double(summary.failures) * 100 / Double(summary.requests)
        var seen = [
            Observation(
                rate <= rules.errorRate ? .holds : .fails, evidence.file,
                "\(summary.failures) of \(summary.requests) requests failed (\(percent(rate)), at most \(percent(rules.errorRate)))"
            )
        ]
        if let p95 = summary.p95 {
            seen.append(latency(evidence.file, p95, rules.p95))
        } else {
            seen.append(Observation(.error, evidence.file, "holds no 95th percentile"))
        }
        for (name, wanted) in rules.routes.sorted(by: { $0.key < $1.key }) {
            let route = summary.routes.first { $0.name == name || $0.name.hasSuffix(":\(name)") }
            if let p95 = route?.p95 {
                seen.append(latency("\(evidence.file) \(name)", p95, wanted))
            } else {
                seen.append(Observation(.error, "\(evidence.file) \(name)", "no time of this route is in it"))
            }
        }
        for threshold in summary.crossed.prefix(10) {
            seen.append(.fails(evidence.file, "a threshold of its own was crossed: \(threshold)"))
        }
        return seen
    }

    private func latency(_ subject: String, _ p95: Double, _ wanted: Double) -> Observation {
        Observation(
            p95 <= wanted ? .holds : .fails, subject,
            "95 % of the requests took at most \(tenths(p95)) ms, \(tenths(wanted)) ms is asked for")
    }

    private func percent(_ number: Double) -> String { "\(tenths(number)) %" }

    /// Rounded down, so that what just misses a threshold doesn't look like it. Hundredths below one.
    private func tenths(_ number: Double) -> String {
        guard number.isFinite, abs(number) < 1e12 else { return "∞" }
        let scale = number < 1 ? 100.0 : 10.0
        let whole = Int((number * scale + 1e-9).rounded(.down))
        let (units, rest) = (whole / Int(scale), whole % Int(scale))
        if rest == 0 { return "\(units)" }
        return scale == 100 ? "\(units).\(rest < 10 ? "0" : "")\(rest)" : "\(units).\(rest)"
    }
}
