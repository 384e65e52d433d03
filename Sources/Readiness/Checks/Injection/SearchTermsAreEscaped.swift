/// Pages that write what they were asked for: the term must come back as text.
struct SearchTermsAreEscaped: Check {
    let sheet = CheckSheet(
        "injection.reflected-script", "What a link says is never written into a page as markup", area: .injection,
        side: .app, severity: .critical, asvs: "V1.2.1", flaw: "unescaped-search",
        rationale: "A link to your own site that carries a script runs it with the session of whoever opens it.",
        remediation: "Use a template language that escapes by default, also for what comes from the address.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        var all: [Observation] = []
        var templates = target.configuration.echoes
        if templates.isEmpty { templates = try await target.inputs().map { $0.template() } }
        guard !templates.isEmpty else {
            throw Obstacle.notAvailable("no page is known that writes what it is asked for (declare `echoes`)")
        }
        let who = target.configuration.identities.isEmpty ? nil : try await target.who(nil)
        let marker = "zq\(target.nonce)"
        for template in templates.prefix(6) {
            let script = "\(marker)<script>/*\(marker)*/</script>"
            var seen = try await ask(target, template, "\(script)\"'><b id=\(marker)>", who)
            if seen.status >= 500 {
                // Quotes break the page itself, which is another finding: what of the rest?
                seen = try await ask(target, template, script, who)
            }
            let body = seen.answer.bodyText
            if !seen.answer.isHTML || !body.contains(marker) {
                all.append(.notAvailable(seen.subject, "\(seen.status), and the term isn't in the page", seen))
            } else if body.contains("<script>/*\(marker)") || body.contains("<b id=\(marker)>") {
                all.append(.fails(seen.subject, "the term comes back as markup", seen))
            } else {
                all.append(.holds(seen.subject, "the term comes back, its markup escaped", seen))
            }
        }
        return all
    }

    private func ask(
        _ target: Reconnaissance, _ template: String, _ term: String, _ who: String?
    ) async throws -> Sighting {
        try await target.get(fill(template, ["value": formEncoded(term)]), Reconnaissance.browser, as: who)
    }
}
