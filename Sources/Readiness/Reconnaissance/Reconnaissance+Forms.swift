/// Forms that a walk found, filled in and sent as a browser would, each with what its own page gives at that moment.
extension Reconnaissance {
    /// A form as its page shows it now, and the cookies that go with it.
    struct FreshForm: Sendable {
        let fields: [(name: String, value: String, type: String)]
        let cookies: [SetCookie]
        let header: HeaderField?

        /// What stands in its fields already.
        var values: [(String, String)] {
            fields.filter { !["file", "submit", "button", "image", "reset", "checkbox", "radio"].contains($0.type) }
                .map { ($0.name, $0.value) }
        }
    }

    private static let moneyWords = ["amount", "price", "sum", "value", "quantity", "number", "count", "total"]

    /// Reads the page of a form again: tokens change.
    func fresh(_ found: Walk.FoundForm, as who: String) async throws -> FreshForm {
        let session = try await session(of: who)
        let seen = try await send(.get(found.page, Self.browser + session.fields))
        let base = site.withPath(found.page)
        let scan = PageScan(html: seen.answer.bodyText)
        let names = found.form.fields.map(\.name)
        let form = scan.forms.first { form in
            let action = form.action.isEmpty ? base : base.resolving(location: form.action)
            return action?.path.prefix { $0 != "?" } == found.path[...] && form.fields.map(\.name) == names
        }
        let given = seen.answer.cookies.filter { !$0.isRemoval }
        let kept = session.cookies.filter { old in !given.contains { $0.name == old.name } }
        return FreshForm(
            fields: form?.fields ?? found.form.fields, cookies: kept + given, header: session.header)
    }

    /// What a person would type: free text is `text`, the rest what stands there, else something that its kind takes.
    nonisolated func filledIn(_ form: FreshForm, text: String?) -> [(String, String)] {
        form.fields.compactMap { field in
            let isFree = field.type == "textarea" || (field.type == "text" && Self.isFreeText(field.name))
            switch field.type {
            case "submit", "button", "image", "reset", "file", "checkbox": return nil
            case "radio": return field.value.isEmpty ? nil : (field.name, field.value)
            case "hidden", "select", "password": return (field.name, field.value)
            case _ where isFree && text != nil: return (field.name, text ?? "")
            case _ where !field.value.isEmpty: return (field.name, field.value)
            case "number", "range": return (field.name, "1")
            case "email": return (field.name, "readiness@example.test")
            case "url": return (field.name, "https://example.test/")
            case "date": return (field.name, "2030-01-01")
            case "datetime-local": return (field.name, "2030-01-01T10:00")
            case "tel": return (field.name, "5550100")
            default:
                let isNumber = Self.moneyWords.contains { field.name.lowercased().contains($0) }
                return (field.name, isNumber ? "1" : "readiness")
            }
        }
    }

    static func isFreeText(_ name: String) -> Bool {
        let words = name.lowercased().split { !$0.isLetter }.map(String.init)
        return words.contains(where: freeText.contains) || words.contains("customer")
    }

    /// Sends a form's fields, with one more file where it takes one.
    func submit(
        _ fields: [(String, String)], to path: String, of form: FreshForm, asFiles: Bool = false,
        file: (field: String, name: String, type: String, content: [UInt8])? = nil
    ) async throws -> Sighting {
        var request: ProbeRequest
        if asFiles || file != nil {
            let boundary = "form-\(nonce)"
            var body: [UInt8] = []
            for (name, value) in fields {
                body += Array(
                    "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n".utf8)
            }
            if let file {
                body += Array(
                    ("--\(boundary)\r\nContent-Disposition: form-data; name=\"\(file.field)\"; filename=\"\(file.name)\"\r\n"
                        + "Content-Type: \(file.type)\r\n\r\n").utf8)
                body += file.content + Array("\r\n".utf8)
            }
            body += Array("--\(boundary)--\r\n".utf8)
            request = ProbeRequest(
                "POST", path, fields: [("Content-Type", "multipart/form-data; boundary=\(boundary)")],
                body: .bytes(body))
        } else {
            request = .form("POST", path, fields)
        }
        request = request.adding("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
        if !form.cookies.isEmpty {
            let line = form.cookies.map { "\($0.name)=\($0.value)" }.joined(separator: "; ")
            request = request.adding("Cookie", line)
        }
        if let header = form.header { request = request.adding(header.name, header.value) }
        return try await send(request)
    }

    /// The page behind an answer: itself, or where it leads on the same origin.
    func behind(_ seen: Sighting, as who: String) async throws -> Sighting {
        guard seen.answer.isRedirect, let location = seen.answer.first("location"),
            let next = site.withPath(seen.request.targetText).resolving(location: location), next.isSameOrigin(as: site)
        else { return seen }
        return try await send(.get(next.path, Self.browser), as: who)
    }

    /// Pages that could show what a form wrote: its own, the thing's, and the lists above.
    nonisolated func pages(near form: Walk.FoundForm) -> [String] {
        var found = [form.page]
        for start in [form.path, String(form.page.prefix { $0 != "?" })] {
            var parts = start.split(separator: "/")
            while !parts.isEmpty {
                parts.removeLast()
                if !parts.isEmpty { found.append("/" + parts.joined(separator: "/")) }
            }
            found.append(start)
        }
        var known: Set<String> = []
        return found.filter { known.insert($0).inserted }
    }
}
