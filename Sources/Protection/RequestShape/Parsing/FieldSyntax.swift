internal import Kernel
internal import Web

/// What is wrong with the bytes of a header section, whatever the mode.
enum FieldFlaw: Equatable {
    case name
    /// A control character in a value: folded lines, CR, LF, NUL.
    case value
    /// The value is no UTF-8, or has U+FFFD where somebody before us couldn't read it.
    case encoding
}

/// Judges header sections in one pass, eight bytes at a time.
enum FieldSyntax {
    struct Section: Equatable {
        var flaw: FieldFlaw?
        var count = 0
        /// Names and values with `: ` and CRLF, as HTTP/1.1 would write them.
        var bytes = 0
        /// A value has white space around it: legal, and no part of the value (RFC 9110 §5.5).
        var isPadded = false
    }

    /// - Parameter isPlain: all of it is known to be printable ASCII.
    static func judge(_ fields: borrowing FieldList, isPlain: Bool) -> Section {
        var section = Section()
        section.count = fields.count
        for position in fields.indices {
            section.bytes &+= fields.wireSize(at: position)
            // A known name is a token: the table has no other.
            if fields.known(at: position) == nil, !fields.withName(at: position, isName) {
                section.flaw = .name
                return section
            }
            let flaw = fields.withValue(at: position) { value in
                if isBlank(value.last) || isBlank(value.first) { section.isPadded = true }
                return !isPlain && isSuspicious(value) ? FieldSyntax.flaw(ofValue: value) : nil
            }
            if let flaw {
                section.flaw = flaw
                return section
            }
        }
        return section
    }

    private static func isName(_ name: UnsafeRawBufferPointer) -> Bool {
        if name.isEmpty { return false }
        for byte in name where !byte.isTokenCharacter { return false }
        return true
    }

    private static func isBlank(_ byte: UInt8?) -> Bool { byte == 0x20 || byte == 0x09 }

    private static func flaw(ofValue value: UnsafeRawBufferPointer) -> FieldFlaw? {
        var previous: (UInt8, UInt8) = (0, 0)
        var sawReplacement = false
        for byte in value {
            if (byte < 0x20 && byte != 0x09) || byte == 0x7F { return .value }
            if previous == (0xEF, 0xBF), byte == 0xBD { sawReplacement = true }
            previous = (previous.1, byte)
        }
        return sawReplacement || String(validating: value, as: UTF8.self) == nil ? .encoding : nil
    }

    /// True when any byte is a control or beyond ASCII: then the slow path looks closely.
    private static func isSuspicious(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let highBits: UInt64 = 0x8080_8080_8080_8080
        let ones: UInt64 = 0x0101_0101_0101_0101
        var offset = 0
        var found: UInt64 = 0
        while offset &+ 8 <= bytes.count {
            let word = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            let below = (word &- ones &* 0x20) & ~word
            let del = word ^ (ones &* 0x7F)
            found |= (word | below | ((del &- ones) & ~del)) & highBits
            offset &+= 8
        }
        if found != 0 { return true }
        // can't trap: the loop ends with offset at most the count.
        for byte in bytes[offset...] where byte < 0x20 || byte >= 0x7F { return true }
        return false
    }

    /// A declared length: 1 to 15 decimal digits, nothing else (RFC 9110 §8.6; longer ones overflow somewhere).
    static func contentLength(_ text: String) -> Int? {
        guard (1...15).contains(text.utf8.count) else { return nil }
        var value = 0
        for byte in text.utf8 {
            guard byte.isASCIIDigit else { return nil }
            value = value &* 10 &+ Int(byte &- 0x30)
        }
        return value
    }
}
