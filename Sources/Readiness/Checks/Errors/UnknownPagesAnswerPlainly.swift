struct UnknownPagesAnswerPlainly: Check {
    let sheet = CheckSheet(
        "errors.not-found", "The answer to an unknown address shows nothing of the inside", area: .errors,
        side: .edge, severity: .major, asvs: "V16.5.1", flaw: "verbose-not-found",
        rationale: "Debug pages tell frameworks, paths and sometimes secrets to whoever mistypes an address.",
        remediation: "Switch debug mode off (`DEBUG = False`, `NODE_ENV=production`) and set error pages of your own.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        let page = try await target.livePage()
        var all: [Observation] = []
        for seen in [try await target.unknownPage(), try await target.unknownAPI()] {
            if let leak = LeakedInternals.found(in: seen.answer) {
                all.append(.fails(seen.subject, "\(seen.status) with \(leak)", seen))
            } else if seen.answer.isHandledError {
                all.append(.holds(seen.subject, "\(seen.status), caught: a request id, nothing of the inside", seen))
            } else if seen.status >= 500 {
                all.append(.fails(seen.subject, "\(seen.status) for an address that doesn't exist", seen))
            } else if [404, 410].contains(seen.status) {
                all.append(.holds(seen.subject, "\(seen.status), nothing of the inside", seen))
            } else {
                all.append(
                    .notAvailable(
                        seen.subject,
                        "\(seen.status) for an address that doesn't exist, \(page.status) for the start page",
                        seen))
            }
        }
        return all
    }
}
