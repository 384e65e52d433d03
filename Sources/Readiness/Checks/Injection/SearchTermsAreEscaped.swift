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
        for template in templates.prefix(6) { all.append(try await judge(target, template, marker, who)) }
        return all
    }

    private func judge(
        _ target: Reconnaissance, _ template: String, _ marker: String, _ who: String?
    ) async throws -> Observation {
        var seen = try await ask(target, template, MarkupEcho.elementPayload(marker), who)
        if seen.status >= 400 {
            // Quotes break the page itself, which is another finding, or it is too long: what of the rest?
            seen = try await ask(target, template, "\(marker)<script>/*\(marker)*/</script>", who)
        }
        let body = seen.answer.bodyText
        // What stands beside a way to another page, no browser shows.
        guard seen.answer.isHTML, !seen.answer.isRedirect, body.contains(marker) else {
            return .notAvailable(seen.subject, "\(seen.status), and the term isn't in the page", seen)
        }
        let echo = MarkupEcho(marker, in: body)
        if echo.hasElement { return .fails(seen.subject, "the term comes back as markup", seen) }
        for context in echo.contexts {
            if let failure = try await leave(context, target, template, marker, who) { return failure }
        }
        return .holds(seen.subject, "the term comes back, its markup escaped", seen)
    }

    /// Whether a term gets out of what it stands in without an element of its own.
    private func leave(
        _ context: MarkupEcho.Context, _ target: Reconnaissance, _ template: String, _ marker: String, _ who: String?
    ) async throws -> Observation? {
        func echo(_ term: String) async throws -> (MarkupEcho, Sighting) {
            let seen = try await ask(target, template, term, who)
            return (MarkupEcho(marker, in: seen.answer.isHTML ? seen.answer.bodyText : ""), seen)
        }
        switch context {
        case .text: return nil
        case .attribute(let quote):
            let sign = quote.map { String(decoding: [$0], as: UTF8.self) } ?? ""
            let (seen, sighting) = try await echo("\(marker)\(sign) on\(marker)=\(sign)1")
            return seen.hasAttribute
                ? .fails(sighting.subject, "the term gets out of its attribute and adds another", sighting) : nil
        case .address:
            let (seen, sighting) = try await echo("javascript:\(marker)")
            return seen.hasScriptAddress
                ? .fails(sighting.subject, "the term becomes a link that runs it (javascript:)", sighting) : nil
        case .string(let quote):
            let sign = String(decoding: [quote], as: UTF8.self)
            // The second one is for whoever escapes the quotation mark and forgets the backslash.
            for term in ["\(marker)\(sign)-\(marker)-\(sign)", "\(marker)\\\(sign)-\(marker)//"] {
                let (seen, sighting) = try await echo(term)
                if seen.leavesString {
                    return .fails(sighting.subject, "the term ends its string and runs on in the script", sighting)
                }
            }
            return nil
        case .code:
            let (seen, sighting) = try await echo("\(marker);\(marker)")
            return seen.isStatement ? .fails(sighting.subject, "the term runs as part of a script", sighting) : nil
        }
    }

    private func ask(
        _ target: Reconnaissance, _ template: String, _ term: String, _ who: String?
    ) async throws -> Sighting {
        try await target.get(fill(template, ["value": formEncoded(term)]), Reconnaissance.browser, as: who)
    }
}
