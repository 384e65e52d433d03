import Kernel
import Store
import Synchronization
import TestKit
import Testing

@Suite("Migrations, on both engines")
struct MigratorTests {
    private static let first = Migration("0001-a", portable: ["CREATE TABLE a (id BIGINT PRIMARY KEY NOT NULL)"])
    private static let second = Migration(
        "0002-b", portable: ["CREATE TABLE b (id BIGINT PRIMARY KEY NOT NULL)", "INSERT INTO b (id) VALUES (1)"])
    private static let broken = Migration(
        "0002-b", portable: ["CREATE TABLE b (id BIGINT PRIMARY KEY NOT NULL)", "INSERT INTO nowhere VALUES (1)"])

    private static func migrator(_ migrations: Migration..., version: String = "1.0") -> Migrator {
        Migrator(migrations, version: version, clock: TestClock())
    }

    @Test("pending steps are applied once, in order", arguments: DatabaseEngine.allCases)
    func once(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine) { database in
            let before = try await Self.migrator(Self.first, Self.second).status(of: database)
            #expect(before.pending == ["0001-a", "0002-b"])
            #expect(try await Self.migrator(Self.first).migrate(database) == ["0001-a"])
            #expect(try await Self.migrator(Self.first, Self.second).migrate(database) == ["0002-b"])
            #expect(try await Self.migrator(Self.first, Self.second).migrate(database) == [])
            let after = try await Self.migrator(Self.first, Self.second).status(of: database)
            #expect(after.applied.map(\.id) == ["0001-a", "0002-b"] && after.pending.isEmpty)
        }
    }

    @Test("a step that fails leaves nothing of itself", arguments: DatabaseEngine.allCases)
    func atomic(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine) { database in
            await #expect(throws: DatabaseError.self) {
                try await Self.migrator(Self.first, Self.broken).migrate(database)
            }
            let status = try await Self.migrator(Self.first, Self.second).status(of: database)
            #expect(status.applied.map(\.id) == ["0001-a"])
            #expect(try await Self.migrator(Self.first, Self.second).migrate(database) == ["0002-b"])
        }
    }

    @Test("a newer, an edited and a reordered schema are refused, untouched", arguments: DatabaseEngine.allCases)
    func refused(_ engine: DatabaseEngine) async throws {
        let edited = Migration("0001-a", portable: ["CREATE TABLE a (id BIGINT PRIMARY KEY NOT NULL, x TEXT)"])
        let late = Migration("0000-late", portable: ["CREATE TABLE late (id BIGINT)"])
        try await TestDatabase.with(engine) { database in
            try await Self.migrator(Self.first, Self.second, version: "2.0").migrate(database)
            for (list, words) in [
                ([Self.first], "newer than this program (1.0)"),
                ([edited, Self.second], "one of them was edited"),
                ([late, Self.first, Self.second], "0000-late is missing"),
            ] {
                let error = await #expect(throws: DatabaseError.self) {
                    try await Migrator(list, version: "1.0", clock: TestClock()).migrate(database)
                }
                #expect(error?.code == .schema)
                #expect(error?.detail.contains(words) == true, "\(error.map { "\($0)" } ?? "")")
            }
        }
    }

    @Test("16 starters at once apply each step once", arguments: DatabaseEngine.allCases)
    func together(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine) { database in
            let applied = try await withThrowingTaskGroup(of: [String].self) { group in
                for _ in 0..<16 {
                    group.addTask { try await Self.migrator(Self.first, Self.second).migrate(database) }
                }
                return try await group.reduce(into: [String]()) { $0 += $1 }
            }
            #expect(applied.sorted() == ["0001-a", "0002-b"])
        }
    }

    @Test(
        "a backup comes before the first change, and its failure stops everything", arguments: DatabaseEngine.allCases)
    func backup(_ engine: DatabaseEngine) async throws {
        struct Full: Error {}
        try await TestDatabase.with(engine) { database in
            let backups = Mutex<[[String]]>([])
            let note: @Sendable ([String]) -> Void = { pending in backups.withLock { $0.append(pending) } }
            try await Self.migrator(Self.first).migrate(database) { note($0) }
            #expect(backups.withLock { $0 }.isEmpty, "nothing to lose yet")
            await #expect(throws: Full.self) {
                try await Self.migrator(Self.first, Self.second).migrate(database) { _ in throw Full() }
            }
            #expect(try await Self.migrator(Self.first, Self.second).status(of: database).pending == ["0002-b"])
            try await Self.migrator(Self.first, Self.second).migrate(database) { note($0) }
            #expect(backups.withLock { $0 } == [["0002-b"]])
        }
    }
}
