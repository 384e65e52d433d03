internal import Kernel

/// Field names looked up by bytes, whatever their case, in one short pass and without allocation.
///
/// With `foldsAliases`, `_` and `.` count as `-`: CGI and its heirs (WSGI, Rack, PHP) read `X_Forwarded_For` and
/// `X-Forwarded-For` as one variable, and some gateways read dots so too.
struct FieldNameTable: Sendable {
    private struct Slot: Sendable {
        var name: [UInt8] = []
        var value: UInt8 = 0
    }
    private var slots: [Slot]
    private let mask: Int
    private let foldsAliases: Bool
    /// Bit n is set when a name of n bytes is in the table: most names are turned away by this alone.
    private var lengths: UInt64 = 0

    init(_ names: [(name: String, value: UInt8)], foldsAliases: Bool = false) {
        var capacity = 16
        while capacity < names.count &* 4 { capacity &*= 2 }
        slots = Array(repeating: Slot(), count: capacity)
        mask = capacity - 1
        self.foldsAliases = foldsAliases
        for (name, value) in names {
            lengths |= 1 << UInt64(min(name.utf8.count, 63))
            var place = Int(truncatingIfNeeded: hash(name) & UInt64(mask))
            while !slots[place].name.isEmpty { place = (place + 1) & mask }
            slots[place] = Slot(name: Array(name.utf8), value: value)
        }
    }

    init(_ names: [String], foldsAliases: Bool = false) {
        self.init(names.map { ($0, 1) }, foldsAliases: foldsAliases)
    }

    func contains(_ name: String) -> Bool { value(of: name) != nil }

    func value(of name: String) -> UInt8? {
        guard lengths & (1 << UInt64(min(name.utf8.count, 63))) != 0 else { return nil }
        var place = Int(truncatingIfNeeded: hash(name) & UInt64(mask))
        while true {
            let slot = slots[place]
            if slot.name.isEmpty { return nil }
            if matches(slot.name, name) { return slot.value }
            place = (place &+ 1) & mask
        }
    }

    @inline(__always) private func fold(_ byte: UInt8) -> UInt8 {
        if foldsAliases && (byte == 0x5F || byte == 0x2E) { return 0x2D }
        return byte.asciiLowercased
    }

    /// FNV-1a over the folded bytes, mixed so that the low bits depend on all of them.
    private func hash(_ name: String) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name.utf8 {
            hash ^= UInt64(fold(byte))
            hash = hash &* 0x0000_0100_0000_01B3
        }
        return hash ^ (hash >> 29)
    }

    private func matches(_ known: [UInt8], _ name: String) -> Bool {
        guard known.count == name.utf8.count else { return false }
        var mine = known.makeIterator()
        for byte in name.utf8 {
            guard let next = mine.next(), next == fold(byte) else { return false }
        }
        return true
    }
}
