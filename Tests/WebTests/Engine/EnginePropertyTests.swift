import Kernel
import NIOCore
import NIOHTTP1
import NIOPosix
import TestKit
import Testing
import Web

/// Random lists over random orders of events, legal and not: whatever happens, the contracts hold.
@Suite("The engine under random orders")
struct EnginePropertyTests {
    static let problem = Problem("test.no", status: 403, title: "No.")
    static let runsPerSeed = 400

    @Test("Never traps, finishes once, keeps both contracts", arguments: Seeds.first(16))
    func contracts(seed: UInt64) async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let failures = try await loop.submit {
            var generator = SeededGenerator(seed: seed)
            var failures: [String] = []
            for run in 0..<Self.runsPerSeed {
                let failure = Self.runOnce(&generator, on: loop)
                if !failure.isEmpty { failures.append("seed \(seed) run \(run): \(failure)") }
            }
            return failures
        }.get()
        #expect(failures.isEmpty, "\(failures.prefix(3))")
    }

    @Test("The same with stages that wait", arguments: Seeds.first(6))
    func waiting(seed: UInt64) async throws {
        for run in 0..<60 {
            let log = FinishLog()
            let bench = try await EngineBench.on { loop in
                var generator = SeededGenerator(seed: seed &+ UInt64(run))
                return EngineBench(
                    Self.list(&generator, log, waits: true), request: Self.request(&generator), finishes: log,
                    on: loop)
            }
            let events = 3 + run % 12
            for event in 0..<events {
                try await bench.run { bench in
                    var generator = SeededGenerator(seed: seed &* 31 &+ UInt64(run * 100 + event))
                    if event == 0 { bench.driver.start() } else { Self.happen(&generator, bench) }
                }
                if event % 3 == 0 { try await Task.sleep(for: .milliseconds(1)) }
            }
            let failure = try await bench.run { bench in
                bench.driver.clientClosed()
                return Self.failure(bench, log, sent: nil)
            }
            #expect(failure.isEmpty, "seed \(seed) run \(run): \(failure)")
        }
    }

    static func runOnce(_ generator: inout SeededGenerator, on loop: any EventLoop) -> String {
        let log = FinishLog()
        let bench = EngineBench(
            list(&generator, log, waits: false), request: request(&generator), finishes: log,
            keepsTrailer: { $0 == "x-kept" }, on: loop)
        bench.transport.flushesAtOnce = generator.oneIn(2)
        let mood = generator.next()
        bench.upstream.whenGivenBody = { upstream in
            var own = SeededGenerator(seed: mood &+ UInt64(upstream.chunks))
            switch own.number(0...9) {
            case 0: upstream.sink?.requestFlow(false)
            case 1:
                upstream.sink?.requestFlow(false)
                upstream.sink?.requestFlow(true)
            case 2 where own.oneIn(4): upstream.sink?.failed(Problem("upstream.gone", status: 502, title: "Gone."))
            case 3 where own.oneIn(4): upstream.sink?.head(ResponseHead(status: .ok), origin: .upstream)
            default: break
            }
        }
        if generator.oneIn(12) {
            bench.upstream.whenOpened = { $0.failed(Problem("upstream.refused", status: 502, title: "Down.")) }
        }
        var sent = ""
        bench.driver.start(requestIsComplete: generator.oneIn(4))
        var requestEnded = bench.driver.requestIsComplete
        for _ in 0..<generator.number(0...24) {
            if !requestEnded, generator.oneIn(3) {
                let piece = String(repeating: "\(sent.utf8.count % 10)", count: generator.number(1...9))
                sent += piece
                bench.sends(piece)
            } else if !requestEnded, generator.oneIn(5) {
                requestEnded = true
                bench.driver.receiveEnd(generator.oneIn(3) ? ["x-kept": "1", "x-dropped": "2"] : nil)
            } else {
                happen(&generator, bench)
            }
        }
        if generator.oneIn(2) {
            if !requestEnded { bench.driver.receiveEnd(nil) }
            for _ in 0..<100 where !bench.upstream.hasEnded { bench.upstream.sink?.requestFlow(true) }
            bench.upstream.sink?.head(ResponseHead(status: .ok), origin: .upstream)
            bench.upstream.sink?.end(nil)
            bench.driver.responseFlushed(true)
            if !bench.driver.isFinished, bench.upstream.sink != nil { return "it did not come to an end" }
        }
        bench.driver.clientClosed()
        return failure(bench, log, sent: sent)
    }

    static func failure(_ bench: EngineBench, _ log: FinishLog, sent: String?) -> String {
        var failures = bench.transport.violations + bench.upstream.violations
        if !bench.driver.isFinished { failures.append("not finished") }
        if !log.finishedOncePerReached {
            failures.append("reached \(log.reached), finished \(log.finished.map(\.stage))")
        }
        if let sent, !sent.hasPrefix(bench.upstream.text) {
            failures.append("the upstream got \(bench.upstream.text) of \(sent)")
        }
        if let sent, bench.upstream.hasEnded, bench.upstream.text != sent {
            failures.append("ended with \(bench.upstream.text) of \(sent)")
        }
        if log.events.count > 32 { failures.append("\(log.events.count) events") }
        if bench.transport.hasEnded, bench.transport.isAborted { failures.append("ended and aborted") }
        if log.last.map({ $0.outcome.status != bench.transport.status }) == true { failures.append("another status") }
        return failures.joined(separator: "; ")
    }

    /// Something that a client, an upstream or time may do.
    static func happen(_ generator: inout SeededGenerator, _ bench: EngineBench) {
        let sink = bench.upstream.sink
        switch generator.number(0...15) {
        case 0, 1, 2:
            var headers: HTTPHeaders = [:]
            if generator.oneIn(3) { headers.add(name: "content-length", value: "\(generator.number(0...12))") }
            let status = generator.pick([200, 200, 200, 204, 304, 404, 500]) ?? 200
            sink?.head(ResponseHead(status: .init(statusCode: status), headers: headers), origin: .upstream)
        case 3, 4, 5, 6: sink?.body(ByteBuffer(string: String(repeating: "r", count: generator.number(0...6))))
        case 7: sink?.end(generator.oneIn(2) ? ["x-end": "1"] : nil)
        case 8: sink?.flush()
        case 9: sink?.requestFlow(generator.oneIn(2))
        case 10: bench.driver.writabilityChanged(generator.oneIn(2))
        case 11: sink?.informational(ResponseHead(status: .continue))
        case 12: if generator.oneIn(3) { sink?.failed(Problem("upstream.gone", status: 504, title: "Gone.")) }
        case 13: if bench.transport.hasEnded { bench.driver.responseFlushed(generator.oneIn(2)) }
        case 14: if generator.oneIn(6) { bench.driver.clientClosed() }
        default: if generator.oneIn(6) { bench.driver.receiveMalformed(problem) }
        }
    }

    static func request(_ generator: inout SeededGenerator) -> RequestHead {
        EngineBench.request(
            generator.pick([.GET, .POST, .HEAD]) ?? .GET, generator.oneIn(3) ? ["expect": "100-continue"] : [:])
    }

    static func list(_ generator: inout SeededGenerator, _ log: FinishLog, waits: Bool) -> [ScriptedStage] {
        (0..<generator.number(0...6)).map { position in
            let mode = generator.pick([ControlMode.enforce, .enforce, .observe, .off]) ?? .enforce
            let verdict = receive(&generator, waits: waits)
            let plan = respond(&generator)
            return ScriptedStage("s\(position)", mode: mode, log: log, receive: verdict, respond: plan)
        }
    }

    static func receive(
        _ generator: inout SeededGenerator, waits: Bool
    ) -> @Sendable (inout Exchange) -> Verdict {
        let count = generator.number(0...12)
        switch generator.number(0...(waits ? 14 : 11)) {
        case 0: return { $0.object(to: problem) ?? .proceed }
        case 1:
            return { _ in .answer(Response(ResponseHead(status: .ok), body: ByteBuffer(string: "a"), reason: "test.a"))
            }
        case 2: return { _ in .body(.prefix(count)) { _, _ in .proceed } }
        case 3: return { _ in .body(.whole(max: count)) { _, _ in .proceed } }
        case 4: return { _ in .body(.spooled(max: count * 3)) { _, _ in .proceed } }
        case 5: return { _ in .body(.whole(max: 100)) { exchange, _ in exchange.object(to: problem) ?? .proceed } }
        case 6:
            return { exchange in
                exchange.limitBody(to: count, problem)
                return .proceed
            }
        case 7: return { _ in .body(.prefix(2)) { _, _ in .body(.spooled(max: 1000)) { _, _ in .proceed } } }
        case 12:
            return { _ in
                .wait(upTo: .milliseconds(1)) {
                    try await Task.sleep(for: .milliseconds(3))
                    return { _ in .proceed }
                }
            }
        case 13: return { _ in .wait(upTo: .seconds(9)) { { _ in .body(.whole(max: count)) { _, _ in .proceed } } } }
        case 14: return { _ in .wait(upTo: .seconds(9)) { throw problem } }
        default: return { _ in .proceed }
        }
    }

    static func respond(
        _ generator: inout SeededGenerator
    ) -> @Sendable (inout Exchange, inout ResponseHead) -> BodyPlan {
        let count = generator.number(0...8)
        switch generator.number(0...9) {
        case 0: return { _, _ in .transform(MarkingTransform("t")) }
        case 1: return { _, _ in .transform(HoldingTransform()) }
        case 2: return { _, _ in .tee(CollectingSink()) }
        case 3: return { _, _ in .replace(ByteBuffer(string: "other")) }
        case 4: return { _, _ in .peek(count) { _, _, _, _ in .pass } }
        case 5: return { _, _ in .peek(count) { _, _, _, _ in .replace(ByteBuffer(string: "new")) } }
        case 6: return { _, _ in .peek(count) { _, _, _, _ in .refuse(problem) } }
        case 7:
            return { _, head in
                head.headers.add(name: "x-more", value: "1")
                return .pass
            }
        default: return { _, _ in .pass }
        }
    }
}
