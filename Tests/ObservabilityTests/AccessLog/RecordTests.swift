import Foundation
import Kernel
import NIOCore
import NIOHTTP1
import Synchronization
import TestKit
import Testing
import Web

@testable import Observability

@Suite("The access log")
struct RecordTests {
    private struct Fixed: RandomSource {
        func next() -> UInt64 { 42 }
    }
    private final class Lines: Sendable {
        let bytes = Mutex<[UInt8]>([])
    }

    private func exchange(_ target: String, _ fields: [(String, String)] = []) -> Exchange {
        Exchange(
            id: ExchangeID(1),
            connection: ConnectionInfo(
                peer: IPAddress(v4: 0x7F00_0001), peerText: "127.0.0.1", isTLS: true, door: .public,
                protocolName: "http/1.1"),
            request: RequestHead(
                method: .GET, target: target, version: .http1_1, scheme: .https,
                headers: HTTPHeaders([("Host", "app.test")] + fields)), startedAt: .now())
    }

    private func outcome(_ status: Int, _ ending: Outcome.Ending = .completed) -> Outcome {
        Outcome(ending: ending, status: status, requestBytes: 1, responseBytes: 2, duration: .microseconds(1500))
    }

    private func stage(_ lines: Lines, level: AccessLogLevel = .info) -> (RecordStage, AccessLogWriter) {
        let clock = ManualClock()
        let writer = AccessLogWriter(
            sink: .handler { written in lines.bytes.withLock { $0 += written } }, shardCount: 2, wallClock: clock)
        let stage = RecordStage(
            writer: writer, settings: AccessLogSettings(level: level), wallClock: clock, random: Fixed())
        return (stage, writer)
    }

    private func objects(_ lines: Lines) throws -> [[String: Any]] {
        let text = String(decoding: lines.bytes.withLock { $0 }, as: UTF8.self)
        return try text.split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
    }

    @Test("holds one JSON object for an exchange, with its fixed fields")
    func fields() throws {
        let lines = Lines()
        let (stage, writer) = stage(lines)
        var exchange = exchange("/orders?page=2", [("User-Agent", "curl/8")])
        _ = stage.receive(&exchange)
        stage.finish(exchange, outcome(200))
        writer.stop()
        let object = try #require(try objects(lines).first)
        #expect(object["event"] as? String == "exchange")
        #expect(object["method"] as? String == "GET")
        #expect(object["target"] as? String == "/orders?page=2")
        #expect(object["status"] as? Int == 200)
        #expect(object["client"] as? String == "127.0.0.1")
        #expect(object["durationMs"] as? Double == 1.5)
        #expect(object["userAgent"] as? String == "curl/8")
        #expect(object["requestID"] as? String == exchange.requestID)
        #expect((object["time"] as? String)?.hasSuffix("Z") == true)
    }

    @Test(
        "stays one valid JSON object per line whatever came, and shows no canary",
        arguments: [
            "/a\"b\\c", "/\u{7}\u{0}", "/new\nline", "/?password=canary-1", "/?x=canary-1@example.test", "/\u{2028}x",
            "/ä€😀", "/" + String(repeating: "x", count: 9000),
        ])
    func hostile(target: String) throws {
        let lines = Lines()
        let (stage, writer) = stage(lines)
        var exchange = exchange(
            target,
            [
                ("User-Agent", "x\"\n\u{1} canary-1@example.test"), ("Cookie", "session=canary-1"),
                ("Authorization", "Bearer canary-1"), ("Host", "h\"\\"),
            ])
        _ = stage.receive(&exchange)
        stage.finish(exchange, outcome(400))
        writer.stop()
        #expect(try objects(lines).count == 1)
        #expect(!String(decoding: lines.bytes.withLock { $0 }, as: UTF8.self).contains("canary"))
    }

    @Test("keeps a client's request id when it is harmless, replaces it when not, and tells the app the same")
    func requestID() {
        let (stage, writer) = stage(Lines())
        var kept = exchange("/", [("X-Request-ID", "abc-1")])
        _ = stage.receive(&kept)
        #expect(kept.requestID == "abc-1")
        #expect(kept.request.values(.xRequestID) == ["abc-1"])

        var replaced = exchange("/", [("x-request-id", "a b\"<script>")])
        _ = stage.receive(&replaced)
        #expect(replaced.requestID.utf8.count == 32)
        #expect(replaced.request.values(.xRequestID) == [replaced.requestID])

        var doubled = exchange("/", [("x-request-id", "a"), ("X-Request-Id", "b")])
        _ = stage.receive(&doubled)
        #expect(doubled.request.values(.xRequestID) == [doubled.requestID])
        #expect(doubled.requestID != "a")

        var head = ResponseHead(status: .ok, headers: ["x-request-id": "the app's own"])
        _ = stage.respond(&kept, &head)
        #expect(head.headers["x-request-id"] == ["abc-1"])
        writer.stop()
    }

    @Test("continues a valid trace with a span of its own, and begins one where there is none")
    func trace() {
        let (stage, writer) = stage(Lines())
        let given = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"
        var continued = exchange("/", [("traceparent", given), ("tracestate", "a=b")])
        _ = stage.receive(&continued)
        #expect(continued.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
        let passed = continued.request.values(.traceparent)
        #expect(passed.count == 1)
        #expect(passed.first?.hasPrefix("00-4bf92f3577b34da6a3ce929d0e0e4736-") == true)
        #expect(passed.first?.hasSuffix("-00") == true)
        #expect(passed.first != given)
        #expect(continued.request.has(.tracestate))

        var begun = exchange("/", [("traceparent", "rubbish"), ("tracestate", "a=b")])
        _ = stage.receive(&begun)
        #expect(begun.traceID == begun.requestID)
        #expect(!begun.request.has(.tracestate))
        writer.stop()
    }

    @Test("leaves out lines below its level")
    func level() throws {
        let lines = Lines()
        let (stage, writer) = stage(lines, level: .error)
        var exchange = exchange("/")
        _ = stage.receive(&exchange)
        stage.finish(exchange, outcome(200))
        stage.finish(exchange, outcome(403))
        stage.finish(exchange, outcome(502))
        stage.finish(exchange, outcome(200, .upstreamBroke))
        writer.stop()
        #expect(try objects(lines).map { $0["level"] as? String } == ["error", "error"])
    }
}
