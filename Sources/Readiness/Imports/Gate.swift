/// The gates that imported evidence decides; their ids stand in levels, waivers, profiles and reports like those of checks.
public enum GateID: String, Sendable, CaseIterable, Codable {
    case tests = "evidence.tests"
    case coverage = "evidence.coverage"
    case typeErrors = "evidence.type-errors"
    case typeCoverage = "evidence.type-coverage"
    case findings = "evidence.findings"
    case load = "evidence.load"

    /// The key under `evidence:` in readiness.yaml.
    var key: String {
        switch self {
        case .tests: "tests"
        case .coverage: "coverage"
        case .typeErrors, .typeCoverage: "types"
        case .findings: "findings"
        case .load: "load"
        }
    }
}

/// What something other than a probe found, for a report: a gate over evidence, or a scan of the source.
public struct SuppliedResult: Sendable {
    public var sheet: CheckSheet
    public var observations: [Observation]
    public var milliseconds: Double

    public init(sheet: CheckSheet, observations: [Observation], milliseconds: Double = 0) {
        self.sheet = sheet
        self.observations = observations
        self.milliseconds = milliseconds
    }
}

/// What the gates say about themselves.
public enum GateCatalogue {
    public static let sheets: [CheckSheet] = GateID.allCases.map(sheet)

    public static func sheet(_ gate: GateID) -> CheckSheet {
        switch gate {
        case .tests:
            CheckSheet(
                gate.rawValue, "The tests pass", area: .evidence, side: .app, severity: .major, asvs: nil, flaw: nil,
                needs: [.evidence],
                rationale: "A test that fails is a promise that is already broken before anybody uses the app.",
                remediation:
                    "Mend what fails, or take the test out with a reason; run the suite again and import its JUnit report."
            )
        case .coverage:
            CheckSheet(
                gate.rawValue, "Enough of every tier is exercised by tests", area: .evidence, side: .app,
                severity: .minor, asvs: nil, flaw: nil, needs: [.evidence],
                rationale:
                    "A line that no test ran was never seen to work; one figure for everything hides an untested tier.",
                remediation: "Write tests for the files with the most lines unseen, tier by tier; measure again.")
        case .typeErrors:
            CheckSheet(
                gate.rawValue, "The type checker finds no error", area: .evidence, side: .app, severity: .major,
                asvs: nil, flaw: nil, needs: [.evidence],
                rationale: "A type error is a call that can't work as it is written.",
                remediation: "Mend what the checker names; run it in CI and before each commit.")
        case .typeCoverage:
            CheckSheet(
                gate.rawValue, "Nearly everything has a type", area: .evidence, side: .app, severity: .minor, asvs: nil,
                flaw: nil, needs: [.evidence],
                rationale: "Where types are missing, the checker that finds no error looked at nothing.",
                remediation: "Annotate what is `Any` or untyped; switch the checker to strict, folder by folder.")
        case .findings:
            CheckSheet(
                gate.rawValue, "No scanner reports a critical finding", area: .evidence, side: .app,
                severity: .critical, asvs: "V15.2.1", flaw: nil, needs: [.evidence],
                rationale: "A known critical weakness is the first thing that an attacker tries.",
                remediation: "Mend it, or suppress it in the scanner with a reason that a reviewer accepts; scan again."
            )
        case .load:
            CheckSheet(
                gate.rawValue, "The app keeps its targets under load", area: .evidence, side: .app, severity: .major,
                asvs: nil, flaw: nil, needs: [.evidence],
                rationale: "An app that is quick for one person and slow for a hundred fails on its first good day.",
                remediation:
                    "Look at the slowest route first: its queries, its locks, what it could remember; run the load again."
            )
        }
    }
}
