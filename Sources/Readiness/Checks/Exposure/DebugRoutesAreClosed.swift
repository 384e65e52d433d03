struct DebugRoutesAreClosed: Check {
    let sheet = CheckSheet(
        "exposure.debug-routes", "Debug routes answer nobody", area: .exposure, side: .edge, severity: .critical,
        asvs: "V13.4.2", flaw: "debug-routes",
        rationale: "Configuration dumps hold keys, addresses and switches: they are looked for first.",
        remediation: "Take them out of production builds, or serve them on a listener that is not public.")

    private static let paths = ["/debug/config", "/debug/vars", "/actuator/env", "/phpinfo.php"]

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        try await ClosedPlaces.observe(target, Self.paths) { answer in
            let body = answer.bodyText
            return answer.isJSON || answer.mediaType == "text/plain" || body.contains("phpinfo()")
                || body.contains("cmdline")
        }
    }
}

/// What several checks ask: is any of these places served? Judged beside a path that no app has, so that an app which
/// answers anything with a page isn't accused.
enum ClosedPlaces {
    static func observe(
        _ target: Reconnaissance, _ paths: [String], looksReal: (Answer) -> Bool
    ) async throws -> [Observation] {
        let page = try await target.livePage()
        let unknown = try await target.unknownPage()
        var all: [Observation] = []
        var refused = 0
        await target.ahead(paths.map { .get($0, Reconnaissance.browser) })
        for path in paths {
            let seen = try await target.get(path, Reconnaissance.browser)
            if seen.answer.isSuccess, looksReal(seen.answer),
                !unknown.answer.isSuccess || unknown.answer.mediaType != seen.answer.mediaType
            {
                all.append(.fails(seen.subject, "\(seen.status), \(seen.answer.bodyBytes) bytes for anybody", seen))
            } else if seen.status >= 300 || unknown.answer.isSuccess {
                refused += 1
            } else {
                all.append(.notAvailable(seen.subject, "\(seen.status) with something that can't be told", seen))
            }
        }
        if refused > 0 {
            all.append(
                .holds(
                    paths.joined(separator: ", "),
                    "\(refused) of \(paths.count) places are closed; the start page answers \(page.status)", page))
        }
        return all
    }
}
