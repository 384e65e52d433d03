/// A technology that the project says it is made of, and that nothing in it shows.
enum TechnologyClaims {
    /// `shown` remembers which technologies the tree has traces of.
    static func find(_ lines: [ClaimLine], _ tree: RepositoryTree, _ shown: inout [String: Bool]) -> HeldStatements {
        var held = HeldStatements()
        guard tree.words.count > 20, !tree.isPartial || tree.sources >= 5 else { return held }
        for line in lines where !line.isCode && line.plain.utf8.count < 1_500 && !supposed.occur(in: line.heading) {
            // A list of links is of other people's things.
            guard !line.text.trimmed.dropFirst().trimmed.hasPrefix("[") else { continue }
            let isStack =
                stacks.occur(in: line.heading) && isListed(line.text)
                || features.occur(in: line.heading) && isBold(line.text)
            let labelled = labelled(line.text)
            // A sentence at a time: what the next one hedges isn't this one's.
            for part in sentences(labelled ?? line.plain) where !hedges.occur(in: " \(part) ") {
                let isStated = isStack || labelled != nil || cues.occur(in: part)
                guard isStated || compounds.occur(in: part) else { continue }
                hold(part, isStated, line, tree, &shown, &held)
            }
        }
        return held
    }

    private static func sentences(_ plain: String) -> [String] {
        plain.replacing(". ", with: ".\u{1}").replacing("; ", with: ";\u{1}").split(separator: "\u{1}").map(String.init)
    }

    private static func hold(
        _ part: String, _ isStated: Bool, _ line: ClaimLine, _ tree: RepositoryTree, _ shown: inout [String: Bool],
        _ held: inout HeldStatements
    ) {
        let letters = part.map { $0.isLetter || $0.isNumber || $0 == "." || $0 == "-" ? String($0) : " " }.joined()
        let text = " \(letters) "
        for entry in Technologies.all {
            guard isStated && entry.names.occur(in: text) || entry.compounds.occur(in: text) else { continue }
            let isShown = shown[entry.name] ?? entry.traces.contains(where: tree.mentions)
            shown[entry.name] = isShown
            guard isShown || !(tree.isPartial && entry.isDeployment) else {
                held.pass()
                continue
            }
            held.hold(
                line.number, "technology", line.text.trimmed,
                against: isShown
                    ? nil : "nothing in the source, its manifests or its configuration shows \(entry.name)")
        }
    }

    /// What an item or a row says of a part of which things are made: `- **Database**: …`, `| Frontend | … |`.
    private static func labelled(_ text: String) -> String? {
        guard isListed(text) else { return nil }
        let plain = InlineText.plain(text).drop { "-+| ".contains($0) }
        guard let end = plain.firstIndex(where: { $0 == ":" || $0 == "|" }) else { return nil }
        let words = plain[..<end].lowercased().split(separator: " ").map(String.init)
        guard (1...3).contains(words.count), !parts.isDisjoint(with: words) else { return nil }
        let rest = plain[end...].dropFirst()
        // Further cells are of other things, or of other products.
        return (plain[end] == "|" ? rest.prefix { $0 != "|" } : rest).lowercased()
    }

    private static let parts: Set = [
        "database", "databases", "backend", "back-end", "frontend", "front-end", "framework", "language", "cache",
        "caching", "queue", "broker", "orm", "authentication", "auth", "storage", "search", "styling", "css", "ui",
        "testing", "migrations", "validation", "monitoring", "runtime", "stack", "real-time", "realtime", "charts",
        "containerization", "orchestration", "server", "limiting", "rate-limiting", "logging", "logs", "sessions",
        "session",
        "jobs", "tests", "proxy", "forms", "emails", "email", "deployment", "payments",
    ]

    /// Titles under which a list says what a thing is made of.
    private static let stacks: Phrases = [
        "tech stack", "technology stack", "technologies", "built with", "technical stack",
    ]

    private static func isListed(_ text: String) -> Bool {
        let trimmed = text.trimmed
        return ["-", "*", "+", "|"].contains { trimmed.hasPrefix($0) }
    }

    /// Titles under which a list says what a thing does.
    private static let features: Phrases = ["feature", "architecture", "what's included", "highlights", "overview"]

    /// `- **Rate limiting** with Redis`, `- ✅ Redis caching`: an item that states a thing.
    private static func isBold(_ text: String) -> Bool {
        let trimmed = text.trimmed
        guard isListed(trimmed) else { return false }
        let item = trimmed.dropFirst().trimmed
        return item.hasPrefix("**") || item.hasPrefix("✅") || item.hasPrefix("✔") || item.hasPrefix("[x]")
            || item.unicodeScalars.first?.properties.isEmojiPresentation ?? false
    }

    private static let cues: Phrases = [
        "built with", "built on", "powered by", "written in", "stored in ", "implemented in",
        "implemented with", "we use ", "it uses ", "backend uses", "frontend uses", "project uses", "app uses",
        "service uses", "platform uses", "system uses", "pipeline uses", "runs on top of", "backed by ", "persisted in",
        "api uses", "server uses", "dashboard uses",
        "application uses",
    ]

    /// `a Redis-backed queue`.
    static let endings = ["-based", "-powered", "-backed"]
    private static let compounds = Phrases(endings)

    /// Titles of what others do, what might be, or what a reader may choose.
    private static let supposed: Phrases = [
        "compar", "alternativ", " vs", "example", "future", "roadmap", "option", "recommend", "limitation", "scal",
        "planned",
        "your", "prior art", "inspir", "related",
    ]

    /// Words that make it something else than a statement about what is used here and now.
    private static let hedges: Phrases = [
        " like ", " such as ", " e.g", " similar", "unlike", " instead", "alternative", "compatib", " compared", " vs ",
        " if you", " you can", " your ", " optional", " or ", "example", " plan", " future", "roadmap", "todo", " not ",
        " no ", "without", "n't ", "inspired", " could ", " may ", " might ", " would ", " should ", "plugin",
        "support",
        "integrat", " other ", "third-party", "third party", " once ", " previous", " was ", " were ", "originally",
        "equivalent", " anything", "works with", " port of ", " client", "companies", "people", " if ", " when ",
        "anyone", " users ", " many ",
    ]
}
