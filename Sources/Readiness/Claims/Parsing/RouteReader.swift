/// Routes as web frameworks write them in source: decorators, calls of a router, URL tables. Read line by line, without
/// understanding the language; what isn't written as a literal isn't seen.
struct DeclaredRoute: Sendable, Hashable {
    /// In capitals; nil where the line doesn't say which.
    var method: String?
    /// Parts of the path; a placeholder is `*`, one that takes the rest is `**`.
    var segments: [String]
    var file: String
    var line: Int
}

/// What a repository's sources say about routes.
struct RouteTable: Sendable {
    var declared: [DeclaredRoute] = []
    /// Every path in quotation marks, and every path that something is mounted under.
    var literals: Set<[String]> = []
    var mounts: Set<[String]> = []
    /// Paths in Go, where a handler may answer to everything below.
    var subtrees: Set<[String]> = []
    /// Routes come about in ways that no literal shows: view sets, resources, files, names of methods.
    var isImplicit = false
    /// Paths are written down, and which methods they answer isn't: classes with a function for each.
    var hidesMethods = false

    static let most = 20_000

    /// Whether the repository is a server whose routes are written down.
    var isServer: Bool { declared.count >= 2 }

    mutating func read(_ bytes: [UInt8], file: String) {
        let lower = file.lowercased()
        let name = lower.split(separator: "/").last.map(String.init) ?? lower
        guard Self.isSource(name) else { return }
        if name.hasPrefix("route.") && lower.contains("app/") || lower.contains("pages/api/") { isImplicit = true }
        // What tests ask for needn't exist.
        guard !lower.contains("test"), !lower.contains("spec.") else { return }
        var pending: [UInt8] = []
        for (index, raw) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            var line = pending
            line.append(contentsOf: Self.trimmed(raw.prefix(400)))
            pending = []
            guard line.contains(where: { $0 == 0x28 || $0 == 0x3D || $0 == 0x3A }) else { continue }
            if line.starts(with: [0x23]) || line.starts(with: [0x2F, 0x2F]) || line.starts(with: [0x2A]) { continue }
            if line.last == 0x28, line.count < 120 {
                pending = line
                continue
            }
            read(line: line, file: file, number: index &+ 1)
        }
    }

    /// Without blanks at its ends.
    private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var line = line.drop { $0 == 0x20 || (0x09...0x0D).contains($0) }
        while let last = line.last, last == 0x20 || (0x09...0x0D).contains(last) { line = line.dropLast() }
        return line
    }

    private mutating func read(line bytes: [UInt8], file: String, number: Int) {
        if !isImplicit, Self.implicit.occur(in: bytes) { isImplicit = true }
        if !hidesMethods, Self.classes.occur(in: bytes) { hidesMethods = true }
        // Most lines of most sources end here.
        guard bytes.contains(where: { $0 == 0x22 || $0 == 0x27 || $0 == 0x60 }) else { return }
        let isMounting = Self.mounting.occur(in: bytes)
        let mayCall = Self.callers.occur(in: bytes)
        guard isMounting || mayCall || bytes.contains(0x2F) else { return }
        let line = String(decoding: bytes, as: UTF8.self)
        for quoted in Self.quoted(line) where quoted.contains("/") && quoted.utf8.count <= 200 {
            // `GET /things` of Go's own router.
            let words = quoted.split(separator: " ")
            if words.count == 2, let method = words.first.map(String.init), Self.verbs.contains(method.lowercased()),
                let path = words.last, path.hasPrefix("/"), declared.count < Self.most
            {
                declared.append(
                    .init(method: method, segments: Self.segments(String(path)), file: file, line: number))
            }
            guard quoted.hasPrefix("/"), !quoted.contains(" "), literals.count < Self.most else { continue }
            literals.insert(Self.segments(quoted))
            if file.hasSuffix(".go") { subtrees.insert(Self.segments(quoted)) }
        }
        if isMounting {
            for quoted in Self.quoted(line) where !quoted.contains(" ") && mounts.count < Self.most {
                mounts.insert(Self.segments(quoted))
            }
        }
        guard mayCall else { return }
        for statement in line.split(separator: ";").prefix(20) where declared.count < Self.most {
            guard let call = Self.call(statement.trimmed) else { continue }
            let segments = Self.segments(call.path)
            literals.insert(segments)
            for method in call.methods {
                declared.append(.init(method: method, segments: segments, file: file, line: number))
            }
        }
    }

    static func isSource(_ name: String) -> Bool {
        name.split(separator: ".").last.map { endings.contains(String($0)) } ?? false
    }

    private static let endings: Set = [
        "py", "js", "mjs", "cjs", "ts", "tsx", "jsx", "go", "rb", "php", "java", "kt", "swift", "rs", "ex", "cs",
    ]
    private static let verbs: Set = ["get", "post", "put", "patch", "delete"]
    private static let implicit: Phrases = [
        "DefaultRouter(", "SimpleRouter(", "NestedSimpleRouter", "@action(", "ViewSet", "resources :", "resource :",
        "Route::resource", "Route::apiResource", "FastAPIUsers", "fastapi_users.", "NinjaExtraAPI", "@http_",
        "setattr(app", "getattr(router", "CRUDRouter", "add_api_websocket",
        "@Controller", "@RequestMapping", "import.meta.glob", "autoload", "load_routers", "Admin(", "expose(",
    ]
    private static let classes: Phrases = ["add_resource(", "MethodView", "as_view("]
    private static let mounting: Phrases = [
        "prefix", "mount(", ".use(", "Blueprint(", "include(", "group(", "Group(", "PathPrefix(", "Route(", "nest(",
        "scope(", "namespace", "APIRouter(",
    ]

    /// The calls that `call` knows, as they are written.
    private static let callers: Phrases = [
        "get(", "post(", "put(", "patch(", "delete(", "Get(", "Post(", "Put(", "Patch(", "Delete(", "GET(", "POST(",
        "PUT(", "PATCH(", "DELETE(", "oute(", "handle(", "Handle(", "andleFunc(", "handlefunc(", "rule(", "ebsocket(",
        "ebSocket(", "all(", "All(", "path(", "url(", "Mapping(", "ROUTE(",
    ]

    /// `@router.get("/users")`, `app.route("/x", methods=["POST"])`, `path("users/", …)`.
    static func call(_ line: String) -> (methods: [String?], path: String)? {
        guard let open = line.firstIndex(of: "(") else { return nil }
        // can't trap: `open` was found in `line`.
        let before = line[..<open]
        let arguments = line[open...].dropFirst()  // can't trap: as above.
        guard let path = literal(arguments) else { return nil }
        let name = before.reversed().prefix { $0.isLetter || $0.isNumber || $0 == "_" }.reversed()
        let function = String(name)
        let rest = before.dropLast(function.count)
        let isDecorator = line.hasPrefix("@")
        if rest.hasSuffix(".") {
            let owner = String(
                rest.dropLast().reversed().prefix { $0.isLetter || $0.isNumber || $0 == "_" }.reversed()
            ).lowercased()
            guard isDecorator || owners.contains(where: owner.hasSuffix) else { return nil }
            let lower = function.lowercased()
            if verbs.contains(lower) {
                guard path.isEmpty || path.hasPrefix("/") else { return nil }
                return ([lower.uppercased()], path)
            }
            guard
                [
                    "route", "api_route", "add_api_route", "add_url_rule", "handle", "handlefunc", "websocket", "all",
                    "add_route",
                ].contains(lower), path.hasPrefix("/")
            else { return nil }
            let named = verbs.filter { verb in
                quoted(String(arguments)).contains { $0.lowercased() == verb }
            }
            return (named.isEmpty ? [nil] : named.sorted().map { $0.uppercased() }, path)
        }
        if ["path", "re_path", "url"].contains(function), rest.isEmpty || rest.hasSuffix(" ") {
            return arguments.contains("include(") ? nil : ([nil], path)
        }
        if ["Route", "WebSocketRoute", "GetMapping", "PostMapping", "PutMapping", "DeleteMapping", "PatchMapping"]
            .contains(function), path.hasPrefix("/")
        {
            let verb = function.hasSuffix("Mapping") ? function.dropLast(7).uppercased() : nil
            return ([verb], path)
        }
        return nil
    }

    private static let owners = ["app", "router", "server", "bp", "blueprint", "routes", "api", "mux", "fastify"]

    /// The literal that a call begins with.
    private static func literal(_ arguments: Substring) -> String? {
        var rest = arguments.drop { $0 == " " }
        for name in ["path=", "rule=", "self.", "prefix="] where rest.hasPrefix(name) {
            rest = rest.dropFirst(name.count)
        }
        if let first = rest.first, first == "r" || first == "f" { rest = rest.dropFirst() }
        guard let mark = rest.first, mark == "\"" || mark == "'" || mark == "`" else { return nil }
        let body = rest.dropFirst()
        guard let end = body.firstIndex(of: mark) else { return nil }
        return String(body[..<end])  // can't trap: `end` was found in `body`.
    }

    /// Everything in quotation marks.
    static func quoted(_ line: String) -> [String] {
        var found: [String] = []
        var rest = Substring(line)
        while let start = rest.firstIndex(where: { $0 == "\"" || $0 == "'" || $0 == "`" }), found.count < 20 {
            let here = rest[start...]  // can't trap: `start` was found in `rest`.
            let after = here.dropFirst()
            guard let mark = here.first, let end = after.firstIndex(of: mark) else { break }
            found.append(String(after[..<end]))  // can't trap: `end` was found in `after`.
            rest = after[end...].dropFirst()  // can't trap: as above.
        }
        return found
    }

    /// Parts in lower case; placeholders of all frameworks are `*`.
    static func segments(_ path: String) -> [String] {
        var body = Substring(path)
        if let query = body.firstIndex(where: { $0 == "?" || $0 == "#" }), !body.contains("(?") {
            body = body[..<query]  // can't trap: `query` was found in `body`.
        }
        return body.split(separator: "/").prefix(20).compactMap { part in
            let text = part.filter { $0 != "^" && $0 != "$" }
            if text.isEmpty { return nil }
            let isHole = text.contains { "{}<>:*()[]\\".contains($0) }
            if isHole { return text.contains("path") || text.contains("*") || text.contains("...") ? "**" : "*" }
            return text.lowercased()
        }
    }

    /// Whether some route begins as this path does, in all parts but its last.
    func hasSibling(_ wanted: [String]) -> Bool {
        let before = Array(wanted.dropLast())
        guard before.contains(where: { $0 != "*" && $0 != "**" }) else { return false }
        return mounts.contains(before)
            || declared.contains {
                $0.segments.count >= wanted.count && Array($0.segments.prefix(before.count)) == before
            }
    }

    /// Whether routes, mounts and literals can make up this path.
    func knows(_ wanted: [String], words: Set<String>) -> Bool {
        if wanted.isEmpty { return true }
        if wanted.indices.contains(where: { $0 >= 2 && subtrees.contains(Array(wanted.prefix($0))) }) { return true }
        return literals.contains { covers($0, wanted, words) }
    }

    /// Whether a literal is the end of a path of which the beginning is written somewhere, or the other way round.
    func covers(_ literal: [String], _ wanted: [String], _ words: Set<String>) -> Bool {
        if let rest = literal.firstIndex(of: "**") {
            let fixed = Array(literal.prefix(rest))
            return fixed.contains { $0 != "*" } && Self.matches(fixed, Array(wanted.prefix(fixed.count)))
        }
        if literal.count >= wanted.count {
            return literal.suffix(wanted.count).contains { $0 != "*" }
                && Self.matches(Array(literal.suffix(wanted.count)), wanted)
        }
        guard Self.matches(literal, Array(wanted.suffix(literal.count))) else { return false }
        let before = Array(wanted.dropLast(literal.count))
        if !literal.contains(where: { $0 != "*" }) {
            return mounts.contains { mount in
                !mount.isEmpty && mount.count <= before.count && Self.matches(mount, Array(before.suffix(mount.count)))
            }
        }
        return before.allSatisfy { $0 == "*" || words.contains($0) }
    }

    /// Part by part; a placeholder of ours takes anything, and one part at least has to be the same word.
    static func matches(_ literal: [String], _ wanted: [String]) -> Bool {
        guard literal.count == wanted.count else { return false }
        var isSame = !literal.contains { $0 != "*" }
        for (own, asked) in zip(literal, wanted) {
            if own == asked { isSame = isSame || own != "*" }
            guard own == asked || own == "*" || asked == "*" && isVersion(own) else { return false }
        }
        return isSame
    }

    /// `{version}` in a document may stand for what is written out in the source.
    private static func isVersion(_ part: String) -> Bool {
        part == "api" || part.first == "v" && part.dropFirst().allSatisfy { $0.isNumber || $0 == "." }
    }
}
