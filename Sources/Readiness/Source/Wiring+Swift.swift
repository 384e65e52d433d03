/// Swift: Vapor and Hummingbird.
extension Wiring {
    private static let protocols: Set<String> = [
        "Middleware", "AsyncMiddleware", "RouterMiddleware", "ServerMiddleware", "RouteCollection",
        "MiddlewareProtocol", "AuthenticatorMiddleware",
    ]
    /// Vapor's: `AsyncBearerAuthenticator`, `JWTAuthenticator`, ….
    private static func isAuthenticator(_ name: String) -> Bool {
        name.hasSuffix("Authenticator")
            && ["Bearer", "Basic", "Request", "Credentials", "Session", "JWT"]
                .contains { name.contains($0) }
    }
    /// Types of parameters that routes are put on.
    private static let builders: Set<String> = [
        "Application", "RoutesBuilder", "RouterGroup", "Router", "RouterMethods", "HBRouterGroup",
    ]
    private static let verbs: Set<String> = ["get", "post", "put", "patch", "delete", "on", "group", "grouped"]

    mutating func swift(_ file: SourceFile, _ usage: inout Usage) {
        for (place, token) in file.tokens.enumerated() where token.kind == .word {
            if ["Application", "Router", "HBApplication"].contains(token.text),
                file.token(place + 1).isMark("(") || file.token(place - 1).isMark(":")
                    || file.token(place + 1).isMark(".") && file.token(place + 2).isWord("make")
            {
                apps.insert("swift")
            }
            let before = file.token(place - 1).text
            if before == "func" { continue }
            if ["struct", "class", "actor", "extension", "enum", "protocol"].contains(before) {
                guard before != "extension", before != "protocol" else { continue }
                // What a package offers to others is wired by others.
                if isOffered(file, place) { continue }
                swiftType(file, place)
                continue
            }
            usage.values.insert(token.text)
        }
        for function in file.functions { swiftRoutes(file, function) }
    }

    private func isOffered(_ file: SourceFile, _ place: Int) -> Bool {
        (2...4).contains { ["public", "open"].contains(file.token(place - $0).text) }
    }

    private mutating func swiftType(_ file: SourceFile, _ place: Int) {
        var index = place + 1
        while index < min(file.tokens.count, place + 40), !file.token(index).isMark("{") {
            let name = file.token(index).text
            if Self.protocols.contains(name) || Self.isAuthenticator(name) {
                let kind =
                    name == "RouteCollection"
                    ? "the group of routes" : Self.isAuthenticator(name) ? "the authenticator" : "the middleware"
                definitions.append(
                    defined(file.token(place).text, kind, "swift-middleware", file, file.token(place).line))
                return
            }
            index += 1
        }
    }

    /// `func adminRoutes(_ app: Application)`, and a type whose method puts routes onto a group.
    private mutating func swiftRoutes(_ file: SourceFile, _ function: SourceFunction) {
        guard !function.name.isEmpty, file.token(function.start).isWord("func"),
            function.header.contains(where: { place in
                Self.builders.contains(file.token(place).text)
                    && [":", "some", "any", "inout"].contains(file.token(place - 1).text)
            }),
            function.body.contains(where: { place in
                file.token(place).kind == .word && Self.verbs.contains(file.token(place).text)
                    && file.token(place - 1).isMark(".") && file.token(place + 1).isMark("(")
            })
        else { return }
        if let owner = owner(file, function) {
            // A controller of Hummingbird: its type is what is made and used.
            guard function.name.lowercased().contains("routes"), !isOffered(file, owner),
                !definitions.contains(where: { $0.file == file.path && $0.name == file.token(owner).text })
            else { return }
            definitions.append(
                defined(
                    file.token(owner).text, "the group of routes", "swift-middleware", file, file.token(owner).line))
        } else if !["configure", "main", "entrypoint"].contains(function.name),
            !(1...3).contains(where: { ["public", "open"].contains(file.token(function.start - $0).text) })
        {
            definitions.append(defined(function.name, "the routes", "swift-middleware", file, function.line))
        }
    }

    /// The place of the name of the type around a function, or of the type that is extended.
    private func owner(_ file: SourceFile, _ function: SourceFunction) -> Int? {
        var index = function.start
        while index > 0 {
            index -= 1
            guard ["struct", "class", "actor", "enum", "extension"].contains(file.token(index).text),
                file.token(index + 1).kind == .word, !file.token(index + 1).isWord("func"),
                !file.token(index + 1).isWord("var")
            else { continue }
            var brace = index + 1
            while brace < min(index + 60, file.tokens.count), !file.token(brace).isMark("{") { brace += 1 }
            if file.token(brace).isMark("{"), brace < function.start, file.closing(brace) > function.start {
                return index + 1
            }
        }
        return nil
    }
}
