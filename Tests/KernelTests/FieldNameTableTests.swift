import Kernel
import TestKit
import Testing

@Suite("The table of field names")
struct FieldNameTableTests {
    private let names = [
        "te", "host", "x-real-ip", "content-length", "content-type", "transfer-encoding",
        "content-security-policy-report-only", "x-a-name-that-is-a-good-deal-longer-than-forty-bytes",
    ]

    @Test("finds a name in any case and no other")
    func cases() {
        let table = FieldNameTable(names)
        for name in names {
            #expect(table.contains(name))
            #expect(table.contains(name.uppercased()))
            #expect(!table.contains(name + "s"))
            #expect(!table.contains(String(name.dropLast())))
            #expect(!table.contains(name.replacing("-", with: "_")) || !name.contains("-"))
            #expect(!table.contains(name + "\0"))
        }
        #expect(!table.contains(""))
        // 0x0D and 0x5B differ from `-` and `{` by the bit that tells cases apart.
        #expect(!table.contains("x\u{0D}real-ip"))
    }

    @Test("takes underscores and dots for hyphens where it is told to")
    func aliases() {
        let table = FieldNameTable(names, foldsAliases: true)
        for alias in ["X_Real_IP", "x.real.ip", "X-Real_ip", "content_length", "CONTENT.SECURITY_POLICY.REPORT-ONLY"] {
            #expect(table.contains(alias), "\(alias)")
        }
        #expect(!table.contains("x/real/ip"))
    }

    @Test("agrees with a comparison of lower-case texts", arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64])
    func agrees(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let alphabet = "abzABZ-_.@[`{09\u{7f}"
        let known = (0..<60).map { _ in generator.text(1...45, of: alphabet) }
        let lowered = Set(known.map { $0.lowercased() })
        let table = FieldNameTable(Array(lowered))
        for _ in 0..<2000 {
            let text = generator.oneIn(2) ? generator.text(1...45, of: alphabet) : generator.pick(known) ?? ""
            #expect(table.contains(text) == lowered.contains(text.lowercased()), "\(text)")
        }
    }
}

@Suite("JSON text that needs no escaping")
struct PlainJSONTests {
    @Test("is told byte by byte, wherever in the text it stands")
    func everyByte() {
        for byte in UInt8.min...UInt8.max {
            for position in 0..<20 {
                var bytes = [UInt8](repeating: 0x61, count: 20)
                bytes[position] = byte
                let needsCare = byte < 0x20 || byte == 0x22 || byte == 0x5C || byte >= 0x7F
                #expect(bytes.withUnsafeBytes { JSONText.isPlain($0) } == !needsCare, "\(byte) at \(position)")
                #expect(bytes.withUnsafeBytes { ASCIIText.isASCII($0) } == (byte < 0x80), "\(byte) at \(position)")
            }
        }
    }

    @Test(
        "what isn't printable is counted byte by byte, however much there is",
        arguments: [0, 1, 7, 8, 9, 20, 2039, 2040, 2041, 5003])
    func unprintable(count: Int) {
        func counted(_ bytes: [UInt8]) -> Int { bytes.withUnsafeBytes { ASCIIText.unprintable($0) } }
        for byte in UInt8.min...UInt8.max {
            let isOdd = byte < 0x20 || byte >= 0x7F
            #expect(counted([UInt8](repeating: byte, count: count)) == (isOdd ? count : 0), "\(byte)")
            guard count > 0 else { continue }
            var one = [UInt8](repeating: 0x61, count: count)
            one[Int(byte) % count] = byte
            #expect(counted(one) == (isOdd ? 1 : 0), "\(byte)")
        }
    }
}
