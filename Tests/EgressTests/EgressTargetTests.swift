import Egress
import Kernel
import Testing

@Suite("URLs that may be called")
struct EgressTargetTests {
    @Test(
        "are read in one way",
        arguments: [
            ("https://example.org", "example.org", 443, "/"), ("HTTPS://Example.ORG/a?b#c", "example.org", 443, "/a?b"),
            ("https://example.org./x", "example.org", 443, "/x"),
            ("https://example.org:8443?q", "example.org:8443", 8443, "/?q"),
            ("http://example.org/", "example.org", 80, "/"),
            ("https://[2606:4700::1111]:99/", "[2606:4700::1111]:99", 99, "/"),
            ("https://8.8.8.8/", "8.8.8.8", 443, "/"),
            ("https://xn--bcher-kva.example/", "xn--bcher-kva.example", 443, "/"),
            ("https://a_b.example/", "a_b.example", 443, "/"), ("https://[::ffff:8.8.8.8]/", "8.8.8.8", 443, "/"),
        ])
    func read(_ url: String, _ authority: String, _ port: Int, _ path: String) throws {
        let target = try EgressTarget(url)
        #expect(target.authority == authority && target.port == port && target.path == path)
    }

    @Test(
        "everything else is refused",
        arguments: [
            "", "example.org", "ftp://example.org/", "file:///etc/passwd", "https://", "https:///x",
            "https://a@example.org/",
            "https://example.org@127.0.0.1/", "https://example.org\\@127.0.0.1/", "https://exa mple.org/",
            "https://bücher.example/",
            "https://example。org/", "https://%31%32%37.0.0.1/", "https://127.1/", "https://127.0.1/",
            "https://2130706433/",
            "https://0x7f000001/", "https://0x7f.0.0.1/", "https://0177.0.0.1/", "https://017700000001/",
            "https://127.0.0.0x1/",
            "https://1.2.3.4.5/", "https://256.1.1.1/", "https://00127.0.0.1/", "https://example.0x/",
            "https://127.0.0.1../",
            "https://example..org/", "https://.example.org/", "https://-a.org/", "https://example.org:0/",
            "https://example.org:65536/", "https://example.org:/", "https://example.org:80:80/",
            "https://example.org:+80/",
            "https://[::1/", "https://[::1]x/", "https://[fe80::1%25eth0]/", "https://[127.0.0.1]/", "https://::1/",
            "https://example.org/ä", "https://example.org/a b", "https://example.org/\r\nX: y",
            "https://example.org\r\n/",
            "https://１２７.0.0.1/", "https://" + String(repeating: "a", count: 64) + ".org/",
        ])
    func refused(_ url: String) {
        let error = #expect(throws: EgressError.self) { try EgressTarget(url) }
        #expect(error?.code == .target)
    }
}
