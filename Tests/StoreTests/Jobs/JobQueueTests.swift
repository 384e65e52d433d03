import Kernel
import Store
import TestKit
import Testing

@Suite("Job queue, on both engines")
struct JobQueueTests {
    @Test("a job exists exactly when its transaction does", arguments: DatabaseEngine.allCases)
    func atomic(_ engine: DatabaseEngine) async throws {
        struct Undone: Error {}
        try await TestDatabase.with(engine, migrations: JobFixture.migrations) { database in
            await #expect(throws: Undone.self) {
                try await database.transaction("test") { db in
                    try JobFixture.queue().enqueue(JobRequest("a", payload: "{}"), in: db)
                    throw Undone()
                }
            }
            try await JobFixture.enqueue(database, "b")
            let all = try await database.read("test") { try JobFixture.queue().list(in: $0) }
            #expect(all.map(\.kind) == ["b"] && all.map(\.state) == [.ready])
        }
    }

    @Test("48 claimers at once take 120 jobs, each once", arguments: DatabaseEngine.allCases)
    func claimedOnce(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: JobFixture.migrations) { database in
            try await database.transaction("test") { db in
                for number in 0..<120 {
                    try JobFixture.queue().enqueue(JobRequest("a", payload: "\(number)"), in: db)
                }
            }
            let taken = try await withThrowingTaskGroup(of: [String].self) { group in
                for task in 0..<48 {
                    group.addTask {
                        var mine: [String] = []
                        while true {
                            let claimed = try await JobFixture.claim(
                                database, [JobOffer("a", limit: 3)], limit: 3, worker: "w\(task)")
                            if claimed.isEmpty { return mine }
                            mine += claimed.map(\.job.payload)
                        }
                    }
                }
                return try await group.reduce(into: [String]()) { $0 += $1 }
            }
            #expect(taken.count == 120)
            #expect(Set(taken) == Set((0..<120).map { "\($0)" }))
        }
    }

    @Test("32 requests with one idempotency key are one job", arguments: DatabaseEngine.allCases)
    func idempotent(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: JobFixture.migrations) { database in
            let ids = try await withThrowingTaskGroup(of: UniqueID.self) { group in
                for _ in 0..<32 {
                    group.addTask { try await JobFixture.enqueue(database, "a") { $0.idempotencyKey = "order-7" } }
                }
                return try await group.reduce(into: Set<UniqueID>()) { $0.insert($1) }
            }
            #expect(ids.count == 1)
            let other = try await JobFixture.enqueue(database, "b") { $0.idempotencyKey = "order-7" }
            #expect(!ids.contains(other), "another kind is another job")
            let count = try await database.read("test") { try JobFixture.queue().list(in: $0).count }
            #expect(count == 2)
        }
    }

    @Test("the oldest of a kind comes first, nothing before its time", arguments: DatabaseEngine.allCases)
    func order(_ engine: DatabaseEngine) async throws {
        let clock = ManualClock()
        try await TestDatabase.with(engine, migrations: JobFixture.migrations) { database in
            let later = Timestamp(nanosecondsSinceEpoch: clock.now().nanosecondsSinceEpoch + 60_000_000_000)
            try await JobFixture.enqueue(database, "a", payload: "later", clock: clock) { $0.runAt = later }
            try await JobFixture.enqueue(database, "a", payload: "first", clock: clock)
            clock.advance(by: .seconds(1))
            try await JobFixture.enqueue(database, "a", payload: "second", clock: clock)
            let offers = [JobOffer("a", limit: 10)]
            #expect(
                try await JobFixture.claim(database, offers, clock: clock).map(\.job.payload) == ["first", "second"])
            #expect(try await JobFixture.claim(database, offers, clock: clock).isEmpty)
            clock.advance(by: .seconds(60))
            #expect(try await JobFixture.claim(database, offers, clock: clock).map(\.job.payload) == ["later"])
        }
    }

    @Test("a newer payload stays for a newer worker, and is seen as such", arguments: DatabaseEngine.allCases)
    func versions(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: JobFixture.migrations) { database in
            let new = try await JobFixture.enqueue(database, "a") { $0.payloadVersion = 3 }
            let unknown = try await JobFixture.enqueue(database, "unheard-of")
            let old = try await JobFixture.enqueue(database, "a")
            let ran = Tally()
            var handler = ClosureHandler("a") { ran.add($0.id.rawValue) }
            handler.payloadVersions = 1...2
            let told = Tally()
            let runner = try JobFixture.runner(
                database, [handler],
                report: { if case .notUnderstood(let kind, let count) = $0 { told.add("\(count) \(kind.rawValue)") } })
            try await JobFixture.running(runner) {
                try await eventually { try await JobFixture.state(old, database) == .done }
                try await eventually("told once of each") { told.all == ["1 a": 1, "1 unheard-of": 1] }
                try await eventually {
                    let depths = runner.metrics.depths
                    return depths["a"]?.notUnderstood == 1 && depths["unheard-of"]?.notUnderstood == 1
                }
            }
            #expect(ran.all == [old.rawValue: 1])
            for id in [new, unknown] {
                let record = try #require(try await JobFixture.record(id, database))
                #expect(record.state == .ready && record.attempts == 0)
            }
            let newer = try await JobFixture.claim(database, [JobOffer("a", payloadVersions: 1...3, limit: 5)])
            #expect(newer.map(\.job.id) == [new] && newer.first?.job.payloadVersion == 3)
        }
    }

    @Test("who lost the lease can't write to the job any more", arguments: DatabaseEngine.allCases)
    func fenced(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: JobFixture.migrations) { database in
            let id = try await JobFixture.enqueue(database, "a")
            let offers = [JobOffer("a", limit: 1)]
            let first = try #require(try await JobFixture.claim(database, offers).first)
            let lease = try await database.read("test") { try JobFixture.queue().leases(in: $0) }
            let takeBack: @Sendable () async throws -> Int = {
                try await database.transaction("test") { try JobFixture.queue().takeBack(lease, in: $0) }
            }
            #expect(try await takeBack() == 1)
            #expect(try await takeBack() == 0, "it isn't held any more")
            let second = try #require(try await JobFixture.claim(database, offers).first)
            #expect(second.job.attempt == 2, "an expired lease counts as an attempt")
            for result: JobSettlement.Result in [
                .done, .dead(reason: "x"), .released, .cancelled, .retry(reason: "x", rest: .zero),
            ] {
                #expect(try await JobFixture.settle(database, [JobSettlement(first, result)]) == [id])
                #expect(try await JobFixture.state(id, database) == .running)
            }
            #expect(try await takeBack() == 0, "the old lease is not the new one")
            #expect(try await JobFixture.settle(database, [JobSettlement(second, .done)]) == [])
            #expect(try await JobFixture.state(id, database) == .done)
        }
    }

    @Test("a renewed lease isn't taken back", arguments: DatabaseEngine.allCases)
    func renewed(_ engine: DatabaseEngine) async throws {
        let clock = ManualClock()
        try await TestDatabase.with(engine, migrations: JobFixture.migrations) { database in
            try await JobFixture.enqueue(database, "a", clock: clock)
            let held = try await JobFixture.claim(database, [JobOffer("a", limit: 1)], clock: clock)
            let seen = try await database.read("test") { try JobFixture.queue().leases(in: $0) }
            let queue = JobFixture.queue(clock)
            // Even with a clock that stands still.
            try await database.transaction("test") { try queue.renew(held, lease: .seconds(30), in: $0) }
            let count = try await database.transaction("test") { try queue.takeBack(seen, in: $0) }
            #expect(count == 0)
            let now = try await database.read("test") { try queue.leases(in: $0) }
            #expect(now.map(\.lease) == seen.map(\.lease) && now.map(\.until) != seen.map(\.until))
        }
    }

    @Test(
        "the last failed try makes a dead letter, which can be retried or discarded", arguments: DatabaseEngine.allCases
    )
    func deadLetters(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: JobFixture.migrations) { database in
            let id = try await JobFixture.enqueue(database, "a") { $0.maxAttempts = 2 }
            let offers = [JobOffer("a", limit: 1)]
            for attempt in 1...2 {
                let claim = try #require(try await JobFixture.claim(database, offers).first)
                #expect(claim.job.attempt == attempt)
                let failed = JobSettlement(claim, .retry(reason: "no\0pe \(attempt)\n", rest: .zero))
                #expect(try await JobFixture.settle(database, [failed]) == [])
            }
            var record = try #require(try await JobFixture.record(id, database))
            #expect(record.state == .dead && record.lastError == "no pe 2 " && record.endedAt != nil)
            let queue = JobFixture.queue()
            let dead = try await database.read("test") { try queue.list(state: .dead, kind: "a", in: $0) }
            #expect(dead.map(\.id) == [id])
            #expect(try await database.transaction("test") { try queue.retry(id, in: $0) })
            #expect(try await database.transaction("test") { try queue.retry(id, in: $0) } == false)
            record = try #require(try await JobFixture.record(id, database))
            #expect(record.state == .ready && record.attempts == 0 && record.endedAt == nil)
            let again = try #require(try await JobFixture.claim(database, offers).first)
            #expect(try await database.transaction("test") { try queue.discard(id, in: $0) } == false)
            #expect(try await JobFixture.settle(database, [JobSettlement(again, .dead(reason: "no"))]) == [])
            #expect(try await database.transaction("test") { try queue.retryDead("b", in: $0) } == 0)
            #expect(try await database.transaction("test") { try queue.retryDead("a", in: $0) } == 1)
            let last = try #require(try await JobFixture.claim(database, offers).first)
            #expect(try await JobFixture.settle(database, [JobSettlement(last, .dead(reason: "no"))]) == [])
            #expect(try await database.transaction("test") { try queue.discard(id, in: $0) })
            #expect(try await JobFixture.record(id, database) == nil)
        }
    }

    @Test("a job is cancelled before it runs at once, afterwards never", arguments: DatabaseEngine.allCases)
    func cancelled(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: JobFixture.migrations) { database in
            let queue = JobFixture.queue()
            let cancel: @Sendable (UniqueID) async throws -> JobQueue.Cancellation = { id in
                try await database.transaction("test") { try queue.cancel(id, in: $0) }
            }
            let id = try await JobFixture.enqueue(database, "a")
            #expect(try await cancel(id) == .cancelled)
            #expect(try await cancel(id) == .ended)
            #expect(try await cancel(UniqueID(rawValue: "nobody")) == .unknown)
            #expect(try await JobFixture.claim(database, [JobOffer("a", limit: 1)]).isEmpty)
            // Asked for while it runs; its worker dies or fails: it doesn't come again.
            for result: JobSettlement.Result in [.retry(reason: "x", rest: .zero), .released] {
                let other = try await JobFixture.enqueue(database, "a")
                let claim = try #require(try await JobFixture.claim(database, [JobOffer("a", limit: 1)]).first)
                #expect(try await cancel(other) == .requested)
                #expect(try await JobFixture.settle(database, [JobSettlement(claim, result)]) == [])
                #expect(try await JobFixture.state(other, database) == .cancelled)
            }
        }
    }

    @Test("32 cancellations race 32 claims: each job is one or the other", arguments: DatabaseEngine.allCases)
    func cancelRace(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: JobFixture.migrations) { database in
            var ids: [UniqueID] = []
            for _ in 0..<32 { ids.append(try await JobFixture.enqueue(database, "a")) }
            let queue = JobFixture.queue()
            let (claimed, outcomes) = try await withThrowingTaskGroup(of: ([UniqueID], [UniqueID]).self) { group in
                for id in ids {
                    group.addTask {
                        (try await JobFixture.claim(database, [JobOffer("a", limit: 1)], limit: 1).map(\.job.id), [])
                    }
                    group.addTask {
                        let outcome = try await database.transaction("test") { try queue.cancel(id, in: $0) }
                        return ([], outcome == .cancelled ? [id] : [])
                    }
                }
                return try await group.reduce(into: ([UniqueID](), [UniqueID]())) {
                    $0.0 += $1.0
                    $0.1 += $1.1
                }
            }
            #expect(Set(claimed).isDisjoint(with: outcomes))
            #expect(Set(claimed).count == claimed.count)
            let counts = try await database.read("test") { try queue.census(ended: true, in: $0) }
            #expect(counts.reduce(0) { $0 + $1.count } == 32)
            #expect(counts.first { $0.state == .cancelled }?.count ?? 0 == outcomes.count)
            #expect(counts.first { $0.state == .running }?.count ?? 0 == claimed.count)
        }
    }

    @Test("ended jobs go when their time is over, dead letters later", arguments: DatabaseEngine.allCases)
    func pruned(_ engine: DatabaseEngine) async throws {
        let clock = ManualClock()
        try await TestDatabase.with(engine, migrations: JobFixture.migrations) { database in
            let queue = JobFixture.queue(clock)
            for _ in 0..<3 { try await JobFixture.enqueue(database, "a", clock: clock) }
            let waiting = try await JobFixture.enqueue(database, "b", clock: clock)
            let claims = try await JobFixture.claim(database, [JobOffer("a", limit: 3)], clock: clock)
            try #require(claims.count == 3)
            let settlements = [
                JobSettlement(claims[0], .done), JobSettlement(claims[1], .dead(reason: "x")),
                JobSettlement(claims[2], .cancelled),
            ]
            #expect(try await JobFixture.settle(database, settlements, clock: clock) == [])
            let prune: @Sendable () async throws -> Int = {
                try await database.transaction("test") { try queue.prune(JobQueue.Retention(), in: $0) }
            }
            clock.advance(by: .seconds(7 * 86_400))
            #expect(try await prune() == 0)
            clock.advance(by: .seconds(1))
            #expect(try await prune() == 2)
            clock.advance(by: .seconds(23 * 86_400))
            #expect(try await prune() == 1)
            let left = try await database.read("test") { try queue.list(in: $0) }
            #expect(left.map(\.id) == [waiting])
        }
    }

    @Test("a clock that went back leaves no job behind; dates stay dates", arguments: DatabaseEngine.allCases)
    func clockBack(_ engine: DatabaseEngine) async throws {
        let clock = WrongClock()
        try await TestDatabase.with(engine, migrations: JobFixture.migrations) { database in
            clock.set(.seconds(86_400 * 365))
            let soon = try await JobFixture.enqueue(database, "a", clock: clock)
            let date = Timestamp(nanosecondsSinceEpoch: clock.now().nanosecondsSinceEpoch + 1)
            let dated = try await JobFixture.enqueue(database, "a", clock: clock) { $0.runAt = date }
            clock.set(.zero)
            let offers = [JobOffer("a", limit: 5)]
            #expect(try await JobFixture.claim(database, offers, clock: clock).isEmpty)
            let queue = JobFixture.queue(clock)
            #expect(try await database.transaction("test") { try queue.recoverFromClock(in: $0) } == 1)
            #expect(try await JobFixture.claim(database, offers, clock: clock).map(\.job.id) == [soon])
            #expect(try await JobFixture.state(dated, database) == .ready)
            // Clocks of two machines differ a little: that's no reason to ignore a rest.
            clock.set(.seconds(3))
            try await JobFixture.enqueue(database, "b", clock: clock)
            clock.set(.zero)
            #expect(try await database.transaction("test") { try queue.recoverFromClock(in: $0) } == 0)
        }
    }

    @Test("what can't be kept is refused", arguments: DatabaseEngine.allCases)
    func refused(_ engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: JobFixture.migrations) { database in
            let long = String(repeating: "x", count: JobQueue.longestPayload + 1)
            for payload in [long, "a\0b"] {
                let error = await #expect(throws: DatabaseError.self) {
                    try await JobFixture.enqueue(database, "a", payload: payload)
                }
                #expect(error?.code == .value)
            }
            let id = try await JobFixture.enqueue(database, "a") { $0.maxAttempts = -4 }
            #expect(try await JobFixture.record(id, database)?.maxAttempts == 1)
        }
    }

    @Test("a page follows the one before", arguments: DatabaseEngine.allCases)
    func pages(_ engine: DatabaseEngine) async throws {
        let clock = ManualClock()
        try await TestDatabase.with(engine, migrations: JobFixture.migrations) { database in
            var ids: [UniqueID] = []
            for _ in 0..<7 {
                ids.append(try await JobFixture.enqueue(database, "a", clock: clock))
                clock.advance(by: .milliseconds(2))
            }
            var seen: [UniqueID] = []
            while true {
                let last = seen.last
                let page = try await database.read("test") {
                    try JobFixture.queue().list(before: last, limit: 3, in: $0)
                }
                if page.isEmpty { break }
                seen += page.map(\.id)
            }
            #expect(seen == ids.reversed())
        }
    }
}
