struct ForwardedHostsAreNotBelieved: Check {
    let sheet = CheckSheet(
        "host.forwarded", "A host that a client claims by X-Forwarded-Host is not believed", area: .requests,
        side: .edge, severity: .major, asvs: "V4.1.3", flaw: "trusts-forwarded-host",
        rationale:
            "Frameworks prefer it to Host when they write links and redirects: a mail or a cached page then leads away.",
        remediation:
            "Drop `X-Forwarded-Host` and `Forwarded` of clients in front of the app; set them from what is known.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        let page = try await target.livePage()
        let seen = try await target.get(
            page.request.targetText,
            Reconnaissance.browser + [
                ("X-Forwarded-Host", "evil.example"), ("Forwarded", "host=evil.example;proto=https"),
            ])
        let location = seen.answer.first("location") ?? ""
        if location.contains("evil.example") || seen.answer.bodyText.contains("evil.example") {
            return [.fails(seen.subject, "`X-Forwarded-Host: evil.example` is written into the answer", seen)]
        }
        if seen.answer.isSuccess {
            return [.holds(seen.subject, "\(seen.status), and nothing of the claimed host in it", seen, page)]
        }
        if [400, 403, 421].contains(seen.status) {
            return [.holds(seen.subject, "\(seen.status) for a claimed host, \(page.status) without", seen, page)]
        }
        return [.notAvailable(seen.subject, "\(seen.status) for a claimed host", seen)]
    }
}
