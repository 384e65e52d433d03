/// Targets that an app could read as another path than the policy did, and hosts that aren't one.
extension MalformedRequests {
    private static let badTargets: [String] = [
        "/public/../admin", "/../admin", "/..", "/public/..", "/public/../", "/./../admin", "/public/..?a=b",
        "/public/%2e%2e/admin", "/public/%2E%2E/admin", "/public/.%2e/admin", "/public/%2e./admin", "/%2e%2e",
        "/public/%252e%252e/admin", "/public/%25%32%65%25%32%65/admin", "/public/..%2fadmin", "/public/..%2Fadmin",
        "/public/%2e%2e%2fadmin", "/public/..%5cadmin", "/public/%2e%2e%5Cadmin", "/public/..;/admin",
        "/public/..;a=b/admin", "/public/%2e%2e;/admin", "/public/..%3b/admin", "/public\\..\\admin", "/a\\b", "\\evil",
        "/public/%c0%ae%c0%ae/admin", "/public/%e0%80%ae%e0%80%ae/admin", "/public/%f0%80%80%ae/admin", "/%c0%af",
        "/caf%E9/%c0%ae%c0%ae/admin", "/caf%E9/%2e%2e/admin", "/caf%E9%00",
        "/a%00b", "/a%00", "/%00", "/a%2500", "/%", "/%2", "/%zz", "/a%4", "/a%g1", "/%%31", "/a%u0041", "/a?b=%zz",
        "/a?b=%", "/a#b", "/#", "/a\u{7F}b", "/a\u{01}b", "/\u{00E9}", "/a?b=\u{00E9}", "/\u{4F60}\u{597D}",
        "evil", "evil/x", "?a=b", "*", "http://127.0.0.1/evil", "https://127.0.0.1/evil", "HTTP://127.0.0.1/evil",
        "http://evil.example/evil", "http:/evil", "//evil.example:80@/evil\\", "ftp://127.0.0.1/evil", "127.0.0.1:80",
        "javascript:alert(1)", "file:///etc/passwd",
    ]

    static let targets: [MalformedRequest] = badTargets.map { MalformedRequest.target($0) } + otherTargets

