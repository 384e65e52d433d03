import Kernel
import NIOHTTP1
import TestKit
import Testing
@_spi(Testing) import Web

@testable import Protection

@Suite("Cross-site request forgery")
struct CSRFTests {
    private func judge(
        _ fields: [(String, String)], method: HTTPMethod = .POST, scheme: Scheme = .https, mode: ControlMode = .enforce,
        settings: CSRFStage.Settings? = nil, publicURL: String? = nil, checks: Bool = true, upgrade: Bool = false
    ) -> (String?, [String]) {
        var exchange = ExchangeFixture.exchange(method, "/", fields, scheme: scheme, mode: mode)
        exchange.isWebSocketUpgrade = upgrade
        exchange.policy = RouteDecision(access: .app, route: "r", checksCSRF: checks)
        let stage = CSRFStage(
            settings ?? .init(mode: mode),
            edge: EdgeFacts(environment: .production, publicOrigin: publicURL.flatMap { WebOrigin($0) }))
        let verdict = stage.receive(&exchange)
        if let status = verdict.status { #expect(status == 403) }
        return (verdict.reason, exchange.events.map(\.reason.rawValue))
    }

    @Test(
        "another site's write is refused",
        arguments: [
            ([("Sec-Fetch-Site", "cross-site"), ("Origin", "https://evil.example")], "csrf.cross-site"),
            ([("Sec-Fetch-Site", "cross-site")], "csrf.cross-site"),
            ([("Sec-Fetch-Site", "rubbish")], "csrf.cross-site"),
            ([("Sec-Fetch-Site", "same-site"), ("Origin", "https://other.app.test")], "csrf.same-site"),
            ([("Origin", "https://evil.example")], "csrf.cross-origin"), ([("Origin", "null")], "csrf.null-origin"),
            ([("Origin", "")], "csrf.cross-origin"), ([("Origin", "http://app.test")], "csrf.cross-origin"),
            ([("Origin", "https://app.test:8443")], "csrf.cross-origin"),
            ([("Origin", "https://app.test.evil.example")], "csrf.cross-origin"),
            ([("Origin", "https://app.test"), ("Origin", "https://evil.example")], "csrf.cross-origin"),
            ([("Origin", "app.test")], "csrf.cross-origin"), ([("Origin", "https://app.test/x")], "csrf.cross-origin"),
            ([("Sec-Fetch-Site", "cross-site"), ("Cookie", "a=b"), ("Authorization", "Bearer x")], "csrf.cross-site"),
        ] as [([(String, String)], String)])
    func refuses(fields: [(String, String)], reason: String) { #expect(judge(fields).0 == reason) }

    @Test(
        "our own pages write",
        arguments: [
            [("Sec-Fetch-Site", "same-origin")], [("Sec-Fetch-Site", "none")], [("Origin", "https://app.test")],
            [("Origin", "https://app.test:443")], [("Origin", "HTTPS://APP.test")],
            [("Sec-Fetch-Site", "same-origin"), ("Origin", "https://app.test")],
        ] as [[(String, String)]])
    func passes(fields: [(String, String)]) {
        #expect(judge(fields).0 == nil)
        #expect(judge(fields).1.isEmpty)
    }

    @Test("reading is free for everybody", arguments: [HTTPMethod.GET, .HEAD, .OPTIONS])
    func safe(method: HTTPMethod) {
        #expect(judge([("Sec-Fetch-Site", "cross-site"), ("Origin", "https://evil.example")], method: method).0 == nil)
    }

    @Test("every other method is checked", arguments: ["POST", "PUT", "PATCH", "DELETE", "MOVE", "FROBNICATE"])
    func unsafe(method: String) {
        #expect(judge([("Origin", "https://evil.example")], method: HTTPMethod(rawValue: method)).0 != nil)
    }

    @Test("a WebSocket upgrade is checked although it is a GET")
    func webSocket() {
        #expect(judge([("Origin", "https://evil.example")], method: .GET, upgrade: true).0 == "csrf.cross-origin")
        #expect(judge([("Origin", "https://app.test")], method: .GET, upgrade: true).0 == nil)
    }

    @Test("a request with neither header is no browser's: it passes and is told")
    func noBrowser() {
        #expect(judge([]).0 == nil)
        #expect(judge([]).1 == ["csrf.no-browser"])
    }

    @Test("a bearer token without cookies can't be ridden on")
    func bearer() { #expect(judge([("Origin", "https://evil.example"), ("Authorization", "Bearer x")]).0 == nil) }

    @Test("trusted origins and sibling hosts write when the configuration says so")
    func trusted() {
        let settings = CSRFStage.Settings(
            mode: .enforce, trustedOrigins: ["https://spa.example"], allowsSameSite: true)
        #expect(
            judge([("Origin", "https://spa.example"), ("Sec-Fetch-Site", "cross-site")], settings: settings).0 == nil)
        #expect(judge([("Sec-Fetch-Site", "same-site")], settings: settings).0 == nil)
        #expect(judge([("Origin", "https://evil.example")], settings: settings).0 != nil)
    }

    @Test("the public URL is ourselves, whatever Host a proxy left")
    func publicURL() {
        #expect(
            judge([("Origin", "https://app.example"), ("Host", "internal:8080")], publicURL: "https://app.example").0
                == nil)
    }

    @Test("a route with csrf: off isn't checked")
    func off() { #expect(judge([("Origin", "https://evil.example")], checks: false).0 == nil) }

    @Test("observe lets pass what enforce refuses, with the event")
    func observe() {
        let (reason, events) = judge([("Sec-Fetch-Site", "cross-site")], mode: .observe)
        #expect(reason == nil)
        #expect(events == ["csrf.cross-site"])
    }

    @Test("no foreign origin is ever taken for ours", arguments: Seeds.first(100))
    func foreign(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let origin =
            (generator.pick(["https://", "http://", "", "null", "file://"]) ?? "")
            + generator.text(0...20, of: "ap.test:/@8é[]")
        if WebOrigin(origin).map({ $0.host == "app.test" && $0.port == 443 && $0.scheme == .https }) == true { return }
        #expect(judge([("Origin", origin)]).0 != nil, "\(origin)")
    }
}
