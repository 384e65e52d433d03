/// Cuts source code into words, texts, numbers and marks; comments are left out. It never fails: what it doesn't know is
/// a mark.
struct CodeReader {
    private var cursor: ByteCursor
    private let language: SourceLanguage
    private var tokens: [Token] = []
    private var line = 1
    private var depth = 0
    private var indent = 0
    private static let mostTokens = 2_000_000

    static func tokens(_ bytes: [UInt8], _ language: SourceLanguage) -> [Token] {
        var reader = CodeReader(cursor: ByteCursor(bytes), language: language)
        reader.tokens.reserveCapacity(bytes.count / 4)
        reader.read()
        return reader.tokens
    }

    private init(cursor: ByteCursor, language: SourceLanguage) {
        self.cursor = cursor
        self.language = language
    }

    private mutating func read() {
        measureIndent()
        while !cursor.isAtEnd, tokens.count < Self.mostTokens {
            let byte = cursor.current
            switch byte {
            case 0x0A:
                newline()
            case 0x20, 0x09, 0x0D, 0x0C: cursor.advance()
            case 0x5C where language == .python && cursor.ahead(1) == 0x0A:
                cursor.advance(2)
                line &+= 1
            case UInt8(ascii: "#") where language == .python: skipLine()
            case UInt8(ascii: "/") where language != .python && cursor.ahead(1) == UInt8(ascii: "/"): skipLine()
            case UInt8(ascii: "/") where language != .python && cursor.ahead(1) == UInt8(ascii: "*"): skipComment()
            case UInt8(ascii: "/") where language == .javascript && mayBeginExpression: pattern()
            case UInt8(ascii: "\""), UInt8(ascii: "'"): quoted(byte, prefix: "")
            case UInt8(ascii: "`") where language == .javascript: template()
            case UInt8(ascii: "#") where language == .swift && cursor.ahead(1) == UInt8(ascii: "\""):
                rawText(hashes: 1, from: 1)
            case 0x30...0x39: number()
            case _ where byte.isWord || byte == UInt8(ascii: "$"): word()
            default: mark(byte)
            }
        }
        if language == .python { append(.line, "") }
    }

    private mutating func append(_ kind: Token.Kind, _ text: String, isFilled: Bool = false, line start: Int? = nil) {
        tokens.append(Token(kind: kind, text: text, line: start ?? line, indent: indent, isFilled: isFilled))
    }

    private mutating func newline() {
        cursor.advance()
        if language == .python, depth == 0, tokens.last.map({ $0.kind != .line }) ?? false { append(.line, "") }
        line &+= 1
        measureIndent()
    }

    private mutating func measureIndent() {
        guard language == .python, depth == 0 else { return }
        var width = 0
        var place = cursor.position
        while cursor[at: place] == 0x20 || cursor[at: place] == 0x09 {
            width &+= cursor[at: place] == 0x09 ? 8 : 1
            place &+= 1
        }
        indent = width
    }

    private mutating func skipLine() {
        while !cursor.isAtEnd, cursor.current != 0x0A { cursor.advance() }
    }

    private mutating func skipComment() {
        var open = 0
        while !cursor.isAtEnd {
            if cursor.current == UInt8(ascii: "/"), cursor.ahead(1) == UInt8(ascii: "*"),
                open == 0 || language != .javascript
            {
                open &+= 1
                cursor.advance(2)
            } else if cursor.current == UInt8(ascii: "*"), cursor.ahead(1) == UInt8(ascii: "/") {
                open &-= 1
                cursor.advance(2)
                if open <= 0 { return }
            } else {
                if cursor.current == 0x0A { line &+= 1 }
                cursor.advance()
            }
        }
    }

    /// Whether a `/` here begins a regular expression and is no division.
    private var mayBeginExpression: Bool {
        guard let last = tokens.last else { return true }
        switch last.kind {
        case .mark: return ![")", "]", "}"].contains(last.text)
        case .word: return ["return", "typeof", "case", "in", "of", "do", "else"].contains(last.text)
        case .text, .number: return false
        case .line: return true
        }
    }

    private mutating func pattern() {
        cursor.advance()
        var isInClass = false
        while !cursor.isAtEnd, cursor.current != 0x0A {
            switch cursor.current {
            case 0x5C: cursor.advance()
            case UInt8(ascii: "["): isInClass = true
            case UInt8(ascii: "]"): isInClass = false
            case UInt8(ascii: "/") where !isInClass:
                cursor.advance()
                append(.number, "/re/")
                return
            default: break
            }
            cursor.advance()
        }
        append(.number, "/re/")
    }

    private mutating func number() {
        let start = cursor.position
        while cursor.current.isWord || (cursor.current == 0x2E && cursor.ahead(1).isDigit) { cursor.advance() }
        append(.number, text(of: cursor.slice(start, cursor.position)))
    }

