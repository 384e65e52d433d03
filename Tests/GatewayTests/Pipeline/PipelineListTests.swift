import Kernel
import NIOCore
import NIOHTTP1
import Observability
import Protection
import Synchronization
import TestKit
import Testing
import Web

@testable import Gateway

/// The list itself: what is taken out of it must be missed, and what observes must let pass.
@Suite("The pipeline's list")
struct PipelineListTests {
    /// What came of one request.
    struct Seen: Sendable {
        var status = 0
        var headers: HTTPHeaders = [:]
        var body = ""
        /// The request's head as the last stage saw it: what the app would get.
        var forwarded: HTTPHeaders?
        var client: String?
        var events: [SecurityEvent] = []
        var wouldChange: [String] = []
        var logged = 0
        var counted = 0
        /// Reasons of events that were handed on.
        var handedOn: [String] = []
    }

    /// What takes events where no database is.
    private final class SeenEvents: SecurityEventSink {
        let reasons = Mutex<[String]>([])
        func offer(_ event: SecurityEvent, from address: IPAddress?) {
            reasons.withLock { $0.append(event.reason.rawValue) }
        }
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let stage: String
        var settings: [String] = []
        var method = HTTPMethod.GET
        var target = "/page"
        var headers: [(String, String)] = []
        var scheme = Scheme.http
        var answer = HTTPResponseStatus.ok
        var answerHeaders: [(String, String)] = [("Content-Type", "text/html")]
        var answerBody = "<p>an answer</p>"
        /// How many times the request is sent; the last one counts.
        var times = 1
        /// The reason that `observe` records; nil where the stage changes a response or has no mode.
        var reason: String?
        /// What the stage does.
        let effect: @Sendable (Seen) -> Bool
        var testDescription: String { stage }
    }

    static let rows: [Row] = [
        Row(stage: "Record") { $0.logged == 1 && !$0.headers["x-request-id"].isEmpty },
        Row(stage: "Metrics") { $0.counted == 1 },
        Row(stage: "SecurityEvents", method: .TRACE) { $0.handedOn.contains("request-shape.method") },
        Row(stage: "Problems", target: "/%2e%2e/x") { $0.headers["content-type"] == ["application/problem+json"] },
        Row(stage: "ResponseHeaders") { $0.headers["x-content-type-options"] == ["nosniff"] },
        Row(stage: "CookieAttributes", answerHeaders: [("Set-Cookie", "session=1")]) {
            $0.headers["set-cookie"].first?.contains("HttpOnly") == true
        },
        Row(
            stage: "Compression", headers: [("Accept-Encoding", "gzip")],
            answerBody: String(repeating: "a long answer ", count: 400)
        ) { $0.headers["content-encoding"] == ["gzip"] },
        Row(stage: "RequestShape", method: .TRACE, reason: "request-shape.method") { $0.status == 405 },
        Row(stage: "HostCheck", headers: [("Host", "evil.example")], reason: "host.unknown") { $0.status == 421 },
        Row(
            stage: "ClientAddress", settings: ["trusted-hops=127.0.0.0/8"], headers: [("X-Forwarded-For", "192.0.2.7")]
        ) { $0.client == "192.0.2.7" },
        Row(stage: "HeaderHygiene", headers: [("X-Real-IP", "192.0.2.7"), ("X_Forwarded_For", "192.0.2.7")]) {
            $0.forwarded.map { !$0.contains(name: "x-real-ip") && !$0.contains(name: "x_forwarded_for") } ?? false
        },
        Row(stage: "HTTPSRedirect", settings: ["public-url=https://127.0.0.1"], reason: "https.redirect") {
            $0.status == 308
        },
        Row(
            stage: "CORS", headers: [("Origin", "https://evil.example")],
            answerHeaders: [
                ("Access-Control-Allow-Origin", "https://evil.example"), ("Access-Control-Allow-Credentials", "true"),
            ]
        ) { $0.headers["access-control-allow-origin"].isEmpty },
        Row(
            stage: "AddressLimit", settings: ["protection.rate-limit.address=2/min"], times: 4,
            reason: "rate-limit.address"
        ) { $0.status == 429 },
        Row(stage: "Exposure", target: "/.env", reason: "exposure.hidden") { $0.status == 404 },
        Row(
            stage: "RoutePolicy", settings: ["routes=[{path: /page, access: deny}]"], reason: "route-policy.denied"
        ) { $0.status == 403 },
        Row(
            stage: "CSRF", method: .POST,
            headers: [("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site"), ("Cookie", "session=1")],
            reason: "csrf.cross-site"
        ) { $0.status == 403 },
        Row(
            stage: "Authorization", settings: ["routes=[{path: /page, access: deny}]"], reason: "route-policy.denied"
        ) { $0.status == 403 },
        Row(
            stage: "WebSocket",
            headers: [
                ("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"),
                ("Sec-WebSocket-Key", "c2Vhd29ydGh5IHRlc3RzIQ=="), ("Cookie", "session=1"),
            ], reason: "websocket.no-origin"
        ) { $0.status == 403 },
        Row(
            stage: "ErrorScrubbing", answer: .internalServerError,
            answerBody: "Traceback (most recent call last):\n  File \"/app/x.py\", line 3, in f\nValueError: no\n"
        ) { !$0.body.contains("Traceback") },
    ]

