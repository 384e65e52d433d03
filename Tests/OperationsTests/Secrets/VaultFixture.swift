import Kernel
import Operations
import Store
import Synchronization
import TestKit

/// Keeps what was appended.
final class RecordingTrail: AuditTrail {
    private let events = Mutex<[AuditEvent]>([])
    func append(_ event: AuditEvent, in db: Transaction) throws {
        db.afterCommit { self.events.withLock { $0.append(event) } }
    }
    var all: [AuditEvent] { events.withLock { $0 } }
}

/// A number that tasks share.
final class Tally: Sendable {
    private let number = Atomic<Int>(0)
    var count: Int { number.load(ordering: .acquiring) }
    func add() { number.add(1, ordering: .acquiringAndReleasing) }
}

/// A database with a ring and two tables that have sealed columns.
enum Vault {
    static let rootA = Secret("hq5uVZb1vT0m8wWcYx3nJr7KdLpE2sGf9QaB6tUi4Oz")
    static let rootB = Secret("Zk3yP8rNw1XvQ6sT0uLj5HcDfM9bGa7EiR2oVxC4tYq")

    static let migrations =
        ChangeFeed.migrations + JobQueue.migrations + KeyRing.migrations + [
            Migration(
                "0100-things",
                portable: [
                    """
                    CREATE TABLE things (
                        id TEXT PRIMARY KEY NOT NULL, seed {BLOB}, seed_index {BLOB}, expected TEXT NOT NULL)
                    """,
                    "CREATE TABLE numbers (id BIGINT PRIMARY KEY NOT NULL, value {BLOB}, expected TEXT NOT NULL)",
                ])
        ]
    static let seed = SealedColumn(table: "things", column: "seed", index: "seed_index")
    static let value = SealedColumn(table: "numbers", column: "value")
    static let columns = [seed, value]

    static func ring(
        _ database: Database, roots: [Secret] = [rootA], clock: any WallClock = TestClock(), seed: UInt64 = 42,
        settings: KeyRingSettings = KeyRingSettings(), trail: RecordingTrail = RecordingTrail()
    ) throws -> KeyRing {
        KeyRing(
            database: database, roots: try RootKeys(roots), settings: settings, clock: clock,
            random: SeededRandomSource(seed: seed), audit: trail)
    }

    /// A ring that is open, on an empty database.
    static func with(
        _ engine: DatabaseEngine, clock: any WallClock = TestClock(), settings: KeyRingSettings = KeyRingSettings(),
        trail: RecordingTrail = RecordingTrail(), _ work: (Database, KeyRing) async throws -> Void
    ) async throws {
        try await TestDatabase.with(engine, migrations: migrations) { database in
            let ring = try ring(database, clock: clock, settings: settings, trail: trail)
            try await ring.open()
            try await work(database, ring)
        }
    }

    static func write(_ id: String, _ text: String, _ sealer: Sealer, _ database: Database) async throws {
        try await database.transaction("test.write") { db in
            let sealed = try sealer.seal(text, at: seed, row: id, in: db)
            let index = try sealer.index(text, at: seed, in: db)
            try db.execute(
                """
                INSERT INTO things (id, seed, seed_index, expected) VALUES (\(id), \(sealed), \(index), \(text))
                ON CONFLICT (id) DO UPDATE SET seed = \(sealed), seed_index = \(index), expected = \(text)
                """)
        }
    }

    static func write(_ id: Int, _ text: String, _ sealer: Sealer, _ database: Database) async throws {
        try await database.transaction("test.write") { db in
            let sealed = try sealer.seal(text, at: value, row: id, in: db)
            try db.execute("INSERT INTO numbers (id, value, expected) VALUES (\(id), \(sealed), \(text))")
        }
    }

    /// Rows that don't open to what was written, and the keys that all rows name.
    static func state(_ sealer: Sealer, _ database: Database) async throws -> (wrong: [String], keys: Set<String>) {
        try await database.read("test.state") { db in
            var wrong: [String] = []
            var keys: Set<String> = []
            for row in try db.rows("SELECT id, seed, seed_index, expected FROM things ORDER BY id") {
                let id: String = try row["id"]
                let expected: String = try row["expected"]
                let sealed: Sealed<String> = try row["seed"]
                let bytes: [UInt8] = try row["seed"]
                keys.insert(bytes.dropFirst().prefix(8).map { hex($0) }.joined())
                if (try? sealer.open(sealed, at: seed, row: id, in: db)) != expected { wrong.append(id) }
                let index: BlindIndex = try row["seed_index"]
                if try !sealer.candidates(expected, at: seed, in: db).contains(index) { wrong.append("index of \(id)") }
            }
            for row in try db.rows("SELECT id, value, expected FROM numbers ORDER BY id") {
                let id: Int = try row["id"]
                let sealed: Sealed<String> = try row["value"]
                let bytes: [UInt8] = try row["value"]
                keys.insert(bytes.dropFirst().prefix(8).map { hex($0) }.joined())
                if (try? sealer.open(sealed, at: value, row: id, in: db)) != (try row["expected"] as String) {
                    wrong.append("\(id)")
                }
            }
            return (wrong, keys)
        }
    }

    static func hex(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }
}
