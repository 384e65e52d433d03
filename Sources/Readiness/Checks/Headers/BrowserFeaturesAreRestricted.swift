struct BrowserFeaturesAreRestricted: Check {
    let sheet = CheckSheet(
        "headers.permissions-policy", "Camera, microphone and place are switched off where they aren't used",
        area: .headers, side: .edge, severity: .minor, asvs: "V3.1.1", flaw: "missing-permissions-policy",
        rationale: "Script that gets into a page can ask for whatever the page may ask for.",
        remediation: "Send `Permissions-Policy: camera=(), microphone=(), geolocation=()` and more of the kind.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        let seen = try await target.livePage()
        let features = seen.answer.all("permissions-policy").flatMap { $0.split(separator: ",").map(\.trimmed) }
        guard !features.isEmpty else { return [.fails(seen.subject, "no Permissions-Policy", seen)] }
        let closed = features.filter { $0.contains("=") && !$0.hasSuffix("=*") }
        return closed.isEmpty
            ? [.fails(seen.subject, "the policy restricts nothing", seen)]
            : [.holds(seen.subject, "\(closed.count) features restricted", seen)]
    }
}
