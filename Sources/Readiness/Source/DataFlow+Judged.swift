/// What a caller's text has been held against, and where it stands in another.
extension DataFlow {
    /// Functions that give back what they were given, or a part of it.
    static let passing: Set<String> = [
        "str", "String", "repr", "format", "join", "Path", "PurePath", "PosixPath", "unquote", "unquote_plus",
        "decodeURIComponent", "decodeURI", "unescape", "urljoin", "concat", "replace", "replaceAll", "text", "bytes",
        "b64decode", "loads", "parse", "dict", "list", "tuple", "sorted", "set", "next", "iter", "getattr", "get",
        "getlist", "get_list", "getAll", "pop", "trim", "cast", "resolve", "Markup", "mark_safe", "strip", "lstrip",
        "rstrip", "lower", "upper", "decode", "encode", "raw", "reversed", "zip", "enumerate", "items", "values",
        "copy", "to_dict", "normpath", "abspath", "expanduser", "normalize", "dedent", "get_json", "get_data",
        "toString", "slice", "substring", "split", "URL", "URLSearchParams", "json", "formData",
    ]

    private static let judges = PlainSearch([
        "safe", "allowed", "valid", "startswith", "includes", "has", "fullmatch", "match", "test", "isdigit",
        "isalnum", "whitelist", "allowlist", "is_relative_to",
    ])

    private func isJudge(_ word: String) -> Bool { Self.judges.isIn(word) }

    private static let verbs = PlainSearch(["validate", "check", "ensure", "assert", "verify"])

    /// `if x in ALLOWED`, `if not is_safe(x)`, `if x == "a"`, `validate_path(x)`: what was compared isn't free any more.
    mutating func checkMembership(_ part: Range<Int>) {
        guard let first = part.first, file.token(first).kind == .word else { return }
        if !["if", "elif", "assert"].contains(file.token(first).text) {
            return checkCall(part, first)
        }
        for place in part where file.token(place).kind == .word && isCompared(place) { release(file.token(place).text) }
        let words = part.filter { file.token($0).kind == .word }.map { file.token($0).text }
        let inside = part.first { file.token($0).isWord("in") }
        let isJudged = words.contains { isJudge($0) }
        guard isJudged || inside != nil else { return }
        for word in words { release(word) }
        for place in part where isSource(place) && (isJudged || place < inside ?? 0) {
            if let key = key(of: place, before: part.upperBound) { judgedKeys.insert(key) }
        }
    }

    private mutating func release(_ word: String) {
        tainted.remove(word)
        leading.remove(word)
    }

    /// `validate_path(x)` as a statement: it throws where it objects.
    private mutating func checkCall(_ part: Range<Int>, _ first: Int) {
        guard let open = part.prefix(8).first(where: { file.token($0).isMark("(") }),
            (first..<open).allSatisfy({ file.token($0).kind == .word || file.token($0).isMark(".") })
        else { return }
        guard Self.verbs.isIn(file.token(open - 1).text) else { return }
        for place in open..<file.closing(open, before: part.upperBound) where file.token(place).kind == .word {
            release(file.token(place).text)
        }
    }

    /// `x == "word"` and `x.upper() == "WORD"`.
    private func isCompared(_ place: Int) -> Bool {
        var next = place + 1
        if file.token(next).isMark("."), file.token(next + 2).isMark("("), file.token(next + 3).isMark(")") {
            next += 4
        }
        guard file.token(next).isMark("==") else { return false }
        if file.token(next + 1).isMark("=") { next += 1 }
        return file.token(next + 1).kind == .text && !file.token(next + 1).text.isEmpty
    }

    private func key(of place: Int, before end: Int) -> String? {
        (place..<min(end, place + 8)).first { file.token($0).kind == .text }.map { file.token($0).text }
    }

    func isJudged(_ place: Int, before end: Int) -> Bool {
        !judgedKeys.isEmpty && key(of: place, before: end).map { judgedKeys.contains($0) } ?? false
    }

