import Kernel
import TestKit
import Testing

@testable import Store

/// Somebody with every right in the database changes the trail: each kind of change, at random places, is found and named.
@Suite("Tampering with the trail is found and named")
struct TamperingTests {
    static let rows = 60

    enum Act: String, CaseIterable {
        case editField, editHash, editPrevious, editAndRehash, editTime, respellDetails
        case remove, removeSeveral, removeAndRenumber
        case insertGarbage, insertWellFormed, appendBeyondHead
        case swap, truncate
    }

    @Test("whatever is done", arguments: DatabaseEngine.allCases, Act.allCases)
    func found(_ engine: DatabaseEngine, _ act: Act) async throws {
        for seed in Seeds.first(engine == .sqlite ? 6 : 3) {
            try await TestDatabase.with(engine, migrations: JournalBench.migrations) { database in
                try await JournalBench.fill(database, JournalBench.journal(), Self.rows, seed: seed)
                var generator = SeededGenerator(seed: seed &* 31)
                let place = Int64(generator.number(2...(Self.rows - 2)))
                let other = Int64(generator.number(2...(Self.rows - 2)))
                let expected = Self.expected(act, place, other)
                try await JournalBench.tamper(database) { db in try Self.perform(act, place, other, db) }
                let result = try await AuditVerifier(database: database).verify()
                #expect(result.findings == expected, "\(act) at \(place), \(other), seed \(seed)")
                #expect(!result.isIntact || place == other && act == .swap)
            }
        }
    }

    static func expected(_ act: Act, _ place: Int64, _ other: Int64) -> [ChainFinding] {
        let end = Int64(rows)
        return switch act {
        case .editField, .editHash, .editPrevious, .editAndRehash, .editTime, .respellDetails:
            [ChainFinding(.edited, place)]
        case .remove, .removeAndRenumber: [ChainFinding(.removed, place)]
        case .removeSeveral: [ChainFinding(.removed, min(place, other), max(place, other))]
        case .insertGarbage, .insertWellFormed: [ChainFinding(.inserted, place)]
        case .appendBeyondHead: [ChainFinding(.inserted, end + 1)]
        case .swap:
            place == other
                ? []
                : [ChainFinding(.reordered, min(place, other)), ChainFinding(.reordered, max(place, other))]
        case .truncate: [ChainFinding(.truncated, place, end)]
        }
    }

