import Foundation
import Kernel
import Store
import Synchronization
import TestKit
import Testing

@testable import Operations

@Suite("Making backups")
struct BackupMakerTests {
    private static func records(_ database: Database) async throws -> [BackupRecord] {
        try await database.read("test.records") { try BackupLedger.recent(50, in: $0) }
    }

    @Test(
        "a backup is recorded as verified, for its owner's eyes alone, and leaves no other file",
        arguments: DatabaseEngine.allCases)
    func recorded(_ engine: DatabaseEngine) async throws {
        try await BackupFixture.withFolder { _, folder in
            try await TestDatabase.with(engine, migrations: BackupFixture.migrations) { database in
                try await BackupFixture.fill(database)
                let report = try await BackupFixture.maker(database, folder, verification: .restore).make(.schedule)
                let record = try #require(try await Self.records(database).first)
                #expect(record.state == .verified && record.name == report.name.text && record.bytes == report.bytes)
                #expect(record.rows == report.rows && record.verifiedAt != nil && record.cause == .schedule)
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [report.name.text])
                let mode = try FileManager.default.attributesOfItem(atPath: folder.path + "/" + report.name.text)[
                    .posixPermissions]
                #expect(mode as? Int == 0o600)
                let folderMode = try FileManager.default.attributesOfItem(atPath: folder.path)[.posixPermissions]
                #expect(folderMode as? Int == 0o700)
            }
        }
    }

    @Test("8 at once are 8 backups, each verified", arguments: DatabaseEngine.allCases)
    func together(_ engine: DatabaseEngine) async throws {
        try await BackupFixture.withFolder { _, folder in
            try await TestDatabase.with(engine, migrations: BackupFixture.migrations) { database in
                try await BackupFixture.fill(database)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<8 {
                        group.addTask { _ = try await BackupFixture.maker(database, folder).make(.schedule) }
                    }
                    try await group.waitForAll()
                }
                let names = try await folder.list().map(\.name.text)
                let records = try await Self.records(database)
                #expect(names.count == 8 && Set(records.map(\.name)) == Set(names))
                #expect(records.allSatisfy { $0.state == .verified })
            }
        }
    }

    /// Says that it is told inside the failing backup's transaction.
    private struct Alerts: BackupAlerts {
        let told: @Sendable (String) -> Void
        func backupFailed(name: String, destination: String, reason: String, in db: Transaction) throws { told(reason) }
    }

    private struct Audit: AuditTrail {
        let told: @Sendable (AuditEvent) -> Void
        func append(_ event: AuditEvent, in db: Transaction) throws { told(event) }
    }

    /// A folder that changes what is read back, or can't take what is written.
    private struct Spoiled: BackupDestination {
        let folder: FolderDestination
        var label: String { folder.label }
        var spoilsReads = false
        func begin(_ name: BackupName) async throws -> String { try await folder.begin(name) }
        func publish(_ path: String, as name: BackupName) async throws {
            guard spoilsReads else { throw BackupError(.unavailable, "the place is gone") }
            try await folder.publish(path, as: name)
        }
        func list() async throws -> [StoredBackup] { try await folder.list() }
        func fetch(_ name: BackupName) async throws -> (path: String, isTemporary: Bool) {
            let (path, _) = try await folder.fetch(name)
            var data = try Data(contentsOf: URL(fileURLWithPath: path))
            data[data.count / 2] ^= 4
            try data.write(to: URL(fileURLWithPath: path + ".copy"))
            return (path + ".copy", true)
        }
        func remove(_ name: BackupName) async throws { try await folder.remove(name) }
        func sweep(before time: Timestamp) async {}
    }

    @Test(
        "a backup that can't be written or doesn't read back fails loudly and leaves nothing",
        arguments: DatabaseEngine.allCases)
    func failing(_ engine: DatabaseEngine) async throws {
        try await BackupFixture.withFolder { _, folder in
            try await TestDatabase.with(engine, migrations: BackupFixture.migrations) { database in
                try await BackupFixture.fill(database)
                let good = try await BackupFixture.maker(database, folder).make(.command)
                for spoilsReads in [false, true] {
                    let told = Mutex<[String]>([])
                    let events = Mutex<[AuditEvent]>([])
                    let ledger = BackupLedger(
                        audit: Audit { event in events.withLock { $0.append(event) } },
                        alerts: Alerts { reason in told.withLock { $0.append(reason) } })
                    let maker = BackupFixture.maker(
                        database, Spoiled(folder: folder, spoilsReads: spoilsReads),
                        retention: RetentionRule(daily: 0, weekly: 0, monthly: 0), ledger: ledger)
                    let error = await BackupFixture.failure { _ = try await maker.make(.schedule) }
                    #expect(error?.code == (spoilsReads ? .damaged : .unavailable), "\(error?.detail ?? "")")
                    #expect(told.withLock { $0.count } == 1)
                    #expect(events.withLock { $0.map(\.kind) } == ["backup.failed"])
                    let record = try #require(try await Self.records(database).first)
                    #expect(record.state == .failed && record.error?.isEmpty == false)
                    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [good.name.text])
                }
            }
        }
    }

    @Test("the rule removes old ones after a good one, and only files of ours")
    func retained() async throws {
        try await BackupFixture.withFolder { _, folder in
            try await TestDatabase.with(.sqlite, migrations: BackupFixture.migrations) { database in
                try await BackupFixture.fill(database, accounts: 2)
                try Data("mine".utf8).write(to: URL(fileURLWithPath: folder.path + "/notes.txt"))
                let clock = ManualClock()
                var newest: BackupName?
                for _ in 0..<10 {
                    clock.advance(by: .seconds(86_400))
                    let maker = BackupFixture.maker(
                        database, folder, retention: RetentionRule(daily: 3, weekly: 0, monthly: 0),
                        ports: BackupPorts(clock: clock, random: SeededRandomSource(seed: clock.nanoseconds())))
                    newest = try await maker.make(.schedule).name
                }
                let stored = try await folder.list()
                #expect(stored.count == 3 && stored.last?.name == newest)
                #expect(FileManager.default.fileExists(atPath: folder.path + "/notes.txt"))
                let states = try await Self.records(database).map(\.state)
                #expect(states.filter { $0 == .verified }.count == 3 && states.filter { $0 == .removed }.count == 7)
            }
        }
    }

    @Test("what a killed run left is no backup, and goes once nobody writes it any more")
    func abandoned() async throws {
        try await BackupFixture.withFolder { _, folder in
            try await TestDatabase.with(.sqlite, migrations: BackupFixture.migrations) { database in
                try await BackupFixture.fill(database)
                let name = BackupName(at: TestClock().now(), random: SeededRandomSource(seed: 1))
                let path = try await folder.begin(name)
                let sink = try FileSink(path: path)
                try sink.write([1, 2, 3])
                #expect(try await folder.list().isEmpty)
                let later = Timestamp(nanosecondsSinceEpoch: .max)
                await folder.sweep(before: later)
                #expect(FileManager.default.fileExists(atPath: path), "somebody still writes it")
                try sink.finish()
                await folder.sweep(before: Timestamp(nanosecondsSinceEpoch: 0))
                #expect(FileManager.default.fileExists(atPath: path), "too young")
                await folder.sweep(before: later)
                #expect(!FileManager.default.fileExists(atPath: path))
                // A run that was killed two days ago is closed by the next.
                let old = Timestamp(
                    nanosecondsSinceEpoch: TestClock().now().nanosecondsSinceEpoch - 2 * 86_400_000_000_000)
                try await database.transaction("test.old") { db in
                    try BackupLedger().begin(
                        name, id: UniqueID(rawValue: "old"), destination: "x", cause: .schedule, at: old, in: db)
                }
                _ = try await BackupFixture.maker(database, folder).make(.command)
                #expect(try await Self.records(database).map(\.state) == [.verified, .failed])
            }
        }
    }

    @Test("a full disk is said, leaves nothing behind, and the next backup works")
    func full() async throws {
        guard geteuid() == 0 else { return }
        try await BackupFixture.withFolder { directory, _ in
            let path = directory.file("small")
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
            let mounted = try RunningProcess("/bin/mount", ["-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", path])
            guard try await mounted.exitCode() == 0 else { return }
            let folder = try FolderDestination(path: path)
            let outcome = await BackupFixture.failure {
                try await TestDatabase.with(.sqlite, migrations: BackupFixture.migrations) { database in
                    var generator = SeededGenerator(seed: 1)
                    let noise = (0..<200_000).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
                    try await database.transaction("test.noise") { db in
                        try db.execute("INSERT INTO accounts (id, balance, picture) VALUES (1, 1, \(noise))")
                    }
                    let error = await BackupFixture.failure {
                        _ = try await BackupFixture.maker(database, folder).make(.command)
                    }
                    #expect(error?.code == .diskFull && error?.detail.contains("No space left") == true)
                    #expect(try FileManager.default.contentsOfDirectory(atPath: path).isEmpty)
                    try await database.transaction("test.noise") { try $0.execute("DELETE FROM accounts") }
                    _ = try await BackupFixture.maker(database, folder).make(.command)
                }
            }
            let left = try RunningProcess("/bin/umount", [path])
            _ = try await left.exitCode()
            #expect(outcome == nil, "\(outcome?.detail ?? "")")
        }
    }

    @Test("wherever the room ends, the writer says so and never finishes", arguments: [0, 10, 70, 100, 300])
    func sink(_ capacity: Int) throws {
        let sink = MemorySink()
        sink.capacity = capacity
        let key = try BackupFixture.seal.fileKey(random: SeededRandomSource(seed: 1))
        #expect(throws: BackupError.self) {
            let encoder = try DumpEncoder(
                into: try Deflater(into: try SealedWriter(into: sink, key: key)),
                header: DumpHeader(
                    program: "1", engine: .sqlite, takenAt: Timestamp(nanosecondsSinceEpoch: 0), migrations: []))
            encoder.table("t", columns: ["a"])
            var generator = SeededGenerator(seed: 2)
            for _ in 0..<100 { try encoder.row([.integer(Int64(bitPattern: generator.next()))]) }
            try encoder.endTable()
            try encoder.finish()
        }
        #expect(!sink.isFinished)
    }

    @Test("a folder that others may write into is refused")
    func openFolder() throws {
        let directory = try TemporaryDirectory("backup")
        defer { directory.remove() }
        chmod(directory.path, 0o777)
        #expect(throws: BackupError.self) { try FolderDestination(path: directory.path) }
        chmod(directory.path, 0o700)
        #expect(try FolderDestination(path: directory.path + "/").path == directory.path)
        try directory.write("", to: "file")
        #expect(throws: BackupError.self) { try FolderDestination(path: directory.file("file")) }
        #expect(throws: BackupError.self) { try FolderDestination(path: directory.file("no/such")) }
    }

    @Test("the job says whether another try makes sense")
    func job() async throws {
        try await BackupFixture.withFolder { _, folder in
            try await TestDatabase.with(.sqlite, migrations: BackupFixture.migrations) { database in
                try await BackupFixture.fill(database, accounts: 1)
                let job = Job(
                    id: UniqueID(rawValue: "1"), kind: BackupJob.kind, payload: "{}", payloadVersion: 1, attempt: 1,
                    maxAttempts: 3, createdAt: Timestamp(nanosecondsSinceEpoch: 0))
                try await BackupJob(BackupFixture.maker(database, folder)).run(job)
                #expect(try await folder.list().count == 1)
                let failure = await #expect(throws: JobFailure.self) {
                    try await BackupJob(BackupFixture.maker(database, Spoiled(folder: folder))).run(job)
                }
                guard case .retry = failure else {
                    Issue.record("\(String(describing: failure))")
                    return
                }
            }
        }
    }

    @Test("a migration that begins before the table of backups exists can still be backed up")
    func early() async throws {
        try await BackupFixture.withFolder { _, folder in
            try await TestDatabase.with(.sqlite, migrations: ChangeFeed.migrations) { database in
                let scope = BackupFixture.scope
                try await Migrator(scope.migrations, version: "1.0", clock: TestClock()).migrate(database) { _ in
                    _ = try await BackupFixture.maker(database, folder).make(.migration)
                }
                #expect(try await folder.list().count == 1)
            }
        }
    }
}
