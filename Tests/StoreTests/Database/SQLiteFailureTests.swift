import Foundation
import Kernel
import Store
import TestKit
import Testing

/// Files that aren't databases, can't be written, or belong to others too.
@Suite("SQLite, when things go wrong")
struct SQLiteFailureTests {
    private static func open(_ path: String) async throws -> Database {
        try await Database.open(
            DatabaseSettings(parsing: Secret(path)), clock: TestClock(), random: SeededRandomSource(seed: 4))
    }

    @Test("a file that isn't a database is corrupt and stays as it is")
    func rubbish() async throws {
        let directory = try TemporaryDirectory("sqlite")
        defer { directory.remove() }
        let text = String(repeating: "this is no database\n", count: 500)
        let path = try directory.write(text, to: "notes.db")
        let error = await #expect(throws: DatabaseError.self) { _ = try await Self.open(path) }
        #expect(error?.code == .corrupt)
        #expect(error?.detail.contains(path) == true)
        #expect(directory.read("notes.db") == text)
    }

    @Test("damaged pages are found, and answered with the incident, not with a trap")
    func damaged() async throws {
        let directory = try TemporaryDirectory("sqlite")
        defer { directory.remove() }
        let path = directory.file("a.db")
        let database = try await Self.open(path)
        try await database.transaction("test") { db in
            try db.execute("CREATE TABLE t (id BIGINT PRIMARY KEY, text TEXT)")
            for id in 0..<2000 { try db.execute("INSERT INTO t VALUES (\(id), \("row \(id)"))") }
        }
        await database.close()
        var bytes = try #require(FileManager.default.contents(atPath: path))
        for index in stride(from: 4096, to: bytes.count, by: 3) { bytes[index] = 0xFF }
        try bytes.write(to: URL(fileURLWithPath: path))
        let again = try await Self.open(path)
        let error = await #expect(throws: DatabaseError.self) {
            try await again.read("test") { db in try db.rows("SELECT * FROM t ORDER BY id").count }
        }
        #expect(error?.code == .corrupt)
        #expect(error?.problem.status == 500)
        #expect(error?.problem.detail == nil)
        await again.close()
    }

    @Test("a directory that isn't there and a full disk are told apart, and nothing half is kept")
    func places() async throws {
        let directory = try TemporaryDirectory("sqlite")
        defer { directory.remove() }
        let missing = await #expect(throws: DatabaseError.self) {
            _ = try await Self.open(directory.file("nowhere/a.db"))
        }
        #expect(missing?.code == .unavailable)
        let database = try await Self.open(directory.file("a.db"))
        try await database.transaction("test") { db in
            try db.execute("CREATE TABLE t (id BIGINT PRIMARY KEY, text TEXT)")
            // The same answer as a full disk's (SQLITE_FULL), on a disk that isn't.
            _ = try db.row("PRAGMA max_page_count = 40")
        }
        let full = await #expect(throws: DatabaseError.self) {
            try await database.transaction("test") { db in
                for id in 0..<500 {
                    try db.execute("INSERT INTO t VALUES (\(id), \(String(repeating: "x", count: 1000)))")
                }
            }
        }
        #expect(full?.code == .diskFull)
        #expect(full?.problem.status == 503)
        let count = try await database.read("test") { try $0.value("SELECT count(*) FROM t", as: Int.self) }
        #expect(count == 0)
        await database.close()
    }

    @Test("two handles of one file add up, as the gateway and its worker do")
    func shared() async throws {
        let directory = try TemporaryDirectory("sqlite")
        defer { directory.remove() }
        let path = directory.file("a.db")
        let handles = [try await Self.open(path), try await Self.open(path)]
        try await handles[0].transaction("test") { db in
            try db.execute("CREATE TABLE t (n BIGINT)")
            try db.execute("INSERT INTO t VALUES (0)")
        }
        try await withThrowingTaskGroup { group in
            for task in 0..<40 {
                group.addTask {
                    try await handles[task % 2].transaction("test") { db in
                        let row = try #require(try db.lockedRow("SELECT n FROM t"))
                        let n: Int = try row["n"]
                        try db.execute("UPDATE t SET n = \(n + 1)")
                    }
                }
            }
            try await group.waitForAll()
        }
        let n = try await handles[0].read("test") { try $0.value("SELECT n FROM t", as: Int.self) }
        #expect(n == 40)
        for handle in handles { await handle.close() }
    }
}