    @Test("every stage of the public door has a row here")
    func complete() throws {
        let configuration = try Self.configuration(["mode=enforce"])
        let services = try GatewayServices(configuration: configuration, loops: 1, sink: .handler { _ in })
        defer { services.stop() }
        #expect(Pipeline.publicDoor(configuration, services).map(\.name) == Self.rows.map(\.stage))
    }

    @Test("a stage does its work while its line is there, and not when it is taken out", arguments: rows)
    func removal(row: Row) async throws {
        let whole = try await Self.run(row, mode: "enforce", without: nil)
        #expect(row.effect(whole), "with its line: \(whole)")
        let cut = try await Self.run(row, mode: "enforce", without: row.stage)
        #expect(!row.effect(cut), "without its line: \(cut)")
    }

    @Test(
        "what observes passes what would be refused or changed, and says so",
        arguments: rows.filter {
            !["Record", "Metrics", "SecurityEvents", "Problems", "ClientAddress", "HeaderHygiene"].contains($0.stage)
        })
    func observing(row: Row) async throws {
        let seen = try await Self.run(row, mode: "observe", without: nil)
        #expect(!row.effect(seen), "\(seen)")
        #expect(seen.status == Int(row.answer.code))
        if let reason = row.reason {
            let event = seen.events.first { $0.reason.rawValue == reason }
            #expect(event?.disposition == .wouldHave, "\(seen.events)")
        } else {
            #expect(!seen.wouldChange.isEmpty || seen.events.contains { $0.disposition == .wouldHave }, "\(seen)")
        }
    }

    private static func configuration(_ settings: [String]) throws -> GatewayConfiguration {
        let always = ["upstream=http://127.0.0.1:9", "environment=development"]
        return try GatewayConfiguration.load(ConfigurationSources(sets: always + settings)).configuration
    }

    private static func run(_ row: Row, mode: String, without stage: String?) async throws -> Seen {
        let configuration = try configuration(["mode=\(mode)"] + row.settings)
        let counter = Counter()
        let events = SeenEvents()
        let services = try GatewayServices(
            configuration: configuration, loops: 1,
            sink: .handler { bytes in counter.add(bytes.count { $0 == 0x0A }) }, events: events)
        let last = LastStage()
        let stages = Pipeline.publicDoor(configuration, services).filter { $0.name != stage } + [last]
        var seen = Seen()
        for _ in 0..<row.times { seen = try await once(row, stages, last) }
        services.stop()
        seen.logged = counter.value / row.times
        seen.handedOn = events.reasons.withLock { $0 }
        seen.counted = services.metrics.requestCount
        return seen
    }

    private static func once(_ row: Row, _ stages: [any GatewayStage], _ last: LastStage) async throws -> Seen {
        last.clear()
        let bench = try await EngineBench.on { loop in
            var headers = HTTPHeaders(row.headers)
            if !headers.contains(name: "host") { headers.add(name: "Host", value: "127.0.0.1") }
            let request = RequestHead(
                method: row.method, target: row.target, version: .http1_1, scheme: row.scheme, headers: headers)
            return EngineBench(stages, request: request, on: loop)
        }
        return try await bench.run { bench in
            bench.driver.start()
            bench.driver.receiveEnd(nil)
            bench.answers(row.answer, row.answerBody, HTTPHeaders(row.answerHeaders))
            var seen = last.seen
            seen.status = bench.transport.status
            seen.headers = bench.transport.sent?.headers ?? [:]
            seen.body = bench.transport.text
            return seen
        }
    }
}

/// Counts lines over threads.
private final class Counter: Sendable {
    private let count = Mutex(0)
    var value: Int { count.withLock { $0 } }
    func add(_ number: Int) { count.withLock { $0 += number } }
}

/// Stands at the end of the list and sees what the app would.
private final class LastStage: GatewayStage {
    let name = "Last"
    let control = "test.last"
    let mode = ControlMode.enforce
    let phases: StagePhases = [.receive, .finish]
    private let state = Mutex(PipelineListTests.Seen())

    var seen: PipelineListTests.Seen { state.withLock { $0 } }
    func clear() { state.withLock { $0 = PipelineListTests.Seen() } }

    func receive(_ exchange: inout Exchange) -> Verdict {
        let (headers, client) = (exchange.request.headers, exchange.clientAddress?.description)
        state.withLock {
            $0.forwarded = headers
            $0.client = client
        }
        return .proceed
    }

    func finish(_ exchange: borrowing Exchange, _ outcome: Outcome) {
        let (events, changes) = (exchange.events, exchange.wouldChange)
        state.withLock {
            $0.events = events
            $0.wouldChange = changes
        }
    }
}
