/// Where in a script something stands: in its code, in one of its strings, or in a comment (ECMAScript, 12).
struct ScriptReader {
    enum Place: Sendable, Equatable {
        case code
        /// Between two of these: `"`, `'` or `` ` ``.
        case string(UInt8)
        case comment
        case expression
    }

    private var rest: ArraySlice<UInt8>
    private let word: [UInt8]
    private var place = Place.code
    /// The last that was no white space, by which a slash is a division or begins an expression.
    private var last: UInt8?
    private(set) var places: [Place] = []

    /// Where each of the first 40 occurrences of `word`, which is made of letters and digits, begins.
    static func places(of word: [UInt8], in script: [UInt8]) -> [Place] {
        guard !word.isEmpty else { return [] }
        var reader = ScriptReader(rest: script.dropFirst(0), word: word)
        reader.run()
        return reader.places
    }

    private init(rest: ArraySlice<UInt8>, word: [UInt8]) {
        self.rest = rest
        self.word = word
    }

    private mutating func run() {
        while let byte = rest.first, places.count < 40 {
            if byte == word.first, rest.starts(with: word) {
                places.append(place)
                rest = rest.dropFirst(word.count)
                last = word.last
                continue
            }
            rest = rest.dropFirst()
            switch place {
            case .code: code(byte)
            case .string(let quote): string(byte, quote)
            case .comment: comment(byte)
            case .expression: expression(byte)
            }
        }
    }

    /// Whether the comment that is read ends with the line.
    private var isLineComment = false
    private var isInClass = false

    private mutating func code(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"): place = .string(byte)
        case UInt8(ascii: "/"):
            if rest.first == UInt8(ascii: "/") || rest.first == UInt8(ascii: "*") {
                isLineComment = rest.first == UInt8(ascii: "/")
                place = .comment
                rest = rest.dropFirst()
                return
            }
            if last.map(Self.precedesExpression) ?? true {
                isInClass = false
                place = .expression
            }
        default: break
        }
        if byte > 0x20 { last = byte }
    }

    private static func precedesExpression(_ byte: UInt8) -> Bool { "(,=:[!&|?{};+-*%~^<>".utf8.contains(byte) }

    private mutating func string(_ byte: UInt8, _ quote: UInt8) {
        if byte == UInt8(ascii: "\\") {
            // What is escaped is not looked for: a word of letters stands for itself all the same.
            if rest.first.map({ !$0.isLetterASCII && !$0.isDigit }) ?? false { rest = rest.dropFirst() }
        } else if byte == quote || (byte == 0x0A && quote != UInt8(ascii: "`")) {
            place = .code
            last = byte
        }
    }

    private mutating func comment(_ byte: UInt8) {
        if isLineComment {
            if byte == 0x0A { place = .code }
        } else if byte == UInt8(ascii: "*"), rest.first == UInt8(ascii: "/") {
            rest = rest.dropFirst()
            place = .code
        }
    }

    private mutating func expression(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\\"): rest = rest.dropFirst()
        case UInt8(ascii: "["): isInClass = true
        case UInt8(ascii: "]"): isInClass = false
        case UInt8(ascii: "/") where !isInClass, 0x0A:
            place = .code
            last = UInt8(ascii: ")")
        default: break
        }
    }
}
