import Kernel
import NIOCore
import NIOHTTP1
import Synchronization
import TestKit
import Testing
import Web

@Suite("Waiting")
struct WaitTests {
    static let problem = Problem("test.no", status: 403, title: "No.")
    struct Broken: Error {}

    static func bench(
        _ log: FinishLog, mode: ControlMode = .enforce, upTo limit: Duration = .seconds(5),
        _ work: @escaping @Sendable () async throws -> Resume
    ) async throws -> EngineBenchHandle {
        try await EngineBench.on { loop in
            EngineBench(
                [
                    ScriptedStage("first", log: log),
                    ScriptedStage("waits", mode: mode, log: log) { _ in .wait(upTo: limit, work) },
                    ScriptedStage("later", log: log),
                ], request: EngineBench.request(.POST), finishes: log, on: loop)
        }
    }

    @Test("A wait that resumes goes on with the list, and the body that came meanwhile is not lost")
    func resumes() async throws {
        let log = FinishLog()
        let bench = try await Self.bench(log) {
            try await Task.sleep(for: .milliseconds(20))
            return { exchange in
                exchange.note("test.asked")
                return .proceed
            }
        }
        try await bench.run { bench in
            bench.driver.start()
            bench.sends("early ")
            #expect(bench.upstream.opened == 0)
        }
        #expect(try await bench.holds { $0.upstream.opened == 1 })
        try await bench.run { bench in
            bench.sends("late")
            bench.driver.receiveEnd(nil)
            bench.answers()
            #expect(bench.upstream.text == "early late")
        }
        #expect(log.reached == ["first", "waits", "later"])
        #expect(log.eventTexts == ["noted test.asked"])
    }

    @Test(
        "A wait that is late is a 503; in observe it passes with the event", arguments: [ControlMode.enforce, .observe])
    func late(mode: ControlMode) async throws {
        let log = FinishLog()
        let bench = try await Self.bench(log, mode: mode, upTo: .milliseconds(20)) {
            try await Task.sleep(for: .seconds(60))
            return { _ in .refuse(Self.problem) }
        }
        try await bench.run { $0.driver.start(requestIsComplete: true) }
        if mode == .enforce {
            #expect(try await bench.holds { $0.transport.hasEnded })
            #expect(try await bench.run { $0.transport.status } == 503)
            #expect(log.eventTexts == ["enforced gateway.stage-late"])
            #expect(log.reached == ["first", "waits"])
        } else {
            #expect(try await bench.holds { $0.upstream.opened == 1 })
            try await bench.run { $0.answers() }
            #expect(log.eventTexts == ["would-have gateway.stage-late"])
        }
        #expect(log.finishedOncePerReached)
    }

    @Test("A wait that was given up is not taken for the one after it")
    func lateThenNext() async throws {
        let log = FinishLog()
        let gate = AsyncGate()
        let bench = try await EngineBench.on { loop in
            EngineBench(
                [
                    ScriptedStage("late", mode: .observe, log: log) { _ in
                        .wait(upTo: .milliseconds(10)) {
                            // Deaf to cancellation: it answers long after it was given up.
                            await gate.opened()
                            return { _ in .proceed }
                        }
                    },
                    ScriptedStage("guards", log: log) { _ in
                        .wait(upTo: .seconds(30)) {
                            try await Task.sleep(for: .milliseconds(200))
                            return { _ in .refuse(Self.problem) }
                        }
                    },
                ], finishes: log, on: loop)
        }
        try await bench.run { $0.driver.start(requestIsComplete: true) }
        while log.reached.count < 2 { try await Task.sleep(for: .milliseconds(2)) }
        gate.open()
        #expect(try await bench.holds { $0.transport.hasEnded || $0.upstream.opened > 0 })
        try await bench.run { bench in
            #expect(bench.upstream.opened == 0)
            #expect(bench.transport.status == 403)
        }
    }

    @Test(
        "What a wait throws is a 500 or the problem thrown; in observe it passes",
        arguments: [ControlMode.enforce, .observe])
    func throwing(mode: ControlMode) async throws {
        for (error, status, reason) in [
            (Broken() as any Error, 500, "gateway.stage-failed"), (Self.problem, 403, "test.no"),
        ] {
            let log = FinishLog()
            let bench = try await Self.bench(log, mode: mode) { throw error }
            try await bench.run { $0.driver.start(requestIsComplete: true) }
            #expect(try await bench.holds { $0.transport.hasEnded || $0.upstream.opened == 1 })
            if mode == .observe { try await bench.run { $0.answers() } }
            #expect(try await bench.run { $0.transport.status } == (mode == .enforce ? status : 200))
            #expect(log.eventTexts == ["\(mode == .enforce ? "enforced" : "would-have") \(reason)"])
            #expect(log.finishedOncePerReached)
        }
    }

