/// How soon a launch needs a capability: our own judgement, profiles have theirs.
public enum LaunchLevel: String, Sendable, Codable, CaseIterable {
    case mvp, recommended, full
}

/// A capability's manifest: the one stable id that configuration, metrics, events, docs and checks share.
public struct Capability: Sendable {
    /// Such as `protection.csrf`.
    public let id: String
    public let title: String
    public let level: LaunchLevel
    /// Names of the stages in `Pipeline.swift` that carry it.
    public let stages: [String]
    /// The key that sets its mode; nil where it has none (it always holds).
    public let modeKey: String?
    /// Reason ids of what it refuses or notes.
    public let reasons: [ReasonID]
    /// Ids of the checks that prove it from outside: switching the control off turns at least one of them red.
    public let provedBy: [String]

    public init(
        id: String, title: String, level: LaunchLevel, stages: [String], modeKey: String?, reasons: [ReasonID],
        provedBy: [String]
    ) {
        self.id = id
        self.title = title
        self.level = level
        self.stages = stages
        self.modeKey = modeKey
        self.reasons = reasons
        self.provedBy = provedBy
    }
}
