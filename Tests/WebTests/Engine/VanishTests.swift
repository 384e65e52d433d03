import Kernel
import NIOCore
import NIOHTTP1
import NIOPosix
import TestKit
import Testing
import Web

/// One exchange in steps, cut at every point.
@Suite("Vanishing at every point")
struct VanishTests {
    enum Step: CaseIterable {
        case start, sendsFirst, sendsSecond, endsRequest, upstreamContinues, upstreamHead, upstreamBody, upstreamMore
        case upstreamEnds, flushed
    }

    enum Shape: String, CaseIterable {
        case plain, collecting, spooling, peeking, transforming, replacing, observing
    }

    static func stages(_ shape: Shape, _ log: FinishLog) -> [ScriptedStage] {
        let inner: ScriptedStage
        switch shape {
        case .plain: inner = ScriptedStage("inner", log: log)
        case .collecting:
            inner = ScriptedStage("inner", log: log) { _ in .body(.whole(max: 100)) { _, _ in .proceed } }
        case .spooling:
            inner = ScriptedStage("inner", log: log) { _ in .body(.spooled(max: 100)) { _, _ in .proceed } }
        case .peeking: inner = ScriptedStage("inner", log: log, respond: { _, _ in .peek(8) { _, _, _, _ in .pass } })
        case .transforming:
            inner = ScriptedStage("inner", log: log, respond: { _, _ in .transform(HoldingTransform()) })
        case .replacing:
            inner = ScriptedStage(
                "inner", log: log, respond: { _, _ in .peek(6) { _, _, _, _ in .replace(ByteBuffer(string: "new")) } })
        case .observing:
            inner = ScriptedStage(
                "inner", mode: .observe, log: log,
                receive: { _ in .body(.whole(max: 2)) { _, _ in .proceed } },
                respond: { _, _ in .peek(8) { _, _, _, _ in .pass } })
        }
        return [ScriptedStage("outer", log: log), inner, ScriptedStage("last", log: log)]
    }

    static func take(_ step: Step, _ bench: EngineBench) {
        let sink = bench.upstream.sink
        switch step {
        case .start: bench.driver.start()
        case .sendsFirst: bench.sends("one")
        case .sendsSecond: bench.sends("two")
        case .endsRequest: bench.driver.receiveEnd(nil)
        case .upstreamContinues: sink?.informational(ResponseHead(status: .continue))
        case .upstreamHead: sink?.head(ResponseHead(status: .ok, headers: ["content-length": "8"]), origin: .upstream)
        case .upstreamBody: sink?.body(ByteBuffer(string: "four"))
        case .upstreamMore:
            sink?.body(ByteBuffer(string: "more"))
            sink?.flush()
        case .upstreamEnds: sink?.end(nil)
        case .flushed: if bench.transport.hasEnded { bench.driver.responseFlushed(true) }
        }
    }

    static func bench(_ shape: Shape, _ log: FinishLog) async throws -> EngineBenchHandle {
        try await EngineBench.on { loop in
            let bench = EngineBench(
                stages(shape, log), request: EngineBench.request(.POST), finishes: log, on: loop)
            bench.transport.flushesAtOnce = false
            return bench
        }
    }

