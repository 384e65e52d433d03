import Kernel
import TestKit
import Testing

@Suite("Mail addresses")
struct MailAddressTests {
    @Test(
        "an address that isn't one plain mailbox is refused, with the reason",
        arguments: [
            ("", MailAddress.Refusal.empty), ("ada", .noAt), ("a@b@example.com", .noAt), ("@example.com", .localPart),
            ("ada@", .domain), ("ada@localhost", .domain), (".ada@example.com", .localPart),
            ("ada.@example.com", .localPart), ("a..b@example.com", .localPart), ("\"a b\"@example.com", .localPart),
            ("a b@example.com", .localPart), ("ada(comment)@example.com", .localPart),
            ("<ada@example.com>", .localPart), ("ada@example.com>", .domain), ("ada@[127.0.0.1]", .domain),
            ("ada@127.0.0.1", .domain), ("ada@-example.com", .domain), ("ada@example-.com", .domain),
            ("ada@example..com", .domain), ("ada@example.com.", .domain), ("ada@exam_ple.com", .domain),
            ("adé@example.com", .notASCII), ("ada@exämple.com", .notASCII), ("ada@example.com\u{200B}", .notASCII),
            ("ada@example.com\r\nBcc: x@example.org", .noAt), ("ada@example.com\nRCPT TO:<x>", .domain),
            ("ada\r\n@example.com", .localPart), ("ada\0@example.com", .localPart), ("ada@example.com\0", .domain),
            ("ada,bob@example.com", .localPart), ("ada;bob@example.com", .localPart), ("ada:b@example.com", .localPart),
            ("ada@example.com,bob@example.com", .noAt), (" ada@example.com", .localPart), ("ada@example.com ", .domain),
        ])
    func refused(text: String, reason: MailAddress.Refusal) {
        #expect(throws: reason) { try MailAddress(text) }
    }

    @Test("lengths are those of RFC 5321")
    func lengths() throws {
        let label = String(repeating: "d", count: 61)
        #expect(throws: MailAddress.Refusal.tooLong) {
            try MailAddress(String(repeating: "a", count: 65) + "@example.com")
        }
        _ = try MailAddress(String(repeating: "a", count: 64) + "@example.com")
        let domain = [label, label, label, "com"].joined(separator: ".")
        #expect(domain.utf8.count == 189)
        _ = try MailAddress(String(repeating: "a", count: 64) + "@" + domain)
        #expect(throws: MailAddress.Refusal.tooLong) {
            try MailAddress(String(repeating: "a", count: 64) + "@x." + domain)
        }
        #expect(throws: MailAddress.Refusal.domain) { try MailAddress("a@\(String(repeating: "d", count: 64)).com") }
        #expect(throws: MailAddress.Refusal.tooLong) { try MailAddress(String(repeating: "a@", count: 100_000)) }
    }

    @Test("an ordinary address is taken as it is, its host in lower case")
    func accepted() throws {
        let address = try MailAddress("Ada.Lovelace+test_1/x=y@Mail.EXAMPLE.com")
        #expect("\(address)" == "Ada.Lovelace+test_1/x=y@mail.example.com")
        #expect(address.folded == "ada.lovelace+test_1/x=y@mail.example.com")
        #expect(try MailAddress("a@xn--bcher-kva.example").domain == "xn--bcher-kva.example")
        #expect(try MailAddress("o'brien@example.co").localPart == "o'brien")
    }

    @Test("whatever is accepted is safe in a command and a header", arguments: Seeds.first(20))
    func alwaysSafe(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let text = generator.text(1...30, of: "ab.@-_<>\"\\ \r\n\t\0()[],;:é1")
            guard let address = try? MailAddress(text) else { continue }
            #expect(!"\(address)".contains { "<>\"\\ \r\n\t\0()[],;:".contains($0) }, "\(text.debugDescription)")
            #expect("\(address)".lowercased() == text.lowercased())
        }
    }

    @Test(
        "a link that could leave our own host, or its line, is refused",
        arguments: [
            "", "reset", "//evil.example/", "https://evil.example/", "/a b", "/a\r\nBcc: x", "/a\"onclick=", "/a'b",
            "/<script>", "/\\evil.example", "/é", "/a\0", "/" + String(repeating: "a", count: 1500),
        ])
    func links(path: String) {
        #expect(MailLink(path: path) == nil)
    }
}
