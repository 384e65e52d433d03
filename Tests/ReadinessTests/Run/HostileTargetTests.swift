import TestKit
import Testing

@testable import Readiness

@Suite("Hostile targets are bounded, and never judged fit")
struct HostileTargetTests {
    private let few = ["headers.content-type-options", "errors.not-found", "methods.trace"]

    private func expectNoJudgement(_ report: Report) {
        #expect(report.exitCode == 2)
        #expect(report.verdict.decision == .couldNotJudge)
        // A check that needs https says so without asking anybody.
        #expect(report.checks.allSatisfy { [.error, .notAvailable, .notApplicable].contains($0.outcome) })
    }

    @Test("nobody there: no judgement, and after three silences nothing more is asked")
    func nobody() async throws {
        let report = try await check(port: try await FreePort.next())
        expectNoJudgement(report)
        #expect(report.traffic.requests <= 4)
    }

    @Test("a target that closes at once gives no judgement")
    func closes() async throws {
        let server = try await RawUpstream.start { connection, _ in await connection.close() }
        expectNoJudgement(try await check(port: server.port, only: few))
        await server.stop()
    }

    @Test("a target that hangs is given up within the time of one exchange each")
    func hangs() async throws {
        let server = try await RawUpstream.start { _, _ in try await Task.sleep(for: .seconds(30)) }
        let report = try await check(port: server.port, exchange: .milliseconds(200))
        expectNoJudgement(report)
        #expect(report.traffic.requests <= 13)
        await server.stop()
    }

    @Test("headers that drip without end are given up in time")
    func slowHeaders() async throws {
        let server = try await RawUpstream.start { connection, _ in
            try await connection.send("HTTP/1.1 200 OK\r\n")
            for _ in 0..<1_000 {
                try await connection.send("X: y\r\n")
                try await Task.sleep(for: .milliseconds(5))
            }
        }
        expectNoJudgement(try await check(port: server.port, only: few, exchange: .milliseconds(300)))
        await server.stop()
    }

    @Test("a head of a megabyte is refused")
    func hugeHead() async throws {
        let server = try await RawUpstream.start { connection, _ in
            try await connection.send(
                "HTTP/1.1 200 OK\r\n" + String(repeating: "X: yyyyyyyyyyyyyyyy\r\n", count: 50_000))
        }
        let report = try await check(port: server.port, only: few)
        expectNoJudgement(report)
        #expect(report.checks.contains { $0.summary.contains("64 KiB") })
        await server.stop()
    }

    @Test(
        "what is no HTTP gives no judgement",
        arguments: [
            "SSH-2.0-OpenSSH_9.2\r\n", "\u{16}\u{3}\u{1}\u{2}", "HTTP/1.1 200 OK\r\nContent-Length: -4\r\n\r\n",
        ])
    func noHTTP(bytes: String) async throws {
        let server = try await RawUpstream.start { connection, _ in
            _ = await connection.request(within: .seconds(2))
            try await connection.send(bytes)
        }
        expectNoJudgement(try await check(port: server.port, only: few))
        await server.stop()
    }

