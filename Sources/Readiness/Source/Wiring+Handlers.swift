/// Functions of JavaScript that stand in a request's way: middleware, hooks, plugins, and what makes them.
extension Wiring {
    mutating func scriptFunction(_ file: SourceFile, _ function: SourceFunction, _ own: inout Set<Int>) {
        let name = function.name
        if !name.isEmpty {
            for place in max(0, function.start - 4)..<min(file.tokens.count, function.start + 2)
            where file.token(place).isWord(name) { own.insert(place) }
        }
        misplaced(file, function)
        guard let kind = kind(file, function) else { return refusing(file, function) }
        if name.isEmpty {
            guard let made = maker(file, function) else { return }
            for place in made.places { own.insert(place) }
            definitions.append(defined(made.name, kind, "javascript-middleware", file, function.line))
            return
        }
        // `fp(async function auth(fastify, opts) {…})` is known by its module.
        if let wrapped = plugin(file, function) {
            definitions.append(defined(wrapped, kind, "javascript-middleware", file, function.line))
            return
        }
        // A method of a class belongs to its class.
        let isMethod = file.token(function.start).isWord(name) && !file.token(function.start - 1).isMark("=")
        if !isMethod || file.token(function.start).isWord("function") {
            let exported = isModule(
                file, file.token(function.start - 1).isWord("async") ? function.start - 2 : function.start - 1)
            definitions.append(
                defined(exported ? "default" : name, kind, "javascript-middleware", file, function.line))
        }
    }

    private func kind(_ file: SourceFile, _ function: SourceFunction) -> String? {
        // `(app: FastifyInstance)` of TypeScript
        if (1...3).contains(function.parameters.count),
            file.token(function.header.lowerBound + 1).isMark(":"),
            file.token(function.header.lowerBound + 2).isWord("FastifyInstance")
        {
            return "the plugin"
        }
        return kind(function.parameters)
    }

    func kind(_ names: [String]) -> String? {
        let plain = names.map { $0.hasPrefix("_") ? String($0.dropFirst()) : $0 }
        if plain.count >= 3, plain.suffix(3).elementsEqual(["req", "res", "next"]) { return "the middleware" }
        switch plain {
        case ["request", "response", "next"], ["ctx", "next"], ["context", "next"], ["c", "next"]:
            return "the middleware"
        case ["request", "reply"], ["req", "reply"], ["request", "reply", "done"]: return "the hook"
        default:
            guard (2...3).contains(plain.count), ["fastify", "app", "instance", "server"].contains(plain[0]),
                ["opts", "options"].contains(plain[1])
            else { return nil }
            return "the plugin"
        }
    }

    /// `module.exports =`, `export default` before a place.
    func isModule(_ file: SourceFile, _ before: Int) -> Bool {
        if file.token(before).isWord("default"), file.token(before - 1).isWord("export") { return true }
        return file.token(before).isMark("=") && file.token(before - 1).isWord("exports")
            && file.token(before - 2).isMark(".") && file.token(before - 3).isWord("module")
    }

    private func plugin(_ file: SourceFile, _ function: SourceFunction) -> String? {
        var before = function.start - 1
        if file.token(before).isWord("async") { before -= 1 }
        guard file.token(before).isMark("("), ["fp", "fastifyPlugin", "plugin"].contains(file.token(before - 1).text)
        else { return nil }
        return isModule(file, before - 2) ? "default" : nil
    }

    /// What a function without a name is known by: the function that gives it back, or the module.
    private func maker(_ file: SourceFile, _ function: SourceFunction) -> (name: String, places: Range<Int>)? {
        var before = function.start - 1
        if file.token(before).isWord("async") { before -= 1 }
        if isModule(file, before) { return ("default", 0..<0) }
        if plugin(file, function) != nil { return ("default", 0..<0) }
        if file.token(before).isWord("return") {
            let outer = file.functions.filter { $0.body.contains(before) }.min { $0.body.count < $1.body.count }
            guard let outer, kind(file, outer) == nil else { return nil }
            if isModule(file, outer.start - 1) { return ("default", 0..<0) }
            guard !outer.name.isEmpty else { return nil }
            // The name itself, where it is declared.
            let places = max(0, outer.start - 4)..<(outer.start + 2)
            let named = places.first { file.token($0).isWord(outer.name) } ?? outer.start
            return (outer.name, named..<(named + 1))
        }
        // `const role = (name) => (req, res, next) => {`
        guard file.token(before).isMark("=>") else { return nil }
        var start = before - 1
        if file.token(start).isMark(")") {
            var depth = 0
            while start > 0, before - start < 200 {
                if file.token(start).isMark(")") { depth += 1 }
                if file.token(start).isMark("(") {
                    depth -= 1
                    if depth == 0 { break }
                }
                start -= 1
            }
        }
        if isModule(file, start - 1) { return ("default", 0..<0) }
        guard file.token(start - 1).isMark("="), file.token(start - 2).kind == .word else { return nil }
        return (file.token(start - 2).text, (start - 2)..<(start - 1))
    }

    /// `@Controller('x') export class Name`, and `@Module({…})` alike.
    func isMarked(_ file: SourceFile, _ place: Int, _ decorator: String) -> Bool {
        var index = place - 1
        while index >= 0, place - index < 400, !file.token(index).isMark(";"), !file.token(index).isWord("class") {
            if file.token(index).isWord(decorator), file.token(index - 1).isMark("@") { return true }
            // The end of what stands before; a decorator's own braces end in its bracket.
            if file.token(index).isMark("}"), !file.token(index + 1).isMark(")"), !file.token(index + 1).isMark(","),
                !file.token(index + 1).isMark("]"), !file.token(index + 1).isMark("}")
            {
                return false
            }
            index -= 1
        }
        return false
    }

    /// `export { default as a, b } from './x'` and `export * from './x'`.
    func passedOn(_ file: SourceFile, _ start: Int, _ usage: inout Usage) -> Int {
        let open = start + 1
        let end = file.token(open).isMark("{") ? file.closing(open) : open + 1
        guard file.token(end).isWord("from"), file.token(end + 1).kind == .text else {
            if file.token(open).isMark("*"), file.token(open + 1).isWord("as"), file.token(open + 4).kind == .text {
                usage.passedOn.append((stem(file.token(open + 4).text), "*", file.token(open + 2).text))
                return open + 5
            }
            return end
        }
        let module = stem(file.token(end + 1).text)
        for place in (open + 1)..<max(open + 1, end - 1) where file.token(place).kind == .word {
            if file.token(place).isWord("as") || file.token(place - 1).isWord("as") { continue }
            let here = file.token(place + 1).isWord("as") ? file.token(place + 2).text : file.token(place).text
            usage.passedOn.append((module, file.token(place).text, here))
        }
        return end + 2
    }
}
