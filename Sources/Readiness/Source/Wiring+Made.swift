/// What JavaScript makes by calling something: middleware of packages, decorations of Fastify, decorators of Nest; and
/// functions that refuse a caller.
extension Wiring {
    /// Functions of packages that give a middleware.
    static let makers: Set<String> = [
        "rateLimit", "rateLimiter", "slowDown", "csurf", "csrf", "helmet", "expressjwt", "expressJwt", "basicAuth",
        "cors", "hpp", "mongoSanitize",
    ]

    /// `const limiter = rateLimit({…})`.
    mutating func made(_ file: SourceFile, _ place: Int) {
        guard file.token(place - 1).isMark("="), file.token(place - 2).kind == .word,
            ["const", "let", "var"].contains(file.token(place - 3).text)
        else { return }
        let name = file.token(place - 2)
        definitions.append(
            defined(exportedName(file, name.text), "the middleware", "javascript-middleware", file, name.line))
    }

    /// `fastify.decorate('authenticate', async (request, reply) => {…})`.
    mutating func decorated(_ file: SourceFile, _ place: Int) {
        let name = file.token(place + 2)
        guard file.token(place - 1).isMark("."), name.kind == .text, !name.text.isEmpty,
            file.token(place + 3).isMark(",")
        else { return }
        let given = (place + 4)..<(place + 8)
        guard
            file.functions.contains(where: { given.contains($0.start) && kind($0.parameters) == "the hook" })
                || file.token(place + 4).isWord(name.text)
        else { return }
        definitions.append(defined(name.text, "the decoration", "javascript-middleware", file, name.line))
    }

    /// `const Roles = (...roles) => SetMetadata('roles', roles)`, or a function that gives it.
    mutating func annotation(_ file: SourceFile, _ place: Int) {
        var name: Token?
        if file.token(place - 1).isWord("return") {
            let outer = file.functions.filter { $0.body.contains(place) }.min { $0.body.count < $1.body.count }
            if let outer, file.token(outer.start).isWord("function") { name = file.token(outer.start + 1) }
            if let outer, file.token(outer.start - 1).isMark("=") { name = file.token(outer.start - 2) }
        } else if file.token(place - 1).isMark("=>") {
            var index = place - 2
            while index > 0, place - index < 60, !file.token(index).isMark("="), !file.token(index).isMark(";") {
                index -= 1
            }
            if file.token(index).isMark("=") { name = file.token(index - 1) }
        }
        // Nobody is less safe for a route that isn't made public.
        guard let name, name.kind == .word, !name.text.lowercased().contains("public") else { return }
        definitions.append(defined(name.text, "the decorator", "javascript-guard", file, name.line))
    }

    /// What others know a name by: `default` where it is all that the file exports.
    private func exportedName(_ file: SourceFile, _ name: String) -> String {
        let isWhole = file.tokens.indices.contains { place in
            file.token(place).isWord(name) && isModule(file, place - 1)
        }
        return isWhole ? "default" : name
    }

    private static let begins = [
        "require", "ensure", "assert", "check", "verify", "authorize", "authenticate", "protect", "guard", "restrict",
        "must", "with", "only",
    ]
    private static let subjects = [
        "auth", "session", "admin", "role", "user", "permission", "login", "token", "csrf", "access", "owner",
        "signedin",
    ]

    /// A function by itself whose name says that it guards, and that answers 401 or 403.
    mutating func refusing(_ file: SourceFile, _ function: SourceFunction) {
        let lower = function.name.lowercased()
        guard Self.begins.contains(where: { lower.hasPrefix($0) }),
            Self.subjects.contains(where: { lower.contains($0) }),
            function.body.count < 2_000
        else { return }
        let isMethod = file.token(function.start).isWord(function.name) && !file.token(function.start - 1).isMark("=")
        guard !isMethod || file.token(function.start).isWord("function") else { return }
        let refuses = function.body.contains { place in
            let token = file.token(place)
            if token.kind == .number, token.text == "401" || token.text == "403" {
                let before = file.token(place - 1)
                return before.isMark(":") && file.token(place - 2).isWord("status")
                    || before.isMark("(") && ["status", "sendStatus", "code"].contains(file.token(place - 2).text)
            }
            return token.isWord("UnauthorizedException") || token.isWord("ForbiddenException")
        }
        guard refuses else { return }
        let exported = isModule(
            file, file.token(function.start - 1).isWord("async") ? function.start - 2 : function.start - 1)
        definitions.append(
            defined(
                exported ? "default" : function.name, "the guard", "javascript-middleware", file, function.line))
    }

    /// Next takes `middleware` from a file of that name at the root or in `src` alone.
    mutating func misplaced(_ file: SourceFile, _ function: SourceFunction) {
        guard function.name == "middleware", (1...2).contains(function.parameters.count),
            file.tokens.contains(where: { $0.isWord("NextResponse") || $0.isWord("NextRequest") })
        else { return }
        let parts = file.path.split(separator: "/").map(String.init)
        let folder = parts.dropLast().last ?? ""
        let isNamed = ["middleware", "proxy"].contains(stem(file.path))
        let isInside = ["lib", "libs", "utils", "helpers", "server", "app", "pages", "components", "middlewares"]
        guard !isNamed || isInside.contains(folder) else { return }
        definitions.append(
            defined("middleware", "the middleware of Next", "javascript-middleware", file, function.line))
    }
}
