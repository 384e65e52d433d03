/// Inputs of one length, some of which make patterns backtrack: none may take many times as long as plain text.
struct InputsDontSlowTheAppDown: Check {
    let sheet = CheckSheet(
        "abuse.slow-input", "No short input keeps the app busy for long", area: .injection, side: .app,
        severity: .major,
        asvs: "V1.3.12", flaw: "slow-input",
        rationale: "One request a second that takes a second each is all that it needs to keep everybody else out.",
        remediation:
            "Bound the length first; use patterns without nested repetition, or an engine that can't backtrack.")

    private static let (shortLength, length) = (24, 50)

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        let isSignedIn = !target.configuration.identities.isEmpty
        if let rule = target.configuration.search {
            let question = Question(
                operation: rule.operation, value: rule.value,
                who: isSignedIn ? try await target.who(rule.identity) : nil,
                isDeclared: true)
            return [try await judge(question, target)]
        }
        // Fifteen requests each: the run of an app of which nothing is declared has few to spend, and others come after.
        let left = target.bounds.requests - (await target.requests)
        let most = min(8, left / 15 - 1)
        let start = ContinuousClock.now
        guard most > 0 else {
            throw Obstacle.undeclared("too few requests are left to look for one (declare `search`)", [.search])
        }
        let who = isSignedIn ? try await target.who(nil) : nil
        var all: [Observation] = []
        for input in try await target.inputs() where all.count < most {
            if !all.isEmpty, ContinuousClock.now - start > .seconds(3) { break }
            let question = Question(
                operation: Operation(method: "GET", path: input.template()), value: input.plainValue, who: who,
                isDeclared: false)
            all.append(try await judge(question, target))
        }
        guard !all.isEmpty else {
            throw Obstacle.undeclared("no page and no description shows a parameter that takes text", [.search])
        }
        return all
    }

    private struct Question {
        let operation: Operation
        /// Finds something.
        let value: String
        let who: String?
        /// A person says that it searches; of what was only found it is tried alone whether it takes time.
        let isDeclared: Bool
    }

    private func judge(_ rule: Question, _ target: Reconnaissance) async throws -> Observation {
        func took(_ value: String) async throws -> Sighting {
            let path = fill(rule.operation.path, ["value": formEncoded(value)])
            return try await target.send(
                ProbeRequest(rule.operation.method, path, fields: Reconnaissance.program), as: rule.who)
        }
        var plain: [Sighting] = []
        for index in 0..<3 {
            let word = "zq\(target.nonce)\(index)"
            plain.append(
                try await took(String((word + String(repeating: "lorem ipsum ", count: 9)).prefix(Self.length))))
        }
        guard let first = plain.first, first.status < 500 else {
            return .notAvailable(
                plain.first?.subject ?? "search", "plain text is answered \(plain.first?.status ?? 0)")
        }
        let control = try await took(rule.value)
        // A fault is one whatever it answers; that there is none shows only where the value counts.
        let counts = control.status != first.status || control.answer.body != first.answer.body
        guard counts || !rule.isDeclared else {
            return .notAvailable(control.subject, "the search answers the same whatever is looked for", control)
        }
        let baseline = median(plain.map(\.answer.milliseconds))
        let limit = max(baseline * 10, baseline + 500)
        for (what, letters) in [
            ("brackets", "("), ("letters", "a"), ("a letter and a mark", "a@"), ("spaces", " "),
            ("square brackets", "["),
        ] {
            // The short one first: what doubles with every letter would take the app away for good.
            for length in [Self.shortLength, Self.length] {
                let text = String(String(repeating: letters, count: length).prefix(length - 1)) + "!"
                guard let slow = try await Self.slow(text, limit, took, target) else { continue }
                return .fails(
                    slow.subject,
                    "\(length) \(what) take \(Int(slow.answer.milliseconds)) ms, three times over; plain text of that "
                        + "length \(TerminalReport.tenths(baseline)) ms", slow, first)
            }
        }
        guard counts else {
            return .notAvailable(control.subject, "it answers the same whatever it is given", control)
        }
        return .holds(
            first.subject,
            "five inputs of \(Self.length) characters that make patterns backtrack take no longer than plain text "
                + "(\(TerminalReport.tenths(baseline)) ms)", first)
    }

    /// The answer to an input that is slow three times, while plain text between is quick: once may be chance.
    private static func slow(
        _ text: String, _ limit: Double, _ took: (String) async throws -> Sighting, _ target: Reconnaissance
    ) async throws -> Sighting? {
        var slow = try await took(text)
        guard slow.answer.milliseconds > limit else { return nil }
        for index in 0..<2 {
            let control = try await took(String("zq\(target.nonce)c\(index) lorem ipsum".prefix(length)))
            slow = try await took(text)
            guard slow.answer.milliseconds > limit, control.answer.milliseconds < limit else { return nil }
        }
        return slow
    }
}

/// The middle of some numbers; 0 of none.
func median(_ numbers: [Double]) -> Double {
    let sorted = numbers.sorted()
    guard !sorted.isEmpty else { return 0 }
    return sorted.count % 2 == 1
        ? sorted[sorted.count / 2] : (sorted[sorted.count / 2 - 1] + sorted[sorted.count / 2]) / 2
}
