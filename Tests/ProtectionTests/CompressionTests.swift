import CZlib
import Kernel
import NIOCore
import NIOHTTP1
import TestKit
import Testing
@_spi(Testing) import Web

@testable import Protection

@Suite("Compression")
struct CompressionTests {
    private func respond(
        accept: String? = "gzip", _ app: [(String, String)] = [("Content-Type", "text/html"), ("Content-Length", "5000")],
        status: HTTPResponseStatus = .ok, method: HTTPMethod = .GET, refusal: Problem? = nil
    ) -> (HTTPHeaders, Bool) {
        var exchange = ExchangeFixture.exchange(method, "/", accept.map { [("Accept-Encoding", $0)] } ?? [])
        exchange.become(refusal == nil ? .upstream : .problem, refusal)
        var head = ResponseHead(status, app)
        let plan = CompressionStage(.init(mode: .enforce)).respond(&exchange, &head)
        if case .transform = plan { return (head.headers, true) }
        return (head.headers, false)
    }

    @Test("is asked for by quality", arguments: [
        ("gzip", true), ("gzip, deflate, br", true), ("br, gzip;q=0.5", true), ("*", true), ("GZIP", true), ("x-gzip", true),
        ("gzip;q=0", false), ("gzip;q=0.000", false), ("br", false), ("", false), ("identity", false), ("*;q=0", false),
        ("gzip;q=0, *", false), ("identity, gzip;q=0.5", false), ("identity;q=0.5, gzip", true), ("gzip;q=2", false),
        ("gzip; q=0.001", true), ("gzip;q=x", false),
    ])
    func accepted(accept: String, isCompressed: Bool) {
        #expect(respond(accept: accept).1 == isCompressed)
    }

    @Test("only for text, and only when it pays", arguments: [
        ("text/html; charset=utf-8", "1024", true), ("application/json", "2000", true), ("application/problem+json", "2000", true),
        ("image/svg+xml", "2000", true), ("application/javascript", "2000", true), ("text/css", "1023", false),
        ("image/png", "5000", false), ("application/zip", "5000", false), ("text/event-stream", "5000", false),
        ("application/octet-stream", "5000", false), ("application/grpc", "5000", false),
    ])
    func types(type: String, length: String, isCompressed: Bool) {
        #expect(respond([("Content-Type", type), ("Content-Length", length)]).1 == isCompressed)
    }

    @Test("an unknown length is compressed, for who knows how long it is")
    func unknownLength() { #expect(respond([("Content-Type", "text/html")]).1) }

    @Test("what is bound to its bytes stays", arguments: [
        ("Content-Encoding", "br"), ("Content-Encoding", "gzip"), ("Cache-Control", "max-age=5, No-Transform"),
        ("Content-Range", "bytes 0-5/9"), ("Digest", "sha-256=x"), ("Content-Digest", "sha-256=:x:"), ("Content-MD5", "x"),
    ])
    func bound(name: String, value: String) {
        #expect(!respond([("Content-Type", "text/html"), (name, value)]).1)
    }

    @Test("not for statuses without a body, parts or HEAD", arguments: [204, 205, 206, 304])
    func statuses(code: Int) {
        #expect(!respond(status: HTTPResponseStatus(statusCode: code)).1)
        #expect(!respond(method: .HEAD).1)
    }

    @Test("not for a refusal, whose document comes later")
    func refusal() { #expect(!respond(refusal: Problem("a.b", status: 404, title: "t")).1) }

    @Test("says what it did, and merges Vary")
    func headers() {
        let (headers, _) = respond([
            ("Content-Type", "text/html"), ("Content-Length", "5000"), ("ETag", "\"abc\""), ("Vary", "Cookie"),
            ("Accept-Ranges", "bytes"),
        ])
        #expect(headers["Content-Encoding"] == ["gzip"])
        #expect(headers["Content-Length"].isEmpty)
        #expect(headers["Accept-Ranges"].isEmpty)
        #expect(headers["ETag"] == ["W/\"abc\""])
        #expect(headers["Vary"] == ["Cookie, Accept-Encoding"])
        #expect(respond(accept: "br").0["Vary"] == ["Accept-Encoding"])
        #expect(respond(accept: nil).0["Vary"] == ["Accept-Encoding"])
        #expect(respond([("Content-Type", "text/html"), ("Vary", "accept-encoding")]).0["Vary"] == ["accept-encoding"])
        #expect(respond([("Content-Type", "text/html"), ("Vary", "*")]).0["Vary"] == ["*"])
    }

    @Test("what comes out inflates to what went in, however it is cut", arguments: Seeds.first(40))
    func roundTrip(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let transform = GzipTransform(level: generator.number(1...9))
        var sent: [UInt8] = []
        var received = ByteBuffer()
        for _ in 0..<generator.number(0...12) {
            let chunk = generator.text(0...9000, of: "abc <>\n")
            sent += Array(chunk.utf8)
            var bytes = transform.transform(ByteBuffer(string: chunk))
            received.writeBuffer(&bytes)
            if generator.oneIn(3) {
                var flushed = transform.flush()
                received.writeBuffer(&flushed)
                // What was flushed can be read at once.
                #expect(Inflate.readable(received, encoding: "gzip", most: 200_000) == sent)
            }
        }
        var rest = transform.finish()
        received.writeBuffer(&rest)
        #expect(Inflate.readable(received, encoding: "gzip", most: 200_000) == sent)
    }

    @Test("a response that breaks off frees its state")
    func brokenOff() {
        for _ in 0..<200 { _ = GzipTransform(level: 5).transform(ByteBuffer(string: "begun, never finished")) }
    }

    @Test("bytes that are no gzip are not read, and a bomb is read to its limit only")
    func inflate() {
        #expect(Inflate.readable(ByteBuffer(string: "not gzip"), encoding: "gzip", most: 100) == nil)
        #expect(Inflate.readable(ByteBuffer(string: "x"), encoding: "br", most: 100) == nil)
        #expect(Inflate.readable(ByteBuffer(string: "plain"), encoding: nil, most: 3) == Array("pla".utf8))
        let transform = GzipTransform(level: 9)
        var bomb = transform.transform(ByteBuffer(repeating: 0x61, count: 5_000_000))
        var end = transform.finish()
        bomb.writeBuffer(&end)
        #expect(Inflate.readable(bomb, encoding: "gzip", most: 1000)?.count == 1000)
    }
}
