import Kernel
import NIOCore
import NIOHTTP1
import TestKit
import Testing
import Web

@Suite("Limits on bodies")
struct MeterTests {
    static func limits(_ mode: ControlMode, _ log: FinishLog) -> ScriptedStage {
        ScriptedStage("limit", mode: mode, log: log) { exchange in
            exchange.limitBody(to: 5, Problem("test.large", status: 413, title: "Large."))
            return .proceed
        }
    }

    static func bench(
        _ mode: ControlMode, _ log: FinishLog, _ headers: HTTPHeaders = [:], then more: [ScriptedStage] = []
    ) async throws -> EngineBenchHandle {
        try await EngineBench.on { loop in
            EngineBench(
                [limits(mode, log)] + more, request: EngineBench.request(.POST, headers), finishes: log, on: loop)
        }
    }

    @Test("A body up to its limit passes")
    func atLimit() async throws {
        let log = FinishLog()
        let bench = try await Self.bench(.enforce, log, ["content-length": "5"])
        try await bench.run { bench in
            bench.driver.start()
            bench.sends("12345")
            bench.driver.receiveEnd(nil)
            bench.answers()
            #expect(bench.upstream.text == "12345")
            #expect(bench.transport.status == 200)
        }
        #expect(log.events.isEmpty)
    }

    @Test("A declared length over the limit is 413 before the upstream is opened")
    func declared() async throws {
        let log = FinishLog()
        let bench = try await Self.bench(.enforce, log, ["content-length": "6"])
        try await bench.run { bench in
            bench.driver.start()
            #expect(bench.transport.status == 413)
            #expect(bench.transport.closes)
            #expect(bench.upstream.opened == 0)
        }
        #expect(log.eventTexts == ["enforced test.large"])
        #expect(log.events.map(\.control) == ["test.limit"])
        #expect(log.finishedOncePerReached)
    }

    @Test("An undeclared body over the limit is 413 and the upstream request is aborted, not ended")
    func undeclared() async throws {
        let log = FinishLog()
        let bench = try await Self.bench(.enforce, log)
        try await bench.run { bench in
            bench.driver.start()
            bench.sends("1234")
            bench.sends("56")
            #expect(bench.transport.status == 413)
            #expect(bench.upstream.text == "1234")
            #expect(bench.upstream.aborts == 1 && !bench.upstream.hasEnded)
            bench.driver.receiveEnd(nil)
            #expect(!bench.upstream.hasEnded)
            #expect(bench.upstream.violations.isEmpty && bench.transport.violations.isEmpty)
        }
        #expect(log.finishedOncePerReached)
    }

    @Test("Over the limit after the head is out, the response is cut off visibly")
    func afterHead() async throws {
        let log = FinishLog()
        let bench = try await Self.bench(.enforce, log)
        try await bench.run { bench in
            bench.driver.start()
            bench.sends("12")
            bench.upstream.sink?.head(ResponseHead(status: .ok), origin: .upstream)
            bench.upstream.sink?.body(ByteBuffer(string: "half"))
            bench.sends("3456")
            #expect(bench.transport.isAborted && !bench.transport.hasEnded)
            #expect(bench.upstream.aborts == 1)
            bench.upstream.sink?.body(ByteBuffer(string: "late"))
            bench.upstream.sink?.end(nil)
            #expect(bench.transport.text == "half")
            #expect(bench.transport.violations.isEmpty)
        }
        #expect(log.last?.outcome.ending == .cutOff)
        #expect(log.last?.outcome.status == 200)
        #expect(log.eventTexts == ["enforced test.large"])
    }

    @Test("Over the limit while a stage peeks at the response, the client gets the 413")
    func whilePeeking() async throws {
        let log = FinishLog()
        let peeks = ScriptedStage(
            "peeks", log: log,
            respond: { _, _ in
                .transform(MarkingTransform("inner"))
            })
        let outer = ScriptedStage("outer", log: log, respond: { _, _ in .peek(1000) { _, _, _, _ in .pass } })
        let bench = try await Self.bench(.enforce, log, then: [outer, peeks])
        try await bench.run { bench in
            bench.driver.start()
            bench.upstream.sink?.head(ResponseHead(status: .ok), origin: .upstream)
            bench.upstream.sink?.body(ByteBuffer(string: "half"))
            bench.sends("123456")
            #expect(bench.transport.status == 413)
            // The problem's body went through the transform of this response, not of the one given up.
            #expect(bench.transport.text == "inner(end)")
            #expect(bench.transport.violations.isEmpty)
        }
        #expect(log.finishedOncePerReached)
    }

    @Test("In observe the body passes with one event, declared or not", arguments: [true, false])
    func observed(declares: Bool) async throws {
        let log = FinishLog()
        let bench = try await Self.bench(.observe, log, declares ? ["content-length": "12"] : [:])
        try await bench.run { bench in
            bench.driver.start()
            for _ in 0..<4 { bench.sends("abc") }
            bench.driver.receiveEnd(nil)
            bench.answers()
            #expect(bench.upstream.bytes.readableBytes == 12)
            #expect(bench.transport.status == 200)
        }
        #expect(log.eventTexts == ["would-have test.large"])
        #expect(log.finishedOncePerReached)
    }

    @Test("What the client still sends after its answer costs it nothing more")
    func afterAnswer() async throws {
        let log = FinishLog()
        let bench = try await Self.bench(.enforce, log)
        try await bench.run { bench in
            bench.driver.start()
            bench.answers(.ok, "early", ["content-length": "5"])
            #expect(bench.transport.hasEnded)
            for _ in 0..<10 { bench.sends("abc") }
            bench.driver.receiveEnd(nil)
            #expect(!bench.transport.isAborted)
            #expect(bench.upstream.aborts == 1)
        }
        #expect(log.last?.outcome.ending == .completed)
        #expect(log.events.isEmpty)
    }
}
