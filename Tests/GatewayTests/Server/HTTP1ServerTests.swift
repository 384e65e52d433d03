import Kernel
import NIOCore
import NIOHTTP1
import TestKit
import Testing
import Web

@testable import Gateway

@Suite("HTTP/1.1 connections", .serialized)
struct HTTP1ServerTests {
    static func get(_ target: String, _ more: String = "") -> String {
        "GET \(target) HTTP/1.1\r\nHost: app.test\r\n\(more)\r\n"
    }
    static let refuses = ScriptedStage("refuses") { exchange in
        exchange.request.target == "/no"
            ? .refuse(Problem("test.no", status: 403, title: "No.")) : .proceed
    }

    @Test("One connection serves request after request, also after an answer given at once")
    func keepAlive() async throws {
        try await TestServer.run(stages: [Self.refuses]) { server in
            let client = try await server.open()
            for target in ["/echo1", "/no", "/echo2", "/no", "/large/100", "/echo3"] {
                try await client.send(Self.get(target))
                let response = try #require(await client.response())
                #expect(response.status == (target == "/no" ? 403 : 200))
                #expect(!response.announcesClose)
            }
            try await client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody")
            #expect(await client.response()?.text == "POST /echo body")
            #expect(await server.server.openConnections() == 1)
            await client.close()
            #expect(try await server.holds { await server.server.openConnections() == 0 })
        }
    }

    @Test(
        "Pipelined requests, 16 deep, are answered in order, however the bytes are cut",
        arguments: [1, 7, 1000, 100_000])
    func pipelining(cut: Int) async throws {
        try await TestServer.run(stages: [Self.refuses]) { server in
            let client = try await server.open()
            var bytes: [UInt8] = []
            for number in 0..<16 {
                switch number % 4 {
                case 0: bytes += Array(Self.get("/echo\(number)").utf8)
                case 1: bytes += Array("POST /echo\(number) HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc".utf8)
                case 2: bytes += Array(Self.get("/no").utf8)
                default:
                    bytes += Array(
                        "POST /echo\(number) HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"
                            .utf8)
                }
            }
            if cut < bytes.count {
                let pieces = stride(from: 0, to: bytes.count, by: cut).map {
                    Array(bytes[$0..<min($0 + cut, bytes.count)])
                }
                try await client.send(pieces: pieces, pause: .microseconds(200))
            } else {
                try await client.send(bytes)
            }
            for number in 0..<16 {
                let response = try #require(await client.response())
                switch number % 4 {
                case 0: #expect(response.text == "GET /echo\(number) ")
                case 1: #expect(response.text == "POST /echo\(number) abc")
                case 2: #expect(response.status == 403)
                default: #expect(response.text == "POST /echo\(number) x")
                }
            }
        }
    }

    @Test("A slow answer holds back the pipelined ones behind it")
    func pipeliningOrder() async throws {
        try await TestServer.run { server in
            let client = try await server.open()
            try await client.send(Self.get("/slow") + Self.get("/echo") + Self.get("/slow") + Self.get("/sized/70000"))
            #expect(await client.response()?.text == "slow")
            #expect(await client.response()?.text == "GET /echo ")
            #expect(await client.response()?.text == "slow")
            #expect(await client.response()?.body.count == 70_000)
        }
    }

    @Test("A head that doesn't come is 408, also on a kept connection; an idle one just closes")
    func slowHead() async throws {
        let limits = ClientLimits(head: .milliseconds(300), idle: .milliseconds(500))
        try await TestServer.run(limits: limits) { server in
            let client = try await server.open()
            try await Task.sleep(for: .milliseconds(150))
            try await client.send("GET / HTTP/1.1\r\nHo")
            let response = try #require(await client.response())
            #expect(response.status == 408)
            #expect(response.announcesClose)

            let kept = try await server.open()
            try await kept.send(Self.get("/echo"))
            #expect(await kept.response()?.status == 200)
            try await Task.sleep(for: .milliseconds(400))
            try await kept.send("GET / HTTP/1.1\r\n")
            #expect(await kept.response()?.status == 408)

            let idle = try await server.open()
            let end = await idle.receiveToEnd()
            #expect(end.isClosed && end.bytes.isEmpty)
        }
    }

    @Test("A body that stops coming is 408 and the app's request is dropped")
    func slowBody() async throws {
        try await TestServer.run(limits: ClientLimits(body: .milliseconds(200))) { server in
            let client = try await server.open()
            try await client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
            let response = try #require(await client.response())
            #expect(response.status == 408)
            #expect(response.announcesClose)
            #expect(server.app.aborts == 1)
        }
    }

    @Test("While the app doesn't take the body, the client is not blamed for being slow")
    func slowApp() async throws {
        try await TestServer.run(limits: ClientLimits(body: .milliseconds(200))) { server in
            let client = try await server.open()
            try await client.send("POST /drip HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc")
            try await Task.sleep(for: .milliseconds(500))
            try await client.send("def")
            #expect(await client.response()?.text == "POST /drip abcdef")
        }
    }

