import Testing

@testable import Readiness

@Suite("What strangers write is read with care")
struct ParsingTests {
    @Test(
        "addresses that aren't plain http addresses are refused",
        arguments: [
            "", "ftp://a", "http://", "http:///x", "http://a:0", "http://a:70000", "http://a b", "http://u:p@a",
            "http://a\\b",
            "http://[::1", "http://a:", "//a", "http://a/\u{0}",
        ])
    func badURLs(text: String) { #expect(SiteURL(text) == nil) }

    @Test("addresses keep scheme, host, port and path")
    func goodURLs() throws {
        let url = try #require(SiteURL("HTTPS://LocalHost:8443/a?b#c"))
        #expect(url == SiteURL(scheme: .https, host: "localhost", port: 8443, path: "/a?b"))
        #expect(SiteURL("http://[::1]:5000")?.authority == "[::1]:5000")
        #expect(SiteURL("http://a.example")?.origin == "http://a.example")
    }

    @Test(
        "only this machine counts as loopback",
        arguments: [
            ("http://127.0.0.1", true), ("http://127.9.9.9", true), ("http://localhost", true), ("http://[::1]", true),
            ("http://localhost.evil.example", false), ("http://127.0.0.1.evil.example", false),
            ("http://10.0.0.1", false),
            ("http://127.1", false), ("http://0.0.0.0", false),
        ])
    func loopback(text: String, isLoopback: Bool) { #expect(SiteURL(text)?.isLoopback == isLoopback) }

    @Test(
        "locations are read as lenient browsers read them",
        arguments: [
            ("//evil.example/x", "evil.example"), ("/\\evil.example", "evil.example"),
            ("\\\\evil.example", "evil.example"),
            ("https://evil.example", "evil.example"), ("/x", "127.0.0.1"), ("x", "127.0.0.1"), ("  /x", "127.0.0.1"),
        ])
    func locations(location: String, host: String) {
        let page = SiteURL(scheme: .http, host: "127.0.0.1", port: 80, path: "/a/b")
        #expect(page.resolving(location: location)?.host == host)
    }

    @Test("a script address is no address")
    func scriptLocation() {
        #expect(SiteURL(scheme: .http, host: "a", port: 80).resolving(location: "javascript:alert(1)") == nil)
    }

    @Test("control characters are written out, whatever their script")
    func visibleText() {
        #expect(visible("a\u{1B}[0m\u{200B}\u{2066}\r\n\u{85}") == "a\\u{1B}[0m\\u{200B}\\u{2066}\\r\\n\\u{85}")
        #expect(visible(String(repeating: "x", count: 900), limit: 5) == "xxxxx…")
        #expect(visible("a\nb", keepingLines: true) == "a\nb")
        #expect(text(of: [0xFF, 0x41]) == "ÿA")
    }

    @Test("cookies are read with their attributes")
    func cookies() throws {
        let cookie = try #require(SetCookie(field: "sid=a=b; Path=/; SECURE; HttpOnly; SameSite=Lax"))
        #expect(cookie.value == "a=b")
        #expect(cookie.isSecure && cookie.isHTTPOnly && cookie.sameSite == "lax" && cookie.looksLikeSession)
        #expect(SetCookie(field: "gone=x; Max-Age=0")?.isRemoval == true)
        #expect(SetCookie(field: "novalue") == nil)
        #expect(SetCookie(field: "=x") == nil)
    }

    @Test(
        "limits are read in the draft's form and the older ones",
        arguments: [
            ([("RateLimit", "\"default\";r=12;t=3")], 12, 3), ([("RateLimit", "\"a\";r=50;t=9, \"b\";r=2;t=1")], 2, 1),
            ([("RateLimit", "limit=100, remaining=50, reset=5")], 50, 5),
            ([("X-RateLimit-Remaining", "7"), ("X-RateLimit-Reset", "30")], 7, 30),
            ([("X-RateLimit-Remaining", "7"), ("X-RateLimit-Reset", "1793000000")], 7, nil),
            ([("RateLimit", "\"a\";r=-5;t=x")], nil, nil), ([("RateLimit", ";;;==,,")], nil, nil),
        ] as [([(String, String)], Int?, Int?)])
    func limits(fields: [(String, String)], remaining: Int?, reset: Int?) {
        let limits = RateLimitFields(fields.map { HeaderField(name: $0.0, value: $0.1) })
        #expect(limits.remaining == remaining)
        #expect(limits.reset == reset)
    }

    @Test(
        "a policy tells in which time one more request becomes welcome",
        arguments: [
            ("\"address\";q=100;w=60", 0.6), ("\"a\";q=10;w=60, \"b\";q=1000;w=60", 6), ("\"a\";q=0;w=60", nil),
            ("x", nil),
        ]
            as [(String, Double?)])
    func policy(value: String, pause: Double?) {
        #expect(RateLimitFields([HeaderField(name: "RateLimit-Policy", value: value)]).secondsPerRequest == pause)
    }

    @Test("pages give their forms and links; broken ones give what they have")
    func pages() {
        let scan = PageScan(
            html:
                "<a href=/x><FORM method='post' action=\"/in?a&amp;b\"><input name=u><input type=hidden name=t value='1'></form><form"
        )
        #expect(
            scan.forms.first
                == PageScan.Form(action: "/in?a&b", method: "POST", fields: [("u", "", "text"), ("t", "1", "hidden")]))
        #expect(scan.links == ["/x"])
        #expect(PageScan(html: String(repeating: "<a href=", count: 5_000)).links.count <= 200)
        #expect(PageScan(html: String(repeating: "<", count: 100_000)).forms.isEmpty)
    }

    @Test("JSON pointers lead down and never out of bounds")
    func pointers() {
        let value = JSONValue(bytes: Array(#"{"a":[{"b/c":7}],"d":"1.5"}"#.utf8))
        #expect(value?.at("/a/0/b~1c") == .integer(7))
        #expect(value?.at("/a/1") == nil)
        #expect(value?.at("/a/-1") == nil)
        #expect(value?.at("a") == nil)
        #expect(value?.at("/d")?.numeric == 1.5)
        #expect(JSONValue(bytes: Array("{".utf8)) == nil)
    }

    @Test("very deep JSON is refused, not followed")
    func deepJSON() {
        #expect(JSONValue(bytes: Array(repeating: UInt8(ascii: "["), count: 100_000)) == nil)
    }

    @Test("an OpenAPI description tells which reads ask for a sign-in")
    func openAPI() throws {
        let text = """
            {"openapi":"3.1.0","security":[{"s":[]}],"paths":{"/a":{"get":{}},"/b":{"get":{"security":[]}},
            "/c/{id}":{"get":{}},"/d":{"post":{},"get":{"security":[{},{"s":[]}]}}}}
            """
        let description = try OpenAPIDescription(bytes: Array(text.utf8))
        #expect(description.protectedReads.map(\.path) == ["/a"])
        #expect(description.pathWithout(method: "DELETE") == "/a")
        #expect((try? OpenAPIDescription(bytes: Array("{}".utf8))) == nil)
    }

    @Test(
        "error pages that show the inside are told from those that don't",
        arguments: [
            ("Traceback (most recent call last):", true), ("at handler (/app/server.js:12:7)", true),
            ("File \"/app/x.py\", line 3", true), ("0: Store.swift:84", true), ("SELECT id FROM person WHERE x", true),
            ("<h1>404</h1><p>Not found</p>", false), ("<script src=/js/app.js?v=2></script>", false),
            ("Please select a plan from the list where you are.", false), ("", false),
        ])
    func leaks(body: String, isLeak: Bool) {
        let answer = Answer(
            status: 500, reason: "", version: "HTTP/1.1", fields: [], body: Array(body.utf8),
            bodyBytes: body.utf8.count,
            ending: .complete, interim: [], bodyBytesSent: 0, milliseconds: 0)
        #expect((LeakedInternals.found(in: answer) != nil) == isLeak)
    }

    @Test(
        "policies that don't restrict scripts are seen through",
        arguments: [
            ("default-src 'self'", true), ("script-src 'nonce-abc' 'unsafe-inline'", true),
            ("script-src 'strict-dynamic' https: 'nonce-a'", true), ("default-src *", false), ("img-src 'self'", false),
            ("script-src 'self' 'unsafe-inline'", false), ("script-src https:", false), ("", false),
            ("script-src 'self'; script-src *", true),
        ])
    func policies(policy: String, isGood: Bool) {
        #expect((ContentSecurityPolicyRestrictsScripts.weakness(of: policy) == nil) == isGood)
    }
}
