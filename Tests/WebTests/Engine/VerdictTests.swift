import Kernel
import NIOCore
import NIOHTTP1
import TestKit
import Testing
import Web

@Suite("Verdicts and modes")
struct VerdictTests {
    static let problem = Problem("test.no", status: 403, title: "No.")

    @Test("A request that nobody objects to reaches the upstream whole and its answer the client")
    func passes() async throws {
        let log = FinishLog()
        let bench = try await EngineBench.on { loop in
            EngineBench(
                [ScriptedStage("a", log: log), ScriptedStage("b", log: log)], request: EngineBench.request(.POST),
                finishes: log, on: loop)
        }
        try await bench.run { bench in
            bench.driver.start()
            bench.sends("one")
            bench.sends("two")
            bench.driver.receiveEnd(nil)
            bench.answers(.created, "done", ["content-length": "4"])
            #expect(bench.upstream.text == "onetwo")
            #expect(bench.upstream.hasEnded)
            #expect(bench.transport.status == 201)
            #expect(bench.transport.text == "done")
            #expect(bench.transport.length == 4)
            #expect(bench.transport.violations.isEmpty)
        }
        #expect(log.reached == ["a", "b"])
        #expect(log.responded == ["b", "a"])
        #expect(log.finishedOncePerReached)
        #expect(log.last?.outcome.ending == .completed)
        #expect(log.last?.outcome.requestBytes == 6)
        #expect(log.last?.outcome.responseBytes == 4)
    }

    @Test("A refusal in enforce ends at its stage; later stages neither respond nor finish")
    func refusalEnforced() async throws {
        let log = FinishLog()
        let bench = try await EngineBench.on { loop in
            EngineBench(
                [
                    ScriptedStage("outer", log: log),
                    ScriptedStage("refuses", log: log) { $0.object(to: Self.problem) ?? .proceed },
                    ScriptedStage("later", log: log),
                ], finishes: log, on: loop)
        }
        try await bench.run { bench in
            bench.driver.start(requestIsComplete: true)
            #expect(bench.upstream.opened == 0)
            #expect(bench.transport.status == 403)
            #expect(bench.transport.hasEnded && bench.transport.isOver)
            #expect(!bench.transport.closes)
        }
        #expect(log.responded == ["refuses", "outer"])
        #expect(log.finishedOncePerReached)
        #expect(log.eventTexts == ["enforced test.no"])
    }

    @Test("A refusal in observe passes with the event, said by the stage or as a verdict")
    func refusalObserved() async throws {
        let log = FinishLog()
        let bench = try await EngineBench.on { loop in
            EngineBench(
                [
                    ScriptedStage("objects", mode: .observe, log: log) { $0.object(to: Self.problem) ?? .proceed },
                    ScriptedStage("refuses", mode: .observe, log: log) { _ in .refuse(Self.problem) },
                ], finishes: log, on: loop)
        }
        try await bench.run { bench in
            bench.driver.start(requestIsComplete: true)
            bench.answers()
            #expect(bench.transport.status == 200)
        }
        #expect(log.eventTexts == ["would-have test.no", "would-have test.no"])
        #expect(log.events.map(\.control) == ["test.objects", "test.refuses"])
    }

    @Test("What can be read in two ways is refused in observe too")
    func ambiguityObserved() async throws {
        let log = FinishLog()
        let bench = try await EngineBench.on { loop in
            EngineBench(
                [ScriptedStage("shape", mode: .observe, log: log) { $0.refuseAmbiguity(Self.problem) }],
                finishes: log, on: loop)
        }
        try await bench.run { bench in
            bench.driver.start(requestIsComplete: true)
            #expect(bench.upstream.opened == 0)
            #expect(bench.transport.status == 403)
        }
        #expect(log.eventTexts == ["enforced test.no"])
    }

    @Test("A stage that is off is not in the list", arguments: [StagePhases.receive, [.receive, .respond, .finish]])
    func off(phases: StagePhases) async throws {
        let log = FinishLog()
        let bench = try await EngineBench.on { loop in
            EngineBench(
                [ScriptedStage("off", mode: .off, log: log, phases: phases) { _ in .refuse(Self.problem) }],
                finishes: log, on: loop)
        }
        try await bench.run { bench in
            bench.driver.start(requestIsComplete: true)
            bench.answers()
            #expect(bench.transport.status == 200)
        }
        #expect(log.reached.isEmpty && log.finished.isEmpty)
    }

