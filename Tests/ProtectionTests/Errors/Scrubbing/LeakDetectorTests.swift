import TestKit
import Testing

@testable import Protection

@Suite("What an error body shows of the inside")
struct LeakDetectorTests {
    private func find(_ text: String, onlyCertain: Bool, path: String = "/") -> Leak? {
        LeakDetector.find(in: Array(text.utf8), onlyCertain: onlyCertain, requestPath: path)
    }

    @Test("a 5xx with internals is found", arguments: LeakSample.leaks + LeakSample.furtherLeaks)
    func leaks(sample: LeakSample) {
        #expect(find(sample.body, onlyCertain: false) != nil)
    }

    @Test("a 4xx with internals is found where that is certain, and only there", arguments: LeakSample.leaks)
    func certain(sample: LeakSample) {
        #expect((find(sample.body, onlyCertain: true) != nil) == sample.isCertain)
    }

    @Test("a clean answer is left alone", arguments: LeakSample.clean + LeakSample.furtherClean)
    func clean(sample: LeakSample) {
        #expect(find(sample.body, onlyCertain: false) == nil)
        #expect(find(sample.body, onlyCertain: true) == nil)
    }

    @Test("a 4xx may talk about technology", arguments: LeakSample.cleanAs4xx)
    func talk(sample: LeakSample) {
        #expect(find(sample.body, onlyCertain: true) == nil)
    }

    @Test("the path that was asked for is no path of the server's, another one is")
    func requestPath() {
        #expect(find("no handler for /srv/report.php", onlyCertain: false, path: "/srv/report.php") == nil)
        #expect(find("no handler for /srv/report.php", onlyCertain: false, path: "/other") == .path)
    }

    @Test("a leak is found wherever it stands in a page", arguments: Seeds.first(20))
    func anywhere(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let picked = generator.pick(LeakSample.leaks)
        let sample = try #require(picked)
        let filler = "<p>Lorem ipsum dolor sit amet.</p>\n"
        let before = String(repeating: filler, count: generator.number(0...200))
        let after = String(repeating: filler, count: generator.number(0...50))
        #expect(find(before + sample.body + after, onlyCertain: false) != nil, "\(sample.name)")
    }

    @Test("no bytes trap or hang the detector", arguments: Seeds.first(30))
    func anyBytes(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let picked = generator.pick(LeakSample.leaks + LeakSample.clean)
        let sample = try #require(picked)
        for _ in 0..<20 {
            var bytes = Array(sample.body.utf8)
            for _ in 0..<generator.number(0...12) where !bytes.isEmpty {
                bytes[generator.number(0...(bytes.count - 1))] = UInt8(truncatingIfNeeded: generator.next())
            }
            let cut = generator.number(0...bytes.count)
            _ = LeakDetector.find(in: Array(bytes.prefix(cut)), onlyCertain: false, requestPath: "/x")
            _ = LeakDetector.find(in: Array(bytes.dropFirst(cut)), onlyCertain: true, requestPath: "")
            _ = JSONMembers(Array(bytes.prefix(cut)))
            _ = BareError.matches(type: "text/html", body: Array(bytes.prefix(cut)), isWhole: true)
        }
    }
}

@Suite("Errors that say nothing of the app's own")
struct BareErrorTests {
    @Test(
        "what frameworks say by themselves",
        arguments: [
            (nil, ""), ("text/html", ""), ("text/plain", "Not Found"),
            ("text/plain; charset=utf-8", "404 page not found\n"),
            ("text/plain", "404: Not Found"), ("text/plain", "405 Method Not Allowed"),
            ("text/plain", "Internal Server Error"),
            ("text/plain", "500"), (nil, "Bad Request"), ("text/html", "<h1>Not Found</h1>"),
            (
                "text/html; charset=utf-8",
                "<!DOCTYPE html><html lang=\"en\"><head><title>Error</title></head><body><pre>Cannot GET /x</pre></body></html>"
            ),
            (
                "text/html",
                "<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n<p>The requested URL was not found on the server.</p>"
            ),
            (
                "text/html",
                "<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n<center><h1>404 Not Found</h1></center>\r\n<hr><center>nginx</center>"
            ),
            (
                "text/html",
                "<!doctype html><html><head><title>HTTP Status 404 – Not Found</title><style>h1{}</style></head></html>"
            ),
            (
                "text/html;charset=utf-8",
                "<!DOCTYPE HTML>\n<html lang=\"en\">\n    <head>\n        <meta charset=\"utf-8\">\n        <title>Error response</title>\n    </head>\n    <body>\n        <h1>Error response</h1>\n        <p>Error code: 404</p>\n        <p>Message: File not found.</p>\n        <p>Error code explanation: 404 - Nothing matches the given URI.</p>\n    </body>\n</html>\n"
            ),
            ("text/plain", "Cannot POST /api/x"),
        ] as [(String?, String)])
    func bare(type: String?, body: String) {
        #expect(BareError.matches(type: type, body: Array(body.utf8), isWhole: true))
        #expect(!BareError.matches(type: type, body: Array(body.utf8), isWhole: false))
    }

    @Test(
        "what an app says itself",
        arguments: [
            ("text/plain", "Order 17 was not found"), ("text/plain", "Not Found: order 17"), ("text/plain", "17"),
            ("text/html", "<title>Not Found</title><nav>Home</nav><h1>Lost?</h1>"),
            ("text/html", "<title>Shop – page missing</title><h1>Nothing here</h1>"),
            ("text/html", "<h1>Not Found</h1><p><a href=\"/\">Home</a></p>"), ("application/json", "{}"),
            ("application/problem+json", ""), ("image/png", "Not Found"), ("text/plain", "Cannot\nGET /x"),
        ])
    func own(type: String, body: String) {
        let matches = BareError.matches(type: type, body: Array(body.utf8), isWhole: true)
        // An empty body says nothing, whatever its type is called.
        #expect(matches == body.isEmpty)
    }
}

@Suite("Just enough JSON")
struct JSONMembersTests {
    @Test(
        "one whole object gives its names",
        arguments: [
            ("{}", []), (" { } ", []), (#"{"a":1,"b":{"c":[1,2,{"d":null}]},"e":"}\""}"#, ["a", "b", "e"]),
            (#"{"x":true,"y":false,"z":-1.5e+3}"#, ["x", "y", "z"]), ("{\"ä\":\"\"}\n", ["ä"]),
        ])
    func objects(text: String, names: [String]) {
        #expect(JSONMembers(Array(text.utf8))?.names == names)
    }

    @Test(
        "anything else is nil",
        arguments: [
            "", "[]", "null", "{", "}", "{}}", "{} {}", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{a:1}"#, #"{"a":"b}"#,
            #"{"a":tru}"#, #"{"a":1 "b":2}"#, "{\"a\":\"\u{1}\"}", #"{"a":[1,}"#, #"{"a":"\"#, "{'a':1}", #"{"a":--}"#,
        ])
    func others(text: String) {
        #expect(JSONMembers(Array(text.utf8)) == nil)
    }

    @Test("a hundred thousand brackets end in nil, not in a crash")
    func deep() {
        #expect(JSONMembers(Array(("{\"a\":" + String(repeating: "[", count: 100_000)).utf8)) == nil)
    }
}
