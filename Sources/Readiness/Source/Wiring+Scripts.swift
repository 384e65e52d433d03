/// JavaScript and TypeScript.
extension Wiring {
    mutating func script(_ file: SourceFile, _ usage: inout Usage) {
        var own: Set<Int> = []
        var (listsFolders, loadsAny) = (false, false)
        for (place, token) in file.tokens.enumerated() where token.kind == .word {
            let next = file.token(place + 1)
            if token.text == "express" || token.text == "fastify" || token.text == "Fastify", next.isMark("("),
                !file.token(place - 1).isMark(".")
            {
                apps.insert("javascript")
            }
            // `require('fastify')()`
            if token.text == "require", ["fastify", "express"].contains(file.token(place + 2).text),
                file.token(place + 3).isMark(")"), file.token(place + 4).isMark("(")
            {
                apps.insert("javascript")
            }
            if ["Koa", "Hono"].contains(token.text), file.token(place - 1).isWord("new") { apps.insert("javascript") }
            if token.text == "NestFactory" {
                apps.insert("javascript")
                if let open = (place..<(place + 14)).first(where: { file.token($0).isMark("(") }) {
                    startedModules.insert(file.token(open + 1).text)
                }
            }
            if token.text == "Module", file.token(place - 1).isMark("@") { apps.insert("javascript") }
            if token.text == "NextResponse" || token.text == "NextRequest" { apps.insert("javascript") }
            // A folder's names are read, and what they name is loaded.
            if ["autoload", "AutoLoad", "Autoload", "fastifyAutoload"].contains(token.text) { loadsByName = true }
            if ["readdirSync", "readdir", "glob", "globSync"].contains(token.text) { listsFolders = true }
            if token.text == "require" || token.text == "import", next.isMark("("),
                file.token(place + 2).kind != .text || file.token(place + 2).isFilled
            {
                loadsAny = true
            }
            if Self.makers.contains(token.text), next.isMark("(") { made(file, place) }
            if token.text == "decorate", next.isMark("(") { decorated(file, place) }
            if ["SetMetadata", "applyDecorators"].contains(token.text), next.isMark("(") { annotation(file, place) }
            if token.text == "Router", next.isMark("("),
                file.token(
                    file.token(place - 1).isMark(".")
                        ? place - 3 : file.token(place - 1).isWord("new") ? place - 2 : place - 1
                ).isMark("=")
            {
                let name = file.token(
                    file.token(place - 1).isMark(".")
                        ? place - 4 : file.token(place - 1).isWord("new") ? place - 3 : place - 2)
                if name.kind == .word {
                    definitions.append(defined(name.text, "the router", "javascript-router", file, name.line))
                }
            }
            if token.text == "class", next.kind == .word { scriptClass(file, place, &own) }
        }
        if listsFolders, loadsAny { loadsByName = true }
        for function in file.functions { scriptFunction(file, function, &own) }
        scriptUses(file, own, &usage)
    }

    mutating func scriptClass(_ file: SourceFile, _ place: Int, _ own: inout Set<Int>) {
        own.insert(place + 1)
        var index = place + 2
        var words: [String] = []
        while index < min(file.tokens.count, place + 40), !file.token(index).isMark("{") {
            words.append(file.token(index).text)
            index += 1
        }
        let kinds = [
            "CanActivate": "the guard", "AuthGuard": "the guard", "ExceptionFilter": "the filter",
            "NestMiddleware": "the middleware", "NestInterceptor": "the interceptor",
            "PipeTransform": "the pipe",
        ]
        if let kind = words.compactMap({ kinds[$0] }).first {
            definitions.append(
                defined(file.token(place + 1).text, kind, "javascript-guard", file, file.token(place).line))
        } else if isMarked(file, place, "Controller") {
            definitions.append(
                defined(file.token(place + 1).text, "the controller", "javascript-guard", file, file.token(place).line))
        } else if isMarked(file, place, "Module") {
            definitions.append(
                defined(file.token(place + 1).text, "the module", "javascript-guard", file, file.token(place).line))
        }
    }

