/// Differential: a quote must not break what a doubled quote doesn't, and a tautology must not find more.
struct SearchesAreParameters: Check {
    let sheet = CheckSheet(
        "injection.sql", "What is searched for never becomes part of a statement", area: .injection, side: .app,
        severity: .critical, asvs: "V1.2.4", flaw: "sql-injection", needs: [.search],
        rationale: "A quote that ends a string in SQL reads, changes and deletes what it likes.",
        remediation: "Pass values as parameters; never build statements out of text.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        guard let rule = target.configuration.search else { return [] }
        let who = target.configuration.identities.isEmpty ? nil : try await target.who(rule.identity)
        func search(_ value: String) async throws -> Sighting {
            try await target.send(
                ProbeRequest(
                    rule.operation.method,
                    fill(rule.operation.path, ["value": formEncoded(value).replacing("+", with: "%20")]),
                    fields: Reconnaissance.program), as: who)
        }
        let plain = try await search(rule.value)
        guard plain.answer.isSuccess, plain.answer.bodyBytes > 2 else {
            return [.notAvailable(plain.subject, "the search for `\(rule.value)` answers \(plain.status)", plain)]
        }
        // Nothing is called like this, unless a statement says that everything is.
        let none = try await search("zq\(target.nonce)")
        guard none.status != plain.status || none.answer.body != plain.answer.body else {
            return [.notAvailable(plain.subject, "the search answers the same whatever is looked for", plain)]
        }
        let quote = try await search("zq\(target.nonce)'")
        if let leak = LeakedInternals.found(in: quote.answer) {
            return [.fails(quote.subject, "a quote brings out \(leak)", quote, none)]
        }
        if quote.status >= 500 {
            return [
                .fails(quote.subject, "a quote gives \(quote.status), the same without it \(none.status)", quote, none)
            ]
        }
        let always = try await search("zq\(target.nonce)%' OR '1%'='1")
        if always.status >= 500 {
            return [.fails(always.subject, "a condition in quotes gives \(always.status)", always, none)]
        }
        let (few, many) = (Self.count(none.answer), Self.count(always.answer))
        if none.answer.isSuccess, always.answer.isSuccess, many > few {
            return [
                .fails(always.subject, "`OR '1%'='1` finds \(many) values where nothing should be found", always, none)
            ]
        }
        return [
            .holds(
                always.subject, "a quote and a condition find what nonsense finds; `\(rule.value)` finds something",
                always,
                quote, plain)
        ]
    }

    /// How many scalar values an answer holds: JSON counted, text by its lines.
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
