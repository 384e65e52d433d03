import Kernel
import NIOCore
import NIOHTTP1
import Synchronization
import TestKit
import Testing
import Web

@Suite("The response's way out")
struct ResponseTests {
    static let problem = Problem("test.leak", status: 502, title: "Leaks.")

    /// Stages in list order: responses pass them from the last to the first.
    static func run(
        _ stages: [ScriptedStage], method: HTTPMethod = .GET, log: FinishLog = FinishLog(),
        _ script: @escaping @Sendable (EngineBench, any ResponseSink) -> Void
    ) async throws {
        let bench = try await EngineBench.on { loop in
            EngineBench(stages, request: EngineBench.request(method), finishes: log, on: loop)
        }
        try await bench.run { bench in
            bench.driver.start(requestIsComplete: true)
            guard let sink = bench.upstream.sink else {
                Issue.record("the upstream was not opened")
                return
            }
            script(bench, sink)
            #expect(bench.transport.violations.isEmpty)
            #expect(bench.upstream.violations.isEmpty)
        }
    }

    static func replaces(_ text: String, _ name: String = "replaces") -> ScriptedStage {
        ScriptedStage(name, respond: { _, _ in .replace(ByteBuffer(string: text)) })
    }
    static func transforms(_ name: String) -> ScriptedStage {
        ScriptedStage(name, respond: { _, _ in .transform(MarkingTransform(name)) })
    }
    static func peeks(
        _ count: Int, _ seen: Peeked, _ verdict: PeekVerdict = .pass, mode: ControlMode = .enforce,
        log: FinishLog? = nil
    ) -> ScriptedStage {
        ScriptedStage(
            "peeks", mode: mode, log: log,
            respond: { _, _ in
                .peek(count) { _, _, bytes, isWhole in
                    seen.note(String(buffer: bytes), isWhole)
                    return verdict
                }
            })
    }

    @Test("A transform makes the length unknown and ends after the last chunk; the outer sees what the inner gives")
    func transform() async throws {
        try await Self.run([Self.transforms("o"), Self.transforms("i")]) { bench, sink in
            sink.head(ResponseHead(status: .ok, headers: ["content-length": "2"]), origin: .upstream)
            sink.body(ByteBuffer(string: "a"))
            sink.flush()
            sink.body(ByteBuffer(string: "b"))
            sink.end(nil)
            #expect(bench.transport.length == nil)
            #expect(bench.transport.sent?.headers.contains(name: "content-length") == false)
            #expect(bench.transport.text == "o[i[a]]o[i(flush)]o(flush)o[i[b]]o[i(end)]o(end)")
            #expect(bench.transport.flushes == 1)
        }
    }

    @Test("A tee sees every chunk, changes none, keeps the length and is ended once")
    func tee() async throws {
        let seen = CollectingSink()
        try await Self.run([ScriptedStage("tee", respond: { _, _ in .tee(seen) })]) { bench, sink in
            sink.head(ResponseHead(status: .ok, headers: ["content-length": "6"]), origin: .upstream)
            sink.body(ByteBuffer(string: "abc"))
            sink.body(ByteBuffer(string: "def"))
            sink.end(nil)
            #expect(bench.transport.length == 6)
            #expect(bench.transport.text == "abcdef")
        }
        #expect(seen.text == "abcdef")
        #expect(seen.ends == 1)
    }

    @Test("A replaced body has its own length, goes through the transforms outside of it, and the upstream is dropped")
    func replaceThenTransform() async throws {
        try await Self.run([Self.transforms("o"), Self.replaces("new"), Self.transforms("i")]) { bench, sink in
            sink.head(ResponseHead(status: .ok, headers: ["content-length": "900"]), origin: .upstream)
            #expect(bench.transport.text == "o[new]o(end)")
            #expect(bench.transport.length == nil)
            #expect(bench.transport.hasEnded)
            #expect(bench.upstream.aborts == 1)
            sink.body(ByteBuffer(string: "late"))
            sink.end(["x": "y"])
            #expect(bench.transport.text == "o[new]o(end)")
        }
        try await Self.run([Self.replaces("new")]) { bench, sink in
            bench.answers(.ok, "old", ["content-length": "3"])
            #expect(bench.transport.text == "new")
            #expect(bench.transport.length == 3)
        }
    }

