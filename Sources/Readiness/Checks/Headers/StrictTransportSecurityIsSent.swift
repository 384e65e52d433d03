/// Judges the value by RFC 6797 §6.1 and ASVS: at least a year, subdomains included.
struct StrictTransportSecurityIsSent: Check {
    let sheet = CheckSheet(
        "headers.strict-transport-security", "Browsers are told to come back over https only", area: .headers,
        side: .edge, severity: .major, asvs: "V3.4.1", flaw: "missing-hsts",
        rationale: "Without it, the first request of every visit can be answered by whoever sits in between.",
        remediation: "Send `Strict-Transport-Security: max-age=31536000; includeSubDomains` on every https answer.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        guard target.site.scheme == .https else {
            throw Obstacle.notApplicable(
                "the target is plain http, where browsers ignore it (tls.redirect judges that)")
        }
        let seen = try await target.livePage()
        guard let value = seen.answer.first("strict-transport-security") else {
            return [.fails(seen.subject, "no Strict-Transport-Security", seen)]
        }
        let parts = value.lowercased().split(separator: ";").map(\.trimmed)
        let age = parts.first { $0.hasPrefix("max-age=") }.flatMap { Int($0.dropFirst(8).filter { $0 != "\"" }) }
        guard let age, age >= 31_536_000 else {
            return [.fails(seen.subject, "`\(value)` is less than a year", seen)]
        }
        guard parts.contains("includesubdomains") else {
            return [.fails(seen.subject, "`\(value)` leaves subdomains out", seen)]
        }
        return [.holds(seen.subject, "`\(value)`", seen)]
    }
}
