struct StoredTextIsEscaped: Check {
    let sheet = CheckSheet(
        "injection.stored-script", "Text that people write is shown as text", area: .injection, side: .app,
        severity: .critical, asvs: "V1.2.1", flaw: "stored-script", needs: [.login, .identities, .comments],
        rationale: "Script in a comment runs with the session of everybody who reads it.",
        remediation: "Use a template language that escapes by default; never mark what people write as safe.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        guard let rule = target.configuration.comments else { return [] }
        let name = try await target.who(rule.identity)
        let marker = "probe\(target.nonce)"
        let payload = MarkupEcho.elementPayload(marker)
        let path = try await target.path(rule.write.path, object: rule.object, of: name)
        let written = try await target.send(
            target.request(rule.write.method, path, rule.body, ["payload": payload]), as: name)
        if written.status >= 400 {
            return [
                .notAvailable(
                    written.subject, "\(written.status): the text was not taken, so nothing is shown", written)
            ]
        }
        let pagePath = try await target.path(rule.page, object: rule.object, of: name)
        let page = try await target.send(.get(pagePath, Reconnaissance.browser), as: name)
        let body = page.answer.bodyText
        guard page.answer.isSuccess, body.contains(marker) else {
            return [.notAvailable(page.subject, "\(page.status), and the text isn't on the page", page)]
        }
        if MarkupEcho(marker, in: body).hasElement {
            return [.fails(page.subject, "the script that \(name) wrote is in the page as markup", page, written)]
        }
        return [.holds(page.subject, "the text is on the page, its script escaped", page, written)]
    }
}
