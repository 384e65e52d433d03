import Kernel
import Proxy
import Testing

@Suite("Upstream address") struct UpstreamAddressTests {
    @Test(
        "what an upstream may be written as",
        arguments: [
            ("http://127.0.0.1:5000", UpstreamAddress.tcp(host: "127.0.0.1", port: 5000)),
            ("http://127.0.0.1:5000/", .tcp(host: "127.0.0.1", port: 5000)),
            ("HTTP://app", .tcp(host: "app", port: 80)),
            ("localhost:3000", .tcp(host: "localhost", port: 3000)), ("http://[::1]:80", .tcp(host: "::1", port: 80)),
            ("unix:/run/app.sock", .unix(path: "/run/app.sock")),
        ])
    func valid(_ text: String, _ address: UpstreamAddress) {
        #expect(UpstreamAddress(text) == address)
        #expect(UpstreamAddress(address.description) == address)
    }

    @Test(
        "what it may not",
        arguments: [
            "", "http://", "http://:80", "localhost", "localhost:", "localhost:0", "localhost:65536", "localhost:+1",
            "localhost:99999999999999999999", "https://app", "http://app/path", "http://user@app", "http://a b",
            "http://app?x", "[::1", "[::1]x", "[]:80", "unix:", "unix:/", "unix:relative", "ftp://app:21",
            "unix:/" + String(repeating: "x", count: 120),
        ])
    func invalid(_ text: String) {
        #expect(UpstreamAddress(text) == nil)
    }
}
