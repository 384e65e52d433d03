import Kernel
import NIOCore
import NIOHTTP1
import Proxy
import Testing

@testable import Web

@Suite("Framing", .timeLimit(.minutes(1))) struct FramingTests {
    /// Sends one ask to an app that answers 200, and returns what the app saw.
    private func seen(_ asks: Ask...) async throws -> [RawRequest] {
        let seen = Seen()
        try await withApp { peer in
            while let request = try await peer.request() {
                seen.add(request)
                try await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            }
        } _: { door, _ in
            for ask in asks {
                let answer = try await door.send(ask)
                #expect(answer.status == 200)
            }
        }
        return seen.all
    }

    @Test("a body with a length keeps it")
    func contentLength() async throws {
        let requests = try await seen(.post("one two"), .post(""))
        #expect(requests[0].head == "POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 7\r\n\r\n")
        #expect(requests[0].body == "one two")
        #expect(requests[1].head == "POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 0\r\n\r\n")
    }

    @Test("a chunked body stays chunked, with its trailers")
    func chunked() async throws {
        var ask = Ask(method: .PUT, target: "/x", body: ["a", "bc", "d"])
        ask.headers = ["Host": "a", "TRANSFER-encoding": "Chunked", "Trailer": "X-Sum"]
        ask.trailers = ["X-Sum": "42"]
        let requests = try await seen(ask)
        #expect(
            requests[0].head == "PUT /x HTTP/1.1\r\nHost: a\r\nTRANSFER-encoding: chunked\r\nTrailer: X-Sum\r\n\r\n")
        #expect(requests[0].body == "1\r\na\r\n2\r\nbc\r\n1\r\nd\r\n0\r\nX-Sum: 42\r\n\r\n")
    }

    @Test("a body over HTTP/2 without a length goes on chunked, and none as none")
    func unknownLength() async throws {
        let body = Ask(method: .POST, body: ["hi"], version: .http2)
        let none = Ask(method: .GET, version: .http2)
        let empty = Ask(method: .POST, version: .http2)
        let requests = try await seen(body, none, empty)
        #expect(requests[0].head == "POST / HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\n\r\n")
        #expect(requests[0].body == "2\r\nhi\r\n0\r\n\r\n")
        #expect(requests[1].head == "GET / HTTP/1.1\r\nHost: app.test\r\n\r\n")
        #expect(requests[2].head == "POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 0\r\n\r\n")
    }

    @Test("a body that comes byte by byte arrives whole")
    func dribbled() async throws {
        let text = String(repeating: "0123456789", count: 300)
        let seen = Seen()
        try await withApp { peer in
            while let request = try await peer.request() {
                seen.add(request)
                try await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            }
        } _: { door, _ in
            let loop = door.loop
            var ask = Ask(method: .POST, headers: ["Host": "a", "Content-Length": "\(text.utf8.count)"])
            ask.endsRequest = false
            let answer = try await door.send(ask, on: loop) { request, _ in
                var bytes = Array(text.utf8)[...]
                func next() {
                    guard let byte = bytes.popFirst() else { return request.end(nil) }
                    request.body(ByteBuffer(bytes: [byte]))
                    loop.assumeIsolated().execute { next() }
                }
                next()
            }
            #expect(answer.status == 200)
        }
        #expect(seen.bodies == [text])
    }

    @Test("lengths that differ from the body never reach the app as a whole request", arguments: [3, 9])
    func lengthMismatch(said: Int) async throws {
        let seen = Seen()
        try await withApp { peer in
            while let request = try await peer.request() {
                seen.add(request)
                try await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            }
        } _: { door, _ in
            var ask = Ask.post("12345")
            ask.headers.replaceOrAdd(name: "Content-Length", value: "\(said)")
            let answer = try await door.send(ask)
            #expect(answer.problem?.status == 400)
            #expect(answer.problem?.reason == "upstream.request-length")
            let next = try await door.send(.get("/next"))
            #expect(next.status == 200)
        }
        #expect(seen.all.allSatisfy { $0.head.hasPrefix("GET /next ") })
    }

    @Test(
        "what could be read in two ways isn't forwarded",
        arguments: [
            ("X-Bad", "a\r\nX-Injected: 1"), ("X-Bad", "a\nb"), ("X-Bad", "a\0b"), ("X-Bad", "a\rb"), ("X Bad", "a"),
            ("X-Bad:", "a"), ("", "a"), ("Content-Length", "+5"), ("Content-Length", "0x5"), ("Content-Length", "5, 5"),
            ("Content-Length", "99999999999999999999"), ("Content-Length", ""), ("Content-Length", " 5"),
        ])
    func unsafeHeads(name: String, value: String) async throws {
        try await withApp { peer in
            while try await peer.request() != nil {
                try await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            }
        } _: { door, app in
            var ask = Ask.get()
            ask.headers.add(name: name, value: value)
            let answer = try await door.send(ask)
            #expect(answer.problem?.reason == "upstream.unsafe-head")
            #expect(answer.problem?.status == 400)
            #expect(try await door.send(.get()).status == 200)
        }
    }

    @Test("both a length and a coding, or two lengths, aren't forwarded")
    func bothLengths() async throws {
        try await withApp { peer in
            _ = try await peer.request()
        } _: { door, app in
            var both = Ask.post("12345")
            both.headers.add(name: "Transfer-Encoding", value: "chunked")
            var two = Ask.post("12345")
            two.headers.add(name: "Content-Length", value: "5")
            for ask in [both, two] {
                let answer = try await door.send(ask)
                #expect(answer.problem?.status == 400)
            }
            var target = Ask.get("/a b")
            #expect(try await door.send(target).problem?.status == 400)
            target.target = ""
            #expect(try await door.send(target).problem?.status == 400)
            #expect(app.connections <= 1)
        }
    }

    @Test(
        "responses end where their framing says",
        arguments: [
            // HEAD keeps the length that a GET would have, and no body is waited for.
            (HTTPMethod.HEAD, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 200, "", true),
            (.HEAD, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 200, "", true),
            (.HEAD, "HTTP/1.1 200 OK\r\n\r\n", 200, "", true),
            (.GET, "HTTP/1.1 204 No Content\r\n\r\n", 204, "", true),
            (.GET, "HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\nETag: \"x\"\r\n\r\n", 304, "", true),
            (.GET, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, "", true),
            (
                .GET, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;ext=1\r\nabc\r\n0\r\n\r\n", 200, "abc",
                true
            ),
            (.GET, "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi", 200, "hi", true),
            (.GET, "HTTP/1.1 599 Odd\r\nContent-Length: 2\r\n\r\nhi", 599, "hi", true),
            (.GET, "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", 200, "hi", false),
            (.GET, "HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nhi", 200, "hi", true),
            (.GET, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: Close\r\n\r\nhi", 200, "hi", false),
        ])
    func responseFraming(_ method: HTTPMethod, _ response: String, _ status: Int, _ body: String, _ keeps: Bool)
        async throws
    {
        try await withApp { peer in
            while try await peer.request() != nil { try await peer.send(response) }
        } _: { door, app in
            for _ in 0..<2 {
                var ask = Ask.get()
                ask.method = method
                let answer = try await door.send(ask)
                #expect(answer.status == status)
                #expect(answer.text == body)
                #expect(answer.ended)
            }
            #expect(app.connections == (keeps ? 1 : 2))
        }
    }

    @Test("a response without a length ends with the connection")
    func untilClose() async throws {
        try await withApp { peer in
            guard try await peer.request() != nil else { return }
            try await peer.send("HTTP/1.1 200 OK\r\nX-A: 1\r\n\r\nall ")
            try await Task.sleep(for: .milliseconds(20))
            try await peer.send("of it")
        } _: { door, app in
            for _ in 0..<2 {
                let answer = try await door.send(.get())
                #expect(answer.text == "all of it")
                #expect(answer.ended)
                #expect(answer.problem == nil)
            }
            #expect(app.connections == 2)
        }
    }

    @Test("trailers of a response come with its end, without hop-by-hop ones")
    func responseTrailers() async throws {
        try await withApp { peer in
            while try await peer.request() != nil {
                try await peer.send(
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n1\r\na\r\n0\r\nX-Sum: 1\r\n"
                        + "Connection: close\r\n\r\n")
            }
        } _: { door, app in
            let answer = try await door.send(.get())
            #expect(answer.headers["trailer"] == ["X-Sum"])
            #expect(answer.trailers?.map(\.name) == ["X-Sum"])
            // It said `close`, if only in a trailer: the parser would not read another response.
            #expect(try await door.send(.get()).text == "a")
            #expect(app.connections == 2)
        }
    }

    @Test("a field that isn't UTF-8 keeps its meaning as Latin-1, its neighbours stay as they are")
    func latin1() async throws {
        try await withApp { peer in
            while try await peer.request() != nil {
                try await peer.send(
                    Array("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nX-Name:\t caf".utf8)
                        + [0xE9, 0x20] + Array("\r\nX-Good: käse\r\nContent-Length: 1\r\n\r\nx".utf8))
            }
        } _: { door, app in
            for _ in 0..<2 {
                let answer = try await door.send(.get())
                #expect(answer.headers["x-name"] == ["café"])
                #expect(answer.headers["x-good"] == ["käse"])
                #expect(answer.text == "x")
            }
            #expect(door.upstream.snapshot[.recodedFields] == 2)
            #expect(app.connections == 1)
        }
    }

    @Test("the same when it comes in pieces")
    func latin1InPieces() async throws {
        try await withApp { peer in
            while try await peer.request() != nil {
                try await peer.send(Array("HTTP/1.1 200 OK\r\nX-Name: caf".utf8) + [0xE9])
                try await Task.sleep(for: .milliseconds(20))
                try await peer.send("\r\nX-Good: käse\r\nContent-Length: 1\r\n\r\nx")
            }
        } _: { door, _ in
            let answer = try await door.send(.get())
            #expect(answer.headers["x-name"] == ["café"])
            #expect(answer.headers["x-good"] == ["käse"])
            #expect(answer.text == "x")
            #expect(door.upstream.snapshot[.recodedFields] == 1)
        }
    }

    @Test("100 Continue and 103 come before the response; the body waits for them as the client does")
    func informational() async throws {
        let seen = Seen()
        try await withApp { peer in
            guard let head = try await peer.head() else { return }
            try await peer.send("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n")
            let body = try await peer.bytes(4)
            seen.add(RawRequest(head: head, body: body))
            try await peer.send("HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok")
        } _: { door, _ in
            var ask = Ask(method: .POST, headers: ["Host": "a", "Content-Length": "4", "Expect": "100-continue"])
            ask.endsRequest = false
            let answer = try await door.send(ask) { request, sink in
                sink.onInformational = { head in
                    guard head.status == .continue else { return }
                    request.body(ByteBuffer(string: "body"))
                    request.end(nil)
                }
            }
            #expect(answer.informational == [103, 100])
            #expect(answer.status == 201)
            #expect(answer.text == "ok")
        }
        #expect(seen.bodies == ["body"])
        #expect(seen.heads[0].contains("Expect: 100-continue"))
    }
}
