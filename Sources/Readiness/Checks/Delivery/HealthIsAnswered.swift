struct HealthIsAnswered: Check {
    let sheet = CheckSheet(
        "health.live", "A health address answers", area: .delivery, side: .edge, severity: .minor, asvs: nil,
        flaw: "missing-health",
        rationale: "Load balancers, orchestrators and people need to ask whether the app lives.",
        remediation: "Answer `GET /health/live` with 200 and nothing that costs or tells anything.")

    /// Names under which frameworks and servers have it.
    private static let usual = [
        "/health/live", "/healthz", "/health", "/healthcheck", "/-/healthy", "/up", "/actuator/health",
    ]
    /// Last words of such an address, where a description names it.
    private static let words: Set<String> = [
        "health", "healthz", "healthcheck", "heartbeat", "__heartbeat__", "live", "liveness", "livez", "status", "ping",
    ]

    /// The usual ones, those of a description, and those below the folder that the app lives in.
    private static func places(_ target: Reconnaissance) async -> [String] {
        let described = ((try? await target.openAPI().entries) ?? []).filter {
            $0.isRead && !$0.hasParameters
                && words.contains($0.path.lowercased().split(separator: "/").last.map(String.init) ?? "")
        }.map(\.path).prefix(3)
        let start = target.startPath.prefix { $0 != "?" }
        let folder = start.prefix(through: start.lastIndex(of: "/") ?? start.startIndex)
        let own = folder.count > 1 ? ["health", "__heartbeat__"].map { "\(folder)\($0)" } : []
        var places: [String] = []
        for place in described + own + usual where !places.contains(place) { places.append(place) }
        return places
    }

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        let unknown = try await target.unknownPage()
        var looked: [Sighting] = []
        let places = await Self.places(target)
        await target.ahead(places.map { .get($0) })
        for path in places {
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
        return [.fails(places.joined(separator: ", "), "none of them answers 200", first)]
    }
}
