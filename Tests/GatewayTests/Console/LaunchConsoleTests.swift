import Foundation
import Kernel
import LaunchDesk
import Readiness
import Store
import TestKit
import Testing

@testable import Gateway

/// A gateway with a plan, two runs of check and people who sign.
struct LaunchUnderTest {
    static let target = "http://127.0.0.1:8080"

    /// What `seaworthy check` would have remembered.
    static func store(
        _ folder: String, at startedAt: String, evidence: String, score: Int, failing: [String] = [],
        blockers: [String] = []
    ) throws {
        func check(_ id: String) -> [String: Any] {
            [
                "id": id, "title": "About \(id)", "severity": "major",
                "outcome": failing.contains(id) ? "fails" : "holds", "summary": "what \(id) saw",
            ]
        }
        func item(_ id: String, _ text: String, _ role: String?) -> [String: Any] {
            var item: [String: Any] = [
                "id": id, "text": text, "level": "mvp", "decidedBy": "signature", "outcome": "notAvailable",
                "required": role.map { "signed: \($0)" } ?? "signed", "actual": "not signed",
            ]
            if let role { item["role"] = role }
            return item
        }
        let items = [
            item("sign-off-quality", "Signed by the QA Lead", "QA Lead"),
            item("sign-off-security", "Signed by the Security Lead", "Security Lead"),
            item("team-trained", "The team is trained", nil),
        ]
        var blocking: [[String: Any]] = []
        for id in ["sign-off-quality", "sign-off-security", "team-trained"] {
            blocking.append(["kind": "not-evaluated", "reason": "not signed", "criterion": id])
        }
        for id in blockers { blocking.append(["kind": "failure", "reason": "it fails", "check": id]) }
        let json: [String: Any] = [
            "recordVersion": 1, "target": target, "startedAt": startedAt, "seconds": 9.5, "level": "mvp",
            "decision": "no-go", "score": score, "isInterrupted": false, "evidence": evidence,
            "checks": ["headers.csp", "cookies.flags", "errors.leak"].map(check), "criteria": items,
            "blockers": blocking,
        ]
        let bytes = Array(try JSONSerialization.data(withJSONObject: json))
        let record = try #require(RunRecord(json: bytes))
        try RunHistory(folder: URL(filePath: folder), target: target).append(record, word: "test")
    }

    static let plan = """
        # Release 1
        Profiles: Chromium desktop, Safari phone

        ## Sign-in
        - [ ] AUTH-01: Sign in with the right password
          - Open the form, fill it in, send it
          - expected: The desk is shown
          - url: /sign-in
          - expect: 200
        - [ ] AUTH-02: Sign in with a wrong password
          - expected: One sentence, the same for unknown addresses

        ## Charts
        - [ ] CH-01: <script>alert(1)</script> is shown as text
        """

    static func run<Value>(
        _ engine: DatabaseEngine = .sqlite, _ work: (ConsoleUnderTest, String) async throws -> Value
    ) async throws -> Value {
        let directory = try TemporaryDirectory("launch")
        defer { directory.remove() }
        let folder = directory.file("checks")
        try store(
            folder, at: "2026-11-20T10:00:00Z", evidence: "e1", score: 71, failing: ["errors.leak"],
            blockers: ["errors.leak"])
        try store(folder, at: "2026-11-21T10:00:00Z", evidence: "e2", score: 93)
        return try await ConsoleUnderTest.run(engine, ["console.checks=\(folder)"]) { console in
            try await desk(console).importPlan(
                PlanReader.read(Array(plan.utf8), as: .markdown, name: "plan"))
            return try await work(console, folder)
        }
    }

    static func desk(_ console: ConsoleUnderTest) throws -> LaunchDesk {
        let trail = try #require(console.gateway.services.trail)
        let ports = SystemPorts()
        return LaunchDesk(
            database: try console.database, audit: trail.journal, clock: ports.wallClock, random: ports.random,
            actor: "cli:test")
    }
}

