import Foundation
import Synchronization
import TestKit
import Testing

@testable import Readiness

/// A site whose limit is used up: by what was asked before, for a moment or for good.
private final class LimitedSite: Sendable {
    private let refused = Mutex<[String: Int]>([:])

    /// - `/brief`: what it fetches is refused twice, then answered. `/document`: so is the page itself.
    /// - `/spent`: what it fetches is refused for good. `/closed`: so is the page itself.
    func answer(_ request: RawRequest) -> String {
        let path = String(request.target.prefix { $0 != "?" })
        func isRefused(_ times: Int) -> Bool {
            refused.withLock { counts in
                counts[path, default: 0] += 1
                return counts[path, default: 0] <= times
            }
        }
        let soon = page("429 Too Many Requests", "slow down", "Retry-After: 1\r\n")
        let late = page("429 Too Many Requests", "slow down", "Retry-After: 3600\r\n")
        func html(_ body: String) -> String {
            page(
                "200 OK",
                "<!doctype html><html lang=en><meta name=viewport content='width=device-width'><title>t</title>"
                    + "<link rel=icon href=data:,>\(body)")
        }
        func fetching(_ what: String) -> String {
            html("<p id=p>-</p><script>fetch('\(what)').then(r=>r.text()).then(t=>{p.textContent=t})</script>")
        }
        return switch path {
        case "/": html("<a href=/brief>a</a> <a href=/spent>b</a>")
        case "/brief": fetching("/soon")
        case "/soon": isRefused(2) ? soon : page("200 OK", "all of it")
        case "/spent": fetching("/late")
        case "/document": isRefused(2) ? soon : html("<p>all of it</p>")
        case "/late", "/closed": late
        default: page("404 Not Found", "nothing here")
        }
    }
}

@Suite(
    "A limit that the run has used up is waited for in a browser, and no page is blamed for it", .timeLimit(.minutes(3))
)
struct PageLimitTests {
    private let environment = ProcessInfo.processInfo.environment

    @Test("in Chromium a page is judged by what it does within the limit, and not at all where that can't be seen")
    func chromium() async throws {
        let site = LimitedSite()
        let server = try await answering { site.answer($0) }
        var configuration = ReadinessConfiguration()
        configuration.browser = BrowserSetup(environment: environment)
        let report = try await check(
            port: server.port, only: ["pages.console-errors", "pages.load-time"], configuration: configuration)
        await server.stop()
        for id in ["pages.console-errors", "pages.load-time"] {
            let seen = report[check: id]?.observations ?? []
            func outcome(_ path: String) -> Outcome? { seen.first { $0.subject == "page \(path)" }?.outcome }
            #expect(outcome("/") == .holds && outcome("/brief") == .holds, "\(id): \(seen)")
            #expect(outcome("/spent") == .notAvailable, "\(id): \(seen)")
            #expect(seen.contains { "\($0)".contains("429") }, "\(id): \(seen)")
        }
    }

    @Test("a page that is refused itself is opened again, and a question to it isn't answered by the refusal")
    func document() async throws {
        let site = LimitedSite()
        let server = try await answering { site.answer($0) }
        let executable = try #require(BrowserSetup(environment: environment).executable, "chromium is not installed")
        let pages = ChromiumPages(
            browser: try await Browser.start(executable, host: "127.0.0.1", environment: environment))
        let size = ScreenSize(width: 1_280, height: 860, engine: .chromium)
        let origin = "http://127.0.0.1:\(server.port)"
        let (look, answer) = try await pages.open("\(origin)/document", size, asking: "document.title")
        #expect(look.status == 200 && look.text == "all of it" && answer == "t")
        await #expect(throws: BrowserFailure.self) {
            try await pages.open("\(origin)/closed", size, asking: "document.title")
        }
        // Whoever plans a look at a refusal gets it.
        #expect(try await pages.open("\(origin)/closed", size).status == 429)
        await pages.stop()
        await server.stop()
    }

    @Test("Firefox waits for it, too, and doesn't call it a fault of the page's")
    func firefox() async throws {
        let site = LimitedSite()
        let server = try await answering { site.answer($0) }
        let executable = try #require(
            BrowserSetup(environment: environment).executable(of: .firefox), "firefox is not installed")
        let firefox = try await FirefoxPages.start(executable, host: "127.0.0.1", environment: environment)
        let size = ScreenSize(width: 1_280, height: 860, engine: .firefox)
        let origin = "http://127.0.0.1:\(server.port)"
        let brief = try await firefox.open("\(origin)/brief", size)
        #expect(brief.errors.isEmpty && brief.text == "all of it", "\(brief)")
        await #expect(throws: BrowserFailure.self) { try await firefox.open("\(origin)/spent", size) }
        await firefox.stop()
        await server.stop()
    }
}
