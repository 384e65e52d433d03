import Foundation
import Testing

@testable import Readiness

@Suite("The shipped checklists are whole, and every id in them leads somewhere")
struct ProfileTests {
    private static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    private func profile(_ name: String) throws -> Profile { try #require(try ProfileCatalogue.profile(name)) }

    @Test(
        "each reads without a complaint: checks, figures, areas and capabilities exist",
        arguments: ProfileCatalogue.names)
    func reads(name: String) throws {
        let profile = try profile(name)
        #expect(profile.criteria.count >= 19)
        #expect(profile.criteria.allSatisfy { !$0.text.isEmpty })
        for stage in profile.stages { #expect(!profile.criteria(upTo: stage.name).isEmpty) }
    }

    @Test(
        "an id that doesn't exist is refused, with the nearest that does",
        arguments: [
            ("check: csrf.cross-site-writ", "csrf.cross-site-write"),
            ("figure: \"tests.pass-rat >= 80\"", "tests.pass-rate"),
            ("check: health.live, control: protection.csrv", "protection.csrf"),
        ])
    func unknown(decider: String, nearest: String) throws {
        let yaml = """
            title: T
            levels: [{ name: launch }]
            criteria: { g: [{ id: a, text: "x", \(decider) }] }
            """
        let problems = try #require(throws: ConfigurationProblems.self) { try Profile(yaml: yaml, name: "t") }
        #expect(problems.problems.contains { $0.nearest == nearest }, "\(problems)")
    }

    @Test(
        "what can't decide anything is refused",
        arguments: [
            "{ id: a, text: x }", "{ id: a, text: x, check: health.live, signature: anybody }",
            "{ id: a, text: x, figure: \"tests.pass-rate\" }", "{ id: a, text: x, score: \"sea >= 9\" }",
            "{ id: a, text: x, score: \"security >= 900\" }", "{ id: a, text: x, check: [] }",
            "{ id: a, text: x, level: moon, signature: anybody }", "{ text: x, signature: anybody }",
            "{ id: a, text: x, signature: anybody, blocks: perhaps }",
        ])
    func undecided(item: String) {
        let yaml = "title: T\nlevels: [{ name: launch }]\ncriteria: { g: [\(item)] }\n"
        #expect(throws: ConfigurationProblems.self) { try Profile(yaml: yaml, name: "t") }
    }

    @Test("two criteria can't share an id, and weights name groups")
    func distinct() {
        let twice = "{ id: a, text: x, signature: anybody }"
        #expect(throws: ConfigurationProblems.self) {
            try Profile(
                yaml: "title: T\nlevels: [{ name: l }]\ncriteria: { g: [\(twice), \(twice)] }", name: "t")
        }
        #expect(throws: ConfigurationProblems.self) {
            try Profile(
                yaml: "title: T\nlevels: [{ name: l }]\nweights: { h: 3 }\ncriteria: { g: [\(twice)] }", name: "t")
        }
    }

    @Test("the portfolio's weights, thresholds and five roles are its checklist's")
    func portfolio() throws {
        let profile = try profile("portfolio")
        #expect(
            profile.weights
                == ["tests": 30, "type safety": 25, "infrastructure": 25, "performance": 10, "logging": 10])
        #expect(
            profile.roles
                == ["Security Lead", "Engineering Lead", "DevOps Lead", "QA Lead", "Compliance Officer"])
        let required = Dictionary(uniqueKeysWithValues: profile.criteria.map { ($0.id, $0.required) })
        #expect(required["pass-rate"] == "≥ 80 %")
        #expect(required["type-coverage"] == "≥ 95 %")
        #expect(required["export-p95"] == "≤ 5000 ms")
        #expect(required["sign-off-security"] == "signed: Security Lead")
    }

    @Test("the data platform has three launches, each asking for what those before it ask for")
    func dataPlatform() throws {
        let profile = try profile("data-platform")
        #expect(profile.stages.map(\.name) == ["mvp", "recommended", "full"])
        let counts = profile.stages.map { profile.criteria(upTo: $0.name).count }
        #expect(counts == counts.sorted() && Set(counts).count == 3)
        #expect(!profile.criteria(upTo: "mvp").contains { $0.id == "two-factor" })
        #expect(profile.criteria(upTo: "recommended").contains { $0.id == "two-factor" })
        #expect(profile.criteria(upTo: "full").count == profile.criteria.count)
    }

    @Test("every capability that has a manifest in the gateway is known here by its id")
    func capabilities() throws {
        let sources = Self.package.appending(path: "Sources")
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        var found = 0
        for case let file as URL in files where file.lastPathComponent.hasSuffix("+Capability.swift") {
            let text = try String(contentsOf: file, encoding: .utf8)
            for match in text.matches(of: /\bid: "([a-z]+\.[a-z-]+)", title:/) {
                found += 1
                #expect(CapabilityDirectory.ids.contains(String(match.1)), "\(match.1) of \(file.lastPathComponent)")
            }
        }
        #expect(found >= 15)
    }

    @Test("docs/checklists.md says what the profiles say; write it with `seaworthy checklist list --format markdown`")
    func document() throws {
        let file = try String(contentsOf: Self.package.appending(path: "docs/checklists.md"), encoding: .utf8)
        #expect(file == (try ChecklistDocument.markdown()))
    }
}
