import Foundation
import Kernel
import Store
import Synchronization
import TestKit
import Testing

@testable import Operations

/// Ids of transfers whose transaction was acknowledged.
private final class Acknowledged: Sendable {
    let ids = Mutex<Set<Int>>([])
    let isEnough = Atomic(false)
}

@Suite("Backup and restore, on both engines and across")
struct BackupEngineTests {
    static let pairs = DatabaseEngine.allCases.flatMap { from in DatabaseEngine.allCases.map { (from, $0) } }

    @Test("what was in the database is in the restored one, whichever engine it was and is", arguments: pairs)
    func roundTrip(_ from: DatabaseEngine, _ to: DatabaseEngine) async throws {
        try await BackupFixture.withFolder { directory, folder in
            let content = try await TestDatabase.with(from, migrations: BackupFixture.migrations) { database in
                try await BackupFixture.fill(database)
                let report = try await BackupFixture.maker(database, folder).make(.command)
                #expect(report.others.isEmpty && report.rows > 60)
                return try await BackupFixture.content(database)
            }
            let stored = try #require(try await folder.list().first)
            let settings = try TestDatabase.settings(to, in: directory)
            let report = try await BackupFixture.restore(settings).run(
                path: folder.path + "/" + stored.name.text, opener: BackupFixture.opener, replace: false)
            #expect(!report.replaced && report.migrated.isEmpty && report.contents.engine == from.rawValue)
            let database = try await BackupFixture.open(settings)
            #expect(try await BackupFixture.content(database) == content)
            // The guards are up again.
            for statement: SQL in [
                "DELETE FROM trail WHERE sequence = 1", "INSERT INTO trail_head (id, sequence) VALUES (2, 2)",
                "INSERT INTO transfers (id, account, amount) VALUES (900, 900, 1)",
            ] {
                await #expect(throws: DatabaseError.self) {
                    try await database.transaction("test.guard") { try $0.execute(statement) }
                }
            }
            let status = try await Migrator(BackupFixture.migrations, version: "1.0", clock: TestClock()).status(
                of: database)
            #expect(status.pending.isEmpty)
            await database.close()
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: directory.path).filter { $0.contains("scratch") }
                    == [])
        }
    }

    @Test(
        "a backup taken while 16 tasks move money is one moment, with all that was acknowledged before it",
        arguments: DatabaseEngine.allCases)
    func online(_ engine: DatabaseEngine) async throws {
        try await BackupFixture.withFolder { directory, folder in
            let acknowledged = Acknowledged()
            let before = try await TestDatabase.with(engine, migrations: BackupFixture.migrations) { database in
                try await BackupFixture.fill(database)
                return try await withThrowingTaskGroup(of: Void.self) { group in
                    for task in 0..<16 {
                        group.addTask { try await Self.moveMoney(database, task, acknowledged) }
                    }
                    try await eventually("writes") { acknowledged.ids.withLock { $0.count > 32 } }
                    var before: Set<Int> = []
                    for _ in 0..<3 {
                        before = acknowledged.ids.withLock { $0 }
                        _ = try await BackupFixture.maker(database, folder).make(.command)
                    }
                    let after = acknowledged.ids.withLock { $0 }
                    #expect(after.count > before.count, "writes went on meanwhile")
                    acknowledged.isEnough.store(true, ordering: .relaxed)
                    try await group.waitForAll()
                    return before
                }
            }
            let newest = try #require(try await folder.list().last)
            let settings = try TestDatabase.settings(engine, in: directory)
            _ = try await BackupFixture.restore(settings).run(
                path: folder.path + "/" + newest.name.text, opener: BackupFixture.opener, replace: false)
            let database = try await BackupFixture.open(settings)
            let (sum, moves, ids) = try await database.read("test.sum") { db in
                let sum: Int = try db.value("SELECT sum(balance) FROM accounts") ?? 0
                let moves: Int = try db.value("SELECT sum(amount) FROM transfers WHERE id >= 1000") ?? 0
                let ids: [Int] = try db.rows("SELECT id FROM transfers WHERE id >= 1000").map { try $0["id"] }
                return (sum, moves, Set(ids))
            }
            #expect(sum == 20_000, "money was made or lost")
            #expect(moves == 0, "half a transfer")
            #expect(before.isSubset(of: ids), "an acknowledged write is missing: \(before.subtracting(ids).count)")
            await database.close()
        }
    }

    /// Moves money between two accounts until it is enough; notes each move once it is acknowledged.
    private static func moveMoney(_ database: Database, _ task: Int, _ acknowledged: Acknowledged) async throws {
        var number = 0
        while !acknowledged.isEnough.load(ordering: .relaxed) {
            let id = 1000 + (task * 100_000 + number) * 2
            let (from, to) = (min(number % 20, (number + task + 1) % 20), max(number % 20, (number + task + 1) % 20))
            number += 1
            guard from != to else { continue }
            try await database.transaction("test.move") { db in
                for account in [from, to] {
                    _ = try db.lockedRow("SELECT id FROM accounts WHERE id = \(account)")
                }
                try db.execute("UPDATE accounts SET balance = balance - 1 WHERE id = \(from)")
                try db.execute("INSERT INTO transfers (id, account, amount) VALUES (\(id), \(from), -1)")
                try db.execute("UPDATE accounts SET balance = balance + 1 WHERE id = \(to)")
                try db.execute("INSERT INTO transfers (id, account, amount) VALUES (\(id + 1), \(to), 1)")
            }
            acknowledged.ids.withLock { _ = $0.insert(id) }
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    @Test("content is replaced only when told to, and bad backups touch nothing", arguments: DatabaseEngine.allCases)
    func refusals(_ engine: DatabaseEngine) async throws {
        try await BackupFixture.withFolder { directory, folder in
            try await TestDatabase.with(engine, migrations: BackupFixture.migrations) { database in
                try await BackupFixture.fill(database)
                _ = try await BackupFixture.maker(database, folder).make(.command)
                let path = folder.path + "/" + (try #require(try await folder.list().first)).name.text
                try await database.transaction("test.later") { db in
                    try db.execute("UPDATE accounts SET balance = 7")
                }
                let now = try await BackupFixture.content(database)
                let restore = BackupFixture.restore(database.settings)
                let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
                var damaged = bytes
                damaged[bytes.count - 40] ^= 1
                let bad = [
                    ("short", bytes.prefix(bytes.count / 2), BackupError.Code.damaged),
                    ("damaged", damaged, .damaged), ("foreign", Data("hello".utf8), .foreign),
                ]
                for (name, data, code) in bad {
                    try data.write(to: URL(fileURLWithPath: directory.file(name)))
                    let error = await BackupFixture.failure {
                        _ = try await restore.run(
                            path: directory.file(name), opener: BackupFixture.opener, replace: true)
                    }
                    #expect(error?.code == code, "\(name): \(error?.detail ?? "nothing")")
                }
                let wrong = await BackupFixture.failure {
                    _ = try await restore.run(path: path, opener: .passphrase(Secret("no")), replace: true)
                }
                #expect(wrong?.code == .key)
                let missing = await BackupFixture.failure {
                    _ = try await restore.run(path: path + "x", opener: BackupFixture.opener, replace: true)
                }
                #expect(missing?.code == .missing)
                let unsaid = await BackupFixture.failure {
                    _ = try await restore.run(path: path, opener: BackupFixture.opener, replace: false)
                }
                #expect(unsaid?.code == .notEmpty && unsaid?.detail.contains("--replace") == true)
                #expect(try await BackupFixture.content(database) == now, "nothing was touched")
                let report = try await restore.run(path: path, opener: BackupFixture.opener, replace: true)
                #expect(report.replaced)
                #expect(try await BackupFixture.content(database) != now)
                let sum: Int? = try await database.read("test.sum") {
                    try $0.value("SELECT sum(balance) FROM accounts")
                }
                #expect(sum == 20_000)
            }
        }
    }

    private static let later = Migration(
        "0101-later", portable: ["ALTER TABLE accounts ADD COLUMN nick TEXT NOT NULL DEFAULT 'none'"])

    @Test(
        "an older backup is brought up to date, a newer or foreign one is refused", arguments: DatabaseEngine.allCases)
    func schema(_ engine: DatabaseEngine) async throws {
        let newer = BackupScope(migrations: BackupFixture.migrations + [Self.later])
        try await BackupFixture.withFolder { directory, folder in
            try await TestDatabase.with(engine, migrations: BackupFixture.migrations) { database in
                try await BackupFixture.fill(database)
                _ = try await BackupFixture.maker(database, folder).make(.command)
            }
            let path = folder.path + "/" + (try #require(try await folder.list().first)).name.text
            for existing in [false, true] {
                try await TestDatabase.with(engine, migrations: existing ? newer.migrations : []) { database in
                    let report = try await BackupFixture.restore(database.settings, scope: newer).run(
                        path: path, opener: BackupFixture.opener, replace: existing)
                    #expect(report.migrated == ["0101-later"])
                    let nicks: Int? = try await database.read("test.nick") {
                        try $0.value("SELECT count(*) FROM accounts WHERE nick = 'none'")
                    }
                    #expect(nicks == 20)
                    // Its own backup is too new for the older program.
                    _ = try await BackupFixture.maker(database, folder, scope: newer).make(.command)
                }
            }
            let newest = folder.path + "/" + (try #require(try await folder.list().last)).name.text
            let edited = BackupScope(
                migrations: ChangeFeed.migrations + BackupFixture.ledgerStep
                    + [Migration("0100-bank", portable: ["CREATE TABLE accounts (id BIGINT)"])])
            try await TestDatabase.with(engine) { database in
                let tooNew = await BackupFixture.failure {
                    _ = try await BackupFixture.restore(database.settings).run(
                        path: newest, opener: BackupFixture.opener, replace: false)
                }
                #expect(tooNew?.code == .newer && tooNew?.detail.contains("0101-later") == true)
                let other = await BackupFixture.failure {
                    _ = try await BackupFixture.restore(database.settings, scope: edited).run(
                        path: path, opener: BackupFixture.opener, replace: false)
                }
                #expect(other?.code == .schema)
            }
        }
    }

    @Test("after a restore every replica reads everything, whatever it had seen", arguments: DatabaseEngine.allCases)
    func feed(_ engine: DatabaseEngine) async throws {
        try await BackupFixture.withFolder { _, folder in
            try await TestDatabase.with(engine, migrations: BackupFixture.migrations) { database in
                try await BackupFixture.fill(database)
                _ = try await BackupFixture.maker(database, folder).make(.command)
                let path = folder.path + "/" + (try #require(try await folder.list().first)).name.text
                let batches = Mutex<[ChangeFeed.Batch]>([])
                let feed = ChangeFeed(database: database, clock: TestClock())
                feed.follow("account") { _, batch in batches.withLock { $0.append(batch) } }
                let position = try await feed.poll(after: nil)
                _ = try await BackupFixture.restore(database.settings).run(
                    path: path, opener: BackupFixture.opener, replace: true)
                // As many changes again as would bring an old position back to where it was.
                for number in 0..<3 {
                    try await database.transaction("test.change") {
                        $0.changed("account", key: "\(number)", at: Timestamp(nanosecondsSinceEpoch: 2))
                    }
                }
                try await feed.poll(after: position)
                #expect(batches.withLock { $0 } == [.everything, .everything])
            }
        }
    }

    @Test(
        "the rebuild hook runs inside the restore, and its failure leaves everything as it was",
        arguments: DatabaseEngine.allCases)
    func hook(_ engine: DatabaseEngine) async throws {
        struct Broken: Error {}
        try await BackupFixture.withFolder { _, folder in
            try await TestDatabase.with(engine, migrations: BackupFixture.migrations) { database in
                try await BackupFixture.fill(database)
                _ = try await BackupFixture.maker(database, folder).make(.command)
                let path = folder.path + "/" + (try #require(try await folder.list().first)).name.text
                try await database.transaction("test.later") { try $0.execute("UPDATE accounts SET balance = 1") }
                let now = try await BackupFixture.content(database)
                let failing = BackupScope(migrations: BackupFixture.migrations) { _ in throw Broken() }
                await #expect(throws: Broken.self) {
                    _ = try await BackupFixture.restore(database.settings, scope: failing).run(
                        path: path, opener: BackupFixture.opener, replace: true)
                }
                #expect(try await BackupFixture.content(database) == now)
                let erasing = BackupScope(migrations: BackupFixture.migrations) { db in
                    try db.execute("UPDATE accounts SET \"order\" = NULL WHERE id = 1")
                }
                _ = try await BackupFixture.restore(database.settings, scope: erasing).run(
                    path: path, opener: BackupFixture.opener, replace: true)
                let erased: Int? = try await database.read("test.erased") {
                    try $0.value("SELECT count(*) FROM accounts WHERE id = 1 AND \"order\" IS NULL AND balance = 1000")
                }
                #expect(erased == 1)
            }
        }
    }

    @Test("a damaged SQLite file is moved aside and replaced, and a stranger's file is left alone")
    func damagedFile() async throws {
        try await BackupFixture.withFolder { directory, folder in
            try await TestDatabase.with(.sqlite, migrations: BackupFixture.migrations) { database in
                try await BackupFixture.fill(database)
                _ = try await BackupFixture.maker(database, folder).make(.command)
            }
            let path = folder.path + "/" + (try #require(try await folder.list().first)).name.text
            try directory.write(String(repeating: "this is no database ", count: 500), to: "broken.db")
            let settings = try DatabaseSettings(parsing: Secret(directory.file("broken.db")))
            let refused = await BackupFixture.failure {
                _ = try await BackupFixture.restore(settings).run(
                    path: path, opener: BackupFixture.opener, replace: false)
            }
            #expect(refused?.code == .notEmpty)
            let report = try await BackupFixture.restore(settings).run(
                path: path, opener: BackupFixture.opener, replace: true)
            let aside = try #require(report.movedAside)
            #expect(FileManager.default.contents(atPath: aside)?.count == 10_000)
            let database = try await BackupFixture.open(settings)
            #expect(try await BackupFixture.content(database)[0].count == 20)
            await database.close()

            let stranger = try DatabaseSettings(parsing: Secret(directory.file("stranger.db")))
            let other = try await BackupFixture.open(stranger)
            try await other.transaction("test.stranger") { try $0.execute("CREATE TABLE photos (id BIGINT)") }
            await other.close()
            let left = await BackupFixture.failure {
                _ = try await BackupFixture.restore(stranger).run(
                    path: path, opener: BackupFixture.opener, replace: true)
            }
            #expect(left?.detail.contains("aren't Seaworthy's") == true)
        }
    }

    @Test(
        "a second restore beside the same database is refused, and what a killed one left is cleared away",
        arguments: DatabaseEngine.allCases)
    func scratch(_ engine: DatabaseEngine) async throws {
        try await BackupFixture.withFolder { directory, folder in
            try await TestDatabase.with(.sqlite, migrations: BackupFixture.migrations) { database in
                try await BackupFixture.fill(database)
                _ = try await BackupFixture.maker(database, folder).make(.command)
            }
            let path = folder.path + "/" + (try #require(try await folder.list().first)).name.text
            let address =
                engine == .sqlite ? directory.file("new.db") : try PostgresServer.ofThisRun.makeDatabase()
            let settings = try DatabaseSettings(parsing: Secret(address))
            let scratch = Scratch(beside: settings, for: .restore)
            var hold: ScratchHold? = try await scratch.make(BackupFixture.ports)
            let second = await BackupFixture.failure {
                _ = try await BackupFixture.restore(settings).run(
                    path: path, opener: BackupFixture.opener, replace: false)
            }
            #expect(second?.code == .unavailable && second?.detail.contains("another restore") == true)
            withExtendedLifetime(hold) {}
            hold = nil
            // On PostgreSQL it is the schema that `make` has just left.
            if engine == .sqlite { try directory.write("left by a killed run", to: "new.db.restore-scratch-wal") }
            _ = try await BackupFixture.restore(settings).run(path: path, opener: BackupFixture.opener, replace: false)
            let left = try FileManager.default.contentsOfDirectory(atPath: directory.path).filter {
                $0.contains("scratch")
            }
            #expect(left.isEmpty)
        }
    }

    @Test("tables of others in the same schema are neither backed up nor touched", arguments: DatabaseEngine.allCases)
    func others(_ engine: DatabaseEngine) async throws {
        try await BackupFixture.withFolder { _, folder in
            try await TestDatabase.with(engine, migrations: BackupFixture.migrations) { database in
                try await BackupFixture.fill(database)
                try await database.transaction("test.other") { db in
                    try db.execute("CREATE TABLE app_orders (id BIGINT)")
                    try db.execute("INSERT INTO app_orders (id) VALUES (1)")
                }
                let report = try await BackupFixture.maker(database, folder).make(.command)
                #expect(report.others == ["app_orders"])
                _ = try await BackupFixture.restore(database.settings).run(
                    path: folder.path + "/" + report.name.text, opener: BackupFixture.opener, replace: true)
                let left: Int? = try await database.read("test.other") {
                    try $0.value("SELECT count(*) FROM app_orders")
                }
                #expect(left == 1)
            }
        }
    }
}
