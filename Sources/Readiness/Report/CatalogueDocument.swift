/// The catalogue as a document, so that no page can say something else than the code.
public enum CatalogueDocument {
    /// Markdown, as `docs/checks.md` carries it.
    public static func markdown() -> String {
        let sheets = CheckCatalogue.sheets
        var lines = [
            "# What `seaworthy check` looks at", "",
            "Written by `seaworthy check --list --format markdown`; a test fails when this page is older than the code.",
            "",
            "\(sheets.count) checks: \(sheets.count { $0.side == .edge }) that a layer in front of the app can be held to, "
                + "\(sheets.count { $0.side == .app }) that only the app itself can mend.",
            "A critical failure is NO-GO at any score and at every level. Weights in the score: critical 10, major 5, minor 2.",
            "", "| check | sentence | side | severity | ASVS 5.0 | canary |", "|---|---|---|---|---|---|",
        ]
        for sheet in sheets {
            lines.append(
                "| `\(sheet.id)` | \(sheet.title) | \(sheet.side.rawValue) | \(sheet.severity.rawValue) | "
                    + "\(sheet.asvs ?? "–") | \(sheet.canaries.isEmpty ? "–" : sheet.canaries.map { "`\($0)`" }.joined(separator: ", ")) |"
            )
        }
        for area in Area.allCases {
            let own = sheets.filter { $0.area == area }
            guard !own.isEmpty else { continue }
            lines += ["", "## \(area.title)"]
            for sheet in own {
                lines += ["", "### `\(sheet.id)`", "", "**\(sheet.title).** \(sheet.rationale)", "", sheet.remediation]
                if !sheet.needs.isEmpty {
                    let flags = sheet.needs.filter { ConfigurationPart.flags.contains($0) }.map { "`\($0.flag)`" }
                    let parts = sheet.needs.filter { !ConfigurationPart.flags.contains($0) }.map { "`\($0.rawValue)`" }
                    var words: [String] = []
                    if !flags.isEmpty { words.append("Runs only with \(flags.joined(separator: " and ")).") }
                    if sheet.needs.contains(.browser) {
                        words.append(
                            "Where people are declared, pages behind the sign-in are opened as the first of them.")
                    }
                    if !parts.isEmpty { words.append("Needs \(parts.joined(separator: ", ")) in `readiness.yaml`.") }
                    lines += ["", words.joined(separator: " ")]
                }
            }
        }
        lines += supplied()
        return lines.joined(separator: "\n") + "\n"
    }

    /// What is decided by other things than probes, and only where such a thing is given.
    private static func supplied() -> [String] {
        var lines = [
            "", "## Imported evidence and source", "",
            "Judged only where `--evidence`, `--source` or `readiness.yaml` gives something to judge; see [evidence](evidence.md).",
            "", "| gate | sentence | severity |", "|---|---|---|",
        ]
        let sheets = CheckCatalogue.everySheet.dropFirst(CheckCatalogue.sheets.count)
        lines += sheets.map { "| `\($0.id)` | \($0.title) | \($0.severity.rawValue) |" }
        for sheet in sheets {
            lines += ["", "### `\(sheet.id)`", "", "**\(sheet.title).** \(sheet.rationale)", "", sheet.remediation]
        }
        return lines
    }

    /// The list for a terminal.
    public static func text(width: Int = 80) -> String {
        var lines: [String] = []
        for area in Area.allCases {
            let own = CheckCatalogue.everySheet.filter { $0.area == area }
            guard !own.isEmpty else { continue }
            lines += ["", area.title]
            for sheet in own {
                let kind = "\(sheet.side.rawValue), \(sheet.severity.rawValue)"
                lines.append("  \(padded(sheet.id, 38)) \(kind)")
                lines += wrapped(sheet.title, width: width, indent: "      ")
            }
        }
        return lines.dropFirst().joined(separator: "\n") + "\n"
    }
}
