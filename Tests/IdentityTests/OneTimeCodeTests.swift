import Foundation
import Kernel
import TestKit
import Testing

@testable import Identity

@Suite("One-time codes")
struct OneTimeCodeTests {
    private static let seed = Array("12345678901234567890".utf8)

    @Test(
        "are those of RFC 4226, appendix D",
        arguments: zip(
            0..<10,
            [
                "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489",
            ]))
    func hotp(counter: Int, code: String) {
        #expect(OneTimeCode.hotp(Self.seed, counter: UInt64(counter)) == code)
    }

    @Test(
        "are those of RFC 6238, appendix B, in eight digits",
        arguments: zip(
            [59, 1_111_111_109, 1_111_111_111, 1_234_567_890, 2_000_000_000, 20_000_000_000] as [Int64],
            ["94287082", "07081804", "14050471", "89005924", "69279037", "65353130"]))
    func totp(seconds: Int64, code: String) {
        // The last is past what a timestamp in nanoseconds holds.
        let step = seconds / OneTimeCode.period
        #expect(OneTimeCode.hotp(Self.seed, counter: UInt64(step), digits: 8) == code)
        guard seconds < 9_000_000_000 else { return }
        let time = Timestamp(nanosecondsSinceEpoch: seconds * 1_000_000_000)
        #expect(OneTimeCode.step(at: time) == step)
        #expect(OneTimeCode.match(String(code.suffix(6)), Self.seed, at: time, after: -1) == step)
    }

    @Test("are those that oathtool computes, for random secrets and times", arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func oathtool(seed: UInt64) async throws {
        let random = SeededRandomSource(seed: seed)
        let secret = random.bytes(count: OneTimeCode.seedLength)
        let seconds = Int64(random.next() % 4_000_000_000)
        let run = try await ForeignProgram.run(
            "oathtool", ["--totp", "-b", Base32.text(secret), "--now", "@\(seconds)"])
        #expect(run.status == 0)
        let code = run.output.trimmingCharacters(in: .whitespacesAndNewlines)
        let time = Timestamp(nanosecondsSinceEpoch: seconds * 1_000_000_000)
        #expect(OneTimeCode.match(code, secret, at: time, after: -1) == OneTimeCode.step(at: time))
        #expect(Base32.bytes(Base32.text(secret)) == secret)
    }

    @Test("count one step before and after, not two, and none that was used")
    func drift() {
        let now = Timestamp(nanosecondsSinceEpoch: 1_700_000_010_000_000_000)
        let step = OneTimeCode.step(at: now)
        for offset in Int64(-3)...3 {
            let code = OneTimeCode.hotp(Self.seed, counter: UInt64(step + offset))
            let found = OneTimeCode.match(code, Self.seed, at: now, after: -1)
            #expect(found == (abs(offset) <= 1 ? step + offset : nil), "\(offset)")
            #expect(OneTimeCode.match(code, Self.seed, at: now, after: step + 1) == nil, "used")
        }
        #expect(OneTimeCode.match("000000", Self.seed, at: Timestamp(nanosecondsSinceEpoch: 0), after: -1) == nil)
    }

    @Test(
        "are read as people type them, and nothing else is",
        arguments: [
            ("123456", "123456"), ("123 456", "123456"), (" 123-456 ", "123456"), ("123\u{00A0}456", "123456"),
            ("", nil), ("12345", nil), ("1234567", nil), ("12345a", nil), ("１２３４５６", nil), ("١٢٣٤٥٦", nil),
            ("\u{202E}123456", nil), ("123456\u{0}", nil), (String(repeating: "1", count: 1_000_000), nil),
            (String(repeating: " ", count: 1_000_000) + "123456", nil),
        ] as [(String, String?)])
    func typed(text: String, code: String?) {
        #expect(OneTimeCode.typed(text) == code)
    }

    @Test("base32 is that of RFC 4648 §10, without padding")
    func base32() {
        for (plain, text) in [
            ("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            #expect(Base32.text(Array(plain.utf8)) == text)
        }
        for text in ["my", "M1", "MZXW6===", "é", "\u{0}"] { #expect(Base32.bytes(text) == nil, "\(text)") }
    }

    @Test("a QR code of the key's address is read by zbar as it was written")
    func qr() async throws {
        let enrolment = SecondFactors.Enrolment(
            secret: Secret(Base32.text(Self.seed)), expiresAt: Timestamp(nanosecondsSinceEpoch: 0))
        let uri = enrolment.uri(label: "a+b&c@example.com", issuer: "My Site")
        #expect(
            uri.reveal()
                == "otpauth://totp/My%20Site:a%2Bb%26c%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=My%20Site"
                + "&algorithm=SHA1&digits=6&period=30")
        let code = try #require(QRCode(uri))
        // A portable bitmap, eight pixels a module, with the quiet zone.
        let side = (code.width + 8) * 8
        var rows: [String] = []
        for y in 0..<side {
            var row = ""
            for x in 0..<side {
                let (column, line) = (x / 8 - 4, y / 8 - 4)
                let isInside = (0..<code.width).contains(column) && (0..<code.width).contains(line)
                row += isInside && code.modules[line * code.width + column] ? "1" : "0"
            }
            rows.append(row)
        }
        let file = FileManager.default.temporaryDirectory.appending(path: "qr-\(UUID().uuidString).pbm")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data("P1\n\(side) \(side)\n\(rows.joined(separator: "\n"))\n".utf8).write(to: file)
        let run = try await ForeignProgram.run("zbarimg", ["--quiet", "--raw", file.path()])
        #expect(run.output.trimmingCharacters(in: .newlines) == uri.reveal())
        let svg = code.svg(label: "a \"<b>")
        #expect(svg.contains("aria-label=\"a &quot;&lt;b&gt;\"") && !svg.contains("<script"))
        #expect(QRCode(Secret(String(repeating: "a", count: 5000))) == nil && QRCode(Secret("a\u{0}b")) == nil)
    }

    @Test(
        "a recovery code is read in any case and grouping, and nothing else is",
        arguments: [
            ("k7dm-9xqa-2rtv-0bnc", "k7dm9xqa2rtv0bnc"), (" K7DM 9XQA 2RTV OBNC ", "k7dm9xqa2rtv0bnc"),
            ("IL00-0000-0000-0000", "1100000000000000"), ("k7dm-9xqa-2rtv-0bn", nil), ("k7dm-9xqa-2rtv-0bnc-0", nil),
            ("u7dm-9xqa-2rtv-0bnc", nil), ("k7dm9xqa2rtv0bné", nil), ("", nil), ("k7dm-9xqa-2rtv-0bn\u{0}", nil),
            (String(repeating: "0", count: 1_000_000), nil),
        ] as [(String, String?)])
    func recovery(text: String, plain: String?) {
        #expect(RecoveryCode(typed: text)?.plain == plain)
    }

    @Test("recovery codes are ten that differ, also in their first group", arguments: [1, 2, 3] as [UInt64])
    func made(seed: UInt64) {
        let codes = RecoveryCode.make(random: SeededRandomSource(seed: seed))
        #expect(codes.count == 10 && Set(codes.map(\.selector)).count == 10)
        for code in codes {
            #expect(RecoveryCode(typed: code.reveal())?.plain == code.plain)
            #expect(!"\(code)".contains(code.plain) && !"\(String(reflecting: code))".contains(code.plain))
        }
    }
}
