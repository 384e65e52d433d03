import Foundation
import Testing

@testable import TradingDeskApp

@Suite("Responses") struct ResponseTests {
    private static let expected = [
        "Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy", "Permissions-Policy",
        "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy", "X-XSS-Protection", "X-Request-ID", "Date",
        "Cache-Control",
    ]

    @Test(
        "every response carries every header, whatever went wrong",
        arguments: [
            ("GET", "/", 200), ("HEAD", "/", 200), ("GET", "/static/desk.css", 200), ("GET", "/health/live", 200),
            ("GET", "/dashboard", 303), ("GET", "/nothing", 404), ("DELETE", "/sign-in", 405), ("TRACE", "/", 405),
            ("PURGE", "/", 405),
            ("FROBNICATE", "/", 501), ("GET", "/%zz", 400), ("OPTIONS", "/sign-in", 204), ("GET", "/api/session", 401),
            ("G@T", "/", 501),
            ("GET", "/a b", 400), ("GET", "/static/", 404), ("GET", "/.env", 404), ("GET", "/metrics", 404),
            ("GET", "/debug/config", 404),
        ])
    func everywhere(_ method: String, _ path: String, _ status: Int) async throws {
        try await withDesk { client, _ async throws -> Void in
            let reply = try await client.send(method, path)
            #expect(reply.status == status)
            for name in Self.expected { #expect(reply.headers(name).count == 1, "\(name) on \(method) \(path)") }
            #expect(reply.header("Server") == nil && reply.header("X-Powered-By") == nil)
            if method == "HEAD" { #expect(reply.body.isEmpty && reply.header("Content-Length") != "0") }
            if status == 405 { #expect(reply.header("Allow")?.contains("GET") == true) }
        }
    }

    @Test(
        "a malformed head is answered in the desk's own shape",
        arguments: [
            "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nBad Header\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", "rubbish\r\n\r\n",
            "GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
            "GET http://evil.example/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
        ])
    func malformed(_ text: String) async throws {
        try await withDesk { client, _ async throws -> Void in
            let reply = try await client.raw(Array(text.utf8))
            #expect((400...501).contains(reply.status))
            #expect(reply.header("Content-Type") == "application/problem+json")
            #expect(reply.header("X-Frame-Options") == "DENY")
        }
    }

    @Test(
        "a host that isn't ours is refused, ours are not",
        arguments: [
            ("evil.example", 421), ("127.0.0.1:80", 200), ("LOCALHOST", 200), ("[::1]:9", 200), ("desk.example", 200),
            ("127.0.0.1:x", 421),
            ("127.0.0.1.evil.example", 421),
        ])
    func hosts(_ host: String, _ status: Int) async throws {
        try await withDesk(hosts: ["desk.example"]) { client, _ async throws -> Void in
            let reply = try await client.get("/", ["Host": host])
            #expect(reply.status == status)
        }
    }

    @Test(
        "writes are taken from our own pages and from programs, not from other sites",
        arguments: [
            ([:], 303), (["Origin": "http://127.0.0.1:PORT"], 303), (["Origin": "https://127.0.0.1:PORT"], 303),
            (["Sec-Fetch-Site": "same-origin"], 303), (["Sec-Fetch-Site": "none"], 303),
            (["Sec-Fetch-Site": "same-site"], 403),
            (["Sec-Fetch-Site": "cross-site"], 403), (["Origin": "https://evil.example"], 403),
            (["Origin": "null"], 403),
            (["Origin": "http://127.0.0.1:1"], 403),
        ] as [([String: String], Int)])
    func origins(_ headers: [String: String], _ status: Int) async throws {
        try await withDesk { client, _ async throws -> Void in
            let sent = headers.mapValues { $0.replacing("PORT", with: String(client.port)) }
            #expect(try await client.form("/sign-out", "", sent).status == status)
        }
    }

    @Test("a body of exactly the limit passes, one byte more is 413, declared or not", arguments: [false, true])
    func sizes(_ chunked: Bool) async throws {
        try await withDesk { client, _ async throws -> Void in
            let fits = [UInt8](repeating: 32, count: 10_485_760)
            #expect(try await client.send("POST", "/sign-in", [:], fits, chunked: chunked).status == 415)
            #expect(try await client.send("POST", "/sign-in", [:], fits + [32], chunked: chunked).status == 413)
        }
    }

    @Test("text is packed for those who take it, and says so")
    func compression() async throws {
        try await withDesk { client, _ async throws -> Void in
            let plain = try await client.get("/static/desk.css")
            let packed = try await client.get("/static/desk.css", ["Accept-Encoding": "br, gzip;q=0.5"])
            #expect(packed.header("Content-Encoding") == "gzip" && packed.body.starts(with: [0x1f, 0x8b]))
            #expect(packed.body.count < plain.body.count / 2)
            #expect(plain.header("Vary") == "Accept-Encoding" && packed.header("Vary") == "Accept-Encoding")
            #expect(try await client.get("/", ["Accept-Encoding": "gzip;q=0"]).header("Content-Encoding") == nil)
        }
    }

    @Test("half of the allowance passes at once; then 429 says when")
    func limit() async throws {
        try await withDesk(requestsPerMinute: 20) { client, _ async throws -> Void in
            let replies = try await together(30) { _ in try await client.get("/") }
            #expect((10...11).contains(replies.count { $0.status == 200 }))
            let refused = try #require(replies.first { $0.status == 429 })
            #expect(Int(refused.header("Retry-After") ?? "").map { (1...7).contains($0) } == true)
            #expect(refused.header("RateLimit-Policy") == "\"address\";q=20;w=60")
            #expect(refused.header("RateLimit")?.hasPrefix("\"address\";r=0;t=") == true)
            #expect(try await client.get("/health/live", ["X-Forwarded-For": "9.9.9.9"]).status == 429)
        }
    }

    @Test("no window of a minute lets more than the allowance pass", arguments: [UInt64(1), 2, 3])
    func window(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let limit = RequestLimit(perMinute: 100)
        let start = ContinuousClock.now
        var (at, passed): (Duration, [Duration]) = (.zero, [])
        for _ in 0..<5000 {
            at += .milliseconds(Int.random(in: 0...200, using: &generator))
            if limit.count("a", at: start.advanced(by: at)).isAllowed { passed.append(at) }
        }
        for (index, moment) in passed.enumerated() {
            #expect(passed[index...].count { $0 < moment + .seconds(60) } <= 101)
        }
    }

    @Test(
        "request ids: harmless ones are kept, others replaced",
        arguments: [
            ("abc-123_X.y", true), ("with space", false), ("<script>", false),
            (String(repeating: "a", count: 65), false), ("", false),
        ])
    func identifiers(_ given: String, _ kept: Bool) async throws {
        try await withDesk { client, _ async throws -> Void in
            let got = try await client.get("/", ["X-Request-ID": given]).header("X-Request-ID")
            #expect((got == given) == kept)
            #expect(got?.isEmpty == false)
        }
    }

    @Test("the session cookie is Secure exactly when the browser's connection is")
    func cookie() async throws {
        try await withDesk { client, _ async throws -> Void in
            let body: JSONValue = ["email": "bob@example.test", "password": "correct horse battery bob"]
            let plain = try await client.post("/api/session", body).header("Set-Cookie") ?? ""
            let secure =
                try await client.post("/api/session", body, ["X-Forwarded-Proto": "https"]).header("Set-Cookie") ?? ""
            for cookie in [plain, secure] { #expect(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax")) }
            #expect(!plain.contains("Secure") && secure.contains("; Secure"))
        }
    }

    @Test("unknown account and wrong password answer alike, in status, words and time")
    func enumeration() async throws {
        try await withDesk { client, _ async throws -> Void in
            let wrong: JSONValue = "not the right password"
            let known = try await client.post("/api/session", ["email": "bob@example.test", "password": wrong])
            let unknown = try await client.post("/api/session", ["email": "nobody@example.test", "password": wrong])
            #expect(known.status == 401 && unknown.status == 401)
            #expect(known.json?["detail"] == unknown.json?["detail"] && known.json?["code"] == unknown.json?["code"])
        }
        let hashing = try PasswordHashing(cost: 8)
        let hash = try await hashing.hash("a password of somebody")
        let clock = ContinuousClock()
        var (known, unknown): ([Duration], [Duration]) = ([], [])
        for _ in 0..<9 {
            known.append(try await clock.measure { _ = try await hashing.verify("wrong password", hash: hash) })
            unknown.append(try await clock.measure { _ = try await hashing.verify("wrong password", hash: nil) })
        }
        // The quickest of nine says what the work costs; the rest is whatever else the machine was doing.
        let (left, right) = (try #require(known.min()), try #require(unknown.min()))
        #expect(left < right * 2 && right < left * 2, "quickest: \(left) and \(right)")
    }

    @Test("bcrypt at cost 12 gives a hash that verifies, and only for its password")
    func bcrypt() async throws {
        let hashing = try PasswordHashing(cost: 12)
        let hash = try await hashing.hash("correct horse battery staple")
        #expect(hash.hasPrefix("$2b$12$") && hash.count == 60)
        #expect(try await hashing.verify("correct horse battery staple", hash: hash))
        #expect(try await !hashing.verify("correct horse battery stapler", hash: hash))
        #expect(try await !hashing.verify(String(repeating: "a", count: 73), hash: hash))
    }
}
