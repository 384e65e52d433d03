import Foundation
import Kernel
import TestKit
import Testing

@testable import Store

@Suite("Events from where no transaction is")
struct EventSinkTests {
    private static func event(_ reason: ReasonID = "csrf.cross-site") -> SecurityEvent {
        SecurityEvent(control: "protection.csrf", reason: reason, disposition: .enforced, status: 403)
    }

    private static let stranger = IPAddress(strict: "203.0.114.9"[...])
    private static let neighbour = IPAddress(strict: "10.1.2.3"[...])

    @Test(
        "what is alike becomes one row with its number; the first goes out at once", arguments: DatabaseEngine.allCases)
    func aggregated(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: JournalBench.migrations) { database in
            let clock = ManualClock()
            let sink = EventSink(database: database, journal: JournalBench.journal(clock: clock), clock: clock)
            sink.offer(Self.event(), from: Self.stranger)
            #expect(await sink.flush())
            #expect(try await JournalBench.count(database) == 1)
            for _ in 0..<4000 { sink.offer(Self.event(), from: Self.stranger) }
            for _ in 0..<30 { sink.offer(Self.event(), from: Self.neighbour) }
            // Neither audited nor delivered: costs nothing.
            for _ in 0..<30 { sink.offer(Self.event("cors.preflight"), from: Self.stranger) }
            clock.advance(by: .seconds(5))
            await sink.flush()
            // The neighbour is new, the stranger waits for the window.
            #expect(try await JournalBench.count(database) == 2)
            clock.advance(by: .seconds(6))
            await sink.flush()
            let entries = try await JournalBench.entries(database)
            let details = entries.map { entry in
                Dictionary(uniqueKeysWithValues: (entry.detailPairs ?? []).map { ($0.name, $0.value) })
            }
            #expect(details.map { $0["count"] } == ["1", "30", "4000"])
            #expect(details.map { $0["addresses"] } == ["ipv4", "local", "ipv4"])
            #expect(details.allSatisfy { $0["reason"] == "csrf.cross-site" && $0["status"] == "403" })
            #expect(entries.allSatisfy { $0.kind == "request.cross-site" && !$0.details.contains("203.0.114") })
            #expect(sink.figures.offered == 4031 && sink.figures.written == 3 && sink.figures.dropped == 0)
            #expect(try await AuditVerifier(database: database).verify().isIntact)
        }
    }

    @Test("a flood neither grows without bound nor is forgotten: what was dropped is told")
    func flood() async throws {
        try await TestDatabase.with(.sqlite, migrations: JournalBench.migrations) { database in
            let clock = ManualClock()
            var settings = EventSink.Settings()
            settings.capacity = 100
            let sink = EventSink(
                database: database, journal: JournalBench.journal(clock: clock), clock: clock, settings: settings)
            for index in 0..<1000 { sink.offer(AuditEvent("sign-in.failed", subject: "p\(index)")) }
            for index in 0..<1000 { sink.offer(Self.event(ReasonID(rawValue: "csrf.\(index)"))) }
            #expect(sink.figures.waiting == 200 && sink.figures.dropped == 1800)
            await sink.flush()
            let entries = try await JournalBench.entries(database)
            #expect(entries.count == 201)
            #expect(entries.last?.kind == "event.dropped" && entries.last?.details == #"{"count":"1800"}"#)
        }
    }

    @Test("while the database is away events wait, and are written once it is back")
    func away() async throws {
        let server = try PostgresServer()
        defer { server.remove() }
        let clock = TestClock()
        var databaseSettings = try DatabaseSettings(parsing: Secret(server.makeDatabase()))
        databaseSettings.retries = 0
        let database = try await Database.open(databaseSettings, clock: clock, random: SeededRandomSource(seed: 1))
        try await Migrator(JournalBench.migrations, version: "test", clock: clock).migrate(database)
        let sink = EventSink(database: database, journal: JournalBench.journal(), clock: clock)
        sink.offer(Self.event(), from: Self.stranger)
        await sink.flush()
        server.crash()
        for _ in 0..<50 { sink.offer(Self.event(), from: Self.stranger) }
        for index in 0..<5 { sink.offer(AuditEvent("sign-in.failed", subject: "p\(index)")) }
        #expect(await sink.flush(isLast: true) == false)
        sink.offer(Self.event(), from: Self.stranger)
        #expect(sink.figures.failures == 1 && sink.figures.waiting == 6)
        try server.start()
        try await eventually { await sink.flush(isLast: true) }
        let entries = try await JournalBench.entries(database)
        #expect(entries.count == 7)
        #expect(entries.last?.details.contains(#""count":"51""#) == true)
        #expect(sink.figures.dropped == 0)
        await database.close()
    }

    @Test("running, it writes within moments, and what is left when it ends", arguments: DatabaseEngine.allCases)
    func running(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: JournalBench.migrations) { database in
            let sink = EventSink(database: database, journal: JournalBench.journal(), clock: TestClock())
            let running = Task { await sink.run() }
            sink.offer(Self.event(), from: Self.stranger)
            try await eventually { try await JournalBench.count(database) == 1 }
            // 32 tasks at once, none of them waits for the database.
            await withTaskGroup { group in
                for task in 0..<32 {
                    group.addTask {
                        for _ in 0..<100 { sink.offer(AuditEvent("sign-in.failed", subject: "p\(task)")) }
                    }
                }
            }
            try await eventually { try await JournalBench.count(database) == 3201 }
            for _ in 0..<9 { sink.offer(Self.event(), from: Self.stranger) }
            running.cancel()
            await running.value
            let last = try await JournalBench.entries(database).last
            #expect(last?.details.contains(#""count":"9""#) == true)
            #expect(try await AuditVerifier(database: database).verify().entries == 3202)
        }
    }

    /// The figures of docs/capabilities/audit.md: `SEAWORTHY_MEASURE=1 swift test --filter EventSinkTests`.
    @Test("what appending costs", arguments: DatabaseEngine.allCases)
    func cost(_ engine: DatabaseEngine) async throws {
        let isMeasured = ProcessInfo.processInfo.environment["SEAWORTHY_MEASURE"] != nil
        let rounds = isMeasured ? 2000 : 50
        try await TestDatabase.with(engine, migrations: JournalBench.migrations) { database in
            let clock = TestClock()
            let journal = JournalBench.journal()
            func time(_ count: Int, _ work: () async throws -> Void) async rethrows -> Double {
                let start = clock.nanoseconds()
                try await work()
                return Double(clock.nanoseconds() - start) / Double(count) / 1000
            }
            try await database.transaction("test") { db in try db.execute("CREATE TABLE t (a BIGINT)") }
            let bare = try await time(rounds) {
                for _ in 0..<rounds {
                    try await database.transaction("test") { db in _ = try db.execute("INSERT INTO t VALUES (1)") }
                }
            }
            let audited = try await time(rounds) {
                for _ in 0..<rounds {
                    try await database.transaction("test") { db in
                        try db.execute("INSERT INTO t VALUES (1)")
                        try journal.append(
                            AuditEvent("role.granted", actor: "a", subject: "b", details: ["role": "x"]), in: db)
                    }
                }
            }
            let batches = max(1, rounds / 20)
            let batched = try await time(batches * 500) {
                for _ in 0..<batches {
                    try await database.transaction("test") { db in
                        for _ in 0..<500 {
                            try journal.append(
                                AuditEvent("sign-in.failed", subject: "b", details: ["method": "x"]), in: db)
                        }
                    }
                }
            }
            let sink = EventSink(database: database, journal: journal, clock: clock)
            let offers = 200_000
            let offered = await time(offers) { for _ in 0..<offers { sink.offer(Self.event(), from: Self.stranger) } }
            var rows = 0
            let verified = try await time(1) {
                rows = Int(try await AuditVerifier(database: database).verify().entries)
            }
            let figures = """
                \(engine): transaction \(bare) µs, with an audit row \(audited) µs, row in a batch of 500 \(batched) µs, \
                offer \(offered) µs, verification \(verified / Double(rows)) µs a row
                """
            if isMeasured { FileHandle.standardError.write(Data((figures + "\n").utf8)) }
            #expect(offered < 50, "\(figures)")
            #expect(batched < audited * 3 + 1000, "\(figures)")
        }
    }
}
