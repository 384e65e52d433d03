/// A report as comma-separated values (RFC 4180), one row per observation, for spreadsheets.
public enum CSVDocument {
    public static func render(_ report: Report) -> String {
        var rows = [["check", "outcome", "severity", "area", "side", "asvs", "subject", "seen", "remediation"]]
        for check in report.checks {
            for seen in check.observations {
                rows.append([
                    check.id, (check.outcome == .waived && seen.outcome == .fails ? .waived : seen.outcome).rawValue,
                    check.severity.rawValue, check.area.rawValue, check.side.rawValue, check.asvs ?? "", seen.subject,
                    seen.seen, check.remediation,
                ])
            }
        }
        return rows.map { $0.map(cell).joined(separator: ",") }.joined(separator: "\r\n") + "\r\n"
    }

    /// Quoted; what a spreadsheet would take for a formula gets an apostrophe before it.
    public static func cell(_ text: String) -> String { quoted(visible(text, limit: 2_000)) }

    /// As `cell`, but whole and with its lines, so that what was written out can be read in again; only what steers a
    /// terminal is spelled out.
    public static func wholeCell(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            if scalar != "\n", scalar != "\t", scalar.properties.generalCategory == .control {
                out.append("\\u{\(String(scalar.value, radix: 16, uppercase: true))}")
            } else {
                out.unicodeScalars.append(scalar)
            }
        }
        return quoted(out)
    }

    private static func quoted(_ text: String) -> String {
        var out = text
        let first = out.unicodeScalars.first { $0 != " " }
        if let first, ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"].contains(first) { out = "'" + out }
        var quoted = ""
        for scalar in out.unicodeScalars {
            quoted.unicodeScalars.append(contentsOf: scalar == "\"" ? ["\"", "\""] : [scalar])
        }
        return "\"\(quoted)\""
    }
}
