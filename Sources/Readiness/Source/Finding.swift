/// One place in a source that a rule objects to.
struct SourceFinding: Sendable, Equatable {
    var rule: String
    var file: String
    var line: Int
    /// One sentence: what is there.
    var seen: String
}

/// A rule of the source scan: what it looks for, why, and a pair of fixtures that it must tell apart.
struct SourceRule: Sendable {
    /// `unwired.python-router`
    var id: String
    /// The gate that it belongs to.
    var gate: SourceGate
    var severity: Severity
    var cwe: Int
    var asvs: String?
    var rationale: String
    var remediation: String
    /// Path → text, with the flaw.
    var flawed: [String: String]
    /// The same, sound.
    var sound: [String: String]
}

/// The gates that a source scan decides.
public enum SourceGate: String, Sendable, CaseIterable {
    case unwired = "source.unwired"
    case lostUpdates = "source.lost-updates"
    case secrets = "source.secrets"
    case dependencies = "source.dependencies"
    case artifacts = "source.artifacts"
    case reproducible = "source.reproducible"
    case deployment = "source.deployment"
    case patterns = "source.patterns"
    case claims = "source.claims"
}
