/// Items ticked as done that name a function or type which no source has.
enum CompletionClaims {
    static func find(_ lines: [ClaimLine], _ tree: RepositoryTree, _ examined: inout Int) -> [DocumentFinding] {
        guard tree.sources >= 5 else { return [] }
        var findings: [DocumentFinding] = []
        var known = 0
        for line in lines where !line.isCode && isTicked(line.text) {
            guard
                !["remove", "delet", "replac", "renam", "drop", "instead", "example", "e.g", "external", "deprecat"]
                    .contains(where: line.plain.contains)
            else { continue }
            for name in PathClaims.spans(line.text).compactMap(identifier) {
                examined += 1
                if tree.words.contains(name.lowercased()) {
                    known += 1
                } else {
                    findings.append(
                        DocumentFinding(
                            line: line.number, kind: "completion", claimed: line.text.trimmed,
                            seen: "no source has `\(name)`"))
                }
            }
        }
        return findings.count <= max(1, known) ? findings : []
    }

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