@Suite("Acceptance and sign-offs in the console", .serialized)
struct LaunchConsoleTests {
    @Test(
        "works items through: the next open one follows, refusals keep everything", arguments: DatabaseEngine.allCases)
    func acceptance(_ engine: DatabaseEngine) async throws {
        try await LaunchUnderTest.run(engine) { console, _ in
            var client = try await console.client("operator")
            let overview = try await client.get("/console/uat")
            #expect(
                overview.status == 200 && overview.text.contains("0 of 3 items")
                    && overview.text.contains("Safari phone"))
            let items = try await LaunchUnderTest.desk(console).lines(of: nil)
            func path(_ index: Int) -> String { "/console/uat/items/\(items[index].item.id)" }
            let page = try await client.get(path(0))
            #expect(page.text.contains("accesskey=\"p\"") && page.text.contains("Open the form, fill it in, send it"))
            let hostile = try await client.get(path(2))
            #expect(!hostile.text.contains("<script>") && hostile.text.contains("&lt;script&gt;"))
            _ = try await client.get(path(0))
            let noted = ["profile": "Safari phone", "outcome": "fail", "note": ""]
            #expect(try await client.post("\(path(0))/result", noted).status == 422)
            #expect(try await client.post("\(path(0))/result", ["profile": "Lynx", "outcome": "pass"]).status == 422)
            #expect(
                try await client.post("\(path(0))/result", ["profile": "Safari phone", "outcome": "ok"]).status == 422)
            #expect(try await LaunchUnderTest.desk(console).item(items[0].item.id).results.isEmpty)
            _ = try await client.get(path(0))
            let done = try await client.post(
                "\(path(0))/result", ["profile": "Safari phone", "outcome": "fail", "note": "It stays blank"])
            #expect(done.value("location") == "\(path(1))?profile=Safari%20phone&done=recorded")
            for index in 1...2 {
                _ = try await client.post("\(path(index))/result", ["profile": "Safari phone", "outcome": "pass"])
            }
            // Nothing is open on the phone any more: what is left on the desktop follows.
            let last = try await client.post("\(path(1))/result", ["profile": "Safari phone", "outcome": "pass"])
            #expect(last.value("location") == "\(path(2))?done=recorded")
            let after = try await client.get("/console/uat/items?state=fail")
            #expect(after.text.contains("AUTH-01") && !after.text.contains("AUTH-02"))
            #expect(try await console.count("uat.recorded") == 4)
            // To somebody, by an address that has an account.
            #expect(try await client.post("\(path(0))/assign", ["to": "nobody@example.com"]).status == 422)
            #expect(
                try await client.post("\(path(0))/assign", ["to": "operator@example.com", "all": "yes"]).status == 303)
            let mine = try await client.get("/console/uat/items?whose=mine")
            #expect(mine.text.contains("AUTH-01") && mine.text.contains("AUTH-02") && !mine.text.contains("CH-01"))
            let csv = try await client.get("/console/uat/export")
            #expect(csv.value("content-disposition") == "attachment; filename=\"acceptance.csv\"")
            #expect(csv.text.contains("\"It stays blank\"") && csv.text.contains("operator@example.com"))
        }
    }

    @Test("keeps files by what is in them, and gives them back as files only")
    func files() async throws {
        try await LaunchUnderTest.run { console, _ in
            var client = try await console.client("operator")
            let item = try #require(try await LaunchUnderTest.desk(console).lines(of: nil).first).item
            let path = "/console/uat/items/\(item.id)"
            _ = try await client.get(path)
            func send(_ name: String, _ content: [UInt8], token: String? = nil) async throws -> RawResponse {
                let head =
                    "--b\r\nContent-Disposition: form-data; name=\"csrf_token\"\r\n\r\n\(token ?? client.token)\r\n"
                let file = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\(name)\"\r\n\r\n"
                let body = Array((head + file).utf8) + content + Array("\r\n--b--\r\n".utf8)
                return try await client.ask(
                    "POST", "\(path)/files", [("Content-Type", "multipart/form-data; boundary=b")], body: body)
            }
            let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 1, 2, 3]
            #expect(try await send("a.png", png, token: "wrong").status == 403)
            #expect(try await send("a.png", Array("<!DOCTYPE html><script>".utf8)).status == 422)
            _ = try await client.get(path)
            #expect(try await send("a.png", [UInt8](repeating: 0x61, count: 2_300_000)).status == 413)
            #expect(try await send("page.html", png).status == 303)
            let kept = try #require(try await LaunchUnderTest.desk(console).item(item.id).files.first)
            let answer = try await client.get("\(path)/files/\(kept.id)")
            #expect(answer.status == 200 && answer.body == png && answer.value("content-type") == "image/png")
            #expect(answer.value("content-disposition") == "attachment; filename=\"page.png\"")
            #expect(answer.value("x-content-type-options") == "nosniff")
            #expect(answer.value("content-security-policy") == "default-src 'none'; sandbox")
            // Cut off, or another form of it: nothing is kept.
            for body in ["--b\r\nContent-Disp", "", "--b--", "--b\r\n\r\n\r\n--b--"] {
                let odd = try await client.ask(
                    "POST", "\(path)/files", [("Content-Type", "multipart/form-data; boundary=b")],
                    body: Array(body.utf8))
                #expect([400, 403].contains(odd.status), "\(body.debugDescription): \(odd.status)")
            }
            #expect(try await LaunchUnderTest.desk(console).item(item.id).files.count == 1)
        }
    }

    @Test(
        "signs by role for the evidence that was seen; new evidence opens it again; a GO needs all",
        arguments: DatabaseEngine.allCases)
    func signing(_ engine: DatabaseEngine) async throws {
        try await LaunchUnderTest.run(engine) { console, folder in
            var administrator = try await console.client("administrator")
            var quality = try await console.client("operator")
            let page = try await administrator.get("/console/launch")
            #expect(page.text.contains("NO-GO") && page.text.contains("3 signatures missing"))
            func fields(_ item: String, _ evidence: String = "e2") -> [String: String] {
                ["target": LaunchUnderTest.target, "item": item, "evidence": evidence, "note": "looked at it"]
            }
            let without = try await quality.post("/console/launch/sign", fields("sign-off-quality"))
            #expect(
                without.status == 422 && without.text.contains("don&#39;t sign as QA Lead")
                    || without.text.contains("QA Lead"))
            _ = try await administrator.get("/console/launch")
            for (email, role) in [("operator@example.com", "QA Lead"), ("administrator@example.com", "Security Lead")] {
                let given = try await administrator.post(
                    "/console/launch/roles", ["email": email, "role": role, "act": "give"])
                #expect(given.status == 303)
            }
            _ = try await quality.get("/console/launch")
            #expect(try await quality.post("/console/launch/sign", fields("sign-off-security")).status == 422)
            _ = try await quality.get("/console/launch")
            let stale = try await quality.post("/console/launch/sign", fields("sign-off-quality", "e1"))
            #expect(stale.status == 422 && stale.text.contains("another run has been stored since"))
            _ = try await quality.get("/console/launch")
            #expect(try await quality.post("/console/launch/sign", fields("sign-off-quality")).status == 303)
            #expect(try await quality.post("/console/launch/sign", fields("team-trained")).status == 303)
            #expect(try await administrator.post("/console/launch/sign", fields("sign-off-security")).status == 303)
            let go = try await administrator.get("/console/launch")
            #expect(go.text.contains(">GO<") && go.text.contains("everything is signed"))
            // What check is given.
            let names = [try await console.id(of: "operator@example.com"): "operator@example.com"]
            let file = try await LaunchUnderTest.desk(console).launchFile(of: LaunchUnderTest.target, names: names)
            #expect(file.signatures.count == 3 && file.signatures.allSatisfy { $0.evidence == "e2" })
            // Taken back with a reason.
            let id = try #require(
                try await LaunchUnderTest.desk(console).signOffs(of: LaunchUnderTest.target).first {
                    $0.item == "team-trained"
                }
            ).id
            #expect(try await administrator.post("/console/launch/revoke", ["id": id]).status == 422)
            _ = try await administrator.get("/console/launch")
            #expect(
                try await administrator.post("/console/launch/revoke", ["id": id, "reason": "two were ill"]).status
                    == 303)
            let back = try await administrator.get("/console/launch")
            #expect(back.text.contains("NO-GO") && back.text.contains("two were ill"))
            // Another run with other evidence: everything is open again.
            try LaunchUnderTest.store(folder, at: "2026-11-22T10:00:00Z", evidence: "e3", score: 93)
            let reopened = try await administrator.get("/console/launch")
            #expect(reopened.text.contains("open again") && reopened.text.contains("3 signatures missing"))
            for kind in ["launch.signed", "launch.revoked", "launch.role-given"] {
                #expect(try await console.kinds().contains(kind), "\(kind)")
            }
        }
    }

    @Test("asks for the password again before a signature that comes later than five minutes")
    func stepUp() async throws {
        try await LaunchUnderTest.run { console, _ in
            var client = try await console.client("administrator")
            _ = try await client.get("/console/launch")
            let old = SystemWallClock().now().later(by: .seconds(-400))
            try await console.database.transaction("test.age") { db in
                try db.execute("UPDATE console_sessions SET authenticated_at = \(old)")
            }
            let fields = [
                "target": LaunchUnderTest.target, "item": "team-trained", "evidence": "e2", "back": "/console/launch",
            ]
            let asked = try await client.post("/console/launch/sign", fields)
            #expect(asked.value("location") == "/console/confirm?return-to=/console/launch")
            #expect(try await LaunchUnderTest.desk(console).signOffs(of: LaunchUnderTest.target).isEmpty)
            _ = try await client.get("/console/confirm?return-to=/console/launch")
            let confirmed = try await client.post(
                "/console/confirm", ["password": GatewayWithAccounts.password, "return-to": "/console/launch"])
            #expect(confirmed.status == 303)
            _ = try await client.get("/console/launch")
            #expect(try await client.post("/console/launch/sign", fields).status == 303)
            #expect(try await LaunchUnderTest.desk(console).signOffs(of: LaunchUnderTest.target).count == 1)
        }
    }

    @Test("shows runs with their trend, and what turned green between two")
    func runs() async throws {
        try await LaunchUnderTest.run { console, folder in
            var client = try await console.client("operator")
            let list = try await client.get("/console/runs")
            #expect(
                list.text.contains("▆█") || list.text.contains("▅▇") || list.text.contains("▆▇"),
                "\(list.text.prefix(100))")
            #expect(list.text.contains("2026-11-21 10:00:00 UTC") && list.text.contains("was 71 on 2026-11-20"))
            let path =
                "/console/runs/compare?target=\(LaunchUnderTest.target)&from=2026-11-20T10:00:00Z&to=2026-11-21T10:00:00Z"
            let compared = try await client.get(path)
            #expect(compared.text.contains("errors.leak") && compared.text.contains("Nothing is worse."))
            let worse = try await client.get(
                "/console/runs/compare?target=\(LaunchUnderTest.target)&from=2026-11-21T10:00:00Z&to=2026-11-20T10:00:00Z"
            )
            #expect(worse.text.contains("Something is worse."))
            let none = try await client.get("/console/runs/compare?target=x&from=y&to=z")
            #expect(none.status == 200 && none.text.contains("Choose two runs"))
            // Broken and foreign files in the folder are left out.
            let own = RunHistory(folder: URL(filePath: folder), target: LaunchUnderTest.target).own
            try Data("{".utf8).write(to: own.appending(path: "9999.json"))
            #expect(try await client.get("/console/runs").text.contains("was 71 on 2026-11-20"))
        }
    }
}
