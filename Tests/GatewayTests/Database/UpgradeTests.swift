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
        let directory = try TemporaryDirectory("upgrade")
        defer { directory.remove() }
        let address = try UpgradeTests.restored(engine, directory)
        let database = try await Database.open(
            try DatabaseSettings(parsing: Secret(address)), clock: TestClock(), random: SeededRandomSource(seed: 3))
        do {
            try await verify(database)
        } catch {
            await database.close()
            throw error
        }
        await database.close()
    }

    private func verify(_ database: Database) async throws {
        let migrator = Migrator(Schema.migrations, version: "test", clock: TestClock())
        #expect(try await migrator.status(of: database).applied.map(\.id) == ["0001-change-feed"])
        #expect(try await migrator.migrate(database) == Schema.migrations.dropFirst().map(\.id))
        let rows = try await database.read("test.rows") { db in
            try db.rows("SELECT sequence, topic, key, at FROM changes ORDER BY sequence")
        }
        #expect(try rows.map { try $0["sequence"] as Int } == [1, 2, 3])
        #expect(try rows.map { try $0["key"] as String } == ["a", "b", "ünïcödé ‹key›"])
        #expect(try rows.map { try $0["at"] as Int64 } == [1_700_000_000_000_000_000, 1, .max])
        #expect(
            try await database.read("test.value") { try $0.value("SELECT value FROM change_sequence") as Int? } == 3)
        let fresh = try await TestDatabase.with(database.engine, migrations: Schema.migrations) {
            try await SchemaReading.of($0)
        }
        #expect(try await SchemaReading.of(database) == fresh)
        // And it works on: the next change gets the next number.
        try await database.transaction("test.change") { db in
            db.changed("session", key: "next", at: Timestamp(nanosecondsSinceEpoch: 5))
        }
        #expect(
            try await database.read("test.value") { try $0.value("SELECT value FROM change_sequence") as Int? } == 4)
    }

    /// A copy of the fixture, as an address.
    private static func restored(_ engine: DatabaseEngine, _ directory: TemporaryDirectory) throws -> String {
        switch engine {
        case .sqlite:
            let file = directory.file("old.db")
            try FileManager.default.copyItem(atPath: fixtures + "/0001.sqlite", toPath: file)
            return file
        case .postgres:
            let server = try PostgresServer.ofThisRun
            let address = try server.makeDatabase()
            let name = String(address.split(separator: "/").last ?? "")
            try server.sql(try String(contentsOfFile: fixtures + "/0001.postgres.sql", encoding: .utf8), database: name)
            return address
        }
    }
}
