/// Every check against the example app with each flaw alone, with all and with none: how often it is right.
public struct AccuracyMatrix: Sendable {
    public struct Row: Sendable, Codable, Equatable {
        public var check: String
        /// Apps that have its flaw, and in how many of them it failed.
        public var flawed = 0
        public var found = 0
        /// Apps that don't have it, and in how many of them it failed all the same.
        public var sound = 0
        public var falseAlarms = 0
        /// Runs in which it could not look, or went wrong.
        public var unseen = 0
        /// `flaw: outcome` of every disagreement.
        public var disagreements: [String] = []
    }

    public let test: SelfTest
    /// Names of every flaw that the app can be started with.
    public let flaws: [String]

    public init(test: SelfTest, flaws: [String]) {
        self.test = test
        self.flaws = flaws
    }

    /// One run per flaw and two more, `test.width` at the same time.
    public func run(progress: @escaping @Sendable (String) -> Void = { _ in }) async throws -> [Row] {
        let selections = [["none"], ["all"]] + flaws.map { [$0] }
        var reports: [(flaws: [String], report: Report)] = []
        try await withThrowingTaskGroup(of: (Int, Report).self) { group in
            var waiting = Array(selections.enumerated())[...]
            func next() {
                guard let (index, selection) = waiting.popFirst() else { return }
                group.addTask {
                    progress("\(index + 1) of \(selections.count): \(selection.joined(separator: ","))")
                    return (index, try await test.report(flaws: selection, only: [], requestsPerMinute: 1_000))
                }
            }
            for _ in 0..<test.width { next() }
            var byIndex: [Int: Report] = [:]
            while let (index, report) = try await group.next() {
                byIndex[index] = report
                next()
            }
            reports = selections.enumerated().compactMap { index, selection in byIndex[index].map { (selection, $0) } }
        }
        return CheckCatalogue.sheets.filter { $0.flaw != nil }.map { row($0, reports) }
    }

    private func row(_ sheet: CheckSheet, _ reports: [(flaws: [String], report: Report)]) -> Row {
        var row = Row(check: sheet.id)
        for (selection, report) in reports {
            guard let outcome = report[check: sheet.id]?.outcome else { continue }
            let name = selection.joined(separator: ",")
            let isFlawed = selection == ["all"] || !Set(selection).isDisjoint(with: sheet.canaries)
            switch (isFlawed, outcome) {
            case (true, .fails):
                row.flawed += 1
                row.found += 1
            case (true, _):
                row.flawed += 1
                if [.notAvailable, .error, .notApplicable].contains(outcome) { row.unseen += 1 }
                row.disagreements.append("\(name): \(outcome.rawValue)")
            case (false, .fails):
                row.sound += 1
                row.falseAlarms += 1
                row.disagreements.append("\(name): fails")
            case (false, .holds): row.sound += 1
            case (false, _):
                row.unseen += 1
                row.disagreements.append("\(name): \(outcome.rawValue)")
            }
        }
        return row
    }

    /// A table for `docs/accuracy.md`: counts with the 95 % interval of Wilson for both rates.
    public static func markdown(_ rows: [Row]) -> String {
        var lines = [
            "| check | found | rate (95 %) | false alarms | rate (95 %) | not seen | disagreements |",
            "|---|---|---|---|---|---|---|",
        ]
        for row in rows {
            lines.append(
                "| `\(row.check)` | \(row.found) of \(row.flawed) | \(interval(row.found, row.flawed)) | "
                    + "\(row.falseAlarms) of \(row.sound) | \(interval(row.falseAlarms, row.sound)) | \(row.unseen) | "
                    + "\(row.disagreements.isEmpty ? "–" : row.disagreements.map { "`\($0)`" }.joined(separator: ", ")) |"
            )
        }
        let found = rows.reduce(0) { $0 + $1.found }
        let flawed = rows.reduce(0) { $0 + $1.flawed }
        let alarms = rows.reduce(0) { $0 + $1.falseAlarms }
        let sound = rows.reduce(0) { $0 + $1.sound }
        lines.append(
            "| all | \(found) of \(flawed) | \(interval(found, flawed)) | \(alarms) of \(sound) | "
                + "\(interval(alarms, sound)) | \(rows.reduce(0) { $0 + $1.unseen }) | |")
        return lines.joined(separator: "\n") + "\n"
    }

    /// Wilson's interval of a share, in percent.
    static func interval(_ count: Int, _ of: Int) -> String {
        guard of > 0 else { return "–" }
        let (n, p, z) = (Double(of), Double(count) / Double(of), 1.96)
        let middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        let half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
        func shown(_ share: Double) -> String { TerminalReport.tenths(max(0, min(1, share)) * 100) }
        return "\(shown(middle - half))–\(shown(middle + half)) %"
    }
}
