/// Lines that two parsers could split in two ways (RFC 9112 sections 2.2, 3 and 5).
extension MalformedRequests {
    private static func valued(_ value: [UInt8]) -> [UInt8] {
        Array("GET /evil HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ".utf8) + value + Array("\r\n\r\n".utf8)
    }

    static let headerLines: [MalformedRequest] = [
        .with("obs-fold with a space", "X-A: b\r\n c", method: "GET"),
        .with("obs-fold with a tab", "X-A: b\r\n\tc", method: "GET"),
        .with("obs-fold of nothing", "X-A: b\r\n ", method: "GET"),
        MalformedRequest("first header line folded", "GET /evil HTTP/1.1\r\n X: y\r\nHost: 127.0.0.1\r\n\r\n", 400),
        MalformedRequest("whole request with bare LF", "GET /evil HTTP/1.1\nHost: 127.0.0.1\n\n", 505),
        MalformedRequest("request line with bare LF", "GET /evil HTTP/1.1\nHost: 127.0.0.1\r\n\r\n", 505),
        MalformedRequest("header with bare LF", "GET /evil HTTP/1.1\r\nHost: 127.0.0.1\nX-A: b\r\n\r\n", 400),
        MalformedRequest("head ended by bare LF", "GET /evil HTTP/1.1\r\nHost: 127.0.0.1\r\n\n", 400),
        MalformedRequest("request line with bare CR", "GET /evil HTTP/1.1\rHost: 127.0.0.1\r\n\r\n", 400),
        .with("value with bare CR", "X-A: b\rc", method: "GET"),
        .with("value ended by CR CR LF", "X-A: b\r", method: "GET"),
        .with("value with NUL", "X-A: b\0c", method: "GET"),
        .with("name with NUL", "X\0A: b", method: "GET"),
        .with("value with control byte 1", "X-A: b\u{01}c", method: "GET"),
        .with("value with backspace", "X-A: b\u{08}c", method: "GET"),
        .with("value with escape", "X-A: \u{1B}[31m", method: "GET"),
        .with("value with DEL", "X-A: b\u{7F}c", method: "GET"),
        .with("space before the colon", "X-A : b", method: "GET"),
        .with("tab before the colon", "X-A\t: b", method: "GET"),
        .with("space in a name", "X A: b", method: "GET"),
        .with("empty name", ": b", method: "GET"),
        .with("no colon", "X-A", method: "GET"),
        .with("name with a parenthesis", "X(A): b", method: "GET"),
        .with("name with a slash", "X/A: b", method: "GET"),
        .with("name with an at sign", "X@A: b", method: "GET"),
        .with("name with brackets", "X[A]: b", method: "GET"),
        .with("name with a quote", "\"X-A\": b", method: "GET"),
        .with("name in Cyrillic", "\u{0425}-A: b", method: "GET"),
        .with("name with a soft hyphen", "X\u{00AD}A: b", method: "GET"),
        .with("Host name in full-width letters", "\u{FF28}ost: evil.example", method: "GET"),
        MalformedRequest(
            "value that isn't UTF-8", valued([0xFF, 0xFE]), 400, .mayGoOn),
        MalformedRequest(
            "value with an overlong slash", valued([0xC0, 0xAF]), 400, .mayGoOn),
        MalformedRequest(
            "value with a lone surrogate", valued([0xED, 0xA0, 0x80]), 400, .mayGoOn),
        MalformedRequest(
            "name with a byte over 127",
            Array("GET /evil HTTP/1.1\r\nHost: 127.0.0.1\r\nX-".utf8) + [0xE4]
                + Array(": b\r\n\r\n".utf8), 400),
    ]

    private static let badRequestLines: [String: Int] = [
        "GET /evil": 505, "GET": 501, " GET /evil HTTP/1.1": 501, "\tGET /evil HTTP/1.1": 501,
        "GET\t/evil\tHTTP/1.1": 501, "GET /evil HTTP/1.1 ": 505,
        "GET /evil HTTP/1.1 x": 505, "GET /evil\u{0B}HTTP/1.1": 400, "GET /evil HTTP/": 505, "GET /evil HTTP/1.": 505,
        "GET /evil HTTP/.1": 505, "GET /evil HTTP/11": 505, "GET /evil HTTP 1.1": 400, "GET /evil HTTP/1,1": 505,
        "GET /evil http/1.1": 400, "GET /evil HTTPS/1.1": 400, "GET /evil ICY/1.1": 400, "GET /evil HTTP/1.10": 505,
        "GET /evil HTTP/01.1": 505, "GET /evil HTTP/A.B": 505, "GET /evil HTTP/-1.1": 505, "GET /evil HTTP/1.1\0": 505,
        "GET /evil HTTP/0.9": 505, "GET /evil HTTP/1.2": 505, "GET /evil HTTP/1.9": 505, "GET /evil HTTP/2.0": 505,
        "GET /evil HTTP/3.0": 505, "GET /evil HTTP/9.9": 505, "GET /evil HTTP/0.0": 505,
        "\0GET /evil HTTP/1.1": 501, ": /evil HTTP/1.1": 501,
    ]

    static let requestLines: [MalformedRequest] = badRequestLines.sorted { $0.key < $1.key }.map { line, status in
        MalformedRequest("request line \(line.debugDescription)", "\(line)\r\nHost: 127.0.0.1\r\n\r\n", status)
    }

    static let methods: [MalformedRequest] = [
        MalformedRequest("CONNECT", "CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:22\r\n\r\n", 405),
        MalformedRequest("CONNECT with a path", "CONNECT /evil HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 405),
        MalformedRequest("TRACE", "TRACE /evil HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 405, .mayGoOn, isAmbiguous: false),
        MalformedRequest("TRACK", "TRACK /evil HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 501, .mayGoOn, isAmbiguous: false),
        MalformedRequest(
            "unknown method", "FROBNICATE /evil HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 501, .mayGoOn, isAmbiguous: false),
        MalformedRequest(
            "method in lower case", "get /evil HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 501, .mayGoOn, isAmbiguous: false),
        MalformedRequest("method in quotes", "\"GET\" /evil HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 501),
        MalformedRequest("method with NUL", "GE\0T /evil HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 501),
        MalformedRequest("method with a slash", "GET/ /evil HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 501),
        MalformedRequest("method in Greek", "\u{0393}ET /evil HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 501),
        MalformedRequest(
            "method of 4 kB", String(repeating: "A", count: 4096) + " /evil HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 501,
            isAmbiguous: false),
    ]

    static let foreignProtocols: [MalformedRequest] = [
        MalformedRequest("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        MalformedRequest(
            "TLS hello",
            [0x16, 0x03, 0x01, 0x00, 0x0A, 0x01, 0x00, 0x00, 0x06, 0x03, 0x03, 0x41, 0x42, 0x43, 0x44, 0x0D, 0x0A], 501),
        MalformedRequest("SSH banner", "SSH-2.0-OpenSSH_9.2\r\n\r\n", 501),
        MalformedRequest("SMTP greeting", "EHLO evil.example\r\n\r\n", 501),
        MalformedRequest("a response", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 501),
        MalformedRequest("PROXY protocol line", "PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\nGET /evil HTTP/1.1\r\n\r\n", 501),
        MalformedRequest("bytes of every value", (0...255).map { UInt8($0) } + [0x0D, 0x0A, 0x0D, 0x0A], 501),
    ]
}
