struct PlainHTTPLeadsToHTTPS: Check {
    let sheet = CheckSheet(
        "tls.redirect", "Plain http only leads to https", area: .transport, side: .edge, severity: .major,
        asvs: "V12.2.1", flaw: "no-https-redirect",
        rationale: "What is served over plain http, passwords and cookies included, is anybody's on the way.",
        remediation:
            "Answer every plain request with 308 (or 301) to the same path under https, and serve nothing else.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        if target.site.scheme == .http {
            let seen = try await target.get(target.startPath, Reconnaissance.browser)
            return [judge(seen, at: target.site)]
        }
        guard let plain = target.configuration.plainURL else {
            throw Obstacle.undeclared("the plain http address isn't known (`plain-url`)", [.plainURL])
        }
        // The control: the same path must be served over https.
        _ = try await target.page()
        let seen: Sighting
        do {
            seen = try await target.send(.get(target.startPath, Reconnaissance.browser), elsewhere: plain)
        } catch let failure as ClientFailure {
            guard case .connect = failure else { throw failure }
            return [.holds(plain.origin, "nothing listens on plain http, and https serves the app")]
        }
        return [judge(seen, at: plain)]
    }

    private func judge(_ seen: Sighting, at plain: SiteURL) -> Observation {
        let location = seen.answer.first("location").flatMap {
            plain.withPath(seen.request.targetText).resolving(location: $0)
        }
        if [301, 308].contains(seen.status), let location, location.scheme == .https {
            return .holds(plain.origin, "\(seen.status) to \(location.origin)", seen)
        }
        if seen.answer.isRedirect, let location, location.scheme == .https {
            return .fails(plain.origin, "\(seen.status) is a temporary redirect; browsers ask in plain again", seen)
        }
        if seen.status >= 400, ![404, 500].contains(seen.status) {
            return .notAvailable(plain.origin, "plain http answers \(seen.status)", seen)
        }
        return .fails(plain.origin, "the app is served over plain http (\(seen.status))", seen)
    }
}
