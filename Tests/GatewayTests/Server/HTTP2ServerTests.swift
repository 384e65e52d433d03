import Kernel
import NIOCore
import NIOHPACK
import NIOHTTP1
import NIOHTTP2
import TestKit
import Testing
import Web

@testable import Gateway

@Suite("HTTP/2 connections", .serialized)
struct HTTP2ServerTests {
    static func run(
        stages: [any GatewayStage] = [], limits: ClientLimits = ClientLimits(),
        _ body: (TestServer, H2Client) async throws -> Void
    ) async throws {
        try await TestServer.run(stages: stages, limits: limits, tls: try TestCertificate.context()) { server in
            let client = try await H2Client.open(port: server.port)
            try await body(server, client)
            await client.close()
        }
    }

    @Test("Requests by ALPN h2 are served, one after the other on one connection")
    func served() async throws {
        try await Self.run { server, client in
            for number in 0..<5 {
                let answer = try await client.request("GET", "/echo\(number)")
                #expect(answer.status == 200)
                #expect(answer.text == "GET /echo\(number) ")
                #expect(answer.ended && answer.error == nil)
                #expect(answer.headers.first(name: "date") != nil)
            }
            let posted = try await client.request("POST", "/echo", [("content-length", "4")], body: "body")
            #expect(posted.text == "POST /echo body")
        }
    }