    @Test("A reader that takes nothing is closed after a while; the app is told")
    func stalledReader() async throws {
        try await TestServer.run(limits: ClientLimits(stalled: .milliseconds(300))) { server in
            let client = try await server.open()
            try await client.setReading(false)
            try await client.send(Self.get("/large/1000000000"))
            #expect(try await server.holds { await server.server.openConnections() == 0 })
            #expect(server.app.aborts == 1)
            #expect(try await server.holds { server.log.last?.outcome.ending == .timedOut })
        }
    }

    @Test("An answer before the request's end reaches a client that is still sending, and then the connection ends")
    func earlyAnswer() async throws {
        try await TestServer.run { server in
            let client = try await server.open()
            try await client.send("POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 50000000\r\n\r\n")
            let sending = Task {
                for _ in 0..<200 {
                    guard (try? await client.send([UInt8](repeating: 1, count: 65_536))) != nil else { break }
                }
            }
            let response = try #require(await client.response(within: .seconds(10)))
            #expect(response.status == 413)
            #expect(response.text == "too much")
            _ = await sending.value
            #expect(await client.receiveToEnd(within: .seconds(5)).isClosed)
        }
    }

    @Test("A large answer is whole though the connection closes after it", arguments: ["HTTP/1.0", "close", "drain"])
    func wholeBeforeClose(how: String) async throws {
        try await TestServer.run { server in
            let client = try await server.open()
            try await client.setReading(false)
            let line = how == "HTTP/1.0" ? "HTTP/1.0" : "HTTP/1.1"
            for (target, count) in [("/sized/", 20_000_000)] {
                try await client.send(
                    "GET \(target)\(count) \(line)\r\nHost: a\r\n\(how == "close" ? "Connection: close\r\n" : "")\r\n")
                #expect(try await server.holds { server.app.opened.count == 1 })
                if how == "drain" { Task { _ = await server.server.drain(within: .seconds(10)) } }
                try await Task.sleep(for: .milliseconds(100))
                try await client.setReading(true)
                let response = try #require(await client.response(within: .seconds(20)))
                #expect(response.body.count == count)
                #expect(response.isComplete)
            }
            #expect(await client.receiveToEnd().isClosed)
        }
    }

    @Test("HTTP/1.0 gets no chunks: the end of the connection is the end of the body")
    func http10() async throws {
        try await TestServer.run { server in
            let client = try await server.open()
            try await client.send("GET /large/100000 HTTP/1.0\r\n\r\n")
            let all = await client.receiveToEnd()
            #expect(all.isClosed)
            #expect(!all.text.lowercased().contains("transfer-encoding"))
            #expect(all.text.hasSuffix(String(repeating: "x", count: 100_000)))
        }
    }

    @Test("A body that breaks off ends without its last chunk; in HTTP/1.0 with a reset")
    func brokenBody() async throws {
        try await TestServer.run { server in
            let client = try await server.open()
            try await client.send(Self.get("/broken"))
            let all = await client.receiveToEnd()
            #expect(all.isClosed && all.text.contains("half") && !all.text.contains("\r\n0\r\n"))
            #expect(try await server.holds { server.log.last?.outcome.ending == .upstreamBroke })

            let old = try await server.open()
            try await old.send("GET /broken HTTP/1.0\r\n\r\n")
            #expect(await old.receiveToEnd().isClosed)
            #expect(try await server.holds { server.log.finished.count == 2 })
        }
    }

    @Test("Connection: close is heeded and said; what is pipelined behind it is not served")
    func connectionClose() async throws {
        try await TestServer.run { server in
            let client = try await server.open()
            try await client.send(Self.get("/echo", "Connection: close\r\n") + Self.get("/second"))
            let response = try #require(await client.response())
            #expect(response.announcesClose)
            let rest = await client.receiveToEnd()
            #expect(rest.isClosed && rest.bytes.isEmpty)
            #expect(server.app.opened == ["/echo"])
        }
    }

    @Test("Rubbish after a valid request is answered after that request, once, and ends the connection")
    func malformedAfterValid() async throws {
        for target in ["/echo", "/slow"] {
            try await TestServer.run { server in
                let client = try await server.open()
                try await client.send(Self.get(target) + "rubbish\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n")
                try await Task.sleep(for: .milliseconds(50))
                try? await client.send("and more of it")
                #expect(await client.response()?.status == 200)
                let second = try #require(await client.response())
                #expect(second.status >= 400)
                #expect(second.announcesClose)
                let rest = await client.receiveToEnd()
                #expect(rest.isClosed && rest.bytes.isEmpty)
                #expect(server.app.opened == [target])
            }
        }
    }

