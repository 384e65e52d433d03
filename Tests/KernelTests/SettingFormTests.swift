import Kernel
import TestKit
import Testing

@Suite("Forms of settings")
struct SettingFormTests {
    @Test(
        "Time spans",
        arguments: [
            ("250ms", Duration.milliseconds(250)), ("30s", .seconds(30)), ("5min", .seconds(300)),
            ("5m", .seconds(300)),
            ("12h", .seconds(43_200)), ("1d", .seconds(86_400)), ("0s", .zero), ("1_000ms", .seconds(1)),
            ("10 s", .seconds(10)),
            ("", nil), ("s", nil), ("30", nil), ("-1s", nil), ("1.5s", nil), ("1e3s", nil), ("30 sec", nil),
            ("99999999999999999999s", nil),
            ("9223372036854775807d", nil), ("１s", nil), ("0x1s", nil), ("1s1s", nil),
        ] as [(String, Duration?)])
    func durations(_ text: String, _ expected: Duration?) {
        #expect(Duration(configuration: text) == expected)
    }

    @Test(
        "Sizes in bytes",
        arguments: [
            ("0", 0), ("10485760", 10_485_760), ("10MiB", 10_485_760), ("512KiB", 524_288), ("512kB", 512_000),
            ("1GiB", 1 << 30),
            ("2GB", 2_000_000_000), ("5B", 5), ("10 MiB", 10_485_760), ("10_000", 10_000), ("none", Int.max),
            ("", nil), ("MiB", nil), ("-1", nil), ("1.5MiB", nil), ("10mib", nil), ("99999999999GiB", nil),
            ("1e6", nil), ("ten", nil),
        ] as [(String, Int?)])
    func bytes(_ text: String, _ expected: Int?) {
        #expect(Setting<Int>.bytes("k", summary: "", default: 1).parse(.scalar(text)) == expected)
    }

    @Test(
        "Whole numbers inside their range",
        arguments: [
            ("1", 1), ("10", 10), ("1_0", 10), ("0", nil), ("11", nil), ("", nil), ("+1", 1), ("1.0", nil), ("０", nil),
            ("99999999999999999999", nil),
        ] as [(String, Int?)])
    func numbers(_ text: String, _ expected: Int?) {
        #expect(Setting<Int>.number("k", summary: "", default: 5, in: 1...10).parse(.scalar(text)) == expected)
    }

    @Test(
        "Flags",
        arguments: [
            ("true", true), ("Yes", true), ("on", true), ("false", false), ("no", false), ("OFF", false), ("1", nil),
            ("", nil), ("tru", nil),
        ] as [(String, Bool?)])
    func flags(_ text: String, _ expected: Bool?) {
        #expect(Setting<Bool>.flag("k", summary: "", default: true).parse(.scalar(text)) == expected)
    }

    @Test("Lists of texts: as a list, or with commas; a map or a nested list is neither")
    func texts() {
        let setting = Setting<[String]>.texts("k", summary: "", form: "", default: [])
        #expect(setting.parse(.scalar("a, b,c")) == ["a", "b", "c"])
        #expect(setting.parse(.list([.scalar("a"), .scalar("b,c")])) == ["a", "b,c"])
        #expect(setting.parse(.list([])) == [])
        #expect(setting.parse(.list([.scalar("")])) == nil)
        #expect(setting.parse(.list([.list([])])) == nil)
        #expect(setting.parse(.mapping([])) == nil)
    }

    @Test(
        "No text, however odd, brings a form down or passes as something else",
        arguments: [1, 7, 42, 99, 2026] as [UInt64])
    func odd(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<2000 {
            let text = random.text(0...12, of: "0123456789-+._ msinhdKMGBxekñ٣\u{0}\n")
            if let span = Duration(configuration: text) { #expect(span >= .zero, "seed \(seed): \(text)") }
            if let size = Setting<Int>.bytes("k", summary: "", default: 1).parse(.scalar(text)) {
                #expect(size >= 0, "seed \(seed): \(text)")
            }
            if let number = Setting<Int>.number("k", summary: "", default: 5, in: 1...10).parse(.scalar(text)) {
                #expect((1...10).contains(number), "seed \(seed): \(text)")
            }
        }
    }
}
