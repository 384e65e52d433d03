/// Rust: axum, tower, actix and Rocket.
extension Wiring {
    /// Traits that make a type something to wire, and what it is called.
    private static let traits = [
        "Layer": "the layer", "Transform": "the middleware", "FromRequestParts": "the extractor",
        "FromRequest": "the extractor", "Fairing": "the fairing",
    ]
    private static let methods: Set<String> = ["get", "post", "put", "patch", "delete", "head", "route"]

    mutating func rust(_ file: SourceFile, _ usage: inout Usage) {
        var own: Set<Int> = []
        for function in file.functions where !function.name.isEmpty {
            own.insert(function.start + 1)
            if function.name == "main" { hasRustProgram = true }
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
            if !file.token(index).isWord("use") { usage.values.insert(token.text) }
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
