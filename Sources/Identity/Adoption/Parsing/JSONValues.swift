/// The texts and numbers that stand at some places of a JSON document (RFC 8259), wherever they stand twice: each of them.
/// Places are JSON Pointers (RFC 6901) or names of members of the outermost object.
enum JSONValues {
    private static let mostDepth = 32

    /// Pairs of a place, as it was given, and a value; nil for what is no JSON object.
    static func texts(_ bytes: [UInt8], _ places: [String]) -> [(name: String, value: String)]? {
        var reader = Reader(rest: ArraySlice(bytes), wanted: [:])
        for place in places {
            let path = place.utf8.first == 0x2F ? pointer(place) : [place]
            // can't trap: a dictionary.
            reader.wanted[path, default: []].append(place)
        }
        reader.skipBlanks()
        guard reader.rest.first == 0x7B, reader.value(at: [], depth: 0) else { return nil }
        reader.skipBlanks()
        return reader.rest.isEmpty ? reader.found : nil
    }

    private static func pointer(_ text: String) -> [String] {
        text.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map {
            String($0).replacing("~1", with: "/").replacing("~0", with: "~")
        }
    }

    private struct Reader {
        var rest: ArraySlice<UInt8>
        var wanted: [[String]: [String]]
        var found: [(name: String, value: String)] = []

        mutating func take(_ byte: UInt8) -> Bool {
            guard rest.first == byte else { return false }
            rest = rest.dropFirst()
            return true
        }

        mutating func skipBlanks() { rest = rest.drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D } }

        /// False where there is no value.
        mutating func value(at path: [String], depth: Int) -> Bool {
            guard depth <= mostDepth else { return false }
            skipBlanks()
            switch rest.first {
            case 0x7B: return object(at: path, depth: depth)
            case 0x5B: return array(at: path, depth: depth)
            case 0x22:
                guard let text = text() else { return false }
                note(text, at: path)
                return true
            default:
                let word = rest.prefix { $0 == 0x2B || $0 == 0x2D || $0 == 0x2E || $0 == 0x45 || isWord($0) }
                guard !word.isEmpty, word.count <= 64 else { return false }
                rest = rest.dropFirst(word.count)
                let literal = String(decoding: word, as: UTF8.self)
                guard ["null", "true", "false"].contains(literal) || Double(literal) != nil else { return false }
                note(literal, at: path)
                return true
            }
        }

        private func isWord(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) }

        private mutating func note(_ text: String, at path: [String]) {
            // can't trap: a dictionary.
            for name in wanted[path] ?? [] { found.append((name, text)) }
        }

        private mutating func object(at path: [String], depth: Int) -> Bool {
            guard take(0x7B) else { return false }
            skipBlanks()
            if take(0x7D) { return true }
            while true {
                skipBlanks()
                guard let name = text() else { return false }
                skipBlanks()
                guard take(0x3A), value(at: path + [name], depth: depth &+ 1) else { return false }
                skipBlanks()
                if take(0x2C) { continue }
                return take(0x7D)
            }
        }

        private mutating func array(at path: [String], depth: Int) -> Bool {
            guard take(0x5B) else { return false }
            skipBlanks()
            if take(0x5D) { return true }
            var position = 0
            while true {
                guard value(at: path + ["\(position)"], depth: depth &+ 1) else { return false }
                position &+= 1
                skipBlanks()
                if take(0x2C) { continue }
                return take(0x5D)
            }
        }

        private mutating func text() -> String? {
            guard take(0x22) else { return nil }
            var bytes: [UInt8] = []
            while let byte = rest.popFirst() {
                switch byte {
                case 0x22: return String(decoding: bytes, as: UTF8.self)
                case 0x5C: guard escape(into: &bytes) else { return nil }
                case 0..<0x20: return nil
                default: bytes.append(byte)
                }
            }
            return nil
        }

        private mutating func escape(into bytes: inout [UInt8]) -> Bool {
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
                guard var code = unit() else { return false }
                if (0xD800...0xDBFF).contains(code) {
                    guard take(0x5C), take(0x75), let low = unit(), (0xDC00...0xDFFF).contains(low) else {
                        return false
                    }
                    code = 0x10000 &+ (code &- 0xD800) &* 0x400 &+ (low &- 0xDC00)
                }
                guard let scalar = Unicode.Scalar(code) else { return false }
                bytes.append(contentsOf: UTF8.encode(scalar).map { Array($0) } ?? [])
            default: return false
            }
            return true
        }

        private mutating func unit() -> UInt32? {
            let digits = rest.prefix(4)
            guard digits.count == 4, !digits.contains(0x2B), !digits.contains(0x2D) else { return nil }
            rest = rest.dropFirst(4)
            // can't trap: nil where it doesn't fit.
            return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        }
    }
}
