import Kernel
import Store
import TestKit
import Testing

/// What every store relies on, held on both engines.
@Suite("Database, on both engines")
struct DatabaseContractTests {
    static let table = [
        Migration(
            "0001-things",
            portable: [
                """
                CREATE TABLE things (
                    id TEXT PRIMARY KEY NOT NULL, number BIGINT NOT NULL CHECK (number >= 0), fraction DOUBLE PRECISION,
                    bytes {BLOB}, note TEXT UNIQUE, at {TIME})
                """,
                "CREATE TABLE parts (id BIGINT PRIMARY KEY NOT NULL, thing TEXT NOT NULL REFERENCES things (id))",
            ])
    ]

    private struct Undone: Error {}

    @Test("values come back as they went in", arguments: DatabaseEngine.allCases)
    func roundTrip(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: Self.table) { database in
            let bytes = (0...255).map { UInt8($0) }
            let text = "O'Brien; DROP TABLE things; -- \u{1F6A2} $1 ?1 \\ \" \u{7F}"
            try await database.transaction("test") { db in
                try db.execute(
                    "INSERT INTO things VALUES (\("a"), \(Int64.max), \(0.1), \(bytes), \(text), \(Timestamp(nanosecondsSinceEpoch: -5)))"
                )
                try db.execute(
                    "INSERT INTO things VALUES (\("b"), \(0), \(SQLValue.null), \(SQLValue.null), \(SQLValue.null), \(SQLValue.null))"
                )
            }
            try await database.read("test") { db in
                let rows = try db.rows("SELECT * FROM things ORDER BY id")
                #expect(rows.count == 2)
                let first = try #require(rows.first)
                #expect(try first["number"] == Int64.max)
                #expect(try first["fraction"] == 0.1)
                #expect(try first["bytes"] == bytes)
                #expect(try first["note"] == text)
                #expect(try first["at"] == Timestamp(nanosecondsSinceEpoch: -5))
                let second = try #require(rows.last)
                let note: String? = try second["note"]
                let blob: [UInt8]? = try second["bytes"]
                #expect(note == nil && blob == nil)
                #expect(try db.value("SELECT sum(number) FROM things", as: Int64.self) == Int64.max)
                #expect(
                    try db.value("SELECT count(*) FROM things WHERE id IN (\(list: ["a", "b", "c"]))", as: Int.self)
                        == 2)
                #expect(
                    try db.value("SELECT count(*) FROM things WHERE id IN (\(list: [String]()))", as: Int.self) == 0)
            }
        }
    }

    @Test("an empty text and empty bytes are not null", arguments: DatabaseEngine.allCases)
    func empties(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: Self.table) { database in
            try await database.transaction("test") { db in
                try db.execute("INSERT INTO things (id, number, bytes, note) VALUES (\(""), 1, \([UInt8]()), \(""))")
            }
            let row = try await database.read("test") { db in try #require(try db.row("SELECT * FROM things")) }
            #expect(try row["id"] == "")
            #expect(try row["bytes"] == [UInt8]())
            let note: String? = try row["note"]
            #expect(note == "")
        }
    }

    @Test("a body that throws leaves nothing behind", arguments: DatabaseEngine.allCases)
    func undone(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: Self.table) { database in
            await #expect(throws: Undone.self) {
                try await database.transaction("test") { db in
                    try db.execute("INSERT INTO things (id, number) VALUES ('a', 1)")
                    throw Undone()
                }
            }
            let count = try await database.read("test") { try $0.value("SELECT count(*) FROM things", as: Int.self) }
            #expect(count == 0)
        }
    }

    @Test(
        "a failed statement undoes the transaction even when the body swallows it", arguments: DatabaseEngine.allCases)
    func swallowed(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: Self.table) { database in
            let error = await #expect(throws: DatabaseError.self) {
                try await database.transaction("test") { db in
                    try db.execute("INSERT INTO things (id, number) VALUES ('a', 1)")
                    _ = try? db.execute("INSERT INTO things (id, number) VALUES ('a', 2)")
                }
            }
            #expect(error?.code == .uniqueViolation)
            let count = try await database.read("test") { try $0.value("SELECT count(*) FROM things", as: Int.self) }
            #expect(count == 0)
        }
    }

    static let violations: [(SQL, DatabaseError.Code)] = [
        ("INSERT INTO things (id, number) VALUES ('one', 2)", .uniqueViolation),
        ("INSERT INTO things (id, number, note) VALUES ('two', 2, 'n')", .uniqueViolation),
        ("INSERT INTO things (id, number) VALUES ('two', -1)", .checkViolation),
        ("INSERT INTO things (id) VALUES ('two')", .notNullViolation),
        ("INSERT INTO parts (id, thing) VALUES (1, 'nowhere')", .foreignKeyViolation),
        ("INSERT INTO nothing (id) VALUES (1)", .statement),
        ("SELEKT 1", .statement),
        ("INSERT INTO things (id, number) VALUES (\("nul\0byte"), 1)", .value),
    ]

    @Test("what goes wrong has the same code", arguments: DatabaseEngine.allCases, violations.indices)
    func codes(_ engine: DatabaseEngine, _ index: Int) async throws {
        let (sql, code) = Self.violations[index]
        try await TestDatabase.with(engine, migrations: Self.table) { database in
            try await database.transaction("test") { db in
                try db.execute("INSERT INTO things (id, number, note) VALUES ('one', 1, 'n')")
            }
            let error = await #expect(throws: DatabaseError.self) {
                try await database.transaction("test") { db in _ = try db.execute(sql) }
            }
            #expect(error?.code == code, "\(error.map { "\($0)" } ?? "")")
            // The connection is as good as before.
            let count = try await database.read("test") { try $0.value("SELECT count(*) FROM things", as: Int.self) }
            #expect(count == 1)
        }
    }

    @Test("a read sees one moment, and can't write", arguments: DatabaseEngine.allCases)
    func snapshot(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: Self.table) { database in
            let error = await #expect(throws: DatabaseError.self) {
                try await database.read("test") { db in
                    _ = try db.rows("INSERT INTO things (id, number) VALUES ('a', 1) RETURNING id")
                }
            }
            #expect(error?.code == .readOnly)
        }
    }

    @Test("40 tasks add to one row and nothing is lost", arguments: DatabaseEngine.allCases)
    func lockedRow(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: Self.table) { database in
            try await database.transaction("test") { db in
                try db.execute("INSERT INTO things (id, number) VALUES ('a', 0)")
            }
            try await withThrowingTaskGroup { group in
                for _ in 0..<40 {
                    group.addTask {
                        try await database.transaction("test") { db in
                            let row = try #require(try db.lockedRow("SELECT number FROM things WHERE id = 'a'"))
                            let number: Int = try row["number"]
                            try db.execute("UPDATE things SET number = \(number + 1) WHERE id = 'a'")
                        }
                    }
                }
                try await group.waitForAll()
            }
            let number = try await database.read("test") { try $0.value("SELECT number FROM things", as: Int.self) }
            #expect(number == 40)
            #expect(database.pool.inUse == 0)
        }
    }

    @Test("two that lock in opposite order both end: the one undone is tried again", arguments: DatabaseEngine.allCases)
    func deadlock(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: Self.table) { database in
            try await database.transaction("test") { db in
                try db.execute("INSERT INTO things (id, number) VALUES ('a', 0), ('b', 0)")
            }
            try await withThrowingTaskGroup { group in
                for task in 0..<8 {
                    group.addTask {
                        try await database.transaction("test") { db in
                            for id in task % 2 == 0 ? ["a", "b"] : ["b", "a"] {
                                let row = try #require(
                                    try db.lockedRow("SELECT number FROM things WHERE id = \(id)"))
                                let number: Int = try row["number"]
                                try db.execute("UPDATE things SET number = \(number + 1) WHERE id = \(id)")
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let sum = try await database.read("test") { try $0.value("SELECT sum(number) FROM things", as: Int.self) }
            #expect(sum == 16)
        }
    }

    @Test("a statement that runs too long is ended, and the connection goes on", arguments: DatabaseEngine.allCases)
    func statementLimit(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: Self.table) { database in
            let error = await #expect(throws: DatabaseError.self) {
                try await database.read("test", limit: .milliseconds(150)) { db in
                    _ = try db.rows(
                        """
                        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000000)
                        SELECT count(*) FROM n
                        """)
                }
            }
            #expect(error?.code == .statementTimeout)
            let seven = try await database.read("test") { try $0.value("SELECT 7", as: Int.self) }
            #expect(seven == 7)
        }
    }

    @Test("many rows pass one by one", arguments: DatabaseEngine.allCases)
    func streaming(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: Self.table) { database in
            try await database.transaction("test") { db in
                for number in 0..<1203 {
                    try db.execute("INSERT INTO things (id, number) VALUES (\("\(number)"), \(number))")
                }
            }
            let sum = try await database.read("test") { db in
                var sum = 0
                try db.forEach("SELECT number FROM things WHERE number >= \(3) ORDER BY number") { row in
                    sum += try row["number"]
                }
                return sum
            }
            #expect(sum == (0..<1203).reduce(0, +) - 3)
        }
    }

    @Test("statements are counted for whoever asks", arguments: DatabaseEngine.allCases)
    func counting(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: Self.table) { database in
            let counter = StatementCounter()
            try await counter.counting {
                try await database.read("test") { db in for _ in 0..<5 { _ = try db.row("SELECT 1") } }
            }
            _ = try await database.read("test") { db in try db.row("SELECT 1") }
            #expect(counter.statements == 5)
            #expect(database.metrics.snapshot["test"]?.count == 2)
        }
    }

    @Test("what waits too long for a connection is told so", arguments: [DatabaseEngine.postgres])
    func busy(_ engine: DatabaseEngine) async throws {
        let impatient: (inout DatabaseSettings) -> Void = {
            $0.poolSize = 1
            $0.waitLimit = .milliseconds(100)
        }
        try await TestDatabase.with(engine, migrations: Self.table, configure: impatient) { database in
            async let slow: Void = database.read("test") { db in _ = try db.row("SELECT pg_sleep(1)") }
            try await Task.sleep(for: .milliseconds(200))
            let error = await #expect(throws: DatabaseError.self) {
                try await database.read("test") { db in _ = try db.row("SELECT 1") }
            }
            #expect(error?.code == .busy)
            #expect(error?.problem.status == 503)
            try await slow
        }
    }
}
