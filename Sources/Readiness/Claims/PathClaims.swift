/// Files that documents name and that aren't there: arguments of commands, spans of code, badges of workflows.
enum PathClaims {
    static func find(_ lines: [ClaimLine], _ path: String, _ tree: RepositoryTree) -> HeldStatements {
        var held = HeldStatements()
        guard !tree.isPartial else { return held }
        let folder = path.split(separator: "/").dropLast().joined(separator: "/")
        var inside = ""
        // Elsewhere, commands are for people with projects of their own.
        let name = path.lowercased()
        let isNear =
            folder.isEmpty || name.contains("contributing") || name.contains("develop") || name.hasSuffix("readme.md")
        let hasWorkflows = tree.paths.contains(".github/workflows")
        // What some sentence leaves to the reader.
        var done: Set<String> = Set(lines.filter { !$0.isCode && isHedged($0) }.flatMap { spans($0.text) })
        for line in lines {
            if line.isCode, line.text.trimmed.hasPrefix("cd ") { inside = "elsewhere" }
            if !line.isCode { inside = "" }
            for (target, claimed) in named(line, isNear) where done.insert(target).inserted {
                guard inside.isEmpty || target.contains("/"), !target.hasPrefix(".github/") || hasWorkflows else {
                    continue
                }
                let isThere = exists(target, folder, tree)
                guard isThere || !tree.isGenerated(target) && !isHedged(line) else {
                    held.pass()
                    continue
                }
                let name = target.split(separator: "/").last.map(String.init) ?? target
                let other = isThere ? nil : tree.ending(in: name).min()
                held.hold(
                    line.number, "file", claimed,
                    against: isThere ? nil : "there is no \(target)" + (other.map { "; there is a \($0)" } ?? ""))
            }
        }
        return held.unlessOver(max(2, held.known * 2))
    }

    /// Anywhere below, since documents name files from many places.
    private static func exists(_ target: String, _ folder: String, _ tree: RepositoryTree) -> Bool {
        let bare = target.hasSuffix("/") ? String(target.dropLast()) : target
        if tree.paths.contains(bare) || tree.paths.contains(folder.isEmpty ? bare : folder + "/" + bare) { return true }
        // The repository's own folder may stand in front, as seen from the one above.
        if let slash = bare.firstIndex(of: "/"), tree.paths.contains(String(bare[slash...].dropFirst())) { return true }
        return !tree.ending(in: bare).isEmpty
    }

    private static func isHedged(_ line: ClaimLine) -> Bool {
        if line.isCode { return false }
        return hedges.occur(in: " \(line.plain) ")
    }

    private static let hedges: Phrases = [
        " your ", " you ", "create", "generat", "will be", "written to", "writes", "saved", "saves", "stored", "output",
        "e.g", "example", "for instance", " such as ", "previous", "moved", "renamed", "removed", "deleted",
        "no longer",
        "deprecated", "planned", "future", "todo", " new ", " add ", "not ", "n't ", "if ", "optional", " like ",
        "would",
        "should", "could", " may ", "replac", "produce", "export", " old ", "formerly", "legacy", "coming soon",
        "missing",
        "download", "mount", "expect", "looks for", "look for", "any ", "ignored", "was ", "project's", "target",
        "detect",
        "default", "verify", "ensure", "your-", "scaffold", "initial", "sample", "edit ", "each ", "every ", "restor",
    ]

    /// Paths that a line takes to be there, with the words around them.
    static func named(_ line: ClaimLine, _ isNear: Bool) -> [(target: String, claimed: String)] {
        if let code = line.code {
            guard isNear, ClaimLine.shells.contains(code) else { return [] }
            return command(line.text)
        }
        var found = badge(line.text)
        let all = spans(line.text)
        // A setting's row names what it may be set to.
        if let first = all.first, first.contains("_"), first.allSatisfy({ $0.isUppercase || $0.isNumber || $0 == "_" })
        {
            return found
        }
        for span in all {
            if span.contains(" ") {
                if isNear { found += command(span) }
            } else if isPath(span) {
                found.append((span.hasPrefix("/") ? String(span.dropFirst()) : span, span))
            }
        }
        return found
    }

