import Foundation
import TestKit
import Testing

@Suite("seaworthy secrets")
struct SecretsCommandTests {
    private struct Key: Decodable {
        let id, purpose, state: String
    }

    private static func keys(_ workspace: Workspace) async throws -> [Key] {
        let run = try await workspace.run("secrets", "list", "--format", "json", "--database", "a.db")
        return try JSONDecoder().decode([Key].self, from: Data(run.out.utf8))
    }

    /// A workspace whose database has a ring since a week.
    private static func opened() async throws -> Workspace {
        let workspace = try Workspace()
        let running = try workspace.serving(
            "a.db", "--set", "worker=none", environment: try await workspace.shifted(days: -7))
        _ = try await running.doors()
        running.signal(SIGTERM)
        #expect(try await running.finish(within: .seconds(20)).status == 0)
        return workspace
    }

    @Test("rotate makes one key however often it is asked, the old one stays valid; urgent, it doesn't")
    func rotate() async throws {
        let workspace = try await Self.opened()
        // Six processes at once.
        let runs = try (0..<6).map { _ in try workspace.start(["secrets", "rotate", "session", "--database", "a.db"]) }
        var texts: [String] = []
        for run in runs {
            let ended = try await run.finish(within: .seconds(30))
            #expect(ended.status == 0, "\(ended.err)")
            texts.append(ended.out)
        }
        #expect(texts.count { $0.contains("is new and signs from") } == 1, "\(texts)")
        #expect(texts.count { $0.contains("rotated already") } == 5, "\(texts)")
        #expect(texts.allSatisfy { $0.contains("stays valid until") })
        var sessions = try await Self.keys(workspace).filter { $0.purpose == "session" }
        #expect(sessions.map(\.state) == ["active", "pending"], "\(sessions)")

        let urgent = try await workspace.run("secrets", "rotate", "csrf", "--urgent", "--database", "a.db")
        #expect(urgent.status == 0 && urgent.out.contains("signs from now on"), "\(urgent.out)\(urgent.err)")
        sessions = try await Self.keys(workspace).filter { $0.purpose == "csrf" }
        #expect(sessions.map(\.state) == ["expired", "active"], "\(sessions)")

        let all = try await workspace.run("secrets", "rotate", "--all", "--database", "a.db")
        #expect(all.status == 0 && all.out.contains("password-pepper: key"), "\(all.out)\(all.err)")
        let trail = try await workspace.run("search", "secret.rotated", "--database", "a.db", "--count", "100")
        #expect(trail.out.contains("secret.rotated") && trail.out.contains("urgent true"), "\(trail.out)\(trail.err)")
        let verified = try await workspace.run("audit", "verify", "--database", "a.db")
        #expect(verified.status == 0, "\(verified.out)")
    }

    @Test("check judges as production would, without a database and without showing anything: 0 or 1")
    func check() async throws {
        let workspace = try Workspace()
        let canary = "canary-4711"
        let weak = try await workspace.run(
            "secrets", "check",
            environment: ["SECRET_KEY": canary, "REDIS_URL": "redis://:\(canary)@cache.example/0"])
        #expect(weak.status == 1, "\(weak.out)\(weak.err)")
        for text in ["SECRET_KEY", "REDIS_URL", "shorter than 32 characters"] {
            #expect((weak.out + weak.err).contains(text), "\(text): \(weak.out)\(weak.err)")
        }
        #expect(!(weak.out + weak.err).contains(canary))
        let strong = try await workspace.run(
            "secrets", "check", environment: ["SECRET_KEY": SecretStartTests.keys[0]])
        #expect(strong.status == 0 && strong.out.contains("strong") && strong.err.isEmpty, "\(strong.out)\(strong.err)")
        #expect(!strong.out.contains(SecretStartTests.keys[0]))
        let none = try await workspace.run("secrets", "check", "--database", "a.db")
        #expect(none.status == 1 && none.err.contains("must be given in production"), "\(none.out)\(none.err)")
        for line in (weak.out + strong.out).split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
    }

    @Test("Wrong usage and a database that isn't ready are told: 64, 78, 65")
    func refusals() async throws {
        let workspace = try Workspace()
        let typo = try await workspace.run("secrets", "rotate", "sesion", "--database", "a.db")
        #expect(typo.status == 64 && typo.err.contains("did you mean session?"), "\(typo.err)")
        #expect(try await workspace.run("secrets", "rotate", "--database", "a.db").status == 64)
        #expect(try await workspace.run("secrets", "rotate", "root", "--urgent").status == 64)
        let early = try await workspace.run("secrets", "list", "--database", "a.db")
        #expect(early.status == 78 && early.err.contains("seaworthy migrate up"), "\(early.err)")
        let none = try await workspace.run("secrets", "list", "--database", "none")
        #expect(none.status == 78 && none.err.contains("there is no database"), "\(none.err)")
    }
}
