/// `Requires Python 3.8+` against `requires-python = ">=3.9"`; the same for Node.
enum RequirementClaims {
    static func find(_ lines: [ClaimLine], _ tree: RepositoryTree) -> HeldStatements {
        var held = HeldStatements()
        for (name, least) in [("python", python(tree)), ("node", node(tree))] {
            guard let least else { continue }
            let stated = lines.compactMap { line in
                line.isCode || others.occur(in: line.plain)
                    ? nil : minimum(line.plain, name).map { (line: line, least: $0) }
            }
            for (line, claimed) in stated {
                // Where the same list has what the manifest asks for, its other lines are of other releases.
                let isOfOthers =
                    isListed(line)
                    && stated.contains {
                        isListed($0.line) && $0.line.heading == line.heading
                            && !$0.least.lexicographicallyPrecedes(least)
                    }
                held.hold(
                    line.number, "requirement", line.text.trimmed,
                    against: claimed.lexicographicallyPrecedes(least) && !isOfOthers
                        ? "the manifest asks for \(name) \(least.map(String.init).joined(separator: ".")) or newer"
                        : nil)
            }
        }
        return held
    }

    private static func isListed(_ line: ClaimLine) -> Bool {
        line.text.trimmed.first.map { "|-*+".contains($0) } ?? false
    }

    /// What makes a line one about something else than the least that is asked for: `Python 3.8+ (for the package manager)`,
    /// `Python >=2.7,<3.5: Unsupported`, releases that once were.
    private static let others: Phrases = [
        " for ", "(for ", "unsupported", "not supported", "no longer", "dropp", "deprecat", "end of life",
        "end-of-life",
        "eol", "<", "≤", " older", " earlier", "before", "below", "prior to", "up to", "until", "legacy",
        "last version",
        "last release", "not work", "does not", "doesn't", "won't", "without", "instead", "upgrade", "used to",
    ]

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
