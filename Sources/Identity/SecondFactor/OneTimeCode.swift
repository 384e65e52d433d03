import Crypto
import Kernel

/// One-time codes of an authenticator app: HOTP (RFC 4226) counted by time (RFC 6238), HMAC-SHA-1, 6 digits, 30 s: the one
/// form that every such app understands.
enum OneTimeCode {
    static let period: Int64 = 30
    static let digits = 6
    /// Bytes of a new secret: the length of the hash (RFC 4226 §4 R6).
    static let seedLength = 20
    /// Steps before and after this one whose codes count, for clocks that are off (RFC 6238 §5.2).
    static let drift: Int64 = 1

    /// - Parameter digits: 1 to 9.
    static func hotp(_ seed: [UInt8], counter: UInt64, digits: Int = digits) -> String {
        let message = stride(from: UInt64(56), through: 0, by: -8).map { UInt8(truncatingIfNeeded: counter >> $0) }
        let code = Array(HMAC<Insecure.SHA1>.authenticationCode(for: message, using: SymmetricKey(data: seed)))
        let offset = Int((code.last ?? 0) & 0xF)
        let word = code.dropFirst(offset).prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
        let modulus = (0..<digits).reduce(UInt32(1)) { product, _ in product &* 10 }
        let text = "\(word % modulus)"
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }

    /// The step that a moment lies in.
    static func step(at time: Timestamp) -> Int64 { time.nanosecondsSinceEpoch / 1_000_000_000 / period }

    /// The step whose code this is, of those near `now` and later than `last`; nil for none. Compares with all of them, whatever it
    /// found before.
    static func match(_ code: String, _ seed: [UInt8], at now: Timestamp, after last: Int64) -> Int64? {
        let current = step(at: now)
        let typed = Array(code.utf8)
        var found: Int64?
        for candidate in (current - drift)...(current + drift) where candidate >= 0 {
            let expected = Array(hotp(seed, counter: UInt64(candidate)).utf8)
            if isEqualInConstantTime(typed, expected), candidate > last { found = candidate }
        }
        return found
    }

    /// The digits of what somebody typed: apps show them in groups. nil when it can't be a code.
    static func typed(_ text: String) -> String? {
        guard text.utf8.count <= 32 else { return nil }
        let plain = text.filter { $0 != " " && $0 != "-" && $0 != "\u{00A0}" }
        return plain.utf8.count == digits && plain.utf8.allSatisfy(\.isASCIIDigit) ? plain : nil
    }
}

/// Bytes as people type them into an app: base32 without padding (RFC 4648 §6).
enum Base32 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

    static func text(_ bytes: [UInt8]) -> String {
        var result: [UInt8] = []
        var held: UInt32 = 0
        var bits: UInt32 = 0
        for byte in bytes {
            held = (held << 8 | UInt32(byte)) & 0xFFFF
            bits += 8
            while bits >= 5 {
                bits -= 5
                result.append(alphabet[Int(held >> bits & 0x1F)])
            }
        }
        if bits > 0 { result.append(alphabet[Int(held << (5 - bits) & 0x1F)]) }
        return String(decoding: result, as: UTF8.self)
    }

    /// nil for what isn't such a text.
    static func bytes(_ text: String) -> [UInt8]? {
        var result: [UInt8] = []
        var held: UInt32 = 0
        var bits: UInt32 = 0
        for character in text.utf8 {
            guard let value = alphabet.firstIndex(of: character) else { return nil }
            held = (held << 5 | UInt32(value)) & 0xFFFF
            bits += 5
            if bits >= 8 {
                bits -= 8
                result.append(UInt8(truncatingIfNeeded: held >> bits))
            }
        }
        return result
    }
}
