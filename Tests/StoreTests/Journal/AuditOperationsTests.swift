import Foundation
import Kernel
import TestKit
import Testing

@testable import Store

@Suite("Export, retention and the role")
struct AuditOperationsTests {
    /// Another program, in another language, comes to the same hashes.
    private static func verify(_ text: String) async throws -> (status: Int32, output: String) {
        let directory = try TemporaryDirectory("export")
        defer { directory.remove() }
        let file = try directory.write(text, to: "audit.jsonl")
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../docs/audit/verify.py").standardizedFileURL.path
        let run = try await ForeignProgram.run("python3", [script, file])
        return (run.status, run.output + run.errors)
    }

    @Test(
        "an export is verified by docs/audit/verify.py, and a changed or cut one isn't",
        arguments: DatabaseEngine.allCases)
    func export(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: JournalBench.migrations) { database in
            try await JournalBench.fill(database, JournalBench.journal(), 90, seed: 3)
            let lines = Lines()
            let export = AuditExport(database: database, clock: TestClock())
            let summary = try await export.write { await lines.add($0) }
            #expect(summary.entries == 90 && summary.first == 1 && summary.last == 90)
            let text = await lines.text
            let rows = text.split(separator: "\n").map(String.init)
            #expect(rows.count == 91)
            for row in rows { _ = try JSONSerialization.jsonObject(with: Data(row.utf8)) }
            #expect(rows.last?.contains(#""trailer":true"#) == true)
            let good = try await Self.verify(text)
            #expect(good.status == 0, "\(good.output)")
            func changed(_ edit: (inout [String]) -> Void) async throws -> (status: Int32, output: String) {
                var other = rows
                edit(&other)
                return try await Self.verify(other.joined(separator: "\n") + "\n")
            }
            let edited = try await changed { $0[40] = $0[40].replacing(#""nanoseconds":1"#, with: #""nanoseconds":2"#) }
            #expect(edited.status == 1 && edited.output.contains("row 41"))
            let removed = try await changed { $0.remove(at: 40) }
            #expect(removed.status == 1 && removed.output.contains("row 42"))
            let cut = try await changed { $0.removeLast() }
            #expect(cut.status == 1 && cut.output.contains("cut off"))
            let shortened = try await changed { $0.remove(at: 89) }
            #expect(shortened.status == 1 && shortened.output.contains("trailer"))
            // Going on from a row.
            let rest = Lines()
            let second = try await export.write(after: 60, through: 80) { await rest.add($0) }
            #expect(second.first == 61 && second.last == 80)
            #expect(try await Self.verify(rest.text).status == 0)
            let nothing = Lines()
            #expect(try await export.write(after: 90, to: { await nothing.add($0) }).entries == 0)
            #expect(await nothing.text.split(separator: "\n").count == 1)
        }
    }

    @Test(
        "rows past their time leave at the front, and verification goes on from the checkpoint",
        arguments: DatabaseEngine.allCases)
    func retention(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: JournalBench.migrations) { database in
            let clock = ManualClock()
            let journal = JournalBench.journal(clock: clock)
            func append(_ kind: String, _ count: Int) async throws {
                try await database.transaction("test") { db in
                    for _ in 0..<count { try journal.append(AuditEvent(kind), in: db) }
                }
            }
            let retention = AuditRetention(journal: journal, clock: clock, portion: 6)
            #expect(try await retention.prune(database) == nil)
            try await append("process.started", 10)
            clock.advance(by: .seconds(300 * 86_400))
            try await append("consent.given", 5)
            try await append("process.started", 5)
            #expect(try await retention.prune(database) == nil)
            clock.advance(by: .seconds(101 * 86_400))
            // Kept longer by rule: nothing leaves.
            #expect(try await retention.prune(database, keeping: 500) == nil)
            #expect(try await retention.prune(database) == .init(through: 6, entries: 6, mayGoOn: true))
            #expect(try await retention.prune(database) == .init(through: 10, entries: 4, mayGoOn: false))
            #expect(try await retention.prune(database) == nil)
            clock.advance(by: .seconds(400 * 86_400))
            // The consents hold what came after them.
            #expect(try await retention.prune(database) == nil)
            var result = try await AuditVerifier(database: database).verify()
            #expect(result.isIntact && result.from == 11 && result.through == 22)
            try await append("process.started", 1)
            clock.advance(by: .seconds(1000 * 86_400))
            var rounds = 0
            while try await retention.prune(database)?.mayGoOn == true { rounds += 1 }
            #expect(rounds == 2)
            // The newest checkpoint is what counts, and it is told of by the trail that is left.
            result = try await AuditVerifier(database: database).verify()
            #expect(result.isIntact && result.from == 24 && result.through == 26)
            // What is not past its time is as protected as before.
            let error = await #expect(throws: DatabaseError.self) {
                try await database.transaction("test") { db in
                    _ = try db.execute("DELETE FROM audit_entries WHERE sequence = 25")
                }
            }
            #expect(error?.code == .appendOnly)
        }
    }

    @Test("a checkpoint that the trail doesn't tell of is found", arguments: DatabaseEngine.allCases)
    func forgedCheckpoint(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: JournalBench.migrations) { database in
            try await JournalBench.fill(database, JournalBench.journal(), 30)
            // The triggers let a checkpoint of a row that exists pass: with the table's owner's rights rows can leave.
            try await database.transaction("test") { db in
                try db.execute(
                    "INSERT INTO audit_checkpoints SELECT sequence, hash, 10, 1 FROM audit_entries WHERE sequence = 10")
                try db.execute("DELETE FROM audit_entries WHERE sequence <= 10")
            }
            let result = try await AuditVerifier(database: database).verify()
            #expect(result.findings == [ChainFinding(.checkpoint, 11)])
        }
    }

    @Test("the least-privilege role appends and reads, and can do nothing else to the trail")
    func role() async throws {
        let server = try PostgresServer.ofThisRun
        let address = try server.makeDatabase()
        let name = try #require(address.split(separator: "/").last).description
        let role = "edge \(name)"
        let clock = TestClock()
        let owner = try await Database.open(
            DatabaseSettings(parsing: Secret(address)), clock: clock, random: SeededRandomSource(seed: 1))
        try await Migrator(JournalBench.migrations, version: "test", clock: clock).migrate(owner)
        try server.sql("CREATE ROLE \"\(role)\" LOGIN")
        try server.sql(
            "GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA public TO \"\(role)\"",
            database: name)
        for grant in Journal.grants(to: role) { try server.sql(grant, database: name) }
        let user = role.replacing(" ", with: "%20")
        let edge = try await Database.open(
            DatabaseSettings(parsing: Secret(server.url(name, user: user))), clock: clock,
            random: SeededRandomSource(seed: 2))
        let journal = JournalBench.journal()
        try await JournalBench.fill(edge, journal, 20)
        try await edge.transaction("test") { db in journal.forget("ada", in: db) }
        #expect(try await AuditVerifier(database: edge).verify().isIntact)
        let refused: [SQL] = [
            "UPDATE audit_entries SET kind = 'x'", "DELETE FROM audit_entries", "TRUNCATE audit_entries",
            "ALTER TABLE audit_entries DISABLE TRIGGER ALL", "DROP TRIGGER audit_entries_update ON audit_entries",
            "DROP TABLE audit_entries", "SET session_replication_role = replica",
            "DELETE FROM audit_head", "UPDATE audit_head SET id = 1", "UPDATE audit_subjects SET pseudonym = 'x'",
            "INSERT INTO audit_checkpoints SELECT sequence, hash, 1, 1 FROM audit_entries",
            "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE sql AS 'SELECT NULL'",
        ]
        for sql in refused {
            let error = await #expect(throws: DatabaseError.self, "\(sql)") {
                try await edge.transaction("test") { db in _ = try db.execute(sql) }
            }
            #expect(error?.code == .permission || error?.code == .statement, "\(sql): \(error.map { "\($0)" } ?? "")")
        }
        let back = await #expect(throws: DatabaseError.self) {
            try await edge.transaction("test") { db in _ = try db.execute("UPDATE audit_head SET sequence = 1") }
        }
        #expect(back?.code == .appendOnly)
        #expect(try await AuditVerifier(database: owner).verify().isIntact)
        await edge.close()
        await owner.close()
    }
}
