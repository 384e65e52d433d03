import Kernel
import Operations
import Store
import TestKit
import Testing

@Suite("Re-wrapping while the app writes, on both engines")
struct RewrapperTests {
    private static func rotate(_ ring: KeyRing, _ clock: ManualClock) async throws -> (key: String, index: String) {
        clock.advance(by: .seconds(7200))
        let key = try await ring.rotate(.atRest).key.rawValue
        let index = try await ring.rotate(.blindIndex).key.rawValue
        clock.advance(by: .seconds(11))
        return (key, index)
    }

    @Test("all values come under the new keys, and the old ones are destroyed", arguments: DatabaseEngine.allCases)
    func plain(_ engine: DatabaseEngine) async throws {
        let clock = ManualClock()
        try await Vault.with(engine, clock: clock) { database, ring in
            let sealer = Sealer(ring: ring, columns: Vault.columns)
            try await sealer.register()
            for number in 0..<30 {
                try await Vault.write("t\(number)", "value \(number)", sealer, database)
                try await Vault.write(number - 15, "number \(number)", sealer, database)
            }
            try await database.transaction("test") {
                try $0.execute("INSERT INTO things (id, expected) VALUES ('null', '')")
            }
            try await database.transaction("test") { try $0.execute("DELETE FROM things WHERE id = 'null'") }
            let (old, oldIndex) = (try ring.signing(.atRest).id, try ring.signing(.blindIndex).id)
            let new = try await Self.rotate(ring, clock)
            let rewrapper = Rewrapper(sealer: sealer, batch: 7)
            let report = try await rewrapper.run()
            #expect(report.moved == 60 && report.unreadable.isEmpty && report.isFinished)
            let state = try await Vault.state(sealer, database)
            #expect(state.wrong.isEmpty && state.keys == [new.key])
            #expect(try await rewrapper.run().moved == 0, "nothing twice")
            let destroyed = try await rewrapper.destroyUnused()
            #expect(Set(destroyed.destroyed.map(\.rawValue)) == [old, oldIndex] && destroyed.used.isEmpty)
            #expect(try await Vault.state(sealer, database).wrong.isEmpty)
            let jobs = try await database.read("test") {
                try $0.value("SELECT count(*) FROM jobs WHERE kind = 'at-rest.rewrap'", as: Int.self)
            }
            #expect(jobs == 2, "one for each rotation")
        }
    }

    @Test("a key with one use left, in whatever column, is kept", arguments: DatabaseEngine.allCases)
    func used(_ engine: DatabaseEngine) async throws {
        let clock = ManualClock()
        try await Vault.with(engine, clock: clock) { database, ring in
            // The program before this one had a column that this one doesn't know.
            let earlier = Sealer(ring: ring, columns: Vault.columns)
            try await earlier.register()
            try await Vault.write(1, "kept", earlier, database)
            let old = try ring.signing(.atRest).id
            _ = try await Self.rotate(ring, clock)
            let sealer = Sealer(ring: ring, columns: [Vault.seed])
            try await sealer.register()
            let rewrapper = Rewrapper(sealer: sealer)
            _ = try await rewrapper.run()
            let result = try await rewrapper.destroyUnused()
            #expect(!result.destroyed.map(\.rawValue).contains(old))
            #expect(result.used.values.sorted() == ["numbers.value"])
            #expect(try await Vault.state(earlier, database).wrong.isEmpty)
            let all = Rewrapper(sealer: earlier)
            #expect(try await all.run().moved == 1)
            #expect(try await all.destroyUnused().destroyed.map(\.rawValue).contains(old))
            #expect(try await Vault.state(earlier, database).wrong.isEmpty)
        }
    }

