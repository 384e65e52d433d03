import FoundationEssentials
import Kernel

/// A report's verdict as an in-toto Statement v1 in a DSSE envelope, signed with Ed25519.
///
/// It binds what was judged (subject), by what (digest of the policy), on what grounds (digests of the evidence and of
/// the report), the verdict, and until when it counts.
public struct LaunchStatement: Sendable, Equatable {
    public static let predicateType = "https://seaworthy.example/attestation/readiness/v1"

    /// A thing that the verdict is about: a file, an image, or the address alone.
    public struct Subject: Sendable, Equatable {
        public var name: String
        public var sha256: String

        public init(name: String, sha256: String) {
            self.name = name
            self.sha256 = sha256
        }
    }

    public var subjects: [Subject]
    public var target: String
    public var level: String
    public var verdict: Decision
    public var score: Int?
    /// SHA-256 of `readiness.yaml`; of nothing where there is none.
    public var policyDigest: String
    /// SHA-256 of the report as JSON.
    public var reportDigest: String
    public var evidence: [EvidenceReference]
    public var commit: String?
    /// ISO 8601.
    public var startedAt: String
    /// Seconds since 1970.
    public var issuedAt: Int64
    public var expiresAt: Int64

    /// `validFor` in seconds.
    public init(
        _ report: Report, json: String, policy: [UInt8], subjects: [Subject], commit: String?, issuedAt: Int64,
        validFor: Int64
    ) {
        target = report.target
        self.subjects =
            subjects.isEmpty
            ? [Subject(name: report.target, sha256: Readiness.sha256(report.target.utf8))] : subjects
        level = report.level
        // A run that somebody stopped, or that looked at a few checks, has no judgement of the whole to sign; what it saw to
        // be broken is broken all the same.
        let isPart = report.isInterrupted || report.only != nil
        let decision = report.verdict.decision
        verdict = report.isInterrupted || (isPart && decision == .go) ? .couldNotJudge : decision
        score = report.score
        policyDigest = Readiness.sha256(policy)
        reportDigest = Readiness.sha256(json.utf8)
        evidence = report.evidence ?? []
        self.commit = commit
        startedAt = report.startedAt
        self.issuedAt = issuedAt
        expiresAt = issuedAt &+ validFor
    }

    static func time(_ seconds: Int64) -> String {
        Timestamp(nanosecondsSinceEpoch: min(max(0, seconds), 9_000_000_000) * 1_000_000_000).iso8601
    }

    var statement: JSONValue {
        var predicate: [String: JSONValue] = [
            "target": .string(target), "level": .string(level), "verdict": .string(verdict.rawValue),
            "policy": .object(["sha256": .string(policyDigest)]), "report": .object(["sha256": .string(reportDigest)]),
            "evidence": .array(
                evidence.map { item in
                    .object([
                        "name": .string(item.file), "format": .string(item.format.rawValue),
                        "digest": .object(["sha256": .string(item.sha256)]), "accepted": .bool(item.refusal == nil),
                    ])
                }),
            "startedAt": .string(startedAt), "issuedAt": .string(Self.time(issuedAt)),
            "expiresAt": .string(Self.time(expiresAt)),
        ]
        if let score { predicate["score"] = .integer(Int64(score)) }
        if let commit { predicate["commit"] = .string(commit) }
        return .object([
            "_type": .string(Envelope.statementType),
            "subject": .array(
                subjects.map { .object(["name": .string($0.name), "digest": .object(["sha256": .string($0.sha256)])]) }),
            "predicateType": .string(Self.predicateType), "predicate": .object(predicate),
        ])
    }

    /// The envelope as JSON.
    public func signed(by key: SigningKey) throws -> String {
        try Envelope.sealed(statement, by: key)
    }
}
