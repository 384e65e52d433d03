/// `1,200 tests`, `coverage 95 %`: held against what was measured, else against what is there to count.
enum FigureClaims {
    static func find(
        _ lines: [ClaimLine], _ tree: RepositoryTree, _ figures: [Figure], _ examined: inout Int
    ) -> [DocumentFinding] {
        var findings: [DocumentFinding] = []
        for line in lines where !line.isCode && line.plain.count < 400 {
            guard !hedges.contains(where: line.plain.contains) else { continue }
            if !tree.isPartial, let count = tests(line.plain) {
                examined += 1
                if let seen = contradiction(count, tree, figures) {
                    findings.append(
                        DocumentFinding(line: line.number, kind: "figure", claimed: line.text.trimmed, seen: seen))
                }
            }
            if let count = endpoints(line.plain), tree.routes.declared.count >= 5, !tree.routes.isImplicit {
                examined += 1
                let declared = Set(tree.routes.declared).count
                if Double(count) > Double(declared) * 1.3 + 2 {
                    findings.append(
                        DocumentFinding(
                            line: line.number, kind: "count", claimed: line.text.trimmed,
                            seen: "\(declared) routes are declared in the source"))
                }
            }
            if let share = coverage(line.plain) ?? coverageBadge(line.text), let figure = covered(tree, figures) {
                examined += 1
                if share > figure.value + 1 {
                    findings.append(
                        DocumentFinding(
                            line: line.number, kind: "figure", claimed: line.text.trimmed,
                            seen: "coverage is \(plain(figure.value)) % (\(figure.source))"))
                }
            }
        }
        return findings
    }

    private static let hedges = [
        "at least", "floor", "minimum", "target", "goal", "should", "must", "required", "require", "example", "aim",
        "fail", "threshold", "e.g", "≥", ">=",
    ]

    private static func contradiction(_ count: Int, _ tree: RepositoryTree, _ figures: [Figure]) -> String? {
        if let figure = figures.last(where: { $0.id == "tests.total" }) {
            guard Double(count) > figure.value else { return nil }
            return "\(plain(figure.value)) tests ran (\(figure.source))"
        }
        if tree.testCases == 0 { return "no test in the repository" }
        guard !tree.hasParameterisedTests, Double(count) > Double(tree.testCases) * 1.5, count - tree.testCases >= 10
        else {
            return nil
        }
        return "\(tree.testCases) tests are written in the repository, and none of them runs over many arguments"
    }

    /// `1,200 unit tests`, `45 passing tests`.
    static func tests(_ plain: String) -> Int? {
        let words = plain.split { $0 == " " || $0 == "(" || $0 == ")" || $0 == ":" || $0 == "|" }.map(String.init)
        for (index, word) in words.enumerated() {
            let bare = word.filter { $0 != "," && $0 != "+" && $0 != "." }
            guard let count = Int(bare), count >= 5, count < 1_000_000, word.first?.isNumber ?? false else { continue }
            var next = words.dropFirst(index + 1)
            let kinds = ["unit", "integration", "automated", "passing", "e2e", "regression", "swift", "python"]
            while let kind = next.first, kinds.contains(kind) { next = next.dropFirst() }
            let noun = next.first?.filter(\.isLetter)
            if noun == "tests" || (noun == "test" && next.dropFirst().first?.hasPrefix("cases") ?? false) {
                return count
            }
        }
        return nil
    }

    /// `25 REST API endpoints`.
    static func endpoints(_ plain: String) -> Int? {
        let words = plain.split { " (:|,*".contains($0) }.map(String.init)
        for (index, word) in words.enumerated() {
            guard let count = Int(word.hasSuffix("+") ? String(word.dropLast()) : word), (5...5_000).contains(count)
            else {
                continue
            }
            // `at 100 routes` supposes a number.
            if index > 0,
                ["at", "for", "with", "of", "to", "from", "about", "per", "than", "if"].contains(words[index - 1])
            {
                return nil
            }
            let next = words.dropFirst(index + 1).prefix(3)
                .drop { ["rest", "api", "http", "restful", "total"].contains($0) }
            if let noun = next.first, ["endpoints", "routes"].contains(noun.filter(\.isLetter)) { return count }
        }
        return nil
    }

    /// What was measured, else what a report in the tree says.
    private static func covered(_ tree: RepositoryTree, _ figures: [Figure]) -> (value: Double, source: String)? {
        if let figure = figures.last(where: { $0.id == "coverage.lines" }) { return (figure.value, figure.source) }
        return tree.coverage.map { (($0.share * 10).rounded() / 10, $0.path) }
    }

    /// `badge/coverage-95%25-green`.
    private static func coverageBadge(_ text: String) -> Double? {
        guard let range = text.firstRange(of: "img.shields.io/badge/coverage-") else { return nil }
        return Double(text[range.upperBound...].prefix { $0.isNumber || $0 == "." })
    }

    /// `95% coverage`, `coverage: 95 %`.
    static func coverage(_ plain: String) -> Double? {
        guard plain.contains("coverage"), plain.contains("%") else { return nil }
        let before = plain.split(separator: "%", maxSplits: 1).first ?? ""
        let digits = before.trimmed.reversed().prefix { $0.isNumber || $0 == "." }.reversed()
        return Double(String(digits)).flatMap { (1...100).contains($0) ? $0 : nil }
    }
}

