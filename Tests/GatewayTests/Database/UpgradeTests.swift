import Foundation
import Gateway
import Kernel
import Store
import TestKit
import Testing

/// Databases that an earlier commit made (Tests/Fixtures/databases), brought to what this one has.
@Suite("An upgrade")
struct UpgradeTests {
    static let fixtures = SchemaTests.package.appending(path: "Tests/Fixtures/databases").path

    @Test(
        "from the first schema keeps every row and ends where a new database begins", arguments: DatabaseEngine.allCases
    )
    func first(_ engine: DatabaseEngine) async throws {
        try await upgraded(engine, from: "0001", steps: 1) { database in
            let rows = try await database.read("test.rows") { db in
                try db.rows("SELECT sequence, topic, key, at FROM changes ORDER BY sequence")
            }
            #expect(try rows.map { try $0["sequence"] as Int } == [1, 2, 3])
            #expect(try rows.map { try $0["key"] as String } == ["a", "b", "ünïcödé ‹key›"])
            #expect(try rows.map { try $0["at"] as Int64 } == [1_700_000_000_000_000_000, 1, .max])
            #expect(try await sequence(database) == 3)
            // And it works on: the next change gets the next number.
            try await database.transaction("test.change") { db in
                db.changed("session", key: "next", at: Timestamp(nanosecondsSinceEpoch: 5))
            }
            #expect(try await sequence(database) == 4)
        }
    }

    @Test(
        "from the schema of the job queue keeps every job, and a job whose worker is gone is taken up again",
        arguments: DatabaseEngine.allCases)
    func jobs(_ engine: DatabaseEngine) async throws {
        try await upgraded(engine, from: "0002", steps: 2) { database in
            let queue = JobQueue(clock: TestClock(), random: SeededRandomSource(seed: 4))
            let jobs = try await database.read("test.jobs") { try queue.list(in: $0) }
            #expect(Set(jobs.map(\.id.rawValue)) == ["job-ready", "job-running", "job-dead"])
            let ready = try #require(jobs.first { $0.id.rawValue == "job-ready" })
            #expect(ready.attempts == 2 && ready.lastError == "endpoint answered 503")
            let claimed = try await database.transaction("test.claim") { db in
                let abandoned = try queue.leases(in: db)
                #expect(try queue.takeBack(abandoned, in: db) == 1)
                return try queue.claim(
                    [JobOffer("backup.run", limit: 5)], limit: 5, worker: "new", lease: .seconds(60), in: db)
            }
            #expect(claimed.map(\.job.id.rawValue) == ["job-running"] && claimed.first?.job.attempt == 2)
        }
    }

    /// An old database, migrated: what was applied, that it has the schema of a new one, then `verify`.
    private func upgraded(
        _ engine: DatabaseEngine, from number: String, steps: Int, _ verify: (Database) async throws -> Void
    ) async throws {
        let directory = try TemporaryDirectory("upgrade")
        defer { directory.remove() }
        let address = try UpgradeTests.restored(number, engine, directory)
        let database = try await Database.open(
            try DatabaseSettings(parsing: Secret(address)), clock: TestClock(), random: SeededRandomSource(seed: 3))
        do {
            let migrator = Migrator(Schema.migrations, version: "test", clock: TestClock())
            #expect(
                try await migrator.status(of: database).applied.map(\.id)
                    == Array(Schema.migrations.map(\.id).prefix(steps)))
            #expect(try await migrator.migrate(database) == Array(Schema.migrations.map(\.id).dropFirst(steps)))
            let fresh = try await TestDatabase.with(engine, migrations: Schema.migrations) {
                try await SchemaReading.of($0)
            }
            #expect(try await SchemaReading.of(database) == fresh)
            try await verify(database)
        } catch {
            await database.close()
            throw error
        }
        await database.close()
    }

    private func sequence(_ database: Database) async throws -> Int? {
        try await database.read("test.value") { try $0.value("SELECT value FROM change_sequence") as Int? }
    }

    /// A copy of the fixture, as an address.
    private static func restored(_ number: String, _ engine: DatabaseEngine, _ directory: TemporaryDirectory) throws
        -> String
    {
        switch engine {
        case .sqlite:
            let file = directory.file("old.db")
            try FileManager.default.copyItem(atPath: fixtures + "/\(number).sqlite", toPath: file)
            return file
        case .postgres:
            let server = try PostgresServer.ofThisRun
            let address = try server.makeDatabase()
            let name = String(address.split(separator: "/").last ?? "")
            try server.sql(
                try String(contentsOfFile: "\(fixtures)/\(number).postgres.sql", encoding: .utf8), database: name)
            return address
        }
    }
}
