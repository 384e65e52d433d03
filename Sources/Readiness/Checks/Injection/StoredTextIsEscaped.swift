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

    /// What this person can write by the forms of the pages, looked for on every page nearby.
    private func byForms(
        _ target: Reconnaissance, _ name: String, through window: StoredTextWindow?
    ) async throws -> [Observation] {
        let walk = try await target.walk(as: name)
        var kinds: Set<String> = []
        let forms = walk.forms.filter { form in
            form.isWrite && !form.destroys && !form.form.fields.contains { $0.type == "file" }
                && form.form.fields.contains {
                    $0.type == "textarea" || ($0.type == "text" && Reconnaissance.isFreeText($0.name))
                } && kinds.insert(form.template).inserted
        }
        var all: [Observation] = []
        for (number, form) in forms.prefix(Self.mostForms).enumerated() {
            let (marker, payload) = Self.payload(target, "form\(number)")
            let fresh = try await target.fresh(form, as: name)
            let written = try await target.submit(
                target.filledIn(fresh, text: payload), to: form.path, of: fresh,
                asFiles: form.form.encoding.contains("multipart"))
            var shown: [Sighting] = []
            let next = try await target.behind(written, as: name)
            if next.answer.isHTML, next.answer.isSuccess { shown.append(next) }
            for path in target.pages(near: form) + [target.startPath] where path != next.request.targetText {
                shown.append(try await target.send(.get(path, Reconnaissance.browser), as: name))
            }
            // A browser looks at pages that fetch the text only where no answer has it already.
            let marked = shown.filter { $0.answer.bodyText.contains(marker) }
            var seen: [Observation] = []
            for page in marked.isEmpty ? shown : marked where page.answer.isHTML {
                if let judged = await judge(page, marker, written, by: name, through: window) { seen.append(judged) }
            }
            if let worst = seen.first(where: { $0.outcome == .fails }) ?? seen.first { all.append(worst) }
            // What stood there before is written back.
            if fresh.fields.contains(where: { $0.type != "hidden" && !$0.value.isEmpty }) {
                let again = try await target.fresh(form, as: name)
                let tokens = again.fields.filter { $0.type == "hidden" }
                _ = try await target.submit(
                    fresh.values.map { old in (old.0, tokens.first { $0.name == old.0 }?.value ?? old.1) },
                    to: form.path, of: again, asFiles: form.form.encoding.contains("multipart"))
            }
        }
        return all
    }

    private static let mostForms = 5

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
            throw Obstacle.undeclared(
                "no write that is described or found puts text on a page that was found", [.comments])
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
        if try await target.isKnownByItsPages() { all += try await byForms(target, name, through: window) }
        return all
    }
}
