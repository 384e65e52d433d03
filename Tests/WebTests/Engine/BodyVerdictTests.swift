import Glibc
import Kernel
import NIOCore
import NIOHTTP1
import TestKit
import Testing
import Web

@Suite("Body verdicts")
struct BodyVerdictTests {
    static let problem = Problem("test.no", status: 403, title: "No.")

    /// A stage that asks for the body and remembers what it saw.
    static func asks(
        _ need: BodyNeed, _ seen: Seen, mode: ControlMode = .enforce, log: FinishLog? = nil, name: String = "asks",
        then verdict: @escaping @Sendable () -> Verdict = { .proceed }
    ) -> ScriptedStage {
        ScriptedStage(name, mode: mode, log: log) { _ in
            .body(need) { _, body in
                seen.note(body)
                return verdict()
            }
        }
    }

    @Test("A prefix is met by its bytes, or by the end of a shorter body")
    func prefix() async throws {
        for (pieces, prefix, isWhole) in [
            (["abcdef"], "abcd", false), (["ab", "cde"], "abcd", false), (["a", "b"], "ab", true),
        ] {
            let seen = Seen()
            let bench = try await EngineBench.on { loop in
                EngineBench([Self.asks(.prefix(4), seen)], request: EngineBench.request(.POST), on: loop)
            }
            try await bench.run { bench in
                bench.driver.start()
                for piece in pieces { bench.sends(piece) }
                bench.driver.receiveEnd(nil)
                #expect(bench.upstream.text == pieces.joined())
                #expect(bench.upstream.hasEnded)
            }
            #expect(seen.texts == [prefix])
            #expect(seen.wholes == [isWhole])
        }
    }

    @Test("No byte and no opening reaches the upstream before the last of several body verdicts")
    func lastVerdict() async throws {
        let first = Seen()
        let second = Seen()
        let bench = try await EngineBench.on { loop in
            EngineBench(
                [Self.asks(.prefix(2), first), Self.asks(.whole(max: 100), second, name: "again")],
                request: EngineBench.request(.POST), on: loop)
        }
        try await bench.run { bench in
            bench.driver.start()
            for piece in ["ab", "cd", "ef"] {
                bench.sends(piece)
                #expect(bench.upstream.opened == 0)
            }
            bench.driver.receiveEnd(nil)
            #expect(bench.upstream.text == "abcdef")
        }
        #expect(first.texts == ["ab"])
        #expect(second.texts == ["abcdef"])
    }

    @Test(
        "A body of nothing meets every need at once",
        arguments: [BodyNeed.prefix(10), .whole(max: 10), .spooled(max: 10)])
    func empty(need: BodyNeed) async throws {
        let seen = Seen()
        let bench = try await EngineBench.on { loop in EngineBench([Self.asks(need, seen)], on: loop) }
        try await bench.run { bench in
            bench.driver.start(requestIsComplete: true)
            #expect(bench.upstream.hasEnded && bench.upstream.chunks == 0)
        }
        #expect(seen.texts == [""])
        #expect(seen.wholes == [true])
    }

    @Test(
        "A body too large to look at is 413 in enforce, before the end of it",
        arguments: [BodyNeed.whole(max: 4), .spooled(max: 4)])
    func tooLarge(need: BodyNeed) async throws {
        let seen = Seen()
        let log = FinishLog()
        let bench = try await EngineBench.on { loop in
            EngineBench([Self.asks(need, seen, log: log)], request: EngineBench.request(.POST), finishes: log, on: loop)
        }
        try await bench.run { bench in
            bench.driver.start()
            bench.sends("abc")
            bench.sends("de")
            #expect(bench.transport.status == 413)
            #expect(bench.transport.closes)
            #expect(bench.transport.isFlowing)
            bench.sends("more that nobody wants")
            #expect(bench.upstream.opened == 0)
        }
        #expect(seen.texts.isEmpty)
        #expect(log.finishedOncePerReached)
    }

