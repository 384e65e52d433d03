struct ContentTypeIsNotSniffed: Check {
    let sheet = CheckSheet(
        "headers.content-type-options", "Browsers are told not to guess content types", area: .headers, side: .edge,
        severity: .minor, asvs: "V3.4.4", flaw: "missing-nosniff",
        rationale: "A browser that guesses may run an uploaded text or picture as a script.",
        remediation: "Send `X-Content-Type-Options: nosniff` on every answer.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        let seen = try await target.livePage()
        guard let value = seen.answer.first("x-content-type-options") else {
            return [.fails(seen.subject, "no X-Content-Type-Options", seen)]
        }
        return value.trimmed.lowercased() == "nosniff"
            ? [.holds(seen.subject, "`nosniff`", seen)] : [.fails(seen.subject, "`\(value)` is not `nosniff`", seen)]
    }
}
