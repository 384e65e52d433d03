import Kernel
import NIOCore
import NIOHTTP1
import NIOPosix
import Proxy
import Testing

@testable import Web

@Suite("Limits", .timeLimit(.minutes(1))) struct LimitTests {
    static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    @Test("an app that never answers is a 504, and its connection isn't kept")
    func headTimeout() async throws {
        try await withApp {
            $0.responseHead = .milliseconds(150)
        } script: { peer in
            guard try await peer.request() != nil else { return }
            if peer.index > 1 { return try await peer.send(Self.ok) }
            _ = try await peer.drain()
        } _: { door, app in
            let clock = ContinuousClock()
            let start = clock.now
            let answer = try await door.send(.get())
            #expect(answer.problem?.status == 504)
            #expect(answer.problem?.reason == "upstream.head-timeout")
            #expect(clock.now - start >= .milliseconds(140))
            #expect(clock.now - start < .seconds(5))
            #expect(try await door.send(.get()).text == "ok")
            #expect(app.connections == 2)
        }
    }

    @Test("an app that dribbles its head is cut off all the same")
    func slowHead() async throws {
        try await withApp {
            $0.responseHead = .seconds(10)
            $0.total = .milliseconds(300)
        } script: { peer in
            guard try await peer.request() != nil else { return }
            for byte in "HTTP/1.1 200 OK\r\nX: ".utf8 { try await peer.send([byte]) }
            while true {
                try await peer.send("a")
                try await Task.sleep(for: .milliseconds(20))
            }
        } _: { door, _ in
            let answer = try await door.send(.get())
            #expect(answer.problem?.status == 504)
            #expect(answer.problem?.reason == "upstream.total-timeout")
        }
    }

    @Test("an app that stops in mid-body is cut off, one that is merely slow isn't")
    func idleTimeout() async throws {
        try await withApp {
            $0.idle = .milliseconds(200)
        } script: { peer in
            guard let request = try await peer.request() else { return }
            try await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n")
            let isSlow = request.head.hasPrefix("GET /slow")
            for _ in 0..<(isSlow ? 8 : 2) {
                try await peer.send("x")
                try await Task.sleep(for: .milliseconds(80))
            }
            if !isSlow { _ = try await peer.drain() }
        } _: { door, _ in
            let slow = try await door.send(.get("/slow"))
            #expect(slow.text == "xxxxxxxx")
            #expect(slow.ended)
            let stuck = try await door.send(.get("/stuck"))
            #expect(stuck.text == "xx")
            #expect(stuck.problem?.reason == "upstream.idle-timeout")
            #expect(stuck.problem?.status == 504)
        }
    }

    @Test("an app that takes nothing of a body is cut off")
    func requestNotTaken() async throws {
        try await withApp {
            $0.idle = .milliseconds(200)
        } script: { peer in
            guard try await peer.head() != nil else { return }
            try await Task.sleep(for: .seconds(20))
        } _: { door, _ in
            var ask = Ask(method: .POST, headers: ["Host": "a", "Content-Length": "100000000"])
            ask.endsRequest = false
            let loop = door.loop
            let answer = try await door.send(ask, on: loop) { request, sink in
                var isOpen = true
                func feed() {
                    while isOpen { request.body(ByteBuffer(repeating: 0x61, count: 100_000)) }
                }
                sink.onFlow = { flow in
                    isOpen = flow
                    if flow { loop.assumeIsolated().execute { feed() } }
                }
                // Not in this turn: `drive` comes before the response could.
                loop.assumeIsolated().execute { feed() }
            }
            #expect(answer.problem?.reason == "upstream.idle-timeout")
            #expect(answer.problem?.status == 504)
        }
    }

    @Test("a client that takes its time sending isn't the app's fault")
    func slowClient() async throws {
        try await withApp {
            $0.idle = .milliseconds(100)
            $0.responseHead = .milliseconds(100)
        } script: { peer in
            while try await peer.request() != nil { try await peer.send(Self.ok) }
        } _: { door, _ in
            var ask = Ask(method: .POST, headers: ["Host": "a", "Content-Length": "2"])
            ask.endsRequest = false
            let loop = door.loop
            let answer = try await door.send(ask, on: loop) { request, _ in
                request.body(ByteBuffer(string: "a"))
                loop.assumeIsolated().scheduleTask(in: .milliseconds(500)) {
                    request.body(ByteBuffer(string: "b"))
                    request.end(nil)
                }
            }
            #expect(answer.text == "ok")
        }
    }

    @Test("a client that takes its time receiving isn't the app's fault")
    func slowReader() async throws {
        try await withApp {
            $0.idle = .milliseconds(100)
        } script: { peer in
            guard try await peer.request() != nil else { return }
            try await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 4000000\r\n\r\n")
            for _ in 0..<40 { try await peer.send([UInt8](repeating: 0x61, count: 100_000)) }
        } _: { door, _ in
            let loop = door.loop
            let answer = try await door.send(.get(), on: loop) { request, sink in
                sink.keepsBody = false
                sink.onHead = { _ in
                    request.responseFlow(false)
                    loop.assumeIsolated().scheduleTask(in: .milliseconds(500)) { request.responseFlow(true) }
                }
            }
            #expect(answer.ended)
            #expect(answer.bodyBytes == 4_000_000)
        }
    }

    @Test("a connection that doesn't come about is a 504")
    func connectTimeout() async throws {
        // A listener that never accepts, with its queue filled: further attempts hang.
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.autoRead, value: false).serverChannelOption(.backlog, value: 1)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = server.localAddress?.port ?? 0
        let fillers = (0..<8).map { _ in
            ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connectTimeout(.seconds(20))
                .connect(host: "127.0.0.1", port: port)
        }
        try await Task.sleep(for: .milliseconds(200))
        let door = Door(.tcp(host: "127.0.0.1", port: port)) { $0.connect = .milliseconds(200) }
        let answer = try await door.send(.get())
        #expect(answer.problem?.reason == "upstream.connect-timeout")
        #expect(answer.problem?.status == 504)
        await door.stop()
        try await server.close()
        for filler in fillers { filler.whenSuccess { $0.close(promise: nil) } }
    }

    @Test("when every connection is busy a request waits, and not for ever; too many don't wait at all")
    func busy() async throws {
        try await withApp {
            $0.maxConnections = 1
            $0.maxWaiting = 1
            $0.wait = .milliseconds(200)
        } script: { peer in
            while let request = try await peer.request() {
                if request.head.hasPrefix("GET /long") { try await Task.sleep(for: .milliseconds(1500)) }
                try await peer.send(Self.ok)
            }
        } _: { door, app in
            let loop = door.loop
            let long = door.open(.get("/long"), on: loop) { _, _ in }
            try await until { door.upstream.snapshot[.open] == 1 }
            let waiting = door.open(.get("/waits"), on: loop) { _, _ in }
            let tooMany = try await door.send(.get("/too-many"), on: loop)
            #expect(tooMany.problem?.status == 503)
            #expect(tooMany.problem?.reason == "upstream.busy")
            #expect(tooMany.problem?.retryAfter == 1)
            let waited = try await waiting.get()
            #expect(waited.problem?.reason == "upstream.busy")
            #expect(try await long.get().text == "ok")
            #expect(app.connections == 1)
            // A place in the queue leads to a connection when one becomes free in time.
            let first = door.open(.get("/1"), on: loop) { _, _ in }
            let second = door.open(.get("/2"), on: loop) { _, _ in }
            #expect(try await first.get().text == "ok")
            #expect(try await second.get().text == "ok")
            #expect(app.connections == 1)
        }
    }

    @Test("a client that leaves the queue makes room in it")
    func leavesQueue() async throws {
        try await withApp {
            $0.maxConnections = 1
            $0.maxWaiting = 1
        } script: { peer in
            while let request = try await peer.request() {
                if request.head.hasPrefix("GET /long") { try await Task.sleep(for: .milliseconds(300)) }
                try await peer.send(Self.ok)
            }
        } _: { door, _ in
            let loop = door.loop
            let long = door.open(.get("/long"), on: loop) { _, _ in }
            try await until { door.upstream.snapshot[.open] == 1 }
            var leaver = Ask.get()
            leaver.endsRequest = false
            _ = door.open(leaver, on: loop) { request, _ in request.abort() }
            #expect(try await door.send(.get(), on: loop).text == "ok")
            #expect(try await long.get().text == "ok")
            #expect(door.upstream.snapshot[.waiting] == 0)
        }
    }

    @Test("connections that nobody uses are closed, sooner when the app says so")
    func keepAlive() async throws {
        try await withApp {
            $0.keepAlive = .milliseconds(300)
        } script: { peer in
            while let request = try await peer.request() {
                let announced = request.head.hasPrefix("GET /brief") ? "Keep-Alive: timeout=1\r\n" : ""
                try await peer.send("HTTP/1.1 200 OK\r\n\(announced)Content-Length: 0\r\n\r\n")
            }
        } _: { door, _ in
            _ = try await door.send(.get())
            #expect(door.upstream.snapshot[.open] == 1)
            try await until { door.upstream.snapshot[.open] == 0 }
            _ = try await door.send(.get("/brief"))
            try await Task.sleep(for: .milliseconds(180))
            #expect(door.upstream.snapshot[.open] == 0)
        }
    }

    @Test("no more connections are kept than allowed, and none once draining")
    func maxIdle() async throws {
        try await withApp {
            $0.maxIdleConnections = 2
        } script: { peer in
            while try await peer.request() != nil {
                try await Task.sleep(for: .milliseconds(50))
                try await peer.send(Self.ok)
            }
        } _: { door, app in
            let loop = door.loop
            let answers = (0..<6).map { _ in door.open(.get(), on: loop) { _, _ in } }
            for answer in answers { #expect(try await answer.get().text == "ok") }
            try await until { door.upstream.snapshot[.idle] == 2 && door.upstream.snapshot[.open] == 2 }
            #expect(app.connections == 6)
            door.upstream.drain()
            try await until { door.upstream.snapshot[.open] == 0 }
            #expect(try await door.send(.get(), on: loop).text == "ok")
            try await until { door.upstream.snapshot[.open] == 0 }
        }
    }
}