    @Test(
        "In observe a body too large to look at streams on in order, with one event",
        arguments: [BodyNeed.whole(max: 4), .spooled(max: 4)])
    func tooLargeObserved(need: BodyNeed) async throws {
        let seen = Seen()
        let log = FinishLog()
        let bench = try await EngineBench.on { loop in
            EngineBench(
                [Self.asks(need, seen, mode: .observe, log: log)], request: EngineBench.request(.POST), finishes: log,
                on: loop)
        }
        try await bench.run { bench in
            bench.driver.start()
            for piece in ["abc", "def", "ghi", "jkl"] { bench.sends(piece) }
            #expect(!bench.upstream.hasEnded)
            bench.driver.receiveEnd(nil)
            #expect(bench.upstream.text == "abcdefghijkl")
            #expect(bench.upstream.hasEnded)
            #expect(bench.upstream.violations.isEmpty)
            bench.answers()
        }
        #expect(seen.texts.isEmpty)
        #expect(log.eventTexts == ["would-have body.too-large-to-inspect"])
    }

    @Test("A too large spool that streams on keeps its order while the upstream is slow")
    func slowReplayOfOpenBody() async throws {
        let seen = Seen()
        let bench = try await EngineBench.on { loop in
            let bench = EngineBench(
                [Self.asks(.spooled(max: 4), seen, mode: .observe)], request: EngineBench.request(.POST), on: loop)
            bench.upstream.whenGivenBody = { $0.sink?.requestFlow(false) }
            return bench
        }
        try await bench.run { bench in
            bench.driver.start()
            for piece in ["abc", "def"] { bench.sends(piece) }
            #expect(bench.upstream.text == "abcdef")
            #expect(!bench.transport.isFlowing)
            bench.sends("ghi")
            bench.driver.receiveEnd(nil)
            #expect(!bench.upstream.hasEnded)
            bench.upstream.sink?.requestFlow(true)
            #expect(bench.upstream.text == "abcdefghi")
            #expect(bench.upstream.hasEnded)
            #expect(bench.upstream.violations.isEmpty)
        }
    }

    @Test("A length announced over the bound is refused before 100 Continue asks for the body")
    func announcedTooLarge() async throws {
        let seen = Seen()
        let bench = try await EngineBench.on { loop in
            EngineBench(
                [Self.asks(.whole(max: 4), seen)],
                request: EngineBench.request(.POST, ["content-length": "5", "expect": "100-continue"]), on: loop)
        }
        try await bench.run { bench in
            bench.driver.start()
            #expect(bench.transport.informationals.isEmpty)
            #expect(bench.transport.status == 413)
        }
    }

    @Test("100 Continue is sent once, when a stage asks for the body, and not by the upstream again")
    func continueOnce() async throws {
        let seen = Seen()
        let bench = try await EngineBench.on { loop in
            EngineBench(
                [Self.asks(.prefix(1), seen), Self.asks(.whole(max: 9), seen, name: "again")],
                request: EngineBench.request(.POST, ["content-length": "2", "expect": "100-continue"]), on: loop)
        }
        try await bench.run { bench in
            bench.driver.start()
            #expect(bench.transport.informationals == [100])
            bench.sends("ab")
            bench.driver.receiveEnd(nil)
            bench.upstream.sink?.informational(ResponseHead(status: .continue))
            bench.upstream.sink?.informational(ResponseHead(status: .init(statusCode: 103)))
            bench.answers()
            #expect(bench.transport.informationals == [100, 103])
            #expect(bench.transport.violations.isEmpty)
        }
    }

    @Test("Without a body verdict 100 Continue is the upstream's to say")
    func continueFromUpstream() async throws {
        let bench = try await EngineBench.on { loop in
            EngineBench([], request: EngineBench.request(.POST, ["expect": "100-continue"]), on: loop)
        }
        try await bench.run { bench in
            bench.driver.start()
            #expect(bench.transport.informationals.isEmpty)
            bench.upstream.sink?.informational(ResponseHead(status: .continue))
            bench.upstream.sink?.informational(ResponseHead(status: .continue))
            #expect(bench.transport.informationals == [100])
        }
    }

