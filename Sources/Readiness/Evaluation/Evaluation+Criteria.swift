extension Evaluation {
    /// What criteria are held against.
    struct Grounds: Sendable {
        var checks: [CheckReport]
        var figures: [Figure]
        var attestations: [Attestation]
        var waivers: [Waiver]
        var today: CalendarDay
        /// Digest of what was seen; nil where nothing is bound to it.
        var evidence: String?
    }

    /// One criterion, held against what was seen. What nobody looked at never holds.
    static func judge(_ criterion: Criterion, _ grounds: Grounds) -> CriterionReport {
        var (outcome, actual) = decide(criterion, grounds)
        if outcome == .fails,
            let waiver = grounds.waivers.first(where: { $0.check == criterion.id && $0.expires >= grounds.today })
        {
            outcome = .waived
            actual += "; waived by \(visible(waiver.owner, limit: 40)) until \(waiver.expires)"
        }
        var contradiction: String?
        if criterion.isTicked == true, [.fails, .waived].contains(outcome) {
            contradiction = "ticked, but observed otherwise: \(actual)"
        }
        return CriterionReport(
            id: criterion.id, text: visible(criterion.text, limit: 300), group: visible(criterion.group, limit: 80),
            level: criterion.level, decidedBy: criterion.decider.kind, checks: criterion.checkIDs,
            controls: criterion.controls, required: visible(criterion.required, limit: 80),
            actual: visible(actual, limit: 300), outcome: outcome, isBlocker: criterion.isBlocker,
            source: criterion.source.map { visible($0, limit: 200) }, contradiction: contradiction)
    }

    private static func decide(_ criterion: Criterion, _ grounds: Grounds) -> (Outcome, String) {
        switch criterion.decider {
        case .checks(let ids): return decide(checks: ids, grounds.checks)
        case .figure(let condition):
            guard let figure = grounds.figures.last(where: { $0.id == condition.figure }) else {
                return (.notAvailable, "not measured")
            }
            let unit = FigureCatalogue.unit(of: figure.id).map { " \($0)" } ?? ""
            return (condition.holds(figure.value) ? .holds : .fails, "\(plain(figure.value))\(unit) (\(figure.source))")
        case .score(let condition):
            let areas = ScoreCondition.areas(condition.area) ?? []
            let own = grounds.checks.filter { areas.contains($0.area) }
            guard let score = score(own) else { return (.notAvailable, "nothing of it was judged") }
            let unseen = own.count { [.notAvailable, .error].contains($0.outcome) }
            let text = "\(score)" + (unseen == 0 ? "" : ", \(unseen) of \(own.count) not seen")
            if score < condition.minimum { return (.fails, text) }
            // A score over half of what there is to see says nothing of the other half.
            return unseen * 2 > own.count ? (.notAvailable, text) : (.holds, text)
        case .signature(let role): return decide(signature: role, criterion.id, grounds)
        }
    }

    private static func decide(checks ids: [String], _ reports: [CheckReport]) -> (Outcome, String) {
        var outcomes: [(id: String, outcome: Outcome, summary: String)] = []
        for id in ids {
            if let report = reports.first(where: { $0.id == id }) {
                outcomes.append((id, report.outcome, report.summary))
            } else {
                outcomes.append((id, .notAvailable, "this check did not run"))
            }
        }
        for worst in [Outcome.fails, .waived, .error, .notAvailable] {
            guard let found = outcomes.first(where: { $0.outcome == worst }) else { continue }
            return (worst, ids.count == 1 ? found.summary : "\(found.id): \(found.summary)")
        }
        guard let held = outcomes.first(where: { $0.outcome == .holds }) else {
            return (.notApplicable, outcomes.first?.summary ?? "there is nothing to look at")
        }
        let count = outcomes.count { $0.outcome == .holds }
        return (.holds, ids.count == 1 ? held.summary : "\(count) of \(ids.count) hold")
    }

    private static func decide(signature role: String?, _ id: String, _ grounds: Grounds) -> (Outcome, String) {
        let own = grounds.attestations.filter { $0.item == id }
        guard !own.isEmpty else { return (.notAvailable, "not signed") }
        let fitting = own.filter { role == nil || $0.role == role }
        guard !fitting.isEmpty else {
            return (.notAvailable, "signed, but not by \(role ?? "")")
        }
        let current = fitting.filter { $0.evidence == nil || $0.evidence == grounds.evidence }
        guard !current.isEmpty else {
            let last = fitting.last.map { " by \($0.by) on \($0.signed)" } ?? ""
            return (.notAvailable, "signed\(last) for other evidence: it is open again")
        }
        guard let valid = current.last(where: { $0.signed <= grounds.today && $0.expires >= grounds.today }) else {
            let last = current.map(\.expires).max()
            if let last, last < grounds.today { return (.notAvailable, "the signature expired on \(last)") }
            return (.notAvailable, "signed for a day that is still to come")
        }
        return (.holds, "signed by \(valid.by) on \(valid.signed)")
    }

    /// The weighted total of these criteria, out of 100: what wasn't looked at counts as lost, what doesn't apply isn't
    /// counted. nil when nothing applies.
    static func total(_ reports: [CriterionReport], _ profile: Profile) -> (total: Int?, groups: [GroupScore]) {
        var groups: [GroupScore] = []
        var weighted = 0
        var weights = 0
        for name in profile.groups {
            let own = reports.filter { $0.group == visible(name, limit: 80) }
            let counted = own.count { $0.outcome != .notApplicable }
            guard !own.isEmpty else { continue }
            let held = own.count { $0.outcome == .holds }
            let score = counted == 0 ? nil : held * 100 / counted
            let weight = profile.weight(of: name)
            if counted > 0 {
                weighted += weight * held * 1_000 / counted
                weights += weight
            }
            groups.append(GroupScore(group: name, weight: weight, score: score, held: held, all: counted))
        }
        // Rounded down: 100 is said only of what lost nothing.
        return (weights == 0 ? nil : weighted / weights / 10, groups)
    }

    /// What stands between what was seen and one of a profile's levels.
    static func verdict(
        _ stage: Profile.Stage, _ profile: Profile, _ judged: [CriterionReport], _ grounds: Grounds, couldJudge: Bool
    ) -> (verdict: Verdict, total: Int?) {
        let wanted = Set(profile.criteria(upTo: stage.name).map(\.id))
        let own = judged.filter { wanted.contains($0.id) }
        var blockers: [Blocker] = []
        for report in own where report.isBlocker {
            switch report.outcome {
            case .fails:
                blockers.append(Blocker(check: nil, kind: .failure, reason: report.actual, criterion: report.id))
            case .notAvailable, .error:
                blockers.append(Blocker(check: nil, kind: .notEvaluated, reason: report.actual, criterion: report.id))
            case .holds, .notApplicable, .waived: break
            }
        }
        let covered = Set(own.filter { $0.isBlocker && $0.outcome == .fails }.flatMap(\.checks))
        for check in grounds.checks
        where check.severity == .critical && check.outcome == .fails && !covered.contains(check.id) {
            blockers.append(Blocker(check: check.id, kind: .failure, reason: check.summary))
        }
        let total = total(own, profile).total
        if let total, total < stage.minimumScore {
            blockers.append(
                Blocker(
                    check: nil, kind: .score,
                    reason: "the weighted total is \(total), the level asks for \(stage.minimumScore)"))
        }
        blockers += shortfalls(stage.areas, grounds.checks)
        let decision: Decision =
            if !couldJudge || total == nil { .couldNotJudge } else if blockers.isEmpty { .go } else { .noGo }
        return (Verdict(level: stage.name, decision: decision, blockers: blockers), total)
    }

    /// What a checklist's items came to; none without a checklist.
    static func judged(_ profile: Profile?, _ grounds: Grounds) -> [CriterionReport] {
        profile?.criteria.map { judge($0, grounds) } ?? []
    }

    /// A whole checklist: its report, and a verdict for each of its levels.
    static func hold(
        _ profile: Profile, _ grounds: Grounds, level: String, couldJudge: Bool
    ) -> (report: ProfileReport, verdicts: [Verdict]) {
        let judged = judged(profile, grounds)
        let stages = profile.stages.map { ($0, verdict($0, profile, judged, grounds, couldJudge: couldJudge)) }
        let shown = profile.stages.contains { $0.name == level } ? level : profile.stages.last?.name ?? level
        let wanted = Set(profile.criteria(upTo: shown).map(\.id))
        let report = ProfileReport(
            name: profile.name, title: visible(profile.title, limit: 120),
            levels: stages.map { stage, result in
                ProfileReport.LevelTotal(
                    level: stage.name, total: result.total, required: stage.minimumScore,
                    decision: result.verdict.decision)
            },
            groups: total(judged.filter { wanted.contains($0.id) }, profile).groups, criteria: judged)
        return (report, stages.map(\.1.verdict))
    }

    /// Areas whose score is too low, or that nobody looked at.
    static func shortfalls(_ conditions: [ScoreCondition], _ checks: [CheckReport]) -> [Blocker] {
        conditions.compactMap { condition in
            let areas = ScoreCondition.areas(condition.area) ?? []
            let score = score(checks.filter { areas.contains($0.area) })
            if let score, score >= condition.minimum { return nil }
            return Blocker(
                check: nil, kind: .score,
                reason: "\(condition.area): the score is \(score.map { "\($0)" } ?? "none"), the level asks for "
                    + "\(condition.minimum)")
        }
    }
}

extension Criterion {
    /// The checks that decide it; none where something else does.
    var checkIDs: [String] {
        if case .checks(let ids) = decider { return ids }
        return []
    }
}
