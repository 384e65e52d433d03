import Foundation
import HTTPTypes
import Identity
import Kernel
import Store
import TestKit
import Testing
import Web

@testable import Gateway

@Suite("Who gets into the console, and from where", .serialized)
struct ConsoleAccessTests {
    /// What each route answers to: nobody, an operator, an administrator. Forms are sent with their token and nothing else;
    /// ids are of things that aren't there.
    static let table: [String: (nobody: Int, operator: Int, administrator: Int)] = [
        "GET /console/style.css": (200, 200, 200),
        "GET /console/sign-in": (200, 200, 200),
        "POST /console/sign-in": (422, 422, 422),
        "GET /console/open": (200, 200, 200),
        "POST /console/open": (410, 410, 410),
        "POST /console/sign-out": (401, 303, 303),
        "GET /console/confirm": (303, 200, 200),
        "POST /console/confirm": (401, 403, 403),
        "GET /console": (303, 200, 200),
        "GET /console/controls": (303, 200, 200),
        "GET /console/controls/:id": (303, 404, 404),
        "GET /console/refusals": (303, 200, 200),
        "GET /console/users": (303, 200, 200),
        "POST /console/users": (401, 403, 422),
        "GET /console/users/:id": (303, 404, 404),
        "POST /console/users/:id/disable": (401, 403, 404),
        "POST /console/users/:id/enable": (401, 403, 404),
        "POST /console/users/:id/unlock": (401, 403, 404),
        "POST /console/users/:id/sign-out": (401, 403, 404),
        "POST /console/users/:id/role": (401, 403, 404),
        "POST /console/users/:id/reset": (401, 403, 404),
        "POST /console/users/:id/second-factor": (401, 403, 404),
        "POST /console/users/:id/delete": (401, 403, 404),
        "GET /console/sessions": (303, 200, 200),
        "POST /console/sessions/end": (401, 403, 422),
        "GET /console/jobs": (303, 200, 200),
        "GET /console/jobs/:id": (303, 422, 422),
        "POST /console/jobs/:id/retry": (401, 422, 422),
        "POST /console/jobs/:id/cancel": (401, 422, 422),
        "POST /console/jobs/:id/discard": (401, 422, 422),
        "POST /console/jobs/retry-dead": (401, 422, 422),
        "POST /console/jobs/run": (401, 422, 422),
        "GET /console/mails": (303, 200, 200),
        "GET /console/mails/:id": (303, 422, 422),
        "POST /console/mails/release": (401, 422, 422),
        "POST /console/mails/suppress": (401, 422, 422),
        "POST /console/mails/unsuppress": (401, 422, 422),
        "POST /console/mails/test": (401, 422, 422),
        "GET /console/webhooks": (303, 200, 200),
        "GET /console/webhooks/:id": (303, 422, 422),
        "POST /console/webhooks/:id/enable": (401, 422, 422),
        "GET /console/audit": (303, 200, 200),
        "POST /console/audit/verify": (401, 303, 303),
        "GET /console/backups": (303, 200, 200),
        "GET /console/keys": (303, 200, 200),
        "POST /console/keys/rotate": (401, 403, 422),
        "GET /console/api-keys": (303, 200, 200),
        "POST /console/api-keys/revoke": (401, 403, 422),
        "GET /console/limits": (303, 200, 200),
        "GET /console/maintenance": (303, 200, 200),
        "GET /console/projects": (303, 200, 200),
        "POST /console/projects": (401, 403, 422),
        "GET /console/projects/:id": (303, 404, 404),
        "POST /console/projects/:id/rename": (401, 403, 404),
        "POST /console/projects/:id/archive": (401, 403, 404),
        "POST /console/projects/:id/restore": (401, 403, 404),
        "POST /console/projects/:id/delete": (401, 403, 404),
        "POST /console/projects/:id/members": (401, 403, 404),
        "POST /console/projects/:id/members/role": (401, 403, 404),
        "POST /console/projects/:id/members/remove": (401, 403, 404),
        "GET /console/settings": (303, 200, 200),
        "GET /console/uat": (303, 200, 200),
        "GET /console/uat/items": (303, 200, 200),
        "GET /console/uat/export": (303, 200, 200),
        "GET /console/uat/items/:id": (303, 422, 422),
        "POST /console/uat/items/:id/result": (401, 422, 422),
        "POST /console/uat/items/:id/assign": (401, 422, 422),
        "POST /console/uat/items/:id/files": (401, 422, 422),
        "GET /console/uat/items/:id/files/:file": (303, 422, 422),
        "GET /console/launch": (303, 200, 200),
        "POST /console/launch/sign": (401, 422, 422),
        "POST /console/launch/revoke": (401, 422, 422),
        "POST /console/launch/roles": (401, 403, 422),
        "GET /console/runs": (303, 200, 200),
        "GET /console/runs/compare": (303, 200, 200),
    ]

