import Kernel

/// A code that stands in for the second factor once: four groups of four letters and digits, 80 random bits.
///
/// The first group finds the row, so that one comparison is enough; all of it is hashed as passwords are.
/// (ASVS 5.0 V6.5.2, V6.5.3, V6.5.4)
struct RecoveryCode: Sendable, CustomStringConvertible, CustomReflectable {
    /// Codes that somebody gets at a time.
    static let count = 10
    /// Letters and digits that nobody takes for each other (Crockford's base 32).
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    /// Sixteen of the alphabet, without hyphens.
    let plain: String

    /// What was typed, if it can be one: case, spaces and hyphens don't matter, nor o for 0, i and l for 1.
    init?(typed text: String) {
        guard text.utf8.count <= 64 else { return nil }
        var letters: [UInt8] = []
        for byte in text.lowercased().utf8 {
            switch byte {
            case 0x20, 0x2D: continue
            case 0x6F: letters.append(0x30)
            case 0x69, 0x6C: letters.append(0x31)
            default:
                guard RecoveryCode.alphabet.contains(byte) else { return nil }
                letters.append(byte)
            }
        }
        guard letters.count == 16 else { return nil }
        plain = String(decoding: letters, as: UTF8.self)
    }

    private init(random: any RandomSource) {
        // 5 bits of each byte: no letter is likelier than another.
        plain = String(
            decoding: random.bytes(count: 16).map { RecoveryCode.alphabet[Int($0 & 0x1F)] }, as: UTF8.self)
    }

    /// Ten, each with a first group of its own.
    static func make(random: any RandomSource) -> [RecoveryCode] {
        var made: [RecoveryCode] = []
        while made.count < count {
            let next = RecoveryCode(random: random)
            if !made.contains(where: { $0.selector == next.selector }) { made.append(next) }
        }
        return made
    }

    var selector: String { String(plain.prefix(4)) }
    var password: Password { Password(plain) }

    /// `k7dm-9xqa-2rtv-0bnc`: for its owner, once.
    func reveal() -> String {
        stride(from: 0, to: 16, by: 4).map { String(plain.dropFirst($0).prefix(4)) }.joined(separator: "-")
    }
    var description: String { "recovery code ‹redacted›" }
    var customMirror: Mirror { Mirror(self, children: []) }
}