    @Test("a value that doesn't open is left as it is, told, and keeps its key", arguments: DatabaseEngine.allCases)
    func unreadable(_ engine: DatabaseEngine) async throws {
        let clock = ManualClock()
        try await Vault.with(engine, clock: clock) { database, ring in
            let sealer = Sealer(ring: ring, columns: Vault.columns)
            try await sealer.register()
            for number in 0..<5 { try await Vault.write("t\(number)", "v", sealer, database) }
            let old = try ring.signing(.atRest).id
            try await database.transaction("test") { db in
                let bytes: [UInt8] = try db.value("SELECT seed FROM things WHERE id = 't1'") ?? []
                try db.execute("UPDATE things SET seed = \(bytes) WHERE id = 't2'")
            }
            _ = try await Self.rotate(ring, clock)
            let rewrapper = Rewrapper(sealer: sealer, batch: 2)
            let report = try await rewrapper.run()
            #expect(report.moved == 4 && report.unreadable == ["things.seed": 1])
            let result = try await rewrapper.destroyUnused()
            #expect(!result.destroyed.map(\.rawValue).contains(old))
            #expect(try await Vault.state(sealer, database).wrong == ["t2"])
            await #expect(throws: JobFailure.self) {
                try await RewrapHandler(rewrapper).run(
                    Job(
                        id: UniqueID(rawValue: "j"), kind: RewrapHandler.jobKind, payload: "{}", payloadVersion: 1,
                        attempt: 1, maxAttempts: 1, createdAt: clock.now()))
            }
        }
    }

    @Test(
        "killed at random points under writers, nothing becomes unreadable, and the last run ends it",
        arguments: DatabaseEngine.allCases, Seeds.first(3))
    func killed(_ engine: DatabaseEngine, _ seed: UInt64) async throws {
        let clock = ManualClock()
        let directory = try TemporaryDirectory("rewrap")
        defer { directory.remove() }
        let settings = try TestDatabase.settings(engine, in: directory)
        let database = try await Database.open(settings, clock: TestClock(), random: SeededRandomSource(seed: seed))
        try await Migrator(Vault.migrations, version: "test", clock: clock).migrate(database)
        let ring = try Vault.ring(database, clock: clock, seed: seed)
        try await ring.open()
        let sealer = Sealer(ring: ring, columns: Vault.columns)
        try await sealer.register()
        for number in 0..<60 { try await Vault.write("t\(number)", "first \(number)", sealer, database) }
        for number in 0..<60 { try await Vault.write(number, "first \(number)", sealer, database) }
        var generator = SeededGenerator(seed: seed)
        let stop = Tally()
        let written = Tally()
        try await withThrowingTaskGroup { group in
            for writer in 0..<4 {
                group.addTask {
                    var generator = SeededGenerator(seed: seed &+ UInt64(writer))
                    while stop.count == 0 {
                        let row = "t\(generator.number(0...90))"
                        try await Vault.write(row, "by \(writer): \(generator.next())", sealer, database)
                        written.add()
                    }
                }
            }
            for round in 0..<12 {
                if round % 4 == 0 { _ = try await Self.rotate(ring, clock) }
                // A worker of its own, whose database goes away under it.
                let worker = try await Database.open(
                    settings, clock: TestClock(), random: SeededRandomSource(seed: seed))
                let its = try Vault.ring(worker, clock: clock, seed: generator.next())
                let work = Task {
                    let rewrapper = Rewrapper(
                        sealer: Sealer(ring: its, columns: Vault.columns), batch: 5)
                    _ = try await rewrapper.run()
                    _ = try await rewrapper.destroyUnused()
                }
                try await Task.sleep(for: .milliseconds(generator.number(1...40)))
                if generator.oneIn(2) { work.cancel() }
                await worker.close()
                _ = await work.result
                let state = try await Vault.state(sealer, database)
                #expect(state.wrong.isEmpty, "round \(round): \(state.wrong)")
            }
            stop.add()
            try await group.waitForAll()
        }
        let rewrapper = Rewrapper(sealer: sealer, batch: 9)
        #expect(try await rewrapper.run().isFinished)
        let result = try await rewrapper.destroyUnused()
        #expect(result.used.isEmpty)
        let state = try await Vault.state(sealer, database)
        let newest = try ring.signing(.atRest).id
        #expect(state.wrong.isEmpty && state.keys == [newest])
        #expect(written.count > 0)
        let left = try await database.read("test") {
            try $0.value(
                "SELECT count(*) FROM secret_keys WHERE purpose = 'at-rest' AND destroyed_at IS NULL", as: Int.self)
        }
        #expect(left == 1)
        await database.close()
    }

    @Test(
        "a writer that is sealing with a key holds off its destruction, and is found by it",
        arguments: DatabaseEngine.allCases)
    func inFlight(_ engine: DatabaseEngine) async throws {
        let clock = ManualClock()
        try await Vault.with(engine, clock: clock) { database, ring in
            let sealer = Sealer(ring: ring, columns: Vault.columns)
            try await sealer.register()
            let old = try ring.signing(.atRest).id
            let sealed = Tally()
            let go = Tally()
            // Seals, then takes its time before it writes.
            let writer = Task {
                try await database.transaction("test.slow") { db in
                    let value = try sealer.seal("late", at: Vault.value, row: 1, in: db)
                    sealed.add()
                    let end = TestClock().nanoseconds() + 3_000_000_000
                    while go.count == 0, TestClock().nanoseconds() < end {}
                    try db.execute("INSERT INTO numbers (id, value, expected) VALUES (1, \(value), 'late')")
                }
            }
            try await eventually { sealed.count > 0 }
            let release = Task {
                try await Task.sleep(for: .milliseconds(400))
                go.add()
            }
            _ = try await Self.rotate(ring, clock)
            let rewrapper = Rewrapper(sealer: sealer)
            let result = try await rewrapper.destroyUnused()
            #expect(result.used.keys.map(\.rawValue) == [old], "the writer's value was seen")
            try await writer.value
            try await release.value
            #expect(try await Vault.state(sealer, database).wrong.isEmpty)
            #expect(try await rewrapper.run().moved == 1)
            #expect(try await rewrapper.destroyUnused().destroyed.map(\.rawValue) == [old])
        }
    }
}
