struct PrivatePagesAreNotStored: Check {
    let sheet = CheckSheet(
        "caching.private-pages", "Personal answers aren't kept by caches", area: .cookies, side: .edge,
        severity: .major, asvs: "V14.3.2", flaw: "cacheable-private-pages",
        rationale: "What a shared cache or a shared computer keeps is shown to the next person.",
        remediation:
            "Send `Cache-Control: no-store` (or `private`) with every answer that is personal or sets a session.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        var sources: [Sighting] = []
        let page = try await target.page()
        if page.answer.cookies.contains(where: { !$0.isRemoval && $0.looksLikeSession }) { sources.append(page) }
        if target.configuration.login != nil {
            let who = try await target.who(nil)
            sources.append(try await target.session(of: who).signIn)
            if let rule = target.configuration.objects.first {
                sources.append(try await target.objectID(rule, of: who).1)
            }
            let own = try await target.get(target.startPath, Reconnaissance.browser, as: who)
            // What everybody is shown is nobody's.
            if own.answer.body != page.answer.body { sources.append(own) }
        }
        var all: [Observation] = []
        for seen in sources where seen.status < 400 {
            let value = seen.answer.all("cache-control").joined(separator: ", ").lowercased()
            let words = value.split(whereSeparator: { $0 == "," || $0.isWhitespace }).map(String.init)
            let kept = words.contains("no-store") || (words.contains("private") && !words.contains("public"))
            // A redirect or an empty answer has nothing to store unless it sets a cookie.
            if !kept, seen.answer.isRedirect, seen.answer.cookies.isEmpty { continue }
            all.append(
                kept
                    ? .holds(seen.subject, "`Cache-Control: \(value)`", seen)
                    : .fails(
                        seen.subject,
                        value.isEmpty ? "personal, without Cache-Control" : "personal, with `Cache-Control: \(value)`",
                        seen))
        }
        guard !all.isEmpty else {
            if target.configuration.login == nil { throw try await target.withoutSession() }
            throw Obstacle.notAvailable("no personal answer is known (declare `login` and `objects`)")
        }
        return all
    }
}
