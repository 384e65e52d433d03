import Foundation
import TestKit
import Testing

@testable import Readiness

@Suite("Pages are opened in Firefox as well", .serialized, .timeLimit(.minutes(3)))
struct FirefoxTests {
    private static let pages: [String: String] = [
        "/fine": "<h1>fine</h1><button>Go</button>",
        "/alert": "<script>for(let i=0;i<5;i++)alert(i);confirm('stay?')</script><p>after</p>",
        "/close": "<script>window.close()</script><p>closed</p>",
        "/popups": "<script>for(let i=0;i<30;i++)window.open('/fine')</script><p>popups</p>",
        "/hang": "<script>for(;;){}</script>",
        "/download": "<script>location.href='/file.bin'</script><p>download</p>",
        "/chromium-only": "<script>window.used=performance.memory.usedJSHeapSize</script><p>memory \u{1B}[31m</p>",
        "/broken":
            "<script>throw new Error('it \u{1B}[31m broke')</script><script>console.error('and', 'more')</script>",
        "/both":
            "<script>throw new Error('a fault')</script><script>window.used=performance.memory.usedJSHeapSize</script>",
        "/wide": "<div style='width:1200px;height:3px'></div>",
        "/elsewhere":
            "<img alt='' src='http://192.0.2.1/x.png'><script src='https://cdn.example/a.js'></script><p>here</p>",
        "/library": "<script src='https://cdn.example/jquery.js'></script><script>jQuery('p')</script><p>here</p>",
    ]

    private static func serve() async throws -> RawUpstream {
        try await answering { request in
            let path = String(request.target.prefix { $0 != "?" })
            if path == "/redirects" {
                return "HTTP/1.1 302 Found\r\nLocation: /redirects\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            }
            if path == "/moved" {
                return "HTTP/1.1 302 Found\r\nLocation: /fine\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            }
            if path == "/file.bin" {
                return page("200 OK", "data", "Content-Disposition: attachment; filename=f.bin\r\n")
            }
            guard let body = pages[path] else { return page("404 Not Found", "<p>nothing here</p>") }
            return page(
                "200 OK",
                "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
                    + "<title>t</title>\(body)")
        }
    }

    private static let desktop = ScreenSize(width: 1_280, height: 860, engine: .firefox)
    private static let phone = ScreenSize(width: 390, height: 844, engine: .firefox)

    @Test("what a page tries holds up neither the next one nor the end, and what it says is told without its escapes")
    func hostile() async throws {
        let server = try await Self.serve()
        let environment = ProcessInfo.processInfo.environment
        let executable = try #require(
            BrowserSetup(environment: environment).executable(of: .firefox), "firefox is not installed")
        let firefox = try await FirefoxPages.start(executable, host: "127.0.0.1", environment: environment)
        let origin = "http://127.0.0.1:\(server.port)"
        func open(_ path: String, _ size: ScreenSize = Self.desktop) async throws -> PageLook {
            try await firefox.open(origin + path, size)
        }
        let fine = try await open("/fine")
        #expect(
            fine.status == 200 && fine.text.hasPrefix("fine\n") && fine.errors.isEmpty && fine.overflow == 0, "\(fine)")
        #expect(try await open("/moved").status == 200)
        let missing = try await open("/nothing")
        #expect(missing.status == 404 && missing.text == "nothing here" && missing.errors.isEmpty)
        #expect(try await open("/alert").text.contains("after"))
        for path in ["/close", "/popups", "/download"] { _ = try? await open(path) }
        await #expect(throws: BrowserFailure.self) { try await open("/redirects") }
        let broken = try await open("/broken")
        #expect(broken.errors.contains { $0.contains("broke") } && broken.errors.contains("and more"), "\(broken)")
        #expect(broken.errors.allSatisfy { !$0.contains("\u{1B}") })
        #expect(try await open("/chromium-only").errors.contains { $0.contains("usedJSHeapSize") })
        #expect(try await open("/wide").overflow == 0)
        #expect(try await open("/wide", Self.phone).overflow > 700)
        let elsewhere = try await open("/elsewhere")
        #expect(elsewhere.status == 200 && elsewhere.text.contains("here"), "\(elsewhere)")
        await #expect(throws: BrowserFailure.self) { try await open("/hang") }
        await firefox.stop()
        await firefox.stop()
        for _ in 0..<100 where firefox.browser.residentBytes() > 0 { await Task.yield() }
        #expect(firefox.browser.residentBytes() == 0)
        await server.stop()
    }

