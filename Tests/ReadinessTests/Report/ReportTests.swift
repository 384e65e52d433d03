import TestKit
import Testing

@testable import Readiness

@Suite("Reports say what was found, safely and in little room")
struct ReportTests {
    private func check(
        _ id: String, _ outcome: Outcome, _ side: Side = .edge, _ severity: Severity = .major,
        seen: String = "what was seen"
    ) -> CheckReport {
        let evidence = Evidence(
            request: "GET / HTTP/1.1", requestHeaders: ["Host: 127.0.0.1"], response: "HTTP/1.1 200 OK",
            responseHeaders: ["Server: x"], excerpt: "<b>&\"'</b>", curl: "curl -si 'http://127.0.0.1:5000/'")
        return CheckReport(
            id: id, title: "A sentence about \(id)", area: side == .edge ? .headers : .authorization, side: side,
            severity: severity, asvs: "V3.4.1", outcome: outcome, summary: seen,
            observations: [Observation(outcome == .waived ? .fails : outcome, "GET /", seen, [evidence])],
            rationale: "Because it matters.", remediation: "Do this instead of that.", waiver: nil, milliseconds: 1)
    }

    private func report(_ checks: [CheckReport], name: String = "Desk") -> Report {
        Report(
            tool: "seaworthy check", target: "http://127.0.0.1:5000", name: name, startedAt: "2026-11-21T12:00:00Z",
            seconds: 1.25, isInterrupted: false, level: "mvp",
            verdicts: [
                Verdict(
                    level: "mvp", decision: .noGo,
                    blockers: [Blocker(check: "headers.a", kind: .failure, reason: "what was seen")]),
                Verdict(level: "edge", decision: .go, blockers: []),
            ], score: 61,
            areas: [AreaScore(area: .headers, score: 61, held: 1, judged: 2, all: 3)],
            coverage: Coverage(
                checksEvaluated: 3, checks: 4, routes: 5, identities: ["alice", "anonymous"], identitiesDeclared: 2),
            traffic: Traffic(requests: 12, requestLimit: 80, burst: 150, refusedForPace: 0, secondsWaited: 2),
            checks: checks, notes: [])
    }

