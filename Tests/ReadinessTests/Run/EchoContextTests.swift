import Foundation
import TestKit
import Testing

@testable import Readiness

@Suite("A term that comes back is judged by what it comes back in")
struct EchoContextTests {
    private static func escaped(_ text: String, quotes: Bool = true) -> String {
        let text = text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
        return quotes ? text.replacing("\"", with: "&quot;").replacing("'", with: "&#39;") : text
    }

    /// How an app writes a term, by path; what comes back from each with every sign escaped that needs it, and without.
    private static let writers:
        [(path: String, sound: @Sendable (String) -> String, flawed: @Sendable (String) -> String)] = [
            ("/text", { "<p>\(escaped($0))</p>" }, { "<p>\($0)</p>" }),
            (
                "/attribute", { "<input name=q value=\"\(escaped($0))\">" },
                { "<input name=q value=\"\(escaped($0, quotes: false))\">" }
            ),
            (
                "/single", { "<input name=q value='\(escaped($0))'>" },
                { "<input name=q value='\(escaped($0).replacing("&#39;", with: "'"))'>" }
            ),
            (
                "/bare", { "<input name=q value=\"\(escaped($0))\">" }, { "<input name=q value=\(escaped($0))>" }
            ),
            ("/link", { "<a href=\"/go?to=\(escaped($0))\">x</a>" }, { "<a href=\"\(escaped($0))\">x</a>" }),
            (
                "/script",
                {
                    "<script>let q=\"\($0.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("<", with: "\\x3c"))\"</script>"
                },
                { "<script>let q=\"\($0.replacing("<", with: "\\x3c"))\"</script>" }
            ),
            (
                "/backslash",
                {
                    "<script>let q='\($0.replacing("\\", with: "\\\\").replacing("'", with: "\\'").replacing("<", with: "\\x3c"))'</script>"
                },
                { "<script>let q='\($0.replacing("'", with: "\\'").replacing("<", with: "\\x3c"))'</script>" }
            ),
            (
                "/code", { "<script>let q=[\"\(escaped($0).replacing("\\", with: ""))\"]</script>" },
                { "<script>let q=\(escaped($0));</script>" }
            ),
            (
                "/data", { "<script type=\"application/json\">\"\($0.replacing("</", with: "<\\/"))\"</script>" },
                { "<script type=\"application/json\">\"\($0)\"</script>" }
            ),
        ]

    private static func serve() async throws -> RawUpstream {
        try await answering { request in
            let parts = request.target.split(separator: "?", maxSplits: 1).map(String.init)
            let term = parts.dropFirst().first.map { String($0.dropFirst(2)) } ?? ""
            let plain = term.removingPercentEncoding ?? term
            let path = parts.first ?? ""
            for writer in writers {
                if path == "/sound\(writer.path)" { return page("200 OK", writer.sound(plain)) }
                if path == "/flawed\(writer.path)" { return page("200 OK", writer.flawed(plain)) }
            }
            return page("404 Not Found", "")
        }
    }

    @Test(
        "in a text, an attribute, a link and a script, and the sound twin of each is none",
        arguments: writers.map(\.path))
    func contexts(path: String) async throws {
        let server = try await Self.serve()
        for (kind, wanted) in [("flawed", Outcome.fails), ("sound", .holds)] {
            var configuration = ReadinessConfiguration()
            configuration.echoes = ["/\(kind)\(path)?q={value}"]
            let report = try await check(
                port: server.port, only: ["injection.reflected-script"], configuration: configuration)
            let row = try #require(report[check: "injection.reflected-script"])
            #expect(row.outcome == wanted, "\(kind): \(row.summary)")
        }
        await server.stop()
    }

    @Test("a link in the body of a redirect is one that no browser shows")
    func besideARedirect() async throws {
        let server = try await answering { request in
            let term = request.target.split(separator: "=").last.flatMap { String($0).removingPercentEncoding } ?? ""
            return page("302 Found", "<a href=\"\(Self.escaped(term))\">On</a>", "Location: /elsewhere\r\n")
        }
        var configuration = ReadinessConfiguration()
        configuration.echoes = ["/go?next={value}"]
        let report = try await check(
            port: server.port, only: ["injection.reflected-script"], configuration: configuration)
        await server.stop()
        #expect(report[check: "injection.reflected-script"]?.outcome == .notAvailable)
    }

    /// What scripts of a page make of its address, by path.
    private static let pages: [String: String] = [
        "/fragment": "<p id=a></p><script>a.innerHTML=decodeURIComponent(location.hash.slice(1))</script>",
        "/fragment-text": "<p id=a></p><script>a.textContent=decodeURIComponent(location.hash.slice(1))</script>",
        "/query":
            "<a href='/query?q=x'>x</a><p id=a></p><script>a.innerHTML=new URLSearchParams(location.search).get('q')</script>",
        "/leads":
            "<a href='/leads?to=x'>x</a><script>const t=new URLSearchParams(location.search).get('to');if(t)location.href=t</script>",
        "/sound":
            "<a href='/sound?q=x'>x</a><p id=a></p><script>a.textContent=new URLSearchParams(location.search).get('q')</script>",
    ]

    @Test(
        "what a page's own script makes of its address is seen in a browser",
        arguments: [
            ("/fragment", Outcome.fails, "ran as a script"), ("/fragment-text", .holds, ""),
            ("/query", .fails, "ran as a script"), ("/leads", .fails, "ran as a script"), ("/sound", .holds, ""),
        ])
    func scripts(path: String, outcome: Outcome, seen: String) async throws {
        let server = try await answering { request in
            let body = Self.pages[String(request.target.prefix { $0 != "?" })]
            return body.map { page("200 OK", "<!doctype html><html lang=en><title>t</title>\($0)") }
                ?? page("404 Not Found", "")
        }
        var configuration = ReadinessConfiguration()
        configuration.browser = BrowserSetup(environment: ProcessInfo.processInfo.environment)
        let target = try #require(SiteURL("http://127.0.0.1:\(server.port)\(path)"))
        var run = ReadinessRun(target: target, configuration: configuration, circumstances: try circumstances())
        run.only = ["injection.dom-script"]
        let row = try #require(try await run.run()[check: "injection.dom-script"])
        #expect(row.outcome == outcome && (seen.isEmpty || row.summary.contains(seen)), "\(row.summary)")
        await server.stop()
    }
}
