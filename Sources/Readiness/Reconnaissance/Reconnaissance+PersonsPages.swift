/// Which pages are behind the sign-in: found by what the person's own pages link, and compared with what a stranger gets.
extension Reconnaissance {
    private static let mostLinks = 8
    /// First words of a part of a path that does something to whoever follows it. A page less that is looked at does no harm.
    private static let deeds: Set<String> = [
        "accept", "approve", "archive", "backup", "ban", "block", "buy", "cancel", "checkout", "close", "confirm",
        "deactivate", "decline", "destroy", "disable", "download", "drop", "enable", "end", "erase", "exit", "export",
        "impersonate", "leave", "lock", "mark", "pay", "publish", "purchase", "quit", "refresh", "regenerate", "reject",
        "resend", "restore", "revert", "revoke", "rotate", "run", "sell", "send", "switch", "sync", "toggle", "trigger",
        "unblock", "unlock", "unpublish", "upgrade", "vote", "wipe",
    ]

    /// Whom pages are opened as beside a stranger: the first declared person, where one can sign in.
    nonisolated var personOfPages: String? {
        guard let first = configuration.identities.first, configuration.login != nil || first.header != nil else {
            return nil
        }
        return first.name
    }

    /// Whether following an address could do something for whoever is signed in, as far as it tells.
    nonisolated func mayAct(_ target: String) -> Bool {
        if Self.acts(target) || Discovery.isSignOut(target) { return true }
        let path = target.prefix { $0 != "?" }
        if let out = configuration.login?.signOut, path == out.path { return true }
        let names = target.dropFirst(path.count).dropFirst().split(separator: "&").map { $0.prefix { $0 != "=" } }
        if names.contains(where: { Self.acting.contains($0.lowercased()) }) { return true }
        return path.lowercased().split(separator: "/").contains { part in
            part.split { $0 == "-" || $0 == "_" || $0 == "." }.first.map { Self.deeds.contains(String($0)) } ?? false
        }
    }

    /// Up to three pages that somebody sees who is signed in: where the sign-in or the start page leads, and of what is linked there
    /// first what strangers don't get at all, then what they get otherwise.
    func paths(ofPagesOf who: String) async throws -> [String] {
        let session = try await session(of: who)
        var starts: [String] = []
        if let place = session.signIn.answer.first("location"), session.signIn.answer.isRedirect,
            let url = site.withPath(session.signIn.request.targetText).resolving(location: place),
            url.isSameOrigin(as: site), !mayAct(url.path)
        {
            starts.append(url.path)
        }
        if !starts.contains(startPath) { starts.append(startPath) }
        var found: [(path: String, isClosed: Bool)] = []
        var links: [String] = []
        for start in starts {
            guard let page = await ownPage(start, of: who) else { continue }
            let path = page.request.targetText
            let strangers = await strangersView(of: path)
            let isSame = strangers?.answer.body == page.answer.body
            // Where the sign-in leads is looked at anyway: a script may show there what no answer tells.
            if found.isEmpty || (!isSame && !found.contains { $0.path == path }) {
                found.append((path, isClosed(page, strangers)))
            }
            links += linked(by: page, beside: links)
        }
        let first = found.first?.path
        for link in links.prefix(Self.mostLinks) where found.count(where: \.isClosed) < Self.mostPages {
            guard !found.contains(where: { $0.path == link }), let page = await ownPage(link, of: who) else { continue }
            let path = page.request.targetText
            let strangers = await strangersView(of: path)
            guard !found.contains(where: { $0.path == path }), strangers?.answer.body != page.answer.body else {
                continue
            }
            found.append((path, isClosed(page, strangers)))
        }
        let others = found.dropFirst()
        let sorted = others.filter(\.isClosed) + others.filter { !$0.isClosed }
        return Array(((first.map { [$0] } ?? []) + sorted.map(\.path)).prefix(Self.mostPages))
    }

    /// What a script on a page links, and no answer showed; pages that it fills by itself look alike to who asks without one.
    func further(_ links: [String], beside known: [String], from path: String, of who: String) async -> [String] {
        let base = site.withPath(path)
        var found: [String] = []
        for link in links where found.count < Self.mostPages {
            guard let url = base.resolving(location: link), url.isSameOrigin(as: site), isPage(url.path),
                !known.contains(url.path), !found.contains(url.path), let page = await ownPage(url.path, of: who)
            else { continue }
            let target = page.request.targetText
            if !known.contains(target), !found.contains(target) { found.append(target) }
        }
        return found
    }

    private func linked(by page: Sighting, beside known: [String]) -> [String] {
        let base = site.withPath(page.request.targetText)
        var found: [String] = []
        for link in PageScan(html: page.answer.bodyText).anchors {
            guard let url = base.resolving(location: link), url.isSameOrigin(as: site), url.path != base.path,
                isPage(url.path), !known.contains(url.path), !found.contains(url.path)
            else { continue }
            found.append(url.path)
        }
        return found
    }

    /// Whether an address may be that of a page, and opening it does nothing.
    nonisolated func isPage(_ target: String) -> Bool {
        guard !mayAct(target) else { return false }
        // Files are no pages.
        let last = target.prefix { $0 != "?" }.split(separator: "/").last ?? ""
        return !last.contains(".") || [".html", ".htm", ".php", ".jsp", ".aspx"].contains(where: last.hasSuffix)
    }

    /// A page as somebody gets it who is signed in; nil for a refusal, a file, and a form to sign in.
    private func ownPage(_ path: String, of who: String) async -> Sighting? {
        guard var seen = try? await get(path, Self.browser, as: who) else { return nil }
        for _ in 0..<3 where seen.answer.isRedirect {
            guard let location = seen.answer.first("location"),
                let next = site.withPath(seen.request.targetText).resolving(location: location),
                next.isSameOrigin(as: site), next.path != seen.request.targetText, !mayAct(next.path),
                let further = try? await get(next.path, Self.browser, as: who)
            else { return nil }
            seen = further
        }
        guard seen.answer.isSuccess, seen.answer.isShownPage, !SignInForm.isShown(by: seen.answer) else { return nil }
        return seen
    }

    private func strangersView(of path: String) async -> Sighting? { try? await get(path, Self.browser) }

    /// Whether strangers don't get the page at all.
    private nonisolated func isClosed(_ page: Sighting, _ strangers: Sighting?) -> Bool {
        guard let answer = strangers?.answer else { return true }
        return !answer.isSuccess || SignInForm.isShown(by: answer)
    }
}
