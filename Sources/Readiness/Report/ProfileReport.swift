/// A checklist held against what was seen: the go/no-go table and the weighted totals.
public struct ProfileReport: Sendable, Codable, Equatable {
    public struct LevelTotal: Sendable, Codable, Equatable {
        public var level: String
        /// 0…100; nil when nothing applies.
        public var total: Int?
        public var required: Int
        public var decision: Decision
    }

    public var name: String
    public var title: String
    public var levels: [LevelTotal]
    /// For the level that decides the exit code.
    public var groups: [GroupScore]
    public var criteria: [CriterionReport]
}

/// How much of a group holds.
public struct GroupScore: Sendable, Codable, Equatable {
    public var group: String
    public var weight: Int
    /// 0…100; nil when nothing of it applies.
    public var score: Int?
    public var held: Int
    /// Without what doesn't apply.
    public var all: Int
}

/// One line of the go/no-go table.
public struct CriterionReport: Sendable, Codable, Equatable {
    public var id: String
    public var text: String
    public var group: String
    public var level: String
    /// `check`, `figure`, `score` or `signature`.
    public var decidedBy: String
    public var checks: [String]
    public var controls: [String]
    public var required: String
    public var actual: String
    public var outcome: Outcome
    public var isBlocker: Bool
    /// Where a checklist of one's own says it, `LAUNCH.md:12`.
    public var source: String?
    /// What that checklist says against what was seen; nil where they agree.
    public var contradiction: String?
}
