/// The operations of an app, and requests for them with parameters that were found in the app's own answers.
extension Reconnaissance {
    /// A read of somebody's, with the ids that this person finds.
    struct Reachable: Sendable {
        let entry: OpenAPIDescription.Entry
        let path: String
        let answer: Sighting
        /// Where it leads, if it is a page.
        var links: [String] = []
    }

    /// Operations that the description, the list of routes or a look around names.
    func operations() async throws -> [OpenAPIDescription.Entry] {
        if !configuration.routes.isEmpty {
            return OpenAPIDescription(routes: configuration.routes).entries
        }
        if let description = try? await openAPI() { return description.entries }
        // What the start page and its neighbours link to: reads only.
        let pages = (try? await survey().pages) ?? []
        var paths = Set(pages.map { String($0.request.targetText.prefix { $0 != "?" }) })
        for page in pages where page.answer.isHTML {
            let base = site.withPath(page.request.targetText)
            for link in PageScan(html: page.answer.bodyText).anchors.prefix(50) {
                guard let url = base.resolving(location: link), url.isSameOrigin(as: site), !Self.acts(url.path) else {
                    continue
                }
                paths.insert(String(url.path.prefix { $0 != "?" }))
            }
        }
        let walked = await walkedReads()
        paths = paths.filter { path in !walked.contains { $0.path == Self.template(path) } }
        guard !paths.isEmpty || !walked.isEmpty else { throw Obstacle.undeclared("no operation is known", [.openAPI]) }
        return walked
            + OpenAPIDescription(
                routes: paths.sorted().prefix(40).map { Operation(method: "GET", path: $0) }
            ).entries
    }

    /// Every read that somebody reaches, by the path of the description; asked once a run and person.
    func reads(of who: String) async throws -> [Reachable] {
        if let known = reachable[who] { return known }
        var found: [Reachable] = []
        // An administrator's reads come last, so that ids are learned from lists first.
        let entries = try await operations().filter { $0.isRead && !Self.acts($0.path) }
            .sorted { $0.names.count < $1.names.count }
        var waiting = Array(entries.prefix(60))
        // What one read shows lets the next be asked: three rounds reach what stands three lists deep.
        for _ in 0..<3 where !waiting.isEmpty {
            var unknown: [OpenAPIDescription.Entry] = []
            for entry in waiting {
                guard let path = Self.filled(entry, from: found) else {
                    unknown.append(entry)
                    continue
                }
                if Task.isCancelled { throw Obstacle.interrupted }
                guard let seen = try? await get(path, entry.accept, as: who) else { continue }
                if seen.answer.isSuccess {
                    found.append(Reachable(entry: entry, path: path, answer: seen, links: paths(on: seen)))
                }
            }
            if unknown.count == waiting.count { break }
            waiting = unknown
        }
        reachable[who] = found
        return found
    }

    /// The entry's path for what somebody has seen; nil where an id isn't known.
    static func filled(_ entry: OpenAPIDescription.Entry, from seen: [Reachable]) -> String? {
        var path = ""
        var template = ""
        for segment in entry.path.split(separator: "/", omittingEmptySubsequences: true) {
            guard segment.hasPrefix("{"), segment.hasSuffix("}") else {
                if segment.contains("{") { return nil }
                path += "/\(segment)"
                template += "/\(segment)"
                continue
            }
            let name = String(segment.dropFirst().dropLast())
            guard let value = id(name, under: path, template, seen) ?? example(name, entry) else { return nil }
            path += "/\(formEncoded(value))"
            template += "/\(segment)"
        }
        var query: [String] = []
        for parameter in entry.parameters where parameter.place == .query && parameter.isRequired {
            query.append("\(formEncoded(parameter.name))=\(formEncoded(parameter.example ?? "a"))")
        }
        // Django's addresses end in one, and without it lead elsewhere.
        if path.isEmpty || entry.path.hasSuffix("/") { path += "/" }
        return query.isEmpty ? path : "\(path)?\(query.joined(separator: "&"))"
    }

    private static func example(_ name: String, _ entry: OpenAPIDescription.Entry) -> String? {
        // An example of an id is a guess that points at nobody's thing; one of a word is a choice.
        guard !name.lowercased().hasSuffix("id") else { return nil }
        return entry.parameters.first { $0.name == name && $0.place == .path }?.example
    }

    /// An id out of the list that stands before it in the path, else out of any list with the same last word.
    private static func id(_ name: String, under path: String, _ template: String, _ seen: [Reachable]) -> String? {
        let word = path.split(separator: "/").last.map(String.init) ?? ""
        let exact = seen.filter { read in
            let own = read.path.prefix { $0 != "?" }
            return own == path || own == path + "/"
        }
        let alike = seen.filter { $0.entry.path.split(separator: "/").last.map(String.init) == word }
        for source in exact + alike {
            if let value = source.answer.answer.json.flatMap({ identifier(name, word, in: $0) }) { return value }
        }
        // A page names its things by where its links lead.
        for link in (exact + alike + seen).lazy.flatMap(\.links) where link.hasPrefix("\(path)/") {
            let part = link.dropFirst(path.utf8.count + 1).prefix { $0 != "/" }
            if isID(part) { return String(part) }
        }
        return nil
    }

    /// The id of the first item of a list, by the names that ids have.
    static func identifier(_ name: String, _ word: String, in json: JSONValue) -> String? {
        let lists =
            json.items.map { [$0] } ?? json.members.map {
                $0.keys.sorted().compactMap { key in json.members?[key]?.items }
            } ?? []
        let singular = word.hasSuffix("s") ? String(word.dropLast()) : word
        let names = [
            name, "id", "\(singular)Id", "\(singular)_id", "\(singular)ID", "uuid", "slug", "key", "symbol", "name",
        ]
        for list in lists {
            guard let first = list.first else { continue }
            for candidate in names {
                if let value = first.members?[candidate]?.scalarText, isPlain(value) { return value }
            }
            if let value = first.scalarText, isPlain(value) { return value }
        }
        return nil
    }

    private static func isPlain(_ value: String) -> Bool {
        !value.isEmpty && value.count <= 100
            && value.unicodeScalars.allSatisfy {
                $0.value > 0x20 && $0.value < 0x7F && !"/?#%".unicodeScalars.contains($0)
            }
    }

    /// Paths that do something, whatever their method says.
    static func acts(_ path: String) -> Bool {
        let low = path.lowercased()
        let query = low.drop { $0 != "?" }
        return ["logout", "log-out", "signout", "sign-out", "delete", "remove", "unsubscribe", "shutdown", "reset"]
            .contains { low.contains($0) }
            // `index.html?action=restartall`: a link that does something by its query.
            || ["stop", "restart", "kill", "clear", "purge", "start"].contains { query.contains("=\($0)") }
    }

    /// Two people of the same role, where there are.
    func peers() async throws -> (String, String) {
        let people = configuration.identities
        if let first = people.first, let other = people.dropFirst().first(where: { $0.role == first.role }) {
            return (first.name, other.name)
        }
        guard configuration.signUp != nil else {
            throw Obstacle.undeclared("two identities of the same role are needed (or `sign-up`)", [.identities])
        }
        if let first = people.first?.name { return (first, try await newcomer()) }
        return (try await newcomer(), try await newcomer())
    }
}
