import Testing

@testable import Readiness

@Suite("Criteria hold only on evidence")
struct CriteriaTests {
    private static let today = CalendarDay("2026-11-26")

    private func check(_ id: String, _ outcome: Outcome, _ severity: Severity = .major, area: Area = .headers)
        -> CheckReport
    {
        CheckReport(
            id: id, title: "", area: area, side: .edge, severity: severity, asvs: nil, outcome: outcome,
            summary: "\(id) \(outcome.rawValue)", observations: [], rationale: "", remediation: "", waiver: nil,
            milliseconds: 0)
    }

    private func grounds(
        _ checks: [CheckReport] = [], figures: [Figure] = [], signed: [Attestation] = [], waivers: [Waiver] = []
    ) throws -> Evaluation.Grounds {
        Evaluation.Grounds(
            checks: checks, figures: figures, attestations: signed, waivers: waivers,
            today: try #require(Self.today))
    }

    private func criterion(_ decider: Criterion.Decider, id: String = "a", ticked: Bool? = nil) -> Criterion {
        Criterion(
            id: id, text: "text", group: "g", level: "launch", decider: decider, source: "LAUNCH.md:3",
            isTicked: ticked)
    }

    private func signature(_ signed: String, _ expires: String, role: String? = nil) throws -> Attestation {
        Attestation(
            item: "a", by: "Ada", role: role, signed: try #require(CalendarDay(signed)),
            expires: try #require(CalendarDay(expires)))
    }

    @Test(
        "of several checks the worst decides; one that did not run is not seen",
        arguments: [
            ([Outcome.holds, .holds], Outcome.holds), ([.holds, .fails], .fails),
            ([.holds, .notAvailable], .notAvailable),
            ([.holds, .notApplicable], .holds), ([.notApplicable, .notApplicable], .notApplicable),
            ([.holds, .waived], .waived), ([.holds, .error], .error), ([.holds], .notAvailable),
        ])
    func checks(outcomes: [Outcome], expected: Outcome) throws {
        let reports = zip(["x", "y"], outcomes).map { check($0, $1) }
        #expect(Evaluation.judge(criterion(.checks(["x", "y"])), try grounds(reports)).outcome == expected)
    }

    @Test(
        "figures are held against their bound; without one nothing holds",
        arguments: [
            ("tests.pass-rate >= 80", 80.0, Outcome.holds), ("tests.pass-rate >= 80", 79.99, .fails),
            ("tests.pass-rate <= 80", 80.01, .fails), ("tests.errors = 0", 0, .holds), ("tests.errors = 0", 1, .fails),
            ("tests.errors = 0", nil, .notAvailable),
        ] as [(String, Double?, Outcome)])
    func figures(condition: String, value: Double?, expected: Outcome) throws {
        let condition = try #require(FigureCondition(condition))
        let figures = value.map { [Figure(id: condition.figure, value: $0, source: "CI")] } ?? []
        let report = Evaluation.judge(criterion(.figure(condition)), try grounds(figures: figures))
        #expect(report.outcome == expected)
    }

    @Test(
        "a signature counts from its day to its last, and of the role that is asked for",
        arguments: [
            ("2026-11-26", "2026-11-26", "QA Lead", Outcome.holds),
            ("2026-11-27", "2027-01-01", "QA Lead", .notAvailable),
            ("2026-01-01", "2026-11-25", "QA Lead", .notAvailable),
            ("2026-01-01", "2027-01-01", "Intern", .notAvailable),
            ("2026-01-01", "2027-01-01", nil, .notAvailable),
        ] as [(String, String, String?, Outcome)])
    func signatures(signed: String, expires: String, role: String?, expected: Outcome) throws {
        let own = try signature(signed, expires, role: role)
        let report = Evaluation.judge(criterion(.signature(role: "QA Lead")), try grounds(signed: [own]))
        #expect(report.outcome == expected)
        #expect(!report.actual.isEmpty)
    }

    @Test("a signature never lifts what a check saw")
    func signatureOverCheck() throws {
        let signed = try signature("2026-01-01", "2027-01-01")
        let report = Evaluation.judge(criterion(.checks(["x"])), try grounds([check("x", .fails)], signed: [signed]))
        #expect(report.outcome == .fails)
    }

    @Test("a score over less than half of what there is to see is no score")
    func scores() throws {
        let condition = try #require(ScoreCondition("headers >= 90"))
        let good = [check("x", .holds), check("y", .holds)]
        let unseen = [check("p", .notAvailable), check("q", .notAvailable), check("r", .error)]
        let judged = { (checks: [CheckReport]) in
            Evaluation.judge(criterion(.score(condition)), try grounds(checks)).outcome
        }
        #expect(try judged(good) == .holds)
        #expect(try judged(good + unseen) == .notAvailable)
        #expect(try judged(good + [check("z", .fails)]) == .fails)
        #expect(try judged(unseen) == .notAvailable)
        #expect(try judged([check("x", .holds, area: .delivery)]) == .notAvailable)
    }

    @Test("what is ticked and observed otherwise says so; what is ticked and unseen doesn't")
    func contradictions() throws {
        let item = criterion(.checks(["x"]), ticked: true)
        #expect(Evaluation.judge(item, try grounds([check("x", .fails)])).contradiction?.contains("x fails") == true)
        #expect(Evaluation.judge(item, try grounds([check("x", .notAvailable)])).contradiction == nil)
        #expect(Evaluation.judge(criterion(.checks(["x"])), try grounds([check("x", .fails)])).contradiction == nil)
    }

    private func profile(_ criteria: [Criterion], weights: [String: Int] = [:], score: Int = 0) -> Profile {
        Profile(
            name: "p", title: "P", stages: [.init(name: "launch", minimumScore: score)], weights: weights,
            criteria: criteria)
    }

    private func verdict(_ profile: Profile, _ grounds: Evaluation.Grounds) throws -> Verdict {
        try #require(Evaluation.hold(profile, grounds, level: "launch", couldJudge: true).verdicts.first)
    }

    @Test("what nobody looked at blocks, unless the item says that it doesn't; then it still costs score")
    func unseen() throws {
        var soft = criterion(.signature(role: nil), id: "soft")
        soft.isBlocker = false
        let hard = criterion(.checks(["x"]), id: "hard")
        let seen = try grounds([check("x", .holds)])
        #expect(try verdict(profile([hard, soft]), seen).decision == .go)
        #expect(try verdict(profile([hard, soft], score: 51), seen).blockers.map(\.kind) == [.score])
        let blind = try verdict(profile([hard]), try grounds([check("y", .holds)]))
        #expect(blind.decision == .noGo && blind.blockers.map(\.kind) == [.notEvaluated])
        #expect(blind.blockers.map(\.criterion) == ["hard"])
    }

    @Test("a critical failure that no item is about is a no-go all the same")
    func critical() throws {
        let grounds = try grounds([check("x", .holds), check("deadly", .fails, .critical)])
        let verdict = try verdict(profile([criterion(.checks(["x"]))]), grounds)
        #expect(verdict.decision == .noGo && verdict.blockers.map(\.check) == ["deadly"])
    }

    @Test("a waived item no longer blocks, costs its score, and ends with its day")
    func waivers() throws {
        func waiver(_ day: String) throws -> Waiver {
            Waiver(check: "a", owner: "Ada", scope: "*", reason: "soon", expires: try #require(CalendarDay(day)))
        }
        let item = profile([criterion(.checks(["x"]))])
        let lifted = Evaluation.hold(
            item, try grounds([check("x", .fails)], waivers: [waiver("2026-11-26")]), level: "launch",
            couldJudge: true)
        #expect(lifted.verdicts.map(\.decision) == [.go])
        #expect(lifted.report.levels.map(\.total) == [0])
        #expect(try verdict(item, try grounds([check("x", .fails)], waivers: [waiver("2026-11-25")])).decision == .noGo)
    }

    @Test("the total weighs groups, rounds down, and leaves out what doesn't apply")
    func totals() throws {
        func item(_ id: String, _ group: String) -> Criterion {
            var own = criterion(.checks([id]), id: id)
            own.group = group
            return own
        }
        let criteria = [item("x", "tests"), item("y", "tests"), item("z", "logs"), item("n", "none")]
        let seen = try grounds([check("x", .holds), check("y", .fails), check("z", .holds), check("n", .notApplicable)])
        let weighted = profile(criteria, weights: ["tests": 30, "logs": 10, "none": 500])
        let report = Evaluation.hold(weighted, seen, level: "launch", couldJudge: true).report
        #expect(report.levels.map(\.total) == [62])
        #expect(report.groups.map(\.score) == [50, 100, nil])
        let equal = Evaluation.hold(profile(criteria), seen, level: "launch", couldJudge: true).report
        #expect(equal.levels.map(\.total) == [75])
    }

    @Test("a level of one's own can ask for the score of an area")
    func areas() throws {
        let condition = try #require(ScoreCondition("security >= 95"))
        #expect(Evaluation.shortfalls([condition], [check("x", .holds)]).isEmpty)
        #expect(Evaluation.shortfalls([condition], [check("x", .holds), check("y", .fails)]).count == 1)
        #expect(Evaluation.shortfalls([condition], [check("x", .holds, area: .delivery)]).count == 1)
    }

    @Test("names of tests are counted by topic, however they are written")
    func topics() {
        let counts = FigureCatalogue.topics(of: [
            "test_email_is_sent", "EmailTests.testOutbox", "uploads/File Validation refuses", "unrelated",
        ])
        #expect(counts["tests.email"] == 2)
        #expect(counts["tests.upload"] == 1)
        #expect(counts["tests.cache"] == nil)
    }
}
