import Foundation
import Kernel
import Synchronization
import TestKit
import Testing

@testable import Store

@Suite("The audit trail, on both engines")
struct JournalTests {
    private struct Undone: Error {}

    @Test("rows follow each other without a gap and the trail verifies", arguments: DatabaseEngine.allCases)
    func chain(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: JournalBench.migrations) { database in
            try await JournalBench.fill(database, JournalBench.journal(), 150)
            let entries = try await JournalBench.entries(database)
            #expect(entries.map(\.sequence) == Array(1...150))
            #expect(zip(entries, entries.dropFirst()).allSatisfy { $0.hash == $1.previousHash })
            #expect(entries.first?.previousHash == AuditEntry.noHash)
            let result = try await AuditVerifier(database: database).verify()
            #expect(result.isIntact && result.entries == 150 && result.from == 1 && result.through == 150)
            #expect(result.hash == entries.last?.hash)
            // Going on from the middle.
            let middle = ChainPosition(sequence: 100, hash: entries[99].hash)
            let rest = try await AuditVerifier(database: database).verify(from: middle)
            #expect(rest.isIntact && rest.entries == 50 && rest.from == 101)
            let wrong = ChainPosition(sequence: 100, hash: entries[98].hash)
            #expect(
                try await AuditVerifier(database: database).verify(from: wrong).findings.map(\.kind) == [.checkpoint])
        }
    }

    @Test("an act that is undone leaves no row, and one that is kept has its row", arguments: DatabaseEngine.allCases)
    func sameTransaction(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: JournalBench.migrations) { database in
            let journal = JournalBench.journal()
            await #expect(throws: Undone.self) {
                try await database.transaction("test") { db in
                    try journal.append(AuditEvent("process.started"), in: db)
                    throw Undone()
                }
            }
            // Undone by COMMIT's own steps too.
            await #expect(throws: Undone.self) {
                try await database.transaction("test") { db in
                    try journal.append(AuditEvent("process.started"), in: db)
                    db.atCommit(.journal) { _ in throw Undone() }
                }
            }
            #expect(try await JournalBench.count(database) == 0)
            #expect(journal.figures.recorded.isEmpty)
            try await database.transaction("test") { db in
                try journal.append(AuditEvent("process.started"), in: db)
                // Events that a step before COMMIT adds are in as well.
                db.atCommit(.records) { db in try journal.append(AuditEvent("process.stopped"), in: db) }
                db.atCommit(.changes) { db in try journal.append(AuditEvent("backup.failed"), in: db) }
            }
            let kinds = try await JournalBench.entries(database).map(\.kind)
            #expect(kinds == ["process.started", "process.stopped", "backup.failed"])
            #expect(journal.figures.recorded == ["process.started": 1, "process.stopped": 1, "backup.failed": 1])
            #expect(try await AuditVerifier(database: database).verify().isIntact)
        }
    }

    @Test("40 tasks append at once: no gap, no double, everything verifies", arguments: DatabaseEngine.allCases)
    func concurrent(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: JournalBench.migrations) { database in
            let journal = JournalBench.journal()
            try await withThrowingTaskGroup { group in
                for task in 0..<40 {
                    group.addTask {
                        for round in 0..<5 {
                            // Two people each, in any order: their rows are made under contention too.
                            try await database.transaction("test") { db in
                                try journal.append(
                                    AuditEvent(
                                        "role.granted", actor: "p\((task + round) % 7)", subject: "p\(task % 5)",
                                        details: ["role": "\(task)-\(round)"]), in: db)
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let entries = try await JournalBench.entries(database)
            #expect(entries.map(\.sequence) == Array(1...200))
            #expect(Set(entries.map(\.details)).count == 200)
            #expect(try await AuditVerifier(database: database).verify().isIntact)
            let people = try await database.read("test") { db in
                try db.value("SELECT count(*) FROM audit_subjects", as: Int.self)
            }
            #expect(people == 7)
        }
    }

    static let refused: [SQL] = [
        "UPDATE audit_entries SET kind = 'x' WHERE sequence = 3",
        "DELETE FROM audit_entries WHERE sequence = 3",
        "DELETE FROM audit_entries",
        "UPDATE audit_head SET sequence = 2",
        "UPDATE audit_head SET hash = previous_hash FROM audit_entries WHERE audit_entries.sequence = 2",
        "DELETE FROM audit_head",
        "INSERT INTO audit_checkpoints SELECT sequence, previous_hash, 3, 1 FROM audit_entries WHERE sequence = 3",
        "UPDATE audit_subjects SET pseudonym = 'p_other'",
        .dialects(
            sqlite: "INSERT OR REPLACE INTO audit_entries SELECT 3, 1, 'x', NULL, NULL, '{}', x'', x''",
            postgres: "TRUNCATE audit_entries"),
        .dialects(sqlite: "REPLACE INTO audit_head VALUES (1, 99, x'')", postgres: "TRUNCATE audit_head"),
        .dialects(
            sqlite: "REPLACE INTO audit_checkpoints SELECT 9, x'', 1, 1", postgres: "TRUNCATE audit_checkpoints"),
    ]

    @Test("nothing changes what was written", arguments: DatabaseEngine.allCases, refused.indices)
    func appendOnly(_ engine: DatabaseEngine, _ index: Int) async throws {
        try await TestDatabase.with(engine, migrations: JournalBench.migrations) { database in
            try await JournalBench.fill(database, JournalBench.journal(), 20)
            let error = await #expect(throws: DatabaseError.self) {
                try await database.transaction("test") { db in _ = try db.execute(Self.refused[index]) }
            }
            #expect(error?.code == .appendOnly, "\(error.map { "\($0)" } ?? "")")
            #expect(error?.detail.hasPrefix("append-only") == true)
            #expect(try await AuditVerifier(database: database).verify().isIntact)
        }
    }

    @Test("who is forgotten can't be named any more, and the trail still verifies", arguments: DatabaseEngine.allCases)
    func forgotten(_ engine: DatabaseEngine) async throws {
        let person = "person-7f3a91c2-to-be-forgotten"
        let directory = try TemporaryDirectory("journal")
        defer { directory.remove() }
        let settings = try TestDatabase.settings(engine, in: directory)
        let clock = TestClock()
        let database = try await Database.open(settings, clock: clock, random: SeededRandomSource(seed: 1))
        try await Migrator(JournalBench.migrations, version: "test", clock: clock).migrate(database)
        let journal = JournalBench.journal()
        try await database.transaction("test") { db in
            for subject in [person, "somebody else", person] {
                try journal.append(AuditEvent("account.disabled", actor: "admin", subject: subject), in: db)
            }
        }
        let before = try await database.read("test") { db in try journal.pseudonym(of: person, in: db) }
        let name = try #require(before)
        #expect(!name.contains("person") && name.hasPrefix("p_") && name.utf8.count == 28)
        try await database.transaction("test") { db in
            // The act of forgetting is about them too, and must not make them known again.
            journal.forget(person, in: db)
            try journal.append(AuditEvent("audit.person-forgotten", actor: "admin", subject: person), in: db)
        }
        let entries = try await JournalBench.entries(database)
        #expect(entries.filter { $0.subject == name }.count == 3 && entries.count == 4)
        #expect(entries.allSatisfy { !"\($0)".contains(person) })
        let after = try await database.read("test") { db in
            (
                try journal.pseudonym(of: person, in: db), try journal.pseudonym(of: "somebody else", in: db),
                try db.value("SELECT count(*) FROM audit_subjects WHERE pseudonym = \(name)", as: Int.self)
            )
        }
        #expect(after.0 == nil && after.1 != nil && after.2 == 0)
        #expect(try await AuditVerifier(database: database).verify().isIntact)
        await database.close()
        if engine == .sqlite {
            // Nothing is left in the file's unused pages; the log beside it is written over by and by.
            try await Self.checkpoint(directory.file("seaworthy.db"))
            for file in ["seaworthy.db", "seaworthy.db-wal"] {
                let bytes = FileManager.default.contents(atPath: directory.file(file)) ?? Data()
                #expect(bytes.range(of: Data(person.utf8)) == nil, "\(file)")
            }
        }
    }

    private static func checkpoint(_ path: String) async throws {
        let script =
            "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('PRAGMA wal_checkpoint(TRUNCATE)').fetchall()"
        let run = try await ForeignProgram.run("python3", ["-c", script, path])
        #expect(run.status == 0, "\(run.errors)")
    }

    @Test("what the registry doesn't declare: a strict journal says so, another leaves it out and counts")
    func undeclared() async throws {
        try await TestDatabase.with(.sqlite, migrations: JournalBench.migrations) { database in
            let strict = JournalBench.journal()
            await #expect(throws: JournalError.unregisteredKind("no.such")) {
                try await database.transaction("test") { db in try strict.append(AuditEvent("no.such"), in: db) }
            }
            await #expect(throws: JournalError.undeclaredField(kind: "process.started", field: "email")) {
                try await database.transaction("test") { db in
                    try strict.append(AuditEvent("process.started", details: ["email": "ada@example.org"]), in: db)
                }
            }
            let lenient = JournalBench.journal(strictness: .dropping)
            try await database.transaction("test") { db in
                try lenient.append(
                    AuditEvent("process.started", details: ["email": "ada@example.org", "role": "edge"]), in: db)
                try lenient.append(AuditEvent("no.such", details: ["a": "b"]), in: db)
                try lenient.append(
                    AuditEvent(
                        "process.stopped", subject: "nul\0", details: ["reason": String(repeating: "é\0", count: 400)]),
                    in: db)
            }
            let entries = try await JournalBench.entries(database)
            #expect(entries.map(\.details).prefix(2) == [#"{"role":"edge"}"#, #"{"kind":"no.such"}"#])
            #expect(entries[1].kind == EventRegistry.unregistered)
            #expect(entries[2].detailPairs?.first?.value.count == 500)
            #expect(lenient.figures.droppedDetails == 1 && lenient.figures.unregistered == 1)
            #expect(try await AuditVerifier(database: database).verify().isIntact)
        }
    }

    @Test("outlets get every event in its transaction, observers after it", arguments: DatabaseEngine.allCases)
    func outlets(_ engine: DatabaseEngine) async throws {
        struct Outlet: EventOutlet {
            let queue = JobQueue(clock: TestClock(), random: SeededRandomSource(seed: 5))
            func deliver(_ events: [RecordedEvent], in db: Transaction) throws {
                for event in events { try queue.enqueue(JobRequest("test", payload: event.kind.id), in: db) }
            }
        }
        try await TestDatabase.with(engine, migrations: JournalBench.migrations) { database in
            let seen = Mutex<[String]>([])
            let journal = JournalBench.journal(
                outlets: [Outlet()], observer: { events in seen.withLock { $0 += events.map(\.kind.id) } })
            try? await database.transaction("test") { db in
                try journal.append(AuditEvent("backup.failed"), in: db)
                throw Undone()
            }
            #expect(seen.withLock { $0.isEmpty })
            try await database.transaction("test") { db in
                try journal.append(AuditEvent("backup.failed"), in: db)
                // Not audited: no row, but the outlets hear of it.
                try journal.append(AuditEvent("session.expired"), in: db)
            }
            #expect(seen.withLock { $0 } == ["backup.failed", "session.expired"])
            let jobs = try await database.read("test") { db in
                try db.rows("SELECT payload FROM jobs ORDER BY id").map { row -> String in try row["payload"] }
            }
            #expect(Set(jobs) == ["backup.failed", "session.expired"])
            #expect(try await JournalBench.count(database) == 1)
        }
    }

    @Test("details have one form, and only that form is read", arguments: Seeds.first(40))
    func details(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var details: [String: String] = [:]
        for _ in 0..<generator.number(0...5) {
            details[generator.text(0...6, of: "abß🚢\"\\\u{0}\u{1F}\n\u{7F}\u{2028}")] = generator.text(
                0...12, of: "xyé{}[]:,\"\\\u{0}\u{8}\t\r\u{E000}")
        }
        let pairs = DetailsText.sorted(details)
        let text = DetailsText.text(of: pairs)
        let read = DetailsText.pairs(of: text)
        #expect(read?.map(\.name) == pairs.map(\.name) && read?.map(\.value) == pairs.map(\.value))
        let json = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: String]
        #expect(json == details)
        for _ in 0..<20 {
            var other = Array(text.utf8)
            let index = generator.number(0...(other.count - 1))
            other[index] = UInt8(generator.number(0...255))
            let changed = String(decoding: other, as: UTF8.self)
            if let pairs = DetailsText.pairs(of: changed) { #expect(DetailsText.text(of: pairs) == changed) }
        }
    }

    @Test(
        "a text that is JSON but not ours has no reading",
        arguments: [
            "", "{", "{}{}", "{ }", #"{"a":1}"#, #"{"a":"x","a":"y"}"#, #"{"b":"","a":""}"#, #"{"a": "x"}"#,
            #"{"a":"\n"}"#,
            #"{"a":"\u0041"}"#, #"{"a":"\u001F"}"#, #"{"a":"x",}"#, #"{"a"}"#, #"[]"#, #"{"a":"x"#, #"{"a":"\"#,
        ])
    func otherJSON(_ text: String) { #expect(DetailsText.pairs(of: text) == nil) }
}
