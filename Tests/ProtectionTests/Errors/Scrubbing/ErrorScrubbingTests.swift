import Kernel
import NIOCore
import NIOHTTP1
import TestKit
import Testing
@_spi(Testing) import Web

@testable import Protection

@Suite("The app's error answers")
struct ErrorScrubbingTests {
    private static let trace = "Traceback (most recent call last):\n  File \"/srv/a.py\", line 1, in b"
    private static let json = ("Accept", "application/json")

    /// What becomes of a body: `nil` where the stage doesn't look at all.
    private func judge(
        _ status: HTTPResponseStatus, _ type: String?, _ body: ByteBuffer, coding: String? = nil,
        asking: [(String, String)] = [json], method: HTTPMethod = .GET, shape: ErrorScrubbingRule.Shape = .problem
    ) -> (verdict: PeekVerdict, head: ResponseHead)? {
        var exchange = ExchangeFixture.exchange(method, "/orders", asking)
        var head = ResponseHead(status: status)
        if let type { head.headers.add(name: "Content-Type", value: type) }
        if let coding { head.headers.add(name: "Content-Encoding", value: coding) }
        let stage = ErrorScrubbingStage(.init(mode: .enforce, shape: shape), clock: ManualClock())
        guard case .peek(let most, let decision) = stage.respond(&exchange, &head) else { return nil }
        let slice = body.getSlice(at: 0, length: min(most, body.readableBytes)) ?? body
        return (decision(&exchange, &head, slice, body.readableBytes <= most), head)
    }

    private func reason(
        _ status: HTTPResponseStatus, _ type: String?, _ body: String, asking: [(String, String)] = [json],
        shape: ErrorScrubbingRule.Shape = .problem
    ) -> ReasonID? {
        judge(status, type, ByteBuffer(string: body), asking: asking, shape: shape)?.verdict.problem?.reason
    }

