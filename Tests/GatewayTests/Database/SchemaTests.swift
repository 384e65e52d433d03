import Foundation
import Gateway
import Store
import TestKit
import Testing

@Suite("The schema")
struct SchemaTests {
    static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    private func reading(_ engine: DatabaseEngine) async throws -> SchemaReading {
        try await TestDatabase.with(engine, migrations: Schema.migrations) { try await SchemaReading.of($0) }
    }

    @Test("is one list whose ids ascend, each once, in their form")
    func list() {
        let ids = Schema.migrations.map(\.id)
        #expect(ids.count >= 2 && Set(ids).count == ids.count)
        #expect(Set(ids.map { $0.prefix(4) }).count == ids.count, "two steps share a number: \(ids)")
        #expect(ids == ids.sorted())
        for id in ids { #expect(id.wholeMatch(of: /\d{4}-[a-z0-9-]+/) != nil, "\(id)") }
    }

    @Test("has every room's tables, and an index behind every foreign key", arguments: DatabaseEngine.allCases)
    func foreignKeys(_ engine: DatabaseEngine) async throws {
        let tables = try await reading(engine).tables
        let names = Set(tables.map(\.name))
        for name in SchemaTests.tables { #expect(names.contains(name), "\(name)") }
        #expect(tables.contains { !$0.foreignKeys.isEmpty }, "nothing was looked at")
        let unindexed = tables.flatMap { table in table.unindexed.map { "\(table.name): \($0)" } }
        #expect(unindexed.isEmpty)
    }

    @Test("has all that rooms declare as their migrations")
    func rooms() throws {
        // Whatever a `+Migrations.swift` file defines is in the list: a forgotten one would be a room without its tables.
        let sources = SchemaTests.package.appending(path: "Sources").path
        let files = try #require(FileManager.default.enumerator(atPath: sources)).compactMap { $0 as? String }
            .filter { $0.hasSuffix("+Migrations.swift") }
        #expect(files.count >= 8)
        let known = Set(Schema.migrations.map(\.id))
        for file in files {
            let text = try String(contentsOfFile: "\(sources)/\(file)", encoding: .utf8)
            let ids = text.matches(of: /"(\d{4}-[a-z0-9-]+)"/).map { String($0.1) }
            #expect(!ids.isEmpty && ids.allSatisfy(known.contains), "\(file): \(ids)")
        }
    }

    /// One of each room at least.
    static let tables = [
        "changes", "jobs", "job_schedules", "audit_entries", "audit_head", "webhook_deliveries", "emails",
        "secret_keys", "accounts", "sessions",
        "sealed_columns", "backups", "search_documents",
    ]

    @Test("shows a foreign key without an index to the test above", arguments: DatabaseEngine.allCases)
    func unindexed(_ engine: DatabaseEngine) async throws {
        let migrations = [
            Migration(
                "0001-x",
                portable: [
                    "CREATE TABLE a (id BIGINT PRIMARY KEY NOT NULL)",
                    "CREATE TABLE b (id BIGINT PRIMARY KEY NOT NULL, a BIGINT REFERENCES a (id), c BIGINT REFERENCES a (id))",
                    "CREATE INDEX b_a ON b (a)",
                ])
        ]
        let reading = try await TestDatabase.with(engine, migrations: migrations) { try await SchemaReading.of($0) }
        let keys = reading.tables.flatMap(\.unindexed)
        #expect(keys.map(\.columns) == [["c"]] && keys.map(\.target) == ["a"])
    }

    @Test("has the same tables, columns, keys and indexes on both engines")
    func twins() async throws {
        let (sqlite, postgres) = (try await reading(.sqlite), try await reading(.postgres))
        #expect(sqlite.tables.map(\.name) == postgres.tables.map(\.name))
        for (a, b) in zip(sqlite.tables, postgres.tables) {
            // What an engine computes for its own index isn't content.
            let (ours, theirs) = (a.columns.filter { !$0.isGenerated }, b.columns.filter { !$0.isGenerated })
            #expect(ours.map(\.name) == theirs.map(\.name), "\(a.name)")
            #expect(ours.map(\.isNullable) == theirs.map(\.isNullable), "\(a.name)")
            #expect(a.primaryKey == b.primaryKey, "\(a.name)")
            #expect(a.foreignKeys == b.foreignKeys, "\(a.name)")
        }
    }

    @Test("docs/database-schema.md is what both engines say: scripts/generated-docs")
    func document() async throws {
        let text = SchemaDocument(sqlite: try await reading(.sqlite), postgres: try await reading(.postgres)).markdown
        let file = SchemaTests.package.appending(path: "docs/database-schema.md")
        if ProcessInfo.processInfo.environment["SEAWORTHY_WRITE_DOCS"] == "1" {
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == text, "stale: run scripts/generated-docs")
    }
}
