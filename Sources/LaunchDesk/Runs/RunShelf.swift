import Foundation
public import Readiness

/// A stored run of `seaworthy check`, as far as people who launch need it.
public struct LaunchRun: Sendable, Equatable {
    /// Something that somebody must sign.
    public struct Criterion: Sendable, Equatable {
        public let id: String
        public let text: String
        public let level: String
        /// nil: anybody.
        public let role: String?
        /// Whether the run itself knew a signature that counts.
        public let wasSigned: Bool
        /// Whether its absence stood in the way.
        public let isBlocker: Bool
    }

    public let target: String
    /// ISO 8601, UTC.
    public let startedAt: String
    public let level: String
    /// `GO`, `NO-GO` or `NO JUDGEMENT`.
    public let decision: String
    public let score: Int?
    public let isWhole: Bool
    /// nil in records of before.
    public let evidence: String?
    public let criteria: [Criterion]
    /// What stood in the way and isn't a signature.
    public let otherBlockers: [String]
    /// How many checks came to what.
    public let outcomes: [String: Int]

    public init(_ record: RunRecord) {
        target = record.target
        startedAt = record.startedAt
        level = record.level
        decision = record.decision.title
        score = record.score
        isWhole = record.isWhole
        evidence = record.isWhole ? record.evidence : nil
        let signatures = (record.criteria ?? []).filter { $0.decidedBy == "signature" }
        let ids = Set(signatures.map(\.id))
        let blocking = Set((record.blockers ?? []).compactMap(\.criterion))
        criteria = signatures.map {
            Criterion(
                id: $0.id, text: $0.text, level: $0.level, role: $0.role, wasSigned: $0.outcome == .holds,
                isBlocker: blocking.contains($0.id) || $0.outcome == .holds)
        }
        otherBlockers = (record.blockers ?? []).filter { $0.criterion.map { !ids.contains($0) } ?? true }.map {
            "\($0.criterion ?? $0.check ?? "score"): \($0.reason)"
        }
        outcomes = Dictionary(record.checks.map { ($0.outcome.rawValue, 1) }, uniquingKeysWith: +)
    }
}

/// What two runs differ in.
public struct LaunchDifference: Sendable, Equatable {
    public struct Change: Sendable, Equatable {
        public let check: String
        public let title: String
        public let severity: String
        public let before: String
        public let after: String
        public let summary: String
    }
    public let turnedRed: [Change]
    public let turnedGreen: [Change]
    public let lostSight: [Change]
    /// Checks that both have.
    public let compared: Int
    public let isRegression: Bool
}

/// The runs that `seaworthy check` remembers in a folder.
public struct RunShelf: Sendable {
    private let folder: URL

    /// - Parameter folder: such as `.seaworthy/checks`.
    public init(folder: String) { self.folder = URL(filePath: folder) }

    /// Addresses that were checked, the latest first.
    public func targets() -> [String] { RunHistory.targets(in: folder).map(\.target) }

    /// Runs of an address, the latest first.
    public func runs(of target: String, most: Int = 60) -> [LaunchRun] {
        RunHistory(folder: folder, target: target).records(most: most).reversed().map(LaunchRun.init)
    }

    /// The latest whole run of an address.
    public func latest(of target: String) -> LaunchRun? {
        RunHistory(folder: folder, target: target).last().map(LaunchRun.init)
    }

    /// Scores over time as eighths, the latest last; empty for fewer than two whole runs.
    public static func spark(_ runs: [LaunchRun]) -> String {
        let whole = runs.filter(\.isWhole).prefix(30).reversed()
        guard whole.count > 1 else { return "" }
        let marks = Array("▁▂▃▄▅▆▇█")
        return String(
            whole.map { run in run.score.map { marks[min(7, max(0, $0) * 8 / 101)] } ?? " " })
    }

    /// - Parameters:
    ///   - before: when the earlier began.
    ///   - after: when the later began.
    /// - Returns: nil where one of them isn't kept.
    public func difference(_ target: String, from before: String, to after: String) -> LaunchDifference? {
        let records = RunHistory(folder: folder, target: target).records()
        guard let old = records.first(where: { $0.startedAt == before }),
            let new = records.last(where: { $0.startedAt == after })
        else { return nil }
        let difference = RunDifference(from: old, to: new)
        func changes(_ list: [RunDifference.Change]) -> [LaunchDifference.Change] {
            list.map {
                LaunchDifference.Change(
                    check: $0.id, title: $0.title, severity: $0.severity.rawValue, before: $0.before.rawValue,
                    after: $0.after.rawValue, summary: $0.summary)
            }
        }
        return LaunchDifference(
            turnedRed: changes(difference.turnedRed), turnedGreen: changes(difference.turnedGreen),
            lostSight: changes(difference.lostSight), compared: difference.compared,
            isRegression: difference.isRegression)
    }
}
