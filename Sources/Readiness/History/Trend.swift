/// Scores and verdicts of the latest runs of a target, this one last.
public struct Trend: Sendable, Codable, Equatable {
    public struct Point: Sendable, Codable, Equatable {
        /// ISO 8601, UTC.
        public var startedAt: String
        public var decision: Decision
        public var score: Int?

        public init(startedAt: String, decision: Decision, score: Int?) {
            self.startedAt = startedAt
            self.decision = decision
            self.score = score
        }
    }

    public var points: [Point]

    public static let most = 30

    /// nil for fewer than two whole runs: one makes no trend.
    public init?(_ earlier: [RunRecord], now report: Report) {
        guard !report.isInterrupted, report.only == nil else { return nil }
        let whole = earlier.filter { $0.isWhole && $0.target == report.target && $0.level == report.level }
        guard !whole.isEmpty else { return nil }
        points =
            whole.suffix(Self.most - 1).map { Point(startedAt: $0.startedAt, decision: $0.decision, score: $0.score) }
            + [Point(startedAt: report.startedAt, decision: report.verdict.decision, score: report.score)]
    }

    /// Eighths from 0 to 100; a gap where nothing was judged.
    public var spark: String {
        let marks = Array("▁▂▃▄▅▆▇█")
        return String(
            points.map { point in
                guard let score = point.score else { return " " }
                return marks[min(marks.count - 1, max(0, score) * marks.count / 101)]
            })
    }

    /// `61 → 84 over 5 runs since 2026-11-01, NO-GO → GO`
    public var words: String {
        guard let first = points.first, let last = points.last else { return "" }
        func shown(_ score: Int?) -> String { score.map { String($0) } ?? "none" }
        let verdict =
            first.decision == last.decision
            ? "\(last.decision.title) then and now" : "\(first.decision.title) → \(last.decision.title)"
        return "\(shown(first.score)) → \(shown(last.score)) over \(points.count) runs since "
            + "\(first.startedAt.prefix(10)), \(verdict)"
    }
}
