import Foundation
import Gateway
import Kernel
import Store
import TestKit
import Testing

@Suite("The role that serve runs as")
struct LeastPrivilegeTests {
    @Test("can do all that the program does with rows, and nothing to the schema")
    func role() async throws {
        let server = try PostgresServer.ofThisRun
        let address = try server.makeDatabase()
        let name = String(address.split(separator: "/").last ?? "")
        let role = "runtime_\(UInt32.random(in: 0 ... .max))"
        let owner = try await opened(address)
        try await Migrator(Schema.migrations, version: "test", clock: TestClock()).migrate(owner)
        await owner.close()
        try server.sql("CREATE ROLE \(role) LOGIN")
        let grants = try #require(SchemaGrants(role: role))
        // Twice: after every migration it is run again.
        try server.sql(grants.sql, database: name)
        try server.sql(grants.sql, database: name)

        let database = try await opened(server.url(name, user: role))
        let clock = TestClock()
        let feed = ChangeFeed(database: database, clock: clock)
        let queue = JobQueue(clock: clock, random: SeededRandomSource(seed: 2))
        #expect(
            try await Migrator(Schema.migrations, version: "test", clock: clock).status(of: database).pending.isEmpty)
        try await database.transaction("test.work") { db in
            try queue.enqueue(JobRequest("test", payload: "{}"), in: db)
            db.changed("session", key: "a", at: clock.now())
        }
        try await feed.poll(after: 0)
        try await database.transaction("test.prune") { db in try ChangeFeed.prune(db, before: clock.now()) }
        let journal = Journal(clock: clock, random: SeededRandomSource(seed: 3), strictness: .throwing)
        try await database.transaction("test.audit") { db in
            try journal.append(AuditEvent("backup.completed", actor: "somebody", details: ["backup": "b"]), in: db)
        }
        let refused = [
            "UPDATE audit_entries SET details = '{}'", "DELETE FROM audit_entries", "TRUNCATE audit_entries",
            "UPDATE audit_head SET id = 2", "DELETE FROM audit_head",
            "INSERT INTO audit_checkpoints VALUES (1, '', 1, 1)",
            "ALTER TABLE audit_entries DISABLE TRIGGER ALL", "DROP TRIGGER audit_entries_update ON audit_entries",
            "CREATE TABLE mine (id BIGINT)", "DROP TABLE jobs", "ALTER TABLE jobs ADD COLUMN x BIGINT", "TRUNCATE jobs",
            "DELETE FROM schema_migrations", "UPDATE schema_migrations SET checksum = 'x'",
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "COPY jobs TO PROGRAM 'true'",
        ]
        for statement in refused {
            let error = await #expect(throws: DatabaseError.self, "\(statement)") {
                try await database.transaction("test.refused") { try $0.execute(SQL(trusted: statement)) }
            }
            #expect(error?.code == .permission, "\(statement): \(error.map { "\($0)" } ?? "")")
        }
        await database.close()
    }

    @Test("has a name that could not be anything else", arguments: ["", "a b", "a\"; DROP TABLE jobs; --", "ü", "a;b"])
    func names(_ name: String) { #expect(SchemaGrants(role: name) == nil) }

    private func opened(_ address: String) async throws -> Database {
        try await Database.open(
            try DatabaseSettings(parsing: Secret(address)), clock: TestClock(), random: SeededRandomSource(seed: 1))
    }
}
