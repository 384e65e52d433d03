import Foundation
import Kernel
import Store
import TestKit
import Testing

@Suite("migrate")
struct MigrateTests {
    static let fixtures = Workspace.package.appending(path: "Tests/Fixtures/databases").path

    private struct Change: Decodable {
        let applied: [String]
        let backup: String?
        let withoutBackup: String?
    }

    private struct Step: Decodable {
        let id: String
        let state: String
        let appliedAt: String?
    }

    /// A database as the first schema had it, with rows.
    private func old(_ engine: DatabaseEngine, _ workspace: Workspace) throws -> String {
        let address =
            engine == .sqlite ? workspace.path("old.db") : try PostgresServer.ofThisRun.makeDatabase()
        try MigrateTests.old(engine, workspace, at: address)
        return address
    }

    /// The same where there is an empty one, or no file.
    static func old(_ engine: DatabaseEngine, _ workspace: Workspace, at address: String) throws {
        guard engine == .postgres else {
            return try FileManager.default.copyItem(atPath: fixtures + "/0001.sqlite", toPath: address)
        }
        try PostgresServer.ofThisRun.sql(
            try String(contentsOfFile: fixtures + "/0001.postgres.sql", encoding: .utf8),
            database: String(address.split(separator: "/").last ?? ""))
    }

    @Test(
        "status lists steps in 80 columns and as JSON, up applies them after a copy, and then has nothing to do",
        arguments: DatabaseEngine.allCases)
    func up(_ engine: DatabaseEngine) async throws {
        let workspace = try Workspace()
        let address = try old(engine, workspace)
        let before = try await workspace.run("migrate", "status", "--database", address)
        #expect(
            before.status == 1 && before.out.contains("0002-jobs") && before.out.contains("pending"), "\(before.err)")
        for line in before.out.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }

        let run = try await workspace.run(
            "migrate", "up", "--database", address, "--format", "json", "--environment", "production", "--set",
            "database.backup-directory=\(workspace.folder.path)")
        #expect(run.status == 0, "\(run.err)")
        let change = try JSONDecoder().decode(Change.self, from: Data(run.out.utf8))
        #expect(change.applied.first == "0002-jobs" && change.withoutBackup == nil)
        let backup = try #require(change.backup)
        let file = try FileManager.default.attributesOfItem(atPath: backup)
        #expect(file[.posixPermissions] as? Int == 0o600 && (file[.size] as? Int ?? 0) > 1000)
        try await holds(backup, engine, workspace)

        let after = try await workspace.run("migrate", "status", "--database", address, "--format", "json")
        let steps = try JSONDecoder().decode([Step].self, from: Data(after.out.utf8))
        #expect(after.status == 0 && steps.allSatisfy { $0.state == "applied" && $0.appliedAt != nil })
        let again = try await workspace.run("migrate", "up", "--database", address)
        #expect(again.status == 0 && again.out == "Up to date; nothing was changed.\n")
    }

    /// The copy is the database as it was before: three changes, and no jobs.
    private func holds(_ backup: String, _ engine: DatabaseEngine, _ workspace: Workspace) async throws {
        let address: String
        if engine == .postgres {
            address = try PostgresServer.ofThisRun.makeDatabase()
            let restored = try await Running(
                program: URL(filePath: "/usr/bin/pg_restore"), arguments: ["--no-owner", "-d", address, backup],
                environment: [:], folder: workspace.folder
            ).finish(within: .seconds(20))
            #expect(restored.status == 0, "\(restored.err)")
        } else {
            address = backup
        }
        let database = try await opened(address)
        let names = try await SchemaReading.of(database).tables.map(\.name)
        #expect(names == ["change_sequence", "changes", "schema_migrations"])
        #expect(try await database.read("test") { try $0.value("SELECT count(*) FROM changes") as Int? } == 3)
        await database.close()
    }

    @Test("serve copies before it migrates, and the newest three copies stay")
    func kept() async throws {
        let workspace = try Workspace()
        for minute in 1...4 {
            try workspace.write("old.db.before-20200101T00000\(minute)000Z.db", "an older copy")
        }
        let address = try old(.sqlite, workspace)
        let running = try workspace.serving(address)
        _ = try await running.doors()
        #expect(running.out.contains("\"event\":\"migrated\"") && running.out.contains("\"backup\""))
        let copies = try FileManager.default.contentsOfDirectory(atPath: workspace.folder.path)
            .filter { $0.hasPrefix("old.db.before-") }.sorted()
        #expect(copies.count == 3 && copies.first == "old.db.before-20200101T000003000Z.db", "\(copies)")
        running.signal(SIGTERM)
        #expect(try await running.finish(within: .seconds(20)).status == 0)
    }

    @Test("Without a copy nothing is migrated in production, unless its operator says so; in development it is told")
    func withoutBackup() async throws {
        let workspace = try Workspace()
        let address = try old(.sqlite, workspace)
        let nowhere = ["--database", address, "--set", "database.backup-directory=nowhere"]
        let refused = try await workspace.start(["migrate", "up", "--environment", "production"] + nowhere)
            .finish(within: .seconds(20))
        #expect(refused.status == 73 && refused.err.contains("--without-backup"), "\(refused.err)")
        #expect(try await workspace.run("migrate", "status", "--database", address).status == 1)
        let told = try await workspace.start(
            ["migrate", "up", "--environment", "development", "--format", "json"] + nowhere
        )
        .finish(within: .seconds(20))
        let change = try JSONDecoder().decode(Change.self, from: Data(told.out.utf8))
        #expect(told.status == 0 && change.backup == nil && change.withoutBackup?.contains("nowhere") == true)

        let other = try Workspace()
        let asked = try await other.run(
            "migrate", "up", "--environment", "production", "--without-backup", "--database", try old(.sqlite, other))
        #expect(asked.status == 0 && !asked.out.contains("Copied"))
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: other.folder.path).allSatisfy { !$0.contains("before") }
        )
    }

    @Test("grants prints SQL for a plain name only")
    func grants() async throws {
        let workspace = try Workspace()
        let run = try await workspace.run("migrate", "grants", "--role", "seaworthy_app")
        #expect(run.status == 0 && run.out.contains("TO \"seaworthy_app\"") && run.out.hasSuffix("COMMIT;\n"))
        #expect(try await workspace.run("migrate", "grants", "--role", "a\"; DROP TABLE jobs; --").status == 64)
    }
}