    @Test(
        "An answer in enforce is sent and recorded; in observe it passes", arguments: [ControlMode.enforce, .observe])
    func answer(mode: ControlMode) async throws {
        let log = FinishLog()
        let bench = try await EngineBench.on { loop in
            EngineBench(
                [
                    ScriptedStage("redirects", mode: mode, log: log) { _ in
                        .answer(
                            Response(
                                ResponseHead(status: .permanentRedirect, headers: ["location": "https://app.test/"]),
                                body: ByteBuffer(string: "moved"), reason: "test.redirect"))
                    }
                ], finishes: log, on: loop)
        }
        try await bench.run { bench in
            bench.driver.start(requestIsComplete: true)
            if mode == .observe { bench.answers() }
            #expect(bench.transport.status == (mode == .enforce ? 308 : 200))
            #expect(bench.transport.text == (mode == .enforce ? "moved" : "answer"))
            #expect(bench.transport.violations.isEmpty)
        }
        #expect(log.eventTexts == [mode == .enforce ? "enforced test.redirect" : "would-have test.redirect"])
        #expect(log.finishedOncePerReached)
    }

    @Test("An answer of 204 carries no length (RFC 9110 §8.6)")
    func noContent() async throws {
        let bench = try await EngineBench.on { loop in
            EngineBench(
                [ScriptedStage("cors") { _ in .answer(Response(ResponseHead(status: .noContent), reason: "test.ok")) }],
                on: loop)
        }
        try await bench.run { bench in
            bench.driver.start(requestIsComplete: true)
            #expect(bench.transport.status == 204)
            #expect(bench.transport.sent?.headers.contains(name: "content-length") == false)
            #expect(bench.transport.hasEnded && bench.transport.violations.isEmpty)
        }
    }

    @Test("A malformed request that no stage refuses never reaches the upstream")
    func malformation() async throws {
        let log = FinishLog()
        let bench = try await EngineBench.on { loop in
            EngineBench([ScriptedStage("a", log: log)], malformation: Self.problem, finishes: log, on: loop)
        }
        try await bench.run { bench in
            bench.driver.start(requestIsComplete: true)
            #expect(bench.upstream.opened == 0)
            #expect(bench.transport.status == 403)
        }
        #expect(log.finishedOncePerReached)
    }

    @Test("A terminal that refuses becomes that problem, whatever the last stage's mode")
    func terminalRefuses() async throws {
        let log = FinishLog()
        let bench = try await EngineBench.on { loop in
            EngineBench(
                [ScriptedStage("a", mode: .observe, log: log)],
                refusal: Problem("upstream.down", status: 502, title: "Down."), finishes: log, on: loop)
        }
        try await bench.run { bench in
            bench.driver.start(requestIsComplete: true)
            #expect(bench.transport.status == 502)
        }
        #expect(log.eventTexts == ["enforced upstream.down"])
        #expect(log.finishedOncePerReached)
    }

    @Test(
        "A terminal that answers while it holds the exchange is heard after it let go", arguments: ["fails", "answers"])
    func careless(what: String) async throws {
        let log = FinishLog()
        let bench = try await EngineBench.on { loop in
            let bench = EngineBench([ScriptedStage("a", log: log)], finishes: log, on: loop)
            bench.upstream.whenOpened = { sink in
                if what == "fails" {
                    sink.failed(Problem("upstream.refused", status: 502, title: "Down."))
                } else {
                    sink.head(ResponseHead(status: .ok), origin: .upstream)
                    sink.body(ByteBuffer(string: "early"))
                    sink.flush()
                    sink.end(nil)
                }
            }
            return bench
        }
        try await bench.run { bench in
            bench.driver.start(requestIsComplete: true)
            #expect(bench.transport.status == (what == "fails" ? 502 : 200))
            #expect(bench.transport.hasEnded && bench.transport.violations.isEmpty)
            #expect(bench.upstream.violations.isEmpty)
        }
        #expect(log.finishedOncePerReached)
    }

    @Test("At most 32 events are kept, and what ended the exchange is among them")
    func eventsBounded() async throws {
        let log = FinishLog()
        let bench = try await EngineBench.on { loop in
            EngineBench(
                [
                    ScriptedStage("chatty", log: log) { exchange in
                        for _ in 0..<1000 { exchange.note("test.note") }
                        return .refuse(Self.problem)
                    }
                ], finishes: log, on: loop)
        }
        try await bench.run { $0.driver.start(requestIsComplete: true) }
        #expect(log.events.count == 32)
        #expect(log.events.last?.reason == "test.no")
    }
}
