/// What a check says about itself; everything that a report, a document or a person needs to know without running it.
public struct CheckSheet: Sendable {
    /// Stable id, `area.name`: the key in waivers, levels, reports and documents.
    public let id: String
    /// A sentence that is true of a sound app.
    public let title: String
    public let area: Area
    public let side: Side
    public let severity: Severity
    /// The requirement of OWASP ASVS 5.0 that it maps to; nil where there is none.
    public let asvs: String?
    /// The switch of the example app that breaks exactly this; nil for a check that no app can be given a flaw for.
    public let flaw: String?
    /// Other switches that it must find as well.
    public let moreFlaws: [String]
    /// Whether another check is proved by the same switch as well, because both look at the same fault.
    public let sharesFlaw: Bool
    /// What of the configuration it can't look without.
    public let needs: [ConfigurationPart]
    public let rationale: String
    public let remediation: String

    /// Every switch that it is proved by.
    public var canaries: [String] { (flaw.map { [$0] } ?? []) + moreFlaws }

    init(
        _ id: String, _ title: String, area: Area, side: Side, severity: Severity, asvs: String?, flaw: String?,
        moreFlaws: [String] = [], sharesFlaw: Bool = false, needs: [ConfigurationPart] = [], rationale: String,
        remediation: String
    ) {
        self.id = id
        self.title = title
        self.area = area
        self.side = side
        self.severity = severity
        self.asvs = asvs
        self.flaw = flaw
        self.moreFlaws = moreFlaws
        self.sharesFlaw = sharesFlaw
        self.needs = needs
        self.rationale = rationale
        self.remediation = remediation
    }
}

/// One question put to a running app from outside. It tells what it saw and judges nothing else.
///
/// `observe` throws `Obstacle` when it could not look; anything else that it throws becomes the outcome `error`.
protocol Check: Sendable {
    var sheet: CheckSheet { get }
    func observe(_ target: Reconnaissance) async throws -> [Observation]
}

/// Why a check could not look.
enum Obstacle: Error, Sendable {
    case notAvailable(String)
    /// As `notAvailable`, and these parts of `readiness.yaml` would let it look.
    case undeclared(String, [ConfigurationPart])
    case notApplicable(String)
    case interrupted
}