    @Test("a body without end is cut off, and the page still judged by its head")
    func endlessBody() async throws {
        let block = String(repeating: "A", count: 65_536)
        let server = try await RawUpstream.start { connection, _ in
            _ = await connection.request(within: .seconds(2))
            try await connection.send(
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Content-Type-Options: nosniff\r\n\r\n")
            for _ in 0..<2_000 { try await connection.send(block) }
        }
        let report = try await check(port: server.port, only: ["headers.content-type-options"], exchange: .seconds(5))
        let seen = try #require(report[check: "headers.content-type-options"])
        #expect(seen.outcome == .holds)
        #expect(seen.observations.first?.evidence.first?.excerpt.contains("cut off by us") == true)
        await server.stop()
    }

    @Test("answers that drip without end are given up after a few, the burst included")
    func dripping() async throws {
        let server = try await RawUpstream.start { connection, _ in
            _ = await connection.request(within: .seconds(2))
            try await connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100000\r\n\r\n")
            for _ in 0..<400 {
                try await connection.send("x")
                try await Task.sleep(for: .milliseconds(20))
            }
        }
        let report = try await check(port: server.port, exchange: .milliseconds(200))
        // Three times four at once, and one more that was on its way.
        #expect(report.traffic.requests <= 13)
        #expect(report.traffic.burst <= 16)
        #expect(report.checks.contains { $0.summary.contains("don't end in time") })
        await server.stop()
    }

    @Test("a gzip bomb is never inflated: it stays the bytes that came")
    func bomb() async throws {
        let server = try await answering { _ in
            page("200 OK", "\u{1F}not really gzip", "Content-Encoding: gzip\r\nX-Content-Type-Options: nosniff\r\n")
        }
        let report = try await check(port: server.port, only: ["headers.content-type-options"])
        let evidence = report.checks.first?.observations.first?.evidence.first
        #expect(report.checks.first?.outcome == .holds)
        #expect(evidence?.excerpt == "(16 encoded bytes)")
        await server.stop()
    }

    @Test("a redirect loop ends, and nothing is judged by it")
    func loop() async throws {
        let server = try await answering { request in
            let next = request.target == "/a" ? "/b" : "/a"
            return "HTTP/1.1 302 Found\r\nLocation: \(next)\r\nContent-Length: 0\r\n\r\n"
        }
        let report = try await check(port: server.port, only: ["headers.content-type-options"])
        #expect(report.checks.first?.outcome == .notAvailable)
        #expect(report.traffic.requests <= 4)
        await server.stop()
    }

    @Test("a redirect to another origin is never followed")
    func offOrigin() async throws {
        let other = try await answering { _ in page("200 OK", "caught") }
        let server = try await answering { _ in
            "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:\(other.port)/\r\nContent-Length: 0\r\n\r\n"
        }
        let report = try await check(port: server.port, only: few)
        #expect(other.connectionCount == 0)
        #expect(report[check: "headers.content-type-options"]?.outcome == .notAvailable)
        await server.stop()
        await other.stop()
    }

    @Test("escape sequences in headers and bodies come out of no report as they are")
    func escapes() async throws {
        let server = try await answering { _ in
            page(
                "200 \u{1B}[31mOK", "<script>alert(1)</script>\u{1B}[2J",
                "X-Content-Type-Options: \u{1B}]0;owned\u{7}\r\n")
        }
        let report = try await check(port: server.port, only: ["headers.content-type-options"])
        #expect(report.checks.first?.outcome == .fails)
        let terminal = TerminalReport.render(report)
        #expect(!terminal.unicodeScalars.contains { $0.value < 0x20 && $0.value != 0x0A })
        let html = try HTMLReport.render(report)
        #expect(!html.contains("<script"))
        #expect(html.contains("&lt;script&gt;alert(1)"))
        #expect(!html.unicodeScalars.contains { $0.value == 0x1B })
        await server.stop()
    }

    @Test("a target that refuses everybody with a block page passes nothing that needs a control")
    func blockPage() async throws {
        let server = try await answering { _ in page("403 Forbidden", "<h1>Blocked by the firewall</h1>") }
        let ids = CheckCatalogue.sheets.filter { $0.area != .limits && !$0.id.hasPrefix("size.") }.map(\.id)
        let report = try await check(port: server.port, only: ids.filter { $0 != "origin.not-reachable" })
        let passed = report.checks.filter { $0.outcome == .holds }.map(\.id)
        #expect(passed.isEmpty, "\(passed)")
        #expect(report.exitCode != 0)
        await server.stop()
    }

    @Test("a page that answers anything with the same text passes no check about closed places")
    func catchAll() async throws {
        let server = try await answering { _ in page("200 OK", "<!doctype html><title>App</title><div id=root></div>") }
        let report = try await check(
            port: server.port,
            only: [
                "errors.not-found", "transport.path-normalisation", "health.live", "methods.trace", "methods.unknown",
                "host.poisoned",
            ])
        let passed = report.checks.filter { $0.outcome == .holds }.map(\.id)
        #expect(passed.isEmpty, "\(passed)")
        await server.stop()
    }

    @Test("a target that answers 429 for ever is given up, not hammered")
    func alwaysLimited() async throws {
        let server = try await answering { _ in page("429 Too Many Requests", "", "Retry-After: 0\r\n") }
        let report = try await check(port: server.port, only: ["headers.content-type-options"])
        #expect(report.checks.first?.outcome == .notAvailable)
        #expect(report.traffic.requests == 4)
        #expect(report.traffic.secondsWaited >= 2)
        await server.stop()
    }
}

@Suite("Refusals and crashes are told from safety")
struct ControlTests {
    /// A page at `/`, and one answer for everything else.
    private func app(_ other: @escaping @Sendable (RawRequest) -> String) async throws -> RawUpstream {
        try await answering { request in
            request.method == "GET" && request.target == "/" && request.value("Host")?.hasPrefix("127.0.0.1") == true
                ? page("200 OK", "<h1>Home</h1>") : other(request)
        }
    }

