import Foundation
import Kernel
import NIOHTTP1
import TestKit
import Testing
@_spi(Testing) import Web

@testable import Protection

@Suite("Problem documents")
struct ProblemsTests {
    private func document(_ problem: Problem, accept: String? = nil, target: String = "/") throws -> (
        head: ResponseHead, body: String
    ) {
        var exchange = ExchangeFixture.exchange(.GET, target, accept.map { [("Accept", $0)] } ?? [])
        exchange.become(.problem, problem)
        var head = ResponseHead(status: HTTPResponseStatus(statusCode: problem.status))
        let plan = ProblemsStage(.init(), clock: ManualClock()).respond(&exchange, &head)
        return (head, try #require(plan.replacement))
    }

    @Test(
        "every status has its document with id, time, type and reason",
        arguments: [400, 401, 403, 404, 405, 409, 413, 414, 415, 417, 421, 422, 429, 431, 500, 501, 502, 503, 504])
    func json(status: Int) throws {
        let (head, body) = try document(Problem("area.reason", status: status, title: "A title.", detail: "A detail."))
        let object = try #require(try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])
        #expect(head.value("content-type") == "application/problem+json")
        #expect(head.value("cache-control") == "no-store")
        #expect(object["status"] as? Int == status)
        #expect(object["type"] as? String == "/seaworthy/problems/area.reason")
        #expect(object["title"] as? String == "A title.")
        #expect(object["detail"] as? String == "A detail.")
        #expect(object["instance"] as? String == "urn:request:test-request")
        #expect(object["requestID"] as? String == "test-request")
        #expect(object["reason"] as? String == "area.reason")
        #expect(object["timestamp"] as? String == "2026-01-02T03:04:05.000Z")
    }

    @Test("the private cause never leaves")
    func cause() throws {
        for accept in ["*/*", "text/html"] {
            let (_, body) = try document(Problem("a.b", status: 500, title: "t", cause: "canary"), accept: accept)
            #expect(!body.contains("canary"))
        }
    }

    @Test("what the problem asks for goes into the head")
    func headers() throws {
        let (head, _) = try document(
            Problem("a.b", status: 429, title: "t", retryAfter: 7, headers: [("Allow", "GET")]))
        #expect(head.value("retry-after") == "7")
        #expect(head.value("allow") == "GET")
        #expect(head.value("vary") == "Accept")
    }

    @Test(
        "people get a page, programs JSON",
        arguments: [
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true), ("text/html", true),
            ("*/*", false),
            ("application/json", false), ("application/json, text/html;q=0.5", false),
            ("text/html;q=0.5, application/json;q=0.4", true),
            ("text/html;q=0", false), ("", false), ("text/html;q=rubbish", false), ("TEXT/HTML", true),
            ("application/ld+json, text/html;q=0.9", false),
        ])
    func negotiation(accept: String, isPage: Bool) throws {
        let (head, _) = try document(Problem("a.b", status: 404, title: "t"), accept: accept)
        #expect(head.value("content-type") == (isPage ? "text/html; charset=utf-8" : "application/problem+json"))
    }

    @Test("a page escapes everything and brings no script or style")
    func page() throws {
        let (_, body) = try document(
            Problem("a.b", status: 404, title: "<script>alert('1')</script>", detail: "\"&<b>"), accept: "text/html")
        #expect(body.contains("&lt;script&gt;alert(&#39;1&#39;)"))
        #expect(body.contains("&quot;&amp;&lt;b&gt;"))
        #expect(!body.contains("<script") && !body.contains("<style") && !body.contains("style="))
        #expect(body.contains("<html lang=\"en\">") && body.contains("<title>") && body.contains("<main>"))
    }

    @Test(
        "among our own pages a problem looks like them; on the app's it brings nothing that its policy might forbid",
        arguments: [
            ("/seaworthy/projects/members", true), ("/seaworthy", false), ("/seaworthyx/y", false), ("/app", false),
        ])
    func sheet(target: String, isOurs: Bool) throws {
        let (_, body) = try document(Problem("a.b", status: 400, title: "t"), accept: "text/html", target: target)
        #expect(body.contains("<link rel=\"stylesheet\" href=\"/seaworthy/style.css\">") == isOurs)
        #expect(body.contains("<link") == isOurs)
    }

    @Test("any text makes valid JSON", arguments: Seeds.first(100))
    func anyText(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let text = generator.text(0...60, of: "a\"\\/\u{0}\u{1F}\n\r\t\u{7F}\u{2028}😀é<>&")
        let (_, body) = try document(Problem("a.b", status: 400, title: text, detail: text))
        let object = try #require(try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])
        #expect(object["detail"] as? String == text)
        #expect(!body.dropLast().contains("\n"))
    }

    @Test("an answer of the app passes")
    func app() {
        var exchange = ExchangeFixture.exchange()
        var head = ResponseHead(.notFound, [])
        #expect(ProblemsStage(.init(), clock: ManualClock()).respond(&exchange, &head).isPass)
    }
}
