extension AccuracyMatrix {
    /// What came of one check over all apps.
    public struct Row: Sendable, Equatable {
        public var check: String
        /// Apps that have its flaw, and in how many of them it failed.
        public var flawed = 0
        public var found = 0
        /// Apps that don't have it and were judged, and in how many of them it failed all the same.
        public var sound = 0
        public var falseAlarms = 0
        /// Sound apps that it could not judge: neither right nor wrong.
        public var unseen = 0
        /// Every cell in which it said something else than `fails` for its flaw or `holds` without it.
        public var disagreements: [Cell] = []

        public var isRight: Bool { found == flawed && falseAlarms == 0 }
    }

    /// The cells by check, in the order of the catalogue. The last cell counts where one was measured twice.
    public static func rows(_ cells: [Cell]) -> [Row] {
        var latest: [String: Cell] = [:]
        for cell in cells { latest[cell.key] = cell }
        let byCheck = Dictionary(grouping: latest.values, by: \.check)
        return CheckCatalogue.sheets.filter { !$0.canaries.isEmpty }.map { sheet in
            row(sheet, (byCheck[sheet.id] ?? []).sorted { ($0.flaws, $0.seed) < ($1.flaws, $1.seed) })
        }
    }

    private static func row(_ sheet: CheckSheet, _ cells: [Cell]) -> Row {
        var row = Row(check: sheet.id)
        for cell in cells {
            let isFlawed =
                cell.flaws == "all" || sheet.canaries.contains(cell.flaws) || FlawConsequences.has(cell.flaws, sheet.id)
            switch (isFlawed, cell.outcome) {
            case (true, let outcome):
                row.flawed += 1
                if outcome == .fails { row.found += 1 } else { row.disagreements.append(cell) }
            case (false, .fails):
                row.sound += 1
                row.falseAlarms += 1
                row.disagreements.append(cell)
            case (false, .holds): row.sound += 1
            case (false, _):
                row.unseen += 1
                row.disagreements.append(cell)
            }
        }
        return row
    }

    /// For `docs/accuracy.md`: counts with Wilson's 95 % interval of both rates, then every disagreement in words.
    public static func markdown(_ rows: [Row]) -> String {
        var lines = [
            "| check | found | 95 % (Wilson) | false alarms | 95 % (Wilson) | not judged |",
            "|---|---:|---|---:|---|---:|",
        ]
        for row in rows { lines.append(line("`\(row.check)`", row)) }
        var all = Row(check: "all")
        for row in rows {
            all.found += row.found
            all.flawed += row.flawed
            all.falseAlarms += row.falseAlarms
            all.sound += row.sound
            all.unseen += row.unseen
        }
        lines += [line("**all**", all), "", "Every disagreement, as the check worded it:", ""]
        let disagreeing = rows.filter { !$0.disagreements.isEmpty }
        if disagreeing.isEmpty { lines[lines.count - 2] = "No check disagreed with any app." }
        for row in disagreeing {
            for (words, cells) in grouped(row.disagreements) {
                lines.append("- `\(row.check)` \(words) (\(places(cells)))")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func line(_ name: String, _ row: Row) -> String {
        "| \(name) | \(row.found) of \(row.flawed) | \(interval(row.found, row.flawed)) | \(row.falseAlarms) of \(row.sound) | "
            + "\(interval(row.falseAlarms, row.sound)) | \(row.unseen) |"
    }

    /// Cells that ended alike together, in the words of the first.
    private static func grouped(_ cells: [Cell]) -> [(words: String, cells: [Cell])] {
        var groups: [(words: String, cells: [Cell])] = []
        for cell in cells {
            // Figures differ from run to run.
            let words = "\(cell.outcome.rawValue): " + String(cell.seen.map { $0.isNumber ? "#" : $0 })
            if let index = groups.firstIndex(where: { $0.words == words }) {
                groups[index].cells.append(cell)
            } else {
                groups.append((words, [cell]))
            }
        }
        return groups.map { group in
            let first = group.cells[0]
            let seen = first.seen.replacing("`", with: "'").replacing("|", with: "/").replacing("\n", with: " ")
            return ("\(first.outcome.rawValue): \(seen)", group.cells)
        }
    }

    private static func places(_ cells: [Cell]) -> String {
        var names: [String] = []
        for cell in cells where names.last != "`\(cell.flaws)`" { names.append("`\(cell.flaws)`") }
        return names.count > 8
            ? names.prefix(8).joined(separator: ", ") + " and \(names.count - 8) more" : names.joined(separator: ", ")
    }

    /// Wilson's interval of a share with 95 % confidence, in percent.
    static func interval(_ count: Int, _ of: Int) -> String {
        guard of > 0 else { return "–" }
        let (n, p, z) = (Double(of), Double(count) / Double(of), 1.96)
        let middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        let half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
        func shown(_ share: Double) -> String { TerminalReport.tenths(max(0, min(1, share)) * 100) }
        return "\(shown(middle - half))–\(shown(middle + half)) %"
    }
}
