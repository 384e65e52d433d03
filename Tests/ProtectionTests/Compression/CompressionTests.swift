import Kernel
import NIOCore
import NIOHTTP1
import TestKit
import Testing
import Web

@testable import Protection

@Suite("Compression")
struct CompressionTests {
    private static let html = ("Content-Type", "text/html; charset=utf-8")

    private func respond(
        _ fields: [(String, String)], method: HTTPMethod = .GET, status: HTTPResponseStatus = .ok,
        asking: [(String, String)] = [("Accept-Encoding", "gzip")],
        settings: CompressionStage.Settings = .init(mode: .enforce)
    ) -> (isCompressed: Bool, head: ResponseHead) {
        var exchange = ExchangeFixture.exchange(method, "/", asking)
        var head = ResponseHead(status: status, headers: HTTPHeaders(fields))
        let plan = CompressionStage(settings).respond(&exchange, &head)
        if case .transform = plan { return (true, head) }
        return (false, head)
    }

    @Test(
        "statuses without a body of their own stay as they are",
        arguments: [HTTPResponseStatus.noContent, .resetContent, .partialContent, .notModified, .switchingProtocols])
    func statuses(status: HTTPResponseStatus) {
        let answer = respond([Self.html, ("ETag", "\"x\"")], status: status)
        #expect(!answer.isCompressed)
        #expect(answer.head.headers.count == 2)
    }

    @Test("a HEAD stays as it is")
    func head() {
        let answer = respond([Self.html, ("Content-Length", "5000")], method: .HEAD)
        #expect(!answer.isCompressed)
        #expect(answer.head.headers.first(name: "content-length") == "5000")
    }

    @Test(
        "what is bound to its bytes, encoded already or short stays as it is",
        arguments: [
            ("Content-Encoding", "br"), ("Content-Encoding", "gzip"), ("Cache-Control", "public, no-transform"),
            ("Cache-Control", "No-Transform"), ("Content-Digest", "sha-256=:x:"), ("Digest", "sha-256=x"),
            ("Repr-Digest", "sha-256=:x:"), ("Content-MD5", "x"), ("Content-Range", "bytes 0-1/2"),
            ("Content-Length", "999"), ("Content-Length", "0"),
        ])
    func bound(field: (String, String)) {
        let answer = respond([Self.html, field])
        #expect(!answer.isCompressed)
        #expect(answer.head.headers.first(name: "vary") == nil)
    }

    @Test(
        "text of a thousand bytes or of unknown length goes out compressed",
        arguments: [("Content-Length", "1000"), ("X-A", "b")])
    func compresses(field: (String, String)) {
        let answer = respond([Self.html, field, ("ETag", "\"v1\""), ("Accept-Ranges", "bytes"), ("Vary", "Cookie")])
        #expect(answer.isCompressed)
        let headers = answer.head.headers
        #expect(headers["content-encoding"] == ["gzip"])
        #expect(headers["content-length"].isEmpty)
        #expect(headers["accept-ranges"].isEmpty)
        #expect(headers["etag"] == ["W/\"v1\""])
        #expect(headers["vary"] == ["Cookie, Accept-Encoding"])
    }

    @Test("who doesn't take gzip gets the bytes as they are, marked as varying")
    func varies() {
        let answer = respond([Self.html, ("Content-Length", "5000"), ("ETag", "\"v1\"")], asking: [])
        #expect(!answer.isCompressed)
        #expect(answer.head.headers["vary"] == ["Accept-Encoding"])
        #expect(answer.head.headers["etag"] == ["\"v1\""])
        #expect(answer.head.headers["content-length"] == ["5000"])
    }

    @Test(
        "Vary is merged, never doubled",
        arguments: [
            ("*", "*"), ("accept-encoding", "accept-encoding"), ("Origin,Accept-Encoding", "Origin,Accept-Encoding"),
        ])
    func vary(given: String, expected: String) {
        #expect(respond([Self.html, ("Vary", given)]).head.headers["vary"] == [expected])
    }

    @Test("a weak ETag stays; with `weaken-etags: false` a strong one keeps its response as it is")
    func etags() {
        #expect(respond([Self.html, ("ETag", "W/\"v1\"")]).head.headers["etag"] == ["W/\"v1\""])
        let keeps = CompressionStage.Settings(mode: .enforce, weakensETags: false)
        #expect(!respond([Self.html, ("ETag", "\"v1\"")], settings: keeps).isCompressed)
        #expect(respond([Self.html, ("ETag", "W/\"v1\"")], settings: keeps).isCompressed)
    }

    @Test("answers to another site's requests with cookies can't be measured")
    func breach() {
        let accept = ("Accept-Encoding", "gzip")
        #expect(
            !respond([Self.html], asking: [accept, ("Cookie", "a=b"), ("Sec-Fetch-Site", "cross-site")]).isCompressed)
        #expect(respond([Self.html], asking: [accept, ("Sec-Fetch-Site", "cross-site")]).isCompressed)
        #expect(
            respond([Self.html], asking: [accept, ("Cookie", "a=b"), ("Sec-Fetch-Site", "same-origin")]).isCompressed)
    }

    @Test("the keys set what they say, and nonsense is an error")
    func keys() {
        let (settings, errors) = read([
            "protection.compression.level": "9", "protection.compression.minimum": "2KiB",
            "protection.compression.weaken-etags": "false", "protection.compression.mode": "observe",
        ]) { CompressionStage.Settings.read(&$0) }
        #expect(settings == .init(mode: .observe, level: 9, minimum: 2048, weakensETags: false))
        #expect(errors.isEmpty)
        let (fallback, wrong) = read(["protection.compression.level": "11"]) { CompressionStage.Settings.read(&$0) }
        #expect(fallback.level == 5)
        #expect(wrong == ["protection.compression.level"])
    }
}

/// Reads settings from texts; the keys that are wrong or unknown come second.
func read<Settings>(
    _ texts: [String: String], _ read: (inout ConfigurationReader) -> Settings
) -> (settings: Settings, wrong: [String]) {
    var reader = ConfigurationReader(
        values: texts.mapValues { ConfigurationValue(.scalar($0), origin: "test") }, defaultMode: .enforce,
        environment: .development)
    let settings = read(&reader)
    reader.reportUnknownKeys()
    return (settings, reader.errors.map(\.key))
}
