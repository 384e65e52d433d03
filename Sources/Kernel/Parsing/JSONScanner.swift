/// What readers of JSON have in common (RFC 8259): blanks, single characters and texts.
public struct JSONScanner: Sendable {
    public struct Malformed: Error {}

    public var rest: ArraySlice<UInt8>

    /// - Parameter bytes: sound UTF-8; whoever calls has looked.
    public init(_ bytes: [UInt8]) { rest = ArraySlice(bytes) }

    public mutating func take(_ byte: UInt8) -> Bool {
        guard rest.first == byte else { return false }
        rest = rest.dropFirst()
        return true
    }

    public mutating func skipBlanks() { rest = rest.drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D } }

    /// The letters, digits and signs of a number, `true`, `false` or `null`: what they are worth its reader says.
    public mutating func word() -> ArraySlice<UInt8> {
        let word = rest.prefix { byte in
            (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || [0x2B, 0x2D, 0x2E, 0x45].contains(byte)
        }
        rest = rest.dropFirst(word.count)
        return word
    }

    /// RFC 8259 §6; `0x1p3`, `01`, `1.`, `inf` and `nan` are numbers to others.
    public static func isNumber(_ word: ArraySlice<UInt8>) -> Bool {
        func digits(_ rest: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
            let end = rest.drop { (0x30...0x39).contains($0) }
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

    /// A text in quotes, its escapes undone.
    public mutating func text() throws(Malformed) -> String {
        guard take(0x22) else { throw Malformed() }
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case 0x22: return String(decoding: bytes, as: UTF8.self)
            case 0x5C: try escape(into: &bytes)
            case 0..<0x20: throw Malformed()
            default: bytes.append(byte)
            }
        }
        throw Malformed()
    }

    private mutating func escape(into bytes: inout [UInt8]) throws(Malformed) {
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
                guard take(0x5C), take(0x75) else { throw Malformed() }
                let low = try unit()
                guard (0xDC00...0xDFFF).contains(low) else { throw Malformed() }
                value = 0x10000 &+ (value &- 0xD800) &* 0x400 &+ (low &- 0xDC00)
            }
            guard let scalar = Unicode.Scalar(value) else { throw Malformed() }
            bytes.append(contentsOf: Array(String(Character(scalar)).utf8))
        default: throw Malformed()
        }
    }

    private mutating func unit() throws(Malformed) -> UInt32 {
        let digits = rest.prefix(4)
        guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            // can't trap: nil where it doesn't fit.
            let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw Malformed() }
        rest = rest.dropFirst(4)
        return value
    }
}
