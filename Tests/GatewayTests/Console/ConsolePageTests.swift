import Console
import Foundation
import HTTPTypes
import Identity
import Kernel
import Observability
import Operations
import Store
import TestKit
import Testing
import Web

@testable import Gateway

@Suite("What the console's pages show", .serialized)
struct ConsolePageTests {
    static let pages = ConsoleRoutes.entries.filter {
        $0.access != .anybody && !$0.isFile && $0.route.method == .get && !$0.route.path.contains(":")
    }.map(\.route.path)

    /// Text that somebody else chose, in every form that has ever got through.
    static let hostile = [
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "\"\u{301}><svg onload=alert(1)>",
        "'\u{300} onfocus=alert(1) autofocus '", "\u{1B}[31mred\u{1B}[0m\u{7}", "abc\u{202E}gpj.exe",
        "</table></main><h1>gone</h1>", "{{token}} {{{token}}} {{#blocks}}", "&lt;script&gt;", "a\u{0}b",
        String(repeating: "10 kB ", count: 1700), "javascript:alert(1)",
    ]

    @Test("makes whatever is in a field inert, in every kind of block", arguments: hostile)
    func inert(_ text: String) throws {
        let html = try Self.everywhere(text)
        // The same page with a harmless word has the same markup: nothing of the text became any.
        let harmless = try Self.everywhere("x")
        for mark in "<>\"'".utf8 {
            #expect(html.utf8.count { $0 == mark } == harmless.utf8.count { $0 == mark })
        }
        for scalar in html.unicodeScalars {
            #expect(scalar.value >= 0x20 || scalar == "\n" || scalar == "\t")
            #expect(!(0x202A...0x202E).contains(scalar.value) && scalar.value != 0x7F)
        }
    }

    /// A page with this text in every field that there is.
    private static func everywhere(_ text: String) throws -> String {
        let form = ConsoleForm(
            text, text, label: text, .danger,
            [
                ConsoleField(text, text, .text, value: text, hint: text), .hidden(text, text),
                ConsoleField("s", text, .select, value: text, choices: [(text, text)]),
                ConsoleField("r", text, .radio, value: text, choices: [(text, text)], isFocused: true),
                ConsoleField("a", text, .area, value: text, hint: text), ConsoleField("f", text, .file, hint: text),
            ])
        let cells: [ConsoleCell] = [
            ConsoleCell(text, hint: text), ConsoleCell(text, link: text), .badge(text, .bad),
            .code(text, hint: text, link: text), .code(text), .acts([form]),
        ]
        let page = ConsolePage(
            text, lead: text, alert: ConsoleNotice(text, text), done: text,
            [
                .heading(text), .text(text), .tiles([ConsoleTile(text, text, hint: text, link: text)]),
                .facts(cells.map { ConsoleFact(text, $0) }),
                .table(ConsoleTable(text, columns: cells.map { _ in text }, rows: [cells, cells])), .form(form),
                .filter(form), .acts([form]), .code(text), .empty(text, command: text),
                .pages(first: text, next: text),
            ])
        let frame = ConsoleFrame(
            who: text, role: text, site: text, version: text, navigation: [(text, [.init(text, text)])], token: text)
        return try ConsoleTemplate().html(page, in: frame)
    }

    @Test("answers every page with the strict policy, not to be kept, and without a script")
    func headers() async throws {
        try await ConsoleUnderTest.run { console in
            var client = try await console.client("administrator")
            for path in Self.pages + ["/console/sign-in"] {
                let answer = try await client.get(path)
                #expect(answer.status == 200, "\(path)")
                let policy = answer.value("content-security-policy") ?? ""
                for directive in [
                    "script-src 'none'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'",
                ] {
                    #expect(policy.contains(directive), "\(path): \(directive)")
                }
                #expect(answer.value("cache-control") == "no-store" && answer.value("x-frame-options") == "DENY")
                #expect(!answer.text.contains("<script") && !answer.text.contains("style=\""), "\(path)")
                #expect(answer.text.contains("<main id=\"content\"") && answer.text.contains("<h1>"), "\(path)")
                #expect(answer.text.contains("class=\"skip\" href=\"#content\""))
                if path != "/console/sign-in", path != "/console/confirm" {
                    #expect(answer.text.components(separatedBy: "aria-current=\"page\"").count == 2, "\(path)")
                }
            }
        }
    }

