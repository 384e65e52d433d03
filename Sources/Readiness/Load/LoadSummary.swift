public import FoundationEssentials

/// What a load run came to; the JSON that `seaworthy load --format json` writes and that is read again as evidence.
public struct LoadSummary: Sendable, Codable, Equatable {
    /// Name and version of this form; a reader refuses what it doesn't know.
    public static let schema = "seaworthy.load/1"

    /// A figure over the repeats, with the 95 % interval of its mean (Student's t); milliseconds.
    public struct Figure: Sendable, Codable, Equatable {
        public var value: Double
        public var low: Double
        public var high: Double
        public var repeats: [Double]
    }

    public struct Route: Sendable, Codable, Equatable {
        public var route: String
        public var requests: Int
        public var failed: Int
        public var p50: Figure
        public var p95: Figure
        public var p99: Figure
        public var maximum: Double
        /// Share of failed requests, from 0 to 1.
        public var errorRate: Figure
        public var statuses: [String: Int]
        public var failures: [String: Int]
    }

    /// One step of a ramp.
    public struct Stage: Sendable, Codable, Equatable {
        /// People per second that came.
        public var offered: Double
        /// Good answers per second while it was measured: what the app gets done.
        public var served: Double
        public var p50: Double
        public var p95: Double
        public var p99: Double
        public var errorRate: Double
        public var peopleAtOnce: Int
        public var holds: Bool
    }

    public struct Verdict: Sendable, Codable, Equatable {
        public enum Outcome: String, Sendable, Codable { case holds, fails, unclear }
        /// A route, or `all`.
        public var route: String
        /// `p50`, `p95`, `p99` or `errors`.
        public var figure: String
        public var limit: Double
        public var actual: Double
        public var low: Double
        public var high: Double
        public var outcome: Outcome
    }

    public var schema = LoadSummary.schema
    public var tool = "seaworthy load"
    public var target: String
    public var name: String
    /// ISO 8601, UTC.
    public var startedAt: String
    public var seconds: Double
    public var seed: UInt64
    /// People per second that the plan asked for.
    public var rate: Double
    public var repeats: Int
    /// Seconds that each repeat measured.
    public var duration: Double
    public var isInterrupted = false
    public var meanPeople: Double
    public var peakPeople: Int
    /// Milliseconds by which the generator itself was late, 99th percentile.
    public var generatorLag: Double
    public var all: Route
    public var routes: [Route]
    public var verdicts: [Verdict]
    public var stages: [Stage]
    /// The highest rate of the ramp at which everything held; nil without a ramp or when nothing held.
    public var knee: Double?
    /// p95 in the first and the last third of a long run, milliseconds: what drifts, leaks.
    public var drift: [Double]
    public var notes: [String]

    /// 0: every target held, 1: one was missed, 2: nothing could be judged.
    public var exitCode: Int32 {
        if all.requests == 0 && stages.isEmpty { return 2 }
        if verdicts.contains(where: { $0.outcome == .fails }) { return 1 }
        if isInterrupted || verdicts.contains(where: { $0.outcome == .unclear }) { return 2 }
        return verdicts.isEmpty && stages.allSatisfy { !$0.holds } && !stages.isEmpty ? 1 : 0
    }

    /// Why a file is no summary.
    public struct Unreadable: Error, Sendable, Equatable, CustomStringConvertible {
        public var description: String
    }

    /// Reads the JSON of a run. At most 16 MiB.
    public init(json: Data) throws {
        guard json.count <= 16_777_216 else { throw Unreadable(description: "it is larger than 16 MiB") }
        struct Head: Decodable { var schema: String? }
        let decoder = JSONDecoder()
        guard let head = try? decoder.decode(Head.self, from: json) else {
            throw Unreadable(description: "it is no JSON object")
        }
        guard head.schema == Self.schema else {
            let found = head.schema.map { "`\(visible($0, limit: 40))`" } ?? "nothing"
            throw Unreadable(description: "its `schema` is \(found), not `\(Self.schema)`")
        }
        do {
            self = try decoder.decode(Self.self, from: json)
        } catch let DecodingError.keyNotFound(key, _) {
            throw Unreadable(description: "it has no `\(visible(key.stringValue, limit: 40))`")
        } catch {
            throw Unreadable(description: "one of its members has another form than \(Self.schema) says")
        }
    }

