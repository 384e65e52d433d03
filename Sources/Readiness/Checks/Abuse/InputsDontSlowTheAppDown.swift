/// Inputs of one length, some of which make patterns backtrack: none may take many times as long as plain text.
struct InputsDontSlowTheAppDown: Check {
    let sheet = CheckSheet(
        "abuse.slow-input", "No short input keeps the app busy for long", area: .injection, side: .app,
        severity: .major,
        asvs: "V1.3.12", flaw: "slow-input", needs: [.search],
        rationale: "One request a second that takes a second each is all that it needs to keep everybody else out.",
        remediation:
            "Bound the length first; use patterns without nested repetition, or an engine that can't backtrack.")

    private static let length = 50

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        guard let rule = target.configuration.search else { return [] }
        let who = target.configuration.identities.isEmpty ? nil : try await target.who(rule.identity)
        func took(_ value: String) async throws -> Sighting {
            let path = fill(rule.operation.path, ["value": formEncoded(value)])
            return try await target.send(
                ProbeRequest(rule.operation.method, path, fields: Reconnaissance.program), as: who)
        }
        var plain: [Sighting] = []
        for index in 0..<3 {
            let word = "zq\(target.nonce)\(index)"
            plain.append(
                try await took(String((word + String(repeating: "lorem ipsum ", count: 9)).prefix(Self.length))))
        }
        guard let first = plain.first, first.status < 500 else {
            return [
                .notAvailable(plain.first?.subject ?? "search", "plain text is answered \(plain.first?.status ?? 0)")
            ]
        }
        let control = try await took(rule.value)
        guard control.status != first.status || control.answer.body != first.answer.body else {
            return [.notAvailable(control.subject, "the search answers the same whatever is looked for", control)]
        }
        let baseline = median(plain.map(\.answer.milliseconds))
        let limit = max(baseline * 10, baseline + 500)
        for (what, letters) in [
            ("brackets", "("), ("one letter and a mark", "a"), ("at signs", "a@"), ("spaces", " "),
            ("square brackets", "["),
        ] {
            let text = String(String(repeating: letters, count: Self.length).prefix(Self.length - 1)) + "!"
            var slow = try await took(text)
            guard slow.answer.milliseconds > limit else { continue }
            // Once may be chance: it has to be slow three times, and plain text quick between.
            var isSlow = true
            for index in 0..<2 where isSlow {
                let control = try await took(String("zq\(target.nonce)c\(index) lorem ipsum".prefix(Self.length)))
                slow = try await took(text)
                isSlow = slow.answer.milliseconds > limit && control.answer.milliseconds < limit
            }
            if isSlow {
                return [
                    .fails(
                        slow.subject,
                        "\(Self.length) \(what) take \(Int(slow.answer.milliseconds)) ms, three times over; plain text of that "
                            + "length \(TerminalReport.tenths(baseline)) ms", slow, first)
                ]
            }
        }
        return [
            .holds(
                first.subject,
                "five inputs of \(Self.length) characters that make patterns backtrack take no longer than plain text "
                    + "(\(TerminalReport.tenths(baseline)) ms)", first)
        ]
    }
}

/// The middle of some numbers; 0 of none.
func median(_ numbers: [Double]) -> Double {
    let sorted = numbers.sorted()
    guard !sorted.isEmpty else { return 0 }
    return sorted.count % 2 == 1
        ? sorted[sorted.count / 2] : (sorted[sorted.count / 2 - 1] + sorted[sorted.count / 2]) / 2
}
