import Foundation
import HTTPTypes
import Identity
import Kernel
import Operations
import Store
import TestKit
import Testing
import Web

@testable import Gateway

@Suite("What is done at the console", .serialized)
struct ConsoleActTests {
    @Test(
        "accounts are made, given roles, disabled, enabled, unlocked, reset and signed out, each with its row of the trail",
        arguments: DatabaseEngine.allCases)
    func accounts(_ engine: DatabaseEngine) async throws {
        try await ConsoleUnderTest.run(engine) { console in
            var client = try await console.client("administrator")
            let made = try await client.post("/console/users", ["email": "ann@example.com", "role": "operator"])
            #expect(made.status == 200 && made.text.contains("/seaworthy/choose?token="))
            let link = try #require(made.text.firstMatch(of: #/choose\?token=([A-Za-z0-9_-]{43})/#)).1
            let chosen = try await console.running.post(
                "/choose",
                ["token": String(link), "email": "ann@example.com", "password": GatewayWithAccounts.password])
            #expect(chosen.status == 200)
            let session = try #require(GatewayWithAccounts.cookies(chosen)["seaworthy-session"])
            let id = try await console.id(of: "ann@example.com")
            func account() async throws -> Account {
                try #require(try await console.administration().list(matching: "ann@").first)
            }
            var rows: [(String, [String: String], String, String)] = [
                ("role", ["role": "auditor"], "role", "role.granted"),
                ("unlock", [:], "unlocked", "account.unlocked"),
                ("sign-out", [:], "signed-out-user", "session.revoked"),
            ]
            rows += [
                ("disable", ["reason": "left <b>us</b>"], "disabled", "account.disabled"),
                ("enable", [:], "enabled", "account.enabled"),
            ]
            for (act, fields, remark, kind) in rows {
                let before = try await console.count(kind)
                let answer = try await client.post("/console/users/\(id)/\(act)", fields)
                #expect(
                    answer.status == 303 && answer.value("location") == "/console/users/\(id)?done=\(remark)", "\(act)")
                #expect(try await console.count(kind) == before + 1, "\(act)")
                let said = try await client.get("/console/users/\(id)?done=\(remark)")
                #expect(said.text.contains("class=\"done\" role=\"status\""), "\(act)")
                if act == "role" { #expect(try await account().role.rawValue == "auditor") }
                if act == "disable" { #expect(try await account().status == .disabled) }
            }
            #expect(try await account().status == .active)
            let out = try await console.running.ask(
                "GET", "/members/x", [("Accept", "application/json"), ("Cookie", "seaworthy-session=\(session)")])
            #expect(out.status == 401)
            let reset = try await client.post("/console/users/\(id)/reset")
            #expect(reset.status == 200 && reset.text.contains("isn’t shown again"))
            let audit = try await client.get("/console/audit?kind=account")
            #expect(audit.text.contains("left &lt;b&gt;us&lt;/b&gt;") && !audit.text.contains("left <b>"))
        }
    }

    @Test(
        "what can't be done says why and changes nothing",
        arguments: [
            ("/console/users", ["email": "nonsense"], "is no e-mail address"),
            ("/console/users", ["email": "ADMINISTRATOR@example.com"], "has an account already"),
            ("/console/users", ["email": "b@example.com", "role": "Big Boss"], "is no role"),
            ("/console/users", ["email": String(repeating: "a", count: 1000) + "@example.com"], "email"),
            ("/console/users/ME/disable", ["reason": "x"], "last active administrator"),
            ("/console/users/ME/disable", [:], "reason"), ("/console/users/ME/role", ["role": "person"], "last active"),
            ("/console/users/ME/role", ["role": ""], "role"),
            ("/console/users/ME/second-factor", [:], "has no second factor"),
            ("/console/users/ME/delete", ["reason": "x"], "confirm: "),
            ("/console/users/ME/delete", ["confirm": "b@example.com", "reason": "x"], "to see that you mean it"),
            (
                "/console/users/ME/delete", ["confirm": "administrator@example.com", "reason": "x"],
                "last active administrator"
            ),
            (
                "/console/users/ME/delete",
                ["confirm": "administrator@example.com", "reason": "x", "projects": "burn"],
                "refuse, pass, delete or keep"
            ),
            (
                "/console/users/ME/delete",
                ["confirm": "administrator@example.com", "reason": "x", "projects": "pass"],
                "successor: "
            ),
            ("/console/sessions/end", ["session": "none"], "ended already"),
            ("/console/jobs/none/retry", [:], "there is no job"),
            ("/console/jobs/run", ["schedule": "none"], "no schedule"),
            ("/console/jobs/retry-dead", ["kind": "none"], "no dead letters"),
            ("/console/mails/suppress", ["email": "x"], "no e-mail address"),
            ("/console/mails/release", [:], "No mail is held"),
            ("/console/webhooks/none/enable", [:], "there is no webhook"),
            ("/console/api-keys/revoke", ["key": "none"], "revoked already"),
            ("/console/api-keys/revoke", [:], "key: "),
            ("/console/keys/rotate", ["purpose": "none"], "session, token, access-token"),
            ("/console/keys/rotate", ["purpose": "csrf", "urgent": "maybe"], "urgent: yes or no"),
            ("/console/projects", ["name": "Plan"], "owner: "),
            ("/console/projects", ["name": "", "owner": "administrator@example.com"], "name: "),
            ("/console/projects", ["name": "a\u{202E}b", "owner": "administrator@example.com"], "visible characters"),
            ("/console/projects", ["name": "Plan", "owner": "nobody@example.com"], "no account has the address"),
            (
                "/console/projects", ["name": "Plan", "owner": "administrator@example.com", "slug": "Big Plan"],
                "is no slug"
            ),
        ])
    func refusals(_ row: (path: String, fields: [String: String], words: String)) async throws {
        try await ConsoleUnderTest.run(.sqlite, ["email.from=desk@example.com"]) { console in
            var client = try await console.client("administrator")
            let id = try await console.id(of: "administrator@example.com")
            let before = try await console.kinds()
            let answer = try await client.post(row.path.replacing("ME", with: id), row.fields)
            #expect(answer.status == 422 && answer.text.contains("role=\"alert\""), "\(answer.status)")
            #expect(answer.text.contains(row.words), "\(answer.text)")
            #expect(try await console.kinds() == before)
        }
    }

    @Test(
        "what hurts takes the password again after five minutes, and the session gets another secret",
        arguments: DatabaseEngine.allCases)
    func confirmation(_ engine: DatabaseEngine) async throws {
        try await ConsoleUnderTest.run(engine) { console in
            var client = try await console.client("administrator")
            try await console.account("b@example.com", role: "person")
            let id = try await console.id(of: "b@example.com")
            let long = SystemWallClock().now().later(by: .seconds(-301))
            try await console.database.transaction("test.age") { db in
                try db.execute("UPDATE console_sessions SET authenticated_at = \(long)")
            }
            let back = "/console/users/\(id)"
            let led = try await client.post("\(back)/disable", ["reason": "x", "back": back])
            #expect(led.status == 303 && led.value("location") == "/console/confirm?return-to=\(back)")
            // What doesn't hurt doesn't ask.
            #expect(try await client.post("\(back)/unlock", ["back": back]).status == 303)
            let old = try #require(client.cookies["seaworthy-console"])
            _ = try await client.get("/console/confirm?return-to=\(back)")
            let wrong = try await client.post("/console/confirm", ["password": "wrong", "return-to": back])
            #expect(wrong.status == 403 && wrong.text.contains("That is not your password."))
            let right = try await client.post(
                "/console/confirm", ["password": GatewayWithAccounts.password, "return-to": back])
            #expect(right.status == 303 && right.value("location") == "\(back)?done=confirmed")
            #expect(client.cookies["seaworthy-console"] != old)
            var stale = client
            stale.cookies["seaworthy-console"] = old
            #expect(try await stale.get("/console").status == 303)
            _ = try await client.get(back)
            #expect(try await client.post("\(back)/disable", ["reason": "x", "back": back]).status == 303)
            #expect(try await console.count("account.disabled") == 1)
        }
    }

    @Test("sessions of either door are ended, and hold no longer")
    func sessions() async throws {
        try await ConsoleUnderTest.run { console in
            var client = try await console.client("administrator")
            var other = try await console.client("operator")
            let list = try await client.get("/console/sessions?door=console")
            #expect(list.text.contains("operator@example.com"))
            let database = try console.database
            let id = try #require(
                try await database.read("test") { db in
                    try db.value(
                        "SELECT s.id FROM console_sessions s JOIN accounts a ON a.id = s.account WHERE a.role = 'operator'",
                        as: String.self)
                })
            let ended = try await client.post(
                "/console/sessions/end", ["session": id, "door": "console", "back": "/console/sessions?door=console"])
            #expect(ended.value("location") == "/console/sessions?door=console&done=session-ended")
            #expect(try await other.get("/console").status == 303)
            let again = try await client.post("/console/sessions/end", ["session": id, "door": "console"])
            #expect(again.status == 422)
        }
    }

