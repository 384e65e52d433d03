import Crypto
import Kernel

/// Bytes as text that stands in cookies, links and headers: base64url without padding (RFC 4648 §5).
enum Base64URL {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    static func text(_ bytes: some Sequence<UInt8>) -> String {
        var result: [UInt8] = []
        var held: UInt32 = 0
        var bits = 0
        for byte in bytes {
            held = held << 8 | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                result.append(alphabet[Int(held >> UInt32(bits) & 0x3F)])
            }
        }
        if bits > 0 { result.append(alphabet[Int(held << UInt32(6 - bits) & 0x3F)]) }
        return String(decoding: result, as: UTF8.self)
    }
}

/// Bytes as lower-case hexadecimal digits.
enum HexText {
    static func text(_ bytes: some Sequence<UInt8>) -> String {
        func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }
        var result: [UInt8] = []
        result.reserveCapacity(64)
        for byte in bytes {
            result.append(digit(byte >> 4))
            result.append(digit(byte & 0xF))
        }
        return String(decoding: result, as: UTF8.self)
    }
}

extension RandomSource {
    /// `count` unpredictable bytes.
    func bytes(count: Int) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(count + 8)
        while result.count < count {
            let word = next()
            for shift in stride(from: UInt64(0), to: 64, by: 8) {
                result.append(UInt8(truncatingIfNeeded: word >> shift))
            }
        }
        return Array(result.prefix(count))
    }
}

/// A secret that we hand out once and keep only the SHA-256 of: 256 random bits, so that no slow hash is needed.
/// (ASVS 5.0 V7.2.3)
struct OneTimeSecret: Sendable, CustomStringConvertible, CustomReflectable {
    /// What the person gets; 43 characters.
    let text: Secret
    /// What the database keeps.
    let hash: String

    init(random: any RandomSource) {
        let plain = Base64URL.text(random.bytes(count: 32))
        text = Secret(plain)
        hash = OneTimeSecret.hash(plain)
    }

    /// The hash under which a secret that somebody shows is looked up.
    static func hash(_ text: String) -> String { HexText.text(SHA256.hash(data: Array(text.utf8))) }

    /// Whether a text can be one of ours at all: what isn't is never looked up.
    static func isPlausible(_ text: some StringProtocol) -> Bool {
        text.utf8.count == 43
            && text.utf8.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || $0 == 0x2D || $0 == 0x5F }
    }

    var description: String { "one-time secret ‹redacted›" }
    var customMirror: Mirror { Mirror(self, children: []) }
}

/// Whether two byte strings are the same, in a time that depends on their lengths only.
func isEqualInConstantTime(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    guard a.count == b.count else { return false }
    var difference: UInt8 = 0
    for (x, y) in zip(a, b) { difference |= x ^ y }
    return difference == 0
}
