/// The rows that were thought of one by one; generated ones come beside them.
enum LegalRequests {
    static let all: [LegalRequest] = targets + fields + methods + bodies + paces + versions

    private static func row(_ name: String, _ change: (inout LegalRequest) -> Void) -> LegalRequest {
        var row = LegalRequest(name)
        change(&row)
        return row
    }

    private static let oddTargets = [
        "/;", "/a;b", "/a;b=c/d;e", "/;jsessionid=1A2B", "/@", "/@user", "/user@example.test", "/a:b", "/:", "/a:80/b",
        "/%2B", "/+", "/a+b", "/?a=b+c", "/?a=b%2Bc", "/%20", "/a%20b", "/%41", "/%7E", "/~", "/~user/", "/%C3%A9",
        "/%E4%BD%A0%E5%A5%BD", "/%F0%9F%9A%A2", "/?q=%E2%82%AC", "/?", "/??", "/?a", "/?a=", "/?=a", "/?&", "/?&&a&&",
        "/?a=b=c",
        "/?a[]=1&a[]=2", "/?a%5B%5D=1", "/?a=1&a=2&a=3", "/?a=%26&b=%3D", "/?redirect=https://example.test/x?y=z",
        "/?path=/a/../b", "/a?b?c", "/a?b/c", "/a/?b", "//", "//a", "/a//b", "/a///", "/.", "/./a", "/a/.",
        "/.well-known/x",
        "/...", "/a/.../b", "/a..b", "/..a", "/a..", "/.hidden", "/a.b.c", "/a.html;v=1", "/!", "/$", "/&", "/'", "/(",
        "/)", "/*", "/,",
        "/=", "/-", "/_", "/-._~!$&'()*+,;=:@", "/a%2Fb", "/a%2fb", "/%5B", "/%3F", "/%23", "/%3b", "/%25", "/%2525",
        "/%c3%a9", "/a%0Ab", "/a%0D", "/a%09b", "/?x=%00", "/a|b", "/a{b}", "/a^b", "/a`b", "/a\"b", "/<b>", "/[a]",
        "/?a|b", "/caf%E9", "/caf%e9/", "/%E4%F6%FC.html", "/?ville=%C0+c%F4t%E9", "/?q=%FF%FE", "/%ff", "/%80",
        "/%E9%E8?a=%DF",
        "/api/v1/items/018f6f5e-9d3a-7c4e-8b1a-0123456789ab", "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t/u/v/w/x/y/z",
        "/CaSe/SeNsItIvE", "/" + String(repeating: "a", count: 4_000), "/?" + String(repeating: "a=b&", count: 1_000),
        "/" + String(repeating: "%41", count: 1_000), "/" + String(repeating: "a/", count: 1_000),
    ]

    static let targets: [LegalRequest] = oddTargets.map { target in
        row("target \(target.prefix(60))") { $0.target = target }
    }

    private static let oddValues = [
        "", " ", "a", "a b", "a  b", "a\tb", "a:b", ":", "a,b", ",", ",,", "a, b, c", "\"quoted\"", "\"a\\\"b\"", "\"",
        "(comment)",
        "a;b=c;d=\"e\"", "=", "a=b", "%0A", "%", "\\", "/", "?", "#", "{}", "{\"a\": [1, 2]}", "<b>", "'", "`", "~",
        "*", "-", "0",
        "caf\u{E9}", "\u{4F60}\u{597D}", "\u{1F6A2}", "\u{202E}x", "e\u{301}", "\u{FEFF}a", "na\u{EF}ve; b=\"\u{FC}\"",
        "Mon, 02 Jan 2006 15:04:05 GMT", "W/\"a\"", "Basic Og==", "text/html;q=0.8, */*;q=0.1",
        "x" + String(repeating: "y", count: 4_000),
    ]

    static let fields: [LegalRequest] =
        oddValues.map { value in
            row("value \(value.prefix(40).debugDescription)") { row in
                let trimmed = value.drop { $0 == " " }
                row.fields = [.init("X-Odd", String(trimmed)), .init("X-After", "b")]
            }
        } + oddFields

