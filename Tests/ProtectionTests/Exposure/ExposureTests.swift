import Kernel
import NIOCore
import NIOHTTP1
import TestKit
import Testing
@_spi(Testing) import Web

@testable import Protection

@Suite("What nobody means to publish")
struct ExposureTests {
    private static func verdict(
        _ target: String, mode: ControlMode = .enforce, settings: ExposureStage.Settings? = nil,
        routes: [RouteRule] = []
    ) throws -> (reason: String?, events: [SecurityEvent]) {
        var exchange = ExchangeFixture.exchange(.GET, target, mode: mode)
        exchange.target = try TargetReader.read(target)
        let verdict = ExposureStage(settings ?? .init(mode: mode), routes: routes).receive(&exchange)
        return (verdict.reason, exchange.events)
    }

    @Test(
        "debug routes, dot files, metrics and left copies are hidden, however they are written",
        arguments: [
            "/.env", "/.ENV", "/.env.production", "/app/.env", "/%2eenv", "/%2Eenv", "/%252eenv", "//.env",
            "/.git/config",
            "/.git/HEAD", "/x/.git/config", "/.svn/entries", "/.htpasswd", "/.aws/credentials", "/deep/er/.ssh/id_rsa",
            "/.DS_Store", "/img/.ds_store", "/.vscode/settings.json", "/.github/workflows",
            "/debug", "/debug/", "/debug/config", "/debug/vars", "/debug/pprof/heap", "/DEBUG/vars", "/d%65bug/vars",
            "/debug;x=1/vars", "/actuator", "/actuator/env", "/actuator/env.json", "/Actuator/heapdump",
            "/actuator;/env",
            "/phpinfo.php", "/PhpInfo.php", "/info.php", "/server-status", "/server-status?auto", "/_profiler/latest",
            "/rails/info/routes", "/h2-console/login.do", "/trace.axd", "/__debug__/sql", "/telescope/telescope-api/x",
            "/metrics", "/metrics/", "/metrics?x=1", "/METRICS", "//metrics", "/metrics.txt", "/prometheus",
            "/backup.sql", "/web.config", "/config.php.bak", "/config.php~", "/docker-compose.yml",
        ])
    func hidden(target: String) throws {
        let (reason, _) = try Self.verdict(target)
        #expect(reason == "exposure.hidden")
    }

    @Test(
        "ordinary addresses that look a little alike are served",
        arguments: [
            "/", "/debugger", "/debugging/tips", "/my/debug/page", "/metrics.png", "/metrics.html",
            "/metrics/dashboard",
            "/api/metrics", "/actuators", "/actuator/health", "/actuator/health/liveness", "/information.php",
            "/.well-known/security.txt", "/.well-known/acme-challenge/x", "/repo/src/main/.gitignore",
            "/repo/src/main/.github/workflows/x.yml", "/compare/main...dev", "/files/a.b.c", "/~alice/", "/users/~",
            "/environment", "/env", "/git/config", "/prometheus-guide", "/backup", "/telescope/shop", "/x/.", "/a/.-b",
            "/debug.css", "/server-status.js", "/v1.2/metrics", "/info", "/config.bakery",
        ])
    func served(target: String) throws {
        let (reason, _) = try Self.verdict(target)
        #expect(reason == nil)
    }

    @Test("the refusal says no more than that there is nothing")
    func says() throws {
        var exchange = ExchangeFixture.exchange(.GET, "/.env")
        exchange.target = try TargetReader.read("/.env")
        let problem = try #require(ExposureStage(.init(mode: .enforce), routes: []).receive(&exchange).problem)
        #expect(problem.status == 404)
        #expect(problem.detail == nil)
    }

    @Test("observe passes what enforce refuses, with the event")
    func observe() throws {
        let (reason, events) = try Self.verdict("/metrics", mode: .observe)
        #expect(reason == nil)
        #expect(events.map(\.reason) == ["exposure.hidden"])
        #expect(events.map(\.disposition) == [.wouldHave])
    }

