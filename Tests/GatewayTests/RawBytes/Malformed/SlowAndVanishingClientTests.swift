import TestKit
import Testing

extension RawBytesTests {
    @Suite("Slow, endless and vanishing clients", .timeLimit(.minutes(1)))
    struct SlowAndVanishingClientTests {
        private static let head = "POST /evil HTTP/1.1\r\nHost: 127.0.0.1\r\n"

        private func hasty() async throws -> RawBench {
            try await RawBench(settings: [
                "mode": "enforce", "limits.client.head": "400ms", "limits.client.body-idle": "400ms",
                "limits.client.idle": "400ms",
            ])
        }

        @Test(
            "a head that stops is answered with 408 and closed",
            arguments: ["P", "POST /evil", "POST /evil HTTP/1.1\r\n", head, head + "X-A: b", head + "X-A: b\r\n"])
        func slowHead(sent: String) async throws {
            let bench = try await hasty()
            let connection = try await RawConnection.open(port: bench.gateway.port)
            try await connection.send(sent)
            let answer = await connection.response(to: "POST")
            #expect(answer?.status == 408)
            #expect(await connection.receiveToEnd().isClosed)
            #expect(bench.upstream.requests.isEmpty && bench.upstream.incomplete.isEmpty)
            try await bench.expectSoundOnNewConnection()
            await bench.stop()
        }

        @Test("a head that comes byte by byte for ever is ended by its time limit, not by a pause")
        func dribbledHead() async throws {
            let bench = try await hasty()
            let connection = try await RawConnection.open(port: bench.gateway.port)
            let dribble = Task {
                for byte in Array((SlowAndVanishingClientTests.head + String(repeating: "X-A: b\r\n", count: 50)).utf8)
                {
                    try await connection.send([byte])
                    try await Task.sleep(for: .milliseconds(40))
                }
            }
            let answer = await connection.response(to: "POST", within: .seconds(4))
            dribble.cancel()
            #expect(answer?.status == 408)
            #expect(bench.upstream.requests.isEmpty)
            await connection.close()
            await bench.stop()
        }

        @Test(
            "a body that stops is answered with 408, and the app never gets a whole request",
            arguments: [
                "Content-Length: 10\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n5\r\nhel",
                "Transfer-Encoding: chunked\r\n\r\n",
            ])
        func slowBody(rest: String) async throws {
            let bench = try await hasty()
            let connection = try await RawConnection.open(port: bench.gateway.port)
            try await connection.send(SlowAndVanishingClientTests.head + rest)
            #expect(await connection.response(to: "POST")?.status == 408)
            #expect(await connection.receiveToEnd().isClosed)
            #expect(bench.upstream.requests.isEmpty)
            try await bench.expectSoundOnNewConnection()
            await bench.stop()
        }

        @Test("an idle connection is closed without an answer")
        func idle() async throws {
            let bench = try await hasty()
            let connection = try await RawConnection.open(port: bench.gateway.port)
            try await connection.send(RawBench.sound("first"))
            await bench.expectSound("first", on: connection)
            let rest = await connection.receiveToEnd()
            #expect(rest.isClosed && rest.bytes.isEmpty)
            await bench.stop()
        }

        @Test("a chunked body over the limit is answered with 413, and the app never gets a whole request")
        func endlessBody() async throws {
            let bench = try await RawBench(settings: ["mode": "enforce"])
            let connection = try await RawConnection.open(port: bench.gateway.port)
            let chunk = Array("10000\r\n".utf8) + [UInt8](repeating: 0x61, count: 65_536) + [0x0D, 0x0A]
            let sending = Task {
                try await connection.send(SlowAndVanishingClientTests.head + "Transfer-Encoding: chunked\r\n\r\n")
                for _ in 0..<200 { try await connection.send(chunk) }
            }
            let answer = await connection.response(to: "POST", within: .seconds(10))
            sending.cancel()
            #expect(answer?.status == 413)
            #expect(bench.upstream.requests.isEmpty)
            await connection.close()
            try await bench.expectSoundOnNewConnection()
            await bench.stop()
        }

        @Test("a client that vanishes at any byte of its request harms nobody", arguments: [0, 1, 2, 3, 4, 5, 6, 7])
        func vanishes(eighth: Int) async throws {
            let bench = try await RawBench(settings: ["mode": "enforce"])
            let request = Array(
                (SlowAndVanishingClientTests.head + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n").utf8)
            for resets in [false, true] {
                let connection = try await RawConnection.open(port: bench.gateway.port)
                try await connection.send(Array(request.prefix(request.count * eighth / 8)))
                if resets { await connection.reset() } else { await connection.close() }
            }
            try await bench.expectSoundOnNewConnection()
            #expect(bench.upstream.requests.allSatisfy { $0.target.hasPrefix("/sound/") })
            await bench.stop()
        }

        @Test("a client that ends its sending half still gets its answers, and then the end", arguments: [1, 3])
        func halfCloses(count: Int) async throws {
            let bench = try await RawBench(settings: ["mode": "enforce"])
            let connection = try await RawConnection.open(port: bench.gateway.port)
            for number in 0..<count { try await connection.send(RawBench.sound("half \(number)")) }
            try await connection.closeOutput()
            for number in 0..<count { await bench.expectSound("half \(number)", on: connection) }
            let rest = await connection.receiveToEnd()
            #expect(rest.isClosed && rest.bytes.isEmpty)
            await bench.stop()
        }

        @Test("a client that ends its sending half without a whole request is let go at once")
        func halfClosesEarly() async throws {
            let bench = try await RawBench(settings: ["mode": "enforce"])
            let head = "POST /x HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\n\r\n"
            for bytes in ["", "GET / HT", "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n", head, head + "abc"] {
                let connection = try await RawConnection.open(port: bench.gateway.port)
                if !bytes.isEmpty { try await connection.send(bytes) }
                try await connection.closeOutput()
                let rest = await connection.receiveToEnd(within: .seconds(3))
                #expect(rest.isClosed && rest.bytes.isEmpty, "\(bytes)")
            }
            try await bench.expectSoundOnNewConnection()
            await bench.stop()
        }

        @Test("a client that leaves without reading its answer harms nobody")
        func leavesBeforeTheAnswer() async throws {
            let bench = try await RawBench(settings: ["mode": "enforce"])
            for _ in 0..<20 {
                let connection = try await RawConnection.open(port: bench.gateway.port)
                try await connection.send(RawBench.sound("unread") + RawBench.sound("unread"))
                await connection.reset()
            }
            try await bench.expectSoundOnNewConnection()
            await bench.stop()
        }
    }
}
