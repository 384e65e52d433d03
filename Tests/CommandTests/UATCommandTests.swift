import Foundation
import TestKit
import Testing

@Suite("Acceptance plans as a person runs them")
struct UATCommandTests {
    private static let plan = """
        # Release 1
        Profiles: Chromium desktop, phone, Firefox phone, Safari desktop

        ## Pages
        - [ ] P-1: The start page
          - url: /
          - expect: 200; text: Welcome   here
        - [ ] P-2: A page that isn't there
          - url: /nothing
          - expect: 200
        - [ ] P-3: Somebody looks at it
        """

    @Test("imports, says what is wrong with its line, tries it in browsers, exports, and check takes the rates in")
    func whole() async throws {
        let workspace = try Workspace()
        func run(_ arguments: String...) async throws -> (status: Int32, out: String, err: String) {
            let run = try await workspace.start(arguments).finish(within: .seconds(60))
            return (run.status, run.out, run.err)
        }
        let database = ["--database", "a.db"]
        func uat(_ arguments: String...) async throws -> (status: Int32, out: String, err: String) {
            let run = try await workspace.start(["uat"] + arguments + database).finish(within: .seconds(60))
            return (run.status, run.out, run.err)
        }
        try workspace.write("bad.csv", "component,item\nA,\"open\nB,b\n")
        try workspace.write("PLAN.md", Self.plan)
        #expect(try await uat("import", "PLAN.md").status != 0, "there is no schema yet")
        #expect(try await run("migrate", "up", "--database", "a.db").status == 0)
        #expect(try await uat("status").status == 2)
        let bad = try await uat("import", "bad.csv")
        #expect(bad.status == 65 && bad.err.contains("bad.csv:2: a quotation mark that is never closed"), "\(bad.err)")
        let none = try await uat("import", "none.md")
        #expect(none.status == 66 && none.err.contains("`none.md` isn't there"), "\(none.err)")
        try workspace.write("empty.csv", "")
        #expect(try await uat("import", "empty.csv").status == 65)
        let done = try await uat("import", "PLAN.md")
        #expect(done.status == 0 && done.out.contains("3 added"), "\(done.err)")
        #expect(try await uat("import", "PLAN.md").out.contains("3 unchanged"))
        let status = try await uat("status")
        #expect(status.status == 1 && status.out.contains("0.0 % of 3 items"), "\(status.out)")

        let app = try await RawUpstream.start { connection, _ in
            guard let request = await connection.request() else { return }
            let isStart = request.target == "/"
            let body = isStart ? "<!DOCTYPE html><title>a</title><h1>Welcome\n here</h1>" : "gone"
            try await connection.send(
                "HTTP/1.1 \(isStart ? "200 OK" : "404 Not Found")\r\nContent-Type: text/html\r\nConnection: close\r\n"
                    + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
        }
        defer { Task { await app.stop() } }
        #expect(try await uat("run", "http://example.com").status == 64)
        let tried = try await uat("run", "http://127.0.0.1:\(app.port)")
        #expect(tried.status == 1, "\(tried.out) \(tried.err)")
        #expect(tried.out.contains("✗ P-2 on phone: status 404 instead of 200"), "\(tried.out)")
        #expect(tried.out.contains("✗ P-2 on Firefox phone: status 404 instead of 200"), "\(tried.out)")
        #expect(tried.out.contains("3 of 6 tries passed; 2 on other browsers are left to people"), "\(tried.out)")
        // An app that isn't there says nothing of any item, and takes no result away.
        let away = try await uat("run", "http://127.0.0.1:9")
        #expect(away.status == 2 && away.out.contains("nothing was written down"), "\(away.out) \(away.err)")
        #expect(try await uat("status").out.contains("33.3 % of 3 items"))
        let unnamed = try await uat("run", "http://127.0.0.1:\(app.port)", "--plan", "nope")
        #expect(unnamed.status == 1 && unnamed.err.contains("no plan is called \"nope\""), "\(unnamed.err)")
        let csv = try await uat("export")
        #expect(csv.out.contains("\"phone\",\"pass\",\"automatic: status 200 at 390 pixels in Chromium"), "\(csv.out)")
        #expect(csv.out.contains("automatic: status 200 at 390 pixels in Firefox"), "\(csv.out)")
        let alone = try await workspace.start(
            ["uat", "run", "http://127.0.0.1:\(app.port)"] + database,
            environment: ["SEAWORTHY_FIREFOX": "/nowhere/firefox"]
        ).finish(within: .seconds(60))
        #expect(alone.out.contains("2 of 4 tries passed; 4 on other browsers are left to people"), "\(alone.out)")
        #expect(alone.out.contains("Firefox isn't there: `apt install firefox-esr`"), "\(alone.out)")
        let exported = try await uat("export", "--for-check", "launch.json")
        #expect(exported.status == 0 && exported.err.contains("4 figures and 0 sign-offs"), "\(exported.err)")
        let check = try await run(
            "check", "http://127.0.0.1:\(app.port)", "--profile", "trading", "--launch", "launch.json", "--format",
            "markdown", "--no-history", "--timeout", "20", "--only", "headers.content-security-policy")
        #expect(check.out.contains("33.33 %") || check.out.contains("launch.json"), "\(check.out) \(check.err)")
        for (name, words) in [
            ("key.pem", ["genpkey", "-algorithm", "ed25519"]),
            ("pub.pem", ["pkey", "-in", workspace.path("key.pem"), "-pubout"]),
        ] {
            let made = try await ForeignProgram.run("openssl", words + ["-out", workspace.path(name)])
            try #require(made.status == 0, "\(made.errors)")
        }
        let signed = try await uat("export", "--for-check", "signed.json", "--sign-key", "key.pem")
        #expect(signed.status == 0 && signed.err.contains(", signed"), "\(signed.err)")
        let verified = try await run("verify", "signed.json", "--key", "pub.pem")
        #expect(verified.status == 0 && verified.out.contains("uat.pass-rate 33.33"), "\(verified.out)\(verified.err)")
        func launch(_ file: String, _ more: String...) async throws -> Finished {
            try await workspace.start(
                ["check", "http://127.0.0.1:\(app.port)", "--launch", file, "--no-history", "--only", "health.live"]
                    + more
            )
            .finish(within: .seconds(60))
        }
        let keyed = try await launch("signed.json", "--launch-key", "pub.pem")
        #expect(keyed.status != 65 && keyed.status != 78, "\(keyed.err)")
        let unkeyed = try await launch("signed.json")
        #expect(unkeyed.status == 65 && unkeyed.err.contains("whose signature counts"), "\(unkeyed.err)")
        let unsigned = try await launch("launch.json", "--launch-key", "pub.pem")
        #expect(unsigned.status == 65 && unsigned.err.contains("isn't signed"), "\(unsigned.err)")
        try workspace.write("launch.json", try workspace.text("launch.json").replacing("33.33", with: "99.33"))
        let changed = try await run("check", "http://127.0.0.1:\(app.port)", "--launch", "launch.json")
        #expect(changed.status == 65 && changed.err.contains("digest doesn't match"), "\(changed.err)")
    }
}
