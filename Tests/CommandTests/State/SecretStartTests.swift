import Foundation
import TestKit
import Testing

/// Secrets as `serve` judges them at its start, and the ring that it opens.
@Suite("Secrets at the start")
struct SecretStartTests {
    /// 32 random bytes each, made for these tests.
    static let keys = [
        "q3JvT0yHkZbW8xN5uQe1mLs7RfDgAcP2iVtX6oKjYwE=", "Zk8sVb2NxQ4tLw9rGm1yHc6JpEo3UdTa7iFqXvR5KjA=",
        "b7YdQp5WnKx2RvTz9LcHs4MfUj6GeAo1XtIyPq3BwEk=",
    ]

    private static func production(_ workspace: Workspace, _ more: [String] = []) -> [String] {
        ["serve", "--upstream", "http://127.0.0.1:9", "--environment", "production", "--set", "routes.default=app"]
            + ServeTests.anyPort + more
    }

    /// Starts it, waits until it is up, ends it.
    private static func runs(_ running: Running) async throws {
        _ = try await running.doors()
        try await running.wait("its start") { running.out.contains("\"started\"") }
        running.signal(SIGTERM)
        #expect(try await running.finish(within: .seconds(20)).status == 0, "\(running.err)")
    }

    @Test("Production refuses weak, default, example and development secrets, all at once: 78, and shows none of them")
    func refused() async throws {
        let workspace = try Workspace()
        let weak = [
            "SECRET_KEY": "django-insecure-canary-4711-8ab",
            "JWT_SECRET": "your-256-bit-secret",
            "REDIS_URL": "redis://:changeme@cache.example:6379/0",
            "DATABASE_URL": "postgres://canary4711:canary4711@db.example/app",
        ]
        let run = try await workspace.start(
            Self.production(workspace, ["--set", "secrets.database-url=ours"]),
            environment: weak.merging(
                ["SEAWORTHY_DATABASE": ""]) { $1 }
        ).finish(within: .seconds(20))
        #expect(run.status == 78, "\(run.err)")
        for name in weak.keys { #expect(run.err.contains("\n  \(name) "), "\(name): \(run.err)") }
        for text in ["canary", "4711", "changeme", "256-bit"] { #expect(!run.err.contains(text), "\(run.err)") }
        // A line of the log each, for whoever only reads that.
        let told = run.out.split(separator: "\n").filter { $0.contains("\"type\":\"secret.refused\"") }
        for name in weak.keys {
            #expect(told.contains { $0.contains("\"secret\":\"\(name)\"") }, "\(name): \(run.out)")
        }
        for text in ["canary", "4711", "changeme", "256-bit"] { #expect(!run.out.contains(text), "\(run.out)") }
        #expect(!run.out.contains("\"started\"") && !workspace.exists(".seaworthy"))
    }

    @Test("Production with a database wants a secret-key: 78, and how to make one; without a database it starts")
    func missing() async throws {
        let workspace = try Workspace()
        let run = try await workspace.start(Self.production(workspace, ["--database", "a.db"])).finish(
            within: .seconds(20))
        #expect(run.status == 78 && run.err.contains("secret-key") && run.err.contains("openssl rand"), "\(run.err)")
        try await Self.runs(try workspace.start(Self.production(workspace)))
    }

    @Test("A secret's file that others can read is refused in production and noted in development")
    func files() async throws {
        let workspace = try Workspace()
        try workspace.write("key", Self.keys[0] + "\n")
        for (mode, status) in [(0o644, 78), (0o660, 78), (0o400, 0)] as [(mode_t, Int32)] {
            chmod(workspace.path("key"), mode)
            for name in ["SECRET_KEY_FILE", "SEAWORTHY_SECRET_KEY_FILE"] {
                let running = try workspace.start(
                    Self.production(workspace, ["--database", "a.db"]), environment: [name: workspace.path("key")])
                if status == 0 {
                    try await Self.runs(running)
                } else {
                    let run = try await running.finish(within: .seconds(20))
                    #expect(run.status == status, "\(name) \(mode): \(run.err)")
                    #expect(run.err.contains(name) && run.err.contains("chmod 400") && !run.err.contains(Self.keys[0]))
                }
            }
        }
        chmod(workspace.path("key"), 0o644)
        let running = try workspace.serving("b.db", environment: ["SECRET_KEY_FILE": workspace.path("key")])
        _ = try await running.doors()
        #expect(running.err.contains("warning: SECRET_KEY_FILE") && running.err.contains("production will refuse it"))
        try await Self.runs(running)
    }

    @Test("Development notes what production refuses, and starts; an app's own variables do no harm")
    func development() async throws {
        let workspace = try Workspace()
        let running = try workspace.serving(
            "a.db",
            environment: [
                "SECRET_KEY": "dev", "JWT_SECRET": "secret", "DATABASE_URL": "postgres://app:app@127.0.0.1/app",
                "REDIS_URL": "rediss://:hunter2hunter2@cache.example:6380",
            ])
        _ = try await running.doors()
        for words in [
            "SECRET_KEY: is", "JWT_SECRET: is", "DATABASE_URL: ", "REDIS_URL: isn't used",
        ] {
            #expect(running.err.contains("warning: \(words)"), "\(words): \(running.err)")
        }
        #expect(!running.err.contains("hunter2"))
        try await Self.runs(running)
    }

    @Test("A developer's first start makes a root key beside the database; without it the ring doesn't open: 78")
    func developer() async throws {
        let workspace = try Workspace()
        try await Self.runs(try workspace.serving("a.db"))
        let key = try FileManager.default.attributesOfItem(atPath: workspace.path("a.db.key"))
        #expect(key[.posixPermissions] as? Int == 0o600)
        let list = try await workspace.run("secrets", "list", "--database", "a.db")
        #expect(list.status == 0, "\(list.err)")
        for purpose in [
            "session", "token", "access-token", "csrf", "mail", "webhook", "at-rest", "blind-index", "password-pepper",
        ] {
            #expect(list.out.contains("  \(purpose) "), "\(purpose): \(list.out)")
        }
        for line in list.out.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
        try await Self.runs(try workspace.serving("a.db"))
        try FileManager.default.removeItem(atPath: workspace.path("a.db.key"))
        let run = try await workspace.start(
            ["serve", "--upstream", "http://127.0.0.1:9", "--database", "a.db"] + ServeTests.anyPort
        ).finish(within: .seconds(20))
        #expect(
            run.status == 78 && run.err.contains("root key") && run.err.contains("earlier secret-key"), "\(run.err)")
        // The database is open by then: the refusal stands in its trail.
        #expect(run.out.contains("\"type\":\"secret.refused\""), "\(run.out)")
        let trail = try await workspace.trail("a.db")
        #expect(trail.count { $0.kind == "secret.refused" && $0.details?["secret"] == "secret-key" } == 1)
    }

    @Test("A secret's file that is older than secrets.rotate-after is told at the start")
    func old() async throws {
        let workspace = try Workspace()
        try workspace.write("key", Self.keys[0] + "\n")
        chmod(workspace.path("key"), 0o400)
        let written = Date(timeIntervalSinceNow: -100 * 86_400)
        try FileManager.default.setAttributes([.modificationDate: written], ofItemAtPath: workspace.path("key"))
        let running = try workspace.serving("a.db", environment: ["SECRET_KEY_FILE": workspace.path("key")])
        try await running.wait("the line") { running.out.contains("\"type\":\"secret.overdue\"") }
        try await Self.runs(running)
        let told = try await workspace.trail("a.db").first { $0.kind == "secret.overdue" }
        #expect(told?.details?["days"] == "100", "\(told.map { "\($0)" } ?? "")")
    }

    @Test("The root key changes by a list: new first, old behind, then the old one goes; a stranger's opens nothing")
    func rootKey() async throws {
        let workspace = try Workspace()
        func serving(_ keys: String...) throws -> Running {
            try workspace.start(
                Self.production(workspace, ["--database", "a.db"]),
                environment: ["SECRET_KEY": keys.joined(separator: "\n")])
        }
        try await Self.runs(try serving(Self.keys[0]))
        let early = try await serving(Self.keys[1]).finish(within: .seconds(20))
        #expect(early.status == 78 && early.err.contains("earlier secret-key"), "\(early.err)")
        let rotated = try await workspace.run(
            "secrets", "rotate", "root", "--database", "a.db", "--environment", "production",
            environment: ["SECRET_KEY": "\(Self.keys[1])\n\(Self.keys[0])"])
        #expect(rotated.status == 0 && rotated.out.contains("9 keys are wrapped by"), "\(rotated.out)\(rotated.err)")
        try await Self.runs(try serving(Self.keys[1]))
        // A start does the same by itself.
        try await Self.runs(try serving(Self.keys[2], Self.keys[1]))
        try await Self.runs(try serving(Self.keys[2]))
        let old = try await serving(Self.keys[1]).finish(within: .seconds(20))
        #expect(old.status == 78, "\(old.err)")
    }

    @Test("A reload names the secrets that changed, and what of them waits for the next start")
    func reload() async throws {
        let workspace = try Workspace()
        try workspace.write("key", Self.keys[0])
        try workspace.write("jwt", Self.keys[2])
        for name in ["key", "jwt"] { chmod(workspace.path(name), 0o600) }
        let running = try workspace.serving(
            "a.db", "--pid-file", "g.pid",
            environment: ["SECRET_KEY_FILE": workspace.path("key"), "JWT_SECRET_FILE": workspace.path("jwt")])
        _ = try await running.doors()
        try workspace.write("key", Self.keys[1] + "\n" + Self.keys[0])
        chmod(workspace.path("key"), 0o600)
        let reloaded = try await workspace.run("reload", "--pid-file", "g.pid")
        #expect(reloaded.status == 0 && reloaded.err.contains("secret-key: takes effect at the next start"))
        #expect(running.out.contains("\"secretsChanged\":[\"SECRET_KEY\"]"), "\(running.out)")
        #expect(!running.out.contains(Self.keys[1]))
        try await Self.runs(running)
    }

    @Test("A root key given by --set is in no list of processes; the worker has it all the same")
    func processes() async throws {
        let workspace = try Workspace()
        let running = try workspace.serving("a.db", "--set", "secret-key=\(Self.keys[0])")
        let worker = try await running.worker()
        #expect(!ProcessInsight(worker).commandLine.contains(Self.keys[0]))
        #expect(ProcessInsight(worker).environment.contains("SEAWORTHY_SECRET_KEY"))
        #expect(!workspace.exists("a.db.key"))
        try await Self.runs(running)
    }
}