    @Test(
        "A client that leaves: the upstream is dropped, nothing more is written, all finish once",
        arguments: Shape.allCases)
    func client(shape: Shape) async throws {
        for point in 1...Step.allCases.count {
            let log = FinishLog()
            let bench = try await Self.bench(shape, log)
            try await bench.run { bench in
                for step in Step.allCases.prefix(point) { Self.take(step, bench) }
                let wasFinished = bench.driver.isFinished
                let hadEnded = bench.transport.hasEnded
                let written = bench.transport.text
                bench.driver.clientClosed()
                for step in Step.allCases.dropFirst(point) where step != .flushed { Self.take(step, bench) }
                #expect(bench.driver.isFinished)
                #expect(bench.transport.text == written, "\(shape) at \(point)")
                #expect(bench.transport.violations.isEmpty, "\(shape) at \(point)")
                #expect(bench.upstream.violations.isEmpty, "\(shape) at \(point)")
                if bench.upstream.opened > 0, !hadEnded { #expect(bench.upstream.aborts == 1, "\(shape) at \(point)") }
                #expect(log.last?.outcome.ending == (wasFinished ? .completed : .clientGone), "\(shape) at \(point)")
                #expect(log.last?.outcome.status == bench.transport.status)
            }
            #expect(log.finishedOncePerReached, "\(shape) at \(point)")
        }
    }

    @Test(
        "An upstream that vanishes: a problem before the head, a visible cut after it, all finish once",
        arguments: Shape.allCases)
    func upstream(shape: Shape) async throws {
        for point in 1...Step.allCases.count {
            for status in [502, 504] {
                let log = FinishLog()
                let bench = try await Self.bench(shape, log)
                try await bench.run { bench in
                    for step in Step.allCases.prefix(point) { Self.take(step, bench) }
                    let headWasOut = bench.transport.sent != nil
                    let hadEnded = bench.transport.hasEnded
                    let wasOpen = bench.upstream.sink != nil
                    bench.upstream.sink?.failed(Problem("upstream.gone", status: status, title: "Gone."))
                    for step in Step.allCases.dropFirst(point) where !Self.isUpstreams(step) { Self.take(step, bench) }
                    bench.driver.responseFlushed(true)
                    let note: Comment = "\(shape) at \(point)"
                    #expect(bench.transport.violations.isEmpty, note)
                    #expect(bench.upstream.violations.isEmpty, note)
                    guard wasOpen else { return }
                    #expect(bench.driver.isFinished, note)
                    if hadEnded {
                        #expect(log.last?.outcome.ending == .completed, note)
                        #expect(bench.transport.status == 200, note)
                    } else if headWasOut {
                        #expect(bench.transport.isAborted && !bench.transport.hasEnded, note)
                        #expect(log.last?.outcome.ending == (status == 504 ? .timedOut : .upstreamBroke), note)
                        #expect(log.eventTexts.last == "enforced upstream.gone", note)
                    } else {
                        #expect(bench.transport.hasEnded, note)
                        #expect(bench.transport.status == (shape == .replacing && point > 7 ? 200 : status), note)
                        #expect(log.last?.outcome.ending == .completed, note)
                    }
                }
                try await bench.run { $0.driver.clientClosed() }
                #expect(log.finishedOncePerReached, "\(shape) at \(point)")
            }
        }
    }

    static func isUpstreams(_ step: Step) -> Bool {
        switch step {
        case .upstreamContinues, .upstreamHead, .upstreamBody, .upstreamMore, .upstreamEnds: true
        default: false
        }
    }

    @Test("Whoever is asked twice finishes once: flushed, closed and failed in any order")
    func twice() async throws {
        for order in [[0, 1, 2], [1, 0, 2], [2, 1, 0], [1, 2, 0], [0, 0, 1], [2, 2, 1]] {
            let log = FinishLog()
            let bench = try await Self.bench(.plain, log)
            try await bench.run { bench in
                for step in Step.allCases.dropLast() { Self.take(step, bench) }
                for what in order {
                    switch what {
                    case 0: bench.driver.responseFlushed(true)
                    case 1: bench.driver.clientClosed()
                    default: bench.upstream.sink?.failed(Problem("upstream.gone", status: 502, title: "Gone."))
                    }
                }
                bench.driver.responseFlushed(false)
                bench.driver.clientClosed(.shutDown)
            }
            #expect(log.finishedOncePerReached)
        }
    }

    @Test("A shutdown in mid-exchange is told as one")
    func shutDown() async throws {
        let log = FinishLog()
        let bench = try await Self.bench(.plain, log)
        try await bench.run { bench in
            bench.driver.start()
            bench.driver.clientClosed(.shutDown)
            #expect(bench.upstream.aborts == 1)
        }
        #expect(log.last?.outcome.ending == .shutDown)
    }

    @Test("An answer that could not be written is a client that left")
    func notWritten() async throws {
        let log = FinishLog()
        let bench = try await Self.bench(.plain, log)
        try await bench.run { bench in
            for step in Step.allCases.dropLast() { Self.take(step, bench) }
            bench.driver.responseFlushed(false)
        }
        #expect(log.last?.outcome.ending == .clientGone)
    }

    @Test("A finished exchange lets go of driver and sink, though each held the other")
    func released() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        for leaves in [true, false] {
            try await loop.submit {
                weak var driver: ExchangeDriver?
                weak var upstream: EngineUpstream?
                do {
                    let bench = EngineBench(Self.stages(.transforming, FinishLog()), on: loop)
                    driver = bench.driver
                    upstream = bench.upstream
                    Self.take(.start, bench)
                    Self.take(.endsRequest, bench)
                    if leaves { bench.driver.clientClosed() } else { bench.answers() }
                    #expect(bench.driver.isFinished)
                }
                #expect(driver == nil && upstream == nil)
            }.get()
        }
    }

    @Test("An upgrade passes the channel on, and its end is the exchange's")
    func upgrade() async throws {
        let log = FinishLog()
        let bench = try await Self.bench(.plain, log)
        try await bench.run { bench in
            bench.driver.start(requestIsComplete: true)
            let other = IdleUpstream()
            bench.upstream.sink?.upgraded(ResponseHead(status: .switchingProtocols), to: other)
            #expect(bench.transport.isUpgraded)
            #expect(!bench.driver.isFinished)
            bench.transport.upgradeCloses(received: 7, sent: 9)
            #expect(bench.driver.isFinished && !other.isClosed)
        }
        #expect(log.last?.outcome.ending == .upgraded)
        #expect(log.last?.outcome.requestBytes == 7)
        #expect(log.last?.outcome.responseBytes == 9)
        #expect(log.finishedOncePerReached)
    }

    @Test("An upgrade for a client that left, or that a stage made something else of, closes the upstream's channel")
    func upgradeRefused() async throws {
        let log = FinishLog()
        let refuses = ScriptedStage(
            "refuses", log: log,
            respond: { _, _ in .peek(1) { _, _, _, _ in .refuse(Problem("test.no", status: 502, title: "No.")) } })
        let bench = try await EngineBench.on { loop in EngineBench([refuses], finishes: log, on: loop) }
        try await bench.run { bench in
            bench.driver.start(requestIsComplete: true)
            let other = IdleUpstream()
            bench.upstream.sink?.upgraded(ResponseHead(status: .switchingProtocols), to: other)
            #expect(other.isClosed)
            #expect(bench.transport.status == 502 && bench.transport.hasEnded)
            #expect(bench.transport.violations.isEmpty)
        }
        let left = try await Self.bench(.plain, FinishLog())
        try await left.run { bench in
            bench.driver.start(requestIsComplete: true)
            let other = IdleUpstream()
            bench.driver.clientClosed()
            bench.upstream.sink?.upgraded(ResponseHead(status: .switchingProtocols), to: other)
            #expect(other.isClosed)
        }
    }
}

final class IdleUpstream: UpgradedUpstream {
    private(set) var isClosed = false
    func start(
        received: @escaping (ByteBuffer) -> Void, closed: @escaping () -> Void, writable: @escaping (Bool) -> Void
    ) {}
    func write(_ bytes: ByteBuffer) {}
    func responseFlow(_ isOpen: Bool) {}
    func close() { isClosed = true }
}
