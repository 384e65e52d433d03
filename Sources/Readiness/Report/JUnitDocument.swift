import Kernel

/// A report as JUnit XML: one suite per area, one case per check, for CI systems that show test results.
public enum JUnitDocument {
    public static func render(_ report: Report) -> String {
        var lines = [#"<?xml version="1.0" encoding="UTF-8"?>"#]
        let all = report.checks
        lines.append(
            "<testsuites name=\"\(safe(report.name))\" tests=\"\(all.count)\" failures=\"\(all.count { $0.outcome == .fails })\" "
                + "errors=\"\(all.count { $0.outcome == .error })\" skipped=\"\(all.count(where: isSkipped))\" "
                + "time=\"\(TerminalReport.tenths(report.seconds))\">")
        for area in Area.allCases {
            let own = all.filter { $0.area == area }
            guard !own.isEmpty else { continue }
            lines.append(
                "  <testsuite name=\"\(area.rawValue)\" tests=\"\(own.count)\" failures=\"\(own.count { $0.outcome == .fails })\" "
                    + "errors=\"\(own.count { $0.outcome == .error })\" skipped=\"\(own.count(where: isSkipped))\" "
                    + "timestamp=\"\(safe(report.startedAt))\">")
            for check in own { lines += one(check) }
            lines.append("  </testsuite>")
        }
        return (lines + ["</testsuites>"]).joined(separator: "\n") + "\n"
    }

    private static func isSkipped(_ check: CheckReport) -> Bool {
        [.notApplicable, .notAvailable, .waived].contains(check.outcome)
    }

    private static func one(_ check: CheckReport) -> [String] {
        let head =
            "    <testcase classname=\"\(check.area.rawValue)\" name=\"\(safe(check.id))\" "
            + "time=\"\(thousandths(check.milliseconds))\""
        let message = "message=\"\(safe(check.summary))\""
        switch check.outcome {
        case .holds: return ["\(head)/>"]
        case .notApplicable, .notAvailable, .waived:
            let word = check.outcome == .waived ? "waived: " : ""
            return ["\(head)>", "      <skipped message=\"\(word)\(safe(check.summary))\"/>", "    </testcase>"]
        case .fails, .error:
            let element = check.outcome == .fails ? "failure" : "error"
            let seen = check.observations.filter { $0.outcome == check.outcome }.prefix(50).map {
                safe("\($0.subject): \($0.seen)")
            }
            return ["\(head)>", "      <\(element) type=\"\(check.severity.rawValue)\" \(message)>"] + seen
                + [safe(check.remediation), "      </\(element)>", "    </testcase>"]
        }
    }

    /// Escaped, and without what XML 1.0 has no place for.
    static func safe(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                visible(text, limit: 2_000).unicodeScalars.filter { ![0xFFFE, 0xFFFF].contains($0.value) })
        )
        .escapedForHTML
    }

    private static func thousandths(_ milliseconds: Double) -> String {
        let whole = Int(max(0, min(1e12, milliseconds)).rounded())
        let rest = String(whole % 1_000)
        return "\(whole / 1_000).\(String(repeating: "0", count: 3 - rest.count))\(rest)"
    }
}
