import Synchronization
import TestKit
import Testing

@testable import Readiness

@Suite("An app of which nothing is declared: what isn't there doesn't block, what couldn't be seen does")
struct UndeclaredAppTests {
    /// What only an app with sessions, writes or JSON can show.
    private let ids = [
        "cookies.attributes", "caching.private-pages", "csrf.cross-site-write", "size.declared-body",
        "size.chunked-body", "errors.malformed-json",
    ]

    private func app(_ pages: [String: String]) async throws -> RawUpstream {
        try await RawUpstream.start { connection, _ in
            let head = await connection.receive(within: .seconds(5)) { $0.contains(0x0A) }
            // A refusal by method needs no body: it is answered as soon as the line is here.
            let words = String(decoding: head.bytes.prefix { $0 != 0x0D }, as: UTF8.self).split(separator: " ")
            let isRead = words.first == "GET"
            let body = isRead ? words.dropFirst().first.flatMap { pages[String($0)] } : nil
            try await connection.send(
                body.map { page("200 OK", $0) } ?? page(isRead ? "404 Not Found" : "405 Method Not Allowed", "no"))
        }
    }

    private func look(_ pages: [String: String], yaml: String = "") async throws -> Report {
        let server = try await app(pages)
        let report = try await check(
            port: server.port, only: ids, configuration: try ReadinessConfiguration(yaml: yaml))
        await server.stop()
        return report
    }

    private func blockers(_ report: Report) -> [String] {
        (report.verdicts.first { $0.level == "edge" }?.blockers ?? []).filter { $0.kind == .notEvaluated }
            .compactMap(\.check)
    }

    @Test("no cookie, no form, no script: not applicable, with what was looked at, and nothing blocks")
    func plain() async throws {
        let report = try await look(["/": "<h1>Hello</h1><a href=/about>About</a>", "/about": "<h1>About</h1>"])
        for check in report.checks {
            #expect(check.outcome == .notApplicable, "\(check.id): \(check.summary)")
            #expect(check.summary.contains { $0.isNumber }, "\(check.id) counts what it looked at: \(check.summary)")
        }
        #expect(report[check: "cookies.attributes"]?.summary.contains("on 2 pages") == true)
        #expect(blockers(report).isEmpty && report.declarations == nil)
    }

    @Test("an app that puts a slash behind every path is judged by what it answers there")
    func slashes() async throws {
        for (body, outcome) in [("Not found", Outcome.holds), ("Traceback (most recent call last):", .fails)] {
            let server = try await answering { request in
                if request.target == "/" { return page("200 OK", "<h1>Hello</h1>") }
                return request.target.hasSuffix("/")
                    ? page("404 Not Found", body)
                    : page("301 Moved Permanently", "", "Location: \(request.target)/\r\n")
            }
            let report = try await check(port: server.port, only: ["errors.not-found"])
            await server.stop()
            let row = try #require(report[check: "errors.not-found"])
            #expect(row.outcome == outcome, "\(row.summary)")
        }
    }

