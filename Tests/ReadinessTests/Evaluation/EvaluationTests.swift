import Testing

@testable import Readiness

@Suite("Evaluation alone judges")
struct EvaluationTests {
    private func observation(_ outcome: Outcome) -> Observation { Observation(outcome, "GET /", "seen") }

    private func sheet(_ id: String, _ side: Side, _ severity: Severity, needs: [ConfigurationPart] = []) -> CheckSheet
    {
        CheckSheet(
            id, "title", area: .headers, side: side, severity: severity, asvs: nil, flaw: nil, needs: needs,
            rationale: "",
            remediation: "")
    }

    private func result(_ sheet: CheckSheet, _ outcome: Outcome) -> (sheet: CheckSheet, report: CheckReport) {
        (
            sheet,
            CheckReport(
                id: sheet.id, title: "", area: sheet.area, side: sheet.side, severity: sheet.severity, asvs: nil,
                outcome: outcome, summary: "why", observations: [], rationale: "", remediation: "", waiver: nil,
                milliseconds: 0)
        )
    }

    @Test(
        "one outcome comes out of many observations: the worst, and a pass needs one that holds",
        arguments: [
            ([], .notAvailable), ([.holds], .holds), ([.holds, .fails], .fails), ([.holds, .error], .error),
            ([.holds, .notAvailable], .holds), ([.notAvailable, .notApplicable], .notAvailable),
            ([.notApplicable], .notApplicable), ([.error, .fails], .fails),
        ] as [([Outcome], Outcome)])
    func outcomes(seen: [Outcome], expected: Outcome) {
        #expect(Evaluation.outcome(of: seen.map(observation)) == expected)
    }

    @Test("nothing judged is no score; what is waived counts as lost; 100 is said only of what lost nothing")
    func scores() {
        let minor = sheet("a", .edge, .minor)
        let critical = sheet("b", .edge, .critical)
        #expect(Evaluation.score([]) == nil)
        #expect(Evaluation.score([result(minor, .notApplicable).report, result(minor, .error).report]) == nil)
        #expect(Evaluation.score([result(minor, .holds).report]) == 100)
        #expect(Evaluation.score([result(minor, .holds).report, result(minor, .waived).report]) == 50)
        #expect(Evaluation.score([result(minor, .holds).report, result(critical, .fails).report]) == 16)
        let many = Array(repeating: result(critical, .holds).report, count: 400) + [result(minor, .fails).report]
        #expect(Evaluation.score(many) == 99)
    }

    @Test(
        "verdicts by level, side, severity and outcome",
        arguments: [
            ("edge", Side.edge, Severity.minor, Outcome.fails, Decision.noGo),
            ("edge", .edge, .minor, .notAvailable, .noGo),
            ("edge", .edge, .minor, .error, .noGo),
            ("edge", .edge, .minor, .notApplicable, .go),
            ("edge", .edge, .minor, .waived, .go),
            ("edge", .app, .major, .fails, .go),
            ("edge", .app, .critical, .fails, .noGo),
            ("edge", .app, .critical, .notAvailable, .go),
            ("mvp", .edge, .minor, .fails, .go),
            ("mvp", .edge, .major, .fails, .noGo),
            ("mvp", .app, .major, .fails, .noGo),
            ("mvp", .app, .critical, .notAvailable, .noGo),
        ])
    func verdicts(level: String, side: Side, severity: Severity, outcome: Outcome, expected: Decision) throws {
        let level = try #require(Level.shipped.first { $0.name == level })
        // Enough that holds for no score to be in the way.
        let good = (0..<20).map { result(sheet("good\($0)", .edge, .critical), .holds) }
        let odd = result(sheet("odd", side, severity, needs: side == .app ? [.login] : []), outcome)
        let verdict = Evaluation.verdict(level, good + [odd], parts: [.login], couldJudge: true)
        #expect(verdict.decision == expected)
        #expect(verdict.blockers.isEmpty == (expected == .go))
    }

    @Test("an app-side check that isn't configured is not required")
    func unconfigured() {
        let good = result(sheet("good", .edge, .critical), .holds)
        let odd = result(sheet("odd", .app, .critical, needs: [.race]), .notAvailable)
        #expect(Evaluation.verdict(.mvp, [good, odd], parts: [.login], couldJudge: true).decision == .go)
    }

