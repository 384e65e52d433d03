/// Finds what is declared and never wired: middleware, guards, decorators, routers and handlers that a tree defines and
/// nothing in it uses. An import, an export and a decorator of its own are no use.
struct Wiring {
    struct Definition: Equatable {
        var name: String
        var kind: String
        var rule: String
        var file: String
        var line: Int
        /// Modules under whose name others may reach it.
        var modules: [String]
    }

    /// What one file says about names of others, and of its own.
    struct Usage {
        /// Names that stand where a value stands.
        var values: Set<String> = []
        /// Name here → (module's last word, name there).
        var imports: [String: (module: String, name: String)] = [:]
        /// `module.name` as it is written.
        var members: Set<String> = []
        /// Last words of dotted texts, as Django's settings have them.
        var dotted: Set<String> = []
        /// Files that are required right where they are used.
        var required: Set<String> = []
        /// Names that are passed on: `export { default as admin } from './admin'`.
        var passedOn: [(module: String, name: String, here: String)] = []
    }

    var definitions: [Definition] = []
    var usages: [String: Usage] = [:]
    /// Whether an app of a framework is made anywhere; without one there is nothing to wire into.
    var apps: Set<String> = []
    var loadsByName = false
    var hasDjangoMiddleware = false
    /// Decorators that a package names as offered to others (`__all__`).
    var offered: Set<String> = []
    /// Whether a program begins in the tree, and not only a library.
    var hasRustProgram = false
    /// Modules that Nest is started with; where none of them is in the tree, nobody tells what hangs on it.
    var startedModules: Set<String> = []
    /// Names of Rust and what they are called here: `use a::router as admin`.
    var renamed: Set<String> = []

    mutating func add(_ file: SourceFile) {
        // What only tests use isn't wired; what they define is of no matter.
        guard !file.path.isAside else { return }
        var usage = Usage()
        switch file.language {
        case .python: python(file, &usage)
        case .javascript: script(file, &usage)
        case .swift: swift(file, &usage)
        case .rust: rust(file, &usage)
        }
        usages[file.path] = usage
    }

    var hasApp: Bool { !apps.isEmpty }

    func findings() -> (findings: [SourceFinding], looked: Int) {
        let judged = definitions.filter {
            apps.contains(String($0.rule.split(separator: ".").last?.prefix { $0 != "-" } ?? ""))
        }
        let own = judged.filter { !isUsed($0) }
        return (
            own.map {
                SourceFinding(
                    rule: $0.rule, file: $0.file, line: $0.line,
                    seen: "\($0.kind) `\($0.name)` is defined and nothing uses it")
            },
            judged.count
        )
    }

    func isUsed(_ definition: Definition) -> Bool {
        if definition.kind == "the middleware", definition.rule.hasSuffix("python-django"), !hasDjangoMiddleware {
            return true
        }
        if definition.kind == "the decorator", offered.contains(definition.name) { return true }
        if definition.rule.hasPrefix("unwired.rust") {
            if !hasRustProgram { return true }
            if let shared = isSharedNameUsed(definition) { return shared }
        }
        if definition.kind == "the module",
            !definitions.contains(where: { $0.kind == "the module" && startedModules.contains($0.name) })
        {
            return true
        }
        if loadsByName, definition.rule.hasPrefix("unwired.javascript") { return true }
        for (path, usage) in usages {
            if usage.dotted.contains(definition.name) { return true }
            if path == definition.file {
                if usage.values.contains(definition.name) { return true }
                continue
            }
            if definition.modules.contains(where: { usage.members.contains("\($0).\(definition.name)") }) {
                return true
            }
            // `from a import b as c`, then `c.name`
            for (here, there) in usage.imports
            where definition.modules.contains(there.name) && usage.members.contains("\(here).\(definition.name)") {
                return true
            }
            if definition.name == "default" || definition.kind == "the router" || definition.kind == "the blueprint" {
                for (here, there) in usage.imports
                where definition.modules.contains(there.module)
                    && [definition.name, "default", "*"].contains(there.name)
                {
                    if usage.values.contains(here) { return true }
                }
                if definition.modules.contains(where: { usage.required.contains($0) }) { return true }
                if usage.passedOn.contains(where: { passed in
                    definition.modules.contains(passed.module)
                        && [definition.name, "default", "*"].contains(passed.name)
                        && usages.values.contains { $0.values.contains(passed.here) }
                }) {
                    return true
                }
                continue
            }
            if usage.values.contains(definition.name) { return true }
            if usage.passedOn.contains(where: {
                $0.name == definition.name && definition.modules.contains($0.module)
            }) {
                return true
            }
            for (here, there) in usage.imports where there.name == definition.name && usage.values.contains(here) {
                return true
            }
        }
        return false
    }

    /// `app/auth/routes.py` → routes, auth.
    func modules(_ path: String) -> [String] {
        let parts = path.split(separator: "/")
        let stem = String(parts.last?.prefix { $0 != "." } ?? "")
        let folder = parts.dropLast().last.map(String.init)
        // Scripts are known by their whole name; a folder is known by its index alone.
        if SourceLanguage(path: path) == .javascript {
            let whole = self.stem(path)
            return whole == "index" ? [whole, ".", ".."] + (folder.map { [$0] } ?? []) : [whole]
        }
        return [stem] + (folder.map { [$0] } ?? [])
    }

    func defined(_ name: String, _ kind: String, _ rule: String, _ file: SourceFile, _ line: Int) -> Definition {
        Definition(
            name: name, kind: kind, rule: "unwired.\(rule)", file: file.path, line: line, modules: modules(file.path))
    }
}
