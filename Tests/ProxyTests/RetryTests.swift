import Kernel
import NIOCore
import NIOHTTP1
import Proxy
import Testing

@testable import Web

@Suite("A second try", .timeLimit(.minutes(1))) struct RetryTests {
    /// Serves one request on the first connection and closes it when the second request has come; what the first
    /// connection says before it closes is `parting`.
    private func secondOnDyingConnection(
        _ ask: Ask, parting: String = ""
    ) async throws -> (Answer, seen: [RawRequest], retries: Int, connections: Int) {
        let seen = Seen()
        return try await withApp { peer in
            var served = 0
            while let request = try await peer.request() {
                served += 1
                if peer.index == 1, served == 2 {
                    seen.add(request)
                    if !parting.isEmpty { try await peer.send(parting) }
                    return
                }
                if served > 1 || peer.index > 1 { seen.add(request) }
                try await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            }
        } _: { door, app in
            #expect(try await door.send(.get("/first")).status == 200)
            let answer = try await door.send(ask)
            return (answer, seen.all, door.upstream.snapshot[.retries], app.connections)
        }
    }

    @Test(
        "a kept connection that closes is tried once more for methods that may be repeated",
        arguments: [HTTPMethod.GET, .HEAD, .OPTIONS, .TRACE, .DELETE, .PUT])
    func repeatable(method: HTTPMethod) async throws {
        var ask = Ask.get("/again?x=1")
        ask.method = method
        let (answer, seen, retries, connections) = try await secondOnDyingConnection(ask)
        #expect(answer.status == 200)
        #expect(answer.ended)
        #expect(retries == 1)
        #expect(connections == 2)
        #expect(seen.count == 2)
        #expect(seen.first?.head == seen.last?.head)
    }

    @Test(
        "what may have been acted on is never sent again",
        arguments: [HTTPMethod.POST, .PATCH, .LOCK, .PROPPATCH, .RAW(value: "TRANSFER")])
    func unrepeatable(method: HTTPMethod) async throws {
        var ask = Ask.post("amount=1")
        ask.method = method
        let (answer, seen, retries, _) = try await secondOnDyingConnection(ask)
        #expect(answer.problem?.reason == "upstream.closed-early")
        #expect(answer.problem?.status == 502)
        #expect(retries == 0)
        #expect(seen.count == 1)
    }

    @Test("a small body that is still in hand goes with the second try")
    func smallBody() async throws {
        var ask = Ask.post("name=x")
        ask.method = .PUT
        let (answer, seen, retries, _) = try await secondOnDyingConnection(ask)
        #expect(answer.status == 200)
        #expect(retries == 1)
        #expect(seen.map(\.body) == ["name=x", "name=x"])
        #expect(seen.first?.head == seen.last?.head)
    }

    @Test("a chunked body with trailers goes with the second try")
    func chunkedBody() async throws {
        var ask = Ask(method: .PUT, headers: ["Host": "a", "Transfer-Encoding": "chunked"], body: ["ab", "c"])
        ask.trailers = ["X-Sum": "1"]
        let (answer, seen, retries, _) = try await secondOnDyingConnection(ask)
        #expect(answer.status == 200)
        #expect(retries == 1)
        #expect(seen.map(\.body) == Array(repeating: "2\r\nab\r\n1\r\nc\r\n0\r\nX-Sum: 1\r\n\r\n", count: 2))
    }

    @Test("a body that is too large to keep is not sent again")
    func largeBody() async throws {
        var ask = Ask.post(String(repeating: "x", count: 70_000))
        ask.method = .PUT
        let (answer, _, retries, _) = try await secondOnDyingConnection(ask)
        #expect(answer.problem?.reason == "upstream.closed-early")
        #expect(retries == 0)
    }

    @Test(
        "once a byte of an answer has come there is no second try", arguments: ["H", "HTTP/1.1 100 Continue\r\n\r\n"])
    func afterFirstByte(parting: String) async throws {
        let (answer, seen, retries, _) = try await secondOnDyingConnection(.get(), parting: parting)
        #expect(answer.problem?.reason == "upstream.closed-early")
        #expect(retries == 0)
        #expect(seen.count == 1)
    }

    @Test("a fresh connection that closes is the app's answer, not bad luck")
    func fresh() async throws {
        try await withApp { peer in
            _ = try await peer.request()
        } _: { door, app in
            let answer = try await door.send(.get())
            #expect(answer.problem?.reason == "upstream.closed-early")
            #expect(app.connections == 1)
            #expect(door.upstream.snapshot[.retries] == 0)
        }
    }

    @Test("the second try is the last")
    func onlyOnce() async throws {
        try await withApp { peer in
            var served = 0
            while try await peer.request() != nil {
                served += 1
                if peer.index > 1 || served > 1 { return }
                try await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            }
        } _: { door, app in
            let first = try await door.send(.get())
            #expect(first.status == 200)
            #expect(try await door.send(.get()).problem?.reason == "upstream.closed-early")
            #expect(app.connections == 2)
        }
    }

    @Test("a POST doesn't go into a connection that has lain long")
    func unsafeAvoidsStale() async throws {
        try await withApp { limits in
            limits.keepAliveForUnsafe = .milliseconds(50)
            limits.wait = .milliseconds(200)
        } script: { peer in
            while try await peer.request() != nil {
                try await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            }
        } _: { door, app in
            let first = try await door.send(.post("1"))
            #expect(first.status == 200)
            #expect(try await door.send(.post("1")).status == 200)
            #expect(app.connections == 1)
            try await Task.sleep(for: .milliseconds(300))
            #expect(try await door.send(.post("1")).status == 200)
            #expect(app.connections == 2)
        }
    }
}
