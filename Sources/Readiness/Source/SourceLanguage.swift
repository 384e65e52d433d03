/// What a file of a source tree is, by its name.
enum SourceLanguage: String, Sendable, CaseIterable {
    case python, javascript, swift, rust

    init?(path: String) {
        switch path.split(separator: ".").last.map({ $0.lowercased() }) ?? "" {
        case "py", "pyw": self = .python
        case "js", "jsx", "ts", "tsx", "mjs", "cjs", "mts", "cts": self = .javascript
        case "swift": self = .swift
        case "rs": self = .rust
        default: return nil
        }
    }
}

/// A piece of code: a word, a text, a number or a mark.
struct Token: Sendable, Equatable {
    enum Kind: Sendable { case word, text, number, mark, line }
    var kind: Kind
    /// The word, the content of the text, or the mark. Of a `line` (Python only): nothing.
    var text: String
    /// From 1.
    var line: Int
    /// Column of the first token on its line, for Python's blocks; else 0.
    var indent = 0
    /// Whether a text has values put into it.
    var isFilled = false

    func isMark(_ wanted: String) -> Bool { kind == .mark && text == wanted }
    func isWord(_ wanted: String) -> Bool { kind == .word && text == wanted }
}

/// A function of a file: its own tokens by place.
struct SourceFunction: Sendable {
    var name: String
    var line: Int
    /// Names of its parameters.
    var parameters: [String]
    /// Places of the tokens between its brackets.
    var header: Range<Int>
    var body: Range<Int>
    /// Place of the first token of its decorators, else of its own.
    var start: Int
}

/// A file that was read for its code.
struct SourceFile: Sendable {
    var path: String
    var language: SourceLanguage
    var tokens: [Token]
    var functions: [SourceFunction]
    private var closes: [Int]

    init(path: String, language: SourceLanguage, bytes: [UInt8]) {
        self.path = path
        self.language = language
        tokens = CodeReader.tokens(bytes, language)
        closes = Self.closes(tokens)
        functions = []
        functions = language == .python ? pythonFunctions() : bracketFunctions()
    }

    /// The token at a place; an empty mark outside.
    func token(_ place: Int) -> Token {
        place >= 0 && place < tokens.count ? tokens[place] : Token(kind: .mark, text: "", line: 0)
    }

    /// The place after the bracket that closes the one at `place`, at most at `end`.
    func closing(_ place: Int, before end: Int? = nil) -> Int {
        let close = place >= 0 && place < closes.count ? closes[place] : tokens.count
        return min(close, end ?? tokens.count, tokens.count)
    }

    /// For each opening bracket the place after its end, found once: asked bracket by bracket it would take too long for
    /// code that somebody nested on purpose.
    private static func closes(_ tokens: [Token]) -> [Int] {
        var closes = [Int](repeating: tokens.count, count: tokens.count)
        var open: [Int] = []
        for (place, token) in tokens.enumerated() where token.kind == .mark {
            switch token.text {
            case "(", "[", "{": open.append(place)
            case ")", "]", "}": if let start = open.popLast() { closes[start] = place + 1 }
            default: break
            }
        }
        return closes
    }

    /// No file that somebody wrote has more.
    private static let mostFunctions = 5_000

    /// `a, b=1, *c: int` → a, b, c.
    func names(_ range: Range<Int>) -> [String] {
        var names: [String] = []
        var isName = true
        var index = range.lowerBound
        while index < range.upperBound {
            let token = tokens[index]
            if token.kind == .mark, ["(", "[", "{"].contains(token.text) {
                index = closing(index, before: range.upperBound)
                continue
            }
            if token.isMark(",") {
                isName = true
            } else if token.kind == .word, isName {
                names.append(token.text)
                isName = false
            }
            index += 1
        }
        return names
    }