    private static let oddFields: [LegalRequest] = [
        row("names in every case") {
            $0.fields = [
                .init("accept", "a"), .init("ACCEPT-language", "b"), .init("aCCEPT-cHARSET", "c"),
                .init("USER-AGENT", "d"),
            ]
        },
        row("names of odd token characters") {
            $0.fields = [.init("!#$%&'*+-.^`|~09Az", "a"), .init("x", "b"), .init("X--", "c")]
        },
        row("name with an underscore") { $0.fields = [.init("X_Custom_Thing", "a")] },
        row("name of 200 characters") { $0.fields = [.init("X-" + String(repeating: "a", count: 198), "b")] },
        row("one name many times, in order") { $0.fields = (0..<20).map { .init("X-Many", "\($0)") } },
        row("one name in several cases") { $0.fields = [.init("X-A", "1"), .init("x-a", "2"), .init("X-a", "3")] },
        row("80 headers") { $0.fields = (0..<80).map { .init("X-Number-\($0)", "value \($0)") } },
        row("a cookie of 8 kB") { $0.fields = [.init("Cookie", "a=" + String(repeating: "b", count: 8_190))] },
        row("100 cookies in one line") {
            $0.fields = [.init("Cookie", (0..<100).map { "c\($0)=v\($0)" }.joined(separator: "; "))]
        },
        row("two Cookie lines") { $0.fields = [.init("Cookie", "a=b"), .init("Cookie", "c=d")] },
        row("cookies with odd values") {
            $0.fields = [.init("Cookie", "a=; b; =c; d=\"e f\"; g=%20; h={\"i\":1}; j=k=l==")]
        },
        row("an Authorization of another kind") {
            $0.fields = [.init("Authorization", "AWS4-HMAC-SHA256 Credential=a/b, Signature=c")]
        },
        row("a bearer token that isn't ours") {
            $0.fields = [.init("Authorization", "Bearer " + String(repeating: "a.b", count: 300))]
        },
        row("conditional and range headers") {
            $0.fields = [
                .init("If-None-Match", "W/\"a\", \"b\""), .init("Range", "bytes=0-0,-1"), .init("If-Range", "\"b\""),
            ]
        },
        row("no space after the colon") {
            $0.separator = ":"
            $0.fields = [.init("X-A", "b"), .init("X-Empty", "")]
        },
        row("much space around values") {
            $0.separator = ":  \t "
            $0.padding = " \t "
            $0.fields = [.init("X-A", "b c"), .init("X-B", "d")]
        },
        row("white space around a declared length") { row in
            row.method = "POST"
            row.padding = "  "
            row.body = Array("hello".utf8)
            row.framing = .length
        },
        row("white space around a transfer coding") { row in
            row.method = "POST"
            row.padding = " "
            row.body = Array("hello".utf8)
            row.framing = .chunked(sizes: [2])
        },
        row("Connection with empty members") {
            $0.fields = [.init("Connection", ", keep-alive"), .init("X-A", "b")]
        },
        row("Connection with nothing but commas") { $0.fields = [.init("Connection", " ,, ,"), .init("X-A", "b")] },
        row("Connection twice, padded") {
            $0.padding = "  "
            $0.fields = [.init("Connection", "keep-alive ,"), .init("Connection", ",keep-alive"), .init("X-A", "b")]
        },
        row("an empty line before the request line") { $0.before = "\r\n" },
    ]

    private static let knownMethods = [
        "GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK",
        "UNLOCK",
        "SEARCH", "REPORT", "MKCALENDAR", "ACL", "BIND", "REBIND", "UNBIND", "MKACTIVITY", "CHECKOUT", "MERGE", "LINK",
        "UNLINK",
    ]

    static let methods: [LegalRequest] =
        knownMethods.map { method in
            row("method \(method)") { row in
                row.method = method
                row.fields = [.init("Depth", "1"), .init("Destination", "/b")]
            }
        }
        + knownMethods.filter { $0 != "GET" }.map { method in
            row("method \(method) with a body") { row in
                row.method = method
                row.fields = [.init("Content-Type", "application/xml; charset=\"utf-8\"")]
                row.body = Array("<?xml version=\"1.0\"?><a/>".utf8)
                row.framing = .length
            }
        } + [row("HEAD") { $0.method = "HEAD" }]

    private static func post(_ name: String, _ body: [UInt8], _ framing: LegalRequest.Framing) -> LegalRequest {
        row(name) { row in
            row.method = "POST"
            row.body = body
            row.framing = framing
        }
    }

    private static let everyByte = (0...1023).map { UInt8(truncatingIfNeeded: $0) }
    private static let looksLikeARequest = Array("GET /evil HTTP/1.1\r\nHost: x\r\n\r\n0\r\n\r\n".utf8)

