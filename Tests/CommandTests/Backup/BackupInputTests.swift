import Foundation
import Kernel
import Store
import TestKit
import Testing

/// What `backup` and `restore` are given when things are bad: each has its words and its exit code, and changes nothing.
@Suite("Bad backups and bad places")
struct BackupInputTests {
    /// How a sound backup is spoilt, or what is named instead of it.
    enum Bad: String, CaseIterable, CustomTestStringConvertible {
        case empty, text, half, flipped, lastByteGone, tail, directory, noSuchFile, noSuchName, noName, otherKey,
            openKey
        case noKey, newerSchema, editedSchema
        var testDescription: String { rawValue }

        var status: Int32 {
            switch self {
            case .empty, .text, .half, .flipped, .lastByteGone, .tail: 65
            case .noSuchFile, .noSuchName, .noName: 66
            case .directory: 74
            case .otherKey, .openKey: 77
            case .noKey, .newerSchema, .editedSchema: 78
            }
        }

        var words: String {
            switch self {
            case .empty, .text: "no backup"
            case .half, .lastByteGone, .flipped, .tail: "the backup is damaged"
            case .directory: "no ordinary file"
            case .noSuchFile: "No such file"
            case .noSuchName: "there is no seaworthy-2020"
            case .noName: "no backup's name"
            case .otherKey: "another key"
            case .openKey: "chmod 600"
            case .noKey: "--identity FILE"
            case .newerSchema: "9999-tomorrow"
            case .editedSchema: "0002-jobs"
            }
        }
    }

    @Test(
        "a restore refuses what is no sound backup for it: exit code, words, and nothing changed",
        arguments: DatabaseEngine.allCases)
    func refused(_ engine: DatabaseEngine) async throws {
        let bench = try await BackupBench(engine)
        try await bench.with { for number in 0..<30 { try await Pair.put(number, into: $0, padding: 3000) } }
        try await bench.succeed("backup")
        let sound = FileManager.default.contents(atPath: bench.folder + "/" + (bench.names.first ?? "")) ?? Data()
        #expect(sound.count > 50_000)
        let before = try await bench.content()
        for bad in Bad.allCases {
            let (name, identity) = try await spoil(bad, sound, bench)
            let run = try await bench.run(["restore", name, "--replace"] + identity)
            #expect(run.status == bad.status && run.err.contains(bad.words), "\(bad): \(run.status) \(run.err)")
            #expect(run.out.isEmpty)
        }
        #expect(try await bench.content() == before)
    }

    /// - Returns: what to restore, and the key to give.
    private func spoil(_ bad: Bad, _ sound: Data, _ bench: BackupBench) async throws -> (String, [String]) {
        let file = bench.workspace.path("\(bad).backup")
        var bytes = sound
        switch bad {
        case .empty: bytes = Data()
        case .text: bytes = Data(String(repeating: "SELECT 1;\n", count: 300).utf8)
        case .half: bytes = sound.prefix(sound.count / 2)
        case .lastByteGone: bytes = sound.dropLast()
        case .flipped: bytes[sound.count / 2] ^= 1
        case .tail: bytes += Data([0])
        case .directory: return (bench.workspace.folder.path, bench.identity)
        case .noSuchFile: return (file, bench.identity)
        case .noSuchName: return ("seaworthy-20200101T000000Z-00000000.backup", bench.identity)
        case .noName: return ("yesterday", bench.identity)
        case .otherKey, .openKey:
            let key = bench.workspace.path("\(bad).key")
            _ = try await bench.run("backup", "keygen", key)
            if bad == .openKey { chmod(key, 0o644) }
            try bytes.write(to: URL(filePath: file))
            return (file, ["--identity", key])
        case .noKey: return (bench.names.first ?? "", [])
        case .newerSchema, .editedSchema:
            // A database of a program that has another step, backed up by this one: steps are written as they are.
            let other = try await BackupBench(copying: bench)
            _ = try await other.with { database in
                try await database.transaction("test.step") { db in
                    try db.execute(
                        bad == .newerSchema
                            ? "INSERT INTO schema_migrations (id, checksum, applied_at, version) VALUES ('9999-tomorrow', 'c', 1, '9.9')"
                            : "UPDATE schema_migrations SET checksum = 'other' WHERE id = '0002-jobs'")
                }
            }
            try await other.succeed("backup")
            bytes = FileManager.default.contents(atPath: other.folder + "/" + (other.names.last ?? "")) ?? Data()
        }
        try bytes.write(to: URL(filePath: file))
        return (file, bench.identity)
    }

