import Foundation
import Testing

@testable import Readiness

@Suite("What people decided, as check takes it in")
struct LaunchFileTests {
    private static let today = CalendarDay("2026-11-26")

    private func check(_ id: String, _ outcome: Outcome) -> CheckReport {
        CheckReport(
            id: id, title: "", area: .headers, side: .edge, severity: .major, asvs: nil, outcome: outcome,
            summary: "\(id) \(outcome.rawValue)", observations: [], rationale: "", remediation: "", waiver: nil,
            milliseconds: 0)
    }

    private func criterion(_ id: String, _ decider: Criterion.Decider) -> Criterion {
        Criterion(id: id, text: "text", group: "g", level: "launch", decider: decider)
    }

    private func file(evidence: String) throws -> LaunchFile {
        LaunchFile(
            madeAt: "2026-11-26T10:00:00Z", target: "http://app",
            figures: [.init(figure: "uat.pass-rate", value: 91.5)],
            signatures: [
                .init(
                    item: "a", role: "QA Lead", by: "Ada", signed: try #require(CalendarDay("2026-11-26")),
                    expires: try #require(CalendarDay("2027-02-01")), evidence: evidence, note: nil)
            ])
    }

    @Test("its signature counts for the evidence it is bound to, and is open again for any other")
    func bound() throws {
        let today = try #require(Self.today)
        let checks = [check("x", .holds), check("y", .fails)]
        let digest = EvidenceDigest.of("http://app", checks, [])
        var configuration = ReadinessConfiguration()
        configuration.figures = [Figure(id: "uat.pass-rate", value: 100, source: "somebody")]
        configuration.take(try file(evidence: digest), named: "launch.json")
        var grounds = Evaluation.Grounds(
            checks: checks, figures: configuration.figures, attestations: configuration.attestations, waivers: [],
            today: today)
        grounds.evidence = digest
        let signed = criterion("a", .signature(role: "QA Lead"))
        #expect(Evaluation.judge(signed, grounds).outcome == .holds)
        let rate = criterion("b", .figure(try #require(FigureCondition("uat.pass-rate >= 95"))))
        #expect(Evaluation.judge(rate, grounds).outcome == .fails, "what was counted outweighs what was written")
        grounds.evidence = EvidenceDigest.of("http://app", [check("x", .holds), check("y", .holds)], [])
        let reopened = Evaluation.judge(signed, grounds)
        #expect(reopened.outcome == .notAvailable && reopened.actual.contains("open again"), "\(reopened.actual)")
        grounds.evidence = nil
        #expect(Evaluation.judge(signed, grounds).outcome == .notAvailable)
    }

    @Test("the digest follows outcomes, not order, signatures or texts")
    func digest() throws {
        let today = try #require(Self.today)
        let grounds = Evaluation.Grounds(checks: [], figures: [], attestations: [], waivers: [], today: today)
        let signature = Evaluation.judge(criterion("s", .signature(role: nil)), grounds)
        var other = check("x", .holds)
        other.summary = "seen otherwise"
        let one = EvidenceDigest.of("t", [check("x", .holds), check("y", .fails)], [])
        #expect(one == EvidenceDigest.of("t", [check("y", .fails), other], [signature]))
        #expect(one != EvidenceDigest.of("u", [check("x", .holds), check("y", .fails)], []))
        #expect(one != EvidenceDigest.of("t", [check("x", .holds), check("y", .waived)], []))
        #expect(one != EvidenceDigest.of("t", [check("x", .holds)], []))
    }

    @Test("refuses what isn't one, what was changed, cut off or is of another version, and figures that aren't its own")
    func refusals() throws {
        let good = try file(evidence: "e").json()
        #expect(try LaunchFile(json: Array(good.utf8)).signatures.count == 1)
        for bad in [
            "", "{}", "[]", String(good.prefix(good.count - 20)), good.replacing("91.5", with: "99.5"),
            good.replacing("Ada", with: "Eve"), good.replacing("\"launchVersion\" : 1", with: "\"launchVersion\" : 2"),
            good.replacing("uat.pass-rate", with: "tests.pass-rate"), good.replacing("91.5", with: "1e999"),
        ] {
            #expect(throws: LaunchFile.Refusal.self, "\(bad.prefix(40))") { try LaunchFile(json: Array(bad.utf8)) }
        }
        #expect(throws: LaunchFile.Refusal.self) {
            try LaunchFile(json: [UInt8](repeating: 0x20, count: 8_388_609))
        }
    }

    @Test(
        "profiles that Chromium or Firefox can stand for have a size; those of Safari, and of anything on iOS, have none",
        arguments: [
            ("Chromium desktop", 1280), ("desktop", 1280), ("phone", 390), ("Chrome on Android", 390), ("Edge", 1280),
            ("tablet", 820), ("Firefox desktop", 1280), ("Firefox phone", 390), ("Safari on iPhone", nil),
            ("iPad", nil),
            ("Chrome on iOS", nil), ("Firefox for iOS", nil), ("WebKit", nil),
        ] as [(String, Int?)])
    func sizes(name: String, width: Int?) {
        let size = ScreenSize(profile: name)
        #expect(size?.width == width)
        #expect(size.map { ($0.engine == .firefox) == name.contains("Firefox") } ?? true)
    }
}
