/// One JSON object whose members are texts, truth values, numbers or null: all that our own forms and tokens hold. Nothing nested, no
/// name twice, so that no two readers see two things in it (RFC 8259 §4).
public enum FlatJSON {
    public enum Refusal: Error, Equatable {
        case malformed
        case twice
        case nested
        case many
    }

    private static let mostMembers = 32

    /// Each value as text, without saying what kind it was: `"1"` and `1` are the same here.
    public static func parse(_ bytes: [UInt8]) throws(Refusal) -> [String: String] {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw .malformed }
        var scanner = Scanner(rest: ArraySlice(bytes))
        scanner.skipBlanks()
        guard scanner.take(0x7B) else { throw scanner.rest.first == 0x5B ? .nested : .malformed }
        var members: [String: String] = [:]
        scanner.skipBlanks()
        if !scanner.take(0x7D) {
            while true {
                scanner.skipBlanks()
                let name = try scanner.text()
                scanner.skipBlanks()
                guard scanner.take(0x3A) else { throw .malformed }
                scanner.skipBlanks()
                let value = try scanner.value()
                guard members.updateValue(value ?? "", forKey: name) == nil else { throw .twice }
                guard members.count <= mostMembers else { throw .many }
                scanner.skipBlanks()
                if scanner.take(0x2C) { continue }
                guard scanner.take(0x7D) else { throw .malformed }
                break
            }
        }
        scanner.skipBlanks()
        guard scanner.rest.isEmpty else { throw .malformed }
        return members
    }

    private struct Scanner {
        var rest: ArraySlice<UInt8>

        mutating func take(_ byte: UInt8) -> Bool {
            guard rest.first == byte else { return false }
            rest = rest.dropFirst()
            return true
        }

        mutating func skipBlanks() { rest = rest.drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D } }

        mutating func value() throws(Refusal) -> String? {
            switch rest.first {
            case 0x22: return try text()
            case 0x7B, 0x5B: throw .nested
            default:
                let word = rest.prefix { byte in
                    (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
                        || [0x2B, 0x2D, 0x2E, 0x45].contains(byte)
                }
                rest = rest.dropFirst(word.count)
                let literal = String(decoding: word, as: UTF8.self)
                if literal == "null" { return nil }
                guard literal == "true" || literal == "false" || Double(literal) != nil else { throw .malformed }
                return literal
            }
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
