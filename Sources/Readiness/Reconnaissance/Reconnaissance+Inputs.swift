import Foundation

/// A parameter of a query that the app itself uses: in a link or a reading form of its pages, or in its description.
struct FoundInput: Sendable, Equatable {
    /// Without the query.
    let path: String
    /// As it stands in the address, encoded.
    let name: String
    /// The value that the app gives it, encoded; empty where a form leaves it to the person.
    let value: String
    /// The rest of the query, encoded, in order.
    let others: [String]
    /// Whether only who is signed in was shown it.
    var isBehindSignIn = false

    /// The address with `{placeholder}` in the place of the value.
    func template(_ placeholder: String = "value") -> String {
        "\(path)?\((others + ["\(name)={\(placeholder)}"]).joined(separator: "&"))"
    }

    /// The value as a person would read it.
    var plainValue: String { value.replacing("+", with: " ").removingPercentEncoding ?? value }

    /// Whether a word of the name is one of these.
    func isNamed(_ words: Set<String>) -> Bool {
        let plain = name.lowercased()
        return words.contains(plain) || plain.split { !$0.isLetter }.contains { words.contains(String($0)) }
    }
}

extension Reconnaissance {
    private static let mostInputs = 8
    /// What a query does that is no read, whatever its method.
    static let acting: Set<String> = [
        "action", "act", "do", "cmd", "op", "delete", "remove", "confirm", "token",
    ]
    private static let searching: Set<String> = [
        "q", "query", "search", "s", "term", "keyword", "keywords", "filter", "name", "text", "title",
    ]

    /// Parameters that links and reading forms send, found on the pages that a look around reads, signed in as well where
    /// somebody is declared, and in a description; those that look like a search first. Asked once a run.
    func inputs() async throws -> [FoundInput] {
        if let foundInputs { return foundInputs }
        let pages = try await pagesWithInputs()
        var found: [FoundInput] = []
        func add(_ path: some StringProtocol, _ pairs: [(name: String, value: String)], isOwn: Bool) {
            guard !Self.acts(String(path)), !path.contains("{") else { return }
            for (index, pair) in pairs.enumerated() where found.count < Self.mostInputs * 4 {
                let others = pairs.enumerated().filter { $0.offset != index }.map {
                    "\($0.element.name)=\($0.element.value)"
                }
                let input = FoundInput(
                    path: String(path), name: pair.name, value: pair.value, others: others, isBehindSignIn: isOwn)
                let isKnown = found.contains { $0.path == input.path && $0.name == input.name }
                if !isKnown, !input.isNamed(Self.acting), !input.template().dropFirst(path.count).contains("{}") {
                    found.append(input)
                }
            }
        }
        for (page, isOwn) in pages where page.answer.isHTML {
            let base = site.withPath(page.request.targetText)
            let scan = PageScan(html: page.answer.bodyText)
            for form in scan.forms where form.method == "GET" && !form.hasPassword {
                guard let url = form.action.isEmpty ? base : base.resolving(location: form.action),
                    url.isSameOrigin(as: site)
                else { continue }
                let typed = ["text", "search", "", "hidden", "url", "email", "number", "tel"]
                add(
                    url.path.prefix { $0 != "?" },
                    form.fields.filter { typed.contains($0.type) && !$0.name.isEmpty }
                        .map { (formEncoded($0.name), formEncoded($0.value)) }, isOwn: isOwn)
            }
            for link in scan.anchors {
                guard let url = base.resolving(location: link), url.isSameOrigin(as: site),
                    let mark = url.path.firstIndex(of: "?")
                else { continue }
                // can't trap: the index was found in this very collection
                let query = url.path[mark...].dropFirst()
                // can't trap: the index was found in this very collection
                add(url.path[..<mark], Self.pairs(query), isOwn: isOwn)
            }
        }
        for route in askedRoutes { add(route.path, route.pairs, isOwn: !configuration.identities.isEmpty) }
        if let entries = try? await openAPI().entries {
            for entry in entries where entry.isRead && !entry.hasParameters {
                let queries = entry.parameters.filter { $0.place == .query }
                // The ones that must be there, and each other one alone beside them.
                for parameter in queries.prefix(4) {
                    let beside = queries.filter { $0.isRequired && $0.name != parameter.name }
                    add(
                        entry.path,
                        [(formEncoded(parameter.name), formEncoded(parameter.example ?? ""))]
                            + beside.map { (formEncoded($0.name), formEncoded($0.example ?? "a")) },
                        isOwn: entry.isProtected)
                }
            }
        }
        let sorted =
            found.filter { $0.isNamed(Self.searching) } + found.filter { !$0.isNamed(Self.searching) }
        let all = Array(sorted.prefix(Self.mostInputs))
        foundInputs = all
        return all
    }

    /// Pages of the look around, and with somebody declared the start page and what it leads to as that person.
    private func pagesWithInputs() async throws -> [(page: Sighting, isOwn: Bool)] {
        var pages = try await survey().pages.map { (page: $0, isOwn: false) }
        guard !configuration.identities.isEmpty, let who = try? who(nil),
            let start = try? await get(startPath, Self.browser, as: who)
        else { return pages }
        pages.append((start, true))
        for path in anchors(of: start) {
            if let seen = try? await get(path, Self.browser, as: who), seen.answer.isSuccess {
                pages.append((seen, true))
            }
        }
        return pages
    }

    /// Routes of a list that show how they are asked: `GET /search?q=word`.
    private nonisolated var askedRoutes: [(path: Substring, pairs: [(name: String, value: String)])] {
        configuration.routes.filter { $0.method == "GET" }.map { route in
            let bare = route.path.prefix { $0 != "?" }
            return (bare, Self.pairs(route.path.dropFirst(bare.count).dropFirst()))
        }
    }

    private static func pairs(_ query: Substring) -> [(name: String, value: String)] {
        query.split(separator: "&").prefix(6).compactMap { part in
            let name = part.prefix { $0 != "=" }
            guard !name.isEmpty, !part.contains("{") else { return nil }
            return (String(name), String(part.dropFirst(name.count).drop { $0 == "=" }))
        }
    }
}
