import Kernel

/// JSON of a foreign server (RFC 8259), read in the one way that leaves nothing to interpretation: UTF-8, no name twice in an
/// object, nothing after the end, neither deep nor with more values than any provider sends.
enum StrictJSON: Sendable, Equatable {
    case null
    case boolean(Bool)
    /// As it was written: only its reader knows which numbers it takes.
    case number(String)
    case text(String)
    case list([StrictJSON])
    case object([String: StrictJSON])

    enum Refusal: String, Error, Equatable {
        case malformed = "isn't JSON"
        case twice = "names a member twice"
        case deep = "is nested too deeply"
        case many = "has too many values"
    }

    private static let mostValues = 20_000
    private static let mostDeep = 12

    static func parse(_ bytes: [UInt8]) throws(Refusal) -> StrictJSON {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw .malformed }
        var scanner = Scanner(rest: ArraySlice(bytes))
        let value = try scanner.value(depth: 0)
        scanner.skipBlanks()
        guard scanner.rest.isEmpty else { throw .malformed }
        return value
    }

    private struct Scanner {
        var rest: ArraySlice<UInt8>
        var values = 0

        mutating func take(_ byte: UInt8) -> Bool {
            guard rest.first == byte else { return false }
            rest = rest.dropFirst()
            return true
        }

        mutating func skipBlanks() { rest = rest.drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D } }

        mutating func value(depth: Int) throws(Refusal) -> StrictJSON {
            guard depth < mostDeep else { throw .deep }
            values &+= 1
            guard values <= mostValues else { throw .many }
            skipBlanks()
            switch rest.first {
            case 0x22: return .text(try text())
            case 0x7B: return try object(depth: depth)
            case 0x5B: return try list(depth: depth)
            default: return try word()
            }
        }

        private mutating func object(depth: Int) throws(Refusal) -> StrictJSON {
            guard take(0x7B) else { throw .malformed }
            var members: [String: StrictJSON] = [:]
            skipBlanks()
            if take(0x7D) { return .object(members) }
            repeat {
                skipBlanks()
                let name = try text()
                skipBlanks()
                guard take(0x3A) else { throw .malformed }
                let value = try value(depth: depth &+ 1)
                guard members.updateValue(value, forKey: name) == nil else { throw .twice }
                skipBlanks()
            } while take(0x2C)
            guard take(0x7D) else { throw .malformed }
            return .object(members)
        }

        private mutating func list(depth: Int) throws(Refusal) -> StrictJSON {
            guard take(0x5B) else { throw .malformed }
            var items: [StrictJSON] = []
            skipBlanks()
            if take(0x5D) { return .list(items) }
            repeat {
                items.append(try value(depth: depth &+ 1))
                skipBlanks()
            } while take(0x2C)
            guard take(0x5D) else { throw .malformed }
            return .list(items)
        }

        private mutating func word() throws(Refusal) -> StrictJSON {
            let word = rest.prefix { byte in
                (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || [0x2B, 0x2D, 0x2E, 0x45].contains(byte)
            }
            guard word.count <= 64 else { throw .malformed }
            rest = rest.dropFirst(word.count)
            let literal = String(decoding: word, as: UTF8.self)
            switch literal {
            case "null": return .null
            case "true": return .boolean(true)
            case "false": return .boolean(false)
            default:
                guard Scanner.isNumber(word) else { throw .malformed }
                return .number(literal)
            }
        }

        /// RFC 8259 §6; `0x1p3`, `01`, `1.`, `inf` and `nan` are numbers to others.
        private static func isNumber(_ word: ArraySlice<UInt8>) -> Bool {
            func digits(_ rest: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
                let end = rest.drop(while: \.isASCIIDigit)
                return end.count < rest.count ? end : nil
            }
            var rest = word.first == 0x2D ? word.dropFirst() : word
            guard let whole = rest.first == 0x30 ? rest.dropFirst() : digits(rest) else { return false }
            rest = whole
            if rest.first == 0x2E {
                guard let fraction = digits(rest.dropFirst()) else { return false }
                rest = fraction
            }
            if rest.first == 0x65 || rest.first == 0x45 {
                rest = rest.dropFirst()
                if rest.first == 0x2B || rest.first == 0x2D { rest = rest.dropFirst() }
                guard let exponent = digits(rest) else { return false }
                rest = exponent
            }
            return rest.isEmpty
        }

        mutating func text() throws(Refusal) -> String {
            guard take(0x22) else { throw .malformed }
            var bytes: [UInt8] = []
            while let byte = rest.popFirst() {
                switch byte {
                case 0x22: return String(decoding: bytes, as: UTF8.self)
                case 0x5C: try escape(into: &bytes)
                case 0..<0x20: throw .malformed
                default: bytes.append(byte)
                }
            }
            throw .malformed
        }

        private mutating func escape(into bytes: inout [UInt8]) throws(Refusal) {
            switch rest.popFirst() {
            case 0x22: bytes.append(0x22)
            case 0x5C: bytes.append(0x5C)
            case 0x2F: bytes.append(0x2F)
            case 0x62: bytes.append(0x08)
            case 0x66: bytes.append(0x0C)
            case 0x6E: bytes.append(0x0A)
            case 0x72: bytes.append(0x0D)
            case 0x74: bytes.append(0x09)
            case 0x75:
                var value = try unit()
                if (0xD800...0xDBFF).contains(value) {
                    guard take(0x5C), take(0x75) else { throw .malformed }
                    let low = try unit()
                    guard (0xDC00...0xDFFF).contains(low) else { throw .malformed }
                    value = 0x10000 &+ (value &- 0xD800) &* 0x400 &+ (low &- 0xDC00)
                }
                guard let scalar = Unicode.Scalar(value) else { throw .malformed }
                bytes.append(contentsOf: Array(String(Character(scalar)).utf8))
            default: throw .malformed
            }
        }

        private mutating func unit() throws(Refusal) -> UInt32 {
            let digits = rest.prefix(4)
            guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
                // can't trap: nil where it doesn't fit.
                let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
            else { throw .malformed }
            rest = rest.dropFirst(4)
            return value
        }
    }
}

extension StrictJSON {
    /// A member of an object; nil for everything else and for `null`.
    func member(_ name: String) -> StrictJSON? {
        guard case .object(let members) = self, let index = members.index(forKey: name) else { return nil }
        // can't trap: an index of this very dictionary.
        let value = members[index].value
        return value == .null ? nil : value
    }

    var text: String? {
        if case .text(let text) = self { return text }
        return nil
    }

    var items: [StrictJSON]? {
        if case .list(let items) = self { return items }
        return nil
    }

    /// Whether it is `true`, or the text that some providers write for it.
    var isTrue: Bool { self == .boolean(true) || self == .text("true") }

    /// A point in time in whole seconds since 1970 (RFC 7519 §2 `NumericDate`); nil for what is none.
    var seconds: Int64? {
        guard case .number(let text) = self, let value = Double(text), value >= 0, value < 1e11 else { return nil }
        return Int64(value)
    }
}