    @Test("a sign-in form that nobody is declared for blocks, and the lines to paste are good YAML")
    func signIn() async throws {
        let form =
            "<form method=post action=/session><input name=mail type=email><input name=secret type=password>"
            + "<input type=hidden name=token value=1></form>"
        let report = try await look(["/": "<a href=/enter>Sign in</a>", "/enter": form])
        #expect(report[check: "cookies.attributes"]?.outcome == .notAvailable)
        #expect(report[check: "cookies.attributes"]?.summary.contains("/session") == true)
        #expect(blockers(report).contains("caching.private-pages"))
        let lines = try #require(report.declarations)
        let declared = try ReadinessConfiguration(
            yaml: lines.joined(separator: "\n"), environment: ["ANN_PASSWORD": "x"])
        #expect(declared.login?.operation.description == "POST /session" && declared.login?.page == "/enter")
        guard case .form(let fields) = declared.login?.body else { return #expect(Bool(false), "no form") }
        #expect(fields.map(\.name).sorted() == ["mail", "secret"])
        let terminal = TerminalReport.render(report)
        #expect(terminal.contains("\n\(Report.declarationsTitle)\n  login:\n"))
        #expect(try HTMLReport.render(report).contains(">login:"))
    }

    @Test("an app that answers before it reads says nothing of a limit; one that reads everything has none")
    func earlyAnswer() async throws {
        for (isEarly, outcome) in [(true, Outcome.notAvailable), (false, .fails)] {
            let server = try await RawUpstream.start { connection, _ in
                let head = await connection.receive(within: .seconds(10)) { bytes in
                    String(decoding: bytes, as: UTF8.self).contains("\r\n\r\n")
                }
                let isLarge = head.text.hasPrefix("POST") && head.text.contains("chunked")
                if isLarge, !isEarly {
                    _ = await connection.receive(within: .seconds(30)) { $0.suffix(5).elementsEqual("0\r\n\r\n".utf8) }
                }
                try await connection.send(page("200 OK", "<form method=post action=/add><input name=a></form>"))
            }
            let report = try await check(port: server.port, only: ["size.chunked-body"])
            await server.stop()
            let row = try #require(report[check: "size.chunked-body"])
            #expect(row.outcome == outcome, "\(row.summary)")
        }
    }

    @Test("what is declared isn't asked for again: what it lacks is")
    func declaredBefore() throws {
        let target = try #require(SiteURL("http://127.0.0.1:5000"))
        func lines(_ parts: Set<ConfigurationPart>, _ yaml: String, _ target: SiteURL) throws -> [String] {
            Declaration.lines(parts, target: target, survey: nil, known: try ReadinessConfiguration(yaml: yaml)) ?? []
        }
        let login = """
            login: { path: /login, form: { email: "{user}", password: "{password}" } }
            identities: [{ name: ann, user: ann, password: x, role: member }]
            openapi: /openapi.json

            """
        #expect(try lines([.login], login, target).isEmpty)
        #expect(
            try lines([.login, .identities], login, target) == [
                "identities:       # beside ann",
                "  - { name: bob, user: bob@example.test, password-env: BOB_PASSWORD, role: member }",
            ])
        #expect(try lines([.openAPI], login, target).map { $0.prefix(7) } == ["routes:"])
        #expect(try lines([.openAPI], login + "routes: [GET /a]", target).isEmpty)
        #expect(try lines([.protected], login, target) == ["protected: [{ operation: GET /account, as: ann }]"])
        #expect(try lines([.signOut], login, target).last == "  sign-out: POST /logout")
        // Port 80 is only where 443 is the other one.
        #expect(try lines([.plainURL], "", #require(SiteURL("https://app.test"))) == ["plain-url: http://app.test"])
        #expect(
            try lines([.plainURL], "", #require(SiteURL("https://app.test:8443"))).first?.hasPrefix(
                "plain-url: http://app.test:8080 ") == true)
    }

    @Test(
        "a script that sends requests may sign in or write: that can't be told, and blocks",
        arguments: ["<script>fetch('/api')</script>", "<script src=/app.js></script>"])
    func script(markup: String) async throws {
        let report = try await look(["/": "<div id=root></div>\(markup)", "/app.js": "new XMLHttpRequest()"])
        for check in report.checks {
            #expect(check.outcome == .notAvailable, "\(check.id): \(check.summary)")
        }
        let lines = try #require(report.declarations).joined(separator: "\n")
        #expect(lines.contains("login: none") && lines.contains("openapi: "))
        // `openapi` names a path of the app, which is no file here.
        _ = try ReadinessConfiguration(yaml: lines, environment: ["ANN_PASSWORD": "x"])
    }

    @Test("`login: none` settles it, and identities beside it are an error")
    func none() async throws {
        let report = try await look(["/": "<script>fetch('/api')</script>"], yaml: "login: none")
        for id in ["cookies.attributes", "caching.private-pages", "csrf.cross-site-write"] {
            #expect(report[check: id]?.outcome == .notApplicable, "\(report[check: id]?.summary ?? "")")
        }
        #expect(throws: ConfigurationProblems.self) {
            try ReadinessConfiguration(
                yaml: "login: none\nidentities: [{ name: a, user: a, password: b }]")
        }
    }

    @Test("links that do something are not followed")
    func links() async throws {
        let report = try await look([
            "/":
                "<a href=/logout>out</a><a href=/items/1/delete>x</a><a href=/a.pdf>f</a><a href='/?action=restartall'>r</a>"
        ])
        #expect(report[check: "cookies.attributes"]?.summary.contains("on 1 page") == true)
    }

    @Test("without a start page there is no judgement, and the line that names another is there")
    func noStart() async throws {
        let server = try await app([:])
        let few = ["headers.content-type-options", "errors.not-found", "methods.trace", "correlation.request-id"]
        let report = try await check(port: server.port, only: few.dropLast())
        await server.stop()
        #expect(report.verdict.decision == .couldNotJudge && report.exitCode == 2)
        #expect(report.declarations == ["start: /the/page/to/look/at"])
    }

    @Test("a method that gets the answer of an unknown address is a method that was refused")
    func routersWithout405() async throws {
        let server = try await answering { request in
            request.method == "GET" && request.target == "/"
                ? page("200 OK", "<h1>Hello</h1>") : page("404 Not Found", "Cannot \(request.method)")
        }
        let report = try await check(
            port: server.port, only: ["errors.method-not-allowed", "methods.trace", "methods.unknown"])
        #expect(report.checks.map(\.outcome) == [.holds, .holds, .holds])
        await server.stop()
    }

    @Test("metrics that move count; metrics that stand still, and none, don't", arguments: ["moves", "stands", "none"])
    func metrics(kind: String) async throws {
        let served = Mutex(0)
        let server = try await answering { request in
            guard request.target == "/metrics" else {
                served.withLock { $0 += 1 }
                return page("200 OK", "hello")
            }
            let count = kind == "moves" ? served.withLock { $0 } : 7
            return kind == "none"
                ? page("404 Not Found", "") : page("200 OK", "http_requests_total{x=\"a b\"} \(count)\n")
        }
        var configuration = ReadinessConfiguration()
        configuration.operatorURL = SiteURL("http://127.0.0.1:\(server.port)")
        let report = try await check(port: server.port, only: ["metrics.counted"], configuration: configuration)
        #expect(report.checks.map(\.outcome) == [kind == "moves" ? .holds : .fails], "\(report.checks.map(\.summary))")
        await server.stop()
    }

    @Test(
        "only samples that count requests are added up",
        arguments: [
            ("", nil), ("# TYPE http_requests_total counter\n", nil), ("http_requests_total 3\n", 3),
            ("a_requests_total{a=\"b\"} 1\na_requests_total{a=\"c\"} 2e0\n", 3), ("upstream_requests_total 3\n", nil),
            ("http_request_bytes_total 9\n", nil), ("http_requests_total NaN\n", nil),
            ("http_requests_total 1e300\n", nil), ("http_requests_total -4\n", nil), ("request_seconds_count 2\n", 2),
        ] as [(String, Int?)])
    func counting(text: String, expected: Int?) { #expect(RequestsAreCounted.count(in: text) == expected) }
}