    private static func entry(_ sequence: Int64, _ db: ReadTransaction) throws -> AuditEntry {
        try AuditEntry(#require(try db.row("SELECT * FROM audit_entries WHERE sequence = \(sequence)")))
    }

    private static func forged(_ sequence: Int64, after previous: [UInt8]) throws -> AuditEntry {
        let kind = try #require(EventRegistry.kind("role.granted"))
        let event = RecordedEvent(
            kind: kind, at: Timestamp(nanosecondsSinceEpoch: 5), actor: nil, subject: "p_x", details: ["role": "owner"])
        return AuditEntry(sequence: sequence, previousHash: previous, event: event)
    }

    private static func insert(_ entry: AuditEntry, hash: [UInt8]? = nil, _ db: Transaction) throws {
        try db.execute(
            """
            INSERT INTO audit_entries (\(AuditEntry.columns)) VALUES (\(entry.sequence), \(entry.at), \(entry.kind),
            \(entry.actor), \(entry.subject), \(entry.details), \(entry.previousHash), \(hash ?? entry.hash))
            """)
    }

    /// Moves the rows from `first` on by `distance`, one after the other where the key demands it.
    private static func renumber(from first: Int64, by distance: Int64, _ db: Transaction) throws {
        try db.execute("UPDATE audit_entries SET sequence = -sequence WHERE sequence >= \(first)")
        try db.execute("UPDATE audit_entries SET sequence = -sequence + \(distance) WHERE sequence < 0")
    }

    static func perform(_ act: Act, _ place: Int64, _ other: Int64, _ db: Transaction) throws {
        let junk = [UInt8](repeating: 7, count: 32)
        switch act {
        case .editField: try db.execute("UPDATE audit_entries SET subject = 'p_y' WHERE sequence = \(place)")
        case .editTime: try db.execute("UPDATE audit_entries SET at = at + 1 WHERE sequence = \(place)")
        case .editHash: try db.execute("UPDATE audit_entries SET hash = \(junk) WHERE sequence = \(place)")
        case .editPrevious: try db.execute("UPDATE audit_entries SET previous_hash = \(junk) WHERE sequence = \(place)")
        case .respellDetails:
            try db.execute("UPDATE audit_entries SET details = details || ' ' WHERE sequence = \(place)")
        case .editAndRehash:
            let previous = try entry(place, db).previousHash
            try db.execute("DELETE FROM audit_entries WHERE sequence = \(place)")
            try insert(try forged(place, after: previous), db)
        case .remove: try db.execute("DELETE FROM audit_entries WHERE sequence = \(place)")
        case .removeSeveral:
            try db.execute(
                "DELETE FROM audit_entries WHERE sequence BETWEEN \(min(place, other)) AND \(max(place, other))")
        case .removeAndRenumber:
            try db.execute("DELETE FROM audit_entries WHERE sequence = \(place)")
            try renumber(from: place, by: -1, db)
        case .insertGarbage:
            try renumber(from: place, by: 1, db)
            try insert(try forged(place, after: junk), hash: junk, db)
        case .insertWellFormed:
            try renumber(from: place, by: 1, db)
            try insert(try forged(place, after: try entry(place - 1, db).hash), db)
        case .appendBeyondHead: try insert(try forged(Int64(rows) + 1, after: try entry(Int64(rows), db).hash), db)
        case .swap:
            try db.execute("UPDATE audit_entries SET sequence = -1 WHERE sequence = \(place)")
            try db.execute("UPDATE audit_entries SET sequence = \(place) WHERE sequence = \(other)")
            try db.execute("UPDATE audit_entries SET sequence = \(other) WHERE sequence = -1")
        case .truncate: try db.execute("DELETE FROM audit_entries WHERE sequence >= \(place)")
        }
    }

    @Test("the ends are watched as closely: first row, last row, head", arguments: DatabaseEngine.allCases)
    func ends(_ engine: DatabaseEngine) async throws {
        let end = Int64(Self.rows)
        let acts: [(String, ChainFinding, @Sendable (Transaction) throws -> Void)] = [
            ("first edited", ChainFinding(.edited, 1), { try Self.perform(.editField, 1, 1, $0) }),
            ("first removed", ChainFinding(.removed, 1), { try Self.perform(.remove, 1, 1, $0) }),
            (
                "first removed, rest moved", ChainFinding(.removed, 1),
                { try Self.perform(.removeAndRenumber, 1, 1, $0) }
            ),
            ("last edited", ChainFinding(.edited, end), { try Self.perform(.editField, end, 1, $0) }),
            ("last replaced", ChainFinding(.head, end), { try Self.perform(.editAndRehash, end, 1, $0) }),
            ("last removed", ChainFinding(.truncated, end), { try Self.perform(.remove, end, 1, $0) }),
            (
                "head edited", ChainFinding(.head, end),
                { _ = try $0.execute("UPDATE audit_head SET hash = \([UInt8](repeating: 3, count: 32))") }
            ),
            ("head removed", ChainFinding(.head, end), { _ = try $0.execute("DELETE FROM audit_head") }),
            ("all removed", ChainFinding(.truncated, 1, end), { _ = try $0.execute("DELETE FROM audit_entries") }),
            (
                "head set back", ChainFinding(.inserted, end),
                { db in
                    let hash = try Self.entry(end - 1, db).hash
                    try db.execute("UPDATE audit_head SET sequence = \(end - 1), hash = \(hash)")
                }
            ),
        ]
        for (name, finding, act) in acts {
            try await TestDatabase.with(engine, migrations: JournalBench.migrations) { database in
                try await JournalBench.fill(database, JournalBench.journal(), Self.rows)
                try await JournalBench.tamper(database, act)
                #expect(try await AuditVerifier(database: database).verify().findings == [finding], "\(name)")
            }
        }
    }

    @Test("several changes are all named", arguments: DatabaseEngine.allCases)
    func several(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: JournalBench.migrations) { database in
            try await JournalBench.fill(database, JournalBench.journal(), Self.rows)
            try await JournalBench.tamper(database) { db in
                try Self.perform(.editField, 5, 0, db)
                try Self.perform(.remove, 12, 0, db)
                try Self.perform(.editAndRehash, 20, 0, db)
                try Self.perform(.insertGarbage, 30, 0, db)
            }
            let findings = try await AuditVerifier(database: database).verify().findings
            #expect(findings.map(\.kind) == [.edited, .removed, .edited, .inserted])
            #expect(findings.map(\.first) == [5, 12, 20, 30])
        }
    }