    @Test("A large body goes through a private file and is replayed as fast as the upstream takes it")
    func spoolReplay() async throws {
        let seen = Seen()
        let whole = (0..<40).map { String(repeating: "\($0 % 10)", count: 65_536) }
        let bench = try await EngineBench.on { loop in
            let bench = EngineBench(
                [
                    Self.asks(.spooled(max: 1 << 24), seen),
                    Self.asks(.prefix(70_000), seen, name: "prefix"),
                    Self.asks(.whole(max: 1 << 24), seen, name: "whole"),
                ], request: EngineBench.request(.POST), on: loop)
            bench.upstream.whenGivenBody = { $0.sink?.requestFlow(false) }
            return bench
        }
        try await bench.run { bench in
            bench.driver.start()
            for piece in whole { bench.sends(piece) }
            bench.driver.receiveEnd(nil)
        }
        #expect(try await bench.holds { $0.upstream.chunks == 1 })
        // Nothing more comes until the upstream takes it, and then one chunk at a time.
        let ended = try await bench.holds { bench in
            let before = bench.upstream.chunks
            bench.upstream.sink?.requestFlow(true)
            #expect(bench.upstream.chunks <= before + 1)
            return bench.upstream.hasEnded
        }
        #expect(ended)
        try await bench.run { bench in
            #expect(bench.upstream.text == whole.joined())
            #expect(bench.upstream.chunks == 40)
            #expect(bench.upstream.violations.isEmpty)
        }
        #expect(seen.modes == [0o600])
        #expect(seen.texts.count == 3)
        #expect(seen.texts.dropFirst().first == String(whole.joined().prefix(70_000)))
        #expect(seen.texts.last == whole.joined())
        #expect(seen.paths.count == 1)
        #expect(try await bench.holds { _ in seen.paths.allSatisfy { access($0, F_OK) != 0 } })
    }

