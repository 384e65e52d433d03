import Testing

@testable import Kernel

@Suite("A flat JSON object")
struct FlatJSONTests {
    private static func refusal(_ text: String) -> FlatJSON.Refusal? {
        do throws(FlatJSON.Refusal) {
            _ = try FlatJSON.parse(Array(text.utf8))
            return nil
        } catch { return error }
    }

    @Test("holds texts, truth values, numbers and null, each as text")
    func values() throws {
        let text = #" {"a":"\u00e9\n","b":true,"c":-1.5e+10,"d":null,"e":0} "#
        #expect(
            try FlatJSON.parse(Array(text.utf8)) == ["a": "é\n", "b": "true", "c": "-1.5e+10", "d": "", "e": "0"])
        #expect(try FlatJSON.parse(Array("{}".utf8)).isEmpty)
    }

    @Test(
        "has no number that only other readers know (RFC 8259 §6)",
        arguments: [
            "nan", "inf", "infinity", "0x1p3", "0x10", "01", "-01", "1.", ".5", "+1", "1e", "1e+", "--1", "-", "1e5.5",
            "True",
            "NULL", "1 2", "",
        ])
    func numbers(_ literal: String) { #expect(Self.refusal("{\"a\":\(literal)}") == .malformed) }

    @Test(
        "takes the numbers that RFC 8259 has", arguments: ["0", "-0", "10", "1.50", "0.1", "1E5", "2e-7", "-3.25e+08"])
    func good(_ literal: String) throws {
        #expect(try FlatJSON.parse(Array("{\"a\":\(literal)}".utf8)) == ["a": literal])
    }

    @Test("has no name twice, nothing nested and no more than 32 members")
    func shape() {
        #expect(Self.refusal(#"{"a":1,"\u0061":2}"#) == .twice)
        #expect(
            Self.refusal(#"{"a":{}}"#) == .nested && Self.refusal(#"{"a":[]}"#) == .nested
                && Self.refusal("[]") == .nested)
        func members(_ count: Int) -> String {
            "{" + (0..<count).map { "\"m\($0)\":1" }.joined(separator: ",") + "}"
        }
        #expect(Self.refusal(members(32)) == nil && Self.refusal(members(33)) == .many)
    }

    @Test(
        "is nothing else",
        arguments: [
            "", " ", "{", "}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}", "{\"a\":1}}", "{\"a\":1} x", "{a:1}",
            "{'a':1}",
            "{\"a\":\"\u{1}\"}", "{\"a\":\"\\ud800\"}", "{\"a\":\"\\udc00\"}", "{\"a\":\"\\x\"}", "{\"a\":\"",
            "\u{FEFF}{}", "1", "null",
        ])
    func malformed(_ text: String) { #expect(Self.refusal(text) == .malformed) }
}
