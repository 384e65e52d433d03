import Kernel
import NIOCore
import NIOHTTP1
import Proxy
import Testing

@Suite("Forwarding", .timeLimit(.minutes(1))) struct ForwardingTests {
    static let hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-App: yes\r\n\r\nhello"

    @Test("a request reaches the app byte for byte and its response comes back")
    func roundTrip() async throws {
        let seen = Seen()
        try await withApp { peer in
            while let request = try await peer.request() {
                seen.add(request)
                try await peer.send(Self.hello)
            }
        } _: { door, _ in
            var ask = Ask.get("/a%2Fb;c=1/@x?q=%2B&&empty=")
            ask.headers = ["hOST": "app.test", "X-Odd-Case": "  Va lue", "accept": "*/*", "X-Empty": ""]
            let answer = try await door.send(ask)
            #expect(answer.status == 200)
            #expect(answer.text == "hello")
            #expect(answer.ended)
            #expect(answer.headers["x-app"] == ["yes"])
            #expect(answer.headers["content-length"] == ["5"])
        }
        #expect(
            seen.heads == [
                "GET /a%2Fb;c=1/@x?q=%2B&&empty= HTTP/1.1\r\nhOST: app.test\r\nX-Odd-Case:   Va lue\r\naccept: */*\r\n"
                    + "X-Empty: \r\n\r\n"
            ])
    }

    @Test("hop-by-hop fields stay here, both ways")
    func hopByHop() async throws {
        let seen = Seen()
        try await withApp { peer in
            while let request = try await peer.request() {
                seen.add(request)
                try await peer.send(
                    "HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Private\r\nKeep-Alive: timeout=5\r\nX-Private: 1\r\n"
                        + "Upgrade: h2c\r\nProxy-Authenticate: Basic\r\nTransfer-Encoding: chunked\r\nX-Kept: 1\r\n\r\n"
                        + "2\r\nhi\r\n0\r\n\r\n")
            }
        } _: { door, _ in
            var ask = Ask.get()
            ask.headers = [
                "Host": "a", "Connection": "keep-alive, Upgrade", "Keep-Alive": "5", "Upgrade": "h2c",
                "HTTP2-Settings": "AA", "Proxy-Connection": "keep-alive", "TE": "gzip", "X-Kept": "1",
            ]
            let answer = try await door.send(ask)
            #expect(answer.text == "hi")
            #expect(answer.headers.map(\.name) == ["X-Kept"])
        }
        #expect(seen.heads == ["GET / HTTP/1.1\r\nHost: a\r\nX-Kept: 1\r\n\r\n"])
    }

    @Test("one connection carries one exchange after the other")
    func reuse() async throws {
        try await withApp { peer in
            while try await peer.request() != nil { try await peer.send(Self.hello) }
        } _: { door, app in
            for _ in 0..<50 {
                let answer = try await door.send(.get())
                #expect(answer.text == "hello")
            }
            #expect(app.connections == 1)
            #expect(door.upstream.snapshot[.connects] == 1)
            #expect(door.upstream.snapshot[.reused] == 49)
        }
    }

    @Test("many exchanges at once each get their own answer")
    func concurrent() async throws {
        try await withApp(loops: 2) { peer in
            while let request = try await peer.request() {
                let target = request.head.split(separator: " ")[1]
                try await peer.send("HTTP/1.1 200 OK\r\nContent-Length: \(target.utf8.count)\r\n\r\n\(target)")
            }
        } _: { door, app in
            try await withThrowingTaskGroup { group in
                for client in 0..<32 {
                    group.addTask {
                        for round in 0..<20 {
                            let target = "/\(client)/\(round)"
                            let answer = try await door.send(.get(target))
                            #expect(answer.text == target)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(app.connections <= 64)
            #expect(door.upstream.snapshot[.requests] == 640)
            #expect(door.upstream.snapshot[.failures] == 0)
        }
    }

    @Test("an app behind a Unix socket is reached")
    func unixSocket() async throws {
        let path = "/tmp/seaworthy-proxy-\(UInt64.random(in: 0 ... .max)).sock"
        let app = try await RawUpstream.start(unix: path) { peer in
            while try await peer.request() != nil { try await peer.send(Self.hello) }
        }
        let door = Door(app.address)
        #expect(try await door.send(.get()).text == "hello")
        #expect(try await door.send(.get()).text == "hello")
        #expect(app.connections == 1)
        #expect(await UpstreamProbe.isReachable(app.address, within: .seconds(1)))
        await door.stop()
        await app.stop()
        #expect(await !UpstreamProbe.isReachable(.unix(path: path + "-none"), within: .seconds(1)))
    }
}

/// Requests as an app saw them.
final class Seen: Sendable {
    private let requests = Lock<[RawRequest]>([])
    func add(_ request: RawRequest) { requests.with { $0.append(request) } }
    var all: [RawRequest] { requests.with { $0 } }
    var heads: [String] { all.map(\.head) }
    var bodies: [String] { all.map(\.body) }
}
