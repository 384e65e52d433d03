import Foundation
import Identity
import Kernel
import TestKit
import Testing

@testable import Gateway

@Suite("A gateway with projects", .serialized)
struct ProjectRouteTests {
    @Test("lets members through to their project, as far as their role goes, and tells the app")
    func members() async throws {
        try await GatewayWithProjects.run { here in
            let sessions = [
                "owner": try await here.session("owner"), "editor": try await here.session("editor"),
                "member": try await here.session("member"), "other": try await here.session("other"),
                "stranger": try await here.session("stranger"), "administrator": here.administrator,
            ]
            for (who, statuses) in [
                ("owner", [200, 200, 200]), ("editor", [200, 200, 403]), ("member", [200, 403, 403]),
                ("other", [404, 404, 404]), ("stranger", [404, 404, 404]), ("administrator", [404, 404, 404]),
            ] {
                for (path, status) in zip(["/projects/acme/x", "/edit/acme", "/own/acme"], statuses) {
                    let answer = try await here.get(path, sessions[who])
                    #expect(answer.status == status, "\(who) \(path): \(answer.text)")
                }
            }
            #expect(try await here.get("/projects/acme/x", nil).status == 401)
            here.running.app.forget()
            let fields = [("X-Trace", "7")]
            #expect(try await here.get("/edit/acme", sessions["editor"], fields).status == 200)
            let seen = try #require(here.running.app.requests(where: "x-trace", is: "7").first)
            let keySet = try await here.running.ask("GET", "/seaworthy/identity-keys")
            let claims = try IdentityTokenReader.verified(
                try #require(seen.value("x-seaworthy-identity")), keySet: keySet.body)
            let project = try #require(claims["project"] as? [String: Any])
            #expect(project["slug"] as? String == "acme" && project["role"] as? String == "editor")
            #expect(project["permissions"] as? [String] == ["project.read", "tasks.write"])
            #expect(project["id"] is String && claims["role"] as? String == "person")
            #expect(claims["permissions"] as? [String] == ["account.read", "account.write"])
            // A route that isn't about a project tells of none, though the last request was.
            #expect(try await here.get("/open/x", sessions["editor"], [("X-Trace", "8")]).status == 200)
            let open = try #require(here.running.app.requests(where: "x-trace", is: "8").first)
            let plain = try IdentityTokenReader.verified(
                try #require(open.value("x-seaworthy-identity")), keySet: keySet.body)
            #expect(plain["project"] == nil)
        }
    }

    @Test("answers for a project of others as for none, in every spelling, and the app hears of neither")
    func strangers() async throws {
        try await GatewayWithProjects.run { here in
            let other = try await here.session("other")
            let nothing = try here.lasting(try await here.get("/projects/no-such-project/x", other))
            #expect(nothing["reason"] == "route-policy.project")
            #expect(try here.lasting(try await here.get("/projects/acme/x", other)) == nothing)
            here.running.app.forget()
            for target in [
                "/projects/acme", "/projects/acme/", "/projects/acme/x", "/projects/%61cme/x", "/projects//acme/x",
                "//projects/acme/x", "/projects/acme%2fx", "/projects/other%2f..%2facme/x", "/projects/other/../acme/x",
                "/projects/other/%2e%2e/acme/x", "/projects/other/..;/acme/x", "/projects/acme;x=other/x",
                "/projects/;other/acme/x", "/projects/ACME/x", "/PROJECTS/acme/x", "/projects/acme.json",
                "/projects/acme%00/x", "/projects/other%252f..%252facme/x", "/projects/acme%20/x", "/projects/./acme/x",
                "/projects/acme?project=other", "/query?project=acme", "/query?project=other&project=acme",
                "/query?project=acme&project=other", "/query?project=other&%70roject=acme",
                "/query?project=other;project=acme", "/query?project=other&project[]=acme", "/query", "/query?project=",
                "/query?PROJECT=other", "/query?project=%6fther", "/projects/o%74her/x",
            ] {
                let answer = try await here.get(target, other, [("X-Trace", "9")])
                #expect([400, 404].contains(answer.status), "\(target): \(answer.status)")
            }
            for fields in [
                [("X-Project", "acme")], [("X-Project", "other"), ("X-Project", "acme")],
                [("X-Project", "other"), ("X_Project", "acme")], [("X-Project", "other,acme")],
                [("X_Project", "other")],
                [("X-Project", "")], [], [("X-Project", "other, acme")], [("X-Project", "OTHER")],
            ] {
                let answer = try await here.get("/api/x", other, fields + [("X-Trace", "9")])
                #expect([400, 404].contains(answer.status), "\(fields): \(answer.status)")
            }
            #expect(here.running.app.requests(where: "x-trace", is: "9").isEmpty)
            // Their own, where the request is clear.
            #expect(try await here.get("/projects/other/a%2fb.json?project=acme", other).status == 200)
            #expect(try await here.get("/query?a=b&project=other", other, [("X-Trace", "10")]).status == 200)
            #expect(try await here.get("/api/x", other, [("X-Project", "other")]).status == 200)
            #expect(here.running.app.requests(where: "x-trace", is: "10").count == 1)
        }
    }

    @Test("takes a lost membership, a changed role and an archived project from the next request on")
    func changes() async throws {
        try await GatewayWithProjects.run { here in
            let (owner, member) = (try await here.session("owner"), try await here.session("member"))
            let list = try here.object(try await here.get("/seaworthy/projects/members?project=acme", owner))
            let members = try #require(list["members"] as? [[String: Any]])
            let id = try #require(
                members.first { $0["email"] as? String == "member@example.com" }?["account"] as? String)
            func change(_ path: String, _ fields: [String: String]) async throws {
                let answer = try await here.running.post(
                    "/projects/\(path)", fields.merging(["project": "acme"]) { $1 }, session: owner)
                #expect(answer.status == 204, "\(path): \(answer.text)")
            }
            #expect(try await here.get("/edit/acme", member).status == 403)
            try await change("members/role", ["member": id, "role": "editor"])
            #expect(try await here.get("/edit/acme", member).status == 200)
            try await change("archive", [:])
            #expect(try await here.get("/edit/acme", member).status == 404)
            try await change("restore", [:])
            #expect(try await here.get("/edit/acme", member).status == 200)
            try await change("members/remove", ["member": id])
            #expect(try await here.get("/edit/acme", member).status == 404)
            #expect(try await here.get("/seaworthy/projects/members?project=acme", member).status == 404)
            // Beside it, by command: within the feed's quarter of a second.
            try await here.running.administration().removeMember("editor@example.com", from: "acme")
            let editor = try await here.session("editor")
            try await eventually { try await here.get("/projects/acme/x", editor).status == 404 }
        }
    }

    @Test("has pages for it that work without a script, and escape what people call things")
    func pages() async throws {
        try await GatewayWithProjects.run { here in
            let session = here.administrator
            let token = try await here.running.token(session: session)
            let browser = [
                ("Accept", "text/html"), ("Cookie", "csrf_token=\(token); seaworthy-session=\(session)"),
                ("Sec-Fetch-Site", "same-origin"), ("Content-Type", "application/x-www-form-urlencoded"),
            ]
            func send(_ path: String, _ fields: String) async throws -> RawResponse {
                try await here.running.ask(
                    "POST", "/seaworthy\(path)", browser, body: Array("csrf_token=\(token)&\(fields)".utf8))
            }
            let made = try await send("/projects", "name=%3Cb%3E%22plan&slug=plan")
            #expect(made.status == 303, "\(made.text)")
            let place = try #require(made.value("location"))
            #expect(place == "/seaworthy/projects/members?project=plan&done=project")
            let page = try await here.running.ask("GET", place, browser)
            #expect(page.status == 200 && page.text.contains("&lt;b&gt;&quot;plan") && !page.text.contains("<b>\"plan"))
            #expect(page.text.contains("root@example.com") && page.text.contains("role=\"status\""))
            let invited = try await send(
                "/projects/members/invite", "project=plan&email=member@example.com&role=member")
            #expect(invited.status == 303, "\(invited.text)")
            #expect(try await here.running.ask("GET", place, browser).text.contains("member@example.com"))
            let wrong = try await send("/projects/members/invite", "project=plan&email=member&role=member")
            #expect(wrong.status == 422 && wrong.text.contains("role=\"alert\""))
            let alone = try await send("/projects/leave", "project=plan")
            #expect(alone.status == 409 && alone.text.contains("A project needs an owner."))
            let unknown = try await here.running.ask("GET", "/seaworthy/projects/members?project=nope", browser)
            #expect(unknown.status == 404 && unknown.text.contains("There is no such project for you."))
            let list = try await here.running.ask("GET", "/seaworthy/projects?all=true", browser)
            #expect(list.status == 200 && list.text.contains("<code>acme</code>"))
            let member = try await here.session("member")
            let theirs = try await here.running.ask(
                "GET", "/seaworthy/projects", [("Accept", "text/html"), ("Cookie", "seaworthy-session=\(member)")])
            #expect(theirs.text.contains("You are invited") && theirs.text.contains("&lt;b&gt;&quot;plan"))
        }
    }

    @Test("refuses routes of projects that nobody can get through, with the nearest")
    func configuration() {
        func refusal(_ route: String, _ sets: [String] = ["identity.sign-in=own"]) -> String {
            do {
                _ = try GatewayConfiguration.load(
                    ConfigurationSources(
                        sets: [
                            "upstream=http://127.0.0.1:9", "database=a.db", "identity.roles={editor: [tasks.write]}",
                            "routes=[{path: '/p/{project}', access: '\(route)'}]",
                        ] + sets))
                return ""
            } catch { return "\(error)" }
        }
        for route in [
            "project-member", "project-role:owner", "project-role:member", "project-role:editor",
            "project-permission:tasks.write", "project-permission:project.manage",
        ] {
            #expect(refusal(route) == "", "\(route)")
        }
        #expect(refusal("project-role:editr").contains("project-role:editor"))
        #expect(refusal("project-role:administrator").contains("the nearest is"))
        #expect(refusal("project-permission:task.write").contains("project-permission:tasks.write"))
        #expect(refusal("project-permission:users.invite").contains("the nearest is"))
        #expect(refusal("project-member", []).contains("need accounts"))
    }
}
