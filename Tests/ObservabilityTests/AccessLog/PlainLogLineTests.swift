import Kernel
import NIOCore
import NIOHTTP1
import TestKit
import Testing
@_spi(Testing) import Web

@testable import Observability

@Suite("The plain log line")
struct PlainLogLineTests {
    /// Both ways of writing one line: nil where the plain one gave up.
    private func lines(
        _ exchange: borrowing Exchange, _ outcome: Outcome, at time: Timestamp,
        behind pending: inout AccessLogWriter.Pending
    ) -> (String?, String) {
        let level = AccessLogLevel(status: outcome.status, ending: outcome.ending)
        pending.bytes.clear()
        let stamp = pending.stamp(of: time)
        let isPlain = PlainLogLine.write(exchange, outcome, level: level, at: stamp, to: &pending)
        var full = JSONText()
        AccessLogLine.write(exchange, outcome, level: level, at: time, to: &full)
        let plain = isPlain ? String(buffer: pending.bytes) : nil
        if !isPlain { #expect(pending.bytes.readableBytes == 0) }
        return (plain, String(decoding: full.bytes, as: UTF8.self))
    }

    /// A connection and what it remembers.
    private struct Client {
        let info: ConnectionInfo
        let memory: ConnectionMemory?

        init(_ generator: inout SeededGenerator) {
            info = ConnectionInfo(
                peer: IPAddress(v4: 0x7F00_0001), peerText: "127.0.0.1", isTLS: generator.oneIn(2),
                door: generator.oneIn(3) ? .operator : .public, protocolName: generator.oneIn(2) ? "h2" : "http/1.1")
            memory = generator.oneIn(3) ? nil : ConnectionMemory()
        }
    }

    private func exchange(of client: Client, _ generator: inout SeededGenerator) -> Exchange {
        let odd = "ab/?=&%@\"\\\u{7}é-_19"
        let plain = "ab/-_.19 "
        var fields: [(String, String)] = []
        if generator.oneIn(2) { fields.append(("Host", generator.oneIn(3) ? "a.test" : "b.test")) }
        if !generator.oneIn(3) { fields.append(("Host", generator.text(1...30, of: generator.oneIn(9) ? odd : plain))) }
        if generator.oneIn(2) { fields.append(("User-Agent", generator.oneIn(3) ? "" : "probe/1")) }
        if generator.oneIn(3) {
            fields.append(("User-Agent", generator.text(0...300, of: generator.oneIn(4) ? odd : plain)))
        }
        var exchange = Exchange(
            id: ExchangeID(generator.next()),
            connection: client.info, memory: client.memory,
            request: RequestHead(
                method: generator.oneIn(5)
                    ? .RAW(value: generator.text(1...40, of: "ABC")) : generator.oneIn(2) ? .GET : .POST,
                target: "/" + generator.text(0...40, of: generator.oneIn(5) ? odd : plain),
                version: .http1_1, scheme: generator.oneIn(2) ? .https : .http, headers: HTTPHeaders(fields)),
            startedAt: .now())
        exchange.requestID = generator.text(32...32, of: "0123456789abcdef")
        exchange.traceID = exchange.requestID
        if generator.oneIn(2) {
            exchange.policy = RouteDecision(
                access: .app, route: generator.oneIn(2) ? "/" : "/" + generator.text(0...9, of: plain))
        }
        if generator.oneIn(4) { exchange.clientAddress = IPAddress(v6High: generator.next(), low: generator.next()) }
        exchange.act(as: "Test", control: "test.control", mode: .observe)
        for _ in 0..<generator.number(0...3) {
            exchange.note("test.noted", detail: generator.oneIn(9) ? "detail" : nil)
        }
        if generator.oneIn(4) { _ = exchange.object(to: Problem("test.refused", status: 403, title: "No.")) }
        return exchange
    }

    @Test("is the line that the full writer gives, byte for byte, or nothing", arguments: [1, 2, 3, 4, 5] as [UInt64])
    func same(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var plainOnes = 0
        var pending = AccessLogWriter.Pending()
        let clients = (0..<4).map { _ in Client(&generator) }
        for _ in 0..<2_000 {
            let client = generator.pick(clients) ?? clients[0]
            var exchange = exchange(of: client, &generator)
            if generator.oneIn(5) { exchange.become(generator.oneIn(2) ? .own : .stage) }
            let outcome = Outcome(
                ending: generator.oneIn(4) ? .clientGone : .completed,
                status: generator.pick([0, 200, 204, 302, 403, 404, 500]) ?? 200,
                requestBytes: generator.number(0...20), responseBytes: generator.number(0...2_000_000_000),
                duration: .microseconds(Int64(generator.number(0...90_000_000))))
            let time = Timestamp(nanosecondsSinceEpoch: Int64(generator.number(-5...4_000_000_000_000_000_000)))
            let (plain, full) = lines(exchange, outcome, at: time, behind: &pending)
            guard let plain else { continue }
            plainOnes += 1
            #expect(plain == full)
        }
        #expect(plainOnes > 10)
    }

    @Test("leaves to the full writer what must be escaped, shortened or redacted")
    func careful() {
        var pending = AccessLogWriter.Pending()
        for target in ["/a\"b", "/a\\b", "/\u{7}", "/é", "/?token=x", "/" + String(repeating: "a/", count: 2000)] {
            let exchange = Exchange(
                id: ExchangeID(1),
                connection: ConnectionInfo(
                    peer: nil, peerText: "unix", isTLS: false, door: .public, protocolName: "http/1.1"),
                request: RequestHead(
                    method: .GET, target: target, version: .http1_1, scheme: .http, headers: HTTPHeaders()),
                startedAt: .now())
            let outcome = Outcome(
                ending: .completed, status: 200, requestBytes: 0, responseBytes: 0, duration: .zero)
            let written = lines(exchange, outcome, at: Timestamp(nanosecondsSinceEpoch: 0), behind: &pending).0
            #expect(written == nil, "\(target.prefix(20))")
        }
    }
}
