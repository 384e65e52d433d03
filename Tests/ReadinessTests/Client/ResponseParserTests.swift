import TestKit
import Testing

@testable import Readiness

@Suite("Answers are read within bounds")
struct ResponseParserTests {
    private func parse(_ text: String, isHead: Bool = false, pieces: Int = 1_000_000) throws -> ResponseParser {
        var parser = ResponseParser(isHead: isHead)
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            try parser.feed(rest.prefix(pieces))
            rest = rest.dropFirst(pieces)
        }
        return parser
    }

    @Test("an answer is read the same in one piece and byte by byte", arguments: [1, 2, 3, 7, 1_000])
    func pieces(size: Int) throws {
        let text =
            "HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 Fine\r\nA: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "5;x=y\r\nhello\r\n6\r\n world\r\n0\r\nTrailer: t\r\n\r\n"
        let parser = try parse(text, pieces: size)
        #expect(parser.isDone)
        #expect(parser.status == 200)
        #expect(parser.interim == [103])
        #expect(parser.body == Array("hello world".utf8))
        #expect(parser.fields.map(\.name) == ["A", "Transfer-Encoding"])
    }

    @Test(
        "what is no HTTP is refused",
        arguments: ["SSH-2.0-OpenSSH\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1\r\n\r\n", "\u{0}\u{1}\n"])
    func noHTTP(text: String) {
        #expect(throws: AnswerFault.self) { try parse(text) }
    }

    @Test(
        "lengths that lie are refused",
        arguments: [
            "Content-Length: -1", "Content-Length: 9999999999999999999999", "Content-Length: 1\r\nContent-Length: 2",
        ])
    func lengths(field: String) {
        #expect(throws: AnswerFault.self) { try parse("HTTP/1.1 200 OK\r\n\(field)\r\n\r\nx") }
    }

    @Test("chunk sizes that overflow or go below zero are refused", arguments: ["-5", "FFFFFFFFFFFFFFFFFF", "zz", ""])
    func chunkSizes(size: String) {
        #expect(throws: AnswerFault.self) {
            try parse("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\(size)\r\nabc")
        }
    }

    @Test("a head without end is given up")
    func endlessHead() {
        #expect(throws: AnswerFault.self) {
            try parse("HTTP/1.1 200 OK\r\n" + String(repeating: "A: b\r\n", count: 20_000))
        }
        #expect(throws: AnswerFault.self) {
            try parse("HTTP/1.1 200 OK\r\nA: " + String(repeating: "x", count: 40_000))
        }
    }

    @Test("a body without end is cut, and no more than a mebibyte of it is kept")
    func endlessBody() throws {
        var parser = ResponseParser(isHead: false)
        try parser.feed(Array("HTTP/1.1 200 OK\r\n\r\n".utf8))
        let block = [UInt8](repeating: 0x61, count: 65_536)
        for _ in 0..<200 where !parser.isDone { try parser.feed(block) }
        #expect(parser.wasCut)
        #expect(parser.body.count == 1_048_576)
        #expect(parser.bodyBytes <= 8_388_608 + 65_536)
    }

    @Test("HEAD, 204 and 304 have no body, whatever their length says")
    func bodyless() throws {
        #expect(try parse("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", isHead: true).isDone)
        #expect(try parse("HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n").isDone)
    }

    @Test("rubbish of any kind never ends the process", arguments: 0..<200 as Range<UInt64>)
    func rubbish(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var bytes = Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n".utf8)
        for _ in 0..<Int.random(in: 1...12, using: &generator) {
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            bytes[place] = UInt8.random(in: 0...255, using: &generator)
        }
        var parser = ResponseParser(isHead: false)
        try? parser.feed(bytes)
        #expect(parser.body.count <= bytes.count)
    }
}
