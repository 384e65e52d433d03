/// `GET /api/things` in a document, of which no route in the source has the last part.
enum EndpointClaims {
    static func find(_ lines: [ClaimLine], _ tree: RepositoryTree, _ examined: inout Int) -> [DocumentFinding] {
        // A tree in which hardly any path is written has no routes of its own to hold a document against.
        guard tree.pathLiterals >= 8 else { return [] }
        var findings: [DocumentFinding] = []
        for line in lines {
            guard line.code.map({ ["", "http", "text", "plaintext"].contains($0) }) ?? true else { continue }
            for (method, path) in operations(line.text) {
                examined += 1
                let segments = path.split(separator: "/").map(String.init).filter(isFixed)
                guard let last = segments.last?.lowercased(), last.count >= 3 else { continue }
                let variants = [last, last.replacing("-", with: "_"), last.replacing("_", with: "-")]
                let isKnown =
                    variants.contains { tree.segments.contains($0) } || variants.contains { tree.words.contains($0) }
                guard !isKnown else { continue }
                findings.append(
                    DocumentFinding(
                        line: line.number, kind: "endpoint", claimed: "\(method) \(path)",
                        seen: "no source, route or description in the repository has `\(last)`"))
            }
        }
        return findings
    }

    private static let methods: Set = ["GET", "POST", "PUT", "PATCH", "DELETE"]

    /// Methods with the paths right behind them; addresses of other machines are none.
    static func operations(_ text: String) -> [(method: String, path: String)] {
        // A request as it goes over the wire is an example, of whatever machine.
        guard !text.contains(" HTTP/") else { return [] }
        let words = text.split { $0 == " " || $0 == "`" || $0 == "|" || $0 == "*" || $0 == "\"" }.map(String.init)
        var found: [(String, String)] = []
        for (word, next) in zip(words, words.dropFirst()) where methods.contains(word) {
            let path = next.split { $0 == "?" || $0 == "#" || $0 == "," || $0 == ")" }.first.map(String.init) ?? ""
            guard path.hasPrefix("/"), !path.hasPrefix("//"), path.count <= 200, !path.contains("...") else { continue }
            found.append((word, path))
        }
        return found
    }

    /// A part of a path that isn't a placeholder.
    private static func isFixed(_ segment: String) -> Bool {
        !segment.contains { "{}<>:[]$*%".contains($0) } && segment.contains { $0.isLetter }
            && segment.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) }
    }
}

/// A relative link to a file that isn't there.
enum LinkClaims {
    static func find(
        _ lines: [ClaimLine], _ path: String, _ tree: RepositoryTree, _ examined: inout Int
    ) -> [DocumentFinding] {
        var findings: [DocumentFinding] = []
        let folder = path.split(separator: "/").dropLast().map(String.init)
        for line in lines where !line.isCode {
            for target in targets(line.text) {
                examined += 1
                guard let resolved = resolve(target, in: folder), !tree.paths.contains(resolved) else { continue }
                findings.append(
                    DocumentFinding(
                        line: line.number, kind: "file", claimed: target, seen: "there is no \(resolved)"))
            }
        }
        return findings
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
