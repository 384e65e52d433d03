import Foundation
import Kernel
import Store
import TestKit
import Testing

/// The real program ended with SIGKILL at seeded points of what must never be half done.
@Suite("Killed at seeded points", .serialized)
struct KillerTests {
    @Test(
        "a migration leaves a database that the next one brings up to date, with every row",
        arguments: DatabaseEngine.allCases)
    func migration(_ engine: DatabaseEngine) async throws {
        try await KillerBench(name: "migration with its backup", engine: engine).kill(
            prepare: {
                let bench = try await BackupBench(engine, migrates: false)
                try MigrateTests.old(engine, bench.workspace, at: bench.address)
                return bench
            }, arguments: { _ in ["migrate", "up", "--environment", "production"] },
            check: { bench, point in
                let status = try await bench.run("migrate", "status")
                #expect([0, 1].contains(status.status), "\(point): \(status.err)")
                try await bench.everyBackupIsSound(point)
                let again = try await bench.run("migrate", "up", "--environment", "production")
                #expect(again.status == 0, "\(point): \(again.err)")
                let (changes, ids, schema) = try await bench.with { database in
                    let rows = try await database.read("test.rows") { db in
                        (
                            try db.rows("SELECT key FROM changes ORDER BY sequence").map { try $0["key"] as String },
                            try db.rows("SELECT id FROM schema_migrations ORDER BY id").map { try $0["id"] as String }
                        )
                    }
                    return (rows.0, rows.1, try await SchemaReading.of(database))
                }
                #expect(changes == ["a", "b", "ünïcödé ‹key›"], "\(point)")
                #expect(ids.count == Set(ids).count && ids.first == "0001-change-feed", "\(point)")
                #expect(schema == (try await KillerTests.fresh(engine)), "\(point): not the schema of a new database")
                try await bench.everyBackupIsSound(point)
                try await bench.theTrailIsWhole(point)
            })
    }

    /// A new database's schema.
    private static func fresh(_ engine: DatabaseEngine) async throws -> SchemaReading {
        let bench = try await BackupBench(engine)
        return try await bench.with { try await SchemaReading.of($0) }
    }

    @Test("the copy before a migration is whole wherever it has its name", arguments: [DatabaseEngine.sqlite])
    func copy(_ engine: DatabaseEngine) async throws {
        try await KillerBench(name: "migration with a copy", engine: engine).kill(
            prepare: {
                let bench = try await BackupBench(engine, migrates: false)
                try MigrateTests.old(engine, bench.workspace, at: bench.address)
                bench.forgetPlace()
                return bench
            }, arguments: { _ in ["migrate", "up", "--environment", "production"] },
            check: { bench, point in
                for name in try FileManager.default.contentsOfDirectory(atPath: bench.workspace.folder.path)
                where name.contains(".before-") && name.hasSuffix(".db") {
                    let size =
                        try FileManager.default.attributesOfItem(atPath: bench.workspace.path(name))[.size] as? Int
                    // The name is taken first, by an empty file.
                    guard size != 0 else { continue }
                    let count = try await bench.with(bench.workspace.path(name)) { database in
                        try await database.read("test.copy") { try $0.value("SELECT count(*) FROM changes") as Int? }
                    }
                    #expect(count == 3, "\(point): \(name)")
                }
                let again = try await bench.run("migrate", "up", "--environment", "production")
                #expect(again.status == 0, "\(point): \(again.err)")
            })
    }

    @Test(
        "a backup is there whole or not at all, the older one stays, and the next succeeds",
        arguments: DatabaseEngine.allCases)
    func backup(_ engine: DatabaseEngine) async throws {
        let template = try await KillerTests.filled(engine)
        try await KillerBench(name: "backup", engine: engine).kill(
            prepare: { try await template.copy() }, arguments: { _ in ["backup"] },
            check: { bench, point in
                let older = try #require(template.bench.names.first)
                #expect(bench.names.contains(older) && bench.names.count <= 2, "\(point): \(bench.names)")
                try await bench.everyBackupIsSound(point)
                #expect(try await bench.content() == template.content, "\(point): the database is another")
                let again = try await bench.run("backup")
                #expect(again.status == 0, "\(point): \(again.err)")
                let list = try await bench.run("backup", "list")
                try await bench.theTrailIsWhole(point)
                #expect(list.out.hasPrefix("\(bench.names.count) in folder"), "\(point): \(list.out) \(list.err)")
            })
    }

    @Test(
        "a restore leaves the old database or the new one and nothing between; what it replaced is a backup",
        arguments: DatabaseEngine.allCases)
    func restore(_ engine: DatabaseEngine) async throws {
        let template = try await KillerTests.filled(engine)
        let name = try #require(template.bench.names.first)
        // The backup has pairs 0..<4; the database has more by now.
        let restored = try await KillerTests.restoredContent(template, name)
        try await KillerBench(name: "restore --replace", engine: engine).kill(
            prepare: { try await template.copy() }, arguments: { ["restore", name, "--replace"] + $0.identity },
            check: { bench, point in
                let content = try await bench.content()
                #expect(
                    content == template.content || content == restored, "\(point): neither the old one nor the new one")
                #expect(try await bench.with { try await Pair.read($0).torn.isEmpty }, "\(point)")
                try await bench.theTrailIsWhole(point)
                try await bench.everyBackupIsSound(point)
                if content == restored {
                    #expect(bench.names.count == 2, "\(point): replaced, and no backup of what was there")
                }
                let again = try await bench.run(["restore", name, "--replace"] + bench.identity)
                #expect(again.status == 0, "\(point): \(again.err)")
                #expect(try await bench.content() == restored, "\(point)")
                try await bench.theTrailIsWhole(point)
                let left = try FileManager.default.contentsOfDirectory(atPath: bench.workspace.folder.path)
                #expect(!left.contains { $0.contains("scratch") }, "\(point): \(left)")
            })
    }

    // MARK: What they start from

    /// A database with pairs 0..<4 in a backup and 4..<6 besides, and its content.
    private static func filled(_ engine: DatabaseEngine) async throws -> Template {
        let bench = try await BackupBench(engine)
        try await bench.with { for number in 0..<4 { try await Pair.put(number, into: $0, padding: 60_000) } }
        try await bench.succeed("backup")
        try await bench.with { for number in 4..<6 { try await Pair.put(number, into: $0, padding: 60_000) } }
        return Template(bench: bench, content: try await bench.content())
    }

    private static func restoredContent(_ template: Template, _ name: String) async throws -> [String: [String]] {
        let bench = try await template.copy()
        let done = try await bench.run(["restore", name, "--replace"] + bench.identity)
        #expect(done.status == 0, "\(done.err)")
        return try await bench.content()
    }
}

/// A bench that others are copies of: the same database, backups and key.
struct Template {
    let bench: BackupBench
    let content: [String: [String]]

    func copy() async throws -> BackupBench { try await BackupBench(copying: bench) }
}
