/// What the gates ask for; `evidence:` in readiness.yaml.
public struct EvidenceRules: Sendable, Equatable {
    public struct Tier: Sendable, Equatable {
        public var name: String
        /// Patterns of paths.
        public var paths: [String]
        /// Per cent; nil: what `coverage.line` says.
        public var line: Double?
    }

    /// Files (patterns) by gate key, relative to the configuration.
    public var files: [String: [String]] = [:]
    /// Older evidence isn't accepted; 0 accepts any age.
    public var longestAge: Duration = .seconds(7 * 86_400)
    public var acceptsForeignCommit = false
    /// Whether evidence must name the commit it belongs to.
    public var needsCommit = false

    public var passRate = 80.0
    /// Tests that end in an error, and not in a failure.
    public var testErrors = 0
    public var lineCoverage = 80.0
    public var tiers: [Tier] = []
    public var typeCoverage = 95.0
    public var typeErrors = 0
    /// The least weight that blocks.
    public var blockingWeight = ScannerFindings.Weight.critical
    /// Milliseconds.
    public var p95 = 200.0
    /// Per cent.
    public var errorRate = 0.1
    /// Milliseconds by the name of a route.
    public var routes: [String: Double] = [:]

    public init() {}

    /// Whether any file is declared.
    public var isDeclared: Bool { files.values.contains { !$0.isEmpty } }
}