    @Test("An upstream that opens and closes the flow with every chunk makes no recursion of the replay")
    func flickeringFlow() async throws {
        let seen = Seen()
        let bench = try await EngineBench.on { loop in
            let bench = EngineBench(
                [Self.asks(.spooled(max: 1 << 28), seen)], request: EngineBench.request(.POST), on: loop)
            bench.upstream.whenGivenBody = { upstream in
                upstream.sink?.requestFlow(false)
                upstream.sink?.requestFlow(true)
            }
            return bench
        }
        try await bench.run { bench in
            bench.driver.start()
            let piece = ByteBuffer(repeating: 0x61, count: 1 << 20)
            for _ in 0..<64 { bench.driver.receiveBody(piece) }
            bench.driver.receiveEnd(nil)
        }
        #expect(try await bench.holds(within: .seconds(30)) { $0.upstream.hasEnded })
        try await bench.run { bench in #expect(bench.upstream.bytes.readableBytes == 64 << 20) }
    }

    @Test("A whole body is seen whole by a stage after one that had it spooled")
    func wholeAfterSpool() async throws {
        let first = Seen()
        let second = Seen()
        let third = Seen()
        let bench = try await EngineBench.on { loop in
            EngineBench(
                [
                    Self.asks(.spooled(max: 100), first), Self.asks(.whole(max: 100), second, name: "whole"),
                    Self.asks(.prefix(3), third, name: "prefix"),
                ], request: EngineBench.request(.POST), on: loop)
        }
        try await bench.run { bench in
            bench.driver.start()
            bench.sends("abc")
            bench.sends("def")
            bench.driver.receiveEnd(nil)
            #expect(bench.upstream.text == "abcdef")
        }
        #expect(first.texts == ["abcdef"])
        #expect(second.texts == ["abcdef"])
        #expect(third.texts == ["abc"])
        #expect(third.wholes == [false])
    }

    @Test("A body verdict after the client left is never asked for, and its file is gone")
    func clientLeft() async throws {
        let seen = Seen()
        let log = FinishLog()
        let bench = try await EngineBench.on { loop in
            EngineBench(
                [Self.asks(.spooled(max: 1 << 24), seen, log: log)], request: EngineBench.request(.POST),
                finishes: log, on: loop)
        }
        try await bench.run { bench in
            bench.driver.start()
            bench.driver.receiveBody(ByteBuffer(repeating: 1, count: 2 << 20))
            bench.driver.clientClosed()
            bench.sends("late")
            bench.driver.receiveEnd(nil)
            #expect(bench.upstream.opened == 0)
            #expect(bench.transport.sent == nil)
        }
        #expect(seen.texts.isEmpty)
        #expect(log.finishedOncePerReached)
        #expect(log.last?.outcome.ending == .clientGone)
    }

    @Test(
        "A refusal by the body's verdict reaches no upstream; in observe it passes",
        arguments: [ControlMode.enforce, .observe])
    func refusal(mode: ControlMode) async throws {
        let seen = Seen()
        let log = FinishLog()
        let bench = try await EngineBench.on { loop in
            EngineBench(
                [Self.asks(.whole(max: 10), seen, mode: mode, log: log) { .refuse(Self.problem) }],
                request: EngineBench.request(.POST), finishes: log, on: loop)
        }
        try await bench.run { bench in
            bench.driver.start()
            bench.sends("x")
            bench.driver.receiveEnd(nil)
            #expect(bench.upstream.opened == (mode == .enforce ? 0 : 1))
            if mode == .observe { bench.answers() }
            #expect(bench.transport.status == (mode == .enforce ? 403 : 200))
        }
    }

    @Test("Trailers pass only where the list keeps their names")
    func trailers() async throws {
        let log = FinishLog()
        let bench = try await EngineBench.on { loop in
            EngineBench(
                [ScriptedStage("a", log: log)], request: EngineBench.request(.POST), finishes: log,
                keepsTrailer: { $0.lowercased() == "x-checksum" }, on: loop)
        }
        try await bench.run { bench in
            bench.driver.start()
            bench.sends("x")
            bench.driver.receiveEnd(["X-Checksum": "1", "X-Forwarded-For": "10.0.0.1"])
            #expect(bench.upstream.trailers?.map(\.name) == ["X-Checksum"])
            bench.upstream.sink?.head(ResponseHead(status: .ok), origin: .upstream)
            bench.upstream.sink?.end(["grpc-status": "0"])
            #expect(bench.transport.trailers?.first(name: "grpc-status") == "0")
        }
        #expect(log.eventTexts == ["noted headers.trailer-dropped"])
    }

    @Test("Bytes that stop being HTTP end the exchange with their problem, whatever a stage waits for")
    func malformedBody() async throws {
        for asks in [true, false] {
            let seen = Seen()
            let log = FinishLog()
            let bench = try await EngineBench.on { loop in
                EngineBench(
                    asks
                        ? [Self.asks(.whole(max: 10), seen, mode: .observe, log: log)] : [ScriptedStage("a", log: log)],
                    request: EngineBench.request(.POST), finishes: log, on: loop)
            }
            try await bench.run { bench in
                bench.driver.start()
                bench.sends("x")
                bench.driver.receiveMalformed(
                    Problem("request-shape.chunk", status: 400, title: "Bad.", closesConnection: true))
                #expect(bench.transport.status == 400)
                #expect(bench.transport.closes)
                #expect(bench.upstream.aborts == (asks ? 0 : 1))
                #expect(!bench.upstream.hasEnded)
            }
            #expect(seen.texts.isEmpty)
            #expect(log.finishedOncePerReached)
        }
    }
}
