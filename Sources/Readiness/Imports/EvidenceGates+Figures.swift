import Kernel

extension EvidenceGates {
    /// What the accepted evidence says as figures, for the criteria of a checklist.
    public func figures(_ evidence: [ImportedEvidence]) -> [Figure] {
        let good = evidence.filter { refusal($0) == nil }
        return tests(good) + coverage(good) + others(good)
    }

    private func figure(_ id: String, _ value: Double, _ from: [ImportedEvidence]) -> Figure {
        let made = from.compactMap(\.madeAt).min()
        let day = made.flatMap { seconds in
            (0...9_000_000_000).contains(seconds)
                ? CalendarDay(String(Timestamp(nanosecondsSinceEpoch: seconds * 1_000_000_000).iso8601.prefix(10)))
                : nil
        }
        return Figure(
            id: id, value: value, source: visible(from.map(\.file).joined(separator: ", "), limit: 200), measured: day,
            commit: from.first?.commit.map { visible($0, limit: 64) })
    }

    private func tests(_ evidence: [ImportedEvidence]) -> [Figure] {
        var all = TestResults()
        var names: [String] = []
        let own = evidence.filter { item in
            guard case .tests(let results) = item.content else { return false }
            all.total += results.total
            all.failed += results.failed
            all.errors += results.errors
            all.skipped += results.skipped
            names += results.passedNames
            return true
        }
        guard !own.isEmpty, all.ran > 0 else { return [] }
        return [
            figure("tests.pass-rate", Double(all.passed) * 100 / Double(all.ran), own),
            figure("tests.errors", Double(all.errors), own), figure("tests.total", Double(all.ran), own),
        ]
            + FigureCatalogue.topics(of: names).sorted { $0.key < $1.key }.map { figure($0.key, Double($0.value), own) }
    }

    private func coverage(_ evidence: [ImportedEvidence]) -> [Figure] {
        var all = LineCoverage()
        let own = evidence.filter { item in
            guard case .coverage(let lines) = item.content else { return false }
            all.merge(lines)
            return true
        }
        let whole = all.count { _ in true }
        guard whole.lines > 0 else { return [] }
        let known = FigureCatalogue.all.map(\.id)
        return [figure("coverage.lines", Double(whole.hit) * 100 / Double(whole.lines), own)]
            + rules.tiers.compactMap { rule in
                let counted = all.count { belongs($0, to: rule) }
                guard known.contains("coverage.\(rule.name)"), counted.lines > 0 else { return nil }
                return figure("coverage.\(rule.name)", Double(counted.hit) * 100 / Double(counted.lines), own)
            }
    }

    private func others(_ evidence: [ImportedEvidence]) -> [Figure] {
        var found: [Figure] = []
        for item in evidence {
            switch item.content {
            case .types(let check):
                if let share = check.coverage { found.append(figure("types.coverage", share, [item])) }
                if item.format != .typeCoverage, check.files != 0 {
                    found.append(figure("types.errors", Double(check.errors), [item]))
                }
            case .load(let summary) where summary.requests > 0:
                if let p95 = summary.p95 { found.append(figure("load.api-p95", p95, [item])) }
                found.append(figure("load.errors", Double(summary.failures) * 100 / Double(summary.requests), [item]))
            case .findings(let findings) where findings.runs > 0 && findings.brokenRuns == 0:
                found.append(
                    figure("scan.critical", Double(findings.findings.count { $0.weight == .critical }), [item]))
            case .tests, .coverage, .load, .findings: break
            }
        }
        return worst(found)
    }

    /// Several files may speak of one figure: the worse one counts.
    private func worst(_ figures: [Figure]) -> [Figure] {
        var byID: [String: Figure] = [:]
        for figure in figures {
            guard let other = byID[figure.id] else {
                byID[figure.id] = figure
                continue
            }
            let isWorse = figure.id == "types.coverage" ? figure.value < other.value : figure.value > other.value
            if isWorse { byID[figure.id] = figure }
        }
        return byID.values.sorted { $0.id < $1.id }
    }
}
