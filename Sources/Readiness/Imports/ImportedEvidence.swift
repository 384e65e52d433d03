import Crypto

/// The kinds of files that other tools leave and a gate can be judged by.
public enum EvidenceFormat: String, Sendable, Codable, CaseIterable {
    case junit, cobertura, lcov, sarif, k6, locust, mypy, tsc, clippy
    case typeCoverage = "type-coverage"

    /// The gates that it speaks to.
    var gates: [GateID] {
        switch self {
        case .junit: [.tests]
        case .cobertura, .lcov: [.coverage]
        case .sarif: [.findings]
        case .k6, .locust: [.load]
        case .mypy, .tsc, .clippy: [.typeErrors]
        case .typeCoverage: [.typeCoverage]
        }
    }
}

/// What one file of another tool says, and about what.
public struct ImportedEvidence: Sendable, Equatable {
    public enum Content: Sendable, Equatable {
        case tests(TestResults)
        case coverage(LineCoverage)
        case findings(ScannerFindings)
        case load(ImportedLoad)
        case types(TypeCheck)
    }

    /// As it was given.
    public var file: String
    public var format: EvidenceFormat
    /// SHA-256 of its bytes, in hexadecimal digits.
    public var digest: String
    /// Seconds since 1970; what the file says of itself, else its modification time.
    public var madeAt: Int64?
    /// Whether the file itself said so.
    public var saysItsTime: Bool
    /// The commit that it says it belongs to.
    public var commit: String?
    public var content: Content
}

/// Why a file is no evidence.
public struct EvidenceProblem: Error, Sendable, Equatable, CustomStringConvertible {
    public var file: String
    public var what: String
    /// Set when there is nothing to read, and not something wrong in it.
    public var isMissing: Bool

    public init(file: String, what: String, isMissing: Bool = false) {
        self.file = file
        self.what = what
        self.isMissing = isMissing
    }

    public var description: String { "\(visible(file, limit: 200)): \(what)" }
}

/// Counts of a test run (JUnit XML).
public struct TestResults: Sendable, Equatable {
    public struct Case: Sendable, Equatable {
        public var name: String
        public var message: String
        public var isError: Bool
    }
    public var total = 0
    public var failed = 0
    public var errors = 0
    public var skipped = 0
    public var suites = 0
    /// The first that failed, at most twenty.
    public var failures: [Case] = []
    /// Names of those that passed, at most 100,000.
    public var passedNames: [String] = []

    var ran: Int { max(0, total - skipped) }
    var passed: Int { max(0, ran - failed - errors) }
}

/// Which lines of which file ran.
public struct LineCoverage: Sendable, Equatable {
    /// Path → line → whether it ran.
    public var files: [String: [Int: Bool]] = [:]

    mutating func note(_ file: String, _ line: Int, hits: Bool) {
        files[file, default: [:]][line] = (files[file]?[line] ?? false) || hits
    }

    mutating func merge(_ other: LineCoverage) {
        for (file, lines) in other.files { files[file, default: [:]].merge(lines) { $0 || $1 } }
    }

    func count(_ isWanted: (String) -> Bool) -> (files: Int, lines: Int, hit: Int) {
        var result = (files: 0, lines: 0, hit: 0)
        for (file, lines) in files where isWanted(file) {
            result.files += 1
            result.lines += lines.count
            result.hit += lines.count { $0.value }
        }
        return result
    }
}

/// What a scanner found (SARIF 2.1.0).
public struct ScannerFindings: Sendable, Equatable {
    public enum Weight: Int, Sendable, Comparable, CaseIterable {
        case note, low, medium, high, critical
        public static func < (one: Weight, other: Weight) -> Bool { one.rawValue < other.rawValue }
        public var word: String { "\(self)" }
    }
    public struct Finding: Sendable, Equatable {
        public var rule: String
        public var weight: Weight
        public var message: String
        public var file: String?
        public var line: Int?
    }
    public var tools: [String] = []
    public var runs = 0
    /// Runs whose tool said that it did not get through.
    public var brokenRuns = 0
    public var findings: [Finding] = []
    public var suppressed = 0
}

/// Times of a load run, in milliseconds.
public struct ImportedLoad: Sendable, Equatable {
    public struct Route: Sendable, Equatable {
        public var name: String
        public var requests: Int
        public var failures: Int
        public var p95: Double?
    }
    public var requests = 0
    public var failures = 0
    public var p95: Double?
    public var routes: [Route] = []
    /// Thresholds of the tool's own that were crossed.
    public var crossed: [String] = []
}

/// What a type checker said.
public struct TypeCheck: Sendable, Equatable {
    public var tool: String
    public var errors = 0
    /// Files that it looked at; nil when it didn't say.
    public var files: Int?
    /// Files with an error; nil when it didn't say.
    public var filesWithErrors: Int?
    /// Per cent of expressions or symbols with a type.
    public var coverage: Double?
    public var examples: [String] = []
}

/// SHA-256 as hexadecimal digits.
func sha256(_ bytes: some Sequence<UInt8>) -> String { hexadecimal(SHA256.hash(data: Array(bytes))) }

func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    var out: [UInt8] = []
    let digits = Array("0123456789abcdef".utf8)
    for byte in bytes { out += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
    return text(of: out)
}