    static func spans(_ text: String) -> [String] {
        guard text.utf8.contains(0x60) else { return [] }
        return text.split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset % 2 == 1 }.prefix(30).map { String($0.element) }
    }

    private static let folders: Set = [
        "src", "app", "tests", "test", "scripts", "docs", "config", "backend", "frontend", "server", "api", "lib",
        "services", "routes", "routers", "core", "deploy", "docker", "migrations", "alembic", "utils", "components",
    ]
    private static let endings: Set = [
        "py", "js", "ts", "tsx", "jsx", "swift", "go", "rs", "java", "rb", "sh", "yml", "yaml", "toml", "sql", "md",
        "html",
        "css", "kt", "php", "tf", "ini", "cfg", "conf",
    ]

    /// `src/auth/tokens.py`: from one of the folders that repositories have, with an ending that sources have.
    private static func isPath(_ text: String) -> Bool {
        guard text.contains("/"), text.count <= 120, !text.contains("..") else { return false }
        let parts = text.split(separator: "/").map(String.init)
        guard let first = parts.first, folders.contains(first), let last = parts.last,
            let ending = last.split(separator: ".").last.map(String.init), last.contains("."), !last.hasPrefix(".")
        else { return false }
        return endings.contains(ending) && isPlain(text)
    }

    private static func isPlain(_ text: String) -> Bool {
        text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./".contains($0)) }
            && !text.lowercased().contains("your") && !text.contains("my_") && !text.contains("xxx")
    }

    /// `python scripts/seed.py`, `bash x.sh`, `./run.sh`, `-r requirements.txt`, `-f compose.yml`, `cp .env.example .env`.
    static func command(_ text: String) -> [(target: String, claimed: String)] {
        var body = text.trimmed[...]
        while let first = body.first, first == "$" || first == ">" || first == " " { body = body.dropFirst() }
        guard !body.hasPrefix("#"), body.count <= 300 else { return [] }
        if let comment = body.firstRange(of: " #") { body = body[..<comment.lowerBound] }
        let parts = body.replacing("&&", with: ";").split(separator: ";")
        return parts.prefix(10).flatMap { part -> [(String, String)] in
            let words = part.split(separator: " ").map(String.init)
            guard let tool = words.first else { return [] }
            let rest = words.dropFirst()
            var target: String?
            switch tool {
            case "python", "python3", "node", "bash", "sh", "source", ".":
                target = rest.first
            case "pip", "pip3":
                target = after(["-r", "--requirement"], rest)
            case "docker-compose": target = after(["-f", "--file"], rest)
            case "docker":
                if rest.first == "compose" { target = after(["-f", "--file"], rest) }
                if rest.first == "build" { target = after(["-f", "--file"], rest) }
            case "cp":
                target = rest.first { !$0.hasPrefix("-") }
                guard let name = target,
                    name.contains("example") || name.contains("sample") || name.contains("template")
                else { return [] }
            case "pytest": target = rest.first { $0.hasPrefix("tests/") || $0.hasPrefix("test/") }
            default: if tool.hasPrefix("./"), tool.hasSuffix(".sh") || tool.hasSuffix(".py") { target = tool }
            }
            guard var name = target, !name.hasPrefix("-") else { return [] }
            if name.hasPrefix("./") { name = String(name.dropFirst(2)) }
            name = String(name.prefix { $0 != ":" })
            guard isPlain(name), name.contains("."), !name.contains(".."), !name.hasPrefix("/"), !name.contains("venv"),
                !name.hasSuffix("/activate"),
                !["app.py", "main.py", "script.py", "server.py", "example.py", "manage.py"].contains(name)
            else { return [] }
            return [(name, part.trimmed)]
        }
    }

    private static func after(_ flags: [String], _ words: ArraySlice<String>) -> String? {
        for (flag, value) in zip(words, words.dropFirst()) where flags.contains(flag) { return value }
        return nil
    }

    /// `actions/workflows/ci.yml/badge.svg`.
    private static func badge(_ text: String) -> [(target: String, claimed: String)] {
        guard let range = text.firstRange(of: "/actions/workflows/") else { return [] }
        let name = text[range.upperBound...].prefix { $0 != "/" && $0 != ")" && $0 != "?" && $0 != " " }
        guard name.hasSuffix(".yml") || name.hasSuffix(".yaml"), isPlain(String(name)) else { return [] }
        return [(".github/workflows/\(name)", "badge of the workflow \(name)")]
    }
}

