/// Differential: a quote must not break what nonsense doesn't, and a tautology must not find more.
struct SearchesAreParameters: Check {
    let sheet = CheckSheet(
        "injection.sql", "What is searched for never becomes part of a statement", area: .injection, side: .app,
        severity: .critical, asvs: "V1.2.4", flaw: "sql-injection",
        rationale: "A quote that ends a string in SQL reads, changes and deletes what it likes.",
        remediation: "Pass values as parameters; never build statements out of text.")

    /// Of those that were found without being declared; each costs four or five requests.
    private static let mostInputs = 4

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        let isSignedIn = !target.configuration.identities.isEmpty
        if let rule = target.configuration.search {
            let who = isSignedIn ? try await target.who(rule.identity) : nil
            let question = Question(
                operation: rule.operation, value: rule.value, fields: Reconnaissance.program, who: who, isDeclared: true
            )
            return [try await judge(question, target)]
        }
        var all: [Observation] = []
        for input in try await target.inputs().prefix(Self.mostInputs) {
            let question = Question(
                operation: Operation(method: "GET", path: input.template()),
                value: input.plainValue.isEmpty ? "a" : input.plainValue, fields: Reconnaissance.browser,
                who: isSignedIn ? try await target.who(nil) : nil, isDeclared: false)
            all.append(try await judge(question, target))
        }
        guard !all.isEmpty else {
            throw Obstacle.undeclared("no page and no description shows a parameter to search by", [.search])
        }
        return all
    }

    private struct Question {
        let operation: Operation
        /// Finds something.
        let value: String
        let fields: [(String, String)]
        let who: String?
        /// A person says that it searches. Of what was only found, it has to show first.
        let isDeclared: Bool
    }

    private func judge(_ question: Question, _ target: Reconnaissance) async throws -> Observation {
        func search(_ value: String) async throws -> Sighting {
            let path = fill(question.operation.path, ["value": formEncoded(value).replacing("+", with: "%20")])
            return try await target.send(
                ProbeRequest(question.operation.method, path, fields: question.fields), as: question.who)
        }
        let plain = try await search(question.value)
        guard plain.answer.isSuccess, plain.answer.bodyBytes > 2 else {
            return .notAvailable(plain.subject, "the search for `\(question.value)` answers \(plain.status)", plain)
        }
        // Nothing is called like this, unless a statement says that everything is. Numbers stand there without quotes.
        let isNumber = question.value.allSatisfy { $0.isASCII && $0.isNumber }
        let nonsense = isNumber ? "987654321" : "zq\(target.nonce)"
        let none = try await search(nonsense)
        guard none.status != plain.status || none.answer.body != plain.answer.body else {
            return .notAvailable(plain.subject, "the search answers the same whatever is looked for", plain)
        }
        let quote = try await search("\(nonsense)'")
        // What breaks on a letter as well breaks on whatever is no number, which is no matter of quotes.
        let other = isNumber ? try await search("\(nonsense)x") : none
        if let leak = LeakedInternals.found(in: quote.answer), LeakedInternals.found(in: other.answer) == nil {
            return .fails(quote.subject, "a quote brings out \(leak)", quote, other)
        }
        if quote.status >= 500, other.status < 500 {
            return .fails(
                quote.subject, "a quote gives \(quote.status), the same without it \(other.status)", quote, other)
        }
        let always = try await search(isNumber ? "\(nonsense) OR 1=1" : "\(nonsense)%' OR '1%'='1")
        if always.status >= 500, other.status < 500 {
            return .fails(always.subject, "a condition in quotes gives \(always.status)", always, none)
        }
        let (few, many) = (Self.count(none.answer), Self.count(always.answer))
        if none.answer.isSuccess, always.answer.isSuccess, many > few {
            let condition = isNumber ? "OR 1=1" : "OR '1%'='1"
            return .fails(
                always.subject, "`\(condition)` finds \(many) values where nothing should be found", always, none)
        }
        guard question.isDeclared || Self.count(plain.answer) > few else {
            return .notAvailable(
                plain.subject, "`\(question.value)` finds no more than nonsense does: it seems to search nothing", plain
            )
        }
        return .holds(
            always.subject, "a quote and a condition find what nonsense finds; `\(question.value)` finds something",
            always, quote, plain)
    }

    /// How many scalar values an answer holds: JSON counted, text by its tags.
    private static func count(_ answer: Answer) -> Int {
        func scalars(_ value: JSONValue) -> Int {
            switch value {
            case .array(let items): items.reduce(0) { $0 + scalars($1) }
            case .object(let members): members.values.reduce(0) { $0 + scalars($1) }
            case .null: 0
            default: 1
            }
        }
        if let json = answer.json { return scalars(json) }
        return answer.bodyText.split(separator: "<").count
    }
}
