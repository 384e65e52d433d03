import Kernel
import TestKit
import Testing
import Web

@testable import Observability

@Suite("Correlation")
struct CorrelationTests {
    private struct Fixed: RandomSource {
        func next() -> UInt64 { 0x1234_5678_9ABC_DEF0 }
    }

    @Test("gives every exchange an id of its own, 32 hexadecimal digits long")
    func unique() {
        let correlation = Correlation(random: Fixed())
        var seen: Set<String> = []
        for exchange in UInt64(0)..<20_000 {
            let id = CorrelationID.made(correlation.identifier(of: exchange << 20 ^ exchange)).text
            #expect(id.utf8.count == 32)
            seen.insert(id)
        }
        #expect(seen.count == 20_000)
        #expect(seen.allSatisfy { $0.allSatisfy { $0.isHexDigit && !$0.isUppercase } })
    }

    @Test(
        "accepts a client's id only when it can stand anywhere",
        arguments: [
            ("abc-123_X.9", true), (String(repeating: "a", count: 128), true), ("", false),
            (String(repeating: "a", count: 129), false), ("a b", false), ("a\"b", false), ("a\nb", false),
            ("ä", false), ("<script>", false),
        ])
    func acceptable(id: String, isAcceptable: Bool) {
        #expect(Correlation.isAcceptable(id) == isAcceptable)
    }

    @Test(
        "reads a traceparent as W3C writes it, nothing else",
        arguments: [
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true),
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-extra", false),
            ("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-the-future", true),
            ("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false),
            ("00-00000000000000000000000000000000-00f067aa0ba902b7-01", false),
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", false),
            ("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", false),
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7", false), ("", false), ("---", false),
        ])
    func traceparent(text: String, isValid: Bool) {
        #expect((Correlation.trace(in: text) != nil) == isValid)
    }
}
