/// What somebody who is signed in finds by following links: pages, and the forms on them. Where nothing describes an app, its
/// pages do.
struct Walk: Sendable {
    struct FoundForm: Sendable {
        let form: PageScan.Form
        /// Where it sends, without a query.
        let path: String
        /// The same with `{id}` for what names a thing.
        let template: String
        /// The page that shows it.
        let page: String

        var isWrite: Bool { form.method == "POST" && !form.hasPassword }
        /// It ends or destroys something, by its name.
        var destroys: Bool { Reconnaissance.acts(path) }
    }

    var pages: [Sighting] = []
    /// Paths of the same origin that the pages lead to, without a query.
    var links: Set<String> = []
    var forms: [FoundForm] = []
}

extension Reconnaissance {
    private static let mostWalked = 24
    /// Pages that differ in their ids alone: two are enough.
    private static let mostAlike = 2
    /// Words of an address that do something to the thing before or behind them, even as a link.
    private static let deeds: Set<String> = [
        "add", "toggle", "approve", "cancel", "archive", "pay", "buy", "vote", "like", "unlike", "follow", "unfollow",
        "confirm", "activate", "deactivate", "disable", "enable", "accept", "reject", "publish", "unpublish", "send",
        "resend", "revoke", "leave", "join", "complete", "done", "close", "reopen", "impersonate", "become", "switch",
    ]
    private static let deedsAlone: Set<String> = [
        "run", "restart", "stop", "kill", "clear", "purge", "empty", "toggle",
    ]

    /// The path with `{id}` for each part that names a thing: a number, a UUID, a long word with digits in it.
    static func template(_ path: some StringProtocol) -> String {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return parts.map { isID($0) ? "{id}" : String($0) }.joined(separator: "/")
    }

    static func isID(_ part: some StringProtocol) -> Bool {
        guard part.contains(where: \.isNumber), part.count <= 64 else { return false }
        if part.allSatisfy(\.isNumber) { return part.count <= 20 }
        if part.allSatisfy({ $0.isHexDigit || $0 == "-" }) { return part.count >= 8 && part.first != "-" }
        return part.count >= 16 && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
    }

    /// A link that does something.
    static func isDeed(_ path: String) -> Bool {
        let low = path.lowercased()
        let words = low.prefix { $0 != "?" }.split(separator: "/").map(String.init)
        let values = low.drop { $0 != "?" }.split { $0 == "&" || $0 == "=" }.map(String.init)
        if values.contains(where: { deeds.contains($0) || deedsAlone.contains($0) }) { return true }
        return acts(path) || Discovery.isSignOut(path) || words.contains(where: deedsAlone.contains)
            || (words.contains(where: isID) && words.contains(where: deeds.contains))
    }

    /// Pages that this person reaches from the start page and from where the sign-in leads, and what stands on them; links that
    /// do something aren't followed.
    func walk(as who: String) async throws -> Walk {
        if let known = walks[who] { return known }
        var walk = Walk()
        var waiting = [startPath]
        let session = try await session(of: who)
        if let place = session.signIn.answer.first("location"),
            let url = site.withPath(session.signIn.request.targetText).resolving(location: place),
            url.isSameOrigin(as: site)
        {
            waiting.insert(url.path, at: 0)
        }
        var looked: Set<String> = []
        var alike: [String: Int] = [:]
        while let path = waiting.first, walk.pages.count < Self.mostWalked, looked.count < Self.mostWalked * 2 {
            waiting.removeFirst()
            guard looked.insert(path).inserted, !Self.isDeed(path), path != configuration.login?.signOut?.path else {
                continue
            }
            let kind = Self.template(path.prefix { $0 != "?" })
            guard alike[kind, default: 0] < Self.mostAlike else { continue }
            alike[kind, default: 0] += 1
            if Task.isCancelled { throw Obstacle.interrupted }
            guard let seen = try? await get(path, Self.browser, as: who) else { continue }
            if seen.answer.isRedirect, let place = seen.answer.first("location"),
                let url = site.withPath(path).resolving(location: place), url.isSameOrigin(as: site)
            {
                waiting.append(url.path)
            }
            guard seen.answer.isSuccess, seen.answer.isHTML else { continue }
            walk.pages.append(seen)
            waiting += read(seen, into: &walk)
        }
        walks[who] = walk
        return walk
    }

    /// Notes what a page shows; answers where it leads.
    private nonisolated func read(_ page: Sighting, into walk: inout Walk) -> [String] {
        let base = site.withPath(page.request.targetText)
        let scan = PageScan(html: page.answer.bodyText)
        var next: [String] = []
        for link in scan.anchors {
            guard let url = base.resolving(location: link), url.isSameOrigin(as: site) else { continue }
            let bare = String(url.path.prefix { $0 != "?" })
            walk.links.insert(bare)
            let last = bare.split(separator: "/").last ?? ""
            // Files are no pages.
            if last.contains("."), ![".html", ".htm", ".php", ".aspx", ".jsp"].contains(where: last.hasSuffix) {
                continue
            }
            next.append(url.path)
        }
        for form in scan.forms {
            let action = form.action.isEmpty ? base : base.resolving(location: form.action)
            guard let action, action.isSameOrigin(as: site) else { continue }
            let path = String(action.path.prefix { $0 != "?" })
            let found = Walk.FoundForm(
                form: form, path: path, template: Self.template(path), page: page.request.targetText)
            let isKnown = walk.forms.contains { $0.path == path && $0.form == form }
            if !isKnown, walk.forms.count < 60 { walk.forms.append(found) }
        }
        return next
    }

    /// Whether nothing describes the app but its pages.
    func isKnownByItsPages() async throws -> Bool {
        guard configuration.routes.isEmpty else { return false }
        return (try? await openAPI()) == nil
    }

    /// Reads that people of the configuration find by walking, as a description would name them.
    func walkedReads() async -> [OpenAPIDescription.Entry] {
        var templates: Set<String> = []
        for person in configuration.identities.prefix(4) {
            guard let walk = try? await walk(as: person.name) else { continue }
            templates.formUnion(walk.pages.map { Self.template($0.request.targetText.prefix { $0 != "?" }) })
            templates.formUnion(walk.links.filter { !Self.isDeed($0) }.map { Self.template($0) })
        }
        // The shorter ones first: lists, from which ids are learned.
        let sorted = templates.sorted { ($0.count { $0 == "/" }, $0) < ($1.count { $0 == "/" }, $1) }
        return sorted.prefix(48).map { path in
            var entry = OpenAPIDescription.Entry(method: "GET", path: path, isProtected: false)
            entry.isPage = true
            return entry
        }
    }

    /// Paths of the same origin that a page leads to, without a query; none for what is no page.
    nonisolated func paths(on page: Sighting) -> [String] {
        guard page.answer.isHTML else { return [] }
        let base = site.withPath(page.request.targetText)
        let scan = PageScan(html: page.answer.bodyText)
        return (scan.anchors + scan.forms.map(\.action)).compactMap { link in
            guard let url = base.resolving(location: link), url.isSameOrigin(as: site) else { return nil }
            return String(url.path.prefix { $0 != "?" })
        }
    }
}