    @Test("stays within its budget of statements however much there is", arguments: DatabaseEngine.allCases)
    func budgets(_ engine: DatabaseEngine) async throws {
        try await ConsoleUnderTest.run(engine, ["email.from=desk@example.com"]) { console in
            var client = try await console.client("administrator")
            try await fill(console)
            for path in Self.pages { #expect(try await client.get(path).status == 200, "\(path)") }
            let id = try await console.id(of: "administrator@example.com")
            #expect(try await client.get("/console/users/\(id)").status == 200)
            #expect(try await client.get("/console/controls/protection.csrf").status == 200)
            #expect(try await client.get("/console/refusals?from=trail&view=refused&q=host").status == 200)
            #expect(try await client.get("/console/audit?q=role").status == 200)
            #expect(try await client.get("/console/projects/plan-100?after=user1").status == 200)
            let seen = console.gateway.services.statements.entries.filter { $0.key.contains("/console") }
            #expect(seen.count >= Self.pages.count)
            for (name, entry) in seen { #expect(entry.overBudget == 0, "\(name): \(entry)") }
        }
    }

    /// Two pages of everything.
    private func fill(_ console: ConsoleUnderTest) async throws {
        let administration = try console.administration()
        for number in 0..<60 {
            _ = try await administration.add("user\(number + 100)@example.com", role: "person", ownPrefix: "/seaworthy")
        }
        let database = try console.database
        let background = try BackgroundServices(console.gateway.configuration, database, SystemPorts())
        let now = SystemWallClock().now()
        let id = try await console.id(of: "user100@example.com")
        try await database.transaction("test.fill") { db in
            for number in 0..<60 {
                _ = try background.queue.enqueue(JobRequest("test.job", payload: "{}"), in: db)
                let (key, project) = ("0199-\(number + 100)", "plan-\(number + 100)")
                try db.execute(
                    """
                    INSERT INTO api_keys (secret_hash, id, account, name, hint, scopes, created_at, expires_at)
                    VALUES (\("hash\(number)"), \(key), \(id), 'report', 'swk_abcd', '', \(now),
                        \(now.later(by: .seconds(3600))))
                    """)
                try db.execute(
                    """
                    INSERT INTO projects (id, slug, name, status, created_at)
                    VALUES (\(project), \(project), \("Plan \(number)"), 'active', \(now))
                    """)
                let member = try #require(
                    try db.value(
                        "SELECT id FROM accounts WHERE email = \("user\(number + 100)@example.com")", as: String.self))
                try db.execute(
                    """
                    INSERT INTO project_members (project, account, role, added_at)
                    VALUES ('plan-100', \(member), 'member', \(now))
                    """)
                for table in ["sessions", "console_sessions"] as [SQL] {
                    try db.execute(
                        """
                        INSERT INTO \(table) (secret_hash, id, account, created_at, authenticated_at, seen_at,
                            expires_at, device, address)
                        VALUES (\("hash\(number)"), \("0199-\(number + 100)"), \(id), \(now), \(now), \(now),
                            \(now.later(by: .seconds(3600))), 'Firefox', '192.0.2.1')
                        """)
                }
            }
        }
    }

    @Test("pages through everything without losing or repeating a row", arguments: DatabaseEngine.allCases)
    func paging(_ engine: DatabaseEngine) async throws {
        try await ConsoleUnderTest.run(engine) { console in
            var client = try await console.client("administrator")
            try await fill(console)
            for (path, pattern, least) in [
                ("/console/users", "/console/users/[0-9a-f-]{36}", 61),
                ("/console/jobs", "/console/jobs/[0-9a-f-]{36}", 60),
                ("/console/sessions", "value=\"0199-[0-9]+\"", 60),
                ("/console/sessions?door=console", "value=\"0199-[0-9]+\"", 60),
                ("/console/audit", "data-label=\"No.\"><bdi>[0-9]+", 60),
                ("/console/api-keys", "name=\"key\" value=\"0199-[0-9]+\"", 60),
                ("/console/api-keys?q=user100&state=valid", "name=\"key\" value=\"0199-[0-9]+\"", 60),
                ("/console/projects", "/console/projects/plan-[0-9]+", 60),
                ("/console/projects?q=plan&status=active", "/console/projects/plan-[0-9]+", 60),
                ("/console/projects/plan-100", "Remove user[0-9]+@example.com", 60),
            ] {
                var seen: [String] = []
                var next: String? = path
                var pages = 0
                while let place = next, pages < 12 {
                    let answer = try await client.get(place)
                    #expect(answer.status == 200)
                    let found = try answer.text.matches(of: Regex(pattern)).map { String(answer.text[$0.range]) }
                    seen += Set(found)
                    pages += 1
                    next = answer.text.firstMatch(of: #/<a href="([^"]+)" rel="next">/#).map {
                        String($0.1).replacing("&amp;", with: "&")
                    }
                }
                #expect(Set(seen).count == seen.count, "\(path): a row came twice")
                #expect(seen.count >= least && pages >= 2, "\(path): \(seen.count) in \(pages) pages")
            }
        }
    }

    @Test(
        "takes any query for one of its lists without failing",
        arguments: [
            "page=0", "page=-1", "page=99999999999999999999", "page=x", "before=x", "before=-1",
            "before=99999999999999999999", "after=%00", "after=%ff", "q=%00", "q='%20OR%201=1--", "q=%22%3Cscript%3E",
            "state=nonsense", "status=nonsense", "door=nonsense", "view=nonsense", "from=nonsense", "kind=%25",
            "role=%27", "q=a&q=b", "done=nonsense", "control=x&reason=y", "=", "&&&",
            "q=" + String(repeating: "a", count: 4000),
        ])
    func queries(_ query: String) async throws {
        try await ConsoleUnderTest.run { console in
            var client = try await console.client("operator")
            for path in Self.pages where path != "/console/confirm" {
                let answer = try await client.get("\(path)?\(query)")
                #expect([200, 400, 414].contains(answer.status), "\(path)?\(query.prefix(30)): \(answer.status)")
                #expect(!answer.text.contains("<script"))
            }
        }
    }

    @Test("says of each control its mode, the key that set it and where that was set, and counts what it did")
    func controls() async throws {
        try await ConsoleUnderTest.run(.sqlite, ["protection.exposure.mode=observe"]) { console in
            var client = try await console.client("operator")
            _ = try await console.running.ask("GET", "/.env")
            _ = try await console.running.ask("GET", "/%2e%2e/x", [("Host", "evil.example")])
            let page = try await client.get("/console/controls")
            for control in Capabilities.controls { #expect(page.text.contains(control.id), "\(control.id)") }
            #expect(page.text.contains("protection.exposure.mode"))
            let one = try await client.get("/console/controls/protection.exposure")
            #expect(one.text.contains("observe") && one.text.contains("exposure.hidden"))
            #expect(one.text.contains("/seaworthy/problems/exposure.hidden"))
            // What observes passed; what would have happened is told.
            let would = try await client.get("/console/refusals?view=would")
            #expect(would.text.contains("exposure.hidden") && would.text.contains("GET /.env"))
            #expect(would.text.contains("What would be refused"))
            let refused = try await client.get("/console/refusals?view=refused&q=evil")
            #expect(!refused.text.contains("GET /.env"))
        }
    }

    @Test(
        "shows the newest refusals with reason, request and id, without what could be a secret, and from the trail later"
    )
    func refusals() async throws {
        try await ConsoleUnderTest.run { console in
            var client = try await console.client("operator")
            let answer = try await console.running.ask(
                "GET", "/.git/config?token=canary-4711&a=b", [("X-Request-ID", "a-request-that-i-know")])
            #expect(answer.status == 404)
            let page = try await client.get("/console/refusals")
            #expect(page.text.contains("a-request-that-i-know") && page.text.contains("/.git/config"))
            #expect(!page.text.contains("canary-4711"))
            for query in ["q=i-know", "reason=exposure", "control=protection.exposure", "view=refused&q=git+config"] {
                #expect(try await client.get("/console/refusals?\(query)").text.contains("i-know"), "\(query)")
            }
            for query in ["q=nobody-asked", "reason=csrf", "control=protection.csrf", "view=would"] {
                #expect(try await client.get("/console/refusals?\(query)").text.contains("i-know") == false, "\(query)")
            }
            await console.gateway.services.trail?.sink.flush(isLast: true)
            let trail = try await client.get("/console/refusals?from=trail&reason=exposure")
            #expect(trail.text.contains("exposure.") && trail.text.contains("protection.exposure"))
        }
    }

    @Test("shows every key with its value and where that came from, and no secret")
    func settings() async throws {
        try await ConsoleUnderTest.run { console in
            var client = try await console.client("operator")
            let all = try await client.get("/console/settings?show=all").text
            for setting in GatewayConfiguration.definedSettings { #expect(all.contains(setting.key), "\(setting.key)") }
            #expect(all.contains("‹redacted›") && !all.contains("cWVyYmFzZmRqa2xhc2pk"))
            let given = try await client.get("/console/settings").text
            #expect(given.contains("identity.sign-in") && !given.contains("limits.client.idle"))
            #expect(try await client.get("/console/settings?q=idle").text.contains("limits.client.idle"))
        }
    }

    @Test("keeps a bounded number of refusals, the newest")
    func bounded() async throws {
        try await ConsoleUnderTest.run { console in
            var client = try await console.client("operator")
            let ring = console.gateway.services.refusals
            for _ in 0..<130 { _ = try await console.running.ask("GET", "/.env") }
            // A refusal is kept once its answer is on its way.
            try await eventually { ring.entries.count >= 130 }
            let entries = ring.entries
            #expect(entries.count <= 4000)
            #expect(
                zip(entries, entries.dropFirst()).allSatisfy {
                    $0.at.nanosecondsSinceEpoch >= $1.at.nanosecondsSinceEpoch
                })
            let second = try await client.get("/console/refusals?page=2&reason=exposure")
            #expect(second.text.contains("page=3") && second.text.contains("First page"))
            let far = try await client.get("/console/refusals?page=400&reason=exposure")
            #expect(far.status == 200)
        }
    }

    @Test("the overview tells what stands in front of what, and the verdict of a report that it is given")
    func overview() async throws {
        let directory = try TemporaryDirectory("verdict")
        defer { directory.remove() }
        let file = directory.file("verdict.json")
        try await ConsoleUnderTest.run(.sqlite, ["console.report=\(file)"]) { console in
            var client = try await console.client("operator")
            let missing = try await client.get("/console")
            #expect(missing.text.contains("there is no such file") && missing.text.contains("seaworthy check"))
            #expect(missing.text.contains("SQLite") && missing.text.contains("127.0.0.1:\(console.running.app.port)"))
            try Data("{\"target\": 1}".utf8).write(to: URL(filePath: file))
            #expect(try await client.get("/console").text.contains("is no report"))
            let report =
                "{\"target\":\"http://a<b>.example\",\"startedAt\":\"2026-11-26T10:00:00Z\",\"score\":87,\"level\":\"mvp\","
                + "\"verdicts\":[{\"level\":\"mvp\",\"decision\":\"no-go\",\"blockers\":[{\"check\":\"headers.hsts\","
                + "\"kind\":\"failure\",\"reason\":\"no <i>HSTS</i>\"}]}]}"
            try Data(report.utf8).write(to: URL(filePath: file))
            let page = try await client.get("/console")
            #expect(
                page.text.contains("no-go") && page.text.contains("87 of 100") && page.text.contains("headers.hsts"))
            #expect(page.text.contains("no &lt;i&gt;HSTS") && page.text.contains("a&lt;b&gt;.example"))
        }
    }

    @Test("a tone's word is there as text: nothing is told by colour alone")
    func tones() throws {
        let page = ConsolePage("t", [.table(ConsoleTable("c", columns: ["State"], rows: [[.badge("failed", .bad)]]))])
        let frame = ConsoleFrame(who: nil, role: "", site: "s", version: "1", navigation: [], token: "t")
        #expect(try ConsoleTemplate().html(page, in: frame).contains(">failed</span>"))
    }

    @Test(
        "leads back into the console only",
        arguments: [
            ("/console/users?q=a", "/console/users?q=a"), ("/console", "/console"), ("//evil.example", "/console"),
            ("https://evil.example", "/console"), ("/console/../metrics", "/console"), ("/consolex", "/console"),
            ("/console/\\evil", "/console"), ("/console/a\r\nX: y", "/console"), ("", "/console"), ("/", "/console"),
        ])
    func back(_ row: (given: String, place: String)) { #expect(ConsolePath.checked(row.given) == row.place) }
}
