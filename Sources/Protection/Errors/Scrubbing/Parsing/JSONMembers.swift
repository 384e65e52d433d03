internal import Kernel

/// Reads just so much of a JSON document (RFC 8259) as to know that it is one whole object and what its members are
/// called. At most 32 levels deep.
struct JSONMembers: Sendable, Equatable {
    /// Names of the outermost object, as written.
    private(set) var names: [String] = []
    /// What stands between the outermost braces.
    private(set) var inside: ArraySlice<UInt8> = []

    /// nil for anything that isn't exactly one JSON object.
    init?(_ body: [UInt8]) {
        var reader = Reader(rest: ArraySlice(body))
        reader.skipBlanks()
        let start = reader.rest.dropFirst()
        guard reader.rest.first == 0x7B, let names = reader.object(depth: 0) else { return nil }
        let used = start.count &- reader.rest.count
        inside = start.prefix(max(0, used &- 1))
        reader.skipBlanks()
        guard reader.rest.isEmpty else { return nil }
        self.names = names
    }

    private struct Reader {
        var rest: ArraySlice<UInt8>

        mutating func skipBlanks() {
            rest = rest.drop(while: { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 })
        }

        mutating func take(_ byte: UInt8) -> Bool {
            guard rest.first == byte else { return false }
            rest = rest.dropFirst()
            return true
        }

        mutating func object(depth: Int) -> [String]? {
            guard depth < 32, take(0x7B) else { return nil }
            var names: [String] = []
            skipBlanks()
            if take(0x7D) { return names }
            while true {
                skipBlanks()
                guard let name = string() else { return nil }
                names.append(String(decoding: name, as: UTF8.self))
                skipBlanks()
                guard take(0x3A), value(depth: depth &+ 1) else { return nil }
                skipBlanks()
                if take(0x7D) { return names }
                guard take(0x2C) else { return nil }
            }
        }

        mutating func array(depth: Int) -> Bool {
            guard depth < 32, take(0x5B) else { return false }
            skipBlanks()
            if take(0x5D) { return true }
            while true {
                guard value(depth: depth &+ 1) else { return false }
                skipBlanks()
                if take(0x5D) { return true }
                guard take(0x2C) else { return false }
            }
        }

        mutating func value(depth: Int) -> Bool {
            skipBlanks()
            switch rest.first {
            case 0x7B: return object(depth: depth) != nil
            case 0x5B: return array(depth: depth)
            case 0x22: return string() != nil
            case 0x74: return word("true")
            case 0x66: return word("false")
            case 0x6E: return word("null")
            default: return number()
            }
        }

        mutating func word(_ word: String) -> Bool {
            guard rest.starts(with: word.utf8) else { return false }
            rest = rest.dropFirst(word.utf8.count)
            return true
        }

        mutating func number() -> Bool {
            let text = rest.prefix(while: { byte in
                byte.isASCIIDigit || byte == 0x2D || byte == 0x2B || byte == 0x2E || byte == 0x65 || byte == 0x45
            })
            guard text.contains(where: \.isASCIIDigit), text.count <= 64 else { return false }
            rest = rest.dropFirst(text.count)
            return true
        }

        mutating func string() -> ArraySlice<UInt8>? {
            guard take(0x22) else { return nil }
            let start = rest
            while let byte = rest.popFirst() {
                switch byte {
                case 0x22: return start.prefix(max(0, start.count &- rest.count &- 1))
                case 0x5C: if rest.popFirst() == nil { return nil }
                case 0..<0x20: return nil
                default: break
                }
            }
            return nil
        }
    }
}
