struct ForeignHostsAreRefused: Check {
    let sheet = CheckSheet(
        "host.poisoned", "A Host that isn't ours is refused", area: .requests, side: .edge, severity: .major,
        asvs: "V4.1.3", flaw: "trusts-host-header",
        rationale:
            "Links in mails, redirects and caches are built from Host: whoever chooses it chooses where they lead.",
        remediation:
            "Keep a list of allowed hosts (`ALLOWED_HOSTS`, `server_name` with a default that refuses): 400 or 421.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        let page = try await target.livePage()
        var request = ProbeRequest.get(page.request.targetText, Reconnaissance.browser)
        request.host = "evil.example"
        let seen: Sighting
        do {
            seen = try await target.ask(request)
        } catch ClientFailure.closedWithoutAnswer {
            return [.notAvailable("GET with Host evil.example", "the connection was closed without an answer")]
        }
        let location = seen.answer.first("location") ?? ""
        if location.contains("evil.example") || seen.answer.bodyText.contains("evil.example"), seen.status < 400 {
            return [.fails(seen.subject, "`Host: evil.example` is written into the answer", seen)]
        }
        if seen.answer.isSuccess || seen.answer.isRedirect {
            return [.fails(seen.subject, "`Host: evil.example` is served (\(seen.status))", seen)]
        }
        if [400, 403, 404, 421].contains(seen.status) {
            return [
                .holds(seen.subject, "\(seen.status) for a foreign Host, \(page.status) for the own one", seen, page)
            ]
        }
        return [.notAvailable(seen.subject, "\(seen.status) for a foreign Host", seen)]
    }
}