    @Test("32 requests that end one session at the same time end it once", arguments: DatabaseEngine.allCases)
    func endRace(_ engine: DatabaseEngine) async throws {
        try await ConsoleUnderTest.run(engine) { console in
            _ = try await console.client("operator")
            let administration = try console.administration()
            let sessions = try await administration.sessions(isConsole: true, before: nil, limit: 10)
            let id = try #require(sessions.first).id
            let ended = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<32 { group.addTask { try await administration.endSession(id, isConsole: true) } }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(ended == 1)
            #expect(try await console.kinds().count { $0 == "session.revoked" } == 1)
        }
    }

    @Test(
        "jobs are tried again, cancelled and removed, schedules run, each with its row of the trail",
        arguments: DatabaseEngine.allCases)
    func jobs(_ engine: DatabaseEngine) async throws {
        try await ConsoleUnderTest.run(engine) { console in
            var client = try await console.client("operator")
            let database = try console.database
            let background = try BackgroundServices(console.gateway.configuration, database, SystemPorts())
            let id = try await database.transaction("test.job") { db in
                try background.queue.enqueue(JobRequest("test.kind", payload: "{}"), in: db).rawValue
            }
            let page = try await client.get("/console/jobs?kind=test.kind")
            #expect(page.text.contains("/console/jobs/\(id)"))
            for (act, kind) in [
                ("cancel", "job.cancelled"), ("retry", "job.retried-by-hand"), ("cancel", "job.cancelled"),
                ("discard", "job.discarded"),
            ] {
                let before = try await console.count(kind)
                let answer = try await client.post("/console/jobs/\(id)/\(act)")
                #expect(answer.status == 303, "\(act): \(answer.text)")
                #expect(try await console.count(kind) == before + 1, "\(act)")
            }
            #expect(try await client.get("/console/jobs/\(id)").status == 422)
            let run = try await client.post("/console/audit/verify")
            #expect(run.status == 303)
            #expect(try await client.get("/console/jobs?kind=audit.verify").text.contains("audit.verify"))
        }
    }

