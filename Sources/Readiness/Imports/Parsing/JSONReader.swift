/// Why a text is no JSON.
struct JSONSyntaxProblem: Error, Equatable, CustomStringConvertible {
    var line: Int
    var what: String
    var description: String { "line \(line): \(what)" }
}

/// Reads JSON (RFC 8259) into `JSONValue` in one pass, with a bound on depth and on the number of values: files of
/// evidence have tens of megabytes, and nobody vouches for them.
struct JSONReader {
    private var cursor: ByteCursor
    private var valuesLeft: Int
    private let refusesRepeats: Bool
    private static let deepest = 128

    /// The whole of `bytes` as one value.
    /// - Parameter refusesRepeats: whether a name that comes twice in an object is a mistake; else the last one counts.
    static func value(
        _ bytes: [UInt8], mostValues: Int = 8_000_000, refusesRepeats: Bool = false
    ) throws(JSONSyntaxProblem) -> JSONValue {
        var reader = JSONReader(
            cursor: ByteCursor(bytes), valuesLeft: mostValues, refusesRepeats: refusesRepeats)
        if reader.cursor.starts(with: "\u{FEFF}") { reader.cursor.advance(3) }
        let value = try reader.value(0)
        reader.cursor.skipBlanks()
        guard reader.cursor.isAtEnd else { throw reader.problem("something follows the value") }
        return value
    }

    private func problem(_ what: String) -> JSONSyntaxProblem {
        JSONSyntaxProblem(line: cursor.line(of: cursor.position), what: what)
    }

