/// Frameworks add headers to what handlers return and forget what the framework itself answers.
struct EveryStatusCarriesTheHeaders: Check {
    let sheet = CheckSheet(
        "headers.on-every-status", "Errors carry the same security headers as pages", area: .headers, side: .edge,
        severity: .minor, asvs: "V3.4.4", flaw: "headers-missing-on-errors",
        rationale: "An error page is a page of the origin too: script in it runs with the same rights.",
        remediation: "Add the headers outside of routing (`always` in nginx, the outermost middleware elsewhere).")

    private static let names = [
        "strict-transport-security", "content-security-policy", "x-content-type-options", "x-frame-options",
        "referrer-policy", "permissions-policy",
    ]

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        let page = try await target.livePage()
        let carried = Self.names.filter { page.answer.first($0) != nil }
        guard !carried.isEmpty else {
            throw Obstacle.notApplicable("the page itself carries none of the headers: nothing to lose on errors")
        }
        var all: [Observation] = []
        for seen in [try await target.unknownPage(), try await target.unknownAPI(), try await target.wrongMethod()]
        where seen.status >= 400 {
            let missing = carried.filter { seen.answer.first($0) == nil }
            all.append(
                missing.isEmpty
                    ? .holds(seen.subject, "\(seen.status) carries all \(carried.count) of them", seen)
                    : .fails(seen.subject, "\(seen.status) without \(missing.joined(separator: ", "))", seen))
        }
        guard !all.isEmpty else { throw Obstacle.notAvailable("no request was answered with an error") }
        return all
    }
}