    @Test(
        "an error for an unknown address is judged by what it shows",
        arguments: [
            (page("404 Not Found", "nothing here"), Outcome.holds),
            (page("404 Not Found", "Traceback (most recent call last):"), .fails),
            (page("500 Internal Server Error", "oops"), .fails),
            (page("500 Internal Server Error", "oops", "X-Request-ID: 1\r\n"), .holds),
            (page("500 Internal Server Error", "at f (/app/x.js:3:1)", "X-Request-ID: 1\r\n"), .fails),
            (page("200 OK", "<div id=root></div>"), .notAvailable),
            (page("403 Forbidden", "blocked"), .notAvailable),
        ])
    func notFound(answer: String, expected: Outcome) async throws {
        let server = try await app { _ in answer }
        let report = try await check(port: server.port, only: ["errors.not-found"])
        #expect(report.checks.first?.outcome == expected)
        await server.stop()
    }

    @Test(
        "a cross-site write is judged beside one from the app's own pages",
        arguments: [
            ("403 Forbidden", "200 OK", Outcome.holds), ("200 OK", "200 OK", .fails),
            ("302 Found", "302 Found", .fails),
            ("403 Forbidden", "403 Forbidden", .notAvailable), ("404 Not Found", "404 Not Found", .notAvailable),
            ("401 Unauthorized", "401 Unauthorized", .fails),
        ])
    func crossSite(foreign: String, own: String, expected: Outcome) async throws {
        let server = try await answering { request in
            guard request.method == "POST" else {
                return page("200 OK", "<form method=post action=/send><input name=text></form>")
            }
            return page(request.value("Sec-Fetch-Site") == "cross-site" ? foreign : own, "done")
        }
        let report = try await check(port: server.port, only: ["csrf.cross-site-write"])
        #expect(report.checks.first?.outcome == expected)
        await server.stop()
    }

    @Test(
        "a Host of somebody else must be refused, not only ignored",
        arguments: [("421 Misdirected Request", Outcome.holds), ("200 OK", .fails)])
    func foreignHost(status: String, expected: Outcome) async throws {
        let server = try await app { _ in page(status, "hm") }
        let report = try await check(port: server.port, only: ["host.poisoned"])
        #expect(report.checks.first?.outcome == expected)
        await server.stop()
    }

    @Test("a dot file counts as served only when it looks like one")
    func dotFiles() async throws {
        let real = try await app { request in
            request.target == "/.env"
                ? "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 8\r\n\r\nKEY=1234"
                : page("404 Not Found", "")
        }
        #expect(try await check(port: real.port, only: ["exposure.dot-files"]).checks.first?.outcome == .fails)
        await real.stop()
        let app = try await self.app { _ in page("200 OK", "<div id=root></div>") }
        #expect(try await check(port: app.port, only: ["exposure.dot-files"]).checks.first?.outcome == .holds)
        await app.stop()
    }
}