    @Test("what `routes:` lists was meant; a catch-all lists nothing, and a denial stays one")
    func listed() throws {
        let metrics = try #require(RoutePattern("/metrics"))
        let all = try #require(RoutePattern("/**"))
        let any = try #require(RoutePattern("/*"))
        #expect(try Self.verdict("/metrics", routes: [RouteRule(pattern: metrics, access: .app)]).reason == nil)
        for rule in [
            RouteRule(pattern: all, access: .app), RouteRule(pattern: any, access: .app),
            RouteRule(pattern: metrics, access: .deny),
        ] {
            #expect(try Self.verdict("/metrics", routes: [rule]).reason == "exposure.hidden")
        }
        // Listed as written, not in another reading.
        #expect(
            try Self.verdict("/%6detrics", routes: [RouteRule(pattern: metrics, access: .app)]).reason
                == "exposure.hidden")
    }

    @Test("areas can be left out and single paths allowed")
    func keys() throws {
        let (settings, wrong) = read(
            ["protection.exposure.hide": "debug, listing", "protection.exposure.allow": "/debug/vars"]
        ) { ExposureStage.Settings.read(&$0) }
        #expect(wrong.isEmpty)
        #expect(try Self.verdict("/.env", settings: settings).reason == nil)
        #expect(try Self.verdict("/debug/vars", settings: settings).reason == nil)
        #expect(try Self.verdict("/debug/config", settings: settings).reason == "exposure.hidden")
        let (_, errors) = read(["protection.exposure.hide": "everything"]) { ExposureStage.Settings.read(&$0) }
        #expect(errors == ["protection.exposure.hide"])
    }

    @Test("no path traps or hangs the rule", arguments: Seeds.first(20))
    func anyPath(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let rule = ExposureRule(areas: Set(ExposureArea.allCases))
        for _ in 0..<200 {
            let path = generator.text(0...40, of: "/.~aé%e;nvgit-_bakswp")
            _ = rule.hides(TargetReadings(path: path, others: [path.lowercased()]))
            _ = rule.hides("/" + path)
        }
        #expect(rule.hides("/.env"))
    }

    @Test("what is known of a plain path changes no answer", arguments: Seeds.first(20))
    func plainPath(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let rule = ExposureRule(areas: Set(ExposureArea.allCases))
        let starts = ["/metrics", "/debug/", "/.env", "/actuator/", "/server-status", "/a~", "/x", "/"]
        for _ in 0..<300 {
            let path = (generator.pick(starts) ?? "/") + generator.text(0...6, of: "/.~ae;vgit-_bakswp")
            guard var target = try? TargetReader.read(path) else { continue }
            let hides = rule.hides(target)
            target.isPlain = false
            #expect(rule.hides(target) == hides, "\(path)")
        }
    }
}

@Suite("Directory listings")
struct DirectoryListingTests {
    private static let listings = [
        "<html>\r\n<head><title>Index of /static/</title></head>\r\n<body>\r\n<h1>Index of /static/</h1><hr><pre>",
        "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 3.2 Final//EN\">\n<html>\n <head>\n  <title>Index of /a</title>",
        "<!DOCTYPE HTML>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Directory listing for /</title>",
        "<pre>\n<a href=\"secret.txt\">secret.txt</a>\n</pre>\n",
        "<!doctype html>\n<meta name=\"viewport\" content=\"width=device-width\">\n<pre>\n<a href=\"a\">a</a>\n",
        "<html><head><title>Directory: /files/</title>",
        "<!DOCTYPE html><html><head><meta charset='utf-8'><title>listing directory /public</title>",
        "<!doctype html><html lang=\"en\"><head><title>Directory Listing For [/docs/]</title>",
        "<html><head><title>host - /x/</title></head><body><H1>host - /x/</H1><hr>\r\n<pre><A HREF=\"/\">[To Parent Directory]</A>",
        "<!doctype html><title>Index of /static/</title><h1>Index of /static/</h1><ul><li><a href=\"../\">../</a></li>",
    ]
    private static let pages = [
        "<!doctype html><title>Index of refraction</title><h1>Optics</h1>",
        "<!doctype html><html><head><title>Home</title></head><body><h1>Welcome</h1><p>See the index of / our site</p>",
        "<html><head><title>A directory of people</title></head>", "<pre>hello</pre>", "",
        "<title>Fund index of the year</title>",
    ]

    private func verdict(_ body: String, _ target: String = "/static/", type: String = "text/html") throws -> Problem? {
        var exchange = ExchangeFixture.exchange(.GET, target)
        exchange.target = try TargetReader.read(target)
        var head = ResponseHead(status: .ok, headers: ["Content-Type": type])
        let plan = ExposureStage(.init(mode: .enforce), routes: []).respond(&exchange, &head)
        return plan.decide(&exchange, &head, body)?.problem
    }

    @Test("a listing that a server made becomes a 404", arguments: listings)
    func listed(page: String) throws {
        #expect(try verdict(page)?.reason == "exposure.listing")
        #expect(try verdict(page, "/static")?.status == 404)
        #expect(try verdict(page.uppercased())?.status == (page.hasPrefix("<") ? 404 : nil))
    }

    @Test("a page of the app's own stays", arguments: pages)
    func own(page: String) throws {
        #expect(try verdict(page) == nil)
    }

    @Test("what isn't HTML isn't looked at")
    func otherTypes() throws {
        #expect(try verdict(Self.listings[0], type: "text/plain") == nil)
    }

    @Test("a compressed listing is found too")
    func compressed() throws {
        let transform = try #require(GzipTransform(level: 6, length: nil))
        var packed = transform.transform(
            ByteBuffer(string: Self.listings[0] + String(repeating: "<a href=x>x</a>", count: 400)))
        var end = transform.finish()
        packed.writeBuffer(&end)
        var exchange = ExchangeFixture.exchange(.GET, "/static/")
        var head = ResponseHead(status: .ok, headers: ["Content-Type": "text/html", "Content-Encoding": "gzip"])
        guard case .peek(_, let decision) = ExposureStage(.init(mode: .enforce), routes: []).respond(&exchange, &head)
        else {
            Issue.record("not looked at")
            return
        }
        #expect(decision(&exchange, &head, packed, true).problem?.status == 404)
    }
}
