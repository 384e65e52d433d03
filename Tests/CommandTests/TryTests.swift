import Foundation
import TestKit
import Testing

@Suite("try")
struct TryTests {
    private func app() async throws -> RawUpstream {
        try await scriptedApp { head in
            head.hasPrefix("GET / ")
                ? response("200 OK", ["Content-Type: text/html"], "<h1>My app</h1>")
                : response("404 Not Found", ["Content-Type: text/html"], "<h1>Not here</h1>")
        }
    }

    @Test("Without a terminal it compares the app with an enforcing gateway and says how to go on")
    func compares() async throws {
        let app = try await app()
        let workspace = try Workspace()
        // A file that happens to lie around decides nothing.
        try workspace.write("seaworthy.yaml", "mode: nonsense\n")
        let running = try workspace.start(["try", "http://127.0.0.1:\(app.port)"])
        let run = try await running.finish(within: .seconds(120))
        #expect(run.status == 0, "\(run.err)")
        let row = try #require(run.out.split(separator: "\n").first { $0.contains("headers.content-type-options") })
        #expect(row.contains("FAILS") && row.contains("holds"), "\(row)")
        #expect(run.out.contains("seaworthy serve --upstream http://127.0.0.1:\(app.port)"))
        // The start page needs no inline script: the policy that the comparison enforced is named.
        #expect(run.out.contains("content-security-policy.mode: enforce"), "\(run.out)")
        #expect(!run.out.contains("\u{1B}"), "no colour where there is no terminal")
        // What the last column was made with can be had.
        #expect(run.out.contains("--set health.public=true \\\n    --set protection.headers"), "\(run.out)")
        for line in run.out.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
        await app.stop()
    }

    @Test("What would have been refused is listed at Ctrl-C with reason, path and count; nothing was refused")
    func observes() async throws {
        let app = try await app()
        let workspace = try Workspace()
        let running = try workspace.start(["try", "http://127.0.0.1:\(app.port)", "--no-check"])
        try await running.wait("the address") { running.out.contains("Ctrl-C lists") }
        let match = try #require(running.out.firstMatch(of: /http:\/\/127\.0\.0\.1:([0-9]+)\n/))
        let port = try #require(Int(match.output.1))
        for _ in 0..<2 {
            let client = try await RawConnection.open(port: port)
            try await client.send(
                "POST /transfer?token=secret HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nOrigin: https://evil.example\r\n"
                    + "Cookie: a=b\r\nSec-Fetch-Site: cross-site\r\nContent-Length: 0\r\n\r\n")
            let answer = await client.response(to: "POST")
            #expect(answer?.status == 404, "the app's own answer passes")
            await client.close()
        }
        running.signal(SIGINT)
        let run = try await running.finish(within: .seconds(30))
        #expect(run.status == 0)
        #expect(run.out.contains("2 × 403  csrf.cross-site"), "\(run.out)")
        #expect(run.out.contains("POST /transfer\n") && !run.out.contains("secret"))
        #expect(run.out.contains("upstream: http://127.0.0.1:\(app.port)"))
        for line in run.out.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
        await app.stop()
    }

    @Test(
        "No app there, another machine, a path: each is said",
        arguments: [
            ("http://127.0.0.1:1", 69, "can't be reached"), ("http://192.0.2.1", 64, "--i-am-authorised"),
            ("http://127.0.0.1:1/app", 64, "without a path"),
            ("https://127.0.0.1:1", 64, "is not the address of an app"),
        ] as [(String, Int32, String)])
    func refuses(_ url: String, _ status: Int32, _ expected: String) async throws {
        let workspace = try Workspace()
        let run = try await workspace.run("try", url)
        #expect(run.status == status && run.err.contains(expected), "\(run.status) \(run.err)")
    }
}
