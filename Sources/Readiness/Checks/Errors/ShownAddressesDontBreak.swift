/// Every address that the app itself shows or describes is asked for: none may answer with a server error.
struct ShownAddressesDontBreak: Check {
    let sheet = CheckSheet(
        "errors.broken-routes", "Nothing that the app links or describes answers with a server error", area: .errors,
        side: .app, severity: .major, asvs: "V16.5.3", flaw: "broken-page",
        rationale: "What breaks for the first person who clicks was not tried before the launch.",
        remediation: "Mend the route, or take the link out; the evidence has the request.")

    /// Without an identity the whole run has few requests to spend.
    private static let (mostAnonymous, mostSignedIn) = (12, 40)

    func observe(_ target: Reconnaissance) async throws -> [Observation] {
        let isSignedIn = !target.configuration.identities.isEmpty
        let who = isSignedIn ? try await target.who(nil) : nil
        let most = isSignedIn ? Self.mostSignedIn : Self.mostAnonymous
        var broken: [Observation] = []
        var sound: [Sighting] = []
        for path in try await addresses(target, who).prefix(most) {
            guard let seen = try? await target.get(path, Reconnaissance.browser, as: who) else { continue }
            // 501 and 503 say that something isn't there now, 502 and 504 that something behind it isn't.
            if seen.status == 500 {
                broken.append(.fails(seen.subject, "500 for an address that the app links or describes", seen))
            } else if seen.answer.isSuccess {
                sound.append(seen)
            }
        }
        if !broken.isEmpty { return broken }
        guard let first = sound.first else {
            throw Obstacle.notAvailable("no page, link or description shows an address that answers")
        }
        return [
            .holds(first.subject, "\(sound.count) addresses that the app shows answer without a server error", first)
        ]
    }

    /// The pages that were looked at, what they link, and the reads of a description that can be filled in.
    private func addresses(_ target: Reconnaissance, _ who: String?) async throws -> [String] {
        var found: [String] = []
        func add(_ path: String) {
            if !Reconnaissance.acts(path), !found.contains(path) { found.append(path) }
        }
        if let description = try? await target.openAPI() {
            let seen = who == nil ? [] : try await target.reads(of: who ?? "")
            for entry in description.entries where entry.isRead {
                if let path = Reconnaissance.filled(entry, from: seen) { add(path) }
            }
        }
        for operation in target.configuration.routes where operation.method == "GET" && !operation.path.contains("{") {
            add(operation.path)
        }
        let pages = try await target.survey().pages
        for page in pages where page.answer.isHTML {
            let base = target.site.withPath(page.request.targetText)
            for link in PageScan(html: page.answer.bodyText).anchors {
                guard let url = base.resolving(location: link), url.isSameOrigin(as: target.site) else { continue }
                add(url.path)
            }
        }
        // What links say comes first: people click it.
        return found.filter { $0.contains("?") } + found.filter { !$0.contains("?") }
    }
}