    @Test("A wait may resume into another wait, and that into a body verdict")
    func chained() async throws {
        let log = FinishLog()
        let bench = try await Self.bench(log) {
            { _ in
                .wait(upTo: .seconds(5)) {
                    { _ in
                        .body(.whole(max: 100)) { exchange, body in
                            guard case .memory(let bytes, isWhole: true) = body else { return .proceed }
                            return String(buffer: bytes) == "evil" ? .refuse(Self.problem) : .proceed
                        }
                    }
                }
            }
        }
        try await bench.run { bench in
            bench.driver.start()
            bench.sends("evil")
            bench.driver.receiveEnd(nil)
        }
        #expect(try await bench.holds { $0.transport.hasEnded })
        #expect(try await bench.run { $0.transport.status } == 403)
        #expect(try await bench.run { $0.upstream.opened } == 0)
    }

    @Test("A client that leaves cancels the wait; its result is dropped and everything finishes once")
    func clientLeaves() async throws {
        let log = FinishLog()
        let flag = CancelFlag()
        let bench = try await Self.bench(log) {
            do { try await Task.sleep(for: .seconds(60)) } catch { flag.set() }
            return { _ in .proceed }
        }
        try await bench.run { $0.driver.start(requestIsComplete: true) }
        try await Task.sleep(for: .milliseconds(10))
        try await bench.run { $0.driver.clientClosed() }
        for _ in 0..<500 where !flag.isSet { try await Task.sleep(for: .milliseconds(2)) }
        #expect(flag.isSet)
        try await Task.sleep(for: .milliseconds(10))
        try await bench.run { bench in
            #expect(bench.upstream.opened == 0)
            #expect(bench.transport.sent == nil)
        }
        #expect(log.reached == ["first", "waits"])
        #expect(log.finishedOncePerReached)
        #expect(log.last?.outcome.ending == .clientGone)
        #expect(log.last?.outcome.status == 0)
    }

    @Test("While a stage waits the client is paused once a bound is reached, and goes on afterwards")
    func pausesClient() async throws {
        let log = FinishLog()
        let gate = AsyncGate()
        let bench = try await Self.bench(log) {
            await gate.opened()
            return { _ in .proceed }
        }
        try await bench.run { bench in
            bench.driver.start()
            #expect(bench.transport.isFlowing)
            bench.sends(String(repeating: "x", count: 70_000))
            #expect(!bench.transport.isFlowing)
        }
        gate.open()
        #expect(try await bench.holds { $0.upstream.opened == 1 && $0.transport.isFlowing })
        #expect(try await bench.run { $0.upstream.bytes.readableBytes } == 70_000)
    }

    @Test("A dropped trailer or an observed limit while an enforcing stage waits leaves its refusal in force")
    func modeSurvives() async throws {
        let log = FinishLog()
        let gate = AsyncGate()
        let bench = try await EngineBench.on { loop in
            EngineBench(
                [
                    ScriptedStage("limit", mode: .observe, log: log) { exchange in
                        exchange.limitBody(to: 2, Problem("test.large", status: 413, title: "Large."))
                        return .proceed
                    },
                    ScriptedStage("guards", log: log) { _ in
                        .wait(upTo: .seconds(5)) {
                            await gate.opened()
                            return { $0.object(to: Self.problem) ?? .proceed }
                        }
                    },
                ], request: EngineBench.request(.POST), finishes: log, on: loop)
        }
        try await bench.run { bench in
            bench.driver.start()
            bench.sends("longer than two")
            bench.driver.receiveEnd(["x-trailer": "1"])
        }
        gate.open()
        #expect(try await bench.holds { $0.transport.hasEnded || $0.upstream.opened > 0 })
        #expect(try await bench.run { $0.transport.status } == 403)
        #expect(log.eventTexts == ["would-have test.large", "noted headers.trailer-dropped", "enforced test.no"])
        #expect(log.events.map(\.control) == ["test.limit", "gateway.engine", "test.guards"])
    }

    @Test("A dropped trailer while an observing stage collects leaves it observing")
    func observeSurvives() async throws {
        let log = FinishLog()
        let bench = try await EngineBench.on { loop in
            EngineBench(
                [
                    ScriptedStage("inspects", mode: .observe, log: log) { _ in
                        .body(.whole(max: 10)) { exchange, _ in exchange.object(to: Self.problem) ?? .proceed }
                    }
                ], request: EngineBench.request(.POST), finishes: log, on: loop)
        }
        try await bench.run { bench in
            bench.driver.start()
            bench.sends("body")
            bench.driver.receiveEnd(["x-trailer": "1"])
            #expect(bench.upstream.text == "body")
            bench.answers()
        }
        #expect(log.eventTexts == ["noted headers.trailer-dropped", "would-have test.no"])
    }
}

/// Lets a task wait, deaf to cancellation, until a test opens it.
final class AsyncGate: Sendable {
    private struct State {
        var isOpen = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }
    private let state = Mutex(State())

    func open() {
        let waiters = state.withLock { state in
            state.isOpen = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    func opened() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiters.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }
}

final class CancelFlag: Sendable {
    private let value = Mutex(false)
    func set() { value.withLock { $0 = true } }
    var isSet: Bool { value.withLock { $0 } }
}
