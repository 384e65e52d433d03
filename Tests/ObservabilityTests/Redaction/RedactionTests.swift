import Observability
import TestKit
import Testing

@Suite("Redaction")
struct RedactionTests {
    @Test(
        "takes out what must not be logged",
        arguments: [
            ("/reset?token=abc123", "/reset?token=[redacted]"),
            ("/cb?code=xyz&state=1", "/cb?code=[redacted]&state=1"),
            ("/a?API_KEY=1&b=2", "/a?API_KEY=[redacted]&b=2"),
            ("/a?api-key=1", "/a?api-key=[redacted]"),
            ("/a?userEmail=x", "/a?userEmail=[redacted]"),
            ("/a?q=alice@example.test", "/a?q=[redacted]"),
            ("/a?q=alice%40example.test", "/a?q=[redacted]"),
            ("/users/alice@example.test/orders", "/users/[redacted]/orders"),
            ("/users/alice%40example.test", "/users/[redacted]"),
            ("/v/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "/v/[redacted]"),
            ("/reset/9f8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c", "/reset/[redacted]"),
            ("/a?password=&b", "/a?password=[redacted]&b"),
            ("/a?jsessionid=1;session=2", "/a?jsessionid=[redacted]"),
            ("/a?%70assword=x", "/a?%70assword=[redacted]"), ("/u/alice%2540example.test", "/u/[redacted]"),
            ("/?alice@example.test", "/?[redacted]"),
            // Our own random secrets, which by chance have no digit.
            (
                "/live?seaworthy_ticket=swt_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ",
                "/live?seaworthy_ticket=[redacted]"
            ),
            ("/live?t=swt_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ", "/live?t=[redacted]"),
            ("/keys/swk_abcdefghijklmnopqrstuvwxyz_ABCDEFGHIJ-LMNOPQ/x", "/keys/[redacted]/x"),
            ("/a?b=swr_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ&c=1", "/a?b=[redacted]&c=1"),
            ("/a?seaworthy_ticket=short", "/a?seaworthy_ticket=[redacted]"),
        ])
    func redacts(given: String, expected: String) {
        #expect(Redaction.target(given) == expected)
    }

    @Test(
        "leaves alone what is needed to understand a request",
        arguments: [
            "/", "/a/b?page=2&sort=name", "/orders/3f2504e0-4f89-11d3-9a0c-0305e82c3301",
            "/static/app.8f3e1a.js", "/a-rather-long-path-segment-with-words-only/x", "/?q=%20", "/a?=&&=",
            "/search?q=two+words", "/@handle", "/a%zz?%", "*", "",
            "/tickets?ticket_id=12", "/swt_short", "/a?next=/swt_overview",
        ])
    func keeps(target: String) {
        #expect(Redaction.target(target) == target)
    }

    @Test("finds a mail address planted anywhere in a target", arguments: 1...40)
    func property(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let before = (0..<Int.random(in: 0...3, using: &generator)).map { _ in "part" }.joined(separator: "/")
        let places = [
            "/\(before)/canary\(seed)@example.test", "/x?a=1&b=canary\(seed)@example.test&c=3",
            "/x?canary\(seed)%40example.test", "/x;canary\(seed)@example.test", "/x?a=1,canary\(seed)@example.test",
        ]
        guard let target = places.randomElement(using: &generator) else { return }
        #expect(!Redaction.target(target).contains("canary"), "seed \(seed): \(target)")
    }

    @Test("takes mail addresses and tokens out of free text")
    func text() {
        let text = "agent/1.0 (+mailto:ops@example.test) key 9f8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c"
        let redacted = Redaction.text(text)
        #expect(!redacted.contains("ops@example.test"))
        #expect(!redacted.contains("9f8a7b6c"))
        #expect(redacted.hasPrefix("agent/1.0"))
        let key = "swk_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"
        #expect(Redaction.text("no such key: \"\(key)\"") == "no such key: \"[redacted]\"")
        #expect(!Redaction.text("sent key=\(key)").contains("abcdef"))
    }
}
