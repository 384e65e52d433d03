import FoundationEssentials

/// A digest of what a run saw, without when and how fast: two runs that came to the same outcomes have the same one.
/// Signatures are bound to it. What people sign isn't part of it: signing changes no evidence.
enum EvidenceDigest {
    static func of(_ target: String, _ checks: [CheckReport], _ criteria: [CriterionReport]) -> String {
        var lines = ["target \(target)"]
        lines += checks.map { "check \($0.id) \($0.outcome.rawValue)" }.sorted()
        lines += criteria.filter { $0.decidedBy != "signature" }.map { "item \($0.id) \($0.outcome.rawValue)" }.sorted()
        return sha256(lines.joined(separator: "\n").utf8)
    }
}

extension Report {
    /// What people sign for, 64 hexadecimal digits; nil for a run that didn't look at everything.
    public var evidenceDigest: String? {
        isInterrupted || only != nil ? nil : EvidenceDigest.of(target, checks, profile?.criteria ?? [])
    }
}
