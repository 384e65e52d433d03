import NIOCore
import NIOHTTP1
import Proxy
import Synchronization
import Testing

@testable import Web

@Suite("Streaming", .timeLimit(.minutes(2))) struct StreamingTests {
    @Test("events of a stream arrive as they are sent, each flushed")
    func serverSentEvents() async throws {
        let (asked, next) = AsyncStream<Void>.makeStream()
        try await withApp { peer in
            guard try await peer.request() != nil else { return }
            try await peer.send(
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
            for await _ in asked { try await peer.send("7\r\ndata: x\r\n") }
            try await peer.send("0\r\n\r\n")
        } _: { door, _ in
            let events = Lock(0)
            let loop = door.loop
            // The app sends an event only once the one before has been flushed: a delayed one would hang.
            let answer = try await door.send(.get(), on: loop) { _, sink in
                sink.onFlush = {
                    let count = events.with { count in
                        count += 1
                        return count
                    }
                    if count <= 10 { next.yield() } else { next.finish() }
                }
            }
            #expect(answer.ended)
            #expect(answer.text == String(repeating: "data: x", count: 10))
            #expect(answer.flushes == 11)
        }
    }

    @Test("a response waits in the app's socket while the client takes nothing")
    func responseBackpressure() async throws {
        let sent = Atomic<Int>(0)
        let total = 128 * 1024 * 1024
        try await withApp { peer in
            guard try await peer.request() != nil else { return }
            try await peer.send("HTTP/1.1 200 OK\r\nContent-Length: \(total)\r\n\r\n")
            let chunk = [UInt8](repeating: 0x61, count: 256 * 1024)
            for _ in 0..<(total / chunk.count) {
                try await peer.send(chunk)
                sent.wrappingAdd(chunk.count, ordering: .relaxed)
            }
        } _: { door, _ in
            let loop = door.loop
            let seen = Lock((takenWhilePaused: 0, sentEarly: 0, sentLate: 0))
            let answer = try await door.send(.get(), on: loop) { request, sink in
                sink.keepsBody = false
                var received = 0
                var hasPaused = false
                sink.onBody = { chunk in
                    received += chunk.readableBytes
                    guard !hasPaused, received >= 8 * 1024 * 1024 else { return }
                    hasPaused = true
                    let before = received
                    request.responseFlow(false)
                    // Time enough to fill the sockets' buffers, then time enough to see that nothing moves.
                    loop.assumeIsolated().scheduleTask(in: .milliseconds(600)) {
                        seen.with { $0.sentEarly = sent.load(ordering: .relaxed) }
                    }
                    loop.assumeIsolated().scheduleTask(in: .milliseconds(900)) {
                        seen.with {
                            $0.sentLate = sent.load(ordering: .relaxed)
                            $0.takenWhilePaused = received - before
                        }
                        request.responseFlow(true)
                    }
                }
            }
            #expect(answer.ended)
            #expect(answer.bodyBytes == total)
            let (taken, early, late) = seen.with { $0 }
            // What came although we had paused: the rest of one read cycle.
            #expect(taken <= 512 * 1024)
            #expect(early == late)
            #expect(late < total)
        }
    }

    @Test("a request's body waits at the client while the app takes nothing", arguments: [true, false])
    func requestBackpressure(isChunked: Bool) async throws {
        let total = 64 * 1024 * 1024
        let chunkSize = 64 * 1024
        let (gate, open) = AsyncStream<Void>.makeStream()
        let bytesAtApp = Atomic<Int>(0)
        try await withApp { peer in
            guard try await peer.head() != nil else { return }
            for await _ in gate { break }
            let expected = isChunked ? total + total / chunkSize * 9 + 5 : total
            while bytesAtApp.load(ordering: .relaxed) < expected {
                let bytes = try await peer.bytes(1)
                let rest = peer.takePending()
                let count = bytes.utf8.count + rest
                if count == 0 { break }
                bytesAtApp.wrappingAdd(count, ordering: .relaxed)
            }
            try await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        } _: { door, _ in
            let loop = door.loop
            var ask = Ask(method: .PUT, headers: ["Host": "a"])
            ask.headers.add(
                name: isChunked ? "Transfer-Encoding" : "Content-Length", value: isChunked ? "chunked" : "\(total)")
            ask.endsRequest = false
            let (takenEarly, takenLate) = (Lock(0), Lock(0))
            let answer = try await door.send(ask, on: loop) { request, sink in
                var given = 0
                var isOpen = true
                var isFeeding = false
                let chunk = ByteBuffer(repeating: 0x61, count: chunkSize)
                func feed() {
                    guard !isFeeding else { return }
                    isFeeding = true
                    while isOpen, given < total {
                        given += chunkSize
                        request.body(chunk)
                    }
                    isFeeding = false
                    if given == total {
                        given += 1
                        request.end(nil)
                    }
                }
                sink.onFlow = { flow in
                    isOpen = flow
                    if flow { loop.assumeIsolated().execute { feed() } }
                }
                loop.assumeIsolated().execute { feed() }
                loop.assumeIsolated().scheduleTask(in: .milliseconds(300)) { takenEarly.with { $0 = given } }
                loop.assumeIsolated().scheduleTask(in: .milliseconds(500)) {
                    takenLate.with { $0 = given }
                    open.yield()
                    open.finish()
                }
            }
            #expect(answer.text == "ok")
            #expect(takenLate.with { $0 } == takenEarly.with { $0 })
            #expect(takenLate.with { $0 } < total)
            #expect(answer.requestFlow.contains(false))
            #expect(bytesAtApp.load(ordering: .relaxed) >= total)
        }
    }
}
