import Kernel
import NIOHTTP1
import TestKit
import Testing
@_spi(Testing) import Web

@testable import Protection

@Suite("Cross-origin reading")
struct CORSTests {
    private func stage(_ origins: [String], _ change: (inout CORSStage.Settings) -> Void = { _ in }) -> CORSStage {
        var settings = CORSStage.Settings(mode: .enforce)
        settings.origins = origins
        change(&settings)
        return CORSStage(settings)
    }

    private func respond(
        _ origin: String?, _ app: [(String, String)], origins: [String] = [], policy: RouteDecision? = nil
    ) -> (HTTPHeaders, [String]) {
        var exchange = ExchangeFixture.exchange(.GET, "/", origin.map { [("Origin", $0)] } ?? [], scheme: .https)
        exchange.policy = policy
        var head = ResponseHead(.ok, app)
        _ = stage(origins).respond(&exchange, &head)
        return (head.headers, exchange.events.map(\.reason.rawValue))
    }

    static let reflected = [("Access-Control-Allow-Credentials", "true"), ("Access-Control-Expose-Headers", "X-A")]

    @Test("an app's answer to an origin that isn't listed is taken away", arguments: [
        ("https://evil.example", "https://evil.example"), ("null", "null"), ("https://evil.example", "*"),
        ("https://app.test.evil.example", "https://app.test.evil.example"), ("http://app.test", "http://app.test"),
        ("rubbish", "rubbish"), ("https://app.test:444", "https://app.test:444"),
    ])
    func strips(origin: String, answer: String) {
        let (headers, events) = respond(origin, [("Access-Control-Allow-Origin", answer)] + CORSTests.reflected)
        #expect(!headers.contains { $0.name.lowercased().hasPrefix("access-control-") })
        #expect(headers["Vary"] == ["Origin"])
        #expect(events == ["cors.app-answer-removed"])
    }

    @Test("a star without credentials stays: anybody could read that without us")
    func star() {
        #expect(respond("https://evil.example", [("Access-Control-Allow-Origin", "*")]).0["Access-Control-Allow-Origin"] == ["*"])
    }

    @Test("a listed origin reads, with credentials, and caches are told")
    func listed() {
        let (headers, _) = respond("https://spa.example", [("Access-Control-Allow-Origin", "https://other.example")], origins: ["https://spa.example"])
        #expect(headers["Access-Control-Allow-Origin"] == ["https://spa.example"])
        #expect(headers["Access-Control-Allow-Credentials"] == ["true"])
        #expect(headers["Vary"] == ["Origin"])
    }

    @Test("a public route is everybody's, without credentials")
    func publicRoute() {
        let policy = RouteDecision(access: .public, route: "/api", isPublicToOrigins: true)
        let (headers, _) = respond("https://evil.example", [("Access-Control-Allow-Origin", "https://evil.example")] + CORSTests.reflected, policy: policy)
        #expect(headers["Access-Control-Allow-Origin"] == ["*"])
        #expect(headers["Access-Control-Allow-Credentials"].isEmpty)
    }

    @Test("without an Origin nothing is added")
    func sameOrigin() { #expect(respond(nil, []).0.isEmpty) }

    private func preflight(_ origin: String, _ fields: [(String, String)] = [("Access-Control-Request-Method", "PUT")]) -> Response? {
        var exchange = ExchangeFixture.exchange(.OPTIONS, "/", [("Origin", origin)] + fields)
        return stage(["https://spa.example"]).receive(&exchange).response
    }

    @Test("a listed origin's preflight is answered here")
    func preflight() throws {
        let response = try #require(preflight("https://spa.example", [
            ("Access-Control-Request-Method", "PUT"), ("Access-Control-Request-Headers", "X-A, content-type, b\u{e9}d"),
        ]))
        #expect(response.head.status == .noContent)
        #expect(response.head.value("access-control-allow-origin") == "https://spa.example")
        #expect(response.head.value("access-control-allow-methods")?.contains("PUT") == true)
        #expect(response.head.value("access-control-allow-headers") == "x-a, content-type")
        #expect(response.head.value("access-control-max-age") == "600")
    }

    @Test("nobody else's is, nor a plain OPTIONS")
    func otherPreflights() {
        #expect(preflight("https://evil.example") == nil)
        #expect(preflight("null") == nil)
        #expect(preflight("https://spa.example", []) == nil)
    }

    @Test("`app` leaves it to the app")
    func leavesToApp() { #expect(stage([]) { $0.leavesToApp = true }.phases.isEmpty) }

    @Test("credentials never go to an origin that isn't listed", arguments: Seeds.first(200))
    func never(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let origin = (generator.pick(["https://", "http://", "", "null"]) ?? "") + generator.text(0...16, of: "spa.exmle:4/@*")
        if WebOrigin(origin) == WebOrigin("https://spa.example") { return }
        let (headers, _) = respond(origin, [("Access-Control-Allow-Origin", origin)] + CORSTests.reflected, origins: ["https://spa.example"])
        #expect(headers["Access-Control-Allow-Credentials"].isEmpty, "\(origin)")
    }
}
