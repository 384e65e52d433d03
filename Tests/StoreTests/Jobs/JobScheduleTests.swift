import Kernel
import Store
import TestKit
import Testing

@Suite("Job schedules, on both engines")
struct JobScheduleTests {
    private static func fire(_ schedule: JobSchedule, _ database: Database, _ clock: any WallClock) async throws
        -> UniqueID?
    {
        let queue = JobFixture.queue(clock)
        return try await database.transaction("test") { try queue.fire(schedule, in: $0) }
    }

    private static func register(_ schedule: JobSchedule, _ database: Database, _ clock: any WallClock) async throws {
        let queue = JobFixture.queue(clock)
        try await database.transaction("test") { try queue.register([schedule], in: $0) }
    }

    private static func jobs(_ database: Database) async throws -> [JobRecord] {
        try await database.read("test") { try JobFixture.queue().list(limit: 200, in: $0) }
    }

    @Test("3 workers, each due time: one job", arguments: DatabaseEngine.allCases)
    func once(_ engine: DatabaseEngine) async throws {
        let clock = ManualClock()
        try await TestDatabase.with(engine, migrations: JobFixture.migrations) { database in
            let schedule = try JobSchedule("tick", cron: "* * * * *", kind: "a", payload: "{\"x\":1}")
            let ran = Tally()
            let runners = try (0..<3).map { number in
                try JobFixture.runner(
                    database, [ClosureHandler("a") { ran.add($0.payload) }], schedules: [schedule],
                    worker: "w\(number)", clock: clock)
            }
            let tasks = runners.map { runner in Task { await runner.run() } }
            try await eventually {
                try await database.read("test") { try JobFixture.queue().schedules(in: $0) }.count == 1
            }
            #expect(ran.total == 0)
            for minute in 1...3 {
                clock.advance(by: .seconds(60))
                try await eventually { ran.total >= minute }
                // Every worker looks at least once more.
                try await Task.sleep(for: .milliseconds(1200))
                #expect(ran.all == ["{\"x\":1}": minute])
            }
            for task in tasks { task.cancel() }
            for task in tasks { await task.value }
            #expect(try await Self.jobs(database).count == 3)
        }
    }

    @Test("32 tasks fire the same due time: one job", arguments: DatabaseEngine.allCases)
    func together(_ engine: DatabaseEngine) async throws {
        let clock = ManualClock()
        try await TestDatabase.with(engine, migrations: JobFixture.migrations) { database in
            let schedule = try JobSchedule("tick", cron: "@hourly", kind: "a")
            try await Self.register(schedule, database, clock)
            clock.advance(by: .seconds(3600))
            let fired = try await withThrowingTaskGroup(of: UniqueID?.self) { group in
                for _ in 0..<32 { group.addTask { try await Self.fire(schedule, database, clock) } }
                return try await group.reduce(into: [UniqueID]()) { if let id = $1 { $0.append(id) } }
            }
            #expect(fired.count == 1)
            #expect(try await Self.jobs(database).map(\.idempotencyKey) == ["schedule/tick/2026-01-02T04:00:00.000Z"])
        }
    }

    @Test("times that nobody was there for are one job", arguments: DatabaseEngine.allCases)
    func missed(_ engine: DatabaseEngine) async throws {
        let clock = ManualClock()
        try await TestDatabase.with(engine, migrations: JobFixture.migrations) { database in
            let schedule = try JobSchedule("tick", cron: "*/5 * * * *", kind: "a")
            try await Self.register(schedule, database, clock)
            #expect(try await Self.fire(schedule, database, clock) == nil)
            clock.advance(by: .seconds(86_400))
            #expect(try await Self.fire(schedule, database, clock) != nil)
            #expect(try await Self.fire(schedule, database, clock) == nil)
            let record = try await database.read("test") { try JobFixture.queue().schedules(in: $0) }
            #expect(record.map(\.nextAt.iso8601) == ["2026-01-03T03:05:00.000Z"])
            #expect(record.map(\.lastDue?.iso8601) == ["2026-01-02T03:05:00.000Z"])
            #expect(try await Self.jobs(database).count == 1)
        }
    }

    @Test(
        "a clock that goes back fires nothing twice, one that was far ahead stops nothing",
        arguments: DatabaseEngine.allCases)
    func clockBack(_ engine: DatabaseEngine) async throws {
        let clock = WrongClock()
        try await TestDatabase.with(engine, migrations: JobFixture.migrations) { database in
            let schedule = try JobSchedule("tick", cron: "* * * * *", kind: "a")
            try await Self.register(schedule, database, clock)
            clock.set(.seconds(120))
            #expect(try await Self.fire(schedule, database, clock) != nil)
            for offset in [60, 0, -3600, 60, 100] {
                clock.set(.seconds(offset))
                #expect(try await Self.fire(schedule, database, clock) == nil)
            }
            clock.set(.seconds(300))
            #expect(try await Self.fire(schedule, database, clock) != nil)
            // A year ahead by mistake, then right again: two days on, it still fires.
            clock.set(.seconds(365 * 86_400))
            #expect(try await Self.fire(schedule, database, clock) != nil)
            clock.set(.seconds(400))
            let queue = JobFixture.queue(clock)
            let due = try await database.read("test") { try queue.dueSchedules(in: $0) }
            #expect(due == ["tick"], "its plan is from a clock that was wrong")
            #expect(try await Self.fire(schedule, database, clock) == nil, "planned anew, not fired")
            clock.set(.seconds(600))
            #expect(try await Self.fire(schedule, database, clock) != nil)
            #expect(try await Self.jobs(database).count == 4)
        }
    }

    @Test("a changed expression is planned anew, an unchanged one keeps its time", arguments: DatabaseEngine.allCases)
    func changed(_ engine: DatabaseEngine) async throws {
        let clock = ManualClock()
        try await TestDatabase.with(engine, migrations: JobFixture.migrations) { database in
            let hourly = try JobSchedule("tick", cron: "@hourly", kind: "a")
            try await Self.register(hourly, database, clock)
            clock.advance(by: .seconds(7200))
            // A restart after its time: still due.
            try await Self.register(hourly, database, clock)
            #expect(try await Self.fire(hourly, database, clock) != nil)
            let daily = try JobSchedule("tick", cron: "@daily", kind: "a")
            #expect(try await Self.fire(daily, database, clock) == nil, "not what the row says")
            try await Self.register(daily, database, clock)
            let record = try await database.read("test") { try JobFixture.queue().schedules(in: $0) }
            #expect(record.map(\.nextAt.iso8601) == ["2026-01-03T00:00:00.000Z"])
            clock.advance(by: .seconds(7200))
            #expect(try await Self.fire(hourly, database, clock) == nil, "an old worker leaves it alone")
            try await database.transaction("test") { try JobFixture.queue().forgetSchedule("tick", in: $0) }
            clock.advance(by: .seconds(86_400))
            #expect(try await Self.fire(daily, database, clock) == nil)
        }
    }
}