    private mutating func word() {
        let start = cursor.position
        while cursor.current.isWord || cursor.current == UInt8(ascii: "$") { cursor.advance() }
        let word = text(of: cursor.slice(start, cursor.position))
        let next = cursor.current
        if next == UInt8(ascii: "\"") || (next == UInt8(ascii: "'") && language == .python), word.utf8.count <= 3 {
            let prefix = word.lowercased()
            if language == .python, prefix.allSatisfy({ "rbfut".contains($0) }) { return quoted(next, prefix: prefix) }
            if language == .rust, prefix == "b" || prefix == "c" { return quoted(next, prefix: "") }
            if language == .rust, prefix == "r" || prefix == "br" { return rawText(hashes: 0, from: 0) }
        }
        if language == .rust, word == "r" || word == "br", next == UInt8(ascii: "#") {
            var hashes = 0
            while cursor.ahead(hashes) == UInt8(ascii: "#") { hashes &+= 1 }
            if cursor.ahead(hashes) == UInt8(ascii: "\"") { return rawText(hashes: hashes, from: hashes) }
        }
        append(.word, word)
    }

    /// `r#"…"#` and `#"…"#`.
    private mutating func rawText(hashes: Int, from distance: Int) {
        let first = line
        cursor.advance(distance &+ 1)
        let start = cursor.position
        while !cursor.isAtEnd {
            if cursor.current == UInt8(ascii: "\""),
                (0..<hashes).allSatisfy({ cursor.ahead(1 &+ $0) == UInt8(ascii: "#") })
            {
                append(.text, text(of: cursor.slice(start, cursor.position)), line: first)
                cursor.advance(1 &+ hashes)
                return
            }
            if cursor.current == 0x0A { line &+= 1 }
            cursor.advance()
        }
    }

    private mutating func quoted(_ quote: UInt8, prefix: String) {
        // A lifetime of Rust, `'a`, is no text.
        if language == .rust, quote == UInt8(ascii: "'"), cursor.ahead(2) != quote, cursor.ahead(1) != 0x5C {
            return mark(quote)
        }
        let first = line
        let isTriple =
            language != .javascript && language != .rust && cursor.ahead(1) == quote && cursor.ahead(2) == quote
        let isRaw = prefix.contains("r")
        cursor.advance(isTriple ? 3 : 1)
        let start = cursor.position
        while !cursor.isAtEnd {
            let byte = cursor.current
            if byte == 0x5C {
                if cursor.ahead(1) == 0x0A { line &+= 1 }
                cursor.advance(2)
                continue
            }
            if byte == 0x0A {
                // An open quote ends with its line, except where texts span lines.
                if !isTriple, language != .rust { break }
                line &+= 1
            } else if byte == quote, !isTriple || (cursor.ahead(1) == quote && cursor.ahead(2) == quote) {
                break
            }
            cursor.advance()
        }
        let content = text(of: cursor.slice(start, cursor.position))
        if cursor.current == quote { cursor.advance(isTriple ? 3 : 1) }
        let isFilled = prefix.contains("f") ? content.contains("{") : language == .swift && content.contains("\\(")
        append(.text, content, isFilled: isFilled && !(isRaw && language == .swift), line: first)
    }

    private mutating func template() {
        let first = line
        cursor.advance()
        let start = cursor.position
        var open = 0
        while !cursor.isAtEnd {
            let byte = cursor.current
            if byte == 0x0A { line &+= 1 }
            if byte == 0x5C {
                cursor.advance(2)
                continue
            }
            if byte == UInt8(ascii: "$"), cursor.ahead(1) == UInt8(ascii: "{") {
                open &+= 1
                cursor.advance()
            } else if byte == UInt8(ascii: "{"), open > 0 {
                open &+= 1
            } else if byte == UInt8(ascii: "}"), open > 0 {
                open &-= 1
            } else if byte == UInt8(ascii: "`"), open == 0 {
                break
            }
            cursor.advance()
        }
        let content = text(of: cursor.slice(start, cursor.position))
        cursor.advance()
        append(.text, content, isFilled: content.contains("${"), line: first)
    }

    private mutating func mark(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"): depth &+= 1
        case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"): depth = max(0, depth &- 1)
        default: break
        }
        if let pair = Self.pair(byte, cursor.ahead(1)) {
            cursor.advance(2)
            append(.mark, pair)
        } else {
            cursor.advance()
            // can't trap: there are 256 of them
            append(.mark, Self.marks[Int(byte)])
        }
    }

    private static let marks: [String] = (0...255).map { text(of: [UInt8(truncatingIfNeeded: $0)]) }

    private static func pair(_ first: UInt8, _ second: UInt8) -> String? {
        switch (first, second) {
        case (UInt8(ascii: "="), UInt8(ascii: ">")): "=>"
        case (UInt8(ascii: "-"), UInt8(ascii: ">")): "->"
        case (UInt8(ascii: "="), UInt8(ascii: "=")): "=="
        case (UInt8(ascii: "!"), UInt8(ascii: "=")): "!="
        case (UInt8(ascii: "+"), UInt8(ascii: "=")): "+="
        case (UInt8(ascii: "-"), UInt8(ascii: "=")): "-="
        case (UInt8(ascii: "*"), UInt8(ascii: "=")): "*="
        case (UInt8(ascii: ":"), UInt8(ascii: ":")): "::"
        case (UInt8(ascii: ":"), UInt8(ascii: "=")): ":="
        case (UInt8(ascii: "<"), UInt8(ascii: "=")): "<="
        case (UInt8(ascii: ">"), UInt8(ascii: "=")): ">="
        case (UInt8(ascii: "&"), UInt8(ascii: "&")): "&&"
        case (UInt8(ascii: "|"), UInt8(ascii: "|")): "||"
        case (UInt8(ascii: "|"), UInt8(ascii: ">")): "|>"
        default: nil
        }
    }
}
