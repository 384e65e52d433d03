struct HealthIsAnswered: Check {
    let sheet = CheckSheet(
        "health.live", "A health address answers", area: .delivery, side: .edge, severity: .minor, asvs: nil,
        flaw: "missing-health",
        rationale: "Load balancers, orchestrators and people need to ask whether the app lives.",
        remediation: "Answer `GET /health/live` with 200 and nothing that costs or tells anything.")

    /// Names under which frameworks and servers have it.
    private static let usual = ["/health/live", "/healthz", "/health", "/healthcheck", "/-/healthy"]

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        let unknown = try await target.unknownPage()
        var looked: [Sighting] = []
        for path in Self.usual {
            let seen = try await target.get(path)
            looked.append(seen)
            guard seen.answer.isSuccess else { continue }
            if unknown.answer.isSuccess, unknown.answer.bodyBytes == seen.answer.bodyBytes { continue }
            return [.holds(seen.subject, "\(seen.status), \(seen.answer.bodyBytes) bytes", seen)]
        }
        if unknown.answer.isSuccess {
            return [.notAvailable("/health/live", "unknown paths get a page: a health address can't be told apart")]
        }
        guard let first = looked.first else { return [] }
        return [.fails(Self.usual.joined(separator: ", "), "none of them answers 200", first)]
    }
}