    @Test("A peek outside of a replacement sees the replacement")
    func replaceThenPeek() async throws {
        let seen = Peeked()
        try await Self.run([Self.peeks(100, seen), Self.replaces("new")]) { bench, sink in
            sink.head(ResponseHead(status: .ok), origin: .upstream)
            #expect(bench.transport.text == "new")
        }
        #expect(seen.texts == ["new"])
        #expect(seen.wholes == [true])
    }

    @Test("A peek outside of a transform sees what it gives, its end included")
    func transformThenPeek() async throws {
        for inner in [true, false] {
            let seen = Peeked()
            let holds = ScriptedStage("holds", respond: { _, _ in .transform(HoldingTransform()) })
            try await Self.run([Self.peeks(100, seen), inner ? holds : Self.transforms("t")]) { bench, sink in
                sink.head(ResponseHead(status: .ok), origin: .upstream)
                sink.body(ByteBuffer(string: "ab"))
                #expect(bench.transport.sent == nil)
                sink.end(nil)
                #expect(bench.transport.text == (inner ? "ab" : "t[ab]t(end)"))
                #expect(bench.transport.hasEnded)
            }
            #expect(seen.texts == [inner ? "ab" : "t[ab]t(end)"])
            #expect(seen.wholes == [true])
        }
    }

    @Test("A transform outside of a peek gets the held bytes once, then the rest")
    func peekThenTransform() async throws {
        let seen = Peeked()
        let tee = CollectingSink()
        let stages = [
            Self.transforms("o"), ScriptedStage("tee", respond: { _, _ in .tee(tee) }), Self.peeks(3, seen),
        ]
        try await Self.run(stages) { bench, sink in
            sink.head(ResponseHead(status: .ok), origin: .upstream)
            sink.body(ByteBuffer(string: "ab"))
            #expect(bench.transport.sent == nil)
            sink.body(ByteBuffer(string: "cd"))
            #expect(bench.transport.text == "o[abcd]")
            sink.body(ByteBuffer(string: "ef"))
            sink.end(nil)
            #expect(bench.transport.text == "o[abcd]o[ef]o(end)")
        }
        #expect(seen.texts == ["abc"])
        #expect(seen.wholes == [false])
        #expect(tee.text == "abcdef")
        #expect(tee.ends == 1)
    }

    @Test("A peek decides once: on enough bytes, or on the end of fewer; two peeks decide one after the other")
    func peekOnce() async throws {
        let inner = Peeked()
        let outer = Peeked()
        try await Self.run([Self.peeks(5, outer), Self.peeks(2, inner)]) { bench, sink in
            sink.head(ResponseHead(status: .ok), origin: .upstream)
            sink.body(ByteBuffer(string: "abc"))
            #expect(bench.transport.sent == nil)
            sink.end(nil)
            #expect(bench.transport.text == "abc")
        }
        #expect(inner.texts == ["ab"])
        #expect(outer.texts == ["abc"])
        #expect(outer.wholes == [true])
    }

    @Test("A refusal from a peek becomes the problem, aborts the upstream and keeps nothing of its body")
    func peekRefuses() async throws {
        let seen = Peeked()
        let log = FinishLog()
        let problems = ScriptedStage(
            "problems", log: log,
            respond: { exchange, head in
                guard let refusal = exchange.refusal else { return .pass }
                head.headers.replaceOrAdd(name: "content-type", value: "application/problem+json")
                return .replace(ByteBuffer(string: refusal.reason.rawValue))
            })
        try await Self.run([problems, Self.peeks(4, seen, .refuse(Self.problem), log: log)], log: log) { bench, sink in
            sink.head(
                ResponseHead(status: .ok, headers: ["content-type": "text/html", "etag": "x"]), origin: .upstream)
            sink.body(ByteBuffer(string: "secret"))
            #expect(bench.transport.status == 502)
            #expect(bench.transport.text == "test.leak")
            #expect(bench.transport.sent?.headers.contains(name: "etag") == false)
            #expect(bench.upstream.aborts == 1)
        }
        #expect(log.eventTexts == ["enforced test.leak"])
        #expect(log.finishedOncePerReached)
    }