    static let bodies: [LegalRequest] =
        [
            post("empty body with a length", [], .length),
            post("empty chunked body", [], .chunked(sizes: [1])),
            post("one byte", [0], .length),
            post("every byte", everyByte, .length),
            post("every byte in chunks of one", everyByte, .chunked(sizes: [1])),
            post("every byte in chunks of 1, 2, 3, 500", everyByte, .chunked(sizes: [1, 2, 3, 500])),
            post("a body that looks like a request", looksLikeARequest, .length),
            post("a chunked body that looks like a request", looksLikeARequest, .chunked(sizes: [7])),
            post("chunk extensions", everyByte, .chunked(sizes: [100], extension: ";a=b;c")),
            post("quoted chunk extensions", everyByte, .chunked(sizes: [100], extension: ";a=\"b; c\"")),
            post("1 MB with a length", [UInt8](repeating: 0x61, count: 1 << 20), .length),
            post("1 MB in chunks of 64 kB", [UInt8](repeating: 0x61, count: 1 << 20), .chunked(sizes: [65_536])),
            post("40 kB in chunks of 9", [UInt8](repeating: 0x61, count: 40_000), .chunked(sizes: [9])),
            post("body of CR and LF", Array(String(repeating: "\r\n", count: 500).utf8), .chunked(sizes: [3])),
        ]
        + [1, 2, 15, 16, 17, 255, 256, 4095, 4096, 65_535, 65_536].map { size in
            post("body of \(size) bytes", (0..<size).map { UInt8(truncatingIfNeeded: $0) }, .length)
        } + [
            row("trailers") { row in
                row.method = "POST"
                row.body = everyByte
                row.framing = .chunked(sizes: [300])
                row.fields = [.init("Trailer", "X-Checksum, Server-Timing")]
                row.trailers = [.init("X-Checksum", "abc"), .init("server-timing", "a;dur=1")]
            },
            row("trailers that nobody announced") { row in
                row.method = "PUT"
                row.body = [1, 2, 3]
                row.framing = .chunked(sizes: [1])
                row.trailers = [.init("X-Late", "caf\u{E9}"), .init("X-Empty", ""), .init("x-late", "2")]
            },
            row("GET with a body") { row in
                row.body = [0x7B, 0x7D]
                row.framing = .length
            },
            row("DELETE with a chunked body") { row in
                row.method = "DELETE"
                row.body = [0x7B, 0x7D]
                row.framing = .chunked(sizes: [2])
            },
            row("a compressed body") { row in
                row.method = "POST"
                row.fields = [.init("Content-Encoding", "gzip"), .init("Content-Type", "application/octet-stream")]
                row.body = [0x1F, 0x8B, 0x08, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]
                row.framing = .length
            },
            row("a multipart form") { row in
                row.method = "POST"
                row.fields = [.init("Content-Type", "multipart/form-data; boundary=\"a b\"")]
                row.body = Array("--a b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\ny\r\n--a b--\r\n".utf8)
                row.framing = .length
            },
        ]

    static let paces: [LegalRequest] =
        [
            row("byte by byte") { $0.pace = .byteByByte },
            row("byte by byte with a body") { row in
                row.method = "POST"
                row.body = Array("hello".utf8)
                row.framing = .length
                row.pace = .byteByByte
            },
            row("byte by byte in chunks with trailers") { row in
                row.method = "POST"
                row.body = Array("hello, world".utf8)
                row.framing = .chunked(sizes: [1, 5])
                row.trailers = [.init("X-End", "a")]
                row.pace = .byteByByte
            },
        ]
        + bodies.filter { $0.body.count < 70_000 }.map { row in
            var slow = LegalRequest(row.name + ", in thirds")
            (slow.method, slow.fields, slow.body, slow.framing) = (row.method, row.fields, row.body, row.framing)
            slow.trailers = row.trailers
            slow.pace = .inThirds
            return slow
        }

    static let versions: [LegalRequest] = [
        row("several spaces in the request line") { $0.gap = "   " },
        row("HTTP/1.0") { $0.version = "HTTP/1.0" },
        row("HTTP/1.0 with a body") { row in
            row.version = "HTTP/1.0"
            row.method = "POST"
            row.body = [1, 2, 3]
            row.framing = .length
        },
    ]
}
