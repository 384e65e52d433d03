import Foundation
import TestKit
import Testing

/// The design's second promise: a control that can be switched off without a check turning red is a bug.
@Suite("prove")
struct ProveTests {
    /// What `--format json` says.
    private struct Proof: Decodable {
        struct Row: Decodable {
            let control: String
            let how: String
            let verdict: String
            let turnedRed: [String]
            let witness: String?
            let reason: String?
        }
        let rows: [Row]
    }

    private func desk(_ workspace: Workspace, flaws: String) async throws -> (Running, String) {
        let running = try Running(
            program: Workspace.seaworthy.deletingLastPathComponent().appending(path: "tradingdesk"),
            arguments: ["--listen", "127.0.0.1:0", "--bcrypt-cost", "4", "--flaws", flaws, "--rate-limit", "0"],
            environment: [:], folder: workspace.folder)
        try await running.wait("the desk") { running.out.contains("\n") }
        let url = try #require(running.out.split(separator: "\n").first?.split(separator: " ").last.map(String.init))
        return (running, url)
    }

    private var readiness: String { Workspace.package.appending(path: "Examples/TradingDesk/readiness.yaml").path }

    @Test("Every control of the list is missed when it is off: by a check, or by what only the log can show")
    func everyControl() async throws {
        let workspace = try Workspace()
        let (desk, url) = try await desk(workspace, flaws: "edge")
        defer { desk.signal(SIGTERM) }
        let running = try workspace.start(["prove", url, "--readiness", readiness, "--format", "json"])
        let run = try await running.finish(within: .seconds(60))
        let proof = try JSONDecoder().decode(Proof.self, from: Data(run.out.utf8))
        let listing = try await workspace.run("pipeline", "--set", "upstream=\(url)").out
        let controls = Set(listing.split(separator: "\n").compactMap { $0.split(separator: " ").last.map(String.init) })
            .filter { $0.hasPrefix("protection.") || $0.hasPrefix("observability.") }
            // Where accounts are ours; each has a shadow with accounts.
            .union(["identity.session", "identity.lockout", "identity.password"])
        #expect(controls.count > 10 && Set(proof.rows.map(\.control)) == controls)
        for row in proof.rows {
            #expect(row.verdict == "proven", "\(row.control): \(row.reason ?? "")")
            #expect(!row.turnedRed.isEmpty || row.witness != nil, "\(row.control)")
            #expect(row.how == "\(row.control).mode=off" || row.how.hasPrefix("always on"), "\(row.how)")
        }
        #expect(run.status == 0, "\(run.err)")
    }

    @Test("A control that nobody wired doesn't hold, whichever it is: the proof of every control can fail")
    func unwired() async throws {
        let workspace = try Workspace()
        let (desk, url) = try await desk(workspace, flaws: "edge")
        defer { desk.signal(SIGTERM) }
        let run = try await workspace.start(
            ["prove", url, "--readiness", readiness, "--format", "json", "--unwired", "all"]
        ).finish(within: .seconds(120))
        let rows = try JSONDecoder().decode(Proof.self, from: Data(run.out.utf8)).rows
        #expect(run.status == 1 && rows.count > 20, "\(run.err)")
        for row in rows {
            #expect(row.verdict == "not-held", "\(row.control): \(row.verdict), \(row.reason ?? "")")
            #expect(row.turnedRed.isEmpty && row.witness == nil && row.reason?.isEmpty == false, "\(row.control)")
        }
    }

    @Test("Of one control that nobody wired the table says so, and proves the others")
    func oneUnwired() async throws {
        let workspace = try Workspace()
        let (desk, url) = try await desk(workspace, flaws: "edge")
        defer { desk.signal(SIGTERM) }
        let run = try await workspace.start(
            ["prove", url, "--unwired", "protection.headers"]
                + ["protection.headers", "protection.host", "observability.log"].flatMap { ["--only", $0] }
        ).finish(within: .seconds(60))
        #expect(run.status == 1, "\(run.out) \(run.err)")
        #expect(run.out.contains("protection.headers          NOT HELD"), "\(run.out)")
        #expect(run.out.contains("protection.host             proven          host.poisoned"), "\(run.out)")
        #expect(run.out.contains("Left out on purpose (--unwired): 1; seen: 1."), "\(run.out)")
        for line in run.out.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
    }

