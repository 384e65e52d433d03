struct OtherOriginsAreKeptApart: Check {
    let sheet = CheckSheet(
        "headers.cross-origin-policies", "Windows and files are kept apart from other origins", area: .headers,
        side: .edge, severity: .minor, asvs: "V3.4.8", flaw: "missing-cross-origin-policies",
        rationale: "Pages that share a process or a window with strangers can be read through side channels.",
        remediation: "Send `Cross-Origin-Opener-Policy: same-origin` and `Cross-Origin-Resource-Policy: same-origin`.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        let seen = try await target.livePage()
        let opener = seen.answer.first("cross-origin-opener-policy").map {
            $0.prefix { $0 != ";" }.trimmed.lowercased()
        }
        let resource = seen.answer.first("cross-origin-resource-policy")?.trimmed.lowercased()
        var missing: [String] = []
        if !["same-origin", "same-origin-allow-popups", "noopener-allow-popups"].contains(opener ?? "") {
            missing.append("Cross-Origin-Opener-Policy" + (opener.map { " (`\($0)`)" } ?? ""))
        }
        if !["same-origin", "same-site"].contains(resource ?? "") {
            missing.append("Cross-Origin-Resource-Policy" + (resource.map { " (`\($0)`)" } ?? ""))
        }
        return missing.isEmpty
            ? [.holds(seen.subject, "opener `\(opener ?? "")`, resource `\(resource ?? "")`", seen)]
            : [.fails(seen.subject, "missing or open: " + missing.joined(separator: ", "), seen)]
    }
}