    @Test("A peek that replaces drops the rest of the upstream's body")
    func peekReplaces() async throws {
        let seen = Peeked()
        try await Self.run([Self.peeks(4, seen, .replace(ByteBuffer(string: "clean")))]) { bench, sink in
            sink.head(ResponseHead(status: .internalServerError), origin: .upstream)
            sink.body(ByteBuffer(string: "Traceback"))
            sink.body(ByteBuffer(string: "more"))
            sink.end(nil)
            #expect(bench.transport.text == "clean")
            #expect(bench.transport.length == 5)
        }
    }

    @Test("In observe nothing of the response changes and the difference is recorded")
    func observe() async throws {
        let log = FinishLog()
        let seen = Peeked()
        let tee = CollectingSink()
        let stages = [
            ScriptedStage(
                "headers", mode: .observe, log: log,
                respond: { _, head in
                    head.headers.add(name: "X-New", value: "1")
                    head.headers.remove(name: "server")
                    head.headers.replaceOrAdd(name: "cache-control", value: "no-store")
                    head.status = .badGateway
                    return .replace(ByteBuffer(string: "other"))
                }),
            ScriptedStage("tee", mode: .observe, log: log, respond: { _, _ in .tee(tee) }),
            Self.peeks(2, seen, .refuse(Self.problem), mode: .observe, log: log),
        ]
        try await Self.run(stages, log: log) { bench, sink in
            let headers: HTTPHeaders = ["server": "x", "cache-control": "public", "content-length": "6"]
            bench.answers(.ok, "answer", headers)
            #expect(bench.transport.status == 200)
            #expect(bench.transport.text == "answer")
            #expect(bench.transport.sent?.headers.map(\.name) == ["server", "cache-control", "content-length"])
        }
        #expect(log.last?.wouldChange == [":status", "x-new", "cache-control", "-server", "body:headers"])
        #expect(log.eventTexts == ["would-have test.leak"])
        #expect(seen.texts == ["an"])
        #expect(tee.text == "answer")
    }

    @Test("HEAD, 204 and 304 have no body, whatever stages plan for it")
    func bodiless() async throws {
        for (method, status) in [(HTTPMethod.HEAD, HTTPResponseStatus.ok), (.GET, .noContent), (.GET, .notModified)] {
            for stage in [Self.transforms("t"), Self.replaces("new"), Self.peeks(9, Peeked()), ScriptedStage("none")] {
                try await Self.run([stage], method: method) { bench, sink in
                    sink.head(ResponseHead(status: status, headers: ["content-length": "10"]), origin: .upstream)
                    sink.flush()
                    sink.end(nil)
                    #expect(bench.transport.status == Int(status.code))
                    #expect(!bench.transport.hasBody && bench.transport.bytes.readableBytes == 0)
                    #expect(bench.transport.hasEnded)
                }
            }
        }
        try await Self.run([], method: .HEAD) { bench, sink in
            sink.head(ResponseHead(status: .ok, headers: ["content-length": "10"]), origin: .upstream)
            sink.end(nil)
            #expect(bench.transport.sent?.headers.first(name: "content-length") == "10")
        }
    }

    @Test(
        "A body that is not as long as declared is cut off, before a byte too many",
        arguments: ["short", "exactly!", "much too long"])
    func declaredLength(body: String) async throws {
        let log = FinishLog()
        try await Self.run([ScriptedStage("a", log: log)], log: log) { bench, sink in
            sink.head(ResponseHead(status: .ok, headers: ["content-length": "8"]), origin: .upstream)
            sink.body(ByteBuffer(string: body))
            sink.end(nil)
            #expect(bench.transport.hasEnded == (body.utf8.count == 8))
            #expect(bench.transport.isAborted == (body.utf8.count != 8))
            #expect(bench.transport.bytes.readableBytes <= 8)
        }
        #expect(log.last?.outcome.ending == (body.utf8.count == 8 ? .completed : .upstreamBroke))
        #expect(log.finishedOncePerReached)
    }