    @Test("an error that shows internals keeps its status and loses its body", arguments: [500, 502, 503, 404, 400])
    func leak(status: Int) throws {
        let answer = try #require(
            judge(HTTPResponseStatus(statusCode: status), "text/plain", ByteBuffer(string: Self.trace)))
        let problem = try #require(answer.verdict.problem)
        #expect(problem.status == status)
        #expect(problem.reason == "errors.app-leak")
        #expect(problem.source == .upstream)
        #expect(problem.cause == "stack-trace")
        #expect(!"\(problem.title) \(problem.detail ?? "")".contains("srv"))
    }

    @Test("successes, HEADs and binary 4xx aren't looked at", arguments: [200, 301, 304])
    func notLookedAt(status: Int) {
        #expect(judge(HTTPResponseStatus(statusCode: status), "text/plain", ByteBuffer(string: Self.trace)) == nil)
        #expect(judge(.internalServerError, "text/plain", ByteBuffer(), method: .HEAD) == nil)
        #expect(judge(.notFound, "image/png", ByteBuffer(string: Self.trace)) == nil)
    }

    @Test("a leak inside gzip is found, and one in a coding that nobody can read here isn't shown")
    func encoded() throws {
        let transform = try #require(GzipTransform(level: 6, length: nil))
        var packed = transform.transform(ByteBuffer(string: Self.trace))
        var end = transform.finish()
        packed.writeBuffer(&end)
        let gzip = try #require(judge(.internalServerError, "text/plain", packed, coding: "gzip"))
        #expect(gzip.verdict.problem?.reason == "errors.app-leak")
        let brotli = try #require(judge(.internalServerError, "text/plain", packed, coding: "br"))
        #expect(brotli.verdict.problem?.reason == "errors.app-unreadable")
        let refused = try #require(judge(.notFound, "text/plain", packed, coding: "br"))
        #expect(refused.verdict.problem == nil)
    }

    @Test("the app's own clean pages and problem documents stay byte for byte")
    func kept() throws {
        let page = "<!doctype html><title>Sorry</title><nav>Home</nav><h1>We broke it</h1>"
        #expect(reason(.internalServerError, "text/html", page) == nil)
        let document = #"{"type":"https://shop.example/out","title":"Out of stock","status":409}"#
        let answer = try #require(judge(.conflict, "application/problem+json", ByteBuffer(string: document)))
        guard case .pass = answer.verdict else {
            Issue.record("changed")
            return
        }
    }

    @Test("bare errors become problem documents for programs, and stay for browsers")
    func bare() {
        #expect(reason(.notFound, "text/plain", "Not Found") == "errors.app-shape")
        #expect(reason(.methodNotAllowed, nil, "") == "errors.app-shape")
        #expect(reason(.notFound, "text/plain", "Not Found", asking: []) == "errors.app-shape")
        #expect(reason(.notFound, "text/plain", "Not Found", asking: [("Accept", "text/html,*/*;q=0.8")]) == nil)
        #expect(reason(.notFound, "text/plain", "Not Found", shape: .bare) == "errors.app-shape")
        #expect(reason(.notFound, "text/plain", "Not Found", shape: .keep) == nil)
    }

    @Test("a leak is replaced for browsers too, and whatever the shape")
    func leakForAll() {
        #expect(
            reason(.internalServerError, "text/html", Self.trace, asking: [("Accept", "text/html")])
                == "errors.app-leak")
        #expect(reason(.internalServerError, "text/html", Self.trace, shape: .keep) == "errors.app-leak")
    }

    @Test(
        "a JSON error keeps every member of the app's and gets what is missing",
        arguments: [
            #"{"error":"not found"}"#, #"{}"#, #" {"message":"no","ok":false} "#, #"{"status":"failed","title":"T"}"#,
            #"{"type":"t","title":"t","status":1,"instance":"i","requestID":"r","timestamp":"z"}"#,
        ])
    func extended(body: String) throws {
        let answer = try #require(judge(.notFound, "application/json; charset=utf-8", ByteBuffer(string: body)))
        guard case .replace(let bytes) = answer.verdict else {
            Issue.record("not extended")
            return
        }
        #expect(answer.head.headers["content-type"] == ["application/problem+json"])
        let text = String(buffer: bytes)
        let members = try #require(JSONMembers(Array(text.utf8)), "\(text)")
        let before = try #require(JSONMembers(Array(body.utf8)))
        #expect(
            Set(members.names) == Set(before.names + ["type", "title", "status", "instance", "requestID", "timestamp"]))
        #expect(members.names.count == Set(members.names).count)
        #expect(text.contains(String(decoding: before.inside, as: UTF8.self).trimming(while: { $0 == " " })))
        if !before.names.contains("requestID") { #expect(text.contains(#""requestID":"test-request""#)) }
    }

    @Test("JSON is left alone for browsers, when it is no object, and with `shape: bare`")
    func notExtended() throws {
        for (body, asking, shape) in [
            (#"{"a":1}"#, [("Accept", "text/html")], ErrorScrubbingRule.Shape.problem), ("[1]", [Self.json], .problem),
            ("{broken", [Self.json], .problem), (#"{"a":1}"#, [Self.json], .bare), (#"{"a":1}"#, [Self.json], .keep),
        ] {
            let answer = try #require(
                judge(.notFound, "application/json", ByteBuffer(string: body), asking: asking, shape: shape))
            guard case .pass = answer.verdict else {
                Issue.record("\(body) was changed")
                continue
            }
        }
    }

    @Test("a body longer than is looked at isn't taken for a bare or a whole one")
    func long() throws {
        let long = "{\"a\":\"" + String(repeating: "x", count: 20_000) + "\"}"
        let answer = try #require(judge(.notFound, "application/json", ByteBuffer(string: long)))
        guard case .pass = answer.verdict else {
            Issue.record("changed")
            return
        }
    }

    @Test("the keys set what they say")
    func keys() {
        let (settings, wrong) = read(["protection.error-scrubbing.shape": "bare"]) {
            ErrorScrubbingStage.Settings.read(&$0)
        }
        #expect(wrong.isEmpty)
        #expect(settings == .init(mode: .enforce, shape: .bare))
        let (_, errors) = read(["protection.error-scrubbing.shape": "pretty"]) {
            ErrorScrubbingStage.Settings.read(&$0)
        }
        #expect(errors == ["protection.error-scrubbing.shape"])
    }
}
