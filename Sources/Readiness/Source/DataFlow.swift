/// Follows what a caller sent through one function, statement by statement: from the request to a call that must not
/// get it as it is. Nothing is followed across functions or files.
struct DataFlow {
    let file: SourceFile
    var findings: [SourceFinding] = []
    /// Variables that hold something of the caller's.
    var tainted: Set<String> = []
    /// Those of them that begin with it: what decides where a redirect leads.
    var leading: Set<String> = []
    /// Keys of the request that a condition has judged: `request.GET.get("next")` after `is_safe(request.GET.get("next"))`.
    var judgedKeys: Set<String> = []
    let isPython: Bool

    static func findings(_ file: SourceFile) -> [SourceFinding] {
        guard file.language == .python || file.language == .javascript else { return [] }
        var flow = DataFlow(file: file)
        flow.run()
        return flow.findings
    }

    private init(file: SourceFile) {
        self.file = file
        isPython = file.language == .python
    }

    mutating func run() {
        var covered = 0
        for function in file.functions {
            // A callback belongs to the function around it; in Python each function stands for itself.
            if !isPython, function.body.lowerBound < covered { continue }
            covered = max(covered, function.body.upperBound)
            let given = isPython ? routeParameters(function) : (all: [], whole: [])
            tainted = given.all
            leading = given.whole
            judgedKeys = []
            let inner =
                isPython
                ? file.functions.map(\.body).filter {
                    $0.lowerBound > function.body.lowerBound && $0.upperBound <= function.body.upperBound
                } : []
            let parts = statements(function.body).filter { part in !inner.contains { $0.contains(part.lowerBound) } }
            for part in parts { look(part) }
        }
        if !isPython { outside() }
        for part in statements(0..<file.tokens.count) { standing(part) }
        var seen: Set<String> = []
        findings = findings.filter { seen.insert("\($0.rule) \($0.line)").inserted }
    }

    /// What a script does by itself, outside of every function: in a page, with its address.
    private mutating func outside() {
        tainted = []
        leading = []
        judgedKeys = []
        let bodies = file.functions.map(\.body).sorted { $0.lowerBound < $1.lowerBound }
        var next = 0
        var covered = 0
        for part in statements(0..<file.tokens.count) {
            while next < bodies.count, bodies[next].lowerBound <= part.lowerBound {
                covered = max(covered, bodies[next].upperBound)
                next += 1
            }
            // A statement that a function begins in was followed with it.
            if part.lowerBound < covered || next < bodies.count && bodies[next].lowerBound < part.upperBound {
                continue
            }
            look(part)
        }
    }

    mutating func report(_ rule: String, _ place: Int, _ seen: String) {
        findings.append(SourceFinding(rule: rule, file: file.path, line: file.token(place).line, seen: seen))
    }

    /// Parameters that come out of a path or a query: those of a function under a route's decorator, without a type or as
    /// `str`. `whole`: those that may hold a slash, since they are no segment of the path.
    func routeParameters(_ function: SourceFunction) -> (all: Set<String>, whole: Set<String>) {
        let decorators = function.start..<max(function.start, function.header.lowerBound - 3)
        let routes: Set<String> = ["route", "get", "post", "put", "patch", "delete", "websocket"]
        var isRoute = false
        var typed = ""
        for place in decorators where file.token(place).kind == .word && routes.contains(file.token(place).text) {
            guard file.token(place - 1).isMark("."), file.token(place + 1).isMark("("),
                file.token(place + 2).kind == .text
            else { continue }
            isRoute = true
            typed = file.token(place + 2).text
        }
        guard isRoute else { return ([], []) }
        var names: Set<String> = []
        var whole: Set<String> = []
        for name in function.parameters
        where !["self", "cls", "request", "req", "response", "db", "session"].contains(name) {
            if typed.contains("int:\(name)") || typed.contains("float:\(name)") || typed.contains("uuid:\(name)") {
                continue
            }
            guard let place = function.header.first(where: { file.token($0).isWord(name) }) else { continue }
            let isPlain = !file.token(place + 1).isMark(":") || file.token(place + 2).isWord("str")
            let isInjected = file.token(place + 1).isMark("=") && file.token(place + 2).isWord("Depends")
            guard isPlain, !isInjected else { continue }
            names.insert(name)
            let isSegment = [":\(name)>", "<\(name)>", "{\(name)}"].contains { typed.contains($0) }
            if !isSegment || typed.contains("path:\(name)") { whole.insert(name) }
        }
        return (names, whole)
    }