/// A folder tree drawn in a document.
enum DrawnTreeClaims {
    static func find(_ lines: [ClaimLine], _ tree: RepositoryTree) -> HeldStatements {
        var held = HeldStatements()
        guard !tree.isPartial else { return held }
        for block in blocks(lines) {
            let heading = block.lines.first?.heading ?? ""
            guard !supposed.occur(in: heading), !supposed.occur(in: block.lead) else { continue }
            var drawn = HeldStatements()
            for entry in entries(block.lines) {
                let isThere = isThere(entry.path, tree)
                guard isThere || !tree.isGenerated(entry.path) && !entry.isHedged else {
                    drawn.pass()
                    continue
                }
                drawn.hold(
                    entry.line, "tree", entry.path,
                    against: isThere ? nil : "the drawn folder has it, the repository doesn't")
            }
            // A drawing of which a good part isn't there is of another folder: the reader's, or one to come.
            held.add(drawn.unlessOver(drawn.known >= 3 ? drawn.known / 2 : 0).first(20))
        }
        return held
    }

    /// What makes a drawing one of something else than this repository.
    private static let supposed: Phrases = [
        "recommend", "suggest", "example", "your", "typical", "consider", "suppose", "imagine", "assum", "such as",
        "e.g", "would", "could", "might", "should", "for instance", "a project like", "if you", "output", "generat",
    ]

    private static func isThere(_ path: String, _ tree: RepositoryTree) -> Bool {
        if tree.paths.contains(path) { return true }
        if !tree.ending(in: path).isEmpty { return true }
        // The drawing may begin with the repository's own folder, or leave one out.
        let parts = path.split(separator: "/")
        if parts.count > 1, tree.paths.contains(parts.dropFirst().joined(separator: "/")) { return true }
        guard let last = parts.last, parts.count > 2 else { return false }
        return tree.ending(in: String(last)).contains { $0.hasPrefix("\(parts[0])/") }
    }

    /// Runs of lines in one block of code that have branches, with the line of text that leads to them.
    private static func blocks(_ lines: [ClaimLine]) -> [(lead: String, lines: [ClaimLine])] {
        var all: [(lead: String, lines: [ClaimLine])] = []
        var block: [ClaimLine] = []
        var lead = ""
        for line in lines {
            if line.isCode, line.text.contains("──") || !block.isEmpty {
                block.append(line)
            } else if !line.isCode {
                if !block.isEmpty { all.append((lead, block)) }
                block = []
                if !line.plain.isEmpty { lead = line.text.hasPrefix("#") ? "" : line.plain }
            }
        }
        if !block.isEmpty { all.append((lead, block)) }
        return all
    }

    struct Entry: Equatable {
        var line: Int
        var path: String
        var isHedged: Bool
    }

    /// Paths by how deep their branches stand.
    static func entries(_ block: [ClaimLine]) -> [Entry] {
        var stack: [(depth: Int, name: String)] = []
        var found: [Entry] = []
        for line in block.prefix(400) {
            guard let range = line.text.firstRange(of: "── ") else { continue }
            let depth = line.text[..<range.lowerBound].count
            let rest = line.text[range.upperBound...]
            let raw = rest.prefix { $0 != " " && $0 != "#" && $0 != "\t" && $0 != "←" && $0 != "(" }
            let name = raw.hasSuffix("/") ? String(raw.dropLast()) : String(raw)
            while let last = stack.last, last.depth >= depth { stack.removeLast() }
            stack.append((depth, name))
            let isPlain =
                !name.isEmpty
                && stack.allSatisfy { step in
                    step.name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./@".contains($0)) }
                        && !step.name.contains("..")
                }
            // Words without an ending or a slash may be a remark.
            guard isPlain, raw.hasSuffix("/") || name.contains(".") else { continue }
            let note = rest.dropFirst(raw.count).lowercased()
            found.append(
                Entry(
                    line: line.number, path: stack.map(\.name).joined(separator: "/"),
                    isHedged: hedges.contains { note.contains($0) }))
        }
        return found
    }

    private static let hedges = [
        "generat", "optional", "created", "creat", "your", "ignored", "not in", "planned", "future", "runtime", "local",
        "e.g", "example", "coming", "todo", "auto", "built", "new", "output", "downloaded", "symlink",
    ]
}