    private static let otherTargets: [MalformedRequest] = [
        MalformedRequest(
            "overlong UTF-8 in the query", "GET /a?b=%c0%af HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 400, .mayGoOn,
            isAmbiguous: false),
        MalformedRequest(
            "overlong UTF-8 of three bytes in the query", "GET /?b=%E0%80%AF HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 400,
            .mayGoOn, isAmbiguous: false),
        MalformedRequest("OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 400, .mayGoOn),
        MalformedRequest("space in the target", "GET /a b HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 400),
        MalformedRequest("tab in the target", "GET /a\tb HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 400),
        MalformedRequest("NUL in the target", "GET /a\0b HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 400),
        MalformedRequest("CR in the target", "GET /a\rb HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 400),
        MalformedRequest(
            "raw bytes in the target",
            Array("GET /a".utf8) + [0xFF, 0xC0, 0xAE] + Array(" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".utf8), 400),
    ]

    private static let badHosts: [String] = [
        "", "a b", "a/b", "a@b", "a,b", "127.0.0.1, evil.example", "127.0.0.1:abc", "127.0.0.1:99999", "127.0.0.1:-1",
        "127.0.0.1:80:80", "[::1", "::1]", "[::1]x", "a?b", "a#b", "a\\b", "<evil>", "http://127.0.0.1",
        "\u{00E9}.example",
        "a\u{01}b", "%31", "a..b", "\"127.0.0.1\"", "user:pass@127.0.0.1",
    ]

    static let hosts: [MalformedRequest] =
        badHosts.map { host in
            MalformedRequest(
                "Host: \(host.debugDescription)", "GET /evil HTTP/1.1\r\nHost: \(host)\r\n\r\n", 400, .mayGoOn)
        } + otherHosts

    private static let otherHosts: [MalformedRequest] = [
        MalformedRequest("no Host", "GET /evil HTTP/1.1\r\nX-A: b\r\n\r\n", 400, .mayGoOn),
        MalformedRequest("no header at all", "GET /evil HTTP/1.1\r\n\r\n", 400, .mayGoOn),
        MalformedRequest(
            "Host twice, alike", "GET /evil HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: 127.0.0.1\r\n\r\n", 400, .mayGoOn),
        MalformedRequest(
            "Host twice, unlike", "GET /evil HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n", 400, .mayGoOn),
        MalformedRequest(
            "Host twice in odd case", "GET /evil HTTP/1.1\r\nhOST: 127.0.0.1\r\nX-A: b\r\nHost: x\r\n\r\n", 400,
            .mayGoOn),
        MalformedRequest("space before the colon of Host", "GET /evil HTTP/1.1\r\nHost : 127.0.0.1\r\n\r\n", 400),
        MalformedRequest("Host folded", "GET /evil HTTP/1.1\r\nHost: 127.0.0.1\r\n .evil.example\r\n\r\n", 400),
        MalformedRequest(
            "a Host that isn't served", "GET /evil HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421, .mayGoOn,
            isAmbiguous: false),
    ]

    static let sizes: [MalformedRequest] = [
        MalformedRequest(
            "target of 9 kB", "GET /" + String(repeating: "a", count: 9_000) + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
            414,
            .mayGoOn, isAmbiguous: false),
        MalformedRequest(
            "target of 64 kB", "GET /" + String(repeating: "a", count: 65_500) + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
            414,
            .mayGoOn, isAmbiguous: false),
        big("header of 64 kB", "X-A: " + String(repeating: "a", count: 65_530) + "\r\n"),
        big("header of 40 kB", "X-A: " + String(repeating: "a", count: 40_000) + "\r\n"),
        big("header name of 64 kB", String(repeating: "a", count: 65_530) + ": b\r\n"),
        big("cookie of 64 kB", "Cookie: a=" + String(repeating: "b", count: 65_530) + "\r\n"),
        big("10,000 headers", (0..<10_000).map { "X-\($0): a\r\n" }.joined()),
        big("10,000 headers of one name", String(repeating: "X-A: a\r\n", count: 10_000)),
        big("1,001 headers", (0..<1_000).map { "X-\($0): a\r\n" }.joined()),
        big("101 headers", (0..<100).map { "X-\($0): a\r\n" }.joined()),
        big("100 kB of headers", (0..<90).map { "X-\($0): \(String(repeating: "a", count: 1_100))\r\n" }.joined()),
        MalformedRequest(
            "declared body of 10,485,761 bytes",
            "POST /evil HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10485761\r\n\r\n", 413, isAmbiguous: false),
        MalformedRequest(
            "declared body of 8 EB",
            "POST /evil HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9223372036854775807\r\n\r\n", 400,
            isAmbiguous: false),
    ]

    private static func big(_ name: String, _ lines: String) -> MalformedRequest {
        MalformedRequest(
            name, "GET /evil HTTP/1.1\r\nHost: 127.0.0.1\r\n\(lines)\r\n", 431, .mayGoOn, isAmbiguous: false)
    }

    private static let websocket = "Connection: Upgrade\r\nUpgrade: websocket\r\n"

    static let upgrades: [MalformedRequest] = [
        .with(
            "Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
            method: "GET"),
        .with("Upgrade: h2c without settings", "Connection: Upgrade\r\nUpgrade: h2c", method: "GET"),
        .with("Upgrade: h2c in odd case", "Connection: upgrade\r\nUpgrade: H2C", method: "GET"),
        .with("Upgrade: h2c among others", "Connection: Upgrade\r\nUpgrade: websocket, h2c", method: "GET"),
        .with("HTTP2-Settings alone", "Connection: HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__", method: "GET"),
        .with("WebSocket without a key", websocket + "Sec-WebSocket-Version: 13", method: "GET", .mayGoOn),
        .with(
            "WebSocket with a short key", websocket + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: YWJj",
            method: "GET", .mayGoOn),
        .with(
            "WebSocket by POST", websocket + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            .mayGoOn),
        .with(
            "WebSocket with a body",
            websocket + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nContent-Length: 5",
            body: "hello", method: "GET"),
        .with("Expect: something", "Expect: 200-ok\r\nContent-Length: 0", status: 417, .mayGoOn),
        .with("Expect: 100-continue and more", "Expect: 100-continue, x\r\nContent-Length: 0", status: 417, .mayGoOn),
    ]
}
