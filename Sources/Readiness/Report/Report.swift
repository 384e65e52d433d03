/// Everything that a run found, ready to be printed, stored or compared. Its JSON form carries `schemaVersion`.
public struct Report: Sendable, Codable, Equatable {
    public static let currentSchema = 1

    public var schemaVersion = Report.currentSchema
    public var tool: String
    public var target: String
    /// How the configuration calls the app, else the target.
    public var name: String
    /// ISO 8601, UTC.
    public var startedAt: String
    public var seconds: Double
    /// Set when somebody stopped the run: what was seen until then is in it.
    public var isInterrupted: Bool
    /// The checks that alone were asked for (`--only`); nil for a whole run.
    public var only: [String]?
    /// The level that decides the exit code.
    public var level: String
    public var verdicts: [Verdict]
    /// 0…100; nil when nothing was judged.
    public var score: Int?
    public var areas: [AreaScore]
    public var coverage: Coverage
    public var traffic: Traffic
    public var checks: [CheckReport]
    /// The checklist that the app was held to; nil for none.
    public var profile: ProfileReport?
    /// Things that a reader should know, such as that certificates were not checked.
    public var notes: [String]
    /// Lines for `readiness.yaml` that would let the checks look which stand in the way unseen; nil for none.
    public var declarations: [String]?
    /// The files of other tools that gates were judged by; nil for none.
    public var evidence: [EvidenceReference]?
    /// How earlier runs of the same target went; nil where none was kept.
    public var trend: Trend?
    /// What the public HTTP Observatory's rules would say of the start page; nil where it could not be read.
    public var observatory: ObservatoryGrade?
    /// How pages looked; nil where none was opened in a browser.
    public var screenshots: [Screenshot]?

    public var verdict: Verdict {
        verdicts.first { $0.level == level } ?? Verdict(level: level, decision: .couldNotJudge, blockers: [])
    }

    /// 0 go, 1 no-go, 2 could not judge.
    public var exitCode: Int32 {
        if isInterrupted { return 2 }
        return switch verdict.decision {
        case .go: 0
        case .noGo: 1
        case .couldNotJudge: 2
        }
    }

    /// What to do with `declarations`.
    public static let declarationsTitle = "To let the rest look, put into readiness.yaml"

    public subscript(check id: String) -> CheckReport? { checks.first { $0.id == id } }
}

public enum Decision: String, Sendable, Codable {
    case go
    case noGo = "no-go"
    case couldNotJudge = "could-not-judge"

    public var title: String {
        switch self {
        case .go: "GO"
        case .noGo: "NO-GO"
        case .couldNotJudge: "NO JUDGEMENT"
        }
    }
}

public struct Verdict: Sendable, Codable, Equatable {
    public var level: String
    public var decision: Decision
    public var blockers: [Blocker]
}

/// One reason why a level is not reached.
public struct Blocker: Sendable, Codable, Equatable {
    public enum Kind: String, Sendable, Codable {
        case failure
        case notEvaluated = "not-evaluated"
        case score
    }
    public var check: String?
    public var kind: Kind
    public var reason: String
    /// The item of a checklist; nil where a check itself or a score is in the way.
    public var criterion: String?
}

public struct AreaScore: Sendable, Codable, Equatable {
    public var area: Area
    public var score: Int?
    public var held: Int
    public var judged: Int
    public var all: Int
}

/// How much was looked at, printed beside the score.
public struct Coverage: Sendable, Codable, Equatable {
    public var checksEvaluated: Int
    public var checks: Int
    /// Different methods and paths that were asked for.
    public var routes: Int
    public var identities: [String]
    public var identitiesDeclared: Int
}

public struct Traffic: Sendable, Codable, Equatable {
    public var requests: Int
    public var requestLimit: Int
    /// Sent last, to try the limit.
    public var burst: Int
    /// Answered 429 and sent again.
    public var refusedForPace: Int
    public var secondsWaited: Double
}

public struct CheckReport: Sendable, Codable, Equatable {
    public var id: String
    public var title: String
    public var area: Area
    public var side: Side
    public var severity: Severity
    public var asvs: String?
    public var outcome: Outcome
    /// The sentence of the observation that decided.
    public var summary: String
    public var observations: [Observation]
    public var rationale: String
    public var remediation: String
    public var waiver: Waiver?
    public var milliseconds: Double

    /// What of `readiness.yaml` would let it look.
    var declare: [ConfigurationPart] { observations.flatMap { $0.declare ?? [] } }
}
