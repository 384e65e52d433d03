import Foundation
import TestKit
import Testing

@testable import Readiness

@Suite("The HTML report in a browser")
struct ReportPageTests {
    @Test("at 1280 and 390 pixels, light and dark, nothing scrolls sideways and axe finds nothing")
    func widths() async throws {
        var report = try hostileReport("a word and \(String(repeating: "one-that-is-very-long", count: 12))")
        report.declarations = ["- { operation: \(String(repeating: "GET /a/long/path ", count: 20)) }"]
        // Of every check with remedies, so that each line of code that is shown is seen to fit.
        let seen = report.checks.flatMap(\.observations).first { $0.outcome == .fails }
        for sheet in CheckCatalogue.everySheet where Remedies.of(sheet.id) != nil {
            report.checks.append(
                CheckReport(
                    id: sheet.id, title: sheet.title, area: sheet.area, side: sheet.side, severity: sheet.severity,
                    asvs: sheet.asvs, outcome: .fails, summary: "seen", observations: seen.map { [$0] } ?? [],
                    rationale: sheet.rationale, remediation: sheet.remediation, waiver: nil, milliseconds: 1))
        }
        let folder = try TemporaryDirectory("report")
        defer { folder.remove() }
        let page = try folder.write(try HTMLReport.render(report), to: "report.html")
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "report-page.py").path
        let run = try await ForeignProgram.run("python3", [script, page])
        try #require(run.status == 0, "\(run.errors)")
        let lines = run.output.split(separator: "\n").map(String.init)
        #expect(lines.count == 4 && lines.allSatisfy { $0.hasSuffix(": fine") }, "\(run.output)")
    }
}
