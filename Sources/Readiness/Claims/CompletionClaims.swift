/// Items ticked as done that name a function or type which no source has.
enum CompletionClaims {
    static func find(_ lines: [ClaimLine], _ tree: RepositoryTree) -> HeldStatements {
        var held = HeldStatements()
        guard tree.sources >= 5 else { return held }
        for line in lines where !line.isCode && isTicked(line.text) && !hedges.occur(in: line.plain) {
            for name in PathClaims.spans(line.text).compactMap(identifier) {
                held.hold(
                    line.number, "completion", line.text.trimmed,
                    against: tree.words.contains(name.lowercased()) ? nil : "no source has `\(name)`")
            }
        }
        return held.unlessOver(max(1, held.known))
    }

    private static let hedges: Phrases = [
        "remove", "delet", "replac", "renam", "drop", "instead", "example", "e.g", "external", "deprecat",
    ]

    private static func isTicked(_ text: String) -> Bool {
        let trimmed = text.trimmed
        let item = trimmed.drop { "-*+ |".contains($0) }
        return item.hasPrefix("[x]") || item.hasPrefix("[X]") || item.hasPrefix("✅") || item.hasPrefix("✔")
    }

    /// `refreshToken()`, `rotate_keys()`, `class.method()`: what is called, with a name that isn't a plain word.
    private static func identifier(_ span: String) -> String? {
        guard span.hasSuffix("()") else { return nil }
        let name = span.dropLast(2).split(separator: ".").last.map(String.init) ?? ""
        guard name.count >= 6, name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }) else {
            return nil
        }
        return name.contains("_") || name.dropFirst().contains(where: \.isUppercase) ? name : nil
    }
}