    @Test("the score stands in the way beside the gate")
    func minimumScore() {
        let level = Level(name: "x", requires: [], blocks: ["none"], minimumScore: 90)
        let results = [result(sheet("a", .edge, .minor), .holds), result(sheet("b", .edge, .minor), .fails)]
        let verdict = Evaluation.verdict(level, results, parts: [], couldJudge: true)
        #expect(verdict.decision == .noGo)
        #expect(verdict.blockers.map(\.kind) == [.score])
    }

    @Test("where nothing was judged there is no judgement")
    func nothing() {
        let results = [result(sheet("a", .edge, .minor), .error)]
        #expect(Evaluation.verdict(.edge, results, parts: [], couldJudge: false).decision == .couldNotJudge)
        #expect(Evaluation.verdict(.edge, results, parts: [], couldJudge: true).decision == .couldNotJudge)
    }
}

@Suite("Waivers end, name what they cover, and make no pass")
struct WaiverTests {
    private func waiver(_ expires: String, scope: String = "*") throws -> Waiver {
        Waiver(
            check: "a.b", owner: "Ada", scope: scope, reason: "until the rewrite",
            expires: try #require(CalendarDay(expires)))
    }

    private func sheet(_ severity: Severity) -> CheckSheet {
        CheckSheet(
            "a.b", "", area: .headers, side: .edge, severity: severity, asvs: nil, flaw: nil, rationale: "",
            remediation: "")
    }

    private let today = CalendarDay("2026-11-21")
    private let failure = Observation(.fails, "GET /legacy", "broken")

    @Test(
        "a waiver counts up to its last day",
        arguments: [("2026-11-20", false), ("2026-11-21", true), ("2026-12-01", true), ("2025-12-31", false)])
    func expiry(day: String, counts: Bool) throws {
        let found = Evaluation.waiver(for: sheet(.major), [failure], [try waiver(day)], today: try #require(today))
        #expect((found != nil) == counts)
    }

    @Test("a critical failure can't be waived")
    func critical() throws {
        #expect(
            Evaluation.waiver(for: sheet(.critical), [failure], [try waiver("2030-01-01")], today: try #require(today))
                == nil)
    }

    @Test("every failure must be in its scope")
    func scope() throws {
        let other = Observation(.fails, "GET /new", "broken")
        let own = try waiver("2030-01-01", scope: "/legacy")
        let day = try #require(today)
        #expect(Evaluation.waiver(for: sheet(.major), [failure], [own], today: day) != nil)
        #expect(Evaluation.waiver(for: sheet(.major), [failure, other], [own], today: day) == nil)
        #expect(Evaluation.waiver(for: sheet(.major), [Observation(.holds, "/legacy", "")], [own], today: day) == nil)
    }

    @Test(
        "days that aren't on the calendar are refused",
        arguments: ["2026-02-29", "2026-13-01", "2026-1-1", "tomorrow", "", "2026-04-31"])
    func days(text: String) { #expect(CalendarDay(text) == nil) }

    @Test("leap days are days") func leap() { #expect(CalendarDay("2028-02-29") != nil) }
}

@Suite("Probes pace themselves as the target asks")
struct PaceTests {
    private let start = ContinuousClock.now

    private func wait(_ answers: [(Int, [(String, String)])]) -> Duration {
        var pace = Pace()
        for (status, fields) in answers {
            pace.note(status: status, RateLimitFields(fields.map { HeaderField(name: $0.0, value: $0.1) }), now: start)
        }
        return pace.wait(now: start)
    }

    @Test("with something remaining nobody waits")
    func remaining() { #expect(wait([(200, [("RateLimit", "\"a\";r=1;t=60")])]) == .zero) }

    @Test("with nothing remaining it waits for the reset, ten seconds at most")
    func empty() {
        #expect(wait([(200, [("RateLimit", "\"a\";r=0;t=3")])]) == .seconds(3))
        #expect(wait([(200, [("RateLimit", "\"a\";r=0;t=3600")])]) == .seconds(10))
    }

    @Test("a 429 is waited for as Retry-After says, a minute and a bit at most")
    func retryAfter() {
        #expect(wait([(429, [("Retry-After", "7")])]) == .seconds(7))
        #expect(wait([(429, [("Retry-After", "999999")])]) == Pace.longest)
        #expect(wait([(429, [("Retry-After", "Wed, 21 Oct 2026 07:28:00 GMT")])]) == .seconds(1))
    }

    @Test("a 429 that says nothing is waited for longer each time")
    func silent() {
        #expect(wait([(429, [])]) == .seconds(1))
        #expect(wait([(429, []), (429, []), (429, [])]) == .seconds(4))
        #expect(wait([(429, []), (429, []), (200, []), (429, [])]) == .seconds(1))
    }
}
