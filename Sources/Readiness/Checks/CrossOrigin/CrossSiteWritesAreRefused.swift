/// Judged against a control: the same write from the app's own pages must be treated differently. A write that is
/// refused to everybody proves nothing.
struct CrossSiteWritesAreRefused: Check {
    let sheet = CheckSheet(
        "csrf.cross-site-write", "Writes that other sites start are refused", area: .crossOrigin, side: .edge,
        severity: .critical, asvs: "V3.5.1", flaw: "no-csrf",
        rationale: "A form on any other page acts with the session of whoever opens it.",
        remediation:
            "Refuse unsafe methods whose `Origin` or `Sec-Fetch-Site` is foreign, or ask for a token per session.")

    static let foreign = [("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site")]

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        if !target.configuration.identities.isEmpty, target.configuration.parts.contains(.login),
            let session = try? await target.session(of: try target.who(nil)), let header = session.header,
            !target.configuration.hasBasicSignIn
        {
            throw Obstacle.notApplicable(
                "people are known by `\(header.name)` and no cookie: a browser doesn't add that to another site's request"
            )
        }
        // A declared write that needs nothing to come before it.
        if let rule = target.configuration.race.first(where: {
            $0.before.isEmpty && $0.identity != RaceRule.newcomer && $0.writes.count == 1
        }), let write = rule.writes.first, let who = try? await target.who(rule.identity) {
            return [try await signedIn(target, write, rule.object, who)]
        }
        if target.configuration.login != nil { return [try await signIn(target)] }
        return [try await form(target)]
    }

    private func signedIn(
        _ target: Reconnaissance, _ write: RaceWrite, _ object: String?, _ who: String
    ) async throws -> Observation {
        let path = try await target.path(write.operation.path, object: object, of: who)
        let request = target.request(write.operation.method, path, write.body)
        let own = try await target.send(request, as: who)
        let foreign = try await target.send(Self.crossSite(request), as: who)
        return Self.judge(own: own, foreign: foreign)
    }

    private func signIn(_ target: Reconnaissance) async throws -> Observation {
        let session = try await target.session(of: try target.who(nil))
        if let login = target.configuration.login, case .form(let template) = login.body, login.page != nil {
            return try await signInForm(target, login, template, session)
        }
        var request = session.signIn.request
        request.fields.removeAll { ["origin", "sec-fetch-site"].contains($0.name.lowercased()) }
        let foreign = try await target.send(Self.crossSite(request))
        // JSON as such is nothing that another site's form can send: only called text would it leave a browser unasked.
        if foreign.status == session.signIn.status, let kind = request.field("Content-Type"),
            kind.lowercased().hasPrefix("application/json")
        {
            request.fields.removeAll { $0.name.lowercased() == "content-type" }
            let plain = try await target.send(Self.crossSite(request.adding("Content-Type", "text/plain")))
            if (400..<500).contains(plain.status), plain.status != 429 {
                return .holds(
                    plain.subject,
                    "\(plain.status) for what another site can send unasked (JSON called text); JSON as such takes CORS",
                    plain, foreign)
            }
            return Self.judge(own: session.signIn, foreign: plain)
        }
        return Self.judge(own: session.signIn, foreign: foreign)
    }

    /// A sign-in by a form with hidden fields: another site's form doesn't know what stands in them, though the browser brings the
    /// cookies.
    private func signInForm(
        _ target: Reconnaissance, _ login: Login, _ template: [(name: String, value: String)], _ session: Session
    ) async throws -> Observation {
        var cookies: [SetCookie] = []
        let full = try await target.signInRequest(
            login, user: session.identity.user, password: session.identity.password, cookies: &cookies)
        let values = ["user": session.identity.user, "password": session.identity.password]
        var request = ProbeRequest.form(
            login.operation.method, login.operation.path, template.map { ($0.name, fill($0.value, values)) })
        if let line = full.field("Cookie") { request = request.adding("Cookie", line) }
        let foreign = try await target.send(Self.crossSite(request))
        if foreign.status < 400, try await !target.opens(login, foreign, before: cookies) {
            return .holds(
                foreign.subject, "the form again for a write from another site, \(session.signIn.status) from its own",
                foreign, session.signIn)
        }
        return Self.judge(own: session.signIn, foreign: foreign)
    }

    private func form(_ target: Reconnaissance) async throws -> Observation {
        guard let (path, form, page) = try await target.postForm() else {
            throw try await target.withoutWrite()
        }
        // What the form itself would send, hidden tokens left out: those are what a foreign page can't know.
        let fields = form.fields.filter { $0.type != "hidden" && $0.type != "submit" }.map { ($0.name, "probe") }
        var own = ProbeRequest.form(
            "POST", path, form.fields.map { ($0.name, $0.type == "hidden" ? $0.value : "probe") })
        let cookies = page.answer.cookies.filter { !$0.isRemoval }.map { "\($0.name)=\($0.value)" }
        if !cookies.isEmpty { own = own.adding("Cookie", cookies.joined(separator: "; ")) }
        let allowed = try await target.send(own)
        let foreign = try await target.send(Self.crossSite(.form("POST", path, fields)))
        if allowed.status == foreign.status, Self.hasToken(form), Self.comesBack(form, on: allowed, target.site) {
            return .notAvailable(
                allowed.subject,
                "the form has a token and comes back either way: only what it accepts would show whether the token counts",
                allowed, foreign)
        }
        return Self.judge(own: allowed, foreign: foreign)
    }

    /// Whether a hidden field is called as tokens against cross-site writes are.
    static func hasToken(_ form: PageScan.Form) -> Bool {
        form.fields.contains { field in
            field.type == "hidden" && field.value.count >= 8
                && ["csrf", "xsrf", "token", "nonce"].contains { field.name.lowercased().contains($0) }
        }
    }

    /// Whether the answer shows the form again: what was sent in it wasn't taken.
    static func comesBack(_ form: PageScan.Form, on seen: Sighting, _ site: SiteURL) -> Bool {
        guard seen.answer.isSuccess, seen.answer.isHTML else { return false }
        let names = Set(form.fields.map(\.name))
        return PageScan(html: seen.answer.bodyText).forms.contains {
            $0.method == form.method && names.isSubset(of: $0.fields.map(\.name))
        }
    }

    static func crossSite(_ request: ProbeRequest) -> ProbeRequest {
        foreign.reduce(request) { $0.adding($1.0, $1.1) }
    }

    static func judge(own: Sighting, foreign: Sighting) -> Observation {
        if [404, 405, 501].contains(own.status) {
            return .notAvailable(own.subject, "the write itself answers \(own.status): nothing to compare with", own)
        }
        if own.status == foreign.status, own.status == 403 || own.status == 400 {
            return .notAvailable(
                own.subject, "the same-origin write gets \(own.status) too: refused to everybody", own, foreign)
        }
        // Some hide what they refuse: a 404 to strangers only is a refusal as well.
        if (400..<500).contains(foreign.status), foreign.status != 429, foreign.status != own.status {
            return .holds(
                foreign.subject, "\(foreign.status) for a write from another site, \(own.status) from its own", foreign,
                own)
        }
        return .fails(foreign.subject, "a write from another site is processed (\(foreign.status))", foreign, own)
    }
}