    public func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    }

    init(
        target: String, name: String, startedAt: String, seconds: Double, seed: UInt64, rate: Double, duration: Double,
        recorders: [LoadRecorder], stages: [Stage], plan: LoadPlan
    ) {
        self.target = target
        self.name = visible(name, limit: 100)
        self.startedAt = startedAt
        self.seconds = seconds
        self.seed = seed
        self.rate = rate
        self.repeats = recorders.count
        self.duration = duration
        var total = LoadRecorder()
        for recorder in recorders { total.merge(recorder) }
        let measured = recorders.reduce(0) { $0 + $1.seconds }
        meanPeople = measured > 0 ? total.personSeconds / measured : 0
        peakPeople = recorders.map(\.peak).max() ?? 0
        generatorLag = recorders.map(\.lagP99).max() ?? 0
        all = Self.route("all", recorders.map(\.all))
        routes = total.routes.keys.sorted().map { key in Self.route(key, recorders.compactMap { $0.routes[key] }) }
        self.stages = stages
        knee = stages.filter(\.holds).map(\.offered).max()
        drift = Self.drift(recorders)
        verdicts = []
        notes = []
        verdicts = judge(plan)
        notes = remarks()
    }

    private static func route(_ name: String, _ tallies: [LoadTally]) -> Route {
        func figure(_ read: (LoadTally) -> Double) -> Figure { interval(tallies.map(read)) }
        var statuses: [String: Int] = [:]
        var failures: [String: Int] = [:]
        for tally in tallies {
            for (status, count) in tally.statuses { statuses[String(status), default: 0] += count }
            failures.merge(tally.failures, uniquingKeysWith: +)
        }
        return Route(
            route: visible(name, limit: 120), requests: tallies.reduce(0) { $0 + $1.requests },
            failed: tallies.reduce(0) { $0 + $1.failed }, p50: figure { $0.milliseconds(50) },
            p95: figure { $0.milliseconds(95) }, p99: figure { $0.milliseconds(99) },
            maximum: tallies.map(\.maximum).max() ?? 0, errorRate: figure(\.errorRate), statuses: statuses,
            failures: failures)
    }

    /// Mean and 95 % interval; a single value has none.
    static func interval(_ values: [Double]) -> Figure {
        guard !values.isEmpty else { return Figure(value: 0, low: 0, high: 0, repeats: []) }
        let mean = values.reduce(0, +) / Double(values.count)
        guard values.count > 1 else { return Figure(value: mean, low: mean, high: mean, repeats: values) }
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
        // Quantiles of Student's t for 97.5 % and 1, 2, 3 … degrees of freedom.
        let table = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262]
        let quantile = values.count - 2 < table.count ? table[values.count - 2] : 2.1
        let half = quantile * (variance / Double(values.count)).squareRoot()
        return Figure(value: mean, low: max(0, mean - half), high: mean + half, repeats: values)
    }

    private static func drift(_ recorders: [LoadRecorder]) -> [Double] {
        guard recorders.count == 1, let windows = recorders.first?.windows, windows.count >= 6 else { return [] }
        let keys = windows.keys.sorted()
        func p95(_ part: some Sequence<Int>) -> Double {
            var tally = LoadTally()
            for key in part { if let window = windows[key] { tally.merge(window) } }
            return tally.milliseconds(95)
        }
        return [p95(keys.prefix(keys.count / 3)), p95(keys.suffix(keys.count / 3))]
    }

    private func judge(_ plan: LoadPlan) -> [Verdict] {
        var targets: [(String, LoadTarget, Route)] = []
        if all.requests > 0 { targets.append(("all", plan.target, all)) }
        for step in plan.scenarios.flatMap(\.steps) where !step.target.isEmpty {
            guard let route = routes.first(where: { $0.route == visible(step.route, limit: 120) }) else { continue }
            targets.append((route.route, step.target, route))
        }
        var verdicts: [Verdict] = []
        for (name, target, route) in targets {
            for (figure, limit, seen) in [
                ("p50", target.p50, route.p50), ("p95", target.p95, route.p95), ("p99", target.p99, route.p99),
                ("errors", target.errors, route.errorRate),
            ] {
                guard let limit else { continue }
                let outcome: Verdict.Outcome =
                    seen.high <= limit
                    ? .holds : seen.low > limit || seen.repeats.allSatisfy { $0 > limit } ? .fails : .unclear
                verdicts.append(
                    Verdict(
                        route: name, figure: figure, limit: limit, actual: seen.value, low: seen.low, high: seen.high,
                        outcome: outcome))
            }
        }
        return verdicts
    }

    private func remarks() -> [String] {
        var notes: [String] = []
        if generatorLag > 20 {
            notes.append(
                "The generator itself was up to \(TerminalReport.tenths(generatorLag)) ms late: this machine is too busy, "
                    + "and the latencies are too high by that much.")
        }
        if let limited = all.statuses["429"], limited > 0 {
            notes.append("\(limited) answers were 429: the target's own request limit was met; widen it for this run.")
        }
        if drift.count == 2, drift[1] > drift[0] * 1.5, drift[1] - drift[0] > 5 {
            notes.append(
                "p95 rose from \(TerminalReport.tenths(drift[0])) to \(TerminalReport.tenths(drift[1])) ms between the first "
                    + "and the last third: something fills up.")
        }
        return notes
    }
}
