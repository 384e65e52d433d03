struct StoredTextIsEscaped: Check {
    let sheet = CheckSheet(
        "injection.stored-script", "Text that people write is shown as text", area: .injection, side: .app,
        severity: .critical, asvs: "V1.2.1", flaw: "stored-script", needs: [.login, .identities],
        rationale: "Script in a comment runs with the session of everybody who reads it.",
        remediation: "Use a template language that escapes by default; never mark what people write as safe.")

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        guard let rule = target.configuration.comments else { return try await discovered(target) }
        let name = try await target.who(rule.identity)
        let (marker, payload) = Self.payload(target, "")
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
        let judged = try await StoredTextWindow.with(target, as: name) { window in
            await judge(page, marker, written, by: name, through: window)
        }
        guard let judged else {
            return [.notAvailable(page.subject, "\(page.status), and the text isn't on the page", page)]
        }
        return [judged]
    }

    /// What becomes of the text on a page: in the answer, and where a browser looks as well, in what scripts make of it; nil where it
    /// isn't on the page.
    private func judge(
        _ page: Sighting, _ marker: String, _ written: Sighting, by name: String, through window: StoredTextWindow?
    ) async -> Observation? {
        guard page.answer.isSuccess, page.answer.isHTML || page.answer.bodyText.contains(marker) else { return nil }
        let isAnswered = page.answer.bodyText.contains(marker)
        if isAnswered, MarkupEcho(marker, in: page.answer.bodyText).hasElement {
            return .fails(page.subject, "the script that \(name) wrote is in the page as markup", page, written)
        }
        switch page.answer.isHTML ? await window?.look(at: page.request.targetText, for: marker) : nil {
        case .element:
            return .fails(
                page.subject, "what \(name) wrote becomes an element of the page in Chromium", page, written)
        case .text where !isAnswered:
            return .holds(page.subject, "the text is on the page as text in Chromium", page, written)
        default:
            return isAnswered
                ? .holds(page.subject, "the text is on the page, its script escaped", page, written) : nil
        }
    }

    private static func payload(_ target: Reconnaissance, _ number: String) -> (marker: String, text: String) {
        let marker = "probe\(number)x\(target.nonce)"
        return (marker, MarkupEcho.elementPayload(marker))
    }

    /// What a description says can be written, looked for on the pages of the same person.
    private func discovered(_ target: Reconnaissance) async throws -> [Observation] {
        guard target.configuration.allowsWrites else {
            throw Obstacle.undeclared(
                "needs `comments` in readiness.yaml, or --allow-writes to look for it", [.comments])
        }
        let name = try await target.who(nil)
        let all = try await StoredTextWindow.with(target, as: name) { window in
            try await written(by: name, target, through: window)
        }
        guard !all.isEmpty else {
            throw Obstacle.undeclared("no described write puts text on a page that was found", [.comments])
        }
        return all
    }

    private func written(
        by name: String, _ target: Reconnaissance, through window: StoredTextWindow?
    ) async throws -> [Observation] {
        var all: [Observation] = []
        for (number, place) in try await target.writtenText(as: name).enumerated() {
            let (marker, payload) = Self.payload(target, "\(number)")
            var request = place.write
            if case .bytes(let bytes) = request.body, let template = JSONValue(bytes: bytes) {
                request.body = .bytes(Array(template.filled(["payload": payload]).compact.utf8))
            }
            let written = try await target.send(request.adding("Accept", "application/json"), as: name)
            guard written.answer.isSuccess else { continue }
            for path in place.pages {
                let page = try await target.send(.get(path, Reconnaissance.browser), as: name)
                guard page.answer.isHTML,
                    let judged = await judge(page, marker, written, by: name, through: window)
                else { continue }
                all.append(judged)
                break
            }
        }
        return all
    }
}
