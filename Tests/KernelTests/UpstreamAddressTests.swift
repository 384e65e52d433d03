import Kernel
import Testing

@Suite("Upstream address") struct UpstreamAddressTests {
    @Test(
        "what an upstream may be written as",
        arguments: [
            ("http://127.0.0.1:5000", UpstreamAddress.tcp(host: "127.0.0.1", port: 5000)),
            ("http://127.0.0.1:5000/", .tcp(host: "127.0.0.1", port: 5000)),
            ("HTTP://app", .tcp(host: "app", port: 80)),
            ("http://my_app-1.local:1", .tcp(host: "my_app-1.local", port: 1)),
            ("http://[::1]:80", .tcp(host: "::1", port: 80)),
            ("http://[2001:db8::1]/", .tcp(host: "2001:db8::1", port: 80)),
            ("http://app:65535", .tcp(host: "app", port: 65_535)),
            ("unix:/run/app.sock", .unix(path: "/run/app.sock")),
            ("unix:/" + String(repeating: "x", count: 102), .unix(path: "/" + String(repeating: "x", count: 102))),
        ])
    func valid(_ text: String, _ address: UpstreamAddress) {
        #expect(UpstreamAddress(configuration: text) == address)
        #expect(UpstreamAddress(configuration: address.description) == address)
    }

    @Test(
        "what it may not",
        arguments: [
            "", "http://", "http://:80", "localhost", "localhost:3000", "http://localhost:", "http://localhost:0",
            "http://localhost:65536", "http://localhost:+1", "http://localhost:99999999999999999999", "https://app",
            "http://app/path", "http://app//", "http://user@app", "http://a b", "http://app?x", "http://app#x",
            "http://[::1",
            "http://[::1]x", "http://[]:80", "http://[127.0.0.1]:80", "http://[::1%25eth0]:80", "http://::1:80",
            "http://127.0.0.256",
            "http://1.2.3", "http://010.0.0.1", "http://-app", "http://app-", "http://a..b", "http://äpp",
            "http://" + String(repeating: "a", count: 64), "unix:", "unix:/", "unix:relative", "unix:/a\u{0}b",
            "ftp://app:21", "unix:/" + String(repeating: "x", count: 103),
        ])
    func invalid(_ text: String) {
        #expect(UpstreamAddress(configuration: text) == nil)
    }
}
