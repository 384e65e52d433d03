/// Only the app's owner knows what is meant for nobody: the configuration names it.
struct ClosedRoutesAnswerNobody: Check {
    let sheet = CheckSheet(
        "exposure.closed-routes", "Addresses that are meant for nobody answer nobody", area: .exposure, side: .edge,
        severity: .major, asvs: "V13.4.2", flaw: "internal-routes",
        rationale: "Status pages, jobs and old versions that only the inside needs are found by guessing their names.",
        remediation:
            "Deny them in the layer in front (`routes.list: [{path: /internal/**, access: deny}]`), or don't route them."
    )

    private static let most = 3

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        let closed = target.configuration.closed
        guard !closed.isEmpty else {
            throw Obstacle.notApplicable("no address is declared closed (`closed: [/internal/status]`)")
        }
        let page = try await target.livePage()
        var all: [Observation] = []
        for path in closed.prefix(Self.most) {
            let seen = try await target.get(path, Reconnaissance.browser)
            switch seen.status {
            case 200..<300: all.append(.fails(seen.subject, "\(seen.status), \(seen.answer.bodyBytes) bytes", seen))
            case 401, 403, 404, 410:
                all.append(.holds(seen.subject, "\(seen.status), \(page.status) for the start page", seen))
            default: all.append(.notAvailable(seen.subject, "\(seen.status): neither served nor clearly closed", seen))
            }
        }
        if closed.count > Self.most {
            all.append(
                .notAvailable("\(closed.count - Self.most) more", "not asked, to keep the number of requests low"))
        }
        return all
    }
}
