import Kernel
import Operations
import Store
import TestKit
import Testing

@testable import Gateway

@Suite("The trail in the search index")
struct EventIndexingTests {
    @Test(
        "Events are found by what they say, each once however many index, only by who may, and no longer than they are kept",
        arguments: DatabaseEngine.allCases)
    func indexed(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: Schema.migrations) { database in
            let clock = ManualClock()
            let journal = Journal(clock: clock, random: SeededRandomSource(seed: 9), strictness: .throwing)
            try await database.transaction("test.events") { db in
                for number in 0..<450 {
                    try journal.append(
                        AuditEvent("job.dead", actor: "worker", details: ["job": "number\(number)", "kind": "k"]),
                        in: db)
                }
            }
            try await withThrowingTaskGroup { group in
                for _ in 0..<8 {
                    group.addTask {
                        let indexing = EventIndexing(database: database, clock: clock)
                        while try await indexing.step() {}
                    }
                }
                try await group.waitForAll()
            }
            let index = SearchIndex(database: database, clock: clock)
            let found = try await index.search("number449", audiences: [EventIndexing.audience])
            #expect(found.map(\.key) == ["450"])
            #expect(try await index.search("number449", audiences: ["public"]).isEmpty)
            #expect(try await EventIndexingTests.count(database) == 450)

            clock.advance(by: .seconds(500 * 86_400))
            try await database.transaction("test.later") { db in
                try journal.append(AuditEvent("job.dead", actor: "worker", details: ["job": "later"]), in: db)
            }
            let retention = AuditRetention(journal: journal, clock: clock)
            #expect(try await retention.prune(database)?.entries == 450)
            let indexing = EventIndexing(database: database, clock: clock)
            while try await indexing.step() {}
            #expect(try await index.search("number449", audiences: [EventIndexing.audience]).isEmpty)
            #expect(try await index.search("later", audiences: [EventIndexing.audience]).count == 1)
            #expect(try await EventIndexingTests.count(database) == 2)
        }
    }

    private static func count(_ database: Database) async throws -> Int? {
        try await database.read("test.count") { try $0.value("SELECT count(*) FROM search_documents") as Int? }
    }
}
