import Kernel
import NIOCore
import NIOHTTP1
import Proxy
import Testing

@testable import Web

@Suite("An app that misbehaves", .timeLimit(.minutes(1))) struct FailureTests {
    static let good = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood"

    struct Rubbish: Sendable, CustomTestStringConvertible {
        let name: String
        let bytes: String
        let reason: ReasonID
        var testDescription: String { name }
    }

    static let beforeTheHead: [Rubbish] = [
        Rubbish(name: "nothing", bytes: "", reason: "upstream.closed-early"),
        Rubbish(name: "half a status line", bytes: "HTTP/1.1 20", reason: "upstream.closed-early"),
        Rubbish(name: "half a head", bytes: "HTTP/1.1 200 OK\r\nContent-Le", reason: "upstream.closed-early"),
        Rubbish(name: "garbage", bytes: "SSH-2.0-OpenSSH_9.2\r\n", reason: "upstream.bad-response"),
        Rubbish(name: "binary", bytes: "\u{0}\u{1}\u{2}\u{3}\r\n\r\n", reason: "upstream.bad-response"),
        Rubbish(name: "HTTP/2", bytes: "HTTP/2.0 200 OK\r\n\r\n", reason: "upstream.bad-response"),
        Rubbish(name: "HTTP/0.9 text", bytes: "<html>hello</html>", reason: "upstream.bad-response"),
        Rubbish(
            name: "a head without bounds", bytes: "HTTP/1.1 200 OK\r\nX: " + String(repeating: "a", count: 200_000),
            reason: "upstream.bad-response"),
        Rubbish(
            name: "a status line without bounds", bytes: "HTTP/1.1 200 " + String(repeating: "a", count: 400_000),
            reason: "upstream.bad-response"),
        Rubbish(
            name: "fields without number",
            bytes: "HTTP/1.1 200 OK\r\n" + String(repeating: "X: 1\r\n", count: 10_000) + "\r\n",
            reason: "upstream.bad-response"),
        Rubbish(
            name: "both lengths", bytes: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            reason: "upstream.bad-response"),
        Rubbish(
            name: "two lengths", bytes: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na",
            reason: "upstream.bad-response"),
        Rubbish(
            name: "a negative length", bytes: "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            reason: "upstream.bad-response"),
        Rubbish(
            name: "an unknown coding", bytes: "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            reason: "upstream.bad-response"),
        Rubbish(
            name: "an empty field name", bytes: "HTTP/1.1 200 OK\r\n: x\r\nContent-Length: 0\r\n\r\n",
            reason: "upstream.bad-response"),
        Rubbish(
            name: "a NUL in a field", bytes: "HTTP/1.1 200 OK\r\nX: a\u{0}b\r\nContent-Length: 0\r\n\r\n",
            reason: "upstream.bad-response"),
        Rubbish(
            name: "an upgrade that nobody asked for",
            bytes: "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nrubbish",
            reason: "upstream.unwanted-upgrade"),
        Rubbish(
            name: "informational without end", bytes: String(repeating: "HTTP/1.1 102 Processing\r\n\r\n", count: 100),
            reason: "upstream.bad-response"),
        Rubbish(
            name: "status 0", bytes: "HTTP/1.1 000 X\r\nContent-Length: 0\r\n\r\n", reason: "upstream.bad-response"),
    ]

    @Test("before the head it becomes a problem, and the next exchange is served", arguments: beforeTheHead)
    func beforeHead(_ rubbish: Rubbish) async throws {
        try await withApp { peer in
            guard try await peer.request() != nil else { return }
            if peer.index > 1 { return try await peer.send(Self.good) }
            if !rubbish.bytes.isEmpty { try await peer.send(rubbish.bytes) }
            if rubbish.reason != "upstream.closed-early" { _ = try await peer.drain() }
        } _: { door, app in
            let answer = try await door.send(.get())
            #expect(answer.problem?.reason == rubbish.reason, "\(answer.problem?.cause ?? "no cause")")
            #expect(answer.problem?.status == 502)
            #expect(answer.problem?.source == .upstream)
            #expect(answer.status == 0)
            let next = try await door.send(.get())
            #expect(next.text == "good")
            #expect(app.connections == 2)
            #expect(door.upstream.snapshot[.failures] == 1)
        }
    }

    static let afterTheHead: [Rubbish] = [
        Rubbish(
            name: "a body shorter than its length", bytes: "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
            reason: "upstream.closed-early"),
        Rubbish(
            name: "an unterminated chunk", bytes: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf",
            reason: "upstream.closed-early"),
        Rubbish(
            name: "chunks without a last one",
            bytes: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", reason: "upstream.closed-early"
        ),
        Rubbish(
            name: "a chunk size that is none",
            bytes: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nzz\r\n",
            reason: "upstream.bad-response"),
        Rubbish(
            name: "a chunk longer than its size",
            bytes: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalfmore\r\n0\r\n\r\n",
            reason: "upstream.bad-response"),
    ]

    @Test("after the head the response fails visibly, and the next exchange is served", arguments: afterTheHead)
    func afterHead(_ rubbish: Rubbish) async throws {
        try await withApp { peer in
            guard try await peer.request() != nil else { return }
            if peer.index > 1 { return try await peer.send(Self.good) }
            try await peer.send(rubbish.bytes)
            if rubbish.reason != "upstream.closed-early" { _ = try await peer.drain() }
        } _: { door, app in
            let answer = try await door.send(.get())
            #expect(answer.status == 200)
            #expect(answer.text == "half")
            #expect(!answer.ended)
            #expect(answer.problem?.reason == rubbish.reason, "\(answer.problem?.cause ?? "no cause")")
            #expect(try await door.send(.get()).text == "good")
            #expect(app.connections == 2)
        }
    }

    @Test("a reset in the middle of a body that ends with the connection is no end")
    func resetBeforeClose() async throws {
        try await withApp { peer in
            guard try await peer.request() != nil else { return }
            try await peer.send("HTTP/1.1 200 OK\r\n\r\nhalf")
            try await Task.sleep(for: .milliseconds(50))
            try await peer.reset()
        } _: { door, _ in
            let answer = try await door.send(.get())
            #expect(answer.status == 200)
            #expect(!answer.ended)
            #expect(answer.problem?.reason == "upstream.closed-early")
        }
    }

    @Test(
        "bytes behind a complete response cost the connection, not the exchange",
        arguments: ["HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", "rubbish", "\r\n\r\nHTTP/1.1"])
    func surplus(_ extra: String) async throws {
        try await withApp { peer in
            while try await peer.request() != nil { try await peer.send(Self.good + (peer.index == 1 ? extra : "")) }
        } _: { door, app in
            for _ in 0..<3 {
                let answer = try await door.send(.get())
                #expect(answer.text == "good")
                #expect(answer.ended)
                #expect(answer.problem == nil)
            }
            #expect(app.connections == 2)
        }
    }

    @Test("so do bytes behind a response in chunks, in pieces, or without a body")
    func surplusElsewhere() async throws {
        let responses = [
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ngood\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ngood\r\n0\r\nX-T: 1\r\n\r\n",
            "HTTP/1.1 204 No Content\r\n\r\n",
            "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood",
        ]
        for response in responses {
            for extra in ["", "H", "HTTP/1.1 2", "HTTP/1.1 200 OK\r\nX: 1\r\n"] {
                try await withApp { peer in
                    while try await peer.request() != nil {
                        // In two pieces, cut at an awkward place.
                        let all = Array((response + (peer.index == 1 ? extra : "")).utf8)
                        try await peer.send(Array(all.prefix(response.utf8.count - 2)))
                        try await Task.sleep(for: .milliseconds(5))
                        try await peer.send(Array(all.dropFirst(response.utf8.count - 2)))
                    }
                } _: { door, app in
                    for _ in 0..<3 {
                        let answer = try await door.send(.get())
                        #expect(answer.ended)
                        #expect(answer.problem == nil)
                    }
                    #expect(app.connections == (extra.isEmpty ? 1 : 2), "\(response) + \(extra)")
                }
            }
        }
    }

    @Test(
        "bytes on an unused connection cost it at once",
        arguments: ["HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", "HTTP/1.1", "\r\n"])
    func bytesWhileIdle(_ extra: String) async throws {
        try await withApp { peer in
            while try await peer.request() != nil {
                try await peer.send(Self.good)
                if peer.index == 1 {
                    try await Task.sleep(for: .milliseconds(30))
                    try await peer.send(extra)
                }
            }
        } _: { door, app in
            #expect(try await door.send(.get()).text == "good")
            try await until { door.upstream.snapshot[.open] == 0 }
            #expect(door.upstream.snapshot[.surplus] == 1)
            #expect(try await door.send(.get()).text == "good")
            #expect(app.connections == 2)
        }
    }

    @Test("an app that isn't there is a 502")
    func refused() async throws {
        let app = try await RawUpstream.start { _ in }
        await app.stop()
        let door = Door(app.address)
        let answer = try await door.send(.get())
        #expect(answer.problem?.status == 502)
        #expect(answer.problem?.reason == "upstream.refused")
        #expect(answer.problem?.retryAfter != nil)
        #expect(door.upstream.snapshot[.connectErrors] == 1)
        let nowhere = Door(.unix(path: "/tmp/seaworthy-there-is-no-such-socket"))
        #expect(try await nowhere.send(.get()).problem?.reason == "upstream.refused")
        #expect(await !UpstreamProbe.isReachable(app.address, within: .seconds(1)))
        await door.stop()
        await nowhere.stop()
    }

    @Test("an answer that comes before the body is complete passes, and the connection isn't kept")
    func earlyAnswer() async throws {
        try await withApp { peer in
            guard let head = try await peer.head() else { return }
            guard head.hasPrefix("POST") else { return try await peer.send(Self.good) }
            try await peer.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig")
            _ = try await peer.drain()
        } _: { door, app in
            var ask = Ask(method: .POST, headers: ["Host": "a", "Content-Length": "1000000"], body: ["start"])
            ask.endsRequest = false
            let answer = try await door.send(ask)
            #expect(answer.status == 413)
            #expect(answer.text == "big")
            #expect(answer.ended)
            #expect(try await door.send(.get()).text == "good")
            #expect(app.connections == 2)
        }
    }

    @Test("an early answer followed by a reset is still passed on")
    func earlyAnswerThenReset() async throws {
        try await withApp { peer in
            guard try await peer.head() != nil else { return }
            try await peer.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig")
        } _: { door, _ in
            let loop = door.loop
            var ask = Ask(method: .POST, headers: ["Host": "a", "Transfer-Encoding": "chunked"])
            ask.endsRequest = false
            let answer = try await door.send(ask, on: loop) { request, sink in
                request.body(ByteBuffer(repeating: 0x61, count: 4000))
                sink.onHead = { _ in
                    for _ in 0..<10 { request.body(ByteBuffer(repeating: 0x61, count: 4000)) }
                }
            }
            #expect(answer.status == 413)
            #expect(answer.text == "big")
        }
    }

    @Test("a client that leaves costs the connection of its unfinished response")
    func abort() async throws {
        try await withApp { peer in
            while try await peer.request() != nil {
                if peer.index > 1 {
                    try await peer.send(Self.good)
                    continue
                }
                try await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbegun")
                _ = try await peer.drain()
            }
        } _: { door, app in
            let left = Lock(false)
            let loop = door.loop
            _ = door.open(.get(), on: loop) { request, sink in
                sink.onBody = { _ in
                    request.abort()
                    request.abort()
                    request.body(ByteBuffer(string: "late"))
                    request.end(nil)
                    left.with { $0 = true }
                }
            }
            try await until { left.with { $0 } && door.upstream.snapshot[.open] == 0 }
            #expect(try await door.send(.get(), on: loop).text == "good")
            #expect(app.connections == 2)
        }
    }

    @Test("a client that leaves before its request was written costs nothing")
    func abortBeforeSending() async throws {
        try await withApp { peer in
            while try await peer.request() != nil { try await peer.send(Self.good) }
        } _: { door, app in
            let loop = door.loop
            let first = try await door.send(.get(), on: loop)
            #expect(first.text == "good")
            var ask = Ask.post("12345")
            ask.endsRequest = false
            ask.body = []
            _ = door.open(ask, on: loop) { request, _ in request.abort() }
            #expect(try await door.send(.get(), on: loop).text == "good")
            #expect(app.connections == 1)
        }
    }

    @Test("nothing comes to the sink after the end")
    func nothingLate() async throws {
        try await withApp { peer in
            guard try await peer.request() != nil else { return }
            try await peer.send(Self.good + "surplus")
        } _: { door, _ in
            let loop = door.loop
            let kept = LoopBoxed<CollectingSink>(loop)
            _ = try await door.send(.get(), on: loop) { _, sink in kept.set(sink) }
            try await until { door.upstream.snapshot[.open] == 0 }
            let late = try await loop.submit { kept.value?.late }.get()
            #expect(late == 0)
        }
    }
}

/// Something of one event loop's, kept by a test.
final class LoopBoxed<Value>: Sendable {
    private let box: NIOLoopBoundBox<Value?>
    init(_ loop: any EventLoop) { box = NIOLoopBoundBox.makeEmptyBox(valueType: Value.self, eventLoop: loop) }
    func set(_ value: Value) { box.value = value }
    var value: Value? { box.value }
}

/// Waits until `condition` holds, five seconds at most.
func until(_ condition: @Sendable () -> Bool) async throws {
    for _ in 0..<500 {
        if condition() { return }
        try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record("the condition never held")
}