    @Test(
        "a trail written anew, and one cut off with its head, is found by the anchor alone",
        arguments: DatabaseEngine.allCases)
    func anchors(_ engine: DatabaseEngine) async throws {
        for isCut in [true, false] {
            try await TestDatabase.with(engine, migrations: JournalBench.migrations) { database in
                let directory = try TemporaryDirectory("anchors")
                defer { directory.remove() }
                let file = AnchorFile(path: directory.file("anchors"))
                let journal = JournalBench.journal()
                let schedule = AnchorSchedule(
                    database: database, clock: TestClock(), journal: journal, destinations: [file])
                #expect(try await schedule.publish().isEmpty)
                for _ in 0..<3 {
                    try await JournalBench.fill(database, journal, 10)
                    #expect(try await schedule.publish().isEmpty)
                }
                let anchors = try await file.anchors()
                #expect(anchors.map(\.sequence) == [10, 20, 30])
                let sound = try await AuditVerifier(database: database).verify(anchors: anchors)
                #expect(sound.isIntact && sound.anchorsMatched == 3)
                let last: Int64 = isCut ? 24 : 30
                try await JournalBench.tamper(database) { db in
                    var hash = try Self.entry(isCut ? 24 : 14, db).hash
                    if isCut {
                        try db.execute("DELETE FROM audit_entries WHERE sequence > 24")
                    } else {
                        for sequence in Int64(15)...30 {
                            try db.execute("DELETE FROM audit_entries WHERE sequence = \(sequence)")
                            let entry = try Self.forged(sequence, after: hash)
                            try Self.insert(entry, db)
                            hash = entry.hash
                        }
                    }
                    try db.execute("UPDATE audit_head SET sequence = \(last), hash = \(hash)")
                }
                #expect(try await AuditVerifier(database: database).verify().isIntact)
                let found = try await AuditVerifier(database: database).verify(anchors: anchors).findings
                #expect(found == [isCut ? ChainFinding(.truncated, 25, 30) : ChainFinding(.rewritten, 11, 20)])
            }
        }
    }

    @Test("an anchor file has mode 0600, and one that others may write is refused")
    func anchorFile() async throws {
        let directory = try TemporaryDirectory("anchors")
        defer { directory.remove() }
        let file = AnchorFile(path: directory.file("anchors"))
        let anchor = Anchor(
            sequence: 7, hash: (0..<32).map { UInt8($0 * 8 % 256) }, at: Timestamp(nanosecondsSinceEpoch: 1))
        try await file.publish(anchor)
        #expect(try filePermissions(file.path) == 0o600)
        #expect(try await file.anchors().map(\.hash) == [anchor.hash])
        // A crash in the middle of a line.
        try directory.write(directory.read("anchors") + "8 00ab", to: "anchors")
        #expect(try await file.anchors().map(\.sequence) == [7])
        try directory.write("nonsense\n", to: "anchors")
        await #expect(throws: AnchorFile.Failure.self) { _ = try await file.anchors() }
        try setPermissions(file.path, 0o666)
        await #expect(throws: AnchorFile.Failure.self) { try await file.publish(anchor) }
        await #expect(throws: AnchorFile.Failure.self) {
            try await AnchorFile(path: directory.file("no/such")).publish(anchor)
        }
    }

    @Test("a destination that fails is named and tried again, and the others get their anchor")
    func failingDestination() async throws {
        struct Down: Error {}
        try await TestDatabase.with(.sqlite, migrations: JournalBench.migrations) { database in
            let journal = JournalBench.journal()
            try await JournalBench.fill(database, journal, 3)
            let directory = try TemporaryDirectory("anchors")
            defer { directory.remove() }
            let file = AnchorFile(path: directory.file("anchors"))
            let schedule = AnchorSchedule(
                database: database, clock: TestClock(), journal: journal,
                destinations: [AnchorOutlet("mail") { _ in throw Down() }, file])
            func job(_ attempt: Int) -> Job {
                Job(
                    id: UniqueID(rawValue: "1"), kind: "audit.anchor", payload: "{}", payloadVersion: 1,
                    attempt: attempt, maxAttempts: 2, createdAt: TestClock().now())
            }
            await #expect(throws: JobFailure.self) { try await schedule.run(job(1)) }
            #expect(try await file.anchors().count == 1)
            #expect(try await JournalBench.count(database) == 3)
            await #expect(throws: JobFailure.self) { try await schedule.run(job(2)) }
            #expect(try await JournalBench.entries(database).last?.kind == "audit.anchor-failed")
        }
    }
}