    /// Whether an address begins with what the caller sent: what comes after a path or a host of ours leads nowhere else.
    func leads(_ range: Range<Int>, _ depth: Int = 0) -> Bool {
        guard depth < 12, let first = range.first else { return false }
        if file.token(first).kind == .word, file.token(first + 1).isMark("=") {
            return leads((first + 2)..<max(first + 2, range.upperBound), depth + 1)
        }
        if file.token(first).isMark("("), file.closing(first) >= range.upperBound {
            return leads((first + 1)..<max(first + 1, range.upperBound - 1), depth + 1)
        }
        if let (condition, parts) = choice(range) {
            if condition.contains(where: { file.token($0).kind == .word && isJudge(file.token($0).text) }) {
                return false
            }
            return parts.contains { leads($0, depth + 1) }
        }
        let ends = flat(range) { ["+", "%", "||", "??"].contains($0.text) && $0.kind == .mark || $0.isWord("or") }
        let operand = first..<(ends ?? range.upperBound)
        let rest = ends.map { ($0 + 1)..<max($0 + 1, range.upperBound) }
        if let end = ends, file.token(end).isMark("||") || file.token(end).isWord("or"), let rest,
            leads(rest, depth + 1)
        {
            return true
        }
        let token = file.token(first)
        guard token.kind == .text else { return isTainted(operand, beginning: true) }
        if token.isFilled {
            let text = token.text.drop { $0 == "$" }
            guard text.hasPrefix("{"), let close = text.firstIndex(of: "}") else { return false }
            return fills(String(text[...close])).contains { leading.contains($0) || $0 == "request" || $0 == "req" }
        }
        let isOpen = ["", "//", "/", "http://", "https://"].contains(token.text)
        if isOpen, let rest { return leads(rest, depth + 1) }
        guard token.text.hasPrefix("%s") || token.text.hasPrefix("{}") else { return false }
        if let end = ends, file.token(end).isMark("%"), let rest {
            let isTuple = file.token(rest.lowerBound).isMark("(")
            return leads(isTuple ? firstArgument(rest.lowerBound, file.closing(rest.lowerBound)) : rest, depth + 1)
        }
        guard file.token(first + 1).isMark("."), file.token(first + 2).isWord("format") else { return false }
        return leads(firstArgument(first + 3, file.closing(first + 3)), depth + 1)
    }

    /// `ALLOWED.has(x) ? x : "a"`: only what was judged comes out.
    func isChosen(_ range: Range<Int>) -> Bool {
        guard let (condition, _) = choice(range) else { return false }
        return condition.contains { file.token($0).kind == .word && isJudge(file.token($0).text) }
    }

    /// `a if c else b` and `c ? a : b`.
    private func choice(_ range: Range<Int>) -> (condition: Range<Int>, parts: [Range<Int>])? {
        if isPython {
            guard let start = flat(range, where: { $0.isWord("if") }), start > range.lowerBound,
                let end = flat(start..<range.upperBound, where: { $0.isWord("else") })
            else { return nil }
            return (start..<end, [range.lowerBound..<start, (end + 1)..<max(end + 1, range.upperBound)])
        }
        guard let start = flat(range, where: { $0.isMark("?") }), !file.token(start + 1).isMark("."),
            !file.token(start + 1).isMark("?"),
            let end = flat(start..<range.upperBound, where: { $0.isMark(":") })
        else { return nil }
        return (range.lowerBound..<start, [(start + 1)..<end, (end + 1)..<max(end + 1, range.upperBound)])
    }

    /// The first token outside of brackets that is wanted.
    private func flat(_ range: Range<Int>, where isWanted: (Token) -> Bool) -> Int? {
        var place = range.lowerBound
        while place < min(range.upperBound, range.lowerBound + 2_000) {
            let token = file.token(place)
            if isWanted(token) { return place }
            if token.kind == .mark, ["(", "[", "{"].contains(token.text) {
                place = file.closing(place, before: range.upperBound)
            } else {
                place += 1
            }
        }
        return nil
    }
}
