import Kernel
import Store
import Synchronization
import TestKit
import Testing

@Suite("Change feed, on both engines")
struct ChangeFeedTests {
    private static let migrations =
        ChangeFeed.migrations + [
            Migration(
                "0002-seats", portable: ["CREATE TABLE seats (id TEXT PRIMARY KEY NOT NULL, owner TEXT NOT NULL)"])
        ]

    private static func table(_ feed: ChangeFeed) -> LiveTable<String> {
        LiveTable(
            "seat", of: feed,
            load: { db in try db.rows("SELECT id, owner FROM seats").map { (try $0["id"], try $0["owner"]) } },
            fetch: { db, keys in
                try db.rows("SELECT id, owner FROM seats WHERE id IN (\(list: keys))").map {
                    (try $0["id"], try $0["owner"])
                }
            })
    }

    private static func take(_ seat: String, _ owner: String, _ database: Database) async throws {
        try await database.transaction("test") { db in
            try db.execute(
                """
                INSERT INTO seats (id, owner) VALUES (\(seat), \(owner))
                ON CONFLICT (id) DO UPDATE SET owner = \(owner)
                """)
            db.changed("seat", key: seat, at: TestClock().now())
        }
    }

    @Test("another process's view has the row within a second", arguments: DatabaseEngine.allCases)
    func twoViews(_ engine: DatabaseEngine) async throws {
        let directory = try TemporaryDirectory("feed")
        defer { directory.remove() }
        let settings = try TestDatabase.settings(engine, in: directory)
        let clock = TestClock()
        let writer = try await Database.open(settings, clock: clock, random: SeededRandomSource(seed: 1))
        try await Migrator(Self.migrations, version: "test", clock: clock).migrate(writer)
        try await Self.take("1a", "Ada", writer)
        let reader = try await Database.open(settings, clock: clock, random: SeededRandomSource(seed: 2))
        let feed = ChangeFeed(database: reader, clock: clock)
        let table = Self.table(feed)
        #expect(feed.age == nil)
        let running = Task { await feed.run() }
        try await eventually { table["1a"] == "Ada" }
        for round in 0..<5 {
            let started = clock.nanoseconds()
            try await Self.take("1a", "owner \(round)", writer)
            try await eventually { table["1a"] == "owner \(round)" }
            #expect(clock.nanoseconds() - started < 1_000_000_000)
        }
        try await writer.transaction("test") { db in
            try db.execute("DELETE FROM seats WHERE id = '1a'")
            db.changed("seat", key: "1a", at: clock.now())
        }
        try await eventually { table["1a"] == nil }
        #expect(try #require(feed.age) < .seconds(5))
        running.cancel()
        await running.value
        await reader.close()
        await writer.close()
    }

    @Test("numbers have the order of commits, and none is missing", arguments: DatabaseEngine.allCases)
    func order(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: Self.migrations) { database in
            let feed = ChangeFeed(database: database, clock: TestClock())
            let seen = Mutex<[String]>([])
            feed.follow("seat") { _, batch in
                if case .keys(let keys) = batch { seen.withLock { $0 += keys } }
            }
            var position = try await feed.poll(after: nil)
            try await withThrowingTaskGroup { group in
                for task in 0..<32 { group.addTask { try await Self.take("s\(task)", "x", database) } }
                // Polls between the commits: none of them may step over a number that comes later.
                for _ in 0..<20 { position = try await feed.poll(after: position) }
                try await group.waitForAll()
            }
            position = try await feed.poll(after: position)
            #expect(position == 32)
            #expect(Set(seen.withLock { $0 }) == Set((0..<32).map { "s\($0)" }))
            #expect(seen.withLock { $0.count } == 32)
        }
    }

    @Test("pruned rows and a restored database mean: read everything", arguments: DatabaseEngine.allCases)
    func everything(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: Self.migrations) { database in
            let feed = ChangeFeed(database: database, clock: TestClock())
            let batches = Mutex<[ChangeFeed.Batch]>([])
            feed.follow("seat") { _, batch in batches.withLock { $0.append(batch) } }
            let start = try await feed.poll(after: nil)
            try await Self.take("1", "x", database)
            try await Self.take("2", "x", database)
            try await database.transaction("test") { db in
                try ChangeFeed.prune(db, before: Timestamp(nanosecondsSinceEpoch: .max))
            }
            let position = try await feed.poll(after: start)
            #expect(position == 2)
            // A backup from before is played back.
            try await database.transaction("test") { db in
                try db.execute("UPDATE change_sequence SET value = 1")
            }
            #expect(try await feed.poll(after: position) == 1)
            #expect(batches.withLock { $0 } == [.everything, .everything, .everything])
        }
    }

    @Test("a reader that fails gets the same changes again", arguments: DatabaseEngine.allCases)
    func again(_ engine: DatabaseEngine) async throws {
        struct Failed: Error {}
        try await TestDatabase.with(engine, migrations: Self.migrations) { database in
            let feed = ChangeFeed(database: database, clock: TestClock())
            let state = Mutex<(fails: Bool, keys: [String])>((false, []))
            feed.follow("seat") { _, batch in
                if state.withLock({ $0.fails }) { throw Failed() }
                if case .keys(let keys) = batch { state.withLock { $0.keys += keys } }
            }
            let start = try await feed.poll(after: nil)
            state.withLock { $0.fails = true }
            try await Self.take("1", "x", database)
            await #expect(throws: Failed.self) { try await feed.poll(after: start) }
            state.withLock { $0.fails = false }
            try await feed.poll(after: start)
            #expect(state.withLock { $0.keys } == ["1"])
        }
    }
}