    @Test("every route of it has a row in the table")
    func complete() {
        let routes = ConsoleRoutes.list.map { "\($0.method.rawValue) \($0.path)" }
        #expect(Set(routes) == Set(Self.table.keys))
        #expect(routes.count == Self.table.count, "one is there twice")
    }

    @Test("answers nobody, members, operators and administrators as the table says", arguments: DatabaseEngine.allCases)
    func matrix(_ engine: DatabaseEngine) async throws {
        let sets = ["email.from=desk@example.com"]
        try await ConsoleUnderTest.run(engine, sets) { console in
            let administrator = try await console.client("administrator")
            let operators = try await console.client("operator")
            // A member's session of the public door is nobody's here, whatever cookie it comes in.
            try await console.account("member@example.com", role: "person")
            let member = try await console.running.post(
                "/sign-in", ["email": "member@example.com", "password": GatewayWithAccounts.password])
            let stolen = try #require(GatewayWithAccounts.cookies(member)["seaworthy-session"])
            for (route, expected) in Self.table.sorted(by: { $0.key < $1.key }) {
                let parts = route.split(separator: " ").map(String.init)
                let path = parts[1].replacing(":id", with: "nothing-of-this-id").replacing(":file", with: "none")
                var nobody = console.stranger
                _ = try await nobody.get("/console/sign-in")
                var borrowed = nobody
                borrowed.cookies["seaworthy-session"] = stolen
                borrowed.cookies["seaworthy-console"] = stolen
                for (who, client, status) in [
                    ("nobody", nobody, expected.nobody), ("a member", borrowed, expected.nobody),
                    ("an operator", operators, expected.operator),
                    ("an administrator", administrator, expected.administrator),
                ] {
                    // A sign-out of a copy would end the session for the rows that follow.
                    if route == "POST /console/sign-out", !["nobody", "a member"].contains(who) { continue }
                    var client = client
                    let answer = try await parts[0] == "GET" ? client.get(path) : client.post(path)
                    #expect(answer.status == status, "\(route) as \(who): \(answer.text.prefix(300))")
                    if answer.status == 303, who == "nobody" {
                        #expect(answer.value("location")?.hasPrefix("/console/sign-in?return-to=") == true)
                    }
                }
            }
            var leaving = operators
            #expect(
                try await leaving.post("/console/sign-out").status == Self.table["POST /console/sign-out"]?.operator)
            var after = operators
            #expect(try await after.get("/console").status == 303)
        }
    }

    @Test("gives a cookie of its own, and neither door's session opens the other", arguments: DatabaseEngine.allCases)
    func cookies(_ engine: DatabaseEngine) async throws {
        try await ConsoleUnderTest.run(engine) { console in
            try await console.account("root@example.com", role: "administrator")
            var client = console.stranger
            _ = try await client.get("/console/sign-in")
            let visit = client.cookies["seaworthy-console-visit"]
            #expect(visit != nil)
            let answer = try await client.post(
                "/console/sign-in", ["email": "root@example.com", "password": GatewayWithAccounts.password])
            let line = try #require(answer.values("set-cookie").first { $0.hasPrefix("seaworthy-console=") })
            #expect(line.hasSuffix("; Path=/console; HttpOnly; SameSite=Strict"), "\(line)")
            #expect(answer.value("location") == "/console" && client.cookies["seaworthy-console-visit"] == nil)
            let secret = try #require(client.cookies["seaworthy-console"])
            // No session of the public door is left behind, and the console's secret opens nothing there.
            let rows = try await console.database.read("test") { try $0.value("SELECT count(*) FROM sessions") as Int? }
            // The one that choosing the password began.
            #expect(rows == 1)
            let members = try await console.running.ask(
                "GET", "/members/x", [("Accept", "application/json"), ("Cookie", "seaworthy-session=\(secret)")])
            #expect(members.status == 401)
            #expect(try await console.kinds().contains("console.opened"))
        }
    }

    @Test("refuses wrong passwords, members and disabled accounts, and takes a lost role at once")
    func refusals() async throws {
        try await ConsoleUnderTest.run { console in
            var administrator = try await console.client("administrator")
            try await console.account("member@example.com", role: "person")
            var client = console.stranger
            let wrong = try await client.signIn("administrator@example.com", "wrong")
            #expect(wrong.status == 401 && wrong.text.contains("Signing in did not work."))
            #expect(wrong.text.contains("value=\"administrator@example.com\"") && !wrong.text.contains("\"wrong\""))
            let member = try await client.signIn("member@example.com")
            #expect(member.status == 403 && member.text.contains("console.role"))
            #expect(client.cookies["seaworthy-console"] == nil)
            var second = try await console.client("operator")
            #expect(try await second.get("/console").status == 200)
            try await console.administration().setRole("operator@example.com", to: "person")
            #expect(try await second.get("/console").status == 303)
            try await console.administration().setRole("operator@example.com", to: "operator")
            #expect(try await second.get("/console").status == 200)
            try await console.administration().disable("operator@example.com", reason: "left")
            #expect(try await second.get("/console").status == 303)
            #expect(try await administrator.get("/console").status == 200)
            #expect(try await console.kinds().contains("console.refused"))
        }
    }

    @Test("ends a session that nobody used for half an hour, and one that is twelve hours old")
    func ends() async throws {
        try await ConsoleUnderTest.run { console in
            var client = try await console.client("operator")
            let database = try console.database
            let now = SystemWallClock().now()
            try await database.transaction("test.age") { db in
                try db.execute("UPDATE console_sessions SET seen_at = \(now.later(by: .seconds(-1801)))")
            }
            #expect(try await client.get("/console").status == 303)
            try await database.transaction("test.age") { db in
                try db.execute("UPDATE console_sessions SET seen_at = \(now), expires_at = \(now)")
            }
            #expect(try await client.get("/console").status == 303)
        }
    }

    @Test("answers only to its own names, against DNS rebinding")
    func hosts() async throws {
        try await ConsoleUnderTest.run(.sqlite, ["console.url=http://ops.example.com"]) { console in
            var client = console.stranger
            for (host, status) in [
                ("evil.example", 421), ("evil.example:\(console.port)", 421), ("127.0.0.1.evil.example", 421),
                ("", 421), ("localhost", 200), ("[::1]:8081", 200), ("10.1.2.3", 200), ("ops.example.com", 200),
                ("OPS.example.com:80", 200), ("sub.ops.example.com", 421),
            ] {
                let answer = try await client.ask("GET", "/console/sign-in", host: host)
                #expect(answer.status == status, "\(host): \(answer.status)")
                if status == 421 { #expect(answer.text.contains("console.host")) }
            }
            // Programs that read metrics name the door as they like.
            for path in ["/metrics", "/health/live", "/health/ready"] {
                #expect(try await client.ask("GET", path, host: "seaworthy.monitoring:8081").status == 200, "\(path)")
            }
        }
    }

    @Test("lets no other origin in: no script, form, frame, window or neighbour's link")
    func origins() async throws {
        try await ConsoleUnderTest.run { console in
            var client = try await console.client("administrator")
            let own = "http://127.0.0.1:\(console.port)"
            let app = "http://127.0.0.1:\(console.running.port)"
            func site(_ site: String, _ mode: String, _ dest: String) -> [(String, String)] {
                [("Sec-Fetch-Site", site), ("Sec-Fetch-Mode", mode), ("Sec-Fetch-Dest", dest)]
            }
            let gets: [([(String, String)], Int)] = [
                (site("same-origin", "navigate", "document"), 200), (site("none", "navigate", "document"), 200),
                (site("cross-site", "navigate", "document"), 200), (site("same-site", "navigate", "document"), 403),
                (site("cross-site", "navigate", "iframe"), 403), (site("same-site", "navigate", "iframe"), 403),
                (site("same-site", "cors", "empty"), 403), (site("same-site", "no-cors", "script"), 403),
                (site("cross-site", "no-cors", "image"), 403), (site("cross-site", "cors", "empty"), 403),
                ([("Origin", app)], 403), ([("Origin", "null")], 403), ([("Origin", own)], 200),
                ([("Origin", "https://evil.example")], 403), ([("Origin", own + ".evil.example")], 403),
            ]
            for (fields, status) in gets {
                let answer = try await client.get("/console/controls", fields)
                #expect(answer.status == status, "\(fields): \(answer.status)")
            }
            let posts: [([(String, String)], Int)] = [
                ([("Origin", own), ("Sec-Fetch-Site", "same-origin")], 303), ([("Origin", app)], 403),
                ([("Origin", app)] + site("same-site", "cors", "empty"), 403), ([("Origin", "null")], 403),
                ([("Origin", "null")] + site("cross-site", "navigate", "document"), 403),
                (site("cross-site", "navigate", "document"), 403), (site("same-site", "navigate", "document"), 403),
            ]
            for (fields, status) in posts {
                let answer = try await client.post("/console/audit/verify", [:], fields)
                #expect(answer.status == status, "\(fields): \(answer.status)")
                if status == 403 { #expect(answer.text.contains("console.cross-site")) }
            }
            for path in ["//console/audit", "/Console/audit", "/%63onsole/audit", "/console//audit", "/./console"] {
                let answer = try await client.get(path, site("same-site", "cors", "empty"))
                #expect([400, 403, 404].contains(answer.status), "\(path): \(answer.status)")
                #expect(!answer.text.contains("Verify the whole trail"), "\(path)")
            }
            #expect(try await console.kinds().contains("request.console-refused"))
            let page = try await client.get("/console/refusals?reason=console.cross-site")
            #expect(page.text.contains("operations.administration"))
        }
    }

    @Test("wants a token that follows from the very session, for whatever changes something")
    func tokens() async throws {
        try await ConsoleUnderTest.run { console in
            var client = try await console.client("administrator")
            let other = try await console.client("operator")
            var visitor = console.stranger
            _ = try await visitor.get("/console/sign-in")
            for token in ["", "x", other.token, visitor.token, String(client.token.dropLast()), client.token + "0"] {
                let answer = try await client.post("/console/users", ["email": "a@example.com", "csrf_token": token])
                #expect(answer.status == 403 && answer.text.contains("console.token"), "\(token.prefix(8))")
            }
            _ = try await client.get("/console/users")
            let json = try await client.ask(
                "POST", "/console/users", [("Content-Type", "application/json")], body: Array("{}".utf8))
            #expect(json.status == 415)
            #expect(try await console.administration().list(matching: "a@example.com").isEmpty)
            #expect(try await client.post("/console/users", ["email": "a@example.com"]).status == 200)
        }
    }

    @Test("never lets the app see its cookies, or set them")
    func appsCookies() async throws {
        try await ConsoleUnderTest.run { console in
            let client = try await console.client("administrator")
            let secret = try #require(client.cookies["seaworthy-console"])
            console.running.app.forget()
            for (number, cookie) in [
                "seaworthy-console=\(secret)", "a=1; seaworthy-console=\(secret); b=2",
                "__Host-seaworthy-console=\(secret)", "seaworthy-console-visit=\(secret); a=1",
            ].enumerated() {
                _ = try await console.running.ask("GET", "/elsewhere", [("Cookie", cookie), ("X-Trace", "\(number)")])
                let seen = try #require(console.running.app.requests(where: "x-trace", is: "\(number)").first)
                #expect(!seen.values("cookie").joined().contains(secret), "\(cookie.prefix(30))")
            }
            let second = try #require(console.running.app.requests(where: "x-trace", is: "1").first)
            #expect(second.values("cookie") == ["a=1; b=2"])
        }
    }

    @Test("isn't served beyond loopback without HTTPS in front")
    func unsafeDoor() async throws {
        try await ConsoleUnderTest.run(.sqlite, ["operator=0.0.0.0:0"]) { console in
            var client = console.stranger
            let answer = try await client.get("/console/sign-in")
            #expect(answer.status == 403 && answer.text.contains("console.unsafe-door"))
            #expect(try await client.get("/health/live").status == 200)
        }
        try await ConsoleUnderTest.run(.sqlite, ["operator=0.0.0.0:0", "console.url=https://ops.example.com"]) {
            console in
            var client = console.stranger
            let answer = try await client.get("/console/sign-in")
            #expect(answer.status == 200)
            let line = try #require(answer.values("set-cookie").first)
            #expect(line.hasPrefix("__Host-seaworthy-console-visit="))
            #expect(line.hasSuffix("; Path=/; Secure; HttpOnly; SameSite=Strict"), "\(line)")
        }
    }

    @Test("can be switched off")
    func off() async throws {
        try await ConsoleUnderTest.run(.sqlite, ["console.enabled=false"]) { console in
            var client = console.stranger
            for path in ["/console", "/console/sign-in", "/console/style.css"] {
                let answer = try await client.get(path)
                #expect(answer.status == 404, "\(path)")
            }
        }
    }

    @Test("opens by a one-time link where nobody has an account: once, for whoever has it, from that browser on")
    func link() async throws {
        try await GatewayWithAccounts.run(["identity.sign-in=none", "routes=[]", "database=none"]) { running in
            guard let door = running.gateway.doors.first(where: { !$0.isPublic }), case .tcp(_, let port) = door.address
            else { throw CancellationError() }
            let stale = try #require(running.gateway.consoleLink())
            let offer = try #require(running.gateway.consoleLink())
            var stranger = ConsoleClient(port: port)
            let how = try await stranger.get("/console/sign-in")
            #expect(how.text.contains("seaworthy reload") && !how.text.contains("type=\"password\""))
            func token(_ link: Secret) throws -> String {
                try #require(link.reveal().split(separator: "=").last.map(String.init))
            }
            var client = ConsoleClient(port: port)
            let (old, new) = (try token(stale.link), try token(offer.link))
            let path = "/console/open?token=\(new)"
            // Looking at it doesn't use it up.
            _ = try await stranger.get(path)
            for _ in 0..<3 { #expect(try await client.get(path).text.contains("This link works once.")) }
            #expect(try await client.post("/console/open", ["token": old]).status == 410)
            #expect(try await client.post("/console/open", ["token": new]).status == 303)
            #expect(try await stranger.post("/console/open", ["token": new]).status == 410)
            for page in ["/console", "/console/controls", "/console/refusals", "/console/limits"] {
                #expect(try await client.get(page).status == 200, "\(page)")
                #expect(try await stranger.get(page).status == 303, "\(page)")
            }
            for page in [
                "/console/users", "/console/jobs", "/console/audit", "/console/api-keys", "/console/projects",
                "/console/maintenance",
            ] {
                #expect(try await client.get(page).status == 404, "\(page): there is no database")
            }
            #expect(try await client.post("/console/sign-out").status == 303)
            #expect(try await client.get("/console").status == 303)
        }
    }

    @Test("lets one of 32 browsers in that use one link at the same time")
    func linkRace() async throws {
        let links = ConsoleLinks(clock: SystemWallClock(), random: SystemRandomSource())
        let token = links.offer().token.reveal()
        let opened = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<32 { group.addTask { links.open(token) != nil } }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(opened == 1)
    }
}
