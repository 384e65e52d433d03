/// Names of the project's own program and packages in commands and examples: flags, subcommands, imports.
enum ProgramClaims {
    static func find(_ lines: [ClaimLine], _ tree: RepositoryTree) -> HeldStatements {
        var held = HeldStatements()
        let programs = programs(tree)
        let packages = packages(tree)
        guard !programs.isEmpty || !packages.isEmpty else { return held }
        var tool: String?
        // Files that a document has people write.
        let written = lines.filter { $0.isCode && $0.text.hasPrefix("# ") && $0.text.contains(".py") }.map(\.text)
        // What an example of a configuration declares is the reader's own.
        var done: Set<String> = Set(
            lines.filter(\.isCode).flatMap { RouteTable.quoted($0.text).filter { $0.hasPrefix("--") } })
        for line in lines {
            guard let code = line.code else {
                tool = nil
                var named = PathClaims.spans(line.text).filter { $0.contains(" --") }.flatMap {
                    flags($0, programs, nil)
                }
                if programs.count == 1, let only = programs.first, let flag = described(line.text) {
                    named.append((only, flag))
                }
                for flag in named where done.insert(flag.flag).inserted { hold(flag, line, tree, &held) }
                continue
            }
            if ClaimLine.shells.contains(code) {
                for flag in flags(line.text, programs, tool) where done.insert(flag.flag).inserted {
                    hold(flag, line, tree, &held)
                }
                // A command goes on where its line ends in a backslash.
                tool = line.text.trimmed.hasSuffix("\\") ? tool ?? program(in: line.text, programs) : nil
            }
            guard ["python", "py", "python3"].contains(code) else { continue }
            for (name, place) in imports(line.text, packages) where done.insert(place + " " + name).inserted {
                let file = place.replacing(".", with: "/") + ".py"
                guard !written.contains(where: { $0.contains(file) }) else { continue }
                let isThere = tree.words.contains(name.lowercased()) || tree.segments.contains(name.lowercased())
                held.hold(
                    line.number, "import", line.text.trimmed, against: isThere ? nil : "no source has `\(name)`")
            }
        }
        return held.unlessOver(max(1, held.known))
    }

    private static func hold(
        _ flag: (tool: String, flag: String), _ line: ClaimLine, _ tree: RepositoryTree, _ held: inout HeldStatements
    ) {
        let bare = String(flag.flag.dropFirst(2)).lowercased()
        let isThere = [bare, bare.hasPrefix("no-") ? String(bare.dropFirst(3)) : bare].contains { stem in
            [stem, stem.replacing("-", with: "_"), stem.filter { $0 != "-" }].contains(where: tree.words.contains)
        }
        held.hold(
            line.number, "flag", "\(flag.tool) \(flag.flag)", against: isThere ? nil : "no source has `\(flag.flag)`")
    }

    /// Long flags of a command of ours, up to where another command begins.
    private static func flags(
        _ text: String, _ programs: Set<String>, _ before: String?
    ) -> [(tool: String, flag: String)] {
        guard text.contains("--"), !text.trimmed.hasPrefix("#"), let tool = before ?? program(in: text, programs) else {
            return []
        }
        let body = text.firstRange(of: " # ").map { text[..<$0.lowerBound] } ?? text[...]
        var found: [(String, String)] = []
        for word in body.split(separator: " ") {
            if ["|", "&&", ";", "--", "||"].contains(word) { break }
            let flag = word.filter { $0 != "[" && $0 != "]" && $0 != "`" && $0 != "," }.prefix { $0 != "=" }
            guard flag.hasPrefix("--"), flag.count > 4, flag != "--help", flag != "--version",
                flag.dropFirst(2).allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") })
            else { continue }
            found.append((tool, String(flag)))
        }
        return found
    }

    /// A flag that a row or an item begins with.
    private static func described(_ text: String) -> String? {
        let trimmed = text.trimmed
        guard trimmed.hasPrefix("| `--") || trimmed.hasPrefix("- `--") || trimmed.hasPrefix("* `--") else { return nil }
        let flag = String(trimmed.dropFirst(3).prefix { $0 != "`" && $0 != " " && $0 != "=" && $0 != "," && $0 != "/" })
        guard flag.count > 4, flag != "--help", flag != "--version",
            flag.dropFirst(2).allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") })
        else { return nil }
        return flag
    }

    private static func program(in text: String, _ programs: Set<String>) -> String? {
        let words = text.trimmed.split(separator: " ").map(String.init).filter { $0 != "$" && $0 != "sudo" }
        guard let first = words.first else { return nil }
        if programs.contains(first) { return first }
        let second = words.dropFirst().first ?? ""
        if ["uv", "poetry", "pipenv", "pdm", "hatch"].contains(first), second == "run",
            let third = words.dropFirst(2).first, programs.contains(third)
        {
            return third
        }
        if ["uvx", "pipx", "npx"].contains(first), programs.contains(second) { return second }
        return nil
    }

    /// What `pyproject.toml` installs.
    private static func programs(_ tree: RepositoryTree) -> Set<String> {
        guard let text = tree.manifests["pyproject.toml"] else { return [] }
        var found: Set<String> = []
        var isScripts = false
        for raw in text.split(separator: "\n") {
            let line = raw.trimmed
            if line.hasPrefix("[") {
                isScripts = line == "[project.scripts]" || line == "[tool.poetry.scripts]"
            } else if isScripts, let equals = line.firstIndex(of: "=") {
                let name = line[..<equals].trimmed.filter { $0 != "\"" && $0 != "'" }
                if !name.isEmpty, !name.hasPrefix("#") { found.insert(name) }
            }
        }
        return found
    }

    /// Folders with an `__init__.py` at the top, or right under `src`.
    private static func packages(_ tree: RepositoryTree) -> Set<String> {
        var found: Set<String> = []
        for path in tree.paths where path.hasSuffix("/__init__.py") {
            let parts = path.split(separator: "/").map(String.init)
            if parts.count == 2, let first = parts.first { found.insert(first) }
            if parts.count == 3, parts.first == "src" { found.insert(parts[1]) }
        }
        return found.subtracting([
            "tests", "test", "app", "examples", "docs", "scripts", "src", "config", "core", "utils",
        ])
    }

    /// Names and modules that a line takes from one of our packages.
    static func imports(_ text: String, _ packages: Set<String>) -> [(name: String, place: String)] {
        let trimmed = text.trimmed
        guard trimmed.hasPrefix("from ") else { return [] }
        let words = trimmed.split(separator: " ", maxSplits: 3).map(String.init)
        guard words.count == 4, words[2] == "import" else { return [] }
        let modules = words[1].split(separator: ".").map(String.init)
        guard let package = modules.first, packages.contains(package) else { return [] }
        var found = modules.dropFirst().map { ($0, words[1]) }
        let list = words[3].prefix { $0 != "#" }.filter { $0 != "(" && $0 != ")" && $0 != "\\" }
        for item in list.split(separator: ",") {
            let name = item.trimmed.prefix { $0 != " " }
            if name.count >= 3, name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }) {
                found.append((String(name), words[1]))
            }
        }
        return found
    }
}
