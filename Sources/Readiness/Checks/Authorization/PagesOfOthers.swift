/// Whether somebody is shown another person's page. Two pages of one kind are alike in their frame, and differ in who is signed in
/// and in tokens: what counts is the text that stands on the other person's page alone.
struct PagesOfOthers {
    let one: String
    let other: String
    let target: Reconnaissance

    /// Where a page about a person is meant to be seen by others.
    private static let profiles: Set<String> = [
        "user", "users", "profile", "profiles", "people", "person", "member", "members", "author", "authors", "u",
        "team", "contact", "contacts", "employees",
    ]

    init(_ one: String, _ other: String, _ target: Reconnaissance) {
        self.one = one
        self.other = other
        self.target = target
    }

    /// What comes of a page of the other person's that was served; nil where it is meant to be seen.
    func judge(_ read: Reconnaissance.Reachable, _ seen: Sighting) async throws -> Observation? {
        let mine = try await target.reads(of: one)
        // What one's own pages lead to, or what everybody gets, is shared.
        if mine.contains(where: { $0.links.contains(read.path) }) { return nil }
        if let nobody = try? await target.get(read.path, read.entry.accept), nobody.answer.isSuccess { return nil }
        // A list in which both find the same things is one for both; without one's own nobody knows.
        let kind = Reconnaissance.template(read.path)
        let own = try await target.walk(as: one).links.filter { Reconnaissance.template($0) == kind }
        let theirs = try await target.walk(as: other).links.filter { Reconnaissance.template($0) == kind }
        guard !own.isEmpty, own.isDisjoint(with: theirs) else {
            let why = own.isEmpty ? "\(one) has none of one's own" : "both are led to some of them"
            return .notAvailable(
                "GET \(read.entry.path)", "\(seen.status) to \(one): \(why), so whose they are can't be told", seen)
        }
        let answer = read.answer.answer
        let isSame =
            try await answer.isHTML
            ? isSame(seen, read.answer, path: read.path) : answer.bodyBytes > 2 && seen.answer.body == answer.body
        guard isSame else {
            return .notAvailable(
                "GET \(read.entry.path)", "\(seen.status) to \(one), but with another content than to \(other)", seen)
        }
        let before = read.entry.path.split(separator: "/").prefix { !$0.hasPrefix("{") }.last.map(String.init) ?? ""
        let user = await target.identity(other)?.user ?? ""
        if Self.profiles.contains(before.lowercased()), !user.contains("@") || !seen.answer.bodyText.contains(user) {
            return .notAvailable(
                "GET \(read.entry.path)",
                "\(one) reads what \(other) reads at \(read.path), and a page about a person may be meant for others",
                seen)
        }
        return .fails(
            "GET \(read.entry.path)", "\(one) reads at \(read.path) what \(other) reads there", seen, read.answer)
    }

    /// Whether at least half of what only this page of the other person's says is there.
    func isSame(_ seen: Sighting, _ theirs: Sighting, path: String) async throws -> Bool {
        guard seen.answer.isSuccess, theirs.answer.isHTML else { return false }
        var frames: [PageText] = []
        for name in [one, other] {
            if let start = try? await target.get(target.startPath, Reconnaissance.browser, as: name),
                start.request.targetText != path
            {
                frames.append(PageText(start.answer))
            }
        }
        // One's own page of the same kind has the same labels.
        let kind = Reconnaissance.template(path)
        let alike = try await target.reads(of: one).first {
            $0.path != path && Reconnaissance.template($0.path) == kind
        }
        if let alike { frames.append(PageText(alike.answer.answer)) }
        let ids = path.split(separator: "/").filter { Reconnaissance.isID($0) }.map(String.init)
        // A line that repeats the address says nothing of the thing.
        let telling = PageText(theirs.answer).telling(without: frames).filter { line in
            !ids.contains { id in line.split { !($0.isLetter || $0.isNumber || $0 == "-") }.contains { $0 == id } }
        }
        guard !telling.isEmpty else { return false }
        let shown = Set(PageText(seen.answer).lines)
        return telling.count { shown.contains($0) } * 2 >= telling.count
    }
}
