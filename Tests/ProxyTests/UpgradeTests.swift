import Kernel
import NIOCore
import NIOHTTP1
import Proxy
import Testing

@testable import Web

@Suite("Upgrades", .timeLimit(.minutes(1))) struct UpgradeTests {
    static let switching =
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n"

    static var ask: Ask {
        var ask = Ask.get("/socket")
        ask.headers = [
            "Host": "a", "Connection": "keep-alive, Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Key": "k",
            "Sec-WebSocket-Version": "13",
        ]
        ask.isUpgrade = true
        return ask
    }

    /// The client's half, for the tests: collects, and answers once.
    final class Half: Sendable {
        let received = Lock("")
        let closed = Lock(0)
        let splice: NIOLoopBoundBox<(any UpgradedUpstream)?>
        init(_ loop: any EventLoop) {
            splice = NIOLoopBoundBox.makeEmptyBox(valueType: (any UpgradedUpstream).self, eventLoop: loop)
        }
        func start() {
            splice.value?.start(
                received: { bytes in self.received.with { $0 += String(buffer: bytes) } },
                closed: { self.closed.with { $0 += 1 } }, writable: { _ in })
        }
    }

    private func upgrade(_ door: Door, on loop: any EventLoop, starts: Bool = true) async throws -> (Answer, Half) {
        let half = Half(loop)
        let kept = LoopBoxed<CollectingSink>(loop)
        let answer = try await door.send(Self.ask, on: loop) { _, sink in kept.set(sink) }
        try await loop.submit {
            half.splice.value = kept.value?.splice
            if starts { half.start() }
        }.get()
        return (answer, half)
    }

    @Test("after a 101 bytes pass both ways, those in the same packet included")
    func splice() async throws {
        let seen = Seen()
        try await withApp { peer in
            guard let head = try await peer.head() else { return }
            seen.add(RawRequest(head: head, body: ""))
            try await peer.send(Self.switching + "early;")
            let hello = try await peer.bytes(5)
            try await peer.send("got \(hello);")
            _ = try await peer.drain()
        } _: { door, _ in
            let loop = door.loop
            let (answer, half) = try await upgrade(door, on: loop)
            #expect(answer.status == 101)
            #expect(answer.headers["sec-websocket-accept"] == ["x"])
            #expect(answer.headers["upgrade"] == ["websocket"])
            try await until { half.received.with { $0 } == "early;" }
            loop.execute { half.splice.value?.write(ByteBuffer(string: "hello")) }
            try await until { half.received.with { $0 } == "early;got hello;" }
            #expect(door.upstream.snapshot[.upgraded] == 1)
            #expect(door.upstream.snapshot[.open] == 0)
            loop.execute { half.splice.value?.close() }
            try await until { half.closed.with { $0 } == 1 }
            try await until { door.upstream.snapshot[.upgraded] == 0 }
        }
        #expect(
            seen.heads == [
                "GET /socket HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\n"
                    + "Sec-WebSocket-Version: 13\r\nConnection: Upgrade\r\n\r\n"
            ])
    }

    @Test("what the app sends before the client's half is ready is kept, and its end is told after it")
    func lateStart() async throws {
        try await withApp { peer in
            guard try await peer.head() != nil else { return }
            try await peer.send(Self.switching)
            try await peer.send("one;")
            try await Task.sleep(for: .milliseconds(30))
            try await peer.send("two;")
        } _: { door, _ in
            let loop = door.loop
            let (_, half) = try await upgrade(door, on: loop, starts: false)
            try await Task.sleep(for: .milliseconds(150))
            #expect(half.received.with { $0 } == "")
            try await loop.submit { half.start() }.get()
            try await until { half.closed.with { $0 } == 1 }
            #expect(half.received.with { $0 } == "one;two;")
        }
    }

    @Test("what was written before a close arrives")
    func closeFlushes() async throws {
        let count = Lock(0)
        try await withApp { peer in
            guard try await peer.head() != nil else { return }
            try await peer.send(Self.switching)
            try await Task.sleep(for: .milliseconds(100))
            let bytes = try await peer.drain()
            count.with { $0 = bytes }
        } _: { door, _ in
            let loop = door.loop
            let (_, half) = try await upgrade(door, on: loop)
            loop.execute {
                half.splice.value?.write(ByteBuffer(repeating: 0x61, count: 8_000_000))
                half.splice.value?.close()
                half.splice.value?.write(ByteBuffer(string: "not any more"))
            }
            try await until { half.closed.with { $0 } == 1 }
            try await until { count.with { $0 } == 8_000_000 }
        }
    }

    @Test("an app that doesn't upgrade answers as usual and keeps its connection")
    func declined() async throws {
        try await withApp { peer in
            while try await peer.request() != nil {
                try await peer.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")
            }
        } _: { door, app in
            let answer = try await door.send(Self.ask)
            #expect(answer.status == 403)
            #expect(answer.text == "no")
            #expect(try await door.send(.get()).status == 403)
            #expect(app.connections == 1)
        }
    }

    @Test(
        "a 101 without its fields is no upgrade",
        arguments: [
            "HTTP/1.1 101 Switching Protocols\r\n\r\nbytes",
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\r\n",
        ])
    func incomplete(_ response: String) async throws {
        try await withApp { peer in
            guard try await peer.head() != nil else { return }
            if peer.index > 1 { return try await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") }
            try await peer.send(response)
            _ = try await peer.drain()
        } _: { door, _ in
            let answer = try await door.send(Self.ask)
            #expect(answer.problem?.reason == "upstream.unwanted-upgrade")
            #expect(answer.problem?.status == 502)
            #expect(try await door.send(.get()).status == 200)
        }
    }

    @Test("an upgraded connection on which nothing moves is closed")
    func idle() async throws {
        try await withApp {
            $0.upgradedIdle = .milliseconds(100)
            $0.wait = .milliseconds(100)
        } script: { peer in
            guard try await peer.head() != nil else { return }
            try await peer.send(Self.switching)
            _ = try await peer.drain()
        } _: { door, _ in
            let (_, half) = try await upgrade(door, on: door.loop)
            try await until { half.closed.with { $0 } == 1 }
        }
    }
}
