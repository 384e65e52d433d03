import Foundation
import HTTPTypes
import Identity
import Kernel
import Store
import TestKit
import Testing
import Web

@testable import Gateway

@Suite("Keys, limits, maintenance and projects at the console", .serialized)
struct ConsoleSectionTests {
    /// People with keys and projects.
    static func furnish(_ console: ConsoleUnderTest) async throws {
        let administration = try console.administration()
        for name in ["ann", "ben"] { try await console.account("\(name)@example.com", role: "person") }
        _ = try await administration.createProject(named: "Apollo", slug: "apollo", owner: "ann@example.com")
        let roles = console.gateway.configuration.identity.roles
        try await administration.addMember("ben@example.com", as: "member", to: "apollo", roles: roles)
        _ = try await administration.createProject(
            named: "A project with a name that is as long as a name may be, which is many", slug: nil,
            owner: "ben@example.com")
        try await administration.archiveProject(
            try #require(try await administration.projects(matching: "as long as").first).slug)
        let now = SystemWallClock().now()
        let (ann, ben) = (try await console.id(of: "ann@"), try await console.id(of: "ben@"))
        try await console.database.transaction("test.keys") { db in
            let rows: [(name: String, owner: String, scopes: String, ends: Int64, used: Timestamp?)] = [
                ("nightly report", ann, "", 90 * 86_400, now.later(by: .seconds(-3600))),
                ("build server of the team", ben, "account.read", 3600, nil),
                ("old laptop", ann, "account.read", -60, nil),
            ]
            for (number, row) in rows.enumerated() {
                try db.execute(
                    """
                    INSERT INTO api_keys (secret_hash, id, account, name, hint, scopes, created_at, expires_at, used_at)
                    VALUES (\("furnished\(number)"), \("0199-\(number)"), \(row.owner), \(row.name), \("swk_abc\(number)"),
                        \(row.scopes), \(now.later(by: .seconds(-86_400))), \(now.later(by: .seconds(row.ends))), \(row.used))
                    """)
            }
        }
    }

    @Test(
        "everybody's API keys are shown with owner, scopes, end and last use, and one is revoked",
        arguments: DatabaseEngine.allCases)
    func apiKeys(_ engine: DatabaseEngine) async throws {
        try await ConsoleUnderTest.run(engine) { console in
            var client = try await console.client("administrator")
            var reader = try await console.client("operator")
            let none = try await client.get("/console/api-keys")
            #expect(none.text.contains("Nobody has an API key."))
            try await Self.furnish(console)
            let page = try await client.get("/console/api-keys").text
            for words in [
                "3 keys: 1 expired, 2 never used", "nightly report", "swk_abc0…", "ann@example.com", "account.read",
                ">expired</span>", ">valid</span>", "never",
            ] {
                #expect(page.contains(words), "\(words)")
            }
            #expect(!page.contains("furnished0"), "a key's hash is nobody's business")
            #expect(try await reader.get("/console/api-keys").text.contains("Revoke") == false)
            for (query, wanted) in [
                ("q=ben@", ["build server"]), ("q=ANN", ["nightly report", "old laptop"]),
                ("state=expired", ["old laptop"]),
                ("state=valid", ["nightly report", "build server"]), ("state=unused&q=ann", ["old laptop"]),
                ("q=nobody", []),
            ] {
                let text = try await client.get("/console/api-keys?\(query)").text
                for name in ["nightly report", "build server", "old laptop"] {
                    #expect(text.contains(">\(name)") == wanted.contains(name), "\(query): \(name)")
                }
            }
            let back = "/console/api-keys?q=ann"
            _ = try await client.get(back)
            let answer = try await client.post("/console/api-keys/revoke", ["key": "0199-0", "back": back])
            #expect(answer.status == 303 && answer.value("location") == "\(back)&done=key-revoked")
            #expect(try await client.get(back).text.contains("nightly report") == false)
            #expect(try await console.count("api-key.revoked") == 1)
            #expect(try await client.post("/console/api-keys/revoke", ["key": "0199-0"]).status == 422)
            #expect(try await console.count("api-key.revoked") == 1)
        }
    }

    @Test("a key that is revoked there is refused at the public door")
    func revoked() async throws {
        try await ConsoleUnderTest.run { console in
            var client = try await console.client("administrator")
            try await console.account("ann@example.com", role: "person")
            let begun = try await console.running.post(
                "/sign-in", ["email": "ann@example.com", "password": GatewayWithAccounts.password])
            let session = try #require(GatewayWithAccounts.cookies(begun)["seaworthy-session"])
            let made = try await console.running.post(
                "/keys", ["name": "program", "current": GatewayWithAccounts.password], session: session)
            let key = try #require(made.text.firstMatch(of: #/swk_[A-Za-z0-9_-]{43}/#)).0
            func status() async throws -> Int {
                try await console.running.ask(
                    "GET", "/members/x", [("Accept", "application/json"), ("X-API-Key", String(key))]
                ).status
            }
            #expect(try await status() == 200)
            let page = try await client.get("/console/api-keys").text
            #expect(!page.contains(String(key)))
            let id = try #require(page.firstMatch(of: #/name="key" value="([^"]+)"/#)).1
            #expect(try await client.post("/console/api-keys/revoke", ["key": String(id)]).status == 303)
            try await eventually { try await status() == 401 }
        }
    }

    @Test(
        "keys are shown with what they are for, rotated after the password, and the list says what that came to",
        arguments: DatabaseEngine.allCases)
    func rotation(_ engine: DatabaseEngine) async throws {
        try await ConsoleUnderTest.run(engine) { console in
            var client = try await console.client("administrator")
            let page = try await client.get("/console/keys").text
            #expect(page.contains("signs access tokens, EdDSA") && page.contains("kid sat-"))
            let set = try await console.running.ask("GET", "/.well-known/jwks.json", [("Accept", "application/json")])
            let kid = try #require(page.firstMatch(of: #/kid (sat-[0-9a-f]+)/#)).1
            #expect(set.text.contains("\"\(kid)\""))
            let long = SystemWallClock().now().later(by: .seconds(-301))
            try await console.database.transaction("test.age") { db in
                try db.execute("UPDATE console_sessions SET authenticated_at = \(long)")
            }
            let led = try await client.post("/console/keys/rotate", ["purpose": "csrf", "back": "/console/keys"])
            #expect(led.value("location") == "/console/confirm?return-to=/console/keys")
            #expect(try await console.count("secret.rotated") == 0)
            _ = try await client.get("/console/confirm")
            _ = try await client.post("/console/confirm", ["password": GatewayWithAccounts.password])
            _ = try await client.get("/console/keys")
            // One that is due: a key that is young is the answer to a request already.
            try await console.database.transaction("test.age") { db in
                try db.execute("UPDATE secret_keys SET created_at = \(long.later(by: .seconds(-86_400 * 90)))")
            }
            let rotated = try await client.post("/console/keys/rotate", ["purpose": "access-token", "urgent": "no"])
            #expect(rotated.value("location") == "/console/keys?done=rotated", "\(rotated.text)")
            #expect(try await console.count("secret.rotated") == 1)
            let again = try await client.post("/console/keys/rotate", ["purpose": "access-token", "urgent": "no"])
            #expect(again.value("location") == "/console/keys?done=rotation-settled")
            #expect(try await console.count("secret.rotated") == 1)
            let after = try await client.get("/console/keys?done=rotated").text
            #expect(after.contains(">pending</span>") && after.contains("signs from then on"))
        }
    }

    @Test("limits are shown as they are in force, with who is at one and what they refused")
    func limits() async throws {
        let sets = ["protection.rate-limit.mode=enforce", "protection.rate-limit.address=6/min"]
        try await ConsoleUnderTest.run(.sqlite, sets) { console in
            var client = try await console.client("operator")
            let calm = try await client.get("/console/limits").text
            #expect(calm.contains("6 in a minute") && calm.contains("3 of them at once"))
            #expect(calm.contains("600 in a minute") && calm.contains("protection.request-shape.body.limit"))
            for _ in 0..<40 { _ = try await console.running.ask("GET", "/elsewhere") }
            let page = try await client.get("/console/limits").text
            #expect(page.contains("href=\"/console/refusals?q=127.0.0.1\""))
            #expect(page.contains("at its limit") && page.contains("0 of 3"))
            #expect(page.contains("/console/refusals?view=refused&amp;reason=rate-limit.address"))
            #expect(page.contains("Failed sign-ins"))
            let assets = try await client.get("/console/limits?class=assets").text
            #expect(assets.contains("Nobody is ahead of their rate just now."))
            #expect(try await client.get("/console/limits?page=99").status == 200)
        }
    }

    @Test("locked counters are counted by what they lock", arguments: DatabaseEngine.allCases)
    func locks(_ engine: DatabaseEngine) async throws {
        try await ConsoleUnderTest.run(engine) { console in
            var client = try await console.client("operator")
            let until = SystemWallClock().now().later(by: .seconds(600))
            try await console.database.transaction("test.locks") { db in
                for id in ["a:1", "a:2", "n:1", "d:1", "d:2", "d:3", "f:1"] {
                    try db.execute(
                        """
                        INSERT INTO sign_in_counters (id, failures, locks, locked_until, last_attempt_at)
                        VALUES (\(id), 5, 1, \(until), \(until))
                        """)
                }
            }
            let locks = try await console.administration().locks()
            #expect(locks.accounts == 2 && locks.addresses == 1 && locks.devices == 3 && locks.secondFactors == 1)
            let page = try await client.get("/console/limits").text
            #expect(page.contains("2 locked") && page.contains("3 locked"))
        }
    }

    @Test("maintenance shows each schedule with what became of it, and runs one", arguments: DatabaseEngine.allCases)
    func maintenance(_ engine: DatabaseEngine) async throws {
        try await ConsoleUnderTest.run(engine, ["email.from=desk@example.com"]) { console in
            var client = try await console.client("operator")
            let fresh = try await client.get("/console/maintenance").text
            for words in [
                "audit.verify", "41 3 * * *", "recomputes the whole trail", "none is kept", "up to date",
                "Backups aren’t scheduled",
            ] {
                #expect(fresh.contains(words), "\(words)")
            }
            try await Self.work(console)
            let page = try await client.get("/console/maintenance").text
            #expect(page.contains(">done</span>") && page.contains("the disk is &lt;full&gt;"))
            #expect(page.contains("href=\"/console/jobs?state=dead\">1</a>"))
            let run = try await client.post(
                "/console/jobs/run", ["schedule": "audit.verify", "back": "/console/maintenance"])
            #expect(run.status == 303 && run.value("location")?.hasPrefix("/console/jobs/") == true)
            #expect(try await console.count("job.run-by-hand") == 1)
        }
    }

    @Test(
        "projects are made, renamed, closed, opened and deleted, each with its row of the trail",
        arguments: DatabaseEngine.allCases)
    func projects(_ engine: DatabaseEngine) async throws {
        try await ConsoleUnderTest.run(engine) { console in
            var client = try await console.client("administrator")
            #expect(try await client.get("/console/projects").text.contains("There is no project."))
            let made = try await client.post(
                "/console/projects",
                ["name": "Apollo <b>11</b>", "owner": "administrator@example.com", "slug": "apollo"])
            #expect(made.value("location") == "/console/projects/apollo?done=project-made", "\(made.text)")
            let taken = try await client.post(
                "/console/projects", ["name": "Other", "owner": "administrator@example.com", "slug": "apollo"])
            #expect(taken.status == 422 && taken.text.contains("Slugs are never given twice."))
            let path = "/console/projects/apollo"
            let page = try await client.get(path).text
            #expect(page.contains("Apollo &lt;b&gt;11&lt;/b&gt;") && !page.contains("<b>11"))
            let rows = [
                ("rename", ["name": "Apollo"], "project-renamed", "project.renamed"),
                ("archive", [:], "project-archived", "project.archived"),
                ("restore", [:], "project-restored", "project.restored"),
            ]
            for (act, fields, remark, kind) in rows {
                let answer = try await client.post("\(path)/\(act)", fields)
                #expect(answer.value("location") == "\(path)?done=\(remark)", "\(act): \(answer.text)")
                #expect(try await console.count(kind) == 1, "\(act)")
                #expect(try await client.get("\(path)?done=\(remark)").text.contains("class=\"done\""), "\(act)")
            }
            #expect(try await client.get("/console/projects?q=apol").text.contains("/console/projects/apollo"))
            #expect(try await client.get("/console/projects?status=archived").text.contains("No project is like that."))
            let wrong = try await client.post("\(path)/delete", ["confirm": "Apollo"])
            #expect(wrong.status == 422 && wrong.text.contains("slug is wanted"))
            let gone = try await client.post("\(path)/delete", ["confirm": "apollo"])
            #expect(gone.value("location") == "/console/projects?done=project-deleted")
            #expect(try await console.count("project.deleted") == 1)
            #expect(try await client.get(path).status == 404)
        }
    }

    @Test(
        "members are put in, given other roles and taken out; the last owner who can sign in stays",
        arguments: DatabaseEngine.allCases)
    func members(_ engine: DatabaseEngine) async throws {
        try await ConsoleUnderTest.run(engine) { console in
            var client = try await console.client("administrator")
            try await Self.furnish(console)
            let path = "/console/projects/apollo"
            _ = try await client.get(path)
            func roles() async throws -> [String: String] {
                let members = try await console.administration().members(ofProject: "apollo")
                return Dictionary(members.map { ($0.email, $0.role) }, uniquingKeysWith: { $1 })
            }
            let refusals: [(String, [String: String], String)] = [
                ("members/remove", ["email": "ann@example.com"], "last owner"),
                ("members/role", ["email": "ann@example.com", "role": "member"], "last owner"),
                ("members", ["email": "ann@example.com", "role": "member"], "a member of apollo already"),
                ("members", ["email": "nobody@example.com", "role": "member"], "no account has the address"),
                ("members", ["email": "administrator@example.com", "role": "king"], "is no role in projects"),
                ("members", ["role": "member"], "email: "),
                ("members/role", ["email": "administrator@example.com", "role": "owner"], "no such member"),
                ("members/remove", ["email": "administrator@example.com"], "no such member"),
            ]
            for (act, fields, words) in refusals {
                let answer = try await client.post("\(path)/\(act)", fields)
                #expect(answer.status == 422 && answer.text.contains(words), "\(act) \(fields): \(answer.text)")
            }
            #expect(try await roles() == ["ann@example.com": "owner", "ben@example.com": "member"])
            let acts: [(String, [String: String], String, String)] = [
                (
                    "members", ["email": "administrator@example.com", "role": "member"], "member-added",
                    "project.member-added"
                ),
                ("members/role", ["email": "ben@example.com", "role": "owner"], "member-role", "project.role-changed"),
                ("members/remove", ["email": "ann@example.com"], "member-removed", "project.member-removed"),
            ]
            for (act, fields, remark, kind) in acts {
                let before = try await console.count(kind)
                let answer = try await client.post("\(path)/\(act)", fields)
                #expect(answer.value("location") == "\(path)?done=\(remark)", "\(act): \(answer.text)")
                #expect(try await console.count(kind) == before + 1, "\(act)")
            }
            #expect(try await roles() == ["administrator@example.com": "member", "ben@example.com": "owner"])
            // Those who can't sign in don't count: the page says so.
            try await console.administration().disable("ben@example.com", reason: "left")
            #expect(try await client.get(path).text.contains("none: make somebody an owner"))
        }
    }

    @Test("each field of a page has an id of its own, also where each row has a form")
    func ids() async throws {
        try await ConsoleUnderTest.run { console in
            var client = try await console.client("administrator")
            try await Self.furnish(console)
            for path in ConsolePageTests.pages + ["/console/projects/apollo"] {
                let ids = try await client.get(path).text.matches(of: #/ id="([^"]+)"/#).map { String($0.1) }
                #expect(Set(ids).count == ids.count, "\(path): \(ids)")
            }
        }
    }

    @Test(
        "10,000 keys, projects and members are listed page by page within the budget",
        arguments: DatabaseEngine.allCases)
    func many(_ engine: DatabaseEngine) async throws {
        try await ConsoleUnderTest.run(engine) { console in
            var client = try await console.client("administrator")
            let id = try await console.id(of: "administrator@")
            let now = SystemWallClock().now()
            let end = now.later(by: .seconds(3600))
            try await console.database.transaction("test.many") { db in
                // One statement each: numbers from 100000 on.
                let numbers: SQL =
                    "WITH RECURSIVE n (i) AS (SELECT 100000 UNION ALL SELECT i + 1 FROM n WHERE i < 109999)"
                try db.execute(
                    """
                    INSERT INTO api_keys (secret_hash, id, account, name, hint, scopes, created_at, expires_at)
                    \(numbers) SELECT 'hash' || i, '0199-' || i, \(id), 'report', 'swk_abcd', '', \(now), \(end) FROM n
                    """)
                try db.execute(
                    """
                    INSERT INTO projects (id, slug, name, status, created_at)
                    \(numbers) SELECT 'p' || i, 'plan-' || i, 'Plan ' || i, 'active', \(now) FROM n
                    """)
            }
            let counts = try await console.administration().apiKeyCounts()
            #expect(counts.all == 10_000 && counts.unused == 10_000 && counts.expired == 0)
            for (path, first, last, pattern) in [
                ("/console/api-keys", "before=0199-100020", "0199-100000", "value=\"0199-[0-9]+\""),
                ("/console/projects", "after=plan-109970", "plan-109999", "/console/projects/plan-[0-9]+"),
            ] {
                let page = try await client.get(path).text
                #expect(try page.matches(of: Regex(pattern)).count == 50 && page.contains("rel=\"next\""), "\(path)")
                #expect(page.contains("10000 ") || page.contains("10,000"), "\(path)")
                let end = try await client.get("\(path)?\(first)").text
                #expect(end.contains(last) && !end.contains("rel=\"next\""), "\(path)")
            }
            let one = try await client.get("/console/projects?q=plan-105555").text
            #expect(one.contains("/console/projects/plan-105555") && !one.contains("plan-105556"))
            let seen = console.gateway.services.statements.entries.filter { $0.key.contains("/console") }
            for (name, entry) in seen { #expect(entry.overBudget == 0, "\(name): \(entry)") }
        }
    }

    @Test(
        "an account is deleted there, once it is said what becomes of its projects", arguments: DatabaseEngine.allCases)
    func deletion(_ engine: DatabaseEngine) async throws {
        try await ConsoleUnderTest.run(engine) { console in
            var client = try await console.client("administrator")
            try await Self.furnish(console)
            let path = "/console/users/\(try await console.id(of: "ann@"))"
            #expect(try await client.get(path).text.contains("Projects that it alone owns"))
            var fields = ["confirm": "ANN@example.com", "reason": "left"]
            let refused = try await client.post("\(path)/delete", fields)
            #expect(refused.status == 422 && refused.text.contains("owns apollo"), "\(refused.text)")
            fields["projects"] = "pass"
            fields["successor"] = "ben@example.com"
            let done = try await client.post("\(path)/delete", fields)
            #expect(done.value("location") == "/console/users?done=user-deleted", "\(done.text)")
            #expect(try await client.get(path).status == 404)
            #expect(try await console.count("account.deleted") == 1)
            let members = try await console.administration().members(ofProject: "apollo")
            #expect(members.map(\.email) == ["ben@example.com"] && members.first?.role == "owner")
        }
    }

    /// Jobs that a worker left behind.
    static func work(_ console: ConsoleUnderTest) async throws {
        let database = try console.database
        let background = try BackgroundServices(console.gateway.configuration, database, SystemPorts())
        let now = SystemWallClock().now()
        try await database.transaction("test.jobs") { db in
            for (kind, state, error) in [
                ("audit.verify", "done", ""), ("audit.anchor", "done", ""), ("email.retain", "done", ""),
                ("audit.retain", "dead", "the disk is <full>"),
            ] {
                let id = try background.queue.enqueue(JobRequest(JobKind(rawValue: kind), payload: "{}"), in: db)
                try db.execute(
                    """
                    UPDATE jobs SET state = \(state), attempts = 1, ended_at = \(now), last_error = \(error)
                    WHERE id = \(id.rawValue)
                    """)
            }
            try background.queue.enqueue(JobRequest("audit.retain", payload: "{}"), in: db)
        }
    }
}
