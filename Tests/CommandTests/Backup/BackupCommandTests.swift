import Foundation
import Kernel
import Store
import TestKit
import Testing

@Suite("backup and restore")
struct BackupCommandTests {
    @Test(
        "now, list, verify and restore tell in 80 columns what they did; what was replaced is a backup itself",
        arguments: DatabaseEngine.allCases)
    func commands(_ engine: DatabaseEngine) async throws {
        let bench = try await BackupBench(engine)
        for number in 0..<5 { try await bench.with { try await Pair.put(number, into: $0) } }
        let made = try await bench.succeed("backup")
        let name = try #require(bench.names.first)
        #expect(made.hasPrefix(name) && made.contains("read back and verified"))
        let attributes = try FileManager.default.attributesOfItem(atPath: bench.folder + "/" + name)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        for number in 5..<9 { try await bench.with { try await Pair.put(number, into: $0) } }

        let verified = try await bench.run(["backup", "verify"] + bench.identity)
        #expect(verified.out.contains("sound: read to its end"), "\(verified.err)")
        let rehearsed = try await bench.run(["restore", name, "--rehearse"] + bench.identity)
        #expect(rehearsed.out.contains("scratch database"), "\(rehearsed.err)")
        #expect(try await bench.with { try await Pair.read($0).whole.count } == 9, "a rehearsal changes nothing")

        let refused = try await bench.run(["restore", name] + bench.identity)
        #expect(refused.status == 1 && refused.err.contains("--replace"), "\(refused.err)")
        let restored = try await bench.run(["restore", name, "--replace"] + bench.identity)
        #expect(restored.status == 0 && restored.out.contains("restored: replaced what was there"), "\(restored.err)")
        let saved = try #require(bench.names.last)
        #expect(bench.names.count == 2 && restored.out.contains(saved))
        #expect(try await bench.with { try await Pair.read($0).whole } == Set(0..<5))

        // And back to what was replaced.
        let back = try await bench.run(["restore", saved, "--replace"] + bench.identity)
        #expect(back.status == 0, "\(back.err)")
        #expect(try await bench.with { try await Pair.read($0).whole } == Set(0..<9))
        let list = try await bench.succeed("backup", "list")
        #expect(list.contains("3 in folder") && list.contains("verified"))
        #expect(try await bench.succeed("backup", "list", "--without-database").contains(saved))
        for text in [made, verified.out, rehearsed.out, restored.out, list] {
            for line in text.split(separator: "\n") {
                // A path has the length that it has.
                #expect(line.count <= 80 || !line.drop { $0 == " " }.contains(" "), "\(line)")
            }
        }
        try await trail(bench)
        #expect(!FileManager.default.fileExists(atPath: bench.workspace.path("state.db.restore-scratch")))
    }

    /// What the audit trail has of it, in order: the restored database's own story.
    private func trail(_ bench: BackupBench) async throws {
        let kinds = try await bench.with { database in
            try await database.read("test.trail") { db in
                try db.rows("SELECT kind FROM audit_entries WHERE kind LIKE 'backup.%' ORDER BY sequence")
                    .map { try $0["kind"] as String }
            }
        }
        #expect(kinds == ["backup.completed", "backup.restored"], "the second restore replaced the first one's entry")
    }

    @Test(
        "A backup restores into the other engine, and from a file that was carried elsewhere",
        arguments: DatabaseEngine.allCases)
    func across(_ engine: DatabaseEngine) async throws {
        let bench = try await BackupBench(engine)
        for number in 0..<7 { try await bench.with { try await Pair.put(number, into: $0, padding: 20) } }
        try await bench.succeed("backup")
        let carried = bench.workspace.path("carried.bin")
        try FileManager.default.copyItem(atPath: bench.folder + "/" + (bench.names.first ?? ""), toPath: carried)
        let other = try BackupBench.address(engine == .sqlite ? .postgres : .sqlite, bench.workspace, name: "other.db")
        // Where there is nothing but the file, its key and an empty database.
        let restored = try await bench.workspace.start(
            ["restore", carried, "--database", other] + bench.identity
        ).finish(within: .seconds(60))
        #expect(restored.status == 0, "\(restored.err)")
        #expect(try await bench.with(other) { try await Pair.read($0).whole } == Set(0..<7))
        let status = try await bench.workspace.run("migrate", "status", "--database", other)
        #expect(status.status == 0, "\(status.out)")
    }

