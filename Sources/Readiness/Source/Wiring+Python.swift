extension Wiring {
    mutating func python(_ file: SourceFile, _ usage: inout Usage) {
        let tokens = file.tokens
        var own: Set<Int> = []
        for (place, token) in tokens.enumerated() where token.kind == .word {
            if ["Flask", "FastAPI", "Starlette", "Quart", "Sanic"].contains(token.text),
                file.token(place + 1).isMark("("), !file.token(place - 1).isWord("class")
            {
                apps.insert("python")
            }
            if token.text == "MIDDLEWARE", file.token(place + 1).isMark("=") || file.token(place + 1).isMark("+=") {
                apps.insert("python")
                hasDjangoMiddleware = true
            }
            if ["Blueprint", "APIRouter"].contains(token.text), file.token(place + 1).isMark("("),
                file.token(place - 1).isMark("="), file.token(place - 2).kind == .word,
                file.token(place - 2).indent == 0, file.token(place - 3).kind == .line || place == 2
            {
                let kind = token.text == "Blueprint" ? "the blueprint" : "the router"
                definitions.append(defined(file.token(place - 2).text, kind, "python-router", file, token.line))
                own.insert(place - 2)
            }
            if token.text == "class", token.indent == 0, file.token(place + 1).kind == .word {
                pythonClass(file, place, &own)
            }
        }
        for function in file.functions {
            own.insert(function.header.lowerBound - 2)
            guard file.token(function.header.lowerBound - 3).indent == 0 else { continue }
            pythonFunction(file, function)
        }
        pythonUses(file, own, &usage)
    }

    mutating func pythonClass(_ file: SourceFile, _ place: Int, _ own: inout Set<Int>) {
        own.insert(place + 1)
        let name = file.token(place + 1).text
        let bases = file.token(place + 2).isMark("(") ? (place + 3)..<file.closing(place + 2) : place..<place
        let words = bases.map { file.token($0).text }
        if words.contains("BaseHTTPMiddleware") || standsAround(file, place) {
            definitions.append(defined(name, "the middleware", "python-middleware", file, file.token(place).line))
        } else if words.contains("MiddlewareMixin") || takesGetResponse(file, place) {
            definitions.append(defined(name, "the middleware", "python-django", file, file.token(place).line))
        } else if !Self.guardBases.isDisjoint(with: words), file.token(place).indent == 0 {
            definitions.append(defined(name, "the guard", "python-guard", file, file.token(place).line))
        }
    }

    /// What the REST framework asks before a view.
    private static let guardBases: Set<String> = [
        "BasePermission", "BaseAuthentication", "BaseThrottle", "SimpleRateThrottle", "UserRateThrottle",
        "AnonRateThrottle", "ScopedRateThrottle", "TokenAuthentication", "SessionAuthentication",
    ]

    /// A class that is given the app and is called in its place: ASGI and WSGI.
    func standsAround(_ file: SourceFile, _ place: Int) -> Bool {
        let end =
            file.tokens[(place + 1)...].firstIndex { $0.indent == 0 && ($0.isWord("class") || $0.isWord("def")) }
            ?? file.tokens.count
        let methods = file.functions.filter { $0.start > place && $0.start < end }
        let takesApp = methods.contains {
            $0.name == "__init__"
                && ["app", "wsgi_app", "application", "asgi_app"].contains($0.parameters.dropFirst().first ?? "")
        }
        return takesApp
            && methods.contains {
                $0.name == "__call__"
                    && ($0.parameters.suffix(2).elementsEqual(["environ", "start_response"])
                        || $0.parameters.suffix(3).elementsEqual(["scope", "receive", "send"]))
            }
    }

    func takesGetResponse(_ file: SourceFile, _ place: Int) -> Bool {
        file.functions.contains { function in
            function.name == "__init__" && function.parameters.contains("get_response")
                && function.line > file.token(place).line
                && !file.tokens[place..<function.start].dropFirst().contains { $0.isWord("class") && $0.indent == 0 }
        }
    }

    mutating func pythonFunction(_ file: SourceFile, _ function: SourceFunction) {
        let isDecorated = function.start < function.header.lowerBound - 3 && file.token(function.start).isMark("@")
        let body = file.tokens[function.body]
        let name = function.name
        // A decorator: it makes a wrapper of what it is given.
        // What takes many things is a function that makes another, and no decorator.
        if !isDecorated, function.parameters.count <= 5, body.contains(where: { $0.isWord("def") }),
            body.contains(where: { $0.isWord("wraps") }) || wrapsByHand(file, function)
        {
            definitions.append(defined(name, "the decorator", "python-guard", file, function.line))
            return
        }
        if !isDecorated, !name.hasPrefix("_"), !file.path.hasSuffix("views.py"), refuses(file, function) {
            definitions.append(defined(name, "the guard", "python-guard", file, function.line))
            return
        }
        let guards = [
            "require_", "verify_", "get_current_", "check_permission", "ensure_", "authenticate_", "validate_csrf",
            "rate_limit", "login_required", "admin_required",
        ]
        if !isDecorated, guards.contains(where: { name.hasPrefix($0) }) || name.hasSuffix("_required"),
            !name.hasPrefix("_"),
            body.contains(where: { $0.isWord("raise") || $0.isWord("abort") || $0.isWord("HTTPException") })
        {
            definitions.append(defined(name, "the guard", "python-guard", file, function.line))
        }
        if !isDecorated, file.path.hasSuffix("views.py"), function.parameters.first == "request",
            body.contains(where: {
                $0.isWord("render") || $0.isWord("HttpResponse") || $0.isWord("JsonResponse") || $0.isWord("redirect")
            }), !name.hasPrefix("_")
        {
            definitions.append(defined(name, "the view", "python-view", file, function.line))
        }
    }

    private static let refusals: Set<String> = [
        "Unauthorized", "Forbidden", "PermissionDenied", "NotAuthenticated", "AuthenticationFailed",
        "HTTP_401_UNAUTHORIZED", "HTTP_403_FORBIDDEN", "UNAUTHORIZED", "FORBIDDEN", "HTTPForbidden", "HTTPUnauthorized",
    ]

    /// `abort(401)`, `raise HTTPException(403)`: it lets somebody in or it doesn't.
    private func refuses(_ file: SourceFile, _ function: SourceFunction) -> Bool {
        function.body.contains { place in
            let token = file.token(place)
            guard token.isWord("raise") || token.isWord("abort") else { return false }
            return (place..<min(function.body.upperBound, place + 8)).contains { index in
                let next = file.token(index)
                return next.kind == .number && ["401", "403"].contains(next.text)
                    || next.kind == .word && Self.refusals.contains(next.text)
            }
        }
    }

    private static let wrapped: Set<String> = [
        "f", "fn", "func", "function", "view", "view_func", "handler", "wrapped", "method", "callback", "call_next",
        "get_response", "endpoint", "target", "app", "next", "original",
    ]

    /// Whether a function gives back a function of its own that calls what it was given: a decorator without `wraps`, or one
    /// that takes arguments first.
    func wrapsByHand(_ file: SourceFile, _ function: SourceFunction) -> Bool {
        guard !function.parameters.isEmpty else { return false }
        let inner = file.functions.filter { function.body.contains($0.start) && $0.start > function.start }
        let given = Set(function.parameters + inner.flatMap(\.parameters)).subtracting(["self", "args", "kwargs"])
        var returned: Set<String> = []
        var callsGiven = false
        for place in function.body {
            let token = file.token(place)
            if token.isWord("return"), file.token(place + 1).kind == .word, !file.token(place + 2).isMark("("),
                !file.token(place + 2).isMark(".")
            {
                returned.insert(file.token(place + 1).text)
            }
            if token.kind == .word, given.contains(token.text),
                Self.wrapped.contains(token.text) || function.parameters.count == 1,
                file.token(place + 1).isMark("("),
                !file.token(place - 1).isMark("."), inner.contains(where: { $0.body.contains(place) })
            {
                callsGiven = true
            }
        }
        return callsGiven && inner.contains { returned.contains($0.name) }
    }

    mutating func pythonUses(_ file: SourceFile, _ own: Set<Int>, _ usage: inout Usage) {
        var place = 0
        let isSpread = file.path.fileName == "__init__.py"
        while place < file.tokens.count {
            let token = file.tokens[place]
            let starts = place == 0 || file.tokens[place - 1].kind == .line
            if starts, token.isWord("from") || token.isWord("import") {
                place = pythonImport(file, place, &usage, isSpread)
                continue
            }
            if token.isWord("__all__"), file.token(place + 1).isMark("=") || file.token(place + 1).isMark("+=") {
                let end = file.closing(place + 2)
                for index in (place + 2)..<max(place + 2, end) where file.token(index).kind == .text {
                    offered.insert(file.token(index).text)
                }
            }
            if token.kind == .text, token.text.contains("."), token.text.utf8.count < 200,
                let last = token.text.split(separator: ".").last
            {
                usage.dotted.insert(String(last))
            }
            if token.kind == .word, !own.contains(place) {
                let isMember = file.token(place - 1).isMark(".")
                let next = file.token(place + 1)
                if isMember {
                    if file.token(place - 2).kind == .word {
                        usage.members.insert("\(file.token(place - 2).text).\(token.text)")
                    }
                } else if !next.isMark("."),
                    !next.isMark("=")
                        || file.token(place - 1).isMark("(") == false && file.token(place - 1).isMark(",") == false
                            && starts == false
                {
                    usage.values.insert(token.text)
                }
            }
            place += 1
        }
    }

    func pythonImport(_ file: SourceFile, _ start: Int, _ usage: inout Usage, _ isSpread: Bool) -> Int {
        var place = start
        var module = ""
        var isNames = file.token(start).isWord("import")
        while place < file.tokens.count, file.tokens[place].kind != .line {
            let token = file.tokens[place]
            if token.isWord("import") {
                isNames = true
            } else if token.kind == .word, token.text != "from" {
                if !isNames {
                    module = token.text
                } else if file.token(place + 1).isWord("as"), file.token(place + 2).kind == .word {
                    usage.imports[file.token(place + 2).text] = (module, token.text)
                    place += 2
                } else {
                    usage.imports[token.text] = (module, token.text)
                }
            }
            place += 1
        }
        return place
    }
}