    private func pythonFunctions() -> [SourceFunction] {
        var found: [SourceFunction] = []
        for (place, token) in tokens.enumerated() where token.isWord("def") && self.token(place + 2).isMark("(") {
            guard found.count < Self.mostFunctions else { break }
            let close = closing(place + 2)
            // The body: what is indented deeper, up to the first line that isn't.
            let indent = token.indent
            var end = close
            while end < tokens.count {
                if tokens[end].kind == .line, end + 1 < tokens.count, tokens[end + 1].kind != .line,
                    tokens[end + 1].indent <= indent
                {
                    break
                }
                end += 1
            }
            var start = place
            while start > 0, tokens[start - 1].kind != .line { start -= 1 }
            start = decorators(above: start, indent)
            found.append(
                SourceFunction(
                    name: self.token(place + 1).text, line: token.line,
                    parameters: names(place + 3..<max(place + 3, close - 1)),
                    header: place + 3..<max(place + 3, close - 1), body: close..<max(close, end), start: start))
        }
        return found
    }

    /// The place of the first `@` of the lines right above.
    private func decorators(above place: Int, _ indent: Int) -> Int {
        var start = place
        while start >= 2, tokens[start - 1].kind == .line {
            var line = start - 2
            while line > 0, tokens[line - 1].kind != .line { line -= 1 }
            guard tokens[line].isMark("@"), tokens[line].indent == indent else { return start }
            start = line
        }
        return start
    }

    private func bracketFunctions() -> [SourceFunction] {
        var found: [SourceFunction] = []
        for (place, token) in tokens.enumerated() {
            guard found.count < Self.mostFunctions else { break }
            var name = ""
            var open = place
            if token.kind == .word, ["function", "func", "fn"].contains(token.text) {
                if self.token(place + 1).kind == .word { name = self.token(place + 1).text }
                open = place + 1
                while open < min(place + 24, tokens.count), !tokens[open].isMark("(") { open += 1 }
            } else if language == .javascript, token.isMark("=>") {
                // `(a, b) => {` or `a => {`
                guard self.token(place + 1).isMark("{") else { continue }
                let (start, parameters) = arrowParameters(place)
                let before = self.token(start - 1).isWord("async") ? start - 2 : start - 1
                if self.token(before).isMark("="), self.token(before - 1).kind == .word {
                    name = self.token(before - 1).text
                }
                let end = closing(place + 1)
                found.append(
                    SourceFunction(
                        name: name, line: self.token(start).line, parameters: names(parameters), header: parameters,
                        body: place + 2..<max(place + 2, end - 1), start: start))
                continue
            } else if language == .javascript, token.kind == .word, self.token(place + 1).isMark("("),
                !["if", "for", "while", "switch", "catch", "return", "function", "await"].contains(token.text)
            {
                // A method: `name(a, b) {`
                let close = closing(place + 1)
                guard self.token(close).isMark("{") else { continue }
                name = token.text
                open = place + 1
            } else {
                continue
            }
            guard self.token(open).isMark("(") else { continue }
            let close = closing(open)
            var brace = close
            while brace < min(close + 60, tokens.count), !tokens[brace].isMark("{"), !tokens[brace].isMark(";") {
                brace += 1
            }
            guard self.token(brace).isMark("{") else { continue }
            let end = closing(brace)
            found.append(
                SourceFunction(
                    name: name, line: token.line, parameters: names(open + 1..<max(open + 1, close - 1)),
                    header: open + 1..<max(open + 1, close - 1), body: brace + 1..<max(brace + 1, end - 1), start: place
                ))
        }
        return found
    }

    private func arrowParameters(_ given: Int) -> (Int, Range<Int>) {
        var arrow = given
        // `(a): Promise<void> =>` of TypeScript
        if !token(arrow - 1).isMark(")"), arrow > 0 {
            var colon = arrow - 1
            while colon > 1, arrow - colon < 24, !token(colon).isMark(":"), !token(colon).isMark(";"),
                !token(colon).isMark("=")
            { colon -= 1 }
            if token(colon).isMark(":"), token(colon - 1).isMark(")") { arrow = colon }
        }
        guard token(arrow - 1).isMark(")") else { return (max(0, arrow - 1), max(0, arrow - 1)..<arrow) }
        var depth = 0
        var index = arrow - 1
        while index > 0, arrow - index < 400 {
            if tokens[index].isMark(")") { depth += 1 }
            if tokens[index].isMark("(") {
                depth -= 1
                if depth == 0 { break }
            }
            index -= 1
        }
        return (index, min(index + 1, arrow - 1)..<max(min(index + 1, arrow - 1), arrow - 1))
    }
}
