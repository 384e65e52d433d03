struct ReferrersAreKeptShort: Check {
    let sheet = CheckSheet(
        "headers.referrer-policy", "Addresses of pages aren't handed to other sites", area: .headers, side: .edge,
        severity: .minor, asvs: "V3.4.5", flaw: "missing-referrer-policy",
        rationale: "Addresses carry names, searches and sometimes tokens; browsers pass them on with every link.",
        remediation: "Send `Referrer-Policy: strict-origin-when-cross-origin`, or `no-referrer`.")

    private static let good: Set<String> = [
        "no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin",
    ]

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        let seen = try await target.livePage()
        let all = seen.answer.all("referrer-policy").flatMap { $0.lowercased().split(separator: ",").map(\.trimmed) }
        // The last value that a browser knows counts (Referrer Policy §8.1).
        guard let value = all.last(where: { !$0.isEmpty }) else {
            return [.fails(seen.subject, "no Referrer-Policy", seen)]
        }
        return Self.good.contains(value)
            ? [.holds(seen.subject, "`\(value)`", seen)]
            : [.fails(seen.subject, "`\(value)` gives whole addresses away", seen)]
    }
}