    @Test("keygen writes the private key for its owner alone, and never over another file")
    func keygen() async throws {
        let workspace = try Workspace()
        let made = try await workspace.run("backup", "keygen", "key")
        #expect(made.status == 0 && made.out.contains("recipient: seaworthy-backup-public-"))
        let attributes = try FileManager.default.attributesOfItem(atPath: workspace.path("key"))
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        let before = try workspace.text("key")
        let again = try await workspace.run("backup", "keygen", "key")
        #expect(again.status == 73 && again.err.contains("key"), "\(again.err)")
        #expect(try workspace.text("key") == before && !made.out.contains(before.prefix(40)))
    }

    @Test(
        "A migration in production takes its backup to the configured place, and without one doesn't begin",
        arguments: DatabaseEngine.allCases)
    func migration(_ engine: DatabaseEngine) async throws {
        let bench = try await BackupBench(engine, migrates: false)
        try MigrateTests.old(engine, bench.workspace, at: bench.address)
        let nowhere = try await bench.run(
            "migrate", "up", "--environment", "production",
            setting: ["SEAWORTHY_OPERATIONS_BACKUP_TO": bench.workspace.path("no/where")])
        #expect(nowhere.status == 73 && nowhere.err.contains("--without-backup"), "\(nowhere.err)")
        #expect(try await bench.run("migrate", "status").status == 1)

        let done = try await bench.succeed("migrate", "up", "--environment", "production")
        let name = try #require(bench.names.first)
        #expect(bench.names.count == 1 && done.contains(name) && done.contains("Applied 0002-jobs"))
        // It holds the old schema; this program brings it up to date as it restores.
        let fresh = try BackupBench.address(engine, bench.workspace, name: "fresh.db")
        let restored = try await bench.run(["restore", name, "--database", fresh] + bench.identity)
        #expect(restored.status == 0 && restored.out.contains("brought up to date by"), "\(restored.err)")
        let changes = try await bench.with(fresh) { database in
            try await database.read("test.value") { try $0.value("SELECT value FROM change_sequence") as Int? }
        }
        #expect((changes ?? 0) > 1_000_000, "every view reads anew")
    }

    @Test("A bucket takes backups, lists, verifies and gives them back; a wrong key, bucket or address is named")
    func bucket() async throws {
        let server = try ObjectStoreServer.running
        let bench = try await BackupBench(.sqlite)
        try await bench.with { try await Pair.put(1, into: $0) }
        let settings = [
            "SEAWORTHY_OPERATIONS_BACKUP_TO": "s3://\(server.bucket)",
            "SEAWORTHY_OPERATIONS_BACKUP_S3_ENDPOINT": server.endpoint,
            "SEAWORTHY_OPERATIONS_BACKUP_S3_ACCESS_KEY": server.accessKey,
            "SEAWORTHY_OPERATIONS_BACKUP_S3_SECRET_KEY": server.secretKey.reveal(),
            "SEAWORTHY_OPERATIONS_BACKUP_WORKSPACE": bench.workspace.path("work"),
            "SEAWORTHY_EGRESS_ALLOW": "127.0.0.0/8", "SEAWORTHY_EGRESS_PLAIN_HTTP": "true",
        ]
        let made = try await bench.succeed("backup", setting: settings)
        let name = String(made.prefix { $0 != "\n" })
        #expect(made.contains("s3 \(server.bucket)") && bench.names.isEmpty)
        #expect(try await bench.succeed("backup", "list", setting: settings).contains("\(name)"))
        try await bench.with { try await Pair.put(2, into: $0) }
        let restored = try await bench.run(["restore", name, "--replace"] + bench.identity, setting: settings)
        #expect(restored.status == 0, "\(restored.err)")
        #expect(try await bench.with { try await Pair.read($0).whole } == [1])

        for (key, value, status, word) in [
            ("S3_SECRET_KEY", "wrong", 77, "access key"), ("TO", "s3://no-such-bucket-here", 66, "no-such-bucket-here"),
        ] {
            let refused = try await bench.run(
                "backup", setting: settings.merging(["SEAWORTHY_OPERATIONS_BACKUP_\(key)": value]) { $1 })
            #expect(refused.status == status && refused.err.contains(word), "\(refused.status) \(refused.err)")
            #expect(!refused.err.contains(server.secretKey.reveal()))
        }
    }
}