    /// Ranges of tokens: by line in Python; else by semicolon, or by line where no bracket is open.
    func statements(_ range: Range<Int>) -> [Range<Int>] {
        var parts: [Range<Int>] = []
        var start = range.lowerBound
        var depth = 0
        for place in range {
            let token = file.tokens[place]
            if token.kind == .mark {
                if token.text == "(" || token.text == "[" { depth += 1 }
                if token.text == ")" || token.text == "]" { depth = max(0, depth - 1) }
            }
            let ends: Bool
            if isPython {
                ends = token.kind == .line
            } else {
                let next = file.token(place + 1)
                ends =
                    token.isMark(";")
                    || (depth == 0
                        && (token.isMark("}") && !next.isMark("=")
                            || next.line > token.line
                                && !(next.kind == .mark && [".", "?", ":", "+", "&&", "||"].contains(next.text))
                                && !(token.kind == .mark
                                    && ["+", ",", "=", "(", "[", ".", "=>", "?", ":"].contains(token.text))))
            }
            if ends {
                if place + 1 > start { parts.append(start..<(place + 1)) }
                start = place + 1
                if !isPython, token.isMark(";") { depth = 0 }
            }
        }
        if start < range.upperBound { parts.append(start..<range.upperBound) }
        return parts
    }

    mutating func look(_ part: Range<Int>) {
        checkMembership(part)
        sinks(part)
        assign(part)
    }

    static let pythonAttributes: Set<String> = [
        "args", "form", "values", "json", "data", "cookies", "files", "get_json", "get_data", "GET", "POST", "body",
        "COOKIES", "query_params", "path_params", "query_string", "FILES", "params", "match_info",
    ]
    static let scriptAttributes: Set<String> = [
        "query", "body", "params", "headers", "cookies", "param", "files", "file",
    ]
    static let stores: Set<String> = [
        "db", "database", "session", "cursor", "conn", "connection", "prisma", "pool", "knex", "redis", "cache",
    ]
    static let cleaners: Set<String> = [
        "int", "float", "bool", "len", "UUID", "quote", "escape", "escape_string", "secure_filename", "basename",
        "Number", "parseInt", "parseFloat", "encodeURIComponent", "escapeHtml", "sanitize", "sanitizeHtml",
        "isinstance", "url_for", "safe_join", "Boolean", "hash", "sha256", "literal_eval", "validate", "clean",
        "resolve_url", "reverse", "escapeId", "typeof", "hexdigest", "Decimal", "ObjectId", "get_object_or_404",
        "quote_ident", "DOMPurify",
    ]

    func isSource(_ place: Int) -> Bool {
        let token = file.token(place)
        guard token.kind == .word else { return false }
        if isPython {
            return token.text == "request" && file.token(place + 1).isMark(".")
                && Self.pythonAttributes.contains(file.token(place + 2).text)
        }
        if ["req", "request"].contains(token.text), file.token(place + 1).isMark("."),
            Self.scriptAttributes.contains(file.token(place + 2).text)
        {
            return true
        }
        // `new URL(req.url)`, `req.nextUrl.searchParams` and `await req.json()` of handlers that get a `Request`
        if ["req", "request"].contains(token.text), file.token(place + 1).isMark(".") {
            let next = file.token(place + 2).text
            if next == "nextUrl" || next == "url" && file.token(place - 2).isWord("URL") { return true }
            if ["json", "formData"].contains(next), file.token(place + 3).isMark("(") { return true }
        }
        if token.text == "ctx", file.token(place + 1).isMark(".") {
            let next = file.token(place + 2).text
            return ["query", "params"].contains(next)
                || (next == "request" && ["body", "query"].contains(file.token(place + 4).text))
        }
        return ["location"].contains(token.text) && file.token(place + 1).isMark(".")
            && ["hash", "search", "href"].contains(file.token(place + 2).text) && !file.token(place + 3).isMark("=")
    }