    @Test("A place that can't take backups is named: 73, 77, 78; no database: 69, 78")
    func places() async throws {
        let bench = try await BackupBench(.sqlite)
        let free = try await FreePort.next()
        let open = bench.workspace.path("open")
        try FileManager.default.createDirectory(atPath: open, withIntermediateDirectories: false)
        chmod(open, 0o777)
        let cases: [([String: String], Int32, String)] = [
            (["SEAWORTHY_OPERATIONS_BACKUP_TO": open], 78, "chmod 700"),
            (["SEAWORTHY_OPERATIONS_BACKUP_TO": bench.workspace.path("no/where")], 73, "make the one above it first"),
            (["SEAWORTHY_OPERATIONS_BACKUP_TO": bench.workspace.path("private.key")], 78, "no folder"),
            (["SEAWORTHY_OPERATIONS_BACKUP_TO": "backups"], 78, "from the root"),
            (["SEAWORTHY_OPERATIONS_BACKUP_RECIPIENT": "seaworthy-backup-public-x"], 78, "operations.backup.recipient"),
            (["SEAWORTHY_DATABASE": "postgres://app:opensesame@127.0.0.1:\(free)/app"], 69, "can't be reached"),
            (["SEAWORTHY_DATABASE": "none"], 78, "no database"),
        ]
        for (setting, status, words) in cases {
            let run = try await bench.run("backup", setting: setting)
            #expect(run.status == status && run.err.contains(words), "\(setting): \(run.status) \(run.err)")
            #expect(!run.err.contains("opensesame"))
        }
        #expect(bench.names.isEmpty)
    }

    @Test("A full disk ends a backup, a migration and a restore with 73, and leaves what was there")
    func fullDisk() async throws {
        let bench = try await BackupBench(.sqlite)
        try await bench.with { for number in 0..<20 { try await Pair.put(number, into: $0, padding: 20_000) } }
        try await bench.succeed("backup")
        let name = try #require(bench.names.first)
        // A file system that only these processes see; it is looked at before it goes away.
        let binary = Workspace.seaworthy.path
        let script = """
            mkdir small && mount -t tmpfs -o size=200k,mode=700 none small || exit 99
            SEAWORTHY_OPERATIONS_BACKUP_TO=$PWD/small '\(binary)' backup; echo "backup $?"; ls -A small | wc -l
            '\(binary)' restore '\(bench.folder)/\(name)' --identity private.key --database small/new.db; echo "restore $?"
            """
        let run = try await Running(
            program: URL(filePath: "/usr/bin/unshare"), arguments: ["-m", "-r", "bash", "-c", script],
            environment: bench.environment, folder: bench.workspace.folder
        ).finish(within: .seconds(60))
        #expect(run.out.contains("backup 73\n0\n") && run.out.contains("restore 73"), "\(run.out) \(run.err)")
        #expect(run.err.contains("No space left") || run.err.contains("no space left"), "\(run.err)")
        #expect(try await bench.with { try await Pair.read($0).whole.count } == 20)
    }

    @Test("A damaged SQLite file is named and left alone; a restore moves it aside, and keeps it")
    func damaged() async throws {
        let bench = try await BackupBench(.sqlite)
        try await bench.with { for number in 0..<40 { try await Pair.put(number, into: $0, padding: 2000) } }
        try await bench.succeed("backup")
        let copy = try await BackupBench(copying: bench)
        let size = try #require(FileManager.default.contents(atPath: copy.address)?.count)
        let page = try #require(Self.leaf(of: copy.address))
        for (damage, range) in [("header", 0..<100), ("pages", 4096..<(size - 4096)), ("one-page", page)] {
            var bytes = FileManager.default.contents(atPath: copy.address) ?? Data()
            for index in range { bytes[index] = UInt8(truncatingIfNeeded: index &* 31) }
            let spoilt = copy.workspace.path("\(damage).db")
            try bytes.write(to: URL(filePath: spoilt))
            let backup = try await copy.run("backup", setting: ["SEAWORTHY_DATABASE": spoilt])
            #expect(backup.status == 65 && backup.err.contains("damaged"), "\(damage): \(backup.status) \(backup.err)")
            #expect(copy.names.count == 1)
            let restored = try await copy.run(
                ["restore", "newest", "--replace"] + copy.identity, setting: ["SEAWORTHY_DATABASE": spoilt])
            #expect(restored.status == 0 && restored.out.contains(".damaged-"), "\(damage): \(restored.err)")
            #expect(restored.out.contains("no backup of it was made"), "\(damage): \(restored.out)")
            #expect(copy.names.count == 1, "\(damage): what is damaged is no backup")
            #expect(try await copy.with(spoilt) { try await Pair.read($0).whole.count } == 40)
            let files = try FileManager.default.contentsOfDirectory(atPath: copy.workspace.folder.path)
            let aside = try #require(
                files.first { name in
                    name.hasPrefix("\(damage).db.damaged-")
                        && !["-wal", "-shm", "-journal"].contains(where: name.hasSuffix)
                })
            // SQLite itself may have written its first page as it opened the file.
            let kept = FileManager.default.contents(atPath: copy.workspace.path(aside)) ?? Data()
            // Compared first: to show how two long files differ takes for ever.
            let isKept = kept.dropFirst(4096) == bytes.dropFirst(4096)
            #expect(isKept, "\(damage): kept as it was")
            let attributes = try FileManager.default.attributesOfItem(atPath: spoilt)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
    }

    /// A page in the midst of the file that holds rows of jobs: a table's leaf, in SQLite's format.
    private static func leaf(of path: String) -> Range<Int>? {
        let bytes = FileManager.default.contents(atPath: path) ?? Data()
        return stride(from: 4096, to: bytes.count, by: 4096).first { start in
            let page = bytes[start..<min(start + 4096, bytes.count)]
            return page.first == 0x0D && page.range(of: Data("test.pair".utf8)) != nil
        }.map { $0..<($0 + 4096) }
    }
}