    @Test("after a page that computes for ever, another one is opened as if nothing had been")
    func afterHang() async throws {
        let server = try await Self.serve()
        let environment = ProcessInfo.processInfo.environment
        let executable = try #require(BrowserSetup(environment: environment).executable(of: .firefox))
        let firefox = try await FirefoxPages.start(executable, host: "127.0.0.1", environment: environment)
        await #expect(throws: BrowserFailure.self) {
            try await firefox.open("http://127.0.0.1:\(server.port)/hang", Self.desktop)
        }
        let fine = try await firefox.open("http://127.0.0.1:\(server.port)/fine", Self.desktop)
        #expect(fine.status == 200)
        await firefox.stop()
        await server.stop()
    }

    @Test("a program that is no Firefox, or none at all, is said to be that, and nothing of it stays")
    func other() async throws {
        for path in ["/bin/true", "/nowhere/firefox"] {
            await #expect(throws: BrowserStartFailure.self) {
                try await FirefoxPages.start(path, host: "127.0.0.1", environment: ["PATH": "/usr/bin"])
            }
        }
        #expect(BrowserSetup(environment: ["PATH": "/nowhere"]).executable(of: .firefox) == nil)
        let named = BrowserSetup(environment: ["SEAWORTHY_FIREFOX": "/nowhere/firefox", "PATH": "/usr/bin"])
        #expect(named.executable(of: .firefox) == nil)
    }

    @Test(
        "a Firefox of ours reaches the target's host alone, and a name can't write further lines into its preferences")
    func preferences() {
        let text = FirefoxPreferences.text(host: "app.example\"); user_pref(\"network.proxy.type\", 0);\n")
        #expect(text.split(separator: "\n").allSatisfy { $0.hasPrefix("user_pref(\"") && $0.hasSuffix(");") })
        #expect(text.components(separatedBy: "\"network.proxy.type\"").count == 2)
        #expect(text.contains(#"user_pref("network.proxy.type", 1);"#))
    }

    // MARK: The check

    private func outcomes(_ paths: [String]) async throws -> [CheckReport] {
        let server = try await Self.serve()
        defer { Task { await server.stop() } }
        var reports: [CheckReport] = []
        for path in paths {
            let url = try #require(SiteURL("http://127.0.0.1:\(server.port)\(path)"))
            var configuration = ReadinessConfiguration()
            configuration.browser = BrowserSetup(environment: ProcessInfo.processInfo.environment)
            var run = ReadinessRun(target: url, configuration: configuration, circumstances: try circumstances())
            run.only = ["pages.firefox", "pages.console-errors"]
            reports += try await run.run().checks
        }
        return reports
    }

    @Test("fails for what throws in Firefox alone, and leaves what throws everywhere to the console's check")
    func check() async throws {
        let reports = try await outcomes(["/fine", "/chromium-only", "/broken", "/library", "/both"])
        let seen = reports.map { "\($0.id) \($0.outcome)" }
        #expect(
            seen == [
                "pages.console-errors holds", "pages.firefox holds", "pages.console-errors holds",
                "pages.firefox fails",
                "pages.console-errors fails", "pages.firefox notApplicable", "pages.console-errors notAvailable",
                "pages.firefox notApplicable", "pages.console-errors fails", "pages.firefox fails",
            ], "\(reports.map(\.summary))")
    }

    @Test("an error counts that came both times, and only where Chromium had none")
    func judgement() {
        var page = PageExamination(path: "/")
        page.hasNarrow = true
        let wide = PageLook(status: 200, text: "", errors: ["a", "b"])
        let narrow = PageLook(status: 200, text: "", errors: ["b"], overflow: 3)
        let wrong = FirefoxShowsThePages.wrong(page, wide, narrow)
        #expect(wrong == ["b, in Firefox only", "3 pixels stick out at 390, in Firefox only"])
        page.scriptErrors = ["another, in other words"]
        page.overflow = (3, "div")
        #expect(FirefoxShowsThePages.wrong(page, wide, narrow).isEmpty)
    }
}
