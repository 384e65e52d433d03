import Kernel
import NIOHTTP1
import TestKit
import Testing
@_spi(Testing) import Web

@testable import Protection

@Suite("Sharing with other origins")
struct CORSTests {
    private static let listed = "https://app.example.com"

    private func settings(_ change: (inout CORSStage.Settings) -> Void = { _ in }) -> CORSStage.Settings {
        var settings = CORSStage.Settings(mode: .enforce)
        settings.origins = [Self.listed, "http://localhost:3000"]
        change(&settings)
        return settings
    }

    private func preflight(_ origin: String, _ settings: CORSStage.Settings, headers: String? = nil) -> Response? {
        var fields = [("Origin", origin), ("Access-Control-Request-Method", "PUT")]
        if let headers { fields.append(("Access-Control-Request-Headers", headers)) }
        var exchange = ExchangeFixture.exchange(.OPTIONS, "/api", fields, scheme: .https)
        return CORSStage(settings).receive(&exchange).response
    }

    private func respond(
        origin: String?, _ app: [(String, String)], settings given: CORSStage.Settings? = nil, isPublic: Bool = false,
        method: HTTPMethod = .GET, asking: [(String, String)] = [], status: HTTPResponseStatus = .ok
    ) -> (head: ResponseHead, events: [SecurityEvent]) {
        var fields = asking
        if let origin { fields.append(("Origin", origin)) }
        var exchange = ExchangeFixture.exchange(method, "/api", fields, scheme: .https)
        if isPublic { exchange.policy = RouteDecision(access: .public, route: "/api", isPublicToOrigins: true) }
        var head = ResponseHead(status: status, headers: HTTPHeaders(app))
        _ = CORSStage(given ?? settings()).respond(&exchange, &head)
        return (head, exchange.events)
    }

    @Test(
        "a preflight of an origin that isn't listed isn't answered here",
        arguments: [
            "https://evil.example", "null", "https://app.example.com.evil.example", "http://app.example.com",
            "https://app.example.com:8443", "https://APP.example.com@evil.example", "file://", "", "https://", "*",
        ])
    func foreignPreflight(origin: String) {
        #expect(preflight(origin, settings()) == nil)
    }

    @Test("a listed origin's preflight is answered with what it may do, before the app is asked")
    func preflight() throws {
        let response = try #require(preflight(Self.listed, settings(), headers: "X-One, content-type"))
        let headers = response.head.headers
        #expect(response.head.status == .noContent)
        #expect(headers["access-control-allow-origin"] == [Self.listed])
        #expect(headers["access-control-allow-credentials"] == ["true"])
        #expect(headers["access-control-allow-methods"] == ["GET, HEAD, POST, PUT, PATCH, DELETE"])
        #expect(headers["access-control-allow-headers"] == ["x-one, content-type"])
        #expect(headers["access-control-max-age"] == ["600"])
        #expect(headers.first(name: "vary")?.contains("Origin") == true)
        #expect(response.reason == "cors.preflight")
    }

    @Test("only the listed request headers are allowed, and none that can split a response")
    func preflightHeaders() throws {
        let narrow = settings { $0.headers = ["content-type"] }
        let some = try #require(preflight(Self.listed, narrow, headers: "X-Secret, Content-Type"))
        #expect(some.head.headers["access-control-allow-headers"] == ["content-type"])
        let none = try #require(preflight(Self.listed, narrow, headers: "X-Secret"))
        #expect(none.head.headers["access-control-allow-headers"].isEmpty)
        let odd = try #require(preflight(Self.listed, settings(), headers: "x y, \"a\", ok"))
        #expect(odd.head.headers["access-control-allow-headers"] == ["ok"])
    }

    @Test("without credentials none are allowed")
    func noCredentials() throws {
        let response = try #require(preflight(Self.listed, settings { $0.allowsCredentials = false }))
        #expect(response.head.headers["access-control-allow-credentials"].isEmpty)
    }

    @Test("an OPTIONS that is no preflight goes to the app")
    func plainOptions() {
        var exchange = ExchangeFixture.exchange(.OPTIONS, "/", [("Origin", Self.listed)])
        #expect(CORSStage(settings()).receive(&exchange).response == nil)
    }

    @Test(
        "what the app grants to an origin that isn't listed is taken back",
        arguments: [
            ("https://evil.example", "https://evil.example"), ("null", "null"), ("https://evil.example", "*"),
            (nil, "https://evil.example"), (nil, "*"), (nil, "null"), ("https://app.test", "*"),
            ("https://app.test", "https://evil.example"),
        ] as [(String?, String)])
    func takenBack(origin: String?, granted: String) {
        let (head, events) = respond(
            origin: origin,
            [
                ("Access-Control-Allow-Origin", granted), ("Access-Control-Allow-Credentials", "true"),
                ("access-control-expose-headers", "X-A"), ("X-Kept", "1"),
            ])
        #expect(!head.headers.contains { $0.name.lowercased().hasPrefix("access-control-") })
        #expect(head.headers["x-kept"] == ["1"])
        #expect(head.headers.first(name: "vary") == "Origin")
        #expect(events.map(\.reason) == (origin == nil ? [] : ["cors.app-answer-removed"]))
    }

