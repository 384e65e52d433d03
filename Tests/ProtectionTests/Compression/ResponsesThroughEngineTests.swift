import Kernel
import NIOCore
import NIOHTTP1
import TestKit
import Testing
import Web

@testable import Protection

/// Stages that change responses, run by the engine: what reaches the client, and what `observe` only tells.
@Suite("Responses on their way out")
struct ResponsesThroughEngineTests {
    private struct Sent: Sendable {
        let status: Int
        let headers: HTTPHeaders
        let body: ByteBuffer
        let wouldChange: [String]
        let events: [SecurityEvent]
        let violations: [String]
        var text: String { String(buffer: body) }
    }

    private func run(
        _ stages: [any GatewayStage], asking: HTTPHeaders = [:], status: HTTPResponseStatus = .ok, body: String,
        headers: HTTPHeaders
    ) async throws -> Sent {
        let log = FinishLog()
        let list: [any GatewayStage] = [ScriptedStage("Log", log: log)] + stages
        let bench = try await EngineBench.on {
            EngineBench(list, request: EngineBench.request(.GET, asking), finishes: log, on: $0)
        }
        return try await bench.run { bench in
            bench.driver.start()
            bench.driver.receiveEnd(nil)
            bench.answers(status, body, headers)
            let last = log.last
            return Sent(
                status: bench.transport.status, headers: bench.transport.sent?.headers ?? [:],
                body: bench.transport.bytes, wouldChange: last?.wouldChange ?? [], events: last?.events ?? [],
                violations: bench.transport.violations)
        }
    }

    private func problems() -> ProblemsStage { ProblemsStage(.init(), clock: ManualClock()) }
    private func scrubbing(_ mode: ControlMode) -> ErrorScrubbingStage {
        ErrorScrubbingStage(.init(mode: mode), clock: ManualClock())
    }
    private static let page = String(repeating: "<p>Good morning.</p>\n", count: 200)
    private static let html: HTTPHeaders = ["content-type": "text/html"]

    @Test("a page arrives compressed; in observe it arrives as it was, and that is told")
    func compression() async throws {
        for mode in [ControlMode.enforce, .observe] {
            let sent = try await run(
                [CompressionStage(.init(mode: mode))], asking: ["accept-encoding": "gzip"], body: Self.page,
                headers: Self.html)
            #expect(sent.violations.isEmpty)
            if mode == .enforce {
                #expect(sent.headers["content-encoding"] == ["gzip"])
                #expect(sent.body.readableBytes < Self.page.utf8.count / 5)
                #expect(BodyPrefix.read(sent.body, coding: "gzip", most: 100_000)?.bytes == Array(Self.page.utf8))
            } else {
                #expect(sent.headers["content-encoding"].isEmpty)
                #expect(sent.text == Self.page)
                #expect(sent.wouldChange.contains("content-encoding") && sent.wouldChange.contains("body:Compression"))
            }
        }
    }

    @Test("a leaking 500 becomes a problem document; in observe it passes, with the event")
    func scrubbed() async throws {
        let trace = "Traceback (most recent call last):\n  File \"/srv/a.py\", line 1, in b\n" + Self.page
        for mode in [ControlMode.enforce, .observe] {
            let sent = try await run(
                [problems(), CompressionStage(.init(mode: .enforce)), scrubbing(mode)],
                asking: ["accept-encoding": "gzip", "accept": "application/json"], status: .internalServerError,
                body: trace, headers: Self.html)
            #expect(sent.status == 500)
            #expect(sent.violations.isEmpty)
            #expect(sent.events.map(\.reason) == ["errors.app-leak"])
            #expect(sent.events.map(\.disposition) == [mode == .enforce ? .enforced : .wouldHave])
            if mode == .enforce {
                #expect(sent.headers["content-type"] == ["application/problem+json"])
                #expect(sent.headers["content-encoding"].isEmpty)
                #expect(!sent.text.contains("srv"))
                #expect(sent.text.contains("errors.app-leak"))
            } else {
                let shown = BodyPrefix.read(
                    sent.body, coding: sent.headers.first(name: "content-encoding"), most: 100_000)
                #expect(shown?.bytes == Array(trace.utf8))
            }
        }
    }

    @Test("a JSON error of the app's arrives as a problem document with its own members; in observe as it was")
    func extended() async throws {
        let body = #"{"error":"not found"}"#
        for mode in [ControlMode.enforce, .observe] {
            let sent = try await run(
                [problems(), scrubbing(mode)], status: .notFound, body: body,
                headers: ["content-type": "application/json", "content-length": "\(body.utf8.count)"])
            #expect(sent.status == 404)
            #expect(sent.violations.isEmpty)
            if mode == .enforce {
                #expect(sent.headers["content-type"] == ["application/problem+json"])
                #expect(sent.headers["content-length"] == ["\(sent.text.utf8.count)"])
                #expect(sent.text.contains(#""error":"not found""#) && sent.text.contains(#""requestID":"#))
            } else {
                #expect(sent.text == body)
                #expect(sent.headers["content-type"] == ["application/json"])
                #expect(sent.wouldChange.contains("body:ErrorScrubbing"))
            }
        }
    }

    @Test("a directory listing becomes a 404; in observe it passes, with the event")
    func listing() async throws {
        let page = "<html><head><title>Index of /</title></head><body>secret.zip</body></html>"
        for mode in [ControlMode.enforce, .observe] {
            let sent = try await run(
                [problems(), ExposureStage(.init(mode: mode), routes: [])], body: page, headers: Self.html)
            #expect(sent.status == (mode == .enforce ? 404 : 200))
            #expect(sent.text.contains("secret.zip") == (mode == .observe))
            #expect(sent.events.map(\.reason) == ["exposure.listing"])
        }
    }

    @Test("a reflected origin is taken back; in observe it passes, and that is told")
    func reflected() async throws {
        for mode in [ControlMode.enforce, .observe] {
            let sent = try await run(
                [CORSStage(.init(mode: mode))], asking: ["origin": "https://evil.example"], body: "x",
                headers: ["access-control-allow-origin": "https://evil.example"])
            #expect(sent.headers.contains(name: "access-control-allow-origin") == (mode == .observe))
            if mode == .observe { #expect(sent.wouldChange.contains("-access-control-allow-origin")) }
        }
    }
}