    @Test("Switching a control of accounts off turns exactly its own check red, and the others stay as they are")
    func accounts() async throws {
        let workspace = try Workspace()
        let (desk, url) = try await desk(workspace, flaws: "none")
        defer { desk.signal(SIGTERM) }
        let ids = ["identity.session", "identity.lockout", "identity.password"]
        let run = try await workspace.start(
            ["prove", url, "--format", "json"] + ids.flatMap { ["--only", $0] }
        ).finish(within: .seconds(60))
        #expect(run.status == 0, "\(run.err)")
        let rows = try JSONDecoder().decode(Proof.self, from: Data(run.out.utf8)).rows
        #expect(rows.map(\.control) == ids)
        #expect(rows.map(\.verdict) == ["proven", "proven", "proven"], "\(run.out)")
        #expect(
            rows.map(\.turnedRed) == [
                ["session.protected-routes"], ["identity.throttling"], ["identity.common-password"],
            ])
    }

    @Test("An app that refuses everybody at its start page says nothing against the sessions in front of it")
    func refusingApp() async throws {
        let app = try await scriptedApp { _ in response("401 Unauthorized", ["Content-Type: text/plain"], "no") }
        let workspace = try Workspace()
        let run = try await workspace.start(
            ["prove", "http://127.0.0.1:\(app.port)", "--only", "identity.session", "--only", "protection.csrf"]
        ).finish(within: .seconds(60))
        await app.stop()
        #expect(run.out.contains("identity.session            proven"), "\(run.out)")
        #expect(run.out.contains("protection.csrf             not observable"), "\(run.out)")
        #expect(run.status == 0)
    }

    @Test("Where a file's gateway has no accounts, that is said instead of a proof")
    func noAccounts() async throws {
        let workspace = try Workspace()
        let (desk, url) = try await desk(workspace, flaws: "none")
        defer { desk.signal(SIGTERM) }
        try workspace.write("seaworthy.yaml", "upstream: \(url)\nroutes:\n  default: app\n")
        let run = try await workspace.start(["prove", "--config", "seaworthy.yaml", "--only", "identity.lockout"])
            .finish(within: .seconds(60))
        #expect(run.status == 2 && run.out.contains("nobody signs in at this gateway"), "\(run.out) \(run.err)")
    }

    @Test("A file's gateway that has accounts is proven with the shadow's own, without the file's database and key")
    func ownAccounts() async throws {
        let workspace = try Workspace()
        let (desk, url) = try await desk(workspace, flaws: "none")
        defer { desk.signal(SIGTERM) }
        try workspace.write(
            "own.yaml",
            """
            upstream: \(url)
            environment: production
            public-url: https://shop.example
            routes.default: app
            database: \(workspace.folder.appending(path: "never.db").path)
            identity.sign-in: own
            identity.sign-up: open
            """)
        let run = try await workspace.start(
            ["prove", "--config", "own.yaml", "--format", "json", "--only", "identity.password"]
        ).finish(within: .seconds(60))
        #expect(run.status == 0, "\(run.err)")
        let rows = try JSONDecoder().decode(Proof.self, from: Data(run.out.utf8)).rows
        #expect(rows.map(\.verdict) == ["proven"], "\(run.out)")
        #expect(!FileManager.default.fileExists(atPath: workspace.folder.appending(path: "never.db").path))
    }

    @Test(
        "A file whose routes ask for a sign-in is proven like any other, whoever signs people in",
        arguments: [
            "identity.sign-in: own\nidentity.sign-up: open",
            "identity.sign-in: adopt\nidentity.adopt.login-path: /login\nidentity.adopt.session-cookie: session\n"
                + "identity.adopt.logout-path: /logout",
        ])
    func signedInRoutes(_ identity: String) async throws {
        let app = try await scriptedApp { _ in
            response("200 OK", ["Content-Type: text/html", "X-Powered-By: x"], "<h1>My app</h1>")
        }
        let workspace = try Workspace()
        try workspace.write(
            "own.yaml",
            """
            upstream: http://127.0.0.1:\(app.port)
            environment: production
            public-url: https://shop.example
            database: postgres://u:p@127.0.0.1:1/never
            redis: redis://127.0.0.1:1
            routes:
              default: app
              list:
                - {path: /orders/**, access: signed-in}
            \(identity)
            """)
        let run = try await workspace.start(
            ["prove", "--config", "own.yaml", "--only", "protection.headers", "--only", "observability.log"]
        ).finish(within: .seconds(60))
        await app.stop()
        #expect(run.status == 0 && run.out.contains("2 controls: 2 proven"), "\(run.out) \(run.err)")
    }

    @Test("On an app that does the same itself, that is said instead of a proof")
    func soundApp() async throws {
        let workspace = try Workspace()
        let (desk, url) = try await desk(workspace, flaws: "none")
        defer { desk.signal(SIGTERM) }
        let running = try workspace.start(
            ["prove", url, "--readiness", readiness, "--only", "protection.csrf", "--only", "protection.https"])
        let run = try await running.finish(within: .seconds(60))
        #expect(run.status == 0, "\(run.err)")
        #expect(run.out.contains("protection.csrf             not observable"), "\(run.out)")
        #expect(run.out.contains("the app does it itself: csrf.cross-site-write"), "\(run.out)")
        #expect(run.out.contains("protection.https            proven          tls.redirect"), "\(run.out)")
        for line in run.out.split(separator: "\n") { #expect(line.count <= 80 && line.last != " ", "\(line)") }
        #expect(!run.out.contains("\u{1B}"))
    }

    @Test("The settings of a file hold in the shadows, whatever doors and modes it names")
    func ownFile() async throws {
        let workspace = try Workspace()
        let (desk, url) = try await desk(workspace, flaws: "edge")
        defer { desk.signal(SIGTERM) }
        try workspace.write(
            "seaworthy.yaml",
            """
            upstream: \(url)
            environment: production
            mode: observe
            listen: 0.0.0.0:443
            public-url: https://desk.example
            hosts: [desk.example]
            routes:
              default: app
            protection.exposure.hide: []
            """)
        let controls = ["protection.exposure", "protection.host"].flatMap { ["--only", $0] }
        let run = try await workspace.start(["prove", "--config", "seaworthy.yaml"] + controls)
            .finish(within: .seconds(60))
        #expect(run.out.contains("protection.exposure         NOT HELD"), "\(run.out) \(run.err)")
        #expect(run.out.contains("protection.host             proven          host.poisoned"), "\(run.out)")
        #expect(run.status == 1)
        // Proven of shadows that enforce: that the file's own gateway doesn't is said beside it.
        let words = run.out.split { $0.isWhitespace }.joined(separator: " ")
        #expect(words.contains("(a shadow does). observe: protection.host, protection.exposure."), "\(run.out)")
        for line in run.out.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
    }

    @Test(
        "What it can't do is said, with the status that the manual names",
        arguments: [
            (["prove"], 64, "Which app?"), (["prove", "https://127.0.0.1:1"], 64, "is not the address of an app"),
            (["prove", "http://192.0.2.1"], 64, "--i-am-authorised"),
            (["prove", "http://127.0.0.1:1"], 69, "can't be reached"),
            (["prove", "http://127.0.0.1:1", "--only", "protection.csrff"], 64, "protection.csrf?"),
            (["prove", "http://127.0.0.1:1", "--unwired", "protection.csrff"], 64, "protection.csrf?"),
            (
                ["prove", "http://127.0.0.1:1", "--only", "protection.csrf", "--unwired", "protection.host"], 64,
                "isn't among"
            ),
            (["prove", "--config", "nowhere.yaml"], 78, "nowhere.yaml"),
        ] as [([String], Int32, String)])
    func refuses(_ arguments: [String], _ status: Int32, _ expected: String) async throws {
        let workspace = try Workspace()
        let run = try await workspace.start(arguments).finish(within: .seconds(30))
        #expect(run.status == status && run.err.contains(expected), "\(run.status) \(run.err)")
    }
}
