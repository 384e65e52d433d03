/// The declared races alone, each as often as wished: for replaying a witness, and for measuring how reliably one is
/// found.
public struct RaceSession: Sendable {
    public enum Refusal: Error, Sendable, CustomStringConvertible {
        case run(ReadinessRun.Refusal)
        case unknownRule(String, nearest: String?)
        case noRules

        public var description: String {
            switch self {
            case .run(let refusal): refusal.description
            case .unknownRule(let name, let nearest):
                "no race is called `\(visible(name, limit: 60))`" + (nearest.map { " (did you mean `\($0)`?)" } ?? "")
            case .noRules: "`races` in the configuration is empty: docs/capabilities/race.md says how one is declared"
            }
        }

        public var exitCode: Int32 { if case .run = self { 2 } else { 78 } }
    }

    /// What came of all runs of one rule.
    public struct Row: Sendable, Codable {
        public var rule: String
        public var kind: String
        public var lost = 0
        public var kept = 0
        public var unclear = 0
        /// The first witness, or why nothing could be judged.
        public var seen = ""
        public var curl: [String] = []
    }

    public var target: SiteURL
    public var configuration: ReadinessConfiguration
    public var circumstances: ReadinessRun.Circumstances
    /// Names of the rules; all when empty.
    public var only: [String] = []
    public var atOnce = 3
    public var delay: Duration?
    public var runs = 1
    public var isAuthorised = false

    public init(
        target: SiteURL, configuration: ReadinessConfiguration, circumstances: ReadinessRun.Circumstances
    ) {
        self.target = target
        self.configuration = configuration
        self.circumstances = circumstances
    }

    public func run(progress: @Sendable (String, Int) -> Void = { _, _ in }) async throws -> [Row] {
        guard isAuthorised || target.isLoopback else { throw Refusal.run(.notLoopback(target.host)) }
        let names = configuration.race.map(\.name)
        for name in only where !names.contains(name) {
            throw Refusal.unknownRule(name, nearest: nearest(to: name, among: names))
        }
        let rules = configuration.race.filter { only.isEmpty || only.contains($0.name) }
        guard !rules.isEmpty else { throw Refusal.noRules }
        let client = try ProbeClient()
        var rows: [Row] = []
        for (index, rule) in rules.enumerated() {
            var row = Row(rule: rule.name, kind: rule.kind.rawValue)
            for number in 1...runs {
                progress(rule.name, number)
                // New for each run, so that no account and no answer is shared.
                let reconnaissance = Reconnaissance(
                    site: target, configuration: configuration, nonce: "\(circumstances.nonce)-\(index)-\(number)",
                    client: client)
                let examination = RaceExamination(rule: rule, atOnce: atOnce, delay: delay)
                do {
                    note(try await examination.run(reconnaissance), in: &row)
                } catch Obstacle.interrupted {
                    row.seen = row.seen.isEmpty ? "interrupted" : row.seen
                    return rows + [row]
                } catch {
                    row.unclear += 1
                    if row.lost == 0 { row.seen = Self.reason(error) }
                }
            }
            rows.append(row)
        }
        return rows
    }

    private func note(_ finding: RaceExamination.Finding, in row: inout Row) {
        switch finding {
        case .lost(let trial, _, _):
            if row.lost == 0, case .lost(let how) = trial.verdict {
                row.seen = visible("\(how). \(trial.interleaving)", limit: 600)
                row.curl = trial.sightings.prefix(2).map(\.evidence.curl)
            }
            row.lost += 1
        case .kept(let acknowledged, let rounds, _):
            row.kept += 1
            if row.seen.isEmpty { row.seen = "\(acknowledged) acknowledged in \(rounds) rounds, as promised" }
        case .unclear(let why, _):
            row.unclear += 1
            if row.lost == 0 { row.seen = visible(why, limit: 300) }
        }
    }

    private static func reason(_ error: any Error) -> String {
        switch error as? Obstacle {
        case .notAvailable(let why), .undeclared(let why, _), .notApplicable(let why): visible(why, limit: 300)
        case .interrupted: "interrupted"
        case nil: visible("\(error)", limit: 300)
        }
    }

    /// The rows for a terminal of `width` columns; witnesses below their rule.
    public static func text(_ rows: [Row], width: Int = 80) -> String {
        var lines = [padded("race", 34) + padded("promise", 12) + padded("lost", 8) + padded("kept", 8) + "unclear"]
        for row in rows {
            let name = visible(row.rule, limit: 33)
            lines.append(
                padded(name, 34) + padded(row.kind, 12) + padded(String(row.lost), 8) + padded(String(row.kept), 8)
                    + String(row.unclear))
            lines += wrapped(row.seen, width: width, indent: "    ")
            if row.lost > 0 { lines += row.curl.map { "    \($0)" } }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