    @Test(
        "A length that can't be read in one way does not go out",
        arguments: ["-1", "+5", "5, 5", "", "99999999999999999999"])
    func oddLength(length: String) async throws {
        try await Self.run([]) { bench, sink in
            bench.answers(.ok, "hello", ["content-length": length])
            #expect(bench.transport.length == nil)
            #expect(bench.transport.sent?.headers.contains(name: "content-length") == false)
            #expect(bench.transport.text == "hello")
        }
    }

    @Test("An answer before the request's end drops the rest of the request")
    func earlyAnswer() async throws {
        let log = FinishLog()
        let bench = try await EngineBench.on { loop in
            EngineBench(
                [ScriptedStage("a", log: log)], request: EngineBench.request(.POST), finishes: log, on: loop)
        }
        try await bench.run { bench in
            bench.driver.start()
            bench.sends("first")
            bench.answers(.payloadTooLarge, "no", ["content-length": "2"])
            #expect(bench.transport.text == "no")
            #expect(bench.transport.isOver)
            #expect(bench.upstream.aborts == 1)
            bench.sends("second")
            bench.driver.receiveEnd(nil)
            #expect(bench.upstream.text == "first")
            #expect(bench.upstream.violations.isEmpty && bench.transport.violations.isEmpty)
        }
        #expect(log.last?.outcome.ending == .completed)
        #expect(log.finishedOncePerReached)
    }

    @Test("The upstream is held back while the client takes nothing")
    func backpressure() async throws {
        try await Self.run([]) { bench, sink in
            sink.head(ResponseHead(status: .ok), origin: .upstream)
            bench.driver.writabilityChanged(false)
            bench.driver.writabilityChanged(true)
            #expect(bench.upstream.responseFlows == [true, false, true])
            sink.end(nil)
        }
    }

    @Test("The upstream that closes its flow while the held body is given keeps the client paused")
    func requestBackpressure() async throws {
        let bench = try await EngineBench.on { loop in
            let bench = EngineBench(
                [ScriptedStage("peeks") { _ in .body(.prefix(1)) { _, _ in .proceed } }],
                request: EngineBench.request(.POST), on: loop)
            bench.upstream.whenGivenBody = { $0.sink?.requestFlow(false) }
            return bench
        }
        try await bench.run { bench in
            bench.driver.start()
            bench.sends("abc")
            #expect(!bench.transport.isFlowing)
            bench.upstream.sink?.requestFlow(true)
            #expect(bench.transport.isFlowing)
        }
    }

    @Test("An upstream that fails while it is given the held body gets nothing more of it")
    func failsOnHeldBody() async throws {
        let log = FinishLog()
        let bench = try await EngineBench.on { loop in
            let bench = EngineBench(
                [ScriptedStage("peeks", log: log) { _ in .body(.whole(max: 9)) { _, _ in .proceed } }],
                request: EngineBench.request(.POST), finishes: log, on: loop)
            bench.upstream.whenGivenBody = { $0.sink?.failed(Problem("upstream.gone", status: 502, title: "Gone.")) }
            return bench
        }
        try await bench.run { bench in
            bench.driver.start()
            bench.sends("abc")
            bench.driver.receiveEnd(nil)
            #expect(bench.transport.status == 502)
            #expect(!bench.upstream.hasEnded)
            #expect(bench.upstream.violations.isEmpty && bench.transport.violations.isEmpty)
        }
        #expect(log.finishedOncePerReached)
    }
}

final class Peeked: Sendable {
    private let state = Mutex<(texts: [String], wholes: [Bool])>(([], []))
    var texts: [String] { state.withLock { $0.texts } }
    var wholes: [Bool] { state.withLock { $0.wholes } }
    func note(_ text: String, _ isWhole: Bool) {
        state.withLock {
            $0.texts.append(text)
            $0.wholes.append(isWhole)
        }
    }
}