    @Test("the terminal report is this, letter by letter")
    func snapshot() {
        let text = TerminalReport.render(
            report([check("headers.a", .fails), check("headers.b", .holds), check("headers.c", .notAvailable)]))
        #expect(
            text == """
                Readiness of Desk
                http://127.0.0.1:5000 · 2026-11-21T12:00:00Z · 1.3 s

                NO-GO        at level mvp  (1 blocking)
                GO           at level edge

                Score     61 of 100
                Coverage  3 of 4 checks × 5 routes × 2 identities (alice, anonymous); 12
                          requests and 150 to try the limit, 2.0 s waited as the target asked
                Outcomes  1 hold, 1 fail, 1 not seen

                What stands in the way of mvp
                  a layer in front can mend
                  ✗ headers.a: what was seen

                By area
                  Response headers        ████████████░░░░░░░░   61   1 of 2 hold

                Failures (1)
                  ✗ headers.a (major, edge, ASVS 5.0 V3.4.1)
                    GET /: what was seen
                    Do this instead of that.
                    curl -si 'http://127.0.0.1:5000/'

                Not seen (1)
                  · headers.c: what was seen

                Holds (1)
                  ✓ headers.b: what was seen

                1 of the failures can be mended by a layer in front: try `seaworthy try
                http://127.0.0.1:5000`.

                """)
    }

    @Test(
        "no line but a curl line is wider than eighty columns, whatever the words are like",
        arguments: 0..<20 as Range<UInt64>)
    func width(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let words = (0..<60).map { _ in String(repeating: "w", count: Int.random(in: 1...120, using: &generator)) }
        let seen = words.joined(separator: " ")
        let text = TerminalReport.render(
            report(Outcome.allCases.map { check("headers.\($0.rawValue.lowercased())", $0, seen: seen) }, name: seen))
        for line in text.split(separator: "\n") where !line.contains("curl") { #expect(line.count <= 80, "\(line)") }
    }

    @Test("a verdict with everything in its way still fits into its line")
    func longVerdict() {
        var one = report([check("headers.a", .fails)])
        let blockers =
            Array(repeating: Blocker(check: "headers.a", kind: .failure, reason: "x"), count: 120)
            + Array(repeating: Blocker(check: "headers.a", kind: .notEvaluated, reason: "x"), count: 120)
            + [Blocker(check: nil, kind: .score, reason: "x")]
        one.verdicts = [
            Verdict(level: String(repeating: "l", count: 90), decision: .couldNotJudge, blockers: blockers),
            Verdict(level: "mvp", decision: .couldNotJudge, blockers: blockers),
        ]
        let text = TerminalReport.render(one)
        #expect(text.contains("NO JUDGEMENT at level mvp  (120 blocking, 120 not evaluated, score too low)"))
        for line in text.split(separator: "\n") where !line.contains("curl") { #expect(line.count <= 80, "\(line)") }
    }

    @Test("colour is there only when asked for")
    func colour() {
        let one = report([check("headers.a", .fails)])
        #expect(!TerminalReport.render(one).contains("\u{1B}"))
        #expect(TerminalReport.render(one, colour: true).contains("\u{1B}[31;1m"))
    }

    @Test("columns stand side by side within eighty columns")
    func comparison() {
        let one = report([
            check("headers.strict-transport-security", .fails),
            check("authorization.other-persons-object", .fails, .app),
        ])
        let two = report([
            check("headers.strict-transport-security", .holds),
            check("authorization.other-persons-object", .notAvailable, .app),
        ])
        let text = ComparisonReport.render(columns: [("as it is", one), ("behind seaworthy", two), ("app mended", two)])
        for line in text.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
        #expect(text.contains("headers.strict-transport-security   FAILS"))
        #expect(text.contains("What only the app can mend"))
        #expect(ComparisonReport.render(columns: []) == "")
        for colour in [false, true] {
            let columns = [(title: "as it is", report: one), (title: "behind", report: two)]
            for report in [
                ComparisonReport.render(columns: columns, colour: colour), TerminalReport.render(one, colour: colour),
            ] {
                for line in report.replacing(/\u{1B}\[[0-9;]*m/, with: "").split(separator: "\n") {
                    #expect(line.last != " ", "blanks at the end: \(line)")
                }
            }
        }
    }

    @Test("JSON carries its schema and is read back the same; another schema is refused")
    func json() throws {
        let one = report([check("headers.a", .waived)])
        let text = try one.json()
        #expect(text.contains("\"schemaVersion\" : 1"))
        #expect(try Report(json: text) == one)
        #expect(throws: (any Error).self) {
            try Report(json: text.replacing("\"schemaVersion\" : 1", with: "\"schemaVersion\" : 2"))
        }
    }

    @Test("the page escapes what targets sent, and has no script in it and nothing to fetch")
    func html() throws {
        let hostile = "<img src=x onerror=alert(1)>\"'{{name}}{{{target}}}"
        let html = try HTMLReport.render(report([check("headers.a", .fails, seen: hostile)], name: hostile))
        #expect(!html.contains("<img"))
        #expect(html.contains("&lt;img src=x onerror=alert(1)&gt;"))
        #expect(html.contains("&lt;b&gt;&amp;"))
        #expect(!html.contains("<script") && !html.contains("<link") && !html.contains("url("))
        #expect(html.contains("prefers-color-scheme:dark") && html.contains("@media print"))
    }

    @Test("pictures of pages stand in the page itself; what is no base64, or too much of it, is no picture")
    func screenshots() throws {
        var report = report([check("headers.a", .holds)])
        report.screenshots = [try #require(Screenshot(page: "/\"><script>", width: 390, jpeg: "/9j/4AA+=="))]
        let html = try HTMLReport.render(report)
        #expect(html.contains("src=\"data:image/jpeg;base64,/9j/4AA+==\"") && !html.contains("<script"))
        #expect(html.contains("default-src 'none'; style-src 'unsafe-inline'; img-src data:"))
        #expect(try Report(json: report.json()) == report)
        #expect(Screenshot(page: "/", width: 390, jpeg: "\" onload=alert(1)") == nil)
        let long = String(repeating: "A", count: Screenshot.mostCharacters + 1)
        #expect(Screenshot(page: "/", width: 390, jpeg: long) == nil)
    }
}