    mutating func scriptUses(_ file: SourceFile, _ own: Set<Int>, _ usage: inout Usage) {
        var place = 0
        while place < file.tokens.count {
            let token = file.tokens[place]
            if token.isWord("import"), !file.token(place + 1).isMark("(") {
                place = scriptImport(file, place, &usage)
                continue
            }
            // `const { a } = require('x')` only names what it takes.
            if ["const", "let", "var"].contains(token.text), file.token(place + 1).isMark("{") {
                let after = file.closing(place + 1)
                if file.token(after).isMark("="), file.token(after + 1).isWord("require") {
                    place = after + 1
                    continue
                }
            }
            if token.isWord("require"), file.token(place + 1).isMark("("), file.token(place + 2).kind == .text {
                required(file, place, &usage)
                place += 4
                continue
            }
            if token.isWord("module"), file.token(place + 2).isWord("exports"), file.token(place + 3).isMark("=") {
                place =
                    file.token(place + 4).isMark("{")
                    ? exported(file, place + 4, &usage) : place + (file.token(place + 5).isMark("(") ? 4 : 5)
                continue
            }
            if token.isWord("export"), file.token(place + 1).isMark("{") || file.token(place + 1).isMark("*") {
                place = passedOn(file, place, &usage)
                continue
            }
            if token.isWord("export"), file.token(place + 1).isWord("default"), !file.token(place + 3).isMark("(") {
                place += file.token(place + 2).isWord("function") || file.token(place + 2).isWord("class") ? 2 : 3
                continue
            }
            if token.kind == .word, !own.contains(place), !file.token(place + 1).isMark("."),
                !file.token(place + 1).isMark("=") || file.token(place + 2).isMark("=")
            {
                if !file.token(place - 1).isMark(".") {
                    if !(["const", "let", "var", "function", "class"].contains(file.token(place - 1).text)) {
                        usage.values.insert(token.text)
                    }
                } else if file.token(place - 2).kind == .word, !file.token(place - 2).isWord("exports") {
                    usage.members.insert("\(file.token(place - 2).text).\(token.text)")
                    usage.values.insert(token.text)
                }
            }
            place += 1
        }
    }

    /// Names inside `module.exports = { a, b: c }` are no uses; functions called in it are.
    func exported(_ file: SourceFile, _ open: Int, _ usage: inout Usage) -> Int {
        let end = file.closing(open)
        for place in open..<end where file.token(place).kind == .word && file.token(place + 1).isMark("(") {
            usage.values.insert(file.token(place).text)
        }
        return end
    }

    func stem(_ path: String) -> String {
        let last = String(path.split(separator: "/").last ?? "")
        for ending in [".js", ".ts", ".mjs", ".cjs", ".jsx", ".tsx"] where last.hasSuffix(ending) {
            return String(last.dropLast(ending.count))
        }
        return last
    }

    func scriptImport(_ file: SourceFile, _ start: Int, _ usage: inout Usage) -> Int {
        var place = start + 1
        var names: [(String, String)] = []
        var isDefault = true
        while place < min(file.tokens.count, start + 400), file.token(place).kind != .text {
            let token = file.token(place)
            if token.isMark("{") {
                isDefault = false
            } else if token.isMark("}") {
                isDefault = true
            } else if token.kind == .word, !["from", "type", "as"].contains(token.text) {
                if file.token(place + 1).isWord("as") {
                    names.append((file.token(place + 2).text, token.text))
                    place += 2
                } else {
                    names.append((token.text, isDefault ? "default" : token.text))
                }
            } else if token.isMark("*"), file.token(place + 1).isWord("as") {
                names.append((file.token(place + 2).text, "*"))
                place += 2
            }
            place += 1
        }
        let module = stem(file.token(place).text)
        for (here, there) in names { usage.imports[here] = (module, there) }
        return place + 1
    }

    /// `const { a, b: c } = require('x')`, `const a = require('x')`, or right inside a call.
    func required(_ file: SourceFile, _ place: Int, _ usage: inout Usage) {
        let module = stem(file.token(place + 2).text)
        guard file.token(place - 1).isMark("=") else {
            usage.required.insert(module)
            return
        }
        if file.token(place - 2).isMark("}") {
            var index = place - 3
            while index > 0, place - index < 400, !file.token(index).isMark("{") {
                if file.token(index).kind == .word {
                    let isRenamed = file.token(index - 1).isMark(":")
                    usage.imports[file.token(index).text] = (
                        module, isRenamed ? file.token(index - 2).text : file.token(index).text
                    )
                    if isRenamed { index -= 2 }
                }
                index -= 1
            }
        } else {
            usage.imports[file.token(place - 2).text] = (module, "default")
        }
    }
}
