/// A technology that the project says it is made of, and that nothing in it shows.
enum TechnologyClaims {
    /// `shown` remembers which technologies the tree has traces of.
    static func find(
        _ lines: [ClaimLine], _ tree: RepositoryTree, _ shown: inout [String: Bool], _ examined: inout Int
    ) -> [DocumentFinding] {
        guard tree.words.count > 20, !tree.isPartial || tree.sources >= 5 else { return [] }
        var findings: [DocumentFinding] = []
        for line in lines where !line.isCode && line.plain.count < 600 {
            let isStack =
                stacks.contains { line.heading.contains($0) } && isListed(line.text)
                || features.contains { line.heading.contains($0) } && isBold(line.text)
            guard isStack || cues.contains(where: line.plain.contains) else { continue }
            // A list of links is of other people's things.
            guard !line.text.trimmed.dropFirst().trimmed.hasPrefix("[") else { continue }
            guard !hedges.contains(where: { " \(line.plain) ".contains($0) }) else { continue }
            let text =
                " "
                + line.plain.map { $0.isLetter || $0.isNumber || $0 == "." || $0 == "-" ? String($0) : " " }
                .joined() + " "
            for entry in Technologies.all {
                let isNamed = entry.words.contains { text.contains(" \($0) ") || text.contains(" \($0). ") }
                guard isNamed else { continue }
                examined += 1
                let isShown = shown[entry.name] ?? entry.traces.contains(where: tree.mentions)
                shown[entry.name] = isShown
                guard !isShown, !(tree.isPartial && entry.isDeployment) else { continue }
                findings.append(
                    DocumentFinding(
                        line: line.number, kind: "technology", claimed: line.text.trimmed,
                        seen: "nothing in the source, its manifests or its configuration shows \(entry.name)"))
            }
        }
        return findings
    }

    /// Titles under which a list says what a thing is made of.
    private static let stacks = ["tech stack", "technology stack", "technologies", "built with", "technical stack"]

    private static func isListed(_ text: String) -> Bool {
        let trimmed = text.trimmed
        return ["-", "*", "+", "|"].contains { trimmed.hasPrefix($0) }
    }

    /// Titles under which a list says what a thing does.
    private static let features = ["feature", "architecture", "what's included", "highlights", "overview"]

    /// `- **Rate limiting** with Redis`, `- ✅ Redis caching`: an item that states a thing.
    private static func isBold(_ text: String) -> Bool {
        let trimmed = text.trimmed
        guard isListed(trimmed) else { return false }
        let item = trimmed.dropFirst().trimmed
        return item.hasPrefix("**") || item.hasPrefix("✅") || item.hasPrefix("✔") || item.hasPrefix("[x]")
            || item.unicodeScalars.first?.properties.isEmojiPresentation ?? false
    }

    private static let cues = [
        "built with", "built on", "powered by", "written in", "is stored in", "are stored in", "implemented in",
        "implemented with", "we use ", "it uses ", "backend uses", "frontend uses", "project uses", "app uses",
        "service uses", "platform uses", "system uses", "pipeline uses", "runs on top of",
    ]

    /// Words that make it something else than a statement about what is used here and now.
    private static let hedges = [
        " like ", " such as ", " e.g", " similar", "unlike", " instead", "alternative", "compatib", " compared", " vs ",
        " if you", " you can", " your ", " optional", " or ", "example", " plan", " future", "roadmap", "todo", " not ",
        " no ", "without", "n't ", "inspired", " could ", " may ", " might ", " would ", " should ", "plugin",
        "support",
        "integrat", " other ", "third-party", "third party", " once ", " previous", " was ", " were ", "originally",
        "equivalent", " anything", "works with", " port of ", " client", "companies", "people", " if ", " when ",
        "anyone", " users ", " many ",
    ]
}
