import Foundation
import TestKit
import Testing

@testable import Identity

@Suite("CBOR of strangers")
struct CBORTests {
    private static func bytes(_ hex: String) -> [UInt8] {
        let digits = hex.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
    }

    @Test(
        "what isn't in the one form that is allowed is refused, and says why",
        arguments: [
            ("", .truncated), ("18", .truncated), ("1900", .truncated), ("1a000000", .truncated), ("41", .truncated),
            ("61", .truncated), ("81", .truncated), ("a1", .truncated), ("a101", .truncated), ("0000", .surplus),
            ("f6f6", .surplus),
            // Numbers and lengths that could be shorter.
            ("1800", .notCanonical), ("1817", .notCanonical), ("190017", .notCanonical), ("1900ff", .notCanonical),
            ("1a0000ffff", .notCanonical), ("1b00000000ffffffff", .notCanonical), ("5801ff", .notCanonical),
            ("b80101f6", .notCanonical),
            // Indefinite lengths, reserved details, tags, floats, undefined, breaks.
            ("5f41ff", .unsupported), ("7f61ff", .unsupported), ("9fff", .unsupported), ("bfff", .unsupported),
            ("1c", .unsupported), ("1f", .unsupported), ("c000", .unsupported), ("d9d9f700", .unsupported),
            ("f97e00", .unsupported), ("fb3ff0000000000000", .unsupported), ("f7", .unsupported), ("ff", .unsupported),
            ("f8ff", .unsupported), ("1bffffffffffffffff", .unsupported), ("3bffffffffffffffff", .unsupported),
            // Lengths that promise more than there is.
            ("5bffffffffffffffff", .truncated), ("7b7fffffffffffffff", .truncated), ("9bffffffffffffffff", .truncated),
            ("bb7fffffffffffffff", .truncated), ("5a7fffffff00", .truncated), ("9a00ffffff00", .truncated),
            ("a20100", .truncated), ("61ff", .notUTF8), ("62c328", .notUTF8), ("63eda080", .notUTF8),
            ("a201000100", .duplicateKey), ("a2616100616101", .duplicateKey), ("a2a0f6a0f6", .duplicateKey),
            (String(repeating: "81", count: 6) + "00", .tooDeep), (String(repeating: "81", count: 10_000), .tooDeep),
            (String(repeating: "a100", count: 6) + "00", .tooDeep),
            ("990101" + String(repeating: "00", count: 257), .tooLarge),
            ("9830" + String(repeating: "8501010101" + "01", count: 48), .tooLarge),
            ("59ffff" + String(repeating: "00", count: 65_535), .tooLarge),
        ] as [(String, CBORReader.Refusal)])
    func refused(hex: String, refusal: CBORReader.Refusal) {
        #expect(throws: refusal) { try CBORReader.value(of: Self.bytes(hex)) }
    }

    @Test(
        "the examples of RFC 8949, appendix A, that WebAuthn may use are read",
        arguments: [
            ("00", .integer(0)), ("17", .integer(23)), ("1818", .integer(24)), ("190100", .integer(256)),
            ("1a000f4240", .integer(1_000_000)), ("1b000000e8d4a51000", .integer(1_000_000_000_000)),
            ("20", .integer(-1)), ("3903e7", .integer(-1000)), ("390100", .integer(-257)), ("40", .bytes([])),
            ("4401020304", .bytes([1, 2, 3, 4])), ("60", .text("")), ("62c3bc", .text("ü")), ("80", .array([])),
            ("83010203", .array([.integer(1), .integer(2), .integer(3)])), ("a0", .map([])), ("f4", .boolean(false)),
            ("f5", .boolean(true)), ("f6", .null),
            (
                "a201020304",
                .map([.init(key: .integer(1), value: .integer(2)), .init(key: .integer(3), value: .integer(4))])
            ),
        ] as [(String, CBORValue)])
    func read(hex: String, value: CBORValue) throws {
        #expect(try CBORReader.value(of: Self.bytes(hex)) == value)
    }

    @Test("no bytes whatever bring it down", arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64])
    func random(seed: UInt64) {
        let random = SeededRandomSource(seed: seed)
        var read = 0
        for _ in 0..<2000 {
            let bytes = random.bytes(count: Int(random.next() % 80))
            if (try? CBORReader.value(of: bytes)) != nil { read += 1 }
            _ = AuthenticatorData(bytes)
            _ = AuthenticatorData(random.bytes(count: 32) + [0xC5] + bytes)
            _ = PasskeyClientData(bytes)
        }
        #expect(read < 2000)
    }

    @Test(
        "base64url has one form",
        arguments: [
            ("", []), ("AA", [0]), ("_-8", [255, 239]), ("AAAA", [0, 0, 0]), ("A", nil), ("AB", nil), ("AA==", nil),
            ("A+A", nil),
            ("A/A", nil), ("AA\n", nil), ("é", nil), ("AAAAA", nil), (String(repeating: "A", count: 101), nil),
        ] as [(String, [UInt8]?)])
    func base64(text: String, bytes: [UInt8]?) {
        #expect(Base64URL.bytes(text, most: 100) == bytes)
    }
}
