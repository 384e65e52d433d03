import FoundationEssentials

/// What the documentation of a repository says, held against what the repository holds and what was measured.
public struct Claims: Sendable {
    public var documents: Int
    /// Statements that were held against something.
    public var examined: Int
    public var findings: [DocumentFinding]
    /// Set when the tree was larger than what is read.
    public var isCut: Bool
    /// Documents that are larger than what is read, or no text.
    public var unread: [String]
    /// A source package: files that aren't in it are no contradiction.
    public var isPartial: Bool

    /// `figures` are what was measured; `today` decides which dates are still to come.
    public init(_ tree: RepositoryTree, figures: [Figure] = [], today: CalendarDay) {
        var found: [DocumentFinding] = []
        var examined = 0
        var shown: [String: Bool] = [:]
        for document in tree.documents {
            let lines = ClaimLines.of(document)
            let isHistory = Self.isHistory(document.path)
            var held = HeldStatements()
            // Of a tree that wasn't read whole nothing can be said to be missing.
            if !isHistory, !tree.isCut {
                held.add(TechnologyClaims.find(lines, tree, &shown))
                held.add(EndpointClaims.find(lines, tree))
                held.add(EnvironmentClaims.find(lines, tree))
                held.add(PathClaims.find(lines, document.path, tree))
                held.add(DrawnTreeClaims.find(lines, tree))
                held.add(StatedClaims.find(lines, document.path, tree))
                held.add(ProgramClaims.find(lines, tree))
                held.add(CompletionClaims.find(lines, tree))
                held.add(CommandClaims.find(lines, document.path, tree))
                held.add(RequirementClaims.find(lines, tree))
                held.add(FigureClaims.find(lines, tree, figures))
                held.add(LinkClaims.find(lines, document.path, tree))
            }
            held.add(Self.completion(document, isHistory: isHistory, today: today))
            examined += held.examined
            found += held.findings.map { finding in
                DocumentFinding(
                    file: document.path, line: finding.line, kind: finding.kind, claimed: finding.claimed,
                    seen: finding.seen)
            }
        }
        documents = tree.documents.count
        isCut = tree.isCut
        unread = tree.unread.sorted()
        isPartial = tree.isPartial
        self.examined = examined
        var seen: Set<String> = []
        // The same claim in ten places of a document is one.
        findings = found.filter { seen.insert("\($0.file) \($0.kind) \($0.seen)").inserted }
            .sorted { ($0.file, $0.line) < ($1.file, $1.line) }
    }

    private static func completion(
        _ document: RepositoryTree.Document, isHistory: Bool, today: CalendarDay
    ) -> HeldStatements {
        var held = HeldStatements()
        let list = ChecklistReader.read(DocumentText(lines: document.lines))
        held.pass(list.items.count { $0.tick != nil })
        let kinds: Set = isHistory ? ["date"] : ["date", "completion", "status", "count", "percentage", "total"]
        held.add(ChecklistContradictions.find(list, today: today).filter { kinds.contains($0.kind) })
        return held
    }

    /// Documents about what once was, or will be.
    static func isHistory(_ path: String) -> Bool { past.occur(in: path.lowercased()) }

    private static let past: Phrases = [
        "changelog", "changes", "history", "news", "release", "migrat", "roadmap", "todo", "proposal", "rfc", "adr",
        "decisions/", "archive", "upgrad", "code_of_conduct", "license", "blog/", "fixtures/", "testdata/", "plan",
        "template", "evolution/", "skill", "prompt", "tutorial", "cookbook", "examples/", "samples/", "agents/",
        "extending", "adding_", "adding-", "custom",
    ]

