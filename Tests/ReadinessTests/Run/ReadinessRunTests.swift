import Synchronization
import TestKit
import Testing

@testable import Readiness

@Suite("A run keeps within what it may do")
struct ReadinessRunTests {
    @Test("another machine is refused unless that is allowed", arguments: ["http://192.0.2.1", "https://example.test"])
    func otherMachine(url: String) async throws {
        let run = ReadinessRun(
            target: try #require(SiteURL(url)), configuration: .init(), circumstances: try circumstances())
        await #expect(throws: ReadinessRun.Refusal.self) { try await run.run() }
    }

    @Test("so are a plain address and an origin on another machine")
    func otherMachineBeside() async throws {
        var configuration = ReadinessConfiguration()
        configuration.origin = SiteURL("http://192.0.2.1:5000")
        let run = ReadinessRun(
            target: try #require(SiteURL("http://127.0.0.1:1")), configuration: configuration,
            circumstances: try circumstances())
        await #expect(throws: ReadinessRun.Refusal.notLoopback("192.0.2.1")) { try await run.run() }
    }

    @Test("unknown checks and levels are named with the nearest")
    func unknownNames() async throws {
        await #expect(
            throws: ReadinessRun.Refusal.unknownCheck("headers.server-baner", nearest: "headers.server-banner")
        ) {
            try await check(port: 1, only: ["headers.server-baner"])
        }
        var run = ReadinessRun(
            target: try #require(SiteURL("http://127.0.0.1:1")), configuration: .init(),
            circumstances: try circumstances())
        run.level = "moon"
        await #expect(throws: ReadinessRun.Refusal.unknownLevel("moon", valid: ["edge", "mvp"])) { try await run.run() }
    }

    @Test("an app without any configuration is judged as far as it can be, within 80 requests")
    func withoutConfiguration() async throws {
        let paths = Mutex<[String]>([])
        let server = try await RawUpstream.start { connection, _ in
            guard let request = await connection.request(within: .seconds(1)) else { return }
            paths.withLock { $0.append(request.target) }
            let isKnown = request.target == "/" && request.method == "GET"
            try await connection.send(isKnown ? page("200 OK", "<h1>Hello</h1>") : page("404 Not Found", "no"))
        }
        let ids = CheckCatalogue.sheets.filter { !$0.id.hasPrefix("size.") && $0.needs != [.origin] }.map(\.id)
        var configuration = ReadinessConfiguration()
        configuration.burst = 20
        let report = try await check(port: server.port, only: ids, configuration: configuration)
        #expect(report.traffic.requests <= 80)
        #expect(report.traffic.burst == 20)
        #expect(report[check: "limits.rate"]?.outcome == .fails)
        #expect(report[check: "headers.content-security-policy"]?.outcome == .fails)
        #expect(report[check: "headers.strict-transport-security"]?.outcome == .notApplicable)
        #expect(report[check: "race.lost-update"]?.outcome == .notAvailable)
        #expect(report.exitCode == 1)
        // The burst comes after everything else.
        let last = paths.withLock { $0.suffix(20) }
        #expect(last.allSatisfy { $0 == "/" })
        await server.stop()
    }

    @Test("a run waits when the target announces that nothing remains")
    func paced() async throws {
        let server = try await answering { _ in page("200 OK", "hello", "RateLimit: \"a\";r=0;t=1\r\n") }
        let report = try await check(port: server.port, only: ["headers.content-type-options", "methods.trace"])
        #expect(report.traffic.requests == 2)
        #expect(report.traffic.secondsWaited > 0.5)
        #expect(report.traffic.refusedForPace == 0)
        await server.stop()
    }

    @Test("a cancelled run keeps what it saw and says that it was interrupted")
    func interrupted() async throws {
        let server = try await answering { _ in page("200 OK", "hello") }
        let target = try #require(SiteURL("http://127.0.0.1:\(server.port)"))
        let run = ReadinessRun(target: target, configuration: .init(), circumstances: try circumstances())
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        let task = Task {
            try await run.run { progress in
                if case .finished(let id, _) = progress, id == "headers.content-type-options" { continuation.yield() }
            }
        }
        for await _ in stream { break }
        task.cancel()
        let report = try await task.value
        #expect(report.isInterrupted)
        #expect(report.exitCode == 2)
        #expect(report[check: "headers.content-security-policy"]?.outcome == .fails)
        #expect(report[check: "limits.rate"]?.summary.contains("interrupted") == true)
        #expect(TerminalReport.render(report).contains("Interrupted"))
        await server.stop()
    }

    @Test("when the time for the whole run is up, the rest is not available")
    func outOfTime() async throws {
        let server = try await answering { _ in page("200 OK", "hello") }
        let report = try await check(port: server.port, total: .zero)
        #expect(report.checks.allSatisfy { $0.outcome == .notAvailable })
        #expect(report.traffic.requests == 0)
        #expect(report.exitCode == 2)
        await server.stop()
    }

    @Test("an app that can be reached around its layer in front is told on; one that can't isn't")
    func origin() async throws {
        let server = try await answering { _ in page("200 OK", "hello") }
        let app = try await answering { _ in page("200 OK", "the app itself") }
        var configuration = ReadinessConfiguration()
        configuration.origin = SiteURL("http://127.0.0.1:\(app.port)")
        let open = try await check(port: server.port, only: ["origin.not-reachable"], configuration: configuration)
        #expect(open.checks.first?.outcome == .fails)
        configuration.origin = SiteURL("http://127.0.0.1:\(try await FreePort.next())")
        let closed = try await check(port: server.port, only: ["origin.not-reachable"], configuration: configuration)
        #expect(closed.checks.first?.outcome == .holds)
        await server.stop()
        await app.stop()
    }

    @Test("a waived failure is waived in the report, stays out of the score, and its expiry is noted")
    func waivers() async throws {
        let server = try await answering { _ in page("200 OK", "hello") }
        let yaml = { (day: String) in
            "waivers: [{ check: headers.content-type-options, owner: Ada, scope: '*', reason: soon, expires: \(day) }]"
        }
        let only = ["headers.content-type-options"]
        let waived = try await check(
            port: server.port, only: only, configuration: try ReadinessConfiguration(yaml: yaml("2027-01-01")))
        #expect(waived.checks.first?.outcome == .waived)
        #expect(waived.score == 0)
        #expect(waived.checks.first?.observations.first?.outcome == .fails)
        let expired = try await check(
            port: server.port, only: only, configuration: try ReadinessConfiguration(yaml: yaml("2026-01-01")))
        #expect(expired.checks.first?.outcome == .fails)
        #expect(expired.notes.contains { $0.contains("expired on 2026-01-01") })
        await server.stop()
    }
}
