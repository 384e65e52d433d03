import Kernel
import NIOCore
import NIOHTTP1
import TestKit
import Testing
@_spi(Testing) import Web

@testable import Protection

@Suite("Exposure")
struct ExposureTests {
    private func judge(
        _ target: String, areas: Set<ExposureArea> = Set(ExposureArea.allCases), routes: [RouteRule] = [],
        allowed: [String] = [], mode: ControlMode = .enforce
    ) throws -> (Int?, [String]) {
        var exchange = ExchangeFixture.exchange(.GET, target, mode: mode)
        exchange.target = try TargetReader.read(target)
        let stage = ExposureStage(.init(mode: mode, areas: areas, allowed: allowed), routes: routes)
        return (stage.receive(&exchange).status, exchange.events.map(\.reason.rawValue))
    }

    @Test("well-known insides are hidden, however they are spelt", arguments: [
        "/debug/vars", "/debug", "/debug/config", "/DEBUG/vars", "/%64ebug/vars", "//debug/vars", "/debug;x/vars", "/actuator/env",
        "/actuator", "/phpinfo.php", "/phpinfo", "/server-status", "/.env", "/.ENV", "/%2eenv", "/.git/config", "/a/.git/HEAD",
        "/.svn/entries", "/.aws/credentials", "/.htaccess", "/metrics", "/metrics/", "/metrics/x", "/Metrics", "/backup.sql",
        "/rails/info/routes", "/_profiler/latest", "/__debug__/x", "/h2-console", "/.env.production", "/%252eenv",
    ])
    func hides(target: String) throws { #expect(try judge(target).0 == 404) }

    @Test("ordinary paths and /.well-known pass", arguments: [
        "/", "/debugger", "/a/debug-info", "/my-metrics", "/api/metrics-overview", "/.well-known/security.txt",
        "/.well-known/acme-challenge/x", "/a.env", "/file.git", "/environment", "/actuators", "/console", "/admin",
    ])
    func passes(target: String) throws { #expect(try judge(target).0 == nil) }

    @Test("what the routes list or the configuration names was meant to be seen")
    func listed() throws {
        let rule = RouteRule(pattern: RoutePattern("/metrics").unsafelyUnwrapped, access: .app)
        #expect(try judge("/metrics", routes: [rule]).0 == nil)
        #expect(try judge("/metrics", allowed: ["/metrics"]).0 == nil)
        let all = RouteRule(pattern: RoutePattern("/**").unsafelyUnwrapped, access: .app)
        #expect(try judge("/metrics", routes: [all]).0 == 404)
    }

    @Test("an area can be left alone")
    func areas() throws {
        #expect(try judge("/metrics", areas: [.debug]).0 == nil)
        #expect(try judge("/debug/vars", areas: [.debug]).0 == 404)
    }

    @Test("observe lets pass, with the event")
    func observe() throws {
        let (status, events) = try judge("/.env", mode: .observe)
        #expect(status == nil)
        #expect(events == ["exposure.hidden"])
    }

    private func listing(_ page: String, target: String = "/static/", type: String = "text/html") -> Int? {
        var exchange = ExchangeFixture.exchange(.GET, target)
        exchange.target = TargetReadings(path: target, readings: [target])
        var head = ResponseHead(.ok, [("Content-Type", type)])
        let plan = ExposureStage(.init(mode: .enforce), routes: []).respond(&exchange, &head)
        return plan.decide(&exchange, &head, page)?.problem?.status
    }

    @Test("directory listings of servers are replaced", arguments: [
        "<html><head><title>Index of /static/</title></head>", "<!DOCTYPE HTML><title>Directory listing for /static/</title>",
        "<html>\n<head><title>listing directory /static</title>", "<h1>Index of /static</h1>",
    ])
    func listings(page: String) { #expect(listing(page) == 404) }

    @Test("pages are not", arguments: ["<title>Index of shares</title>", "<h1>Portfolio</h1>", "", "<title>Our directory</title>"])
    func pages(page: String) {
        #expect(listing(page) == nil)
        #expect(listing("<title>Index of /</title>", type: "text/plain") == nil)
        #expect(listing("<title>Index of /</title>", target: "/blog") == nil)
    }
}
