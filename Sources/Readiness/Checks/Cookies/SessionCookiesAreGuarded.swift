struct SessionCookiesAreGuarded: Check {
    let sheet = CheckSheet(
        "cookies.attributes", "Session cookies are Secure, HttpOnly and SameSite", area: .cookies, side: .edge,
        severity: .major, asvs: "V3.3.1", flaw: "insecure-cookie",
        rationale:
            "A session cookie that script can read, plain http carries or other sites send is a session given away.",
        remediation: "Set session cookies with `Secure; HttpOnly; SameSite=Lax` (or Strict).")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        var sources = [try await target.page()]
        if target.configuration.login == nil { sources += try await target.survey().pages.dropFirst() }
        var isByHeader = false
        if target.configuration.login != nil, let who = try? await target.who(nil) {
            let session = try await target.session(of: who)
            sources.append(session.signIn)
            isByHeader = session.isByHeader
        }
        var all: [Observation] = []
        for seen in sources {
            let cookies = seen.answer.cookies.filter { !$0.isRemoval }
            let isSignIn = seen.request.method != "GET"
            for cookie in cookies where isSignIn || cookie.looksLikeSession || cookie.isHTTPOnly {
                all.append(judge(cookie, seen, overTLS: target.site.scheme == .https))
            }
        }
        guard !all.isEmpty else {
            if target.configuration.login == nil { throw try await target.withoutSession() }
            throw isByHeader
                ? Obstacle.notApplicable("signing in gives a token and no cookie")
                : Obstacle.notAvailable("signing in set no cookie")
        }
        return all
    }

    private func judge(_ cookie: SetCookie, _ seen: Sighting, overTLS: Bool) -> Observation {
        var missing: [String] = []
        if overTLS, !cookie.isSecure { missing.append("Secure") }
        // A token against cross-site writes is there to be read by the app's own script.
        let isToken = ["csrf", "xsrf"].contains { cookie.name.lowercased().contains($0) }
        if !cookie.isHTTPOnly, !isToken { missing.append("HttpOnly") }
        if !["lax", "strict"].contains(cookie.sameSite ?? "") { missing.append("SameSite=Lax or Strict") }
        let subject = "\(seen.subject), cookie \(cookie.name)"
        if missing.isEmpty {
            let plain = overTLS ? "" : " (Secure is not judged over plain http)"
            return .holds(subject, "all attributes are set\(plain)", seen)
        }
        return .fails(subject, "without \(missing.joined(separator: ", "))", seen)
    }
}
