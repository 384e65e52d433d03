import TestKit
import Testing

extension RawBytesTests {
    /// What an app may do wrong, as seen by a client: a clean problem document or a visible cut, and nothing for the next one.
    @Suite("An app that misbehaves", .timeLimit(.minutes(1)))
    struct UpstreamMisbehaviourTests {
        struct Misbehaviour: Sendable, CustomTestStringConvertible {
            enum Outcome: Sendable, Equatable {
                /// A problem document with this status.
                case problem(Int)
                /// The head was out already: the response breaks off and the connection is closed.
                case cut
                /// Odd, but whole: passed on.
                case passed
            }
            let name: String
            let bytes: [UInt8]
            let outcome: Outcome
            /// The app closes its connection afterwards (else it leaves it open).
            var closes = true
            var testDescription: String { name }

            init(_ name: String, _ text: String, _ outcome: Outcome, closes: Bool = true) {
                (self.name, self.bytes, self.outcome, self.closes) = (name, Array(text.utf8), outcome, closes)
            }
        }

        static let rows: [Misbehaviour] = [
            .init("closes without an answer", "", .problem(502)),
            .init("sends rubbish", "\u{1}\u{2}garbage\r\n\r\n", .problem(502)),
            .init("speaks SSH", "SSH-2.0-OpenSSH_9.2\r\n", .problem(502)),
            .init("closes inside the status line", "HTTP/1.1 2", .problem(502)),
            .init("closes inside the head", "HTTP/1.1 200 OK\r\nContent-Ty", .problem(502)),
            .init("sends a status that isn't a number", "HTTP/1.1 abc OK\r\nContent-Length: 0\r\n\r\n", .problem(502)),
            .init("sends a request", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", .problem(502)),
            .init(
                "sends two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
                .problem(502)),
            .init(
                "sends both lengths",
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                .problem(502)),
            .init("sends a length below zero", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", .problem(502)),
            .init("sends NUL in a header", "HTTP/1.1 200 OK\r\nX-A: a\0b\r\nContent-Length: 0\r\n\r\n", .problem(502)),
            .init(
                "sends a head of 200 kB",
                "HTTP/1.1 200 OK\r\nX-A: " + String(repeating: "a", count: 200_000) + "\r\n\r\n",
                .problem(502)),
            .init(
                "switches protocols unasked",
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", .problem(502)),
            .init("closes before its length is reached", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello", .cut),
            .init("closes inside a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhello", .cut),
            .init(
                "closes before the last chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
                .cut),
            .init(
                "sends a chunk size that isn't one",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nxyz\r\n", .cut),
            .init(
                "sends more than its length",
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
                .passed, closes: false),
            .init(
                "sends two responses",
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
                .passed
            ),
            .init("sends a body with 204", "HTTP/1.1 204 No Content\r\n\r\nevil", .passed, closes: false),
            .init(
                "sends a body with 304", "HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\nevil", .passed,
                closes: false),
            .init("says nothing of a length and closes", "HTTP/1.1 200 OK\r\n\r\nhello", .passed),
            .init("answers as HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", .passed),
        ]

        /// Does wrong for `/evil`, echoes everything else.
        private func app(_ bytes: [UInt8], closes: Bool) async throws -> RawUpstream {
            try await RawUpstream.start { connection, _ in
                while let request = await connection.request(within: .seconds(60)) {
                    guard request.target == "/evil" else {
                        try await connection.send(EchoUpstream.answer(to: request))
                        continue
                    }
                    try await connection.send(bytes)
                    if closes { return }
                }
            }
        }

        @Test("gives its client a problem, a visible cut or a whole answer, and poisons nothing", arguments: rows)
        func misbehaves(row: Misbehaviour) async throws {
            let app = try await app(row.bytes, closes: row.closes)
            let gateway = try await GatewayUnderTest.start(upstreamPort: app.port, settings: ["mode": "enforce"])
            for method in ["GET", "POST"] {
                let connection = try await RawConnection.open(port: gateway.port)
                // A connection to the app that has served well before is the one that would be poisoned.
                try await expectEcho(on: connection)
                try await connection.send("\(method) /evil HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n")
                let answer = await connection.response(to: method)
                switch row.outcome {
                case .problem(let status):
                    #expect(answer?.status == status && answer?.isComplete == true)
                    #expect(answer?.value("content-type")?.hasPrefix("application/problem+json") == true)
                case .cut:
                    #expect(answer?.isComplete != true, "the client can't see that something is missing")
                    #expect(await connection.receiveToEnd().isClosed)
                case .passed:
                    #expect(answer?.isComplete == true && answer?.text.contains("evil") == false)
                }
                if row.outcome != .cut, answer?.announcesClose == false { try await expectEcho(on: connection) }
                await connection.close()
                for _ in 0..<3 {
                    let next = try await RawConnection.open(port: gateway.port)
                    try await expectEcho(on: next)
                    await next.close()
                }
            }
            await gateway.stop()
            await app.stop()
        }

        private func expectEcho(on connection: RawConnection) async throws {
            try await connection.send(RawBench.sound("well"))
            let response = await connection.response()
            #expect(response?.status == 200)
            #expect(
                response?.text.hasPrefix("GET /sound/well HTTP/1.1\n") == true, "it got \(response?.text ?? "nothing")")
        }

        @Test("and isn't there at all is answered with 502")
        func down() async throws {
            let gateway = try await GatewayUnderTest.start(upstreamPort: FreePort.next(), settings: ["mode": "enforce"])
            let connection = try await RawConnection.open(port: gateway.port)
            for method in ["GET", "POST", "HEAD"] {
                try await connection.send("\(method) /a HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n")
                #expect(await connection.response(to: method)?.status == 502)
            }
            await connection.close()
            await gateway.stop()
        }

        @Test("and never answers is given up with 504")
        func silent() async throws {
            let app = try await RawUpstream.start { connection, _ in
                _ = await connection.receiveToEnd(within: .seconds(30))
            }
            let gateway = try await GatewayUnderTest.start(
                upstreamPort: app.port, settings: ["mode": "enforce", "limits.upstream.head": "300ms"])
            let connection = try await RawConnection.open(port: gateway.port)
            try await connection.send(RawBench.sound("a"))
            let answer = await connection.response()
            #expect(answer?.status == 504)
            #expect(answer?.value("content-type")?.hasPrefix("application/problem+json") == true)
            await connection.close()
            await gateway.stop()
            await app.stop()
        }
    }
}
