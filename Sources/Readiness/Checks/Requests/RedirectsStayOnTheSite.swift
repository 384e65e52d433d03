struct RedirectsStayOnTheSite: Check {
    let sheet = CheckSheet(
        "redirects.open", "Redirects don't lead wherever a link says", area: .requests, side: .app, severity: .major,
        asvs: "V3.7.2", flaw: "open-redirect",
        rationale: "A link that begins with your name and ends at a stranger's page is what phishing asks for.",
        remediation: "Take only paths of your own (one leading slash), or look the destination up in a list.")

    private static let usual = ["/login?next={url}", "/sign-in?next={url}", "/redirect?url={url}", "/leave?to={url}"]

    private static let names: Set<String> = [
        "next", "url", "to", "return", "returnto", "returnurl", "redirect", "redirecturl", "redirecturi", "continue",
        "dest",
        "destination", "goto", "target", "back", "callback", "forward",
    ]

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        _ = try await target.livePage()
        let declared = target.configuration.redirects
        var all: [Observation] = []
        var templates = declared.isEmpty ? Self.usual : declared
        if declared.isEmpty {
            // What its own pages link comes first: the usual names are guesses.
            templates =
                try await target.inputs().filter { $0.isNamed(Self.names) }.map { $0.template("url") } + templates
        }
        func asking(_ template: String, _ url: String) -> ProbeRequest {
            .get(fill(template, ["url": url]), Reconnaissance.browser)
        }
        let foreign = "https%3A%2F%2Fevil.example%2F"
        await target.ahead(templates.map { asking($0, foreign) })
        let unknown = try await target.unknownPage()
        // What answers like an address that no app has is none either.
        var knows: Set<String> = []
        for template in templates {
            guard let seen = try? await target.ask(asking(template, foreign)) else { continue }
            if seen.answer.isRedirect || seen.status != unknown.status || declared.contains(template) {
                knows.insert(template)
            }
        }
        let mark = "zq\(target.nonce)"
        let home = "%2F%3F\(mark)%3D1"
        await target.ahead(templates.filter(knows.contains).map { asking($0, home) })
        for template in templates {
            let evil = try await target.ask(asking(template, foreign))
            if Self.leadsAway(evil, target.site) {
                all.append(.fails(evil.subject, "\(evil.status) to another site", evil))
                continue
            }
            if evil.status == 404 || !knows.contains(template) { continue }
            // The control: it does redirect to what it is given, only not there. A redirect that takes no notice shows nothing.
            let own = try await target.ask(asking(template, home))
            if own.answer.isRedirect, !Self.leadsAway(own, target.site),
                own.answer.first("location")?.contains(mark) == true
            {
                all.append(
                    .holds(
                        evil.subject, "\(evil.status) for another site, \(own.status) for a page of its own", evil, own)
                )
            }
        }
        if declared.isEmpty { all += try await AfterSigningIn(target: target).observe(Self.names) }
        guard !all.isEmpty else {
            throw Obstacle.notAvailable("no address was found that redirects to what it is given (declare `redirects`)")
        }
        return all
    }

    static func leadsAway(_ seen: Sighting, _ site: SiteURL) -> Bool {
        guard seen.answer.isRedirect, let location = seen.answer.first("location") else { return false }
        return site.withPath("/").resolving(location: location)?.host == "evil.example"
    }
}
