import NIOCore
import NIOHTTP1
import Testing
import Web

@Suite("A parser of HTTP/1 messages")
struct HTTP1ParserTests {
    /// What a parser told, in words.
    private final class Told: HTTP1Receiver {
        var words: [String] = []
        private var body = ""

        func received(_ head: consuming HTTP1Head) {
            words.append(
                "\(head.method) \(head.target) \(head.status.code) \(head.isKeepAlive) "
                    + head.fields.lines.map { "\($0.name)=\($0.value)" }.joined(separator: "|"))
        }
        func receivedBody(_ bytes: ByteBuffer) { body += String(buffer: bytes) }
        func receivedEnd(_ trailers: consuming FieldList?) {
            words.append(
                "end \(body) \(trailers?.lines.map { "\($0.name)=\($0.value)" }.joined(separator: "|") ?? "-")")
            body = ""
        }
    }

    private static let limits = HTTP1Parser.Limits(fieldBytes: 64, headBytes: 256, fieldCount: 8)

    /// Feeds `text` in pieces of `size` bytes; what was told, then how it ended.
    private func parse(_ text: String, _ kind: HTTP1Parser.Kind = .requests, by size: Int = .max) -> [String] {
        let told = Told()
        let parser = HTTP1Parser(kind, limits: HTTP1ParserTests.limits)
        var rest = ByteBuffer(string: text)
        do throws(HTTP1Flaw) {
            while rest.readableBytes > 0, let piece = rest.readSlice(length: min(size, rest.readableBytes)) {
                let read = try parser.feed(piece, to: told)
                if read < piece.readableBytes {
                    told.words.append("behind \(String(buffer: piece.behind(read) ?? ByteBuffer()))")
                }
            }
            try parser.finish(to: told)
        } catch {
            told.words.append("\(error)")
        }
        return told.words
    }

    private static let messages: [(HTTP1Parser.Kind, String, [String])] = [
        (
            .requests, "GET /a?b=c HTTP/1.1\r\nHost: x\r\nX-A:  two words \r\nEmpty:\r\n\r\n",
            ["GET /a?b=c 200 true Host=x|X-A=two words |Empty=", "end  -"]
        ),
        (
            .requests, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhelloGET / HTTP/1.0\r\n\r\n",
            ["POST / 200 true Host=x|Content-Length=5", "end hello -", "GET / 200 false ", "end  -"]
        ),
        (
            .requests, "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\nX-Sum: 3\r\n\r\n",
            ["PUT / 200 true Transfer-Encoding=chunked", "end abc X-Sum=3"]
        ),
        (
            .responses, "HTTP/1.1 103 Early\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
            ["GET  103 true Link=</a>", "GET  200 true Content-Length=2", "end ok -"]
        ),
        (.responses, "HTTP/1.0 200 OK\r\n\r\nto the end", ["GET  200 false ", "end to the end -"]),
        (.responses, "HTTP/1.1 304 No\r\nContent-Length: 9\r\n\r\n", ["GET  304 true Content-Length=9", "end  -"]),
    ]

    @Test("tells the same of a message, in however small pieces it comes", arguments: messages, [1, 2, 3, 7, .max])
    func pieces(message: (HTTP1Parser.Kind, String, [String]), size: Int) {
        #expect(parse(message.1, message.0, by: size) == message.2)
    }

    @Test("refuses a value that is folded over two lines, wherever it is cut", arguments: 1...40)
    func folds(size: Int) {
        let refused = ["malformed(\"HPE_INVALID_HEADER_TOKEN\")"]
        #expect(parse("GET / HTTP/1.1\r\nHost: x\r\nX-A: b\r\n c\r\n\r\n", by: size) == refused)
        #expect(parse("HTTP/1.1 200 OK\r\nX-A: b\r\n\tc\r\n\r\n", .responses, by: size) == refused)
    }

    private static let flawed: [(String, HTTP1Flaw)] = [
        ("G@T / HTTP/1.1\r\n\r\n", .method), ("GET / HTTP/3.0\r\n\r\n", .version),
        ("GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n", .contentLength),
        ("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", .chunkSize),
        ("GET / HTTP/1.1\r\nX: \(String(repeating: "a", count: 65))\r\n\r\n", .tooLarge),
        ("GET /\(String(repeating: "a", count: 65)) HTTP/1.1\r\n\r\n", .tooLarge),
        ("GET / HTTP/1.1\r\n\(String(repeating: "X: a\r\n", count: 9))\r\n", .tooLarge),
        (
            "GET / HTTP/1.1\r\n\(String(repeating: "X: \(String(repeating: "a", count: 60))\r\n", count: 5))\r\n",
            .tooLarge
        ),
        ("GET / HTTP/1.1\r\n: a\r\n\r\n", .malformed("HPE_INVALID_HEADER_TOKEN")),
        ("GET / HTTP/1.1\r\nHost", .endedEarly),
    ]

    @Test("says what is wrong, in however small pieces it comes", arguments: flawed, [1, 5, .max])
    func flaws(row: (String, HTTP1Flaw), size: Int) {
        #expect(parse(row.0, by: size).last == "\(row.1)")
    }

    @Test("reads no byte behind a response: the next belongs to another request")
    func surplus() throws {
        let told = Told()
        let parser = HTTP1Parser(.responses, limits: HTTP1ParserTests.limits)
        let two = ByteBuffer(string: "HTTP/1.1 204 No\r\n\r\nHTTP/1.1 200 OK\r\n")
        #expect(try parser.feed(two, to: told) == 19)
        #expect(told.words == ["GET  204 true ", "end  -"])
        parser.expectsNoBody(true)
        _ = try parser.feed(ByteBuffer(string: "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n"), to: told)
        #expect(told.words.suffix(2) == ["GET  200 true Content-Length=7", "end  -"])
    }

    @Test("leaves alone what comes behind an upgrade")
    func upgrade() throws {
        let told = Told()
        let parser = HTTP1Parser(.requests, limits: HTTP1ParserTests.limits)
        let head = "GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"
        #expect(try parser.feed(ByteBuffer(string: head + "\u{1}\u{2}"), to: told) == head.utf8.count)
        #expect(try parser.feed(ByteBuffer(string: "GET / HTTP/1.1\r\n\r\n"), to: told) == 0)
        #expect(told.words.count == 2)
    }
}
