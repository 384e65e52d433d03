import Foundation
import Kernel
import Store
import TestKit
import Testing

@testable import Operations

@Suite("Backup's commands and keys of the configuration")
struct BackupCommandsTests {
    private static let commands = BackupCommands(scope: BackupFixture.scope, version: "1.0", ports: BackupFixture.ports)

    private static func read(_ values: [String: String]) -> (BackupSettings, [ConfigurationError]) {
        var reader = ConfigurationReader(
            values: Dictionary(
                uniqueKeysWithValues: values.map {
                    ("operations.backup.\($0.key)", ConfigurationValue(.scalar($0.value), origin: "test"))
                }), defaultMode: .enforce, environment: .production)
        let settings = BackupSettings.read(&reader)
        reader.reportUnknownKeys()
        return (settings, reader.errors)
    }

    @Test("backup, list, verify and restore print what happened, in 80 columns")
    func commands() async throws {
        try await BackupFixture.withFolder { directory, folder in
            let key = try BackupPrivateKey(random: SeededRandomSource(seed: 8))
            var (settings, errors) = Self.read(["to": folder.path, "recipient": key.publicKey.text])
            #expect(errors.isEmpty)
            settings.verification = .restore
            let made = settings
            let restored = try DatabaseSettings(parsing: Secret(directory.file("new.db")))
            try await TestDatabase.with(.sqlite, migrations: BackupFixture.migrations) { database in
                try await BackupFixture.fill(database)
                let maker = try Self.commands.maker(database, settings: made, destination: folder)
                let text = try await Self.commands.make(maker)
                let list = try await Self.commands.list(folder, database: database)
                let verified = try await Self.commands.verify(.stored(name: nil, in: folder), opener: .identity(key))
                let rehearsed = try await Self.commands.verify(
                    .stored(name: nil, in: folder), opener: .identity(key), rehearsal: database.settings)
                let done = try await Self.commands.restore(
                    .stored(name: nil, in: folder), into: restored, opener: .identity(key), replace: false)
                let replaced = try await Self.commands.restore(
                    .stored(name: nil, in: folder), into: database.settings, opener: .identity(key), replace: true,
                    safety: { try await maker.make(.restore).name })
                #expect(text.contains("read back and verified") && list.contains("verified"))
                #expect(verified.contains("sound: read") && rehearsed.contains("scratch database"))
                #expect(done.contains("restored") && replaced.contains("replaced what was there"))
                #expect(try await folder.list().count == 2, "what was replaced was backed up first")
                for page in [text, list, verified, rehearsed, done, replaced] {
                    #expect(page.split(separator: "\n").allSatisfy { $0.count <= 80 || !$0.contains(" ") }, "\(page)")
                }
            }
        }
    }

    @Test("keygen writes the private key for its owner alone, and never over another")
    func keygen() throws {
        let directory = try TemporaryDirectory("backup")
        defer { directory.remove() }
        let text = try Self.commands.keygen(privateKeyPath: directory.file("key"))
        let key = try #require(BackupPrivateKey(text: Secret(directory.read("key"))))
        #expect(text.contains(key.publicKey.text) && !text.contains(key.text.reveal()))
        let mode = try FileManager.default.attributesOfItem(atPath: directory.file("key"))[.posixPermissions]
        #expect(mode as? Int == 0o600)
        #expect(throws: BackupError.self) { try Self.commands.keygen(privateKeyPath: directory.file("key")) }
    }

    @Test("a name that isn't one never becomes a path")
    func names() async throws {
        try await BackupFixture.withFolder { _, folder in
            for name in ["../../etc/passwd", "", "seaworthy-20261121T083000Z-1a2b3c4d.backup"] {
                let error = await BackupFixture.failure {
                    _ = try await Self.commands.verify(.stored(name: name, in: folder), opener: BackupFixture.opener)
                }
                #expect(error?.code == .missing)
            }
        }
    }

    @Test("settings are read whole, and what is wrong is said without its secret")
    func settings() {
        let (good, none) = Self.read([
            "to": "s3://my-bucket/a/b/", "passphrase": "0123456789abcdef", "keep.daily": "3", "verify": "restore",
            "s3.endpoint": "http://127.0.0.1:9000/", "s3.access-key": "A", "s3.secret-key": "B",
            "s3.region": "eu-central-1",
        ])
        #expect(none.isEmpty && good.place == .bucket(name: "my-bucket", prefix: "a/b"))
        #expect(
            good.s3?.endpoint == "http://127.0.0.1:9000" && good.retention.daily == 3 && good.verification == .restore)
        #expect(Self.read([:]).0.place == nil && Self.read([:]).1.isEmpty)
        let recipient = (try? BackupPrivateKey(random: SeededRandomSource(seed: 8)))?.publicKey.text ?? ""
        let cases: [([String: String], String)] = [
            (["to": "relative/folder", "passphrase": "0123456789abcdef"], "to"),
            (["to": "s3://X", "passphrase": "0123456789abcdef"], "to"),
            (["to": "/var/backups"], "passphrase"),
            (["to": "/var/backups", "passphrase": "too short"], "passphrase"),
            (["to": "/var/backups", "passphrase": "0123456789abcdef", "recipient": recipient], "recipient"),
            (["to": "/var/backups", "recipient": "seaworthy-backup-public-xxxx"], "recipient"),
            (["to": "s3://bucket", "passphrase": "0123456789abcdef"], "s3.access-key"),
            (["s3.endpoint": "http://example.com"], "s3.endpoint"),
            (["s3.endpoint": "https://user@example.com/x"], "s3.endpoint"),
            (["keep.daily": "-1"], "keep.daily"), (["verify": "no"], "verify"), (["unknown": "1"], "unknown"),
        ]
        for (values, key) in cases {
            let errors = Self.read(values).1
            #expect(errors.map(\.key) == ["operations.backup.\(key)"], "\(values)")
            #expect(!errors.contains { $0.given?.contains("short") == true })
        }
    }
}
