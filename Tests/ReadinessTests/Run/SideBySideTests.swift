import Synchronization
import TestKit
import Testing

@testable import Readiness

@Suite("Checks that only read go side by side", .timeLimit(.minutes(2)))
struct SideBySideTests {
    /// What a server saw: every target with its fields, and how many requests it held at once.
    private final class Book: Sendable {
        struct Page: Sendable {
            var seen: [String: Int] = [:]
            var inside = 0
            var mostInside = 0
        }
        let page = Mutex(Page())
    }

    /// An app that holds every refusal until another request waits beside it, or a moment has passed.
    private func slow(_ book: Book) async throws -> RawUpstream {
        try await RawUpstream.start { connection, _ in
            guard let request = await connection.request(within: .seconds(10)) else { return }
            let lines = request.headerLines.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n")
            let text = "\(request.method) \(request.target)\n\(lines)"
            book.page.withLock {
                $0.seen[text, default: 0] += 1
                $0.inside += 1
                $0.mostInside = max($0.mostInside, $0.inside)
            }
            if request.target != "/" { try await Task.sleep(for: .milliseconds(300)) }
            book.page.withLock { $0.inside -= 1 }
            try await connection.send(
                request.target == "/" ? page("200 OK", "<h1>Hello</h1>") : page("404 Not Found", "no"))
        }
    }

    @Test("no more than four requests are under way at once, and what two checks ask is asked once")
    func bounded() async throws {
        let book = Book()
        let server = try await slow(book)
        let only = [
            "errors.not-found", "errors.one-shape", "exposure.debug-routes", "exposure.dot-files", "exposure.metrics",
            "health.live", "headers.on-every-status", "redirects.open",
        ]
        let report = try await check(port: server.port, only: only)
        await server.stop()
        let seen = book.page.withLock { $0 }
        #expect((2...Reconnaissance.mostAtOnce).contains(seen.mostInside), "\(seen.mostInside)")
        let twice = seen.seen.filter { $0.value > 1 }.keys.sorted()
        #expect(twice.isEmpty)
        #expect(report.checks.map(\.id) == CheckCatalogue.sheets.map(\.id).filter(only.contains))
        #expect(report[check: "exposure.debug-routes"]?.outcome == .holds)
        #expect(report[check: "health.live"]?.outcome == .fails)
    }

    @Test("what comes after reading goes alone: sessions, writes, time, rate")
    func alone() {
        let beside = CheckCatalogue.sheets.filter(CheckCatalogue.maySideBySide)
        let count = CheckCatalogue.sheets.prefix(while: CheckCatalogue.maySideBySide).count
        #expect(count > 30)
        let careful: Set<Area> = [.identity, .authorization, .injection, .race, .pages, .limits, .cookies]
        #expect(!beside.contains { careful.contains($0.area) || $0.id.hasPrefix("size.") || $0.id.hasPrefix("csrf.") })
    }

    @Test("several that hang at the same time are one silence, so that a slow moment doesn't end the run")
    func silences() async throws {
        let server = try await RawUpstream.start { connection, _ in
            // It never answers, nor closes: the second one waits until the other side is gone.
            for _ in 0..<2 { _ = await connection.request(within: .seconds(10)) }
        }
        let site = try #require(SiteURL("http://127.0.0.1:\(server.port)"))
        let target = Reconnaissance(
            site: site, configuration: .init(), nonce: "n0nce", client: try ProbeClient(limit: .milliseconds(1)))
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<4 { group.addTask { _ = try? await target.get("/\(number)") } }
        }
        for number in 4..<9 { _ = try? await target.get("/\(number)") }
        await server.stop()
        // Four at once and two more are three silences; without an answer nothing more is asked.
        let asked = await target.requests
        #expect((5...6).contains(asked), "\(asked)")
    }

    @Test("a limit that is announced for little else is no reason to stop after a few requests")
    func announcedElsewhere() async throws {
        let server = try await answering { _ in
            page("200 OK", "<h1>Hello</h1>", "X-RateLimit-Limit: 3\r\nX-RateLimit-Remaining: 2\r\n")
        }
        let report = try await check(port: server.port, only: ["limits.rate"])
        await server.stop()
        #expect(report.traffic.burst >= 150)
        #expect(report[check: "limits.rate"]?.outcome == .fails)
    }

    @Test("a run of more than five seconds says which checks took longest")
    func slowest() async throws {
        let server = try await answering { _ in page("200 OK", "<h1>Hello</h1>") }
        var report = try await check(port: server.port, only: ["errors.not-found", "health.live"])
        await server.stop()
        (report.checks[0].milliseconds, report.checks[1].milliseconds, report.seconds) = (12, 8_340, 4)
        #expect(TerminalReport.slowest(report) == nil)
        report.seconds = 12
        #expect(TerminalReport.slowest(report) == "\(report.checks[1].id) 8.3 s")
    }
}
