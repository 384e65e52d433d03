import Testing

@testable import Readiness

@Suite("Gates judge evidence by its figures, its age and its commit")
struct EvidenceGateTests {
    private let now = 1_795_000_000 as Int64
    private let commit = "0123456789abcdef0123456789abcdef01234567"

    private func judge(
        _ texts: [String], _ change: (inout EvidenceRules) -> Void = { _ in }, at now: Int64? = nil
    ) throws -> [String: Outcome] {
        var rules = EvidenceRules()
        change(&rules)
        let gates = EvidenceGates(rules: rules, now: now ?? self.now, commit: commit)
        let results = gates.judge(try texts.map { try evidence($0) })
        return Dictionary(uniqueKeysWithValues: results.map { ($0.sheet.id, Evaluation.outcome(of: $0.observations)) })
    }

    private func junit(passed: Int, failed: Int, errors: Int = 0, commit: String? = nil) -> String {
        let property = commit.map { "<properties><property name='commit' value='\($0)'/></properties>" } ?? ""
        return "<testsuite>\(property)" + String(repeating: "<testcase name='a'/>", count: passed)
            + String(repeating: "<testcase name='b'><failure message='m'/></testcase>", count: failed)
            + String(repeating: "<testcase name='c'><error/></testcase>", count: errors) + "</testsuite>"
    }

    @Test(
        "tests: 80 per cent and no error; nothing that ran is no pass",
        arguments: [(80, 20, 0, Outcome.holds), (79, 21, 0, .fails), (99, 0, 1, .fails), (0, 0, 0, .notAvailable)])
    func tests(passed: Int, failed: Int, errors: Int, outcome: Outcome) throws {
        #expect(try judge([junit(passed: passed, failed: failed, errors: errors)]) == ["evidence.tests": outcome])
    }

    @Test("coverage is judged tier by tier: one good tier doesn't hide a bad or an empty one")
    func tiers() throws {
        let lcov =
            "SF:/w/app/services/a.py\nDA:1,1\nDA:2,1\nend_of_record\nSF:/w/app/api/b.py\nDA:1,1\nDA:2,0\nend_of_record\n"
        #expect(try judge([lcov]) == ["evidence.coverage": .fails])
        #expect(try judge([lcov]) { $0.lineCoverage = 75 } == ["evidence.coverage": .holds])
        func tiers(_ paths: String...) throws -> Outcome? {
            try judge([lcov]) { $0.tiers = paths.map { .init(name: $0, paths: [$0], line: nil) } }["evidence.coverage"]
        }
        #expect(try tiers("app/services/**") == .holds)
        #expect(try tiers("app/services/**", "app/api/**") == .fails)
        #expect(try tiers("app/services/**", "web/**") == .error)
    }

    @Test("types: zero errors and 95 per cent are two gates")
    func types() throws {
        #expect(try judge(["Success: no issues found in 3 source files\n"]) == ["evidence.type-errors": .holds])
        #expect(try judge(["Success: no issues found in 0 source files\n"]) == ["evidence.type-errors": .notAvailable])
        #expect(try judge(["(949 / 1000) 94.90%\n"]) == ["evidence.type-coverage": .fails])
        #expect(try judge(["(950 / 1000) 95.00%\n"]) == ["evidence.type-coverage": .holds])
    }

    private func sarif(_ severity: String, broken: Bool = false) -> String {
        #"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"s"}},"invocations":[{"executionSuccessful":\#(!broken)}],"results":[{"ruleId":"A","message":{"text":"m"},"properties":{"security-severity":"\#(severity)"}}]}]}"#
    }

    @Test("findings: a critical one fails, a scanner that broke off proves nothing")
    func findings() throws {
        #expect(try judge([sarif("9.0")]) == ["evidence.findings": .fails])
        #expect(try judge([sarif("8.9")]) == ["evidence.findings": .holds])
        #expect(try judge([sarif("8.9")]) { $0.blockingWeight = .high } == ["evidence.findings": .fails])
        #expect(try judge([sarif("1", broken: true)]) == ["evidence.findings": .error])
        #expect(try judge([#"{"version":"2.1.0","runs":[]}"#]) == ["evidence.findings": .notAvailable])
    }

    private func k6(_ p95: Double, _ rate: Double, count: Int = 1_000) -> String {
        #"{"metrics":{"http_reqs":{"count":\#(count)},"http_req_failed":{"rate":\#(rate)},"http_req_duration":{"p(95)":\#(p95)},"http_req_duration{name:/a}":{"p(95)":50}}}"#
    }

