struct TheOriginIsNotReachable: Check {
    let sheet = CheckSheet(
        "origin.not-reachable", "The app can't be reached around the layer in front of it", area: .transport,
        side: .edge, severity: .critical, asvs: "V13.2.1", flaw: nil, needs: [.origin],
        rationale: "A guard that can be walked around guards nothing.",
        remediation: "Listen on a Unix socket or on loopback, or let a firewall pass only the layer in front.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        guard let origin = target.configuration.origin else { throw Obstacle.notAvailable("no --origin was given") }
        let page = try await target.livePage()
        if origin.isSameOrigin(as: target.site) {
            throw Obstacle.notAvailable("--origin is the target itself")
        }
        do {
            let seen = try await target.send(
                .get(target.startPath, Reconnaissance.browser), elsewhere: origin)
            return [.fails(origin.origin, "answers \(seen.status) to whoever asks it directly", seen)]
        } catch let failure as ClientFailure {
            guard case .connect = failure else {
                return [.fails(origin.origin, "takes connections (\(failure))")]
            }
            return [.holds(origin.origin, "no connection, while the target answers \(page.status)", page)]
        }
    }
}
