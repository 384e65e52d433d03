import Foundation
import Testing

@testable import Readiness

@Suite("What documents claim is held against the repository")
struct ClaimsTests {
    /// A small app with three routes, five tests and a manifest.
    private static let source = """
        app.get("/api/users/:id", users); app.post("/api/orders", orders); app.get("/health", health)
        const redis = require("redis"); const a = "/a", b = "/b", c = "/c", d = "/d", e = "/e"
        one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
        """

    private func find(_ document: String, path: String = "README.md", figures: [Figure] = []) throws -> [String] {
        let tree = RepositoryTree(files: [
            path: document, "src/app.js": Self.source,
            "test/a.test.js": "it('a', x)\nit('b', x)\nit('c', x)\nit('d', x)\nit('e', x)\n",
            "package.json": "{\"scripts\": {\"build\": \"x\"}, \"engines\": {\"node\": \">=18\"}}",
            "pyproject.toml": "requires-python = \">=3.10\"\n", "Makefile": "test:\n\ttrue\nlint: test\n",
            "docs/here.md": "x",
        ])
        let today = try #require(CalendarDay("2026-11-26"))
        return Claims(tree, figures: figures, today: today).findings.map { "\($0.line) \($0.kind)" }
    }

    @Test(
        "what the repository contradicts is found where it stands",
        arguments: [
            ("# App\nIt is built with InfluxDB.", "2 technology"),
            ("## Tech stack\n- **Apache Flink** for streams", "2 technology"),
            ("Data is processed by a cluster; powered by Apache Spark.", "1 technology"),
            ("Call `GET /api/invoices` before `GET /health`.", "1 endpoint"),
            ("| GET | `/health` |\n| POST | `/api/refunds/{id}` |", "2 endpoint"),
            ("```http\nGET /health\nDELETE /api/widgets/3\n```", "3 endpoint"),
            ("We have 1,200 unit tests.", "1 figure"), ("Run `npm run deploy`.", "1 command"),
            ("```sh\nmake release\n```", "2 command"), ("Requires Python 3.8+.", "1 requirement"),
            ("Node.js >= 14", "1 requirement"), ("See [more](docs/gone.md#x).", "1 file"),
            ("Last updated: 2027-04-01", "1 date"),
            ("# Plan\nPhases completed: 0\n## Phase 1 — 100% complete", "2 completion"),
            ("# Security\nProgress: 45/50 (80%)", "2 percentage"),
        ])
    func contradicted(document: String, expected: String) throws {
        #expect(try find(document) == [expected], "\(document)")
    }

    @Test(
        "what it doesn't contradict is left alone",
        arguments: [
            "It is built with Redis.", "Sessions are stored in InfluxDB or Redis.",
            "Unlike tools built with InfluxDB, …",
            "We plan to be powered by Kafka.", "It isn't built with Kafka.", "Works with anything written in Rust.\n",
            "`GET /api/users/{id}`", "`GET /health`", "GET https://example.test/api/invoices", "`GET /`",
            "```python\nGET /api/invoices\n```", "`GET /{anything}`", "We have 12 tests.",
            "At least 1,200 tests are required.",
            "Run `npm run build`.", "`make test`", "make sure that", "Requires Python 3.10+.",
            "Python 3.8 was dropped.",
            "[a](docs/here.md)", "[a](https://example.test/gone.md)", "`[a](gone.md)`", "[a](/gone.md)",
            "[a](../gone.md)",
            "Last updated: 2026-04-01", "```\nbuilt with InfluxDB\n```", "",
        ])
    func left(document: String) throws { #expect(try find(document) == [], "\(document)") }

    @Test("documents about the past aren't held against today", arguments: ["CHANGELOG.md", "docs/roadmap.md"])
    func history(path: String) throws {
        #expect(try find("It was built with InfluxDB. `GET /api/gone`", path: path) == [])
    }

    @Test("figures that were measured outweigh what is there to count")
    func figures() throws {
        let ran = [Figure(id: "tests.total", value: 1_300, source: "junit.xml")]
        #expect(try find("We have 1,200 unit tests.", figures: ran) == [])
        #expect(try find("We have 1,400 unit tests.", figures: ran) == ["1 figure"])
        let covered = [Figure(id: "coverage.lines", value: 71.5, source: "lcov.info")]
        #expect(try find("Coverage: 95 %", figures: covered) == ["1 figure"])
        #expect(try find("Coverage: 70 %", figures: covered) == [])
        #expect(try find("Coverage: 95 %") == [])
    }

    @Test("a folder is read without its dependencies, links are not followed, and nothing in the report is hostile")
    func folder() throws {
        let root = FileManager.default.temporaryDirectory.appending(path: "claims-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: root) }
        for name in ["node_modules/influx", "src"] {
            try FileManager.default.createDirectory(
                at: root.appending(path: name), withIntermediateDirectories: true)
        }
        try Data("influxdb".utf8).write(to: root.appending(path: "node_modules/influx/a.js"))
        try Data(Self.source.utf8).write(to: root.appending(path: "src/a.js"))
        try Data("Built with InfluxDB \u{1B}[31m<b>.\n".utf8).write(to: root.appending(path: "README.md"))
        try FileManager.default.createSymbolicLink(
            at: root.appending(path: "loop"), withDestinationURL: root)
        let claims = Claims(RepositoryTree(folder: root.path), today: try #require(CalendarDay("2026-11-26")))
        #expect(claims.documents == 1)
        #expect(claims.findings.map(\.kind) == ["technology"])
        #expect(!claims.report().contains("\u{1B}"))
        #expect(claims.figure(on: try #require(CalendarDay("2026-11-26"))).value == 1)
        for line in claims.report().split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
    }

    @Test("every technology has words and traces")
    func technologies() {
        #expect(Technologies.all.count > 75)
        for entry in Technologies.all { #expect(!entry.words.isEmpty && !entry.traces.isEmpty, "\(entry.name)") }
    }
}
