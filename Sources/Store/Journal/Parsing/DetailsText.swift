import Kernel

/// An event's details as the trail keeps them: a JSON object of strings in one form only, so that a text has one meaning and a
/// meaning one text. Names ascend by their UTF-8 bytes, no blanks, and only `"`, `\` and what is below U+0020 is escaped.
enum DetailsText {
    static func sorted(_ details: [String: String]) -> [(name: String, value: String)] {
        details.map { (name: $0.key, value: $0.value) }
            .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    static func text(of pairs: [(name: String, value: String)]) -> String {
        var bytes: [UInt8] = [0x7B]
        for (index, pair) in pairs.enumerated() {
            if index > 0 { bytes.append(0x2C) }
            append(pair.name, to: &bytes)
            bytes.append(0x3A)
            append(pair.value, to: &bytes)
        }
        bytes.append(0x7D)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func append(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(0x22)
        for byte in text.utf8 {
            switch byte {
            case 0x22, 0x5C: bytes.append(contentsOf: [0x5C, byte])
            case 0..<0x20:
                bytes.append(contentsOf: "\\u00".utf8)
                for digit in [byte >> 4, byte & 0xF] { bytes.append(digit < 10 ? 0x30 &+ digit : 0x57 &+ digit) }
            default: bytes.append(byte)
            }
        }
        bytes.append(0x22)
    }

    /// nil for every text that `text(of:)` doesn't write.
    static func pairs(of text: String) -> [(name: String, value: String)]? {
        var reader = Reader(bytes: text.utf8.makeIterator())
        guard let pairs = reader.object(), self.text(of: pairs).utf8.elementsEqual(text.utf8) else { return nil }
        for (pair, next) in zip(pairs, pairs.dropFirst())
        where !pair.name.utf8.lexicographicallyPrecedes(next.name.utf8) {
            return nil
        }
        return pairs
    }

    private struct Reader {
        var bytes: String.UTF8View.Iterator

        mutating func object() -> [(name: String, value: String)]? {
            var pairs: [(name: String, value: String)] = []
            guard bytes.next() == 0x7B, var next = bytes.next() else { return nil }
            if next == 0x7D { return bytes.next() == nil ? pairs : nil }
            while true {
                guard next == 0x22, let name = string(), bytes.next() == 0x3A, bytes.next() == 0x22,
                    let value = string()
                else { return nil }
                pairs.append((name, value))
                switch bytes.next() {
                case 0x2C:
                    guard let following = bytes.next() else { return nil }
                    next = following
                case 0x7D: return bytes.next() == nil ? pairs : nil
                default: return nil
                }
            }
        }

        /// What follows the opening quote, up to and with the closing one.
        private mutating func string() -> String? {
            var text: [UInt8] = []
            while let byte = bytes.next() {
                switch byte {
                case 0x22: return String(decoding: text, as: UTF8.self)
                case 0x5C:
                    guard let escaped = bytes.next() else { return nil }
                    if escaped == 0x22 || escaped == 0x5C {
                        text.append(escaped)
                        continue
                    }
                    guard escaped == 0x75, bytes.next() == 0x30, bytes.next() == 0x30, let high = digit(),
                        let low = digit()
                    else { return nil }
                    // can't trap: a shift by a literal, less than the width.
                    text.append(high << 4 | low)
                default: text.append(byte)
                }
            }
            return nil
        }

        private mutating func digit() -> UInt8? { bytes.next().flatMap(\.hexDigitValue) }
    }
}