    @Test("A malformed body of a pipelined request is 400 at once, though it was read while another was served")
    func malformedPipelinedBody() async throws {
        try await TestServer.run { server in
            let client = try await server.open()
            try await client.send(
                Self.get("/slow") + "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
            #expect(await client.response()?.status == 200)
            #expect(await client.response(within: .seconds(3))?.status == 400)
        }
    }

    @Test("A client that leaves in the middle of its body leaves nothing behind, and no answer is claimed")
    func leavesInBody() async throws {
        for resets in [true, false] {
            try await TestServer.run { server in
                let client = try await server.open()
                try await client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
                #expect(try await server.holds { server.app.opened.count == 1 })
                if resets { await client.reset() } else { await client.close() }
                #expect(try await server.holds { server.log.finished.count == 1 })
                #expect(server.log.last?.outcome.ending == .clientGone)
                #expect(server.log.last?.outcome.status == 0)
                #expect(server.app.aborts == 1)
                #expect(try await server.holds { await server.server.openConnections() == 0 })
            }
        }
    }

    @Test("A large upload passes in pieces while the app holds it back now and then")
    func upload() async throws {
        try await TestServer.run { server in
            let client = try await server.open()
            try await client.send("POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 20000000\r\n\r\n")
            for _ in 0..<20 { try await client.send([UInt8](repeating: 1, count: 1_000_000)) }
            #expect(await client.response()?.text == "20000000")
        }
    }

    @Test("A drain closes idle connections at once, lets the others finish and then closes them")
    func drain() async throws {
        try await TestServer.run { server in
            let idle = try await server.open()
            try await idle.send(Self.get("/echo"))
            _ = await idle.response()
            let active = try await server.open()
            try await active.send(Self.get("/slow"))
            #expect(try await server.holds { server.app.opened.count == 2 })
            async let drained = server.server.drain(within: .seconds(5))
            #expect(await idle.receiveToEnd(within: .seconds(2)).isClosed)
            let response = try #require(await active.response())
            #expect(response.text == "slow")
            #expect(response.announcesClose)
            #expect(await active.receiveToEnd(within: .seconds(2)).isClosed)
            #expect(await drained)
            await #expect(throws: (any Error).self) { _ = try await server.open() }
        }
    }

    @Test("What doesn't end in time is closed, and told as a shutdown")
    func drainTimesOut() async throws {
        try await TestServer.run { server in
            let client = try await server.open()
            try await client.send(Self.get("/never"))
            #expect(try await server.holds { server.app.opened.count == 1 })
            #expect(await server.server.drain(within: .milliseconds(100)) == false)
            await server.server.closeAll()
            #expect(await client.receiveToEnd().isClosed)
            #expect(try await server.holds { server.log.last?.outcome.ending == .shutDown })
        }
    }

    @Test("A reload holds for the next exchange; the one under way goes on with what it has")
    func reload() async throws {
        try await TestServer.run { server in
            let client = try await server.open()
            try await client.send(Self.get("/slow"))
            #expect(try await server.holds { server.app.opened.count == 1 })
            let everything = ScriptedStage("refuses") { _ in .refuse(Problem("test.no", status: 403, title: "No.")) }
            try await server.server.swap(TestServer.program([everything], server.app))
            #expect(await client.response()?.text == "slow")
            try await client.send(Self.get("/echo"))
            #expect(await client.response()?.status == 403)
        }
    }

    @Test("HEAD has the length and no body, and the next answer stands right behind it")
    func head() async throws {
        try await TestServer.run { server in
            let client = try await server.open()
            try await client.send("HEAD /echo HTTP/1.1\r\nHost: a\r\n\r\n" + Self.get("/echo"))
            let head = try #require(await client.response(to: "HEAD"))
            #expect(head.value("content-length") == "11")
            #expect(await client.response()?.text == "GET /echo ")
        }
    }

    @Test("An upgrade carries bytes both ways, those that came with the request first")
    func upgrade() async throws {
        try await TestServer.run { server in
            let client = try await server.open()
            try await client.send(
                Self.get("/upgrade", "Connection: Upgrade\r\nUpgrade: websocket\r\n") + "early;")
            let all = await client.receive { String(decoding: $0, as: UTF8.self).contains("early;") }
            #expect(all.text.hasPrefix("HTTP/1.1 101 "))
            #expect(all.text.contains("hello early;"))
            try await client.send("more;")
            #expect(
                await client.receive { String(decoding: $0, as: UTF8.self).contains("more;") }.text.hasSuffix("more;"))
            try await client.send("bye")
            let end = await client.receiveToEnd()
            #expect(end.isClosed && end.text.hasSuffix("bye"))
            #expect(try await server.holds { server.log.last?.outcome.ending == .upgraded })
            #expect(server.log.last?.outcome.requestBytes == 14)
            #expect(server.log.finished.count == 1)
            #expect(try await server.holds { await server.server.openConnections() == 0 })
        }
    }

    @Test("An upgraded client that leaves closes the app's side and is counted out")
    func upgradedClientLeaves() async throws {
        try await TestServer.run { server in
            let client = try await server.open()
            try await client.send(Self.get("/upgrade", "Connection: Upgrade\r\nUpgrade: websocket\r\n"))
            _ = await client.receive { String(decoding: $0, as: UTF8.self).contains("hello") }
            let before = EchoingUpstream.closes
            await client.close()
            #expect(try await server.holds { EchoingUpstream.closes == before + 1 })
            #expect(try await server.holds { server.log.last?.outcome.ending == .upgraded })
            #expect(try await server.holds { await server.server.openConnections() == 0 })
        }
    }
}
