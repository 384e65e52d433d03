import FoundationEssentials

/// What is kept of a run so that the next one can be held against it: outcomes and scores, no evidence.
public struct RunRecord: Sendable, Codable, Equatable {
    public static let currentSchema = 1

    public struct Entry: Sendable, Codable, Equatable {
        public var id: String
        public var title: String
        public var severity: Severity
        public var outcome: Outcome
        public var summary: String
    }

    public var recordVersion = RunRecord.currentSchema
    public var target: String
    /// ISO 8601, UTC.
    public var startedAt: String
    public var seconds: Double
    public var level: String
    public var decision: Decision
    public var score: Int?
    public var isInterrupted: Bool
    /// As in the report: the checks that alone were asked for.
    public var only: [String]?
    public var checks: [Entry]
    /// What people sign for; nil for a run that didn't look at everything, and in records of before.
    public var evidence: String?
    /// The checklist's items, for those who sign; nil without a checklist.
    public var criteria: [Item]?
    /// What stood in the way of the level that decided.
    public var blockers: [Blocker]?

    public struct Item: Sendable, Codable, Equatable {
        public var id: String
        public var text: String
        public var level: String
        /// As in the report: `check`, `figure`, `score` or `signature`.
        public var decidedBy: String
        /// Whose signature it asks for; nil for anybody's.
        public var role: String?
        public var outcome: Outcome
        public var required: String
        public var actual: String

        init(_ report: CriterionReport) {
            id = report.id
            text = report.text
            level = report.level
            decidedBy = report.decidedBy
            role = report.decidedBy == "signature" ? Criterion.role(required: report.required) : nil
            outcome = report.outcome
            required = report.required
            actual = report.actual
        }
    }

    /// Whether it looked at everything that it could: only such runs make a trend and are the last one.
    public var isWhole: Bool { !isInterrupted && only == nil }

    public init(_ report: Report) {
        target = report.target
        startedAt = report.startedAt
        seconds = report.seconds
        level = report.level
        decision = report.isInterrupted ? .couldNotJudge : report.verdict.decision
        score = report.score
        isInterrupted = report.isInterrupted
        only = report.only
        evidence = report.evidenceDigest
        criteria = report.profile?.criteria.map(Item.init)
        blockers = report.verdict.blockers
        checks = report.checks.map {
            Entry(
                id: $0.id, title: $0.title, severity: $0.severity, outcome: $0.outcome,
                summary: String($0.summary.prefix(300)))
        }
    }

    /// Reads a record, or the JSON report of any run; nil for what is neither.
    public init?(json bytes: [UInt8]) {
        let data = Data(bytes)
        if let record = try? JSONDecoder().decode(RunRecord.self, from: data) {
            guard record.recordVersion == Self.currentSchema else { return nil }
            self = record
        } else if let report = try? Report(json: String(decoding: bytes, as: UTF8.self)) {
            self.init(report)
        } else {
            return nil
        }
    }

    public func json() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(self))
    }
}
