/// Rust: axum, tower, actix and Rocket.
extension Wiring {
    /// Traits that make a type something to wire, and what it is called.
    private static let traits = [
        "Layer": "the layer", "Transform": "the middleware", "FromRequestParts": "the extractor",
        "FromRequest": "the extractor", "Fairing": "the fairing",
    ]
    private static let extractors: Set<String> = ["Path", "Json", "Query", "State", "Form", "Extension", "Multipart"]
    private static let methods: Set<String> = ["get", "post", "put", "patch", "delete", "head", "route"]

    mutating func rust(_ file: SourceFile, _ usage: inout Usage) {
        var own: Set<Int> = []
        for function in file.functions where !function.name.isEmpty {
            own.insert(function.start + 1)
            // What builds a crate, or tries it out, is no program of it.
            if function.name == "main" || function.name == "rocket", !file.path.hasSuffix("build.rs") {
                hasRustProgram = true
            }
            if let kind = rustKind(function, file) {
                definitions.append(defined(function.name, kind, "rust-middleware", file, function.line))
            }
        }
        let blocks = rustTypes(file)
        for (place, token) in file.tokens.enumerated() where token.kind == .word && !own.contains(place) {
            if token.text == "Router" || token.text == "App", file.token(place + 1).isMark("::"),
                file.token(place + 2).isWord("new")
            {
                apps.insert("rust")
            }
            if token.text == "HttpServer" || token.text == "rocket" && file.token(place + 1).isMark("::") {
                apps.insert("rust")
            }
            // What a type says about itself wires nothing.
            if let inside = blocks[token.text], inside.contains(where: { $0.contains(place) }) { continue }
            if ["struct", "enum", "type"].contains(file.token(place - 1).text) { continue }
            // `use a::b;` and `pub use` are no uses.
            var index = place
            while index > 0, index > place - 30, !file.token(index).isMark(";"), !file.token(index).isMark("}"),
                !file.token(index).isWord("use")
            { index -= 1 }
            if !file.token(index).isWord("use") {
                usage.values.insert(token.text)
                if file.token(place - 1).isMark("::"), file.token(place - 2).kind == .word {
                    usage.members.insert("\(file.token(place - 2).text).\(token.text)")
                }
            } else if file.token(place + 1).isWord("as") {
                renamed.insert(token.text)
            } else {
                let module = file.token(place - 1).isMark("::") ? file.token(place - 2).text : grouped(file, place)
                usage.imports[token.text] = (module, token.text)
            }
        }
    }

    /// `use module::{a, b}`: the module of `b`.
    private func grouped(_ file: SourceFile, _ place: Int) -> String {
        var index = place - 1
        while index > 0, place - index < 40, !file.token(index).isMark("{"), !file.token(index).isMark(";") {
            index -= 1
        }
        return file.token(index).isMark("{") && file.token(index - 1).isMark("::") ? file.token(index - 2).text : ""
    }

    /// Several modules may have a `router` each: then only what names the module, or takes it out of it, uses one. Nil
    /// where the name alone tells.
    func isSharedNameUsed(_ definition: Definition) -> Bool? {
        guard definition.kind == "the routes",
            definitions.count(where: { $0.name == definition.name && $0.kind == "the routes" }) > 1
        else { return nil }
        if renamed.contains(definition.name) || definition.modules.contains(where: { renamed.contains($0) }) {
            return true
        }
        return usages.contains { path, usage in
            if path == definition.file { return false }
            if definition.modules.contains(where: { usage.members.contains("\($0).\(definition.name)") }) {
                return true
            }
            return usage.imports[definition.name].map { definition.modules.contains($0.module) } ?? false
                && usage.values.contains(definition.name)
        }
    }

    private func rustKind(_ function: SourceFunction, _ file: SourceFile) -> String? {
        let above = max(0, function.start - 24)..<function.start
        // Attributes end where the item before ends.
        let start = above.last { ["}", ";"].contains(where: file.token($0).isMark) }.map { $0 + 1 } ?? above.lowerBound
        let attributes = start..<function.start
        if attributes.contains(where: { file.token($0).isWord("test") }) || function.name == "main" { return nil }
        if attributes.contains(where: { place in
            file.token(place).isMark("#") && file.token(place + 1).isMark("[")
                && Self.methods.contains(file.token(place + 2).text) && file.token(place + 3).isMark("(")
        }) {
            return "the route"
        }
        if function.header.contains(where: { file.token($0).isWord("Next") && file.token($0 - 1).isMark(":") }) {
            return "the middleware"
        }
        // `async fn remove(Path(id): Path<i64>)`: what axum takes apart for its handlers.
        if file.token(function.start - 1).isWord("async"),
            function.header.contains(where: { place in
                Self.extractors.contains(file.token(place).text) && file.token(place + 1).isMark("(")
                    && ["", ",", "(", "mut"].contains(
                        place == function.header.lowerBound ? "" : file.token(place - 1).text)
            })
        {
            return "the handler"
        }
        let isRouter = (function.header.upperBound..<function.body.lowerBound).contains {
            file.token($0).isWord("Router")
        }
        return isRouter || function.header.contains { file.token($0).isWord("ServiceConfig") } ? "the routes" : nil
    }

    /// Types that implement what is to be wired, and where they speak of themselves.
    private mutating func rustTypes(_ file: SourceFile) -> [String: [Range<Int>]] {
        var blocks: [String: [Range<Int>]] = [:]
        var found: [(name: String, kind: String, line: Int)] = []
        for (place, token) in file.tokens.enumerated() where token.isWord("impl") {
            var brace = place
            while brace < min(place + 120, file.tokens.count), !file.token(brace).isMark("{"),
                !file.token(brace).isMark(";")
            {
                brace += 1
            }
            guard file.token(brace).isMark("{") else { continue }
            let head = (place + 1)..<brace
            let middle = head.first { file.token($0).isWord("for") && !file.token($0 + 1).isMark("<") }
            var start = middle.map { $0 + 1 } ?? place + 1
            if middle == nil, file.token(start).isMark("<") {
                while start < brace, !file.token(start).isMark(">") { start += 1 }
                start += 1
            }
            let name = file.token(start).text
            guard file.token(start).kind == .word, name.first?.isUppercase ?? false else { continue }
            blocks[name, default: []].append(place..<file.closing(brace))
            guard let middle, let kind = (place..<middle).lazy.compactMap({ Self.traits[file.token($0).text] }).first
            else { continue }
            found.append((name, kind, token.line))
        }
        var seen: Set<String> = []
        for (name, kind, line) in found where seen.insert(name).inserted {
            definitions.append(defined(name, kind, "rust-middleware", file, line))
        }
        let names = Set(found.map(\.name))
        return blocks.filter { names.contains($0.key) }
    }
}