    /// Whether something of the caller's is in an expression as it came.
    /// `beginning`: only what begins with it counts.
    func isTainted(_ range: Range<Int>, beginning: Bool = false) -> Bool {
        let known = beginning ? leading : tainted
        var place = range.lowerBound
        // No expression that somebody wrote is longer.
        while place < min(range.upperBound, range.lowerBound + 2_000) {
            let token = file.token(place)
            if token.kind == .word {
                let isMember = file.token(place - 1).isMark(".")
                if Self.cleaners.contains(token.text), file.token(place + 1).isMark("(") {
                    place = file.closing(place + 1, before: range.upperBound)
                    continue
                }
                // What a database answers isn't the caller's any more.
                if Self.stores.contains(token.text), file.token(place + 1).isMark("."),
                    let open = (place..<min(range.upperBound, place + 8)).first(where: { file.token($0).isMark("(") })
                {
                    place = file.closing(open, before: range.upperBound)
                    continue
                }
                if isSource(place), isJudged(place, before: range.upperBound) {
                    place += 3
                    continue
                }
                if isSource(place) {
                    // `request.args.get("n", type=int)` is a number.
                    let rest = place..<min(range.upperBound, place + 16)
                    if rest.contains(where: {
                        file.token($0).isWord("type") && file.token($0 + 1).isMark("=")
                            && ["int", "float"].contains(file.token($0 + 2).text)
                    }) {
                        return false
                    }
                    return true
                }
                if !isMember, known.contains(token.text), !file.token(place + 1).isMark("=") {
                    // A comparison, or a key of a table, isn't the value itself.
                    let next = file.token(place + 1)
                    if !(next.kind == .mark && ["==", "!="].contains(next.text)),
                        !file.token(place - 1).isMark("[") || file.token(place - 2).kind != .word
                    {
                        return true
                    }
                }
                // What an unknown function makes of it is no longer what came.
                if file.token(place + 1).isMark("("), !Self.passing.contains(token.text) {
                    place = file.closing(place + 1, before: range.upperBound)
                    continue
                }
            } else if token.isFilled,
                fills(token.text).contains(where: { known.contains($0) || $0 == "request" || $0 == "req" })
            {
                return true
            }
            place += 1
        }
        return false
    }

    /// The first words of what is put into a text, without those that are cleaned on the way.
    func fills(_ text: String) -> [String] {
        var words: [String] = []
        for part in text.split(separator: "{", omittingEmptySubsequences: false).dropFirst() {
            let inside = part.prefix { $0 != "}" }.drop { $0 == " " }
            let word = String(inside.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "$" })
            let after = inside.dropFirst(word.count)
            if after.first == "(" {
                // `quote(x)` is clean, `x()` unknown, `str(x)` isn't clean.
                guard ["str", "String"].contains(word) else { continue }
                words.append(String(after.dropFirst().prefix { $0.isLetter || $0.isNumber || $0 == "_" }))
            } else {
                if word == "request" || word == "req" {
                    let attribute = after.dropFirst().prefix { $0.isLetter || $0 == "_" }
                    guard
                        Self.pythonAttributes.contains(String(attribute))
                            || Self.scriptAttributes.contains(String(attribute))
                    else { continue }
                }
                words.append(word)
            }
        }
        return words
    }

    mutating func assign(_ part: Range<Int>) {
        guard
            let equals = part.first(where: { place in
                let token = file.token(place)
                return token.isMark("=") || token.isMark(":=") || token.isMark("+=")
            }), equals > part.lowerBound
        else {
            // `for x in things:`
            if isPython, let first = part.first, file.token(first).isWord("for"),
                let inside = part.first(where: { file.token($0).isWord("in") })
            {
                if isTainted(inside..<part.upperBound) {
                    for place in (first + 1)..<inside where file.token(place).kind == .word {
                        tainted.insert(file.token(place).text)
                        leading.insert(file.token(place).text)
                    }
                }
            }
            return
        }
        // The `=` of a call's argument is none of ours.
        var depth = 0
        for place in part.lowerBound..<equals {
            if file.token(place).isMark("(") { depth += 1 }
            if file.token(place).isMark(")") { depth -= 1 }
        }
        guard depth == 0 else { return }
        var names: [String] = []
        for place in part.lowerBound..<equals
        where file.token(place).kind == .word
            && !["const", "let", "var", "if", "await", "async"].contains(file.token(place).text)
        {
            if file.token(place - 1).isMark("."), place > part.lowerBound { return }
            names.append(file.token(place).text)
        }
        let isDirty =
            isTainted((equals + 1)..<part.upperBound) && !isChosen((equals + 1)..<part.upperBound)
        let isLeading = isDirty && leads((equals + 1)..<part.upperBound)
        for name in names.prefix(8) {
            if isDirty { tainted.insert(name) } else if !file.token(equals).isMark("+=") { tainted.remove(name) }
            guard !file.token(equals).isMark("+=") else { continue }
            if isLeading { leading.insert(name) } else { leading.remove(name) }
        }
    }
}