    @Test("load: 200 ms and 0.1 per cent, and each route's own target")
    func load() throws {
        #expect(try judge([k6(200, 0.001)]) == ["evidence.load": .holds])
        #expect(try judge([k6(201, 0)]) == ["evidence.load": .fails])
        #expect(try judge([k6(1, 0.002)]) == ["evidence.load": .fails])
        #expect(try judge([k6(1, 0, count: 0)]) == ["evidence.load": .notAvailable])
        #expect(try judge([k6(1, 0)]) { $0.routes = ["/a": 49] } == ["evidence.load": .fails])
        #expect(try judge([k6(1, 0)]) { $0.routes = ["/b": 49] } == ["evidence.load": .error])
    }

    @Test("old evidence, evidence from the future and of another commit isn't accepted, unless that is configured")
    func refused() throws {
        let good = junit(passed: 1, failed: 0)
        let week = 7 * 86_400 as Int64
        #expect(try judge([good], at: now + week)["evidence.tests"] == .holds)
        #expect(try judge([good], at: now + week + 1)["evidence.tests"] == .notAvailable)
        #expect(try judge([good], { $0.longestAge = .zero }, at: now + week + 1)["evidence.tests"] == .holds)
        #expect(try judge([good], at: now - 4_000)["evidence.tests"] == .notAvailable)
        #expect(try judge([good]) { $0.needsCommit = true }["evidence.tests"] == .notAvailable)
        let own = junit(passed: 1, failed: 0, commit: "0123456789AB")
        #expect(try judge([own]) { $0.needsCommit = true }["evidence.tests"] == .holds)
        let foreign = junit(passed: 1, failed: 0, commit: "fedcba9876543210")
        #expect(try judge([foreign])["evidence.tests"] == .notAvailable)
        #expect(try judge([foreign]) { $0.acceptsForeignCommit = true }["evidence.tests"] == .holds)
        // A refused failure isn't a pass, and a good report doesn't make it one.
        #expect(try judge([foreign, own])["evidence.tests"] == .holds)
    }

    @Test("a declared file that isn't there is not seen, a damaged one is an error: neither is a pass")
    func declared() throws {
        var rules = EvidenceRules()
        rules.files = ["tests": ["a.xml"]]
        let gates = EvidenceGates(rules: rules, now: now, commit: nil)
        for (isMissing, outcome) in [(true, Outcome.notAvailable), (false, .error)] {
            let problem = EvidenceProblem(file: "a.xml", what: "w", isMissing: isMissing)
            let results = gates.judge([], problems: [(gate: "tests", problem: problem)])
            #expect(results.map { Evaluation.outcome(of: $0.observations) } == [outcome])
        }
        #expect(gates.judge([]).map { Evaluation.outcome(of: $0.observations) } == [.notAvailable])
    }

    @Test(
        "patterns of paths",
        arguments: [
            ("*.py", "a.py", true), ("*.py", "b/a.py", false), ("**/a.py", "a.py", true), ("**/a.py", "x/y/a.py", true),
            ("app/**", "app/x/y", true), ("app/", "app/x", true), ("a?c", "abc", true), ("a?c", "a/c", false),
            ("*a*a*a*a*b", String(repeating: "a", count: 3_000), false),
        ])
    func patterns(pattern: String, path: String, isMatch: Bool) {
        #expect(PathPattern(pattern).matches(path) == isMatch)
    }

    @Test("`evidence:` in readiness.yaml is read whole, and every mistake in it is named with its line")
    func configuration() throws {
        let rules = try ReadinessConfiguration(
            yaml: """
                evidence:
                  max-age: 12h
                  commit: required
                  tests: { files: [reports/*.xml], pass-rate: 90 }
                  coverage: { files: [c.xml], line: 70.5, tiers: [{ name: api, paths: ["app/api/**"], line: 85 }] }
                  types: { files: [mypy.txt], coverage: 97 }
                  findings: { files: [a.sarif], block: high }
                  load: { files: [k6.json], p95-ms: 150, error-rate: 0.5, routes: { "GET /a": 90 } }
                """
        ).evidence
        #expect(rules.longestAge == .seconds(43_200) && rules.needsCommit && rules.passRate == 90)
        #expect(rules.tiers == [.init(name: "api", paths: ["app/api/**"], line: 85)] && rules.lineCoverage == 70.5)
        #expect(rules.blockingWeight == .high && rules.p95 == 150 && rules.routes == ["GET /a": 90])
        #expect(rules.files["tests"] == ["reports/*.xml"])
        do {
            _ = try ReadinessConfiguration(
                yaml:
                    "evidence:\n  max-age: soon\n  tests: { pass-rate: 101 }\n  findings: { block: criticl }\n  load: { p95ms: 1 }\n"
            )
            Issue.record("nothing was wrong")
        } catch let problems as ConfigurationProblems {
            let said = problems.description
            for words in [
                "line 2", "`evidence.max-age` is `soon`", "from 0 to 100", "did you mean `critical`?",
                "did you mean `p95-ms`?",
            ] {
                #expect(said.contains(words), "\(words): \(said)")
            }
        }
    }
}
