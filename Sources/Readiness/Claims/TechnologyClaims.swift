/// A technology that the project says it is made of, and that nothing in it shows.
enum TechnologyClaims {
    static func find(_ lines: [ClaimLine], _ tree: RepositoryTree, _ examined: inout Int) -> [DocumentFinding] {
        guard tree.words.count > 20 else { return [] }
        var findings: [DocumentFinding] = []
        for line in lines where !line.isCode && line.plain.count < 600 {
            let isStack = stacks.contains { line.heading.contains($0) } && isListed(line.text)
            guard isStack || cues.contains(where: line.plain.contains) else { continue }
            guard !hedges.contains(where: { " \(line.plain) ".contains($0) }) else { continue }
            let text =
                " "
                + line.plain.map { $0.isLetter || $0.isNumber || $0 == "." || $0 == "-" ? String($0) : " " }
                .joined() + " "
            for entry in Technologies.all {
                let isNamed = entry.words.contains { text.contains(" \($0) ") || text.contains(" \($0). ") }
                guard isNamed else { continue }
                examined += 1
                guard !entry.traces.contains(where: tree.mentions) else { continue }
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
