/// `1,200 tests`, `coverage 95 %`: held against what was measured, else against what is there to count.
enum FigureClaims {
    static func find(_ lines: [ClaimLine], _ tree: RepositoryTree, _ figures: [Figure]) -> HeldStatements {
        var held = HeldStatements()
        for line in lines where !line.isCode && line.plain.utf8.count < 500 && !hedges.occur(in: line.plain) {
            if !tree.isPartial, let count = tests(line.plain) {
                held.hold(line.number, "figure", line.text.trimmed, against: contradiction(count, tree, figures))
            }
            if let count = endpoints(line.plain), tree.routes.declared.count >= 5, !tree.routes.isImplicit {
                let declared = Set(tree.routes.declared).count
                held.hold(
                    line.number, "count", line.text.trimmed,
                    against: Double(count) > Double(declared) * 1.3 + 2
                        ? "\(declared) routes are declared in the source" : nil)
            }
            if let share = coverage(line.plain) ?? coverageBadge(line.text), let figure = covered(tree, figures) {
                held.hold(
                    line.number, "figure", line.text.trimmed,
                    against: share > figure.value + 1
                        ? "coverage is \(plain(figure.value)) % (\(figure.source))" : nil)
            }
        }
        return held
    }

    private static let hedges: Phrases = [
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
