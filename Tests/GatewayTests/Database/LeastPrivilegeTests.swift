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

    @Test("prunes the trail by the owner's function alone, which lets nothing go before its time")
    func retention() async throws {
        let server = try PostgresServer.ofThisRun
        let address = try server.makeDatabase()
        let name = String(address.split(separator: "/").last ?? "")
        let role = "runtime_\(UInt32.random(in: 0 ... .max))"
        let owner = try await opened(address)
        // Three years ago, by the server's own clock too.
        let clock = ManualClock(start: TestClock().now().later(by: .seconds(-1095 * 86_400)))
        try await Migrator(Schema.migrations, version: "test", clock: clock).migrate(owner)
        try server.sql("CREATE ROLE \(role) LOGIN")
        let database = try await opened(server.url(name, user: role))
        let journal = Journal(clock: clock, random: SeededRandomSource(seed: 3), strictness: .throwing)
        let retention = AuditRetention(journal: journal, clock: clock)
        func append(_ kind: String, _ count: Int, _ database: Database) async throws {
            try await database.transaction("test.audit") { db in
                for _ in 0..<count { try journal.append(AuditEvent(kind, actor: "ada"), in: db) }
            }
        }
        try await append("process.started", 12, owner)
        // Kept for longer than the others by its kind, and so is what comes behind it.
        try await append("consent.given", 1, owner)
        try await append("process.started", 5, owner)
        clock.advance(by: .seconds(1095 * 86_400))

        // Grants of an earlier version: the function is missing, and that is said.
        try server.sql(try #require(SchemaGrants(role: role)).sql, database: name)
        try server.sql("DROP FUNCTION audit_prune(BIGINT)", database: name)
        let missing = await #expect(throws: DatabaseError.self) { try await retention.prune(database) }
        #expect(missing?.code == .permission && missing?.detail.contains("migrate grants") == true)

        try server.sql(try #require(SchemaGrants(role: role)).sql, database: name)
        let pruned = try await retention.prune(database)
        #expect(pruned?.through == 12 && pruned?.entries == 12 && pruned?.mayGoOn == false)
        #expect(try await retention.prune(database) == nil)
        let verified = try await AuditVerifier(database: database).verify()
        #expect(verified.isIntact && verified.from == 13, "\(verified)")
        // Whatever the role says: what isn't past its time stays, and so does the newest row.
        let forced = try await database.transaction("test.force") { db in
            try db.value("SELECT pruned_through FROM audit_prune(9223372036854775807)", as: Int64?.self) ?? nil
        }
        #expect(forced == nil)
        // A clock of ours that is years ahead fools the program, not the function.
        clock.advance(by: .seconds(5000 * 86_400))
        #expect(try await retention.prune(database) == nil)
        let refused = [
            "DELETE FROM audit_entries WHERE sequence = 13", "UPDATE audit_entries SET kind = 'x'",
            "INSERT INTO audit_checkpoints SELECT sequence, hash, 1, 1 FROM audit_entries",
            "DELETE FROM audit_checkpoints",
            "CREATE OR REPLACE FUNCTION audit_prune(wanted BIGINT) RETURNS BIGINT LANGUAGE sql AS 'SELECT 1'",
            "ALTER FUNCTION audit_prune(BIGINT) SET search_path = pg_temp", "DROP FUNCTION audit_prune(BIGINT)",
        ]
        for statement in refused {
            let error = await #expect(throws: DatabaseError.self, "\(statement)") {
                try await database.transaction("test.refused") { try $0.execute(SQL(trusted: statement)) }
            }
            #expect(error?.code == .permission, "\(statement): \(error.map { "\($0)" } ?? "")")
        }
        // A table of the role's own by the same name, found first wherever names are looked up carelessly.
        try server.sql("GRANT TEMPORARY ON DATABASE \"\(name)\" TO \(role)", database: name)
        try await database.transaction("test.shadow") { db in
            try db.execute("CREATE TEMPORARY TABLE audit_head (id INTEGER, sequence BIGINT, hash BYTEA) ON COMMIT DROP")
            try db.execute("INSERT INTO audit_head VALUES (1, 9000000000000000000, '')")
            let pruned = try db.value("SELECT pruned_through FROM audit_prune(9000000000000000000)", as: Int64?.self)
            #expect((pruned ?? nil) == nil)
        }
        // A row that was tampered with keeps itself and what follows, and says so.
        try await owner.transaction("test.tamper") { db in
            try db.execute("SET LOCAL session_replication_role = replica")
            try db.execute("UPDATE audit_entries SET kind = 'process.stopped', at = 1 WHERE sequence > 12")
        }
        let broken = await #expect(throws: DatabaseError.self) { try await retention.prune(owner) }
        #expect(broken?.code == .schema && broken?.detail.contains("row 13") == true)
        await database.close()
        await owner.close()
    }

    @Test("has a name that could not be anything else", arguments: ["", "a b", "a\"; DROP TABLE jobs; --", "ü", "a;b"])
    func names(_ name: String) { #expect(SchemaGrants(role: name) == nil) }

    private func opened(_ address: String) async throws -> Database {
        try await Database.open(
            try DatabaseSettings(parsing: Secret(address)), clock: TestClock(), random: SeededRandomSource(seed: 1))
    }
}
