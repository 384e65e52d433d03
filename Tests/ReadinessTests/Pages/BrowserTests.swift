import Foundation
import TestKit
import Testing

@testable import Readiness

@Suite("Pages are opened in a browser, and none of them can hold it", .serialized, .timeLimit(.minutes(3)))
struct BrowserTests {
    /// What hostile and ordinary pages consist of, by path.
    private static let pages: [String: String] = [
        "/fine": "<h1>fine</h1><button>Go</button><img src='/x.svg' alt='a line'>",
        "/alert": "<script>for(let i=0;i<5;i++)alert(i);confirm('stay?')</script><p>after</p>",
        "/close": "<script>window.close()</script><p>closed</p>",
        "/turn": "<script>setTimeout(()=>location.href='/turn?'+Math.random(),1)</script>",
        "/popups": "<script>for(let i=0;i<30;i++)window.open('/fine')</script><p>popups</p>",
        "/hang": "<script>for(;;){}</script>",
        "/download": "<script>location.href='/file.bin'</script><p>download</p>",
        "/download-after": "<meta http-equiv=refresh content='0;url=/file.bin'><p>download</p>",
        "/download-beside": "<iframe title=f src='/file.bin'></iframe><p>download</p>",
        "/broken":
            "<script>throw new Error('it \u{1B}[31m broke')</script><script>console.error('and', 'more')</script>",
        "/wide": "<div id=bar class=x style='width:1200px;height:3px'></div>",
        "/bare": "<input type=text><img src='/x.svg'>",
        "/elsewhere": "<img alt='' src='http://192.0.2.1/x.png'><script src='https://cdn.example/a.js'></script>",
    ]

    private static func serve() async throws -> RawUpstream {
        try await answering { request in
            let path = String(request.target.prefix { $0 != "?" })
            if path == "/redirects" {
                return "HTTP/1.1 302 Found\r\nLocation: /redirects\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            }
            if path == "/file.bin" {
                return page("200 OK", "data", "Content-Disposition: attachment; filename=f.bin\r\n")
            }
            if path == "/x.svg" {
                return
                    "HTTP/1.1 200 OK\r\nContent-Type: image/svg+xml\r\nContent-Length: 46\r\nConnection: close\r\n\r\n"
                    + "<svg xmlns='http://www.w3.org/2000/svg'></svg>"
            }
            guard let body = pages[path] else { return page("404 Not Found", "") }
            let lang = path == "/bare" ? "" : " lang=en"
            return page(
                "200 OK",
                "<!doctype html><html\(lang)><meta name=viewport content='width=device-width'><title>t</title>\(body)")
        }
    }

    @Test("each page is measured, whatever it tries; what holds a page up is said, and the next one is none the worse")
    func hostile() async throws {
        let server = try await Self.serve()
        let site = try #require(SiteURL("http://127.0.0.1:\(server.port)"))
        let environment = ProcessInfo.processInfo.environment
        let executable = try #require(
            BrowserSetup(environment: environment).executable, "chromium is not installed")
        let browser = try await Browser.start(
            executable, host: site.host, environment: environment)
        let examiner = PageExaminer(browser: browser, site: site, axe: nil)
        func examine(_ path: String) async -> PageExamination { await examiner.examine(path) }
        let fine = await examine("/fine")
        #expect(fine.obstacle == nil && fine.loadMilliseconds ?? 0 > 0 && fine.heapBytes ?? 0 > 0, "\(fine)")
        #expect(
            fine.unnamed.isEmpty && fine.overflow == nil && fine.consoleErrors.isEmpty && fine.score == 100, "\(fine)")
        #expect(
            fine.screenshots.map(\.width) == [1_280, 390] && fine.screenshots.allSatisfy { $0.jpeg.hasPrefix("/9j/") })
        #expect(await examine("/alert").loadMilliseconds != nil)
        #expect(await examine("/redirects").obstacle?.contains("TOO_MANY_REDIRECTS") == true)
        _ = await examine("/turn")
        _ = await examine("/close")
        _ = await examine("/popups")
        // A download that ends the reading of its page is said to be that; one beside or after it keeps nothing from being looked at.
        let download = await examine("/download")
        #expect(
            download.obstacle?.contains("starts a download") == true && download.loadMilliseconds == nil, "\(download)")
        for rule in [PageRules.load, PageRules.console, PageRules.tasks, PageRules.accessible] {
            #expect(rule.judge(download) == nil)
        }
        #expect(await examine("/file.bin").obstacle?.contains("sent as a download") == true)
        for path in ["/download-after", "/download-beside"] {
            let page = await examine(path)
            #expect(page.obstacle == nil && page.loadMilliseconds != nil && page.hasNarrow, "\(page)")
        }
        let broken = await examine("/broken")
        #expect(broken.consoleErrors.contains { $0.contains("broke") } && broken.consoleErrors.contains("and more"))
        #expect(broken.consoleErrors.allSatisfy { !$0.contains("\u{1B}") })
        let wide = await examine("/wide")
        #expect(wide.overflow?.element == "div#bar.x" && wide.overflow?.pixels ?? 0 > 700, "\(wide)")
        let bare = await examine("/bare")
        #expect(
            bare.unnamed.sorted() == ["a picture without a name", "a textbox without a name", "no language (`lang`)"])
        let elsewhere = await examine("/elsewhere")
        #expect(elsewhere.foreign == ["192.0.2.1", "cdn.example"] && elsewhere.consoleErrors.isEmpty, "\(elsewhere)")
        #expect(await examine("/hang").obstacle != nil)
        #expect(await examine("/fine").obstacle == nil)
        await browser.stop()
        // Its children die by the same signal, a moment later.
        for _ in 0..<100 where browser.residentBytes() > 0 { await Task.yield() }
        #expect(browser.residentBytes() == 0)
        await server.stop()
    }

    @Test("an API without a page of HTML isn't asked what a page is asked, and no browser is started for it")
    func noPage() async throws {
        let server = try await answering { _ in
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
        }
        var configuration = ReadinessConfiguration()
        // Would end at once, and be called an error.
        configuration.browser = BrowserSetup(environment: ["SEAWORTHY_CHROMIUM": "/bin/false"])
        let report = try await check(
            port: server.port, only: ["pages.accessibility", "pages.load-time"], configuration: configuration)
        #expect(report.checks.map(\.outcome) == [.notApplicable, .notApplicable], "\(report.checks.map(\.summary))")
        await server.stop()
    }

    @Test("whether a page over plain http mixes contents is no question")
    func mixed() {
        var page = PageExamination(path: "/")
        page.loadMilliseconds = 10
        #expect(PageRules.mixed.beside(page) != nil)
        page.isHTTPS = true
        #expect(PageRules.mixed.beside(page) == nil)
        #expect(PageRules.load.beside(page) == nil)
    }

    @Test("where no browser is, that is said with how to get one")
    func missing() {
        #expect(BrowserSetup(environment: ["PATH": "/nowhere"]).executable == nil)
        #expect(
            BrowserSetup(environment: ["SEAWORTHY_CHROMIUM": "/nowhere/chromium", "PATH": "/usr/bin"]).executable == nil
        )
        #expect(AxeScript.find(["SEAWORTHY_AXE": "/nowhere/axe.js"]) == nil)
    }
}
