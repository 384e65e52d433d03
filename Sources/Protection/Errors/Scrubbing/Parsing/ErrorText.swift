internal import Kernel

/// An error body as its reader sees it: in lower case, HTML entities and JSON escapes undone, `<br>` as a new line.
///
/// Python's traceback stands in HTML as `File &quot;/app/x.py&quot;` and in JSON as `File \"/app/x.py\"`: one form of a
/// mark finds all three.
struct ErrorText: Sendable {
    private let bytes: [UInt8]
    var count: Int { bytes.count }

    /// The byte at a place; 0 outside.
    subscript(at place: Int) -> UInt8 {
        // can't trap: the indices are asked first
        bytes.indices.contains(place) ? bytes[place] : 0
    }

    init(normalising body: [UInt8]) {
        var result: [UInt8] = []
        result.reserveCapacity(body.count)
        var rest = ArraySlice(body)
        while let byte = rest.popFirst() {
            switch byte {
            case 0x26: ErrorText.entity(&rest, into: &result)
            case 0x5C: ErrorText.escape(&rest, into: &result)
            case 0x3C: ErrorText.tag(&rest, into: &result)
            case 0x0D: break
            default: result.append(byte.asciiLowercased)
            }
        }
        bytes = result
    }

    private static let entities: [(name: [UInt8], byte: UInt8)] = [
        ("quot;", 0x22), ("#34;", 0x22), ("#x22;", 0x22), ("apos;", 0x27), ("#39;", 0x27), ("#x27;", 0x27),
        ("#039;", 0x27), ("lt;", 0x3C), ("#60;", 0x3C), ("#x3c;", 0x3C), ("gt;", 0x3E), ("#62;", 0x3E), ("#x3e;", 0x3E),
        ("amp;", 0x26), ("nbsp;", 0x20), ("#160;", 0x20), ("#x60;", 0x60), ("#96;", 0x60), ("#47;", 0x2F),
        ("#x2f;", 0x2F),
        ("#92;", 0x5C), ("#x5c;", 0x5C),
    ].map { (Array($0.0.utf8), $0.1) }

    private static func entity(_ rest: inout ArraySlice<UInt8>, into result: inout [UInt8]) {
        for (name, byte) in entities where rest.starts(with: name, by: { $0.asciiLowercased == $1 }) {
            rest = rest.dropFirst(name.count)
            return result.append(byte)
        }
        result.append(0x26)
    }

    private static func escape(_ rest: inout ArraySlice<UInt8>, into result: inout [UInt8]) {
        switch rest.first {
        case 0x22, 0x27, 0x2F, 0x5C: result.append(rest.first ?? 0x5C)
        case 0x6E: result.append(0x0A)
        case 0x74: result.append(0x09)
        case 0x72: break
        case 0x75:
            // `\u0027`, as .NET writes quotes in JSON.
            let digits = rest.dropFirst().prefix(4)
            var value: UInt32 = 0
            for digit in digits {
                guard let nibble = digit.hexDigitValue else { return result.append(0x5C) }
                value = value &<< 4 | UInt32(truncatingIfNeeded: nibble)
            }
            guard digits.count == 4, value < 0x80 else { return result.append(0x5C) }
            result.append(UInt8(truncatingIfNeeded: value).asciiLowercased)
            rest = rest.dropFirst(5)
            return
        default: return result.append(0x5C)
        }
        rest = rest.dropFirst()
    }

    private static func tag(_ rest: inout ArraySlice<UInt8>, into result: inout [UInt8]) {
        guard rest.starts(with: [0x62, 0x72], by: { $0.asciiLowercased == $1 }) else { return result.append(0x3C) }
        let after = rest.dropFirst(2).drop(while: { $0 == 0x20 || $0 == 0x2F })
        guard after.first == 0x3E else { return result.append(0x3C) }
        rest = after.dropFirst()
        result.append(0x0A)
    }
}

/// Looking around a place.
extension ErrorText {
    /// How many digits stand from `place` on, nine at most.
    func digits(from place: Int) -> Int {
        var count = 0
        while count < 9, self[at: place &+ count].isASCIIDigit { count &+= 1 }
        return count
    }

    func has(_ text: StaticString, at place: Int) -> Bool {
        var offset = place
        return text.withUTF8Buffer { mark in
            for byte in mark {
                if self[at: offset] != byte { return false }
                offset &+= 1
            }
            return true
        }
    }

    func has(_ mark: [UInt8], at place: Int) -> Bool {
        var offset = place
        for byte in mark {
            if self[at: offset] != byte { return false }
            offset &+= 1
        }
        return true
    }

    /// Whether `text` stands on the same line before `place`, at most 300 bytes away.
    func lineHas(_ text: StaticString, before place: Int) -> Bool {
        var back = place &- text.utf8CodeUnitCount
        var looked = 0
        while back >= 0, looked < 300 {
            if self[at: back] == 0x0A { return false }
            if has(text, at: back), !ErrorText.isWord(self[at: back &- 1]) { return true }
            back &-= 1
            looked &+= 1
        }
        return false
    }

    /// Where the word around `place` begins: after a blank, a quote, a bracket or a comma, at most 300 bytes away.
    func tokenStart(before place: Int) -> Int {
        var start = place
        var looked = 0
        while start > 0, looked < 300, !ErrorText.isDelimiter(self[at: start &- 1]) {
            start &-= 1
            looked &+= 1
        }
        return start
    }

    static func isDelimiter(_ byte: UInt8) -> Bool {
        switch byte {
        case 0...0x20, 0x22, 0x27, 0x28, 0x29, 0x2C, 0x3B, 0x3C, 0x3D, 0x3E, 0x5B, 0x5D, 0x60, 0x7B, 0x7C, 0x7D: true
        default: false
        }
    }

    static func isWord(_ byte: UInt8) -> Bool { byte.isASCIILetter || byte.isASCIIDigit || byte == 0x5F }
}
