/// Bytes read forwards; past their end there are only zeros.
struct ByteCursor: Sendable {
    let bytes: [UInt8]
    private(set) var position = 0
    let count: Int

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        count = bytes.count
    }

    var isAtEnd: Bool { position >= count }
    var current: UInt8 { self[at: position] }

    /// The byte at a place, 0 outside.
    @inline(__always)
    subscript(at index: Int) -> UInt8 {
        // can't trap: the index was compared with both ends
        index >= 0 && index < count ? bytes[index] : 0
    }

    func ahead(_ distance: Int) -> UInt8 { self[at: position &+ distance] }

    mutating func advance(_ distance: Int = 1) { position = min(count, position &+ max(0, distance)) }

    mutating func move(to place: Int) { position = min(count, max(0, place)) }

    /// The bytes between two places, as far as there are any.
    func slice(_ start: Int, _ end: Int) -> ArraySlice<UInt8> {
        let first = min(max(0, start), count)
        let last = min(max(first, end), count)
        // can't trap: both ends were brought into order and into the array
        return bytes[first..<last]
    }

    func starts(with text: StaticString, at place: Int? = nil) -> Bool {
        let start = place ?? position
        return text.withUTF8Buffer { wanted in
            guard start >= 0, wanted.count <= count &- start else { return false }
            // can't trap: the length was compared with what is left
            return bytes[start..<(start &+ wanted.count)].elementsEqual(wanted)
        }
    }

    /// Goes to the next place where `text` stands; false, and to the end, where it doesn't come.
    mutating func skip(to text: StaticString) -> Bool {
        let first = text.withUTF8Buffer { $0.first ?? 0 }
        while position < count {
            if current == first, starts(with: text) { return true }
            position &+= 1
        }
        return false
    }

    mutating func skipBlanks() {
        while position < count, current.isBlank { position &+= 1 }
    }

    /// The line, from 1, on which a place stands.
    func line(of place: Int) -> Int {
        slice(0, place).reduce(1) { $1 == 0x0A ? $0 &+ 1 : $0 }
    }
}

extension UInt8 {
    /// Space, tab, carriage return or newline.
    var isBlank: Bool { self == 0x20 || self == 0x0A || self == 0x0D || self == 0x09 }
    var isDigit: Bool { self >= 0x30 && self <= 0x39 }
    var isLetterASCII: Bool { (self | 0x20) >= 0x61 && (self | 0x20) <= 0x7A }
    /// A letter, a digit, `_`, or a byte of a letter outside ASCII.
    var isWord: Bool { isLetterASCII || isDigit || self == 0x5F || self >= 0x80 }
}
