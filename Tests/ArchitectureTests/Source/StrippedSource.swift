/// Swift source with comments and the insides of literals blanked out, line for line and column for column, so that a
/// rule about code never trips over a text about code. Code inside `\( )` stays.
struct StrippedSource {
    /// The lines of code, without comments and literals.
    let code: [String]
    /// The lines as they were written.
    let original: [String]

    init(_ text: String) {
        var scanner = LiteralScanner(Array(text.utf8))
        code = StrippedSource.lines(scanner.strip())
        original = StrippedSource.lines(Array(text.utf8))
    }

    private static func lines(_ bytes: [UInt8]) -> [String] {
        bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Whether the line (from 0), or the comment lines right above it, say `marker` in a comment.
    func hasComment(_ marker: String, at line: Int) -> Bool {
        if isComment(marker, at: line) { return true }
        var above = line - 1
        while above >= 0, original[above].drop(while: { $0 == " " }).hasPrefix("//") {
            if isComment(marker, at: above) { return true }
            above -= 1
        }
        return false
    }

    private func isComment(_ marker: String, at line: Int) -> Bool {
        guard let comment = original[line].firstRange(of: "//") else { return false }
        return original[line][comment.lowerBound...].contains(marker)
    }
}

/// Finds comments and literals. A small state machine, because a regular expression can't nest.
private struct LiteralScanner {
    private let input: [UInt8]
    private var output: [UInt8]
    private var position = 0

    init(_ input: [UInt8]) {
        self.input = input
        self.output = input
    }

    mutating func strip() -> [UInt8] {
        code(untilClosingParenthesis: false)
        return output
    }

    private func peek(_ offset: Int = 0) -> UInt8 {
        position + offset < input.count ? input[position + offset] : 0
    }

    private mutating func blank() {
        if position < input.count, input[position] != 0x0A { output[position] = 0x20 }
        position += 1
    }

    private mutating func code(untilClosingParenthesis nested: Bool) {
        var depth = 1
        while position < input.count {
            let (byte, next) = (peek(), peek(1))
            if byte == UInt8(ascii: "/"), next == UInt8(ascii: "/") {
                while position < input.count, peek() != 0x0A { blank() }
            } else if byte == UInt8(ascii: "/"), next == UInt8(ascii: "*") {
                comment()
            } else if byte == UInt8(ascii: "\"") || (byte == UInt8(ascii: "#") && startsRawLiteral()) {
                literal()
            } else if byte == UInt8(ascii: "/"), startsRegex() {
                regex()
            } else {
                if nested, byte == UInt8(ascii: "(") { depth += 1 }
                if nested, byte == UInt8(ascii: ")") { depth -= 1 }
                position += 1
                if nested, depth == 0 { return }
            }
        }
    }

    private mutating func comment() {
        var depth = 0
        repeat {
            if peek() == UInt8(ascii: "/"), peek(1) == UInt8(ascii: "*") {
                depth += 1
                blank()
            } else if peek() == UInt8(ascii: "*"), peek(1) == UInt8(ascii: "/") {
                depth -= 1
                blank()
            }
            blank()
        } while depth > 0 && position < input.count
    }

    private func startsRawLiteral() -> Bool {
        var offset = 0
        while peek(offset) == UInt8(ascii: "#") { offset += 1 }
        return peek(offset) == UInt8(ascii: "\"") || peek(offset) == UInt8(ascii: "/")
    }

    /// A string or an extended regex literal, of one line or several, raw or not.
    private mutating func literal() {
        var hashes = 0
        while peek() == UInt8(ascii: "#") {
            hashes += 1
            position += 1
        }
        let quote = peek()
        let isText = quote == UInt8(ascii: "\"")
        let isMultiline = isText && peek(1) == quote && peek(2) == quote
        position += isMultiline ? 3 : 1
        let escape = [UInt8(ascii: "\\")] + [UInt8](repeating: UInt8(ascii: "#"), count: isText ? hashes : 0)
        let close =
            [UInt8](repeating: quote, count: isMultiline ? 3 : 1)
            + [UInt8](repeating: UInt8(ascii: "#"), count: hashes)
        while position < input.count, !matches(close) {
            if !isMultiline, isText, peek() == 0x0A { return }
            guard matches(escape) else {
                blank()
                continue
            }
            for _ in escape { blank() }
            if isText, peek() == UInt8(ascii: "(") {
                position += 1
                code(untilClosingParenthesis: true)
            } else {
                blank()
            }
        }
        position = min(input.count, position + close.count)
    }

    private func matches(_ bytes: [UInt8]) -> Bool {
        position + bytes.count <= input.count && input[position..<position + bytes.count].elementsEqual(bytes)
    }

    /// A bare `/…/` where an expression may begin; division has spaces around it here.
    private func startsRegex() -> Bool {
        guard peek(1) != 0x20, peek(1) != 0x0A, peek(1) != UInt8(ascii: "/") else { return false }
        var before = position - 1
        while before >= 0, output[before] == 0x20 { before -= 1 }
        guard before >= 0, "(,=:[{?".utf8.contains(output[before]) else { return false }
        var ahead = position + 1
        while ahead < input.count, input[ahead] != 0x0A {
            if input[ahead] == UInt8(ascii: "/") { return true }
            ahead += 1
        }
        return false
    }

    private mutating func regex() {
        position += 1
        while position < input.count, peek() != UInt8(ascii: "/"), peek() != 0x0A {
            if peek() == UInt8(ascii: "\\") { blank() }
            blank()
        }
        position += 1
    }
}
