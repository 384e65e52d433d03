import Testing

@testable import Readiness

@Suite("readiness.yaml: checklist, criteria, weights, figures, attestations")
struct ChecklistKeysTests {
    @Test("all of it is read")
    func whole() throws {
        let configuration = try ReadinessConfiguration(
            yaml: """
                checklist: portfolio
                weights: { ours: 5 }
                criteria:
                  - { id: ours-1, text: Ours, group: ours, check: [health.live], control: observability.health, source: "L.md:3", ticked: true, blocks: false }
                figures: [{ figure: tests.pass-rate, value: 98.4, source: CI run 881, measured: 2026-11-20, commit: abc }]
                attestations: [{ item: runbook, by: Ada, role: DevOps Lead, signed: 2026-11-01, expires: 2027-05-01, note: seen }]
                waivers: [{ check: ours-1, owner: Ada, scope: "*", reason: soon, expires: 2027-01-01 }]
                levels: [{ name: strict, requires: [all], score: 90, areas: { security: 95 } }]
                """)
        #expect(configuration.checklist == "portfolio")
        #expect(configuration.criteria.map(\.id) == ["ours-1"])
        #expect(configuration.criteria.first?.isTicked == true && configuration.criteria.first?.isBlocker == false)
        #expect(configuration.figures.first?.value == 98.4)
        #expect(configuration.attestations.first?.role == "DevOps Lead")
        #expect(configuration.waivers.first?.check == "ours-1")
        #expect(configuration.levels.first?.areas.map(\.minimum) == [95])
    }

    @Test(
        "what is wrong is said by key",
        arguments: [
            ("checklist: portfolo", "checklist"),
            ("figures: [{ figure: tests.rate, value: 3, source: x }]", "figures[0].figure"),
            ("figures: [{ figure: tests.pass-rate, value: many, source: x }]", "figures[0].value"),
            ("figures: [{ figure: tests.pass-rate, value: inf, source: x }]", "figures[0].value"),
            ("figures: [{ figure: tests.pass-rate, value: 3 }]", "figures[0].source"),
            ("attestations: [{ item: a, by: Ada, signed: yesterday, expires: 2027-01-01 }]", "attestations[0].signed"),
            ("attestations: [{ item: a, by: Ada, signed: 2026-01-01 }]", "attestations[0].expires"),
            ("criteria: [{ id: a, text: b, check: health.liv }]", "criteria[0].check"),
            ("criteria: nothing", "criteria"),
            ("weights: { a: heavy }", "weights.a"),
            ("weights: [1]", "weights"),
            (
                "weights: { nowhere: 3 }\ncriteria: [{ id: a, text: b, group: g, signature: anybody }]",
                "weights.nowhere"
            ),
            ("weights: { g: 90 }\ncriteria: [{ id: a, text: b, group: g, signature: anybody }]", "weights"),
            ("levels: [{ name: a, requires: [all] }, { name: a, requires: [all] }]", "levels[1].name"),
            (
                "waivers: [{ check: health.live, owner: A, scope: x, reason: ' ', expires: 2027-01-01 }]",
                "waivers[0].reason"
            ),
            ("waivers: [{ check: nowhere, owner: A, scope: x, reason: y, expires: 2027-01-01 }]", "waivers[0].check"),
            ("levels: [{ name: a, requires: [all], areas: { sea: 3 } }]", "levels[0].areas.sea"),
        ])
    func wrong(yaml: String, key: String) throws {
        let problems = try #require(throws: ConfigurationProblems.self) { try ReadinessConfiguration(yaml: yaml) }
        #expect(problems.problems.map(\.key).contains(key), "\(problems)")
    }
}