    @Test("The exchange is the one that HTTP/1.1 gives for the same request")
    func sameExchange() async throws {
        try await Self.run { server, client in
            _ = try await client.request("GET", "/a?b=%2F", [("cookie", "a=1"), ("x-one", "1"), ("cookie", "b=2")])
            _ = try await client.request("GET", "/b", [("host", "other.test")])
            _ = try await client.request("GET", "/c", [(":authority", "app.test"), ("host", "app.test")])
            _ = try await client.request(
                "POST", "/d", body: "x", trailers: [("x-kept", "1"), ("x-forwarded-for", "2")])
            _ = try await client.request("POST", "/e", [("content-length", "1")], body: "x")
            let heads = server.app.heads
            try #require(heads.count == 5)
            #expect(heads.allSatisfy { $0.scheme == .https })
            #expect(
                heads[0].headers.map { "\($0.name): \($0.value)" } == [
                    "host: app.test", "x-one: 1", "cookie: a=1; b=2",
                ])
            #expect(heads[0].target == "/a?b=%2F")
            #expect(heads[1].values(.host) == ["other.test"])
            #expect(heads[2].values(.host) == ["app.test"])
            #expect(heads[3].first(.transferEncoding) == "chunked")
            #expect(heads[4].first(.contentLength) == "1" && !heads[4].has(.transferEncoding))
        }
    }

    @Test("Kept trailers reach the app, others don't")
    func trailers() async throws {
        try await Self.run { _, client in
            let answer = try await client.request(
                "POST", "/echo", body: "x", trailers: [("x-kept", "1"), ("x-other", "2")])
            #expect(answer.text == "POST /echo x x-kept=1")
        }
    }

    @Test("Two hosts that differ are refused, and the app never asked")
    func twoHosts() async throws {
        try await Self.run { server, client in
            let answer = try await client.request("GET", "/echo", [(":authority", "app.test"), ("host", "evil.test")])
            #expect(answer.status == 400)
            #expect(server.app.opened.isEmpty)
        }
    }

    @Test("HEAD ends with its head; a refusal given at once leaves the connection in order")
    func head() async throws {
        let refuses = ScriptedStage("refuses") {
            $0.request.target == "/no" ? .refuse(Problem("test.no", status: 403, title: "No.")) : .proceed
        }
        try await Self.run(stages: [refuses]) { _, client in
            let head = try await client.request("HEAD", "/echo")
            #expect(head.status == 200 && head.bytes == 0 && head.ended)
            #expect(head.headers.first(name: "content-length") == "11")
            let refused = try await client.request("GET", "/no")
            #expect(refused.status == 403 && refused.ended && refused.error == nil)
            let posted = try await client.request("POST", "/no", body: "some")
            #expect(posted.status == 403)
            #expect(try await client.request("GET", "/echo").status == 200)
        }
    }

    @Test("A hundred streams at once are each answered with their own")
    func hundredStreams() async throws {
        try await Self.run { _, client in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        let answer = try await client.request("POST", "/echo\(number)", body: "b\(number)")
                        return answer.text == "POST /echo\(number) b\(number)"
                    }
                }
                for try await isRight in group { #expect(isRight) }
            }
        }
    }

    @Test("Large bodies pass both ways under flow control")
    func large() async throws {
        try await Self.run { server, client in
            let down = try await client.request("GET", "/large/20000000")
            #expect(down.bytes == 20_000_000 && down.ended)
            let stream = try await client.stream()
            try await stream.head("POST", "/count", ends: false)
            let piece = String(repeating: "x", count: 1_000_000)
            for number in 0..<20 { try await stream.data(piece, ends: number == 19) }
            #expect(await stream.wholeAnswer().text == "20000000")
        }
    }

    @Test("An early answer is whole before the rest of the request is refused with NO_ERROR")
    func earlyAnswer() async throws {
        try await Self.run { server, client in
            let stream = try await client.stream()
            try await stream.head("POST", "/early", ends: false)
            let answer = await stream.wholeAnswer()
            #expect(answer.status == 413)
            #expect(answer.text == "too much")
            #expect(answer.ended)
            #expect(try await client.request("GET", "/echo").status == 200)
        }
    }

    @Test("A body that stops coming is 408, the stream ends, the connection goes on")
    func slowBody() async throws {
        try await Self.run(limits: ClientLimits(body: .milliseconds(200))) { server, client in
            let stream = try await client.stream()
            try await stream.head("POST", "/echo", ends: false)
            try await stream.data("x", ends: false)
            let answer = await stream.wholeAnswer(within: .seconds(3))
            #expect(answer.status == 408)
            #expect(answer.isClosed)
            #expect(try await client.request("GET", "/echo").status == 200)
        }
    }

    @Test(
        "A stream that the client resets ends its exchange once, at every point", arguments: ["head", "body", "answer"])
    func reset(point: String) async throws {
        try await Self.run { server, client in
            let stream = try await client.stream()
            switch point {
            case "head": try await stream.head("POST", "/echo", ends: false)
            case "body":
                try await stream.head("POST", "/echo", ends: false)
                try await stream.data("x", ends: false)
            default: try await stream.head("GET", "/large/1000000000", ends: true)
            }
            #expect(try await server.holds { server.app.opened.count == 1 })
            if point == "answer" { #expect(try await server.holds { stream.answer.state.bytes > 0 }) }
            try await stream.reset()
            #expect(try await server.holds { server.log.finished.count == 1 })
            #expect(server.log.last?.outcome.ending == .clientGone)
            #expect(server.app.aborts == 1)
            #expect(try await client.request("GET", "/echo").status == 200)
            #expect(try await server.holds { server.log.finished.count == 2 })
        }
    }

    @Test("A connection that closes ends every stream's exchange")
    func connectionCloses() async throws {
        try await Self.run { server, client in
            for _ in 0..<10 { try await client.stream().head("POST", "/never", ends: true) }
            #expect(try await server.holds { server.app.opened.count == 10 })
            await client.close()
            #expect(try await server.holds { server.log.finished.count == 10 })
            #expect(server.app.aborts == 10)
            #expect(try await server.holds { await server.server.openConnections() == 0 })
        }
    }

    @Test("An upstream that breaks off is a reset stream, not a whole answer")
    func broken() async throws {
        try await Self.run { _, client in
            let answer = try await client.request("GET", "/broken")
            #expect(answer.text == "half")
            #expect(!answer.ended && answer.error != nil)
        }
    }

    @Test("A drain says GOAWAY, lets the streams finish and closes")
    func drain() async throws {
        try await Self.run { server, client in
            let stream = try await client.stream()
            try await stream.head("GET", "/slow", ends: true)
            #expect(try await server.holds { server.app.opened.count == 1 })
            async let drained = server.server.drain(within: .seconds(5))
            #expect(await stream.wholeAnswer().text == "slow")
            #expect(await drained)
            #expect(client.goAways.count >= 1)
        }
    }

    @Test("A TLS handshake that doesn't come is given up like a head")
    func handshake() async throws {
        try await TestServer.run(
            limits: ClientLimits(head: .milliseconds(200)), tls: try TestCertificate.context()
        ) { server in
            let client = try await server.open()
            #expect(try await server.holds { await server.server.openConnections() == 1 })
            #expect(await client.receiveToEnd(within: .seconds(3)).isClosed)
            #expect(try await server.holds { await server.server.openConnections() == 0 })
        }
    }
}
