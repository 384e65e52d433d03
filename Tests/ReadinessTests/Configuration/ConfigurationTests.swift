import FoundationEssentials
import Testing

@testable import Readiness

@Suite("readiness.yaml is read whole, and all that is wrong is said at once")
struct ConfigurationTests {
    private func problems(_ yaml: String) -> [String] {
        do {
            _ = try ReadinessConfiguration(yaml: yaml)
            return []
        } catch let problems as ConfigurationProblems {
            return problems.problems.map(\.description)
        } catch {
            return ["another error: \(error)"]
        }
    }

    @Test(
        "each mistake names its line, its key, what would be valid, and the nearest key",
        arguments: [
            (
                "nmae: x",
                "line 1: `nmae`: is no key here; valid are \(ReadinessConfiguration.keys.joined(separator: ", ")) "
                    + "(did you mean `name`?)"
            ),
            ("start: here", "line 1: `start` is `here`: must be a path on the target, such as `/start`"),
            ("plain-url: https://a", "line 1: `plain-url` is `https://a`: must be an address that begins with http://"),
            ("limits: { burst: 5 }", "line 1: `limits.burst` is `5`: must be a whole number from 10 to 1000"),
            ("limits: [1]", "line 1: `limits` is `a list`: must be a map with the keys burst"),
            ("redirects: [/a]", "line 1: `redirects[0]` is `/a`: must be a path with {url} in it"),
            ("objects: x", "line 1: `objects` is `x`: must be a list"),
            (
                "search: { operation: GET /s, value: a }",
                "line 1: `search.operation` is `GET /s`: must have {value} in its path"
            ),
            (
                "search: { operation: FETCH /s, value: a }",
                "line 1: `search.operation` is `FETCH /s`: must be a method and a path, such as `GET /api/things`"
            ),
            (
                "waivers: [{ check: headers.server-baner, owner: a, scope: '*', reason: r, expires: 2030-01-01 }]",
                "line 1: `waivers[0].check` is `headers.server-baner`: must be the id of a check or of an item "
                    + "of the checklist (did you mean `headers.server-banner`?)"
            ),
            (
                "waivers: [{ check: headers.server-banner, owner: a, scope: '*', reason: r, expires: soon }]",
                "line 1: `waivers[0].expires` is `soon`: must be a day such as 2027-03-31"
            ),
            (
                "waivers: [{ check: headers.server-banner, owner: a, scope: '*', reason: r }]",
                "line 1: `waivers[0].expires`: is missing: every waiver ends some day"
            ),
            (
                "levels: [{ name: x, requires: [egde] }]",
                "line 1: `levels[0].requires` is `egde`: must be the id of a check, or edge, app or all "
                    + "(did you mean `edge`?)"
            ),
            ("closed: [status]", "line 1: `closed[0]` is `status`: must be a path such as `/internal/status`"),
            (
                "login: none\nidentities: [{ name: a, user: b, password: c }]",
                "line 1: `login` is `none`: identities are of no use without a sign-in"
            ),
        ])
    func mistakes(yaml: String, expected: String) { #expect(problems(yaml) == [expected]) }

    @Test("several mistakes come together, in the order of their lines")
    func together() {
        let found = problems("nmae: x\nstart: here\nlimits: { burst: many }\n")
        #expect(found.count == 3)
        #expect(found.map { $0.prefix(6) } == ["line 1", "line 2", "line 3"])
    }

    @Test("what is no YAML is said with its line")
    func noYAML() {
        let found = problems("a: [1\nb: }")
        #expect(found.count == 1)
        #expect(found.first?.contains("is no valid YAML") == true)
    }

    @Test("a password is never shown, and can come from the environment")
    func passwords() throws {
        let login = "login: { path: /in, json: { u: \"{user}\", p: \"{password}\" } }\n"
        let found = problems(login + "identities: [{ name: a, user: b, password: [hunter22] }]")
        #expect(!found.isEmpty && !found.joined().contains("hunter22"))
        let yaml = login + "identities: [{ name: a, user: b, password-env: ALICE }]"
        #expect(problems(yaml).first?.contains("must name a variable that is set") == true)
        let configuration = try ReadinessConfiguration(yaml: yaml, environment: ["ALICE": "from outside"])
        #expect(configuration.identities.first?.password == "from outside")
    }

    @Test("an empty file is a configuration that knows nothing")
    func empty() throws { #expect(try ReadinessConfiguration(yaml: "# nothing\n").parts.isEmpty) }

    @Test("names that lead nowhere are mistakes")
    func names() {
        let yaml = """
            login: { path: /in, json: { u: "{user}" } }
            identities: [{ name: alice, user: a, password: b }]
            search: { as: alcie, operation: "GET /s?q={value}", value: x }
            """
        #expect(problems(yaml).first?.contains("(did you mean `alice`?)") == true)
    }

    @Test("TradingDesk's file is read without a mistake, and the copy in the binary is the same")
    func tradingDesk() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Examples/TradingDesk/readiness.yaml").path
        let data = try #require(FileManager.default.contents(atPath: path))
        let yaml = String(decoding: data, as: UTF8.self)
        #expect(yaml == TradingDeskConfiguration.yaml)
        let configuration = try ReadinessConfiguration(yaml: yaml)
        #expect(configuration.identities.map(\.name) == ["alice", "bob", "admin"])
        #expect(
            configuration.parts
                == Set(ConfigurationPart.allCases).subtracting([
                    .origin, .operatorURL, .plainURL, .start, .evidence, .source, .routes, .writes, .browser,
                ]))
        #expect(configuration.upload?.content.hasPrefix("date,description,amount,reference\n2026") == true)
    }
}