    @Test(
        "mails are shown without addresses, held ones are let go, addresses stopped and let again",
        arguments: DatabaseEngine.allCases)
    func mails(_ engine: DatabaseEngine) async throws {
        try await ConsoleUnderTest.run(engine, ["email.from=desk@example.com"]) { console in
            var client = try await console.client("administrator")
            let sent = try await client.post("/console/mails/test", ["email": "someone.else@example.net"])
            let place = try #require(sent.value("location"))
            #expect(sent.status == 303 && place.hasPrefix("/console/mails/"))
            let page = try await client.get(place)
            #expect(page.status == 200 && !page.text.contains("someone.else@"))
            #expect(try await client.get("/console/mails").text.contains("someone.else@") == false)
            let stopped = try await client.post(
                "/console/mails/suppress", ["email": "someone.else@example.net", "cause": "complaint"])
            #expect(stopped.value("location") == "/console/mails?done=suppressed")
            let freed = try await client.post("/console/mails/unsuppress", ["email": "someone.else@example.net"])
            #expect(freed.value("location") == "/console/mails?done=unsuppressed")
            let never = try await client.post("/console/mails/unsuppress", ["email": "someone.else@example.net"])
            #expect(never.value("location") == "/console/mails?done=not-suppressed")
        }
    }

    @Test("every form of an administrator's pages has the token and leads to a route that there is")
    func forms() async throws {
        try await ConsoleUnderTest.run(.sqlite, ["email.from=desk@example.com"]) { console in
            var client = try await console.client("administrator")
            let id = try await console.id(of: "administrator@example.com")
            let routes = ConsoleRoutes.list.filter { $0.method == .post }
            _ = try await console.administration().createProject(
                named: "Plan", slug: "plan", owner: "administrator@example.com")
            for path in ConsolePageTests.pages + ["/console/users/\(id)", "/console/projects/plan"] {
                let page = try await client.get(path).text
                for form in page.matches(
                    of: #/<form[^>]*method="post"[^>]*action="([^"]+)"[^>]*>(.*?)<\/form>/#.dotMatchesNewlines())
                {
                    #expect(form.2.contains("name=\"csrf_token\" value=\"\(client.token)\""), "\(path): \(form.1)")
                    #expect(routes.contains { $0.covers(form.1, under: "") }, "\(path): \(form.1)")
                }
                // Every link of the console's leads somewhere.
                for link in Set(page.matches(of: #/href="(\/console[^"#]*)"/#).map { String($0.1) }) {
                    let place = link.replacing("&amp;", with: "&")
                    #expect(try await client.get(place).status == 200, "\(path): \(place)")
                }
            }
        }
    }
}