    private mutating func value(_ depth: Int) throws(JSONSyntaxProblem) -> JSONValue {
        guard depth < Self.deepest else { throw problem("nested deeper than \(Self.deepest)") }
        valuesLeft &-= 1
        guard valuesLeft > 0 else { throw problem("too many values") }
        cursor.skipBlanks()
        switch cursor.current {
        case UInt8(ascii: "{"): return try object(depth)
        case UInt8(ascii: "["): return try array(depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t") where cursor.starts(with: "true"):
            cursor.advance(4)
            return .bool(true)
        case UInt8(ascii: "f") where cursor.starts(with: "false"):
            cursor.advance(5)
            return .bool(false)
        case UInt8(ascii: "n") where cursor.starts(with: "null"):
            cursor.advance(4)
            return .null
        case UInt8(ascii: "-"), 0x30...0x39: return try number()
        default:
            if cursor.isAtEnd { throw problem("the text ends early") }
            if cursor.starts(with: "NaN") || cursor.starts(with: "Infinity") { throw problem("NaN is no JSON number") }
            throw problem("no value begins here")
        }
    }

    private mutating func object(_ depth: Int) throws(JSONSyntaxProblem) -> JSONValue {
        cursor.advance()
        var members: [String: JSONValue] = [:]
        cursor.skipBlanks()
        if cursor.current == UInt8(ascii: "}") {
            cursor.advance()
            return .object(members)
        }
        while true {
            cursor.skipBlanks()
            guard cursor.current == UInt8(ascii: "\"") else {
                throw problem(cursor.isAtEnd ? "the text ends inside an object" : "a member's name is missing")
            }
            let name = try string()
            cursor.skipBlanks()
            guard cursor.current == UInt8(ascii: ":") else { throw problem("a colon is missing") }
            cursor.advance()
            let known = members.updateValue(try value(depth &+ 1), forKey: name)
            if refusesRepeats, known != nil { throw problem("\(visible(name, limit: 40)) comes twice") }
            cursor.skipBlanks()
            switch cursor.current {
            case UInt8(ascii: ","): cursor.advance()
            case UInt8(ascii: "}"):
                cursor.advance()
                return .object(members)
            default: throw problem(cursor.isAtEnd ? "the text ends inside an object" : "a comma is missing")
            }
        }
    }

    private mutating func array(_ depth: Int) throws(JSONSyntaxProblem) -> JSONValue {
        cursor.advance()
        var items: [JSONValue] = []
        cursor.skipBlanks()
        if cursor.current == UInt8(ascii: "]") {
            cursor.advance()
            return .array(items)
        }
        while true {
            items.append(try value(depth &+ 1))
            cursor.skipBlanks()
            switch cursor.current {
            case UInt8(ascii: ","): cursor.advance()
            case UInt8(ascii: "]"):
                cursor.advance()
                return .array(items)
            default: throw problem(cursor.isAtEnd ? "the text ends inside an array" : "a comma is missing")
            }
        }
    }

    private mutating func number() throws(JSONSyntaxProblem) -> JSONValue {
        let start = cursor.position
        var isWhole = true
        while true {
            switch cursor.current {
            case 0x30...0x39, UInt8(ascii: "-"): break
            case UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"): isWhole = false
            default:
                let written = text(of: cursor.slice(start, cursor.position))
                if isWhole, let whole = Int64(written) { return .integer(whole) }
                guard let number = Double(written), number.isFinite else { throw problem("no number: \(written)") }
                return .number(number)
            }
            cursor.advance()
        }
    }

    private mutating func string() throws(JSONSyntaxProblem) -> String {
        cursor.advance()
        let start = cursor.position
        // Most have no escape: found whole, taken whole.
        while !cursor.isAtEnd {
            switch cursor.current {
            case UInt8(ascii: "\""):
                defer { cursor.advance() }
                guard let plain = String(validating: cursor.slice(start, cursor.position), as: UTF8.self) else {
                    throw problem("a string isn't UTF-8")
                }
                return plain
            case UInt8(ascii: "\\"): return try escaped(from: start)
            case 0..<0x20: throw problem("a control character inside a string")
            default: cursor.advance()
            }
        }
        throw problem("the text ends inside a string")
    }

    private mutating func escaped(from start: Int) throws(JSONSyntaxProblem) -> String {
        var bytes = Array(cursor.slice(start, cursor.position))
        while !cursor.isAtEnd {
            let byte = cursor.current
            cursor.advance()
            switch byte {
            case UInt8(ascii: "\""):
                guard let plain = String(validating: bytes, as: UTF8.self) else {
                    throw problem("a string isn't UTF-8")
                }
                return plain
            case UInt8(ascii: "\\"):
                let kind = cursor.current
                cursor.advance()
                switch kind {
                case UInt8(ascii: "n"): bytes.append(0x0A)
                case UInt8(ascii: "t"): bytes.append(0x09)
                case UInt8(ascii: "r"): bytes.append(0x0D)
                case UInt8(ascii: "b"): bytes.append(0x08)
                case UInt8(ascii: "f"): bytes.append(0x0C)
                case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(kind)
                case UInt8(ascii: "u"): bytes.append(contentsOf: Array(String(try scalar()).utf8))
                default: throw problem("an unknown escape inside a string")
                }
            case 0..<0x20: throw problem("a control character inside a string")
            default: bytes.append(byte)
            }
        }
        throw problem("the text ends inside a string")
    }

    /// After `\u`: one scalar, from a pair of surrogates too; a lone one becomes U+FFFD.
    private mutating func scalar() throws(JSONSyntaxProblem) -> Unicode.Scalar {
        let high = try hexadecimal()
        if (0xD800...0xDBFF).contains(high), cursor.starts(with: "\\u") {
            let place = cursor.position
            cursor.advance(2)
            let low = try hexadecimal()
            if (0xDC00...0xDFFF).contains(low) {
                // can't trap: both surrogates were checked: at most 0x10FFFF
                let value = 0x10000 &+ ((high &- 0xD800) << 10) &+ (low &- 0xDC00)
                return Unicode.Scalar(value) ?? "\u{FFFD}"
            }
            cursor.move(to: place)
        }
        return Unicode.Scalar(high) ?? "\u{FFFD}"
    }

    private mutating func hexadecimal() throws(JSONSyntaxProblem) -> UInt32 {
        let digits = text(of: cursor.slice(cursor.position, cursor.position &+ 4))
        guard digits.utf8.count == 4, digits.utf8.allSatisfy({ $0.isDigit || $0.isLetterASCII }),
            // can't trap: it answers nil for what is no number
            let value = UInt32(digits, radix: 16)
        else { throw problem("an escape without its four digits") }
        cursor.advance(4)
        return value
    }
}
