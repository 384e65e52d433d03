import Kernel
import Web

/// Request ids and W3C trace contexts: taken over when they are well-formed, made when not.
///
/// Ids are made from the exchange's number and 128 random bits of this process by a bijective mix: unique, the same
/// length, and without anything that two event loops share.
struct Correlation: Sendable {
    private let seed: (high: UInt64, low: UInt64)

    init(random: any RandomSource) { seed = (random.next(), random.next()) }

    /// 32 lower-case hexadecimal digits, never all zero, different for each exchange of this process.
    func identifier(of exchange: UInt64) -> CorrelationID.Digits {
        var high = Correlation.mix(seed.high ^ exchange)
        let low = Correlation.mix(seed.low &+ exchange)
        if high == 0 && low == 0 { high = 1 }
        return CorrelationID.Digits(
            Correlation.digits(high >> 32), Correlation.digits(high & 0xFFFF_FFFF), Correlation.digits(low >> 32),
            Correlation.digits(low & 0xFFFF_FFFF))
    }

    /// Whether a client's `X-Request-ID` may stand in a header, a log line and a document: 1…128 of `[A-Za-z0-9._-]`.
    static func isAcceptable(_ identifier: String) -> Bool {
        let count = identifier.utf8.count
        guard count >= 1, count <= 128 else { return false }
        return identifier.utf8.allSatisfy { byte in
            byte.isASCIILetter || byte.isASCIIDigit || byte == 0x2D || byte == 0x2E || byte == 0x5F
        }
    }

    /// The trace id and flags of a `traceparent` (W3C Trace Context §3.2); nil when it isn't a valid one.
    static func trace(in traceparent: String) -> (id: Substring, flags: Substring)? {
        let parts = traceparent.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, let version = parts.first, isLowerHex(version, 2), version != "ff",
            version != "00" || parts.count == 4
        else { return nil }
        let (trace, parent, flags) = (parts[1], parts[2], parts[3])
        guard isLowerHex(trace, 32), isLowerHex(parent, 16), isLowerHex(flags, 2), trace.contains(where: { $0 != "0" }),
            parent.contains(where: { $0 != "0" })
        else { return nil }
        return (trace, flags)
    }

    private static func isLowerHex(_ text: Substring, _ length: Int) -> Bool {
        text.utf8.count == length
            && text.utf8.allSatisfy { ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x61 && $0 <= 0x66) }
    }

    /// SplitMix64's finaliser: every input has an output of its own.
    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A `traceparent` of version 00 (W3C Trace Context §3.2) with our span, from the exchange's own id or a client's.
    func writeTraceparent(
        _ trace: UnsafeRawBufferPointer, of exchange: UInt64, flags: Substring?, to text: inout MemoryWriter
    ) {
        let bits = Correlation.mix(seed.low ^ ~exchange)
        text.raw("00-")
        text.put(trace)
        text.put(byte: 0x2D)
        let span = bits == 0 ? 1 : bits
        withUnsafeBytes(of: (Correlation.digits(span >> 32), Correlation.digits(span & 0xFFFF_FFFF))) {
            text.put($0)
        }
        if let flags {
            text.put(byte: 0x2D)
            text.put(String(flags))
        } else {
            text.raw("-01")
        }
    }

    /// 32 bits as eight digits in the order in which they are read: a nibble to each byte, then all at once.
    private static func digits(_ bits: UInt64) -> UInt64 {
        var nibbles = (bits | bits << 16) & 0x0000_FFFF_0000_FFFF
        nibbles = (nibbles | nibbles << 8) & 0x00FF_00FF_00FF_00FF
        nibbles = (nibbles | nibbles << 4) & 0x0F0F_0F0F_0F0F_0F0F
        let letters = ((nibbles &+ 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101
        return (nibbles &+ 0x3030_3030_3030_3030 &+ letters &* 0x27).bigEndian
    }
}
