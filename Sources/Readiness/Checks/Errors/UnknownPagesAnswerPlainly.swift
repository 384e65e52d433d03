struct UnknownPagesAnswerPlainly: Check {
    let sheet = CheckSheet(
        "errors.not-found", "The answer to an unknown address shows nothing of the inside", area: .errors,
        side: .edge, severity: .major, asvs: "V16.5.1", flaw: "verbose-not-found",
        rationale: "Debug pages tell frameworks, paths and sometimes secrets to whoever mistypes an address.",
        remediation: "Switch debug mode off (`DEBUG = False`, `NODE_ENV=production`) and set error pages of your own.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        let page = try await target.livePage()
        let rule = PlainRefusal(statuses: [404, 410], fault: "for an address that doesn't exist")
        var all: [Observation] = []
        for seen in [try await target.unknownPage(), try await target.unknownAPI()] {
            all.append(
                rule.judge(seen)
                    ?? .notAvailable(
                        seen.subject,
                        "\(seen.status) for an address that doesn't exist, \(page.status) for the start page", seen))
        }
        return all
    }
}
