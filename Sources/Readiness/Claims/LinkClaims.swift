/// A relative link to a file that isn't there.
enum LinkClaims {
    static func find(_ lines: [ClaimLine], _ path: String, _ tree: RepositoryTree) -> HeldStatements {
        var held = HeldStatements()
        guard !tree.isPartial else { return held }
        let folder = path.split(separator: "/").dropLast().map(String.init)
        for line in lines where !line.isCode {
            for target in targets(line.text) {
                guard let resolved = resolve(target, in: folder), !tree.isGenerated(resolved) else {
                    held.pass()
                    continue
                }
                held.hold(
                    line.number, "file", target,
                    against: tree.paths.contains(resolved) ? nil : "there is no \(resolved)")
            }
        }
        return held
    }

    /// `](docs/x.md#part)` gives `docs/x.md`, for the kinds of files that a repository holds.
    static func targets(_ text: String) -> [String] {
        var rest = text[...]
        var found: [String] = []
        // A link in a span of code is an example of a link.
        if text.split(separator: "`", omittingEmptySubsequences: false).enumerated().contains(where: {
            $0.offset % 2 == 1 && $0.element.contains("](")
        }) {
            return []
        }
        while let range = rest.firstRange(of: "]("), found.count < 50 {
            rest = rest[range.upperBound...]
            guard let end = rest.firstIndex(where: { $0 == ")" || $0 == " " }) else { break }
            var target = String(rest[..<end])
            rest = rest[end...]
            target = target.split { $0 == "#" || $0 == "?" }.first.map(String.init) ?? ""
            guard !target.contains(":"), !target.hasPrefix("/"), !target.hasPrefix("<"), !target.contains("{"),
                !target.contains("$"), !target.contains("%"), !target.contains("*")
            else { continue }
            let ending = target.split(separator: "/").last?.split(separator: ".").dropFirst().last.map(String.init)
            guard let ending, endings.contains(ending.lowercased()) else { continue }
            found.append(target)
        }
        return found
    }

    private static let endings: Set = [
        "md", "markdown", "py", "js", "ts", "tsx", "swift", "go", "rs", "java", "rb", "sh", "yml", "yaml", "json",
        "toml",
        "sql", "txt", "ipynb", "tf", "conf", "proto",
    ]

    private static func resolve(_ target: String, in folder: [String]) -> String? {
        var parts = folder
        for part in target.split(separator: "/").map(String.init) {
            switch part {
            case ".": continue
            case "..":
                // Out of the repository: nothing to hold it against.
                guard parts.popLast() != nil else { return nil }
            default: parts.append(part)
            }
        }
        return parts.joined(separator: "/")
    }
}