    @Test("two answers of the app at once are taken back even where one fits")
    func twoAnswers() {
        let (head, _) = respond(
            origin: "https://app.test",
            [("Access-Control-Allow-Origin", "https://app.test"), ("Access-Control-Allow-Origin", "*")])
        #expect(head.headers["access-control-allow-origin"].isEmpty)
    }

    @Test("what the app grants to its own origin stays")
    func ownOrigin() {
        let (head, events) = respond(
            origin: "https://app.test", [("Access-Control-Allow-Origin", "https://app.test")])
        #expect(head.headers["access-control-allow-origin"] == ["https://app.test"])
        #expect(events.isEmpty)
    }

    @Test("a listed origin may read the answer, whatever the app says")
    func allowed() {
        let (head, _) = respond(
            origin: Self.listed,
            [("Access-Control-Allow-Origin", "https://evil.example"), ("Access-Control-Allow-Methods", "GET")],
            status: .internalServerError)
        #expect(head.headers["access-control-allow-origin"] == [Self.listed])
        #expect(head.headers["access-control-allow-credentials"] == ["true"])
        #expect(head.headers["access-control-allow-methods"] == ["GET"])
        #expect(
            head.headers["access-control-expose-headers"] == ["X-Request-ID, RateLimit, RateLimit-Policy, Retry-After"])
    }

    @Test("a cache that saw a request without Origin is told that answers differ by it")
    func varies() {
        #expect(respond(origin: nil, []).head.headers["vary"] == ["Origin"])
        #expect(respond(origin: nil, [], settings: .init(mode: .enforce)).head.headers["vary"].isEmpty)
    }

    @Test("a public route is anybody's to read, nobody's with cookies")
    func publicRoute() {
        let (head, _) = respond(
            origin: "https://evil.example",
            [("Access-Control-Allow-Origin", "https://evil.example"), ("Access-Control-Allow-Credentials", "true")],
            isPublic: true)
        #expect(head.headers["access-control-allow-origin"] == ["*"])
        #expect(head.headers["access-control-allow-credentials"].isEmpty)
    }

    @Test(
        "a preflight to a public route is answered for anybody, by the method that it asks for",
        arguments: [
            ("/open/a", "GET", true), ("/open/a", "QUERY", true), ("/open/a", "POST", false), ("/open/a", "", false),
            ("/open/a", "G E T", false), ("/OPEN/a/", "GET", false), ("/other", "GET", false), ("/shut", "GET", false),
            ("/every", "DELETE", true),
        ])
    func preflightByMethod(target: String, method: String, isAnswered: Bool) throws {
        let routes = try [
            RouteRule(
                pattern: #require(RoutePattern("/open/*")), methods: ["GET", "QUERY"], access: .public,
                isPublicToOrigins: true),
            RouteRule(pattern: #require(RoutePattern("/every")), access: .app, isPublicToOrigins: true),
            RouteRule(pattern: #require(RoutePattern("/shut")), access: .deny, isPublicToOrigins: true),
        ]
        let fields = [("Origin", "https://anybody.example"), ("Access-Control-Request-Method", method)]
        var exchange = ExchangeFixture.exchange(.OPTIONS, target, fields, scheme: .https)
        exchange.target = try TargetReader.read(target)
        let response = CORSStage(settings(), routes: routes).receive(&exchange).response
        #expect((response != nil) == isAnswered)
        guard let response else { return }
        #expect(response.head.status == .noContent)
        #expect(response.head.headers["access-control-allow-origin"] == ["*"])
        #expect(response.head.headers["access-control-allow-credentials"].isEmpty)
        #expect(response.head.headers["access-control-allow-methods"] == [method])
    }

    @Test("a public route's preflight succeeds though the app knows none")
    func publicPreflight() {
        let (head, _) = respond(
            origin: "https://other.example", [("Content-Type", "text/plain"), ("Allow", "GET")], isPublic: true,
            method: .OPTIONS, asking: [("Access-Control-Request-Method", "GET")], status: .methodNotAllowed)
        #expect(head.status == .noContent)
        #expect(head.headers["access-control-allow-origin"] == ["*"])
        #expect(head.headers["access-control-allow-methods"].count == 1)
        #expect(head.headers["content-type"].isEmpty)
    }

    @Test("`origins: app` leaves all of it to the app")
    func leftToApp() {
        let (settings, wrong) = read(["protection.cors.origins": "app"]) { CORSStage.Settings.read(&$0) }
        #expect(wrong.isEmpty)
        #expect(CORSStage(settings).phases == [])
    }

    @Test(
        "origins are exact: what is none is an error",
        arguments: [
            "*", "https://*.example.com", "app.example.com", "https://a.example/path", "ftp://a.example", "null",
        ])
    func wrongOrigins(text: String) {
        let (_, wrong) = read(["protection.cors.origins": text]) { CORSStage.Settings.read(&$0) }
        #expect(wrong == ["protection.cors.origins"])
    }
}
