/// Field names looked up by bytes, whatever their case, eight bytes at a time and without allocation.
///
/// With `foldsAliases`, `_` and `.` count as `-`: CGI and its heirs (WSGI, Rack, PHP) read `X_Forwarded_For` and
/// `X-Forwarded-For` as one variable, and some gateways read dots so too.
public struct FieldNameTable: Sendable {
    /// A folded name as words, the last one filled with zeros; its length tells names apart that end in such.
    private struct Words: Sendable, Equatable {
        var length = 0
        var first: UInt64 = 0
        var second: UInt64 = 0
        var third: UInt64 = 0
        var fourth: UInt64 = 0
        var fifth: UInt64 = 0
    }
    private struct Slot: Sendable {
        var words = Words()
        var value: UInt8 = 0
    }

    private var slots: [Slot]
    private let mask: Int
    private let foldsAliases: Bool
    /// Names longer than five words: so rare that a look at each will do.
    private var long: [(name: [UInt8], value: UInt8)] = []
    /// Bit n is set when a name of n bytes is in the table: most names are turned away by this alone.
    private var lengths: UInt64 = 0
    private static let wordBound = 40

    public init(_ names: [(name: String, value: UInt8)], foldsAliases: Bool = false) {
        var capacity = 16
        while capacity < names.count &* 4 { capacity &*= 2 }
        slots = Array(repeating: Slot(), count: capacity)
        mask = capacity &- 1
        self.foldsAliases = foldsAliases
        for (name, value) in names where !name.isEmpty {
            let bytes = name.utf8.map { FieldNameTable.fold($0, foldsAliases) }
            lengths |= FieldNameTable.bit(bytes.count)
            guard bytes.count <= FieldNameTable.wordBound else {
                long.append((bytes, value))
                continue
            }
            let words = bytes.withUnsafeBytes { FieldNameTable.words($0, foldsAliases) }
            var place = FieldNameTable.hash(words) & mask
            while slots[place].words.length != 0 { place = (place &+ 1) & mask }
            slots[place] = Slot(words: words, value: value)
        }
    }

    public init(_ names: [String], foldsAliases: Bool = false) {
        self.init(names.map { ($0, 1) }, foldsAliases: foldsAliases)
    }

    public func contains(_ name: String) -> Bool { value(of: name) != nil }

    public func value(of name: String) -> UInt8? {
        guard lengths & FieldNameTable.bit(name.utf8.count) != 0 else { return nil }
        if let found = name.utf8.withContiguousStorageIfAvailable({ find(UnsafeRawBufferPointer($0)) }) { return found }
        var copy = name
        return copy.withUTF8 { find(UnsafeRawBufferPointer($0)) }
    }

    /// As for a `String`.
    public func contains(_ name: UnsafeRawBufferPointer) -> Bool { value(of: name) != nil }

    /// As for a `String`.
    public func value(of name: UnsafeRawBufferPointer) -> UInt8? {
        guard lengths & FieldNameTable.bit(name.count) != 0 else { return nil }
        return find(name)
    }

    /// As for a `String`.
    public func value(of name: Substring) -> UInt8? {
        guard lengths & FieldNameTable.bit(name.utf8.count) != 0 else { return nil }
        var copy = name
        return copy.withUTF8 { find(UnsafeRawBufferPointer($0)) }
    }

    private func find(_ bytes: UnsafeRawBufferPointer) -> UInt8? {
        guard bytes.count > 0 else { return nil }
        guard bytes.count <= FieldNameTable.wordBound else {
            return long.first { known in
                known.name.elementsEqual(bytes) { $0 == FieldNameTable.fold($1, foldsAliases) }
            }?.value
        }
        let words = FieldNameTable.words(bytes, foldsAliases)
        var place = FieldNameTable.hash(words) & mask
        // Ends: at least three slots of four are empty.
        while true {
            let slot = slots[place]
            if slot.words == words { return slot.value }
            if slot.words.length == 0 { return nil }
            place = (place &+ 1) & mask
        }
    }

    private static func bit(_ length: Int) -> UInt64 { 1 << UInt64(min(length, 63)) }

    private static func fold(_ byte: UInt8, _ aliases: Bool) -> UInt8 {
        if aliases && (byte == 0x5F || byte == 0x2E) { return 0x2D }
        return byte.asciiLowercased
    }

    // MARK: - Eight bytes at a time

    /// At most `wordBound` bytes, folded.
    @inline(__always)
    private static func words(_ bytes: UnsafeRawBufferPointer, _ aliases: Bool) -> Words {
        var result = Words(length: bytes.count)
        result.first = fold(word(bytes, 0), aliases)
        if bytes.count > 8 { result.second = fold(word(bytes, 8), aliases) }
        if bytes.count > 16 { result.third = fold(word(bytes, 16), aliases) }
        if bytes.count > 24 { result.fourth = fold(word(bytes, 24), aliases) }
        if bytes.count > 32 { result.fifth = fold(word(bytes, 32), aliases) }
        return result
    }

    /// The eight bytes from `offset` on, zeros where there are fewer. At least one byte is there.
    @inline(__always)
    private static func word(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
        let left = bytes.count &- offset
        if left >= 8 { return bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self) }
        if bytes.count >= 8 {
            // The last eight, those left out that the word before has.
            let last = bytes.loadUnaligned(fromByteOffset: bytes.count &- 8, as: UInt64.self)
            return UInt64(littleEndian: last) >> UInt64(truncatingIfNeeded: 64 &- left &* 8)
        }
        var word: UInt64 = 0
        var position = bytes.count
        while position > offset {
            position &-= 1
            word = word << 8 | UInt64(bytes[position])
        }
        return word
    }

    @inline(__always)
    private static func fold(_ word: UInt64, _ aliases: Bool) -> UInt64 {
        // In each byte: bit 7 set by the additions from `A` on and from behind `Z` on; the sums stay within the byte.
        let low = word & 0x7F7F_7F7F_7F7F_7F7F
        let fromA = low &+ 0x3F3F_3F3F_3F3F_3F3F
        let behindZ = low &+ 0x2525_2525_2525_2525
        let capitals = ~word & (fromA ^ behindZ) & 0x8080_8080_8080_8080
        let folded = word | capitals >> 2
        return aliases ? hyphens(hyphens(folded, 0x5F), 0x2E) : folded
    }

    /// Every byte that is `byte` as `-`.
    @inline(__always)
    private static func hyphens(_ word: UInt64, _ byte: UInt8) -> UInt64 {
        let low: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
        let difference = word ^ (UInt64(byte) &* 0x0101_0101_0101_0101)
        let isZero = ~(((difference & low) &+ low) | difference | low)
        return word ^ ((isZero >> 7) &* UInt64(byte ^ 0x2D))
    }

    /// Mixed so that the low bits depend on all of them.
    @inline(__always)
    private static func hash(_ words: Words) -> Int {
        var hash = words.first &+ UInt64(truncatingIfNeeded: words.length)
        hash = (hash ^ words.second &* 0x9E37_79B9_7F4A_7C15) &* 0xD6E8_FEB8_6659_FD93
        hash ^= hash >> 32
        hash = (hash ^ words.third ^ words.fourth &* 0x9E37_79B9_7F4A_7C15 ^ words.fifth) &* 0xD6E8_FEB8_6659_FD93
        return Int(truncatingIfNeeded: hash >> 40)
    }
}
