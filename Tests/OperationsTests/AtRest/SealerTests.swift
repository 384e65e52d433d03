import Kernel
import Operations
import Store
import TestKit
import Testing

@Suite("Sealed values, on both engines")
struct SealerTests {
    private static func seal(_ text: String, row: String, _ sealer: Sealer, _ database: Database) async throws
        -> [UInt8]
    {
        try await database.transaction("test") { db in
            guard case .blob(let bytes) = try sealer.seal(text, at: Vault.seed, row: row, in: db).sqlValue else {
                return []
            }
            return bytes
        }
    }

    private static func open(
        _ bytes: [UInt8], at column: SealedColumn = Vault.seed, row: String = "r", _ sealer: Sealer,
        _ database: Database
    ) async throws -> String {
        try await database.read("test") { db in
            guard let sealed = Sealed<String>(sqlValue: .blob(bytes)) else { throw AtRestError.notOfType }
            return try sealer.open(sealed, at: column, row: row, in: db)
        }
    }

    @Test("a flipped bit anywhere, a cut anywhere and anything added is refused", arguments: DatabaseEngine.allCases)
    func tampered(_ engine: DatabaseEngine) async throws {
        try await Vault.with(engine) { database, ring in
            let sealer = Sealer(ring: ring, columns: Vault.columns)
            let bytes = try await Self.seal("canary value", row: "r", sealer, database)
            #expect(bytes.count == 37 + 12)
            #expect(try await Self.open(bytes, sealer, database) == "canary value")
            for position in bytes.indices {
                for bit in 0..<8 {
                    var changed = bytes
                    changed[position] ^= 1 << UInt8(bit)
                    let error = await #expect(throws: AtRestError.self, "byte \(position), bit \(bit)") {
                        try await Self.open(changed, sealer, database)
                    }
                    #expect("\(error.map { "\($0)" } ?? "")".contains("canary") == false)
                    switch position {
                    case 0: #expect(error == .unknownVersion(bytes[0] ^ 1 << UInt8(bit)))
                    case 1...8:
                        if case .unknownKey = error {
                        } else {
                            Issue.record("\(position): \(String(describing: error))")
                        }
                    default: #expect(error == .notGenuine)
                    }
                }
                await #expect(throws: AtRestError.self) {
                    try await Self.open(Array(bytes.prefix(position)), sealer, database)
                }
            }
            await #expect(throws: AtRestError.notGenuine) { try await Self.open(bytes + [0], sealer, database) }
        }
    }

    @Test("a value moved to another row, column, table or database doesn't open", arguments: DatabaseEngine.allCases)
    func moved(_ engine: DatabaseEngine) async throws {
        try await Vault.with(engine) { database, ring in
            let sealer = Sealer(ring: ring, columns: Vault.columns)
            let bytes = try await Self.seal("x", row: "r", sealer, database)
            await #expect(throws: AtRestError.notGenuine) { try await Self.open(bytes, row: "s", sealer, database) }
            for column in [
                SealedColumn(table: "things", column: "seed2"), SealedColumn(table: "thing", column: "sseed"),
                Vault.value,
            ] {
                await #expect(throws: AtRestError.notGenuine) {
                    try await Self.open(bytes, at: column, sealer, database)
                }
            }
            // The number 7 and the text “7” are different rows.
            let number = try await database.transaction("test") { db -> Sealed<String> in
                try sealer.seal("x", at: Vault.value, row: 7, in: db)
            }
            await #expect(throws: AtRestError.notGenuine) {
                try await database.read("test") { try sealer.open(number, at: Vault.value, row: "7", in: $0) }
            }
            try await TestDatabase.with(engine, migrations: Vault.migrations) { elsewhere in
                let ring = try Vault.ring(elsewhere, seed: 1000)
                try await ring.open()
                let stranger = Sealer(ring: ring, columns: Vault.columns)
                let error = await #expect(throws: AtRestError.self) { try await Self.open(bytes, stranger, elsewhere) }
                if case .unknownKey = error {} else { Issue.record("\(String(describing: error))") }
            }
        }
    }

    @Test(
        "a key of another purpose, an unregistered column and a wrong type are refused",
        arguments: DatabaseEngine.allCases)
    func refused(_ engine: DatabaseEngine) async throws {
        try await Vault.with(engine) { database, ring in
            let sealer = Sealer(ring: ring, columns: Vault.columns)
            var bytes = try await Self.seal("x", row: "r", sealer, database)
            let other = SealedColumn(table: "things", column: "other")
            await #expect(throws: AtRestError.unknownColumn("things.other")) {
                try await database.transaction("test") { _ = try sealer.seal("x", at: other, row: "r", in: $0) }
            }
            let token = try ring.signing(.token).id
            bytes.replaceSubrange(
                1..<9,
                with: stride(from: 0, to: 16, by: 2).compactMap { UInt8(token.dropFirst($0).prefix(2), radix: 16) })
            let error = await #expect(throws: AtRestError.self) { try await Self.open(bytes, sealer, database) }
            if case .unknownKey(let id) = error { #expect(id.rawValue == token) } else { Issue.record("opened") }
            await #expect(throws: AtRestError.notOfType) {
                try await database.transaction("test") { db in
                    let raw = try sealer.seal([0xFF, 0xFE] as [UInt8], at: Vault.seed, row: "r", in: db)
                    guard let text = Sealed<String>(sqlValue: raw.sqlValue) else { return }
                    _ = try sealer.open(text, at: Vault.seed, row: "r", in: db)
                }
            }
        }
    }

    @Test("every value comes back, and equal values never look equal", arguments: Seeds.first(6))
    func roundTrip(_ seed: UInt64) async throws {
        try await Vault.with(seed % 2 == 0 ? .sqlite : .postgres) { database, ring in
            let sealer = Sealer(ring: ring, columns: Vault.columns)
            try await database.transaction("test") { db in
                var generator = SeededGenerator(seed: seed)
                var seen: Set<Sealed<[UInt8]>> = []
                for length in [0, 1, 15, 16, 17, 1000, 70_000] {
                    let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
                    for _ in 0..<2 {
                        let sealed = try sealer.seal(bytes, at: Vault.value, row: length, in: db)
                        #expect(seen.insert(sealed).inserted)
                        #expect(try sealer.open(sealed, at: Vault.value, row: length, in: db) == bytes)
                        #expect("\(sealed)" == "‹sealed›")
                    }
                }
                let secret = try sealer.seal(Secret("s"), at: Vault.value, row: 1, in: db)
                #expect(try sealer.open(secret, at: Vault.value, row: 1, in: db) == Secret("s"))
            }
        }
    }

    @Test(
        "a blind index finds its rows, also those from before a rotation",
        arguments: DatabaseEngine.allCases)
    func index(_ engine: DatabaseEngine) async throws {
        let clock = ManualClock()
        try await Vault.with(engine, clock: clock) { database, ring in
            let sealer = Sealer(ring: ring, columns: Vault.columns)
            try await Vault.write("a", "ada@example.com", sealer, database)
            clock.advance(by: .seconds(7200))
            try await ring.rotate(.blindIndex)
            clock.advance(by: .seconds(60))
            try await Vault.write("b", "ada@example.com", sealer, database)
            try await Vault.write("c", "bob@example.com", sealer, database)
            let found = try await database.read("test") { db in
                let candidates = try sealer.candidates("ada@example.com", at: Vault.seed, in: db)
                return try db.rows("SELECT id FROM things WHERE seed_index IN (\(list: candidates)) ORDER BY id")
                    .map { try $0["id"] as String }
            }
            #expect(found == ["a", "b"])
        }
    }
}
