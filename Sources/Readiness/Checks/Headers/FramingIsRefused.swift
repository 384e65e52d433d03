struct FramingIsRefused: Check {
    let sheet = CheckSheet(
        "headers.frame-protection", "Other sites can't put the pages into a frame", area: .headers, side: .edge,
        severity: .minor, asvs: "V3.4.6", flaw: "missing-frame-options",
        rationale: "A page in somebody else's frame gets clicks that people meant for something else.",
        remediation:
            "Send `frame-ancestors 'none'` (or `'self'`) in the Content-Security-Policy; `X-Frame-Options: DENY` "
            + "for old browsers.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        let seen = try await target.livePage()
        let directives = seen.answer.all("content-security-policy")
            .flatMap { $0.lowercased().split(whereSeparator: { $0 == ";" || $0 == "," }) }.map(\.trimmed)
        if let ancestors = directives.first(where: { $0.hasPrefix("frame-ancestors") }) {
            let sources = ancestors.split(whereSeparator: \.isWhitespace).dropFirst()
            let open = sources.contains { ["*", "https:", "http:"].contains($0) }
            return open
                ? [.fails(seen.subject, "`\(ancestors)` lets any site frame it", seen)]
                : [.holds(seen.subject, "`\(ancestors)`", seen)]
        }
        guard let value = seen.answer.first("x-frame-options") else {
            return [.fails(seen.subject, "neither frame-ancestors nor X-Frame-Options", seen)]
        }
        return ["deny", "sameorigin"].contains(value.trimmed.lowercased())
            ? [.holds(seen.subject, "`X-Frame-Options: \(value)`", seen)]
            : [.fails(seen.subject, "`X-Frame-Options: \(value)` is neither DENY nor SAMEORIGIN", seen)]
    }
}
