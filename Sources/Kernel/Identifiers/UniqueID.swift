/// An identifier of a row, as text: a UUID of version 7 (RFC 9562 §5.7), so that ids sort by the time they were made and
/// indexes grow at one end. Unpredictable in 74 bits: an id, never a secret.
public struct UniqueID: Sendable, Hashable, CustomStringConvertible, RawRepresentable {
    public let rawValue: String

    /// Of an existing id. Not checked: it is compared, never interpreted.
    public init(rawValue: String) { self.rawValue = rawValue }

    public init(at time: Timestamp, random: some RandomSource) {
        let milliseconds = UInt64(max(0, time.nanosecondsSinceEpoch / 1_000_000)) & 0xFFFF_FFFF_FFFF
        let high = milliseconds << 16 | 0x7000 | random.next() & 0x0FFF
        let low = 0x8000_0000_0000_0000 | random.next() & 0x3FFF_FFFF_FFFF_FFFF
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for (word, breaks) in [(high, [8, 12]), (low, [0, 4])] {
            for digit in 0..<16 {
                if breaks.contains(digit) { text.append(UInt8(ascii: "-")) }
                let value = UInt8(truncatingIfNeeded: word >> UInt64(60 - digit * 4)) & 0xF
                text.append(value < 10 ? 0x30 + value : 0x57 + value)
            }
        }
        rawValue = String(decoding: text, as: UTF8.self)
    }

    public var description: String { rawValue }
}
