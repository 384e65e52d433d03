/// Turns what checks saw into outcomes, a score, coverage and verdicts. Nothing else in the project does.
public enum Evaluation {
    /// One outcome out of a check's observations.
    ///
    /// A failure outweighs everything; a pass needs at least one observation that holds; a check that looked at nothing
    /// is `notAvailable`.
    static func outcome(of observations: [Observation]) -> Outcome {
        for worst in [Outcome.fails, .error, .holds, .notAvailable, .notApplicable]
        where observations.contains(where: { $0.outcome == worst }) {
            return worst
        }
        return .notAvailable
    }

    /// The waiver that lifts a failure's block today: every failing observation must be covered, and a critical
    /// failure can't be waived.
    static func waiver(
        for sheet: CheckSheet, _ observations: [Observation], _ waivers: [Waiver], today: CalendarDay
    ) -> Waiver? {
        guard sheet.severity < .critical else { return nil }
        let failures = observations.filter { $0.outcome == .fails }
        guard !failures.isEmpty else { return nil }
        return waivers.first { waiver in
            waiver.check == sheet.id && waiver.expires >= today && failures.allSatisfy(waiver.covers)
        }
    }

    /// Weight of what held out of the weight of what was judged; nil when nothing was. What is waived counts as lost.
    static func score(_ results: some Sequence<CheckReport>) -> Int? {
        var held = 0
        var judged = 0
        for result in results {
            switch result.outcome {
            case .holds:
                held += result.severity.weight
                judged += result.severity.weight
            case .fails, .waived: judged += result.severity.weight
            case .notApplicable, .notAvailable, .error: break
            }
        }
        guard judged > 0 else { return nil }
        // Rounded down: 100 is said only of what lost nothing.
        return held * 100 / judged
    }

    /// What stands between these results and a level.
    static func verdict(
        _ level: Level, _ results: [(sheet: CheckSheet, report: CheckReport)], parts: Set<ConfigurationPart>,
        couldJudge: Bool
    ) -> Verdict {
        var blockers: [Blocker] = []
        var unknown = 0
        for (sheet, report) in results {
            switch report.outcome {
            case .fails where level.isBlocked(by: sheet):
                blockers.append(Blocker(check: sheet.id, kind: .failure, reason: report.summary))
            case .notAvailable, .error:
                guard level.requires(sheet, parts: parts) else { continue }
                unknown += 1
                blockers.append(Blocker(check: sheet.id, kind: .notEvaluated, reason: report.summary))
            default: break
            }
        }
        let score = score(results.map(\.report))
        if let score, score < level.minimumScore {
            blockers.append(
                Blocker(
                    check: nil, kind: .score, reason: "the score is \(score), the level asks for \(level.minimumScore)")
            )
        }
        blockers += shortfalls(level.areas, results.map(\.report))
        let decision: Decision =
            if !couldJudge || score == nil { .couldNotJudge } else if blockers.isEmpty { .go } else { .noGo }
        return Verdict(level: level.name, decision: decision, blockers: blockers)
    }
}
