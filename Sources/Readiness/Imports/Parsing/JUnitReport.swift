/// JUnit XML as pytest, Surefire, jest-junit, Swift Testing and others write it.
enum JUnitReport {
    struct Reading {
        var results = TestResults()
        var madeAt: Int64?
        var commit: String?
    }

    /// Counts the cases themselves: totals that a tool wrote are only compared.
    static func read(_ bytes: [UInt8]) throws(XMLProblem) -> Reading {
        var reader = try XMLReader(bytes)
        var reading = Reading()
        var stated = Stated()
        var name = ""
        var outcome = Outcome.passed
        var depth = 0
        var isRoot = true
        var isTelling = false
        while let event = try reader.next() {
            switch event {
            case .start(let element, let attributes):
                defer { isRoot = false }
                if isRoot, element != "testsuites", element != "testsuite" {
                    throw XMLProblem(line: 1, what: "<\(visible(element, limit: 40))> is no JUnit report")
                }
                switch element {
                case "testsuite", "testsuites":
                    depth &+= 1
                    try stated.note(element, attributes, depth)
                    if element == "testsuite" { reading.results.suites &+= 1 }
                    reading.madeAt = max(reading.madeAt ?? 0, attributes.timestamp ?? 0)
                case "testcase":
                    let scope = attributes.text("classname")
                    name = scope.isEmpty ? attributes.text("name") : "\(scope).\(attributes.text("name"))"
                    outcome = attributes.didRun ? .passed : .skipped
                case "failure":
                    outcome = outcome.worse(.failed(attributes.text("message")))
                    isTelling = true
                case "error":
                    outcome = outcome.worse(.error(attributes.text("message")))
                    isTelling = true
                case "skipped": outcome = outcome.worse(.skipped)
                case "property"
                where ["commit", "git.commit", "revision", "git-sha", "sha"].contains(
                    attributes.text("name").lowercased()):
                    reading.commit = attributes.text("value")
                default: break
                }
            case .text(let words) where isTelling: outcome.tell(words)
            case .end("failure"), .end("error"): isTelling = false
            case .end("testcase"): reading.results.note(name, outcome)
            default: break
            }
        }
        if reading.madeAt == 0 { reading.madeAt = nil }
        try stated.compare(reading.results)
        return reading
    }

    enum Outcome {
        case passed
        case skipped
        case failed(String)
        case error(String)

        private var rank: Int {
            switch self {
            case .passed: 0
            case .skipped: 1
            case .failed: 2
            case .error: 3
            }
        }
        func worse(_ other: Outcome) -> Outcome { other.rank > rank ? other : self }

        /// Jest and others have no `message`: the first line of what stands inside is it.
        mutating func tell(_ words: String) {
            let first = words.split(whereSeparator: \.isNewline).first { !$0.trimmed.isEmpty }
            guard let line = first.map({ String($0.trimmed.prefix(400)) }) else { return }
            switch self {
            case .failed(let message) where message.trimmed.isEmpty: self = .failed(line)
            case .error(let message) where message.trimmed.isEmpty: self = .error(line)
            case .passed, .skipped, .failed, .error: break
            }
        }
    }

    /// The totals that the outermost elements carry.
    private struct Stated {
        var tests: Int?

        mutating func note(_ element: String, _ attributes: [String: String], _ depth: Int) throws(XMLProblem) {
            for key in ["tests", "failures", "errors", "skipped"] {
                let written = attributes.text(key)
                guard !written.isEmpty else { continue }
                guard let number = Int(written), number >= 0 else {
                    throw XMLProblem(line: 1, what: "\(key)=\"\(visible(written, limit: 20))\" is no count")
                }
                if key == "tests", depth == 1 { tests = number }
            }
        }

        /// A report that was cut and closed again must not look better than it is.
        func compare(_ results: TestResults) throws(XMLProblem) {
            guard let tests, results.total > 0, tests > results.total else { return }
            throw XMLProblem(line: 1, what: "says \(tests) tests, and holds \(results.total): it isn't whole")
        }
    }
}

extension TestResults {
    fileprivate mutating func note(_ name: String, _ outcome: JUnitReport.Outcome) {
        total &+= 1
        switch outcome {
        case .passed: if passedNames.count < 100_000 { passedNames.append(name) }
        case .skipped: skipped &+= 1
        case .failed(let message):
            failed &+= 1
            if failures.count < 20 { failures.append(Case(name: name, message: message, isError: false)) }
        case .error(let message):
            errors &+= 1
            if failures.count < 20 { failures.append(Case(name: name, message: message, isError: true)) }
        }
    }
}

extension [String: String] {
    /// The attribute, or nothing.
    func text(_ key: String) -> String {
        // can't trap: a dictionary answers nil for what it doesn't have
        self[key] ?? ""
    }

    /// GoogleTest and others keep cases that were switched off, and say so in an attribute.
    fileprivate var didRun: Bool {
        !["notrun", "disabled", "skipped", "ignored"].contains(text("status").lowercased())
            && !["suppressed", "skipped", "ignored", "disabled"].contains(text("result").lowercased())
    }

    /// `timestamp` as ISO 8601, or as seconds or milliseconds since 1970.
    var timestamp: Int64? { secondsSinceEpoch(text("timestamp")) }
}
