/// `npm run build`, `make test`: a script or target that isn't there.
enum CommandClaims {
    static func find(_ lines: [ClaimLine], _ path: String, _ tree: RepositoryTree) -> HeldStatements {
        var held = HeldStatements()
        // Elsewhere, documents talk to people about projects of their own.
        let name = path.lowercased()
        let isOfWhole = !path.contains("/") || name.contains("contributing") || name.contains("develop")
        guard isOfWhole || name.hasSuffix("readme.md") else { return held }
        let folder = path.split(separator: "/").dropLast().joined(separator: "/")
        let scripts = scripts(tree)
        let targets = targets(tree, folder, isOfWhole: isOfWhole)
        guard !scripts.isEmpty || !targets.isEmpty else { return held }
        var place = CommandPlace()
        for line in lines {
            place.enter(line, tree)
            guard !place.isElsewhere, tools.occur(in: line.text) else { continue }
            let words = line.text.split { " `\"'|;&$".contains($0) }.map(String.init)
            guard words.count <= 40 else { continue }
            var before = ""
            for (word, rest) in zip(words, words.indices.map { words.dropFirst($0 + 1) }) {
                if ["npm", "pnpm", "yarn"].contains(word), rest.first == "run", !scripts.isEmpty,
                    let script = rest.dropFirst().first, isName(script)
                {
                    held.hold(
                        line.number, "command", "\(word) run \(script)",
                        against: scripts.contains(script) ? nil : "no package.json has a script `\(script)`")
                }
                if word == "make", before.isEmpty || before == "$" || line.text.contains("`make "), !targets.isEmpty,
                    let target = rest.first, isName(target),
                    line.text.contains("`make \(target)`") || line.text.trimmed == "make \(target)"
                {
                    held.hold(
                        line.number, "command", "make \(target)",
                        against: targets.contains(target) ? nil : "no Makefile has a target `\(target)`")
                }
                before = word
            }
        }
        return held
    }

    private static let tools: Phrases = ["npm", "yarn", "make "]

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

    /// Targets of the document's own folder; of the whole repository for a document of the whole. Empty where they can't be
    /// known.
    private static func targets(_ tree: RepositoryTree, _ folder: String, isOfWhole: Bool) -> Set<String> {
        // What makes the Makefile adds targets to it.
        guard !makers.contains(where: tree.paths.contains) else { return [] }
        var found: Set<String> = []
        for (path, text) in tree.manifests {
            let parts = path.split(separator: "/").map { $0.lowercased() }
            guard let name = parts.last, name.contains("makefile") || name.hasSuffix(".mk") else { continue }
            // `make` in the notes of a part without a Makefile is run somewhere else.
            guard isOfWhole || parts.dropLast().joined(separator: "/") == folder.lowercased() else { continue }
            // Patterns, included files and names put together can make any target.
            if unbounded.occur(in: "\n" + text) { return [] }
            for line in text.split(separator: "\n") where !line.hasPrefix("\t") && line.contains(":") {
                for name in (line.split(separator: ":").first ?? "").split(separator: " ") {
                    found.insert(String(name))
                }
            }
        }
        return found
    }

    private static let makers = [
        "configure", "configure.ac", "configure.in", "CMakeLists.txt", "Makefile.am", "Makefile.PL", "meson.build",
    ]
    private static let unbounded: Phrases = ["\n%", "\ninclude ", "\n-include ", "\nsinclude ", "\n$("]
}

/// Where the commands of a block of code are run: in the repository, or in something that was fetched or left it.
struct CommandPlace {
    private(set) var isElsewhere = false

    mutating func enter(_ line: ClaimLine, _ tree: RepositoryTree) {
        guard line.isCode else {
            isElsewhere = false
            return
        }
        let words = line.text.trimmed.split(separator: " ").map(String.init).filter { $0 != "$" && $0 != "sudo" }
        switch words.first {
        case "wget", "tar", "unzip", "./configure": isElsewhere = true
        case "curl" where words.contains { ["-O", "-L", "-LO", "-OL", "-o"].contains($0) }: isElsewhere = true
        case "git" where words.dropFirst().first == "clone":
            let name = (words.last ?? "").split(separator: "/").last.map(String.init) ?? ""
            isElsewhere = !isOwn(name.hasSuffix(".git") ? String(name.dropLast(4)) : name, tree)
        case "cd": isElsewhere = isElsewhere || !isOwn(words.dropFirst().first ?? "", tree)
        default: break
        }
    }

    /// A folder of the repository, or a word of its sources, as its own name is.
    private func isOwn(_ path: String, _ tree: RepositoryTree) -> Bool {
        let bare = path.split(separator: "/").filter { $0 != "." && $0 != ".." }.joined(separator: "/")
        let name = bare.split(separator: "/").last.map { $0.lowercased() } ?? ""
        return bare.isEmpty || tree.paths.contains(bare) || !tree.ending(in: bare).isEmpty || tree.words.contains(name)
            || tree.words.contains(name.filter { $0 != "-" && $0 != "_" })
    }
}
