import Foundation
import Identity
import Kernel
import LaunchDesk
import Observability
import Store
import TestKit
import Testing
import TradingDeskApp

@testable import Gateway

/// A real Chromium, driven by `console-browser.py`.
@Suite("The console in a real browser", .serialized)
struct ConsoleBrowserTests {
    /// What the browser's script said, line by line.
    static func browse(
        _ task: String, _ console: ConsoleUnderTest, _ more: [String: Any] = [:]
    ) async throws -> [[String: Any]] {
        let job: [String: Any] = [
            "task": task, "console": "http://127.0.0.1:\(console.port)",
            "app": "http://127.0.0.1:\(console.running.port)",
            "email": "root@example.com", "password": GatewayWithAccounts.password,
        ]
        let directory = try TemporaryDirectory("browser")
        defer { directory.remove() }
        let input = directory.file("job.json")
        try JSONSerialization.data(withJSONObject: job.merging(more) { $1 }).write(to: URL(filePath: input))
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "console-browser.py").path
        let process = try RunningProcess(
            "/bin/sh", ["-c", "exec python3 -W ignore \"$0\" < \"$1\"", script, input])
        let code = try await process.exitCode(within: .seconds(240))
        try #require(code == 0, "\(process.text)")
        return try process.text.split(separator: "\n").compactMap { line in
            guard line.hasPrefix("{") else { return nil }
            return try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        }
    }

    @Test("has no page that axe objects to or that scrolls sideways, at 1280 and 390 pixels, light and dark")
    func pages() async throws {
        let folder = try TemporaryDirectory("checks")
        defer { folder.remove() }
        try LaunchUnderTest.store(
            folder.path, at: "2026-11-20T10:00:00Z", evidence: "e1", score: 71, failing: ["errors.leak"],
            blockers: ["errors.leak"])
        try LaunchUnderTest.store(
            folder.path, at: "2026-11-21T10:00:00Z", evidence: "4b0e9d51c2aa", score: 93, failing: ["cookies.flags"])
        let sets = [
            "email.from=desk@example.com", "protection.csrf.mode=observe", "console.checks=\(folder.path)",
            "protection.rate-limit.mode=observe",
        ]
        try await ConsoleUnderTest.run(.sqlite, sets) { console in
            let item = try await Self.launch(console)
            try await console.account("root@example.com", role: "administrator")
            try await console.account(
                "somebody.with.a.very.long.address.indeed@a-long-domain.example.com", role: "operator")
            for path in ["/.env", "/.git/config", "/wp-admin/install.php", "/backup.sql"] {
                _ = try await console.running.ask("GET", path)
            }
            await console.gateway.services.trail?.sink.flush(isLast: true)
            let id = try await console.id(of: "root@example.com")
            try await ConsoleSectionTests.furnish(console)
            try await ConsoleSectionTests.work(console)
            let paths =
                ConsolePageTests.pages + [
                    "/console/users/\(id)", "/console/controls/protection.csrf", "/console/refusals?view=would",
                    "/console/refusals?from=trail", "/console/audit?q=role", "/console/uat/items/\(item)",
                    "/console/projects/apollo", "/console/limits?class=assets", "/console/api-keys?q=nobody",
                    "/console/runs/compare?target=\(LaunchUnderTest.target)&from=2026-11-20T10:00:00Z"
                        + "&to=2026-11-21T10:00:00Z",
                ]
            // CONSOLE_SHOTS=FOLDER keeps pictures: those of docs/img/console are made so.
            let shots = ProcessInfo.processInfo.environment["CONSOLE_SHOTS"] ?? ""
            let lines = try await Self.browse("pages", console, ["paths": paths, "shots": shots])
            let seen = lines.filter { $0["page"] != nil }
            #expect(seen.count == paths.count * (shots.isEmpty ? 2 : 4) + 1)
            for line in seen {
                let name = "\(line["page"] ?? "") at \(line["width"] ?? "") \(line["scheme"] ?? "")"
                #expect((line["axe"] as? [String])?.isEmpty == true, "\(name): \(line["axe"] ?? "")")
                #expect(line["sideways"] as? Int == 0, "\(name) scrolls sideways")
            }
        }
    }

    /// A plan with results, a file and signatures; the id of an item.
    private static func launch(_ console: ConsoleUnderTest) async throws -> String {
        let desk = try LaunchUnderTest.desk(console)
        try await desk.importPlan(
            PlanReader.read(Array(LaunchUnderTest.plan.utf8), as: .markdown, name: "plan"))
        let lines = try await desk.lines(of: nil)
        let first = try #require(lines.first).item
        try await desk.record(first.id, on: "Safari phone", .fail, note: "The button is below the fold.")
        try await desk.record(first.id, on: "Chromium desktop", .pass, note: "")
        try await desk.record(lines[1].item.id, on: "Safari phone", .blocked, note: "No such phone here.")
        try await desk.record(lines[2].item.id, on: "Safari phone", .pass, note: "")
        try await desk.attach(Array("a log\n".utf8), named: "log.txt", to: first.id)
        for role in ["QA Lead", "Security Lead"] { try await desk.giveRole(role, to: "cli:test") }
        let shelf = try #require(console.gateway.configuration.console.checks)
        let run = try #require(RunShelf(folder: shelf).latest(of: LaunchUnderTest.target))
        for (criterion, seen) in [(run.criteria[0], "4b0e9d51c2aa"), (run.criteria[1], "e1")] {
            try await desk.sign(criterion, of: LaunchUnderTest.target, seen: seen, latest: seen, note: "")
        }
        return first.id
    }

    @Test("works an acceptance plan through with keys alone, and each result is there")
    func acceptance() async throws {
        try await ConsoleUnderTest.run { console in
            try await console.account("root@example.com", role: "administrator")
            let desk = try LaunchUnderTest.desk(console)
            try await desk.importPlan(
                PlanReader.read(Array(LaunchUnderTest.plan.utf8), as: .markdown, name: "plan"))
            let lines = try await Self.browse("acceptance", console)
            #expect(lines.contains { ($0["ended"] as? String)?.contains("recorded-last") == true }, "\(lines)")
            let unseen = lines.first { $0["unseen"] != nil }?["unseen"] as? [Any]
            #expect(unseen?.isEmpty == true, "\(unseen ?? [])")
            let progress = LaunchDesk.progress(of: try await desk.lines(of: nil))
            #expect(progress.worked == 3 && progress.passed == 2 && progress.profiles.allSatisfy { $0.open == 0 })
        }
    }

    @Test("keys, projects and members are handled by keyboard alone, with the focus always to be seen")
    func sections() async throws {
        try await ConsoleUnderTest.run(.sqlite, ["email.from=desk@example.com"]) { console in
            try await console.account("root@example.com", role: "administrator")
            try await ConsoleSectionTests.furnish(console)
            let lines = try await Self.browse("sections", console)
            let unseen = lines.first { $0["unseen"] != nil }?["unseen"] as? [Any]
            #expect(unseen?.isEmpty == true, "\(unseen ?? [])")
            let administration = try console.administration()
            let members = try await administration.members(ofProject: "apollo")
            #expect(members.contains { $0.email == "ben@example.com" && $0.role == "owner" })
            #expect(try await administration.projects(matching: "by-keyboard").count == 1)
            #expect(try await administration.apiKeys(of: nil).count == 2)
        }
    }

    @Test("is used by keyboard alone, with the focus always to be seen")
    func keyboard() async throws {
        try await ConsoleUnderTest.run { console in
            try await console.account("root@example.com", role: "administrator")
            let lines = try await Self.browse("keyboard", console)
            let first = lines.first { $0["first"] != nil }?["first"] as? [String: Any]
            #expect(first?["href"] as? String == "#content")
            #expect(lines.contains { $0["skipped"] as? String == "#content" })
            #expect(lines.contains { $0["made"] as? Bool == true })
            let unseen = lines.first { $0["unseen"] != nil }?["unseen"] as? [Any]
            #expect(unseen?.isEmpty == true, "\(unseen ?? [])")
            #expect(try await console.administration().list(matching: "by-keyboard").count == 1)
        }
    }

    /// What somebody plants in a comment: everything that a page can do to another origin.
    private static func script(_ console: String, _ victim: String) -> String {
        """
        window.loot = [];
        const C = "\(console)";
        const note = (what, value) => window.loot.push(what + ": " + String(value).slice(0, 120));
        (async () => {
          note("cookie", document.cookie);
          for (const [what, init] of [["read", {credentials: "include"}], ["blind", {credentials: "include", mode: "no-cors"}]])
            try { const a = await fetch(C + "/console/users", init); note(what, a.type + " " + (await a.text()).length); }
            catch (error) { note(what, "refused"); }
          for (const path of ["/console/users", "/console/users/\(victim)/role", "/console/sign-out", "/console/audit/verify"])
            try { await fetch(C + path, {method: "POST", credentials: "include", mode: "no-cors",
              headers: {"Content-Type": "application/x-www-form-urlencoded"}, body: "email=evil@example.com&role=administrator"}); note("post", path); }
            catch (error) { note("post", "refused"); }
          const frame = document.createElement("iframe"); frame.name = "inside"; frame.src = C + "/console/users"; document.body.append(frame);
          await new Promise(done => { frame.onload = done; setTimeout(done, 3000); });
          try { note("frame", frame.contentDocument ? frame.contentDocument.title : "closed"); } catch (error) { note("frame", "closed"); }
          const form = document.createElement("form"); form.method = "post"; form.action = C + "/console/users"; form.target = "inside";
          form.innerHTML = '<input name=email value=evil@example.com><input name=role value=administrator><input name=csrf_token value=x>';
          document.body.append(form); form.submit();
          const other = form.cloneNode(true); other.target = "popup"; document.body.append(other);
          const popup = window.open(C + "/console/users", "popup");
          await new Promise(done => setTimeout(done, 1500));
          try { note("popup", popup ? popup.document.title : "blocked"); } catch (error) { note("popup", "closed"); }
          other.submit();
          document.cookie = "seaworthy-console=planted; path=/console";
          await new Promise(done => setTimeout(done, 1500));
          window.attackIsOver = true;
        })();
        """
    }

    @Test(
        "a script planted in the app can't read it or act there while an administrator is signed in, and the events show it"
    )
    func attack() async throws {
        var configuration = DeskConfiguration()
        configuration.requestsPerMinute = 0
        configuration.flaws = FlawSelection([.storedScript, .missingCSP, .noCSRF])
        configuration.bcryptCost = 4
        let desk = try await TradingDesk.start(configuration)
        try await ConsoleUnderTest.run(.sqlite, ["upstream=http://127.0.0.1:\(desk.port)"]) { console in
            try await console.account("root@example.com", role: "administrator")
            try await console.account("victim@example.com", role: "person")
            let victim = try await console.id(of: "victim@example.com")
            let before = try await console.kinds()
            let script = Self.script("http://127.0.0.1:\(console.port)", victim)
            let lines = try await Self.browse("attack", console, ["script": script])
            let loot = try #require(lines.first { $0["attacker"] != nil }?["attacker"] as? [String])
            #expect(loot.contains("read: refused") && loot.contains { $0 == "frame: closed" }, "\(loot)")
            #expect(!loot.contains { $0.contains("seaworthy-console") }, "\(loot)")
            #expect(!loot.contains { $0.contains("Users") }, "\(loot)")
            let words = lines.first { $0["words"] != nil }?["words"] as? [String] ?? []
            #expect(words.allSatisfy { !$0.contains("victim@") }, "\(words)")
            // Nothing happened.
            #expect(try await console.administration().list(matching: "evil@").isEmpty)
            let account = try #require(try await console.administration().list(matching: "victim@").first)
            #expect(account.role.rawValue == "person")
            let after = try await console.kinds()
            for kind in ["account.created", "role.granted", "console.closed", "job.run-by-hand"] {
                #expect(after.count { $0 == kind } == before.count { $0 == kind }, "\(kind)")
            }
            #expect(after.contains("request.console-refused"))
            let refused = console.gateway.services.refusals.entries.filter { $0.reason == "console.cross-site" }
            #expect(refused.contains { $0.method == "POST" } && refused.contains { $0.method == "GET" })
            #expect(lines.contains { ($0["stillIn"] as? String) == "Users" }, "\(lines)")
        }
        await desk.stop()
    }
}