/// `npm run build`, `make test`: a script or target that isn't there.
enum CommandClaims {
    static func find(
        _ document: RepositoryTree.Document, _ tree: RepositoryTree, _ examined: inout Int
    ) -> [DocumentFinding] {
        // Elsewhere, documents talk to people about projects of their own.
        let depth = document.path.split(separator: "/").count
        let name = document.path.lowercased()
        guard depth == 1 || name.contains("contributing") || name.contains("develop") || name.hasSuffix("readme.md")
        else {
            return []
        }
        let scripts = scripts(tree)
        let targets = targets(tree)
        var findings: [DocumentFinding] = []
        for (index, line) in document.lines.enumerated() {
            let words = line.split { " `\"'|;&$".contains($0) }.map(String.init)
            guard words.count <= 40 else { continue }
            for (place, word) in words.enumerated() {
                let rest = words.dropFirst(place + 1)
                if ["npm", "pnpm", "yarn"].contains(word), rest.first == "run", !scripts.isEmpty,
                    let script = rest.dropFirst().first, isName(script)
                {
                    examined += 1
                    if !scripts.contains(script) {
                        findings.append(
                            DocumentFinding(
                                line: index + 1, kind: "command", claimed: "\(word) run \(script)",
                                seen: "no package.json has a script `\(script)`"))
                    }
                }
                if word == "make", place == 0 || words[place - 1] == "$" || line.contains("`make "), !targets.isEmpty,
                    let target = rest.first, isName(target),
                    line.contains("`make \(target)`") || line.trimmed == "make \(target)"
                {
                    examined += 1
                    if !targets.contains(target) {
                        findings.append(
                            DocumentFinding(
                                line: index + 1, kind: "command", claimed: "make \(target)",
                                seen: "no Makefile has a target `\(target)`"))
                    }
                }
            }
        }
        return findings
    }

    private static func isName(_ word: String) -> Bool {
        word.first.map { $0.isLetter } ?? false
            && word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_:".contains($0)) }
    }

    private static func scripts(_ tree: RepositoryTree) -> Set<String> {
        var found: Set<String> = []
        for (path, text) in tree.manifests where path.hasSuffix("package.json") {
            guard case .object(let scripts) = JSONValue(bytes: Array(text.utf8))?.at("/scripts") else { continue }
            found.formUnion(scripts.keys)
        }
        return found
    }

    private static func targets(_ tree: RepositoryTree) -> Set<String> {
        var found: Set<String> = []
        for (path, text) in tree.manifests {
            let name = path.split(separator: "/").last?.lowercased() ?? ""
            guard name.contains("makefile") || name.hasSuffix(".mk") else { continue }
            // Patterns and included files can make any target.
            if text.contains("\n%") || text.contains("\ninclude ") { return [] }
            for line in text.split(separator: "\n") where !line.hasPrefix("\t") && line.contains(":") {
                for name in (line.split(separator: ":").first ?? "").split(separator: " ") {
                    found.insert(String(name))
                }
            }
        }
        return found
    }
}

/// `Requires Python 3.8+` against `requires-python = ">=3.9"`; the same for Node.
enum RequirementClaims {
    static func find(_ lines: [ClaimLine], _ tree: RepositoryTree, _ examined: inout Int) -> [DocumentFinding] {
        var findings: [DocumentFinding] = []
        for (name, least) in [("python", python(tree)), ("node", node(tree))] {
            guard let least else { continue }
            for line in lines where !line.isCode {
                // `Python 3.8+ (for the package manager)` is about something else than the project.
                guard let claimed = minimum(line.plain, name),
                    !line.plain.contains(" for ") && !line.plain.contains("(for ")
                else { continue }
                examined += 1
                guard claimed.lexicographicallyPrecedes(least) else { continue }
                findings.append(
                    DocumentFinding(
                        line: line.number, kind: "requirement", claimed: line.text.trimmed,
                        seen: "the manifest asks for \(name) \(least.map(String.init).joined(separator: ".")) or newer")
                )
            }
        }
        return findings
    }

    /// `python 3.8+`, `python 3.8 or newer`, `python >= 3.8`.
    static func minimum(_ plain: String, _ name: String) -> [Int]? {
        guard let range = plain.firstRange(of: name) else { return nil }
        let after = plain[range.upperBound...].drop { ".js ≥>=v(:".contains($0) }
        let digits = after.prefix { $0.isNumber || $0 == "." }
        let rest = after.dropFirst(digits.count).trimmed
        let between = plain[range.upperBound...].prefix { !$0.isNumber }
        let isLeast =
            rest.hasPrefix("+") || rest.hasPrefix("or newer") || rest.hasPrefix("or later")
            || rest.hasPrefix("or higher")
            || rest.hasPrefix("or above") || between.contains(">=") || between.contains("≥")
        guard isLeast else { return nil }
        let parts = digits.split(separator: ".").compactMap { Int($0) }
        return parts.isEmpty || parts[0] > 100 ? nil : Array(parts.prefix(2))
    }

    private static func python(_ tree: RepositoryTree) -> [Int]? {
        for name in ["pyproject.toml", "setup.cfg", "setup.py"] {
            guard let text = tree.manifests[name] else { continue }
            for line in text.split(separator: "\n") {
                let lower = line.lowercased()
                guard lower.contains("requires-python") || lower.contains("python_requires") else { continue }
                return version(after: ">=", in: lower)
            }
        }
        return nil
    }

    private static func node(_ tree: RepositoryTree) -> [Int]? {
        guard let text = tree.manifests["package.json"],
            case .string(let engine) = JSONValue(bytes: Array(text.utf8))?.at("/engines/node"), !engine.contains("||")
        else { return nil }
        return version(after: ">=", in: engine)
    }

    private static func version(after sign: String, in text: String) -> [Int]? {
        guard let range = text.firstRange(of: sign) else { return nil }
        let digits = text[range.upperBound...].drop { $0 == " " }.prefix { $0.isNumber || $0 == "." }
        let parts = digits.split(separator: ".").compactMap { Int($0) }
        return parts.isEmpty ? nil : Array(parts.prefix(2))
    }
}