    /// Machine-readable, sorted keys.
    public func json() throws -> String {
        struct Document: Encodable {
            let schemaVersion = 1
            let documents: Int
            let examined: Int
            let isCut: Bool
            let isPartial: Bool
            let unread: [String]
            let findings: [DocumentFinding]
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let document = Document(
            documents: documents, examined: examined, isCut: isCut, isPartial: isPartial, unread: unread,
            findings: findings)
        return text(of: try encoder.encode(document)) + "\n"
    }

    /// For a terminal: file:line, what is claimed, what was seen.
    public func report(width: Int = 80, colour: Bool = false) -> String {
        let ink = Ink(isOn: colour)
        var lines = [
            ink.bold(
                "\(documents) documents, \(examined) statements held against the source, \(findings.count) contradicted"
            )
        ]
        if isCut {
            lines.append(
                ink.yellow("The tree is larger than what is read: only dates, shares and ticks were looked at."))
        }
        if isPartial {
            lines += wrapped(
                "A source package, from which files were left out: names of files aren't held against it.", width: width
            ).map(ink.yellow)
        }
        if !unread.isEmpty {
            let names = unread.prefix(5).map { visible($0, limit: 100) }.joined(separator: ", ")
            lines += wrapped(
                "Not read, larger than \(RepositoryTree.largestDocument / 1_048_576) MiB or no text: \(names)"
                    + (unread.count > 5 ? " and \(unread.count - 5) more" : ""), width: width
            ).map(ink.yellow)
        }
        for finding in findings {
            lines.append("")
            lines += wrapped("\(finding.file):\(finding.line) (\(finding.kind))", width: width).map(ink.bold)
            lines += wrapped("says:  \(finding.claimed)", width: width, indent: "  ")
            lines += wrapped("seen:  \(finding.seen)", width: width, indent: "  ").map(ink.red)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// As a gate beside those of the source scan; nil where there is no document.
    public func result() -> SuppliedResult? {
        guard documents > 0 else { return nil }
        let gate = SourceGate.claims
        var observations = findings.prefix(200).map { finding in
            var seen = Observation.fails(
                "\(finding.file):\(finding.line)", "says “\(finding.claimed)”; \(finding.seen)")
            seen.location = CodeLocation(
                file: visible(finding.file, limit: 300), line: finding.line, rule: "claims.\(finding.kind)")
            return seen
        }
        if observations.isEmpty {
            observations = [
                examined == 0
                    ? .notApplicable(
                        gate.rawValue, "\(documents) documents state nothing that can be held against the source")
                    : .holds(
                        gate.rawValue, "nothing contradicted in \(examined) \(gate.unit) of \(documents) documents")
            ]
        }
        return SuppliedResult(sheet: gate.sheet, observations: observations)
    }

    /// As a figure for criteria: how many statements are contradicted.
    public func figure(on day: CalendarDay) -> Figure {
        Figure(
            id: "claims.contradictions", value: Double(findings.count), source: "\(documents) documents", measured: day)
    }
}

/// A document's lines with what surrounds them.
struct ClaimLine {
    var number: Int
    var text: String
    /// Without markup, in lower case.
    var plain: String
    var heading: String
    /// The language of the block of code that it stands in; nil outside of one.
    var code: String?

    var isCode: Bool { code != nil }

    /// Blocks of code that are, or may be, commands.
    static let shells: Set = ["bash", "sh", "shell", "console", "zsh", ""]
}

enum ClaimLines {
    static func of(_ document: RepositoryTree.Document) -> [ClaimLine] {
        var lines: [ClaimLine] = []
        var heading = ""
        var fence: String?
        var mark = ""
        for (index, raw) in document.lines.enumerated() {
            let trimmed = raw.trimmed
            if trimmed.hasPrefix("```") || trimmed.hasPrefix("~~~") {
                if fence == nil {
                    mark = String(trimmed.prefix(3))
                    fence = trimmed.dropFirst(3).trimmed.lowercased()
                } else if trimmed.hasPrefix(mark) {
                    fence = nil
                }
                continue
            }
            if fence == nil, trimmed.hasPrefix("#") { heading = InlineText.plain(trimmed).lowercased() }
            let text = raw.utf8.count <= 2_000 ? raw : String(raw.prefix(2_000))
            lines.append(
                ClaimLine(
                    number: index + 1, text: text, plain: InlineText.plain(text).lowercased(), heading: heading,
                    code: fence))
        }
        return lines
    }
}
