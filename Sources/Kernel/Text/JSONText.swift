/// Writes JSON (RFC 8259) as bytes: for log lines and problem documents, where nothing may make the line invalid.
public struct JSONText: Sendable {
    public private(set) var bytes: [UInt8]
    private var needsComma = false

    public init(reserving capacity: Int = 512) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    /// Goes on at the end of what is there already.
    public init(appendingTo bytes: consuming [UInt8]) { self.bytes = bytes }

    public mutating func beginObject() {
        separate()
        bytes.append(0x7B)
        needsComma = false
    }

    public mutating func endObject() {
        bytes.append(0x7D)
        needsComma = true
    }

    public mutating func beginArray() {
        separate()
        bytes.append(0x5B)
        needsComma = false
    }

    public mutating func endArray() {
        bytes.append(0x5D)
        needsComma = true
    }

    /// A member's name. Names are our own constants and need no escaping.
    public mutating func name(_ name: StaticString) {
        separate()
        bytes.append(0x22)
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(0x22)
        bytes.append(0x3A)
        needsComma = false
    }

    /// JSON text of our own, such as `"level":"info"`, with the comma before it where one is due. It must end where
    /// another member or the object's end may follow.
    public mutating func literal(_ text: StaticString) {
        separate()
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
        needsComma = true
    }

    /// A member whose value needs no escaping, such as our own ids.
    public mutating func member(_ nameAndColon: StaticString, plain value: String) {
        separate()
        nameAndColon.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(0x22)
        bytes.append(contentsOf: value.utf8)
        bytes.append(0x22)
        needsComma = true
    }

    public mutating func string(_ text: String) {
        separate()
        bytes.append(0x22)
        JSONText.escape(text, into: &bytes)
        bytes.append(0x22)
        needsComma = true
    }

    public mutating func number(_ value: Int) {
        separate()
        JSONText.decimal(value, into: &bytes)
        needsComma = true
    }

    /// A number with three decimals, given in thousandths: 1250 is `1.250`.
    public mutating func thousandths(_ value: Int) {
        separate()
        if value < 0 { bytes.append(0x2D) }
        let magnitude = value.magnitude
        JSONText.decimal(Int(truncatingIfNeeded: magnitude / 1000), into: &bytes)
        bytes.append(0x2E)
        let rest = UInt8(truncatingIfNeeded: magnitude % 1000 / 100)
        bytes.append(0x30 &+ rest)
        bytes.append(0x30 &+ UInt8(truncatingIfNeeded: magnitude % 100 / 10))
        bytes.append(0x30 &+ UInt8(truncatingIfNeeded: magnitude % 10))
        needsComma = true
    }

    public mutating func boolean(_ value: Bool) {
        separate()
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
        needsComma = true
    }

    /// A string whose content somebody else writes, already escaped.
    public mutating func rawString(_ write: (inout [UInt8]) -> Void) {
        separate()
        bytes.append(0x22)
        write(&bytes)
        bytes.append(0x22)
        needsComma = true
    }

    /// An object of strings whose names come from data.
    public mutating func object(_ members: some Sequence<(name: String, value: String)>) {
        beginObject()
        for (name, value) in members {
            string(name)
            bytes.append(0x3A)
            needsComma = false
            string(value)
        }
        endObject()
    }

    public mutating func newline() {
        bytes.append(0x0A)
        needsComma = false
    }

    private mutating func separate() {
        if needsComma { bytes.append(0x2C) }
        needsComma = false
    }

    /// Escapes what RFC 8259 §7 asks for, and DEL, U+2028 and U+2029, which break naive readers of lines.
    public static func escape(_ text: String, into bytes: inout [UInt8]) {
        let plain = text.utf8.withContiguousStorageIfAvailable { buffer -> Bool in
            guard isPlain(UnsafeRawBufferPointer(buffer)) else { return false }
            bytes.append(contentsOf: buffer)
            return true
        }
        if plain == true { return }
        for scalar in text.unicodeScalars { escape(scalar, into: &bytes) }
    }

    /// Whether nothing in this needs escaping: printable ASCII without quotes and backslashes.
    public static func isPlain(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var offset = 0
        while offset &+ 8 <= bytes.count {
            if isSuspicious(bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) { return false }
            offset &+= 8
        }
        while offset < bytes.count {
            let byte = bytes[offset]
            if byte < 0x20 || byte == 0x22 || byte == 0x5C || byte >= 0x7F { return false }
            offset &+= 1
        }
        return true
    }

    /// True when one of eight bytes needs a closer look; never false for one that does.
    private static func isSuspicious(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let below = (word &- ones &* 0x20) & ~word
        let quote = word ^ (ones &* 0x22)
        let backslash = word ^ (ones &* 0x5C)
        let del = word ^ (ones &* 0x7F)
        let found =
            word | below | ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash) | ((del &- ones) & ~del)
        return found & (ones &* 0x80) != 0
    }

    private static func escape(_ scalar: Unicode.Scalar, into bytes: inout [UInt8]) {
        switch scalar.value {
        case 0x22: bytes.append(contentsOf: [0x5C, 0x22])
        case 0x5C: bytes.append(contentsOf: [0x5C, 0x5C])
        case 0x0A: bytes.append(contentsOf: [0x5C, 0x6E])
        case 0x0D: bytes.append(contentsOf: [0x5C, 0x72])
        case 0x09: bytes.append(contentsOf: [0x5C, 0x74])
        case 0..<0x20, 0x7F...0x9F, 0x2028, 0x2029:
            bytes.append(contentsOf: [0x5C, 0x75])
            for shift: UInt32 in [12, 8, 4, 0] {
                let digit = UInt8(truncatingIfNeeded: scalar.value >> shift & 0xF)
                bytes.append(digit < 10 ? 0x30 &+ digit : 0x57 &+ digit)
            }
        default: bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        }
    }

    /// The decimal digits of a number.
    public static func decimal(_ value: Int, into bytes: inout [UInt8]) {
        var rest = value.magnitude
        if value < 0 { bytes.append(0x2D) }
        if rest < 10 { return bytes.append(0x30 &+ UInt8(truncatingIfNeeded: rest)) }
        let start = bytes.count
        while rest > 0 {
            bytes.append(0x30 &+ UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        }
        bytes[start...].reverse()
    }
}
