import FoundationEssentials

/// What changed from one run to another: which checks turned red or green, and what can't be seen any more.
public struct RunDifference: Sendable, Codable, Equatable {
    public struct Change: Sendable, Codable, Equatable {
        public var id: String
        public var title: String
        public var severity: Severity
        public var before: Outcome
        public var after: Outcome
        /// What the later run saw.
        public var summary: String
    }

    public struct Side: Sendable, Codable, Equatable {
        public var target: String
        public var startedAt: String
        public var level: String
        public var decision: Decision
        public var score: Int?

        init(_ record: RunRecord) {
            target = record.target
            startedAt = record.startedAt
            level = record.level
            decision = record.decision
            score = record.score
        }
    }

    public var schemaVersion = 1
    public var before: Side
    public var after: Side
    public var turnedRed: [Change]
    public var turnedGreen: [Change]
    /// Held or failed before, and could not be looked at now.
    public var lostSight: [Change]
    /// Checks that both runs have.
    public var compared: Int

    /// Something is worse: a check turned red, or a GO was lost at the same level.
    public var isRegression: Bool {
        !turnedRed.isEmpty || (before.level == after.level && before.decision == .go && after.decision != .go)
    }

    /// 0 nothing is worse, 1 something is, 2 the two have nothing in common.
    public var exitCode: Int32 { isRegression ? 1 : compared == 0 ? 2 : 0 }

    /// Checks that only one of them has are no change: the other didn't ask.
    public init(from before: RunRecord, to after: RunRecord) {
        self.before = Side(before)
        self.after = Side(after)
        let old = Dictionary(before.checks.map { ($0.id, $0) }, uniquingKeysWith: { one, _ in one })
        var (red, green, lost): ([Change], [Change], [Change]) = ([], [], [])
        var both = 0
        for new in after.checks {
            guard let was = old[new.id] else { continue }
            both += 1
            guard was.outcome != new.outcome else { continue }
            let change = Change(
                id: new.id, title: new.title, severity: new.severity, before: was.outcome, after: new.outcome,
                summary: new.summary)
            let isJudged: (Outcome) -> Bool = { [.holds, .fails, .waived].contains($0) }
            if new.outcome == .fails {
                red.append(change)
            } else if was.outcome == .fails, new.outcome == .holds {
                green.append(change)
            } else if isJudged(was.outcome), !isJudged(new.outcome) {
                lost.append(change)
            } else if new.outcome == .holds, was.outcome == .waived {
                green.append(change)
            }
        }
        let order: (Change, Change) -> Bool = { ($1.severity, $0.id) < ($0.severity, $1.id) }
        turnedRed = red.sorted(by: order)
        turnedGreen = green.sorted(by: order)
        lostSight = lost.sorted(by: order)
        compared = both
    }

    public func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return text(of: try encoder.encode(self)) + "\n"
    }

    /// For a terminal.
    public func report(width: Int = 80, colour: Bool = false) -> String {
        let ink = Ink(isOn: colour)
        var lines = wrapped("Since \(before.startedAt)", width: width).map(ink.bold)
        if before.target != after.target {
            lines += wrapped("Of two targets: \(before.target), then \(after.target)", width: width).map(ink.yellow)
        }
        let levels = before.level == after.level ? "at \(after.level)" : "\(before.level), then \(after.level)"
        lines += wrapped(
            "\(before.decision.title) → \(after.decision.title) (\(levels)), score \(Self.shown(before.score)) → "
                + Self.shown(after.score), width: width)
        lines += part("Turned red", turnedRed, ink.red("✗"), width, ink)
        lines += part("Turned green", turnedGreen, ink.green("✓"), width, ink)
        lines += part("Not seen any more", lostSight, ink.yellow("?"), width, ink)
        if compared == 0 {
            lines.append("The two have no check in common.")
        } else if turnedRed.isEmpty, turnedGreen.isEmpty, lostSight.isEmpty {
            lines.append("No change in \(compared) checks.")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func shown(_ score: Int?) -> String { score.map { String($0) } ?? "none" }

    private func part(_ title: String, _ changes: [Change], _ mark: String, _ width: Int, _ ink: Ink) -> [String] {
        guard !changes.isEmpty else { return [] }
        var lines = ["", ink.bold("\(title) (\(changes.count))")]
        for change in changes {
            let text = "\(change.id) (\(change.severity.rawValue)): \(change.summary)"
            lines += wrapped(text, width: width, indent: "    ").enumerated().map { index, line in
                index == 0 ? "  \(mark) \(line.dropFirst(4))" : line
            }
        }
        return lines
    }
}
