import Kernel
import Store
import TestKit
import Testing

@testable import Identity

@Suite("The lockout rule")
struct LockoutRuleTests {
    private let rule = Lockout()
    private let start = Timestamp(nanosecondsSinceEpoch: 1_767_323_045_000_000_000)

    @Test("lets five attempts through, the fifth of which locks, and refuses the sixth until half an hour is over")
    func five() {
        var state = LockoutState()
        for number in 1...5 {
            let (next, decision) = rule.attempt(state, at: start)
            #expect(decision == .allowed(isLast: number == 5))
            state = next
        }
        let until = start.advanced(by: .seconds(1800))
        #expect(rule.attempt(state, at: start).decision == .refused(until: until))
        #expect(rule.attempt(state, at: until.advanced(by: .nanoseconds(-1))).decision == .refused(until: until))
        #expect(rule.attempt(state, at: until).decision == .allowed(isLast: false))
    }

    @Test("each lock lasts twice as long as the one before, a day at most")
    func growing() {
        let spans = (1...9).map { rule.span(ofLock: $0) / .seconds(60) }
        #expect(spans == [30, 60, 120, 240, 480, 960, 1440, 1440, 1440])
        #expect(rule.span(ofLock: .max) == .seconds(86_400) && rule.span(ofLock: 0) == .seconds(1800))
    }

    @Test("a success, or a day of quiet behind a lock, makes everything new")
    func forgotten() {
        let locked = LockoutState(
            failures: 5, locks: 3, lockedUntil: start, lastAttemptAt: start.advanced(by: .seconds(-9)))
        #expect(rule.succeeded(locked) == LockoutState())
        let (soon, _) = rule.attempt(locked, at: start.advanced(by: .seconds(86_399)))
        #expect(soon.locks == 3 && soon.failures == 1)
        let (late, _) = rule.attempt(locked, at: start.advanced(by: .seconds(86_400)))
        #expect(late.locks == 0 && late.failures == 1)
    }

    @Test("an attempt that turned out right is taken back, with the lock that it alone had made")
    func givenBack() {
        var state = LockoutState()
        for _ in 1...5 { state = rule.attempt(state, at: start).state }
        let back = rule.givenBack(state)
        #expect(back.failures == 4 && back.lockedUntil == nil && back.locks == 0)
        #expect(rule.givenBack(LockoutState()) == LockoutState())
    }

    /// What an attacker gets who asks whenever it is worth it, and at random times besides.
    @Test("whatever the times, nobody gets more guesses than the locks leave", arguments: Seeds.first(60))
    func bound(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let rule = Lockout(limit: generator.number(1...10))
        var (state, now) = (LockoutState(), start)
        var allowed: [Timestamp] = []
        let end = start.advanced(by: .seconds(5 * 86_400))
        while now < end, allowed.count < 4000 {
            let (next, decision) = rule.attempt(state, at: now)
            switch decision {
            case .allowed: allowed.append(now)
            case .refused(let until):
                #expect(next == state, "a refusal changes nothing")
                #expect(until > now && until <= now.advanced(by: .seconds(86_400)))
                if generator.oneIn(3) {
                    now = until
                    continue
                }
            }
            state = next
            now = now.advanced(by: .seconds(generator.number(0...4000)))
        }
        // Never more than the limit inside any half hour, the shortest lock: a round may end and the next begin in it.
        for (index, time) in allowed.enumerated() {
            let inside = allowed[index...].prefix { $0 < time.advanced(by: .seconds(1800)) }.count
            #expect(inside <= 2 * rule.limit - 1, "\(inside) guesses within half an hour at limit \(rule.limit)")
        }
        let day = allowed.filter { $0 < start.advanced(by: .seconds(86_400)) }.count
        #expect(day <= 6 * rule.limit, "\(day) guesses on the first day")
    }
}

@Suite("Counters of failed sign-ins", .serialized)
struct LockoutStoreTests {
    private let now = Timestamp(nanosecondsSinceEpoch: 1_767_323_045_000_000_000)

    @Test("32 attempts at the same time get five guesses, not one more", arguments: DatabaseEngine.allCases)
    func concurrent(engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: IdentitySchema.migrations) { database in
            let store = LockoutStore(settings: LockoutSettings())
            let decisions = try await withThrowingTaskGroup(of: Lockout.Decision.self) { group in
                for number in 0..<32 {
                    group.addTask {
                        // Different addresses: only the account's counter is shared.
                        let keys: [LockoutStore.Key] = [
                            .account("owner@example.com"), .address(IPAddress(v4: 0x0A00_0000 | UInt32(number))),
                        ]
                        return try await database.transaction("test.attempt") { db in
                            try store.attempt(keys, at: now, in: db)
                        }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let allowed = decisions.filter { if case .allowed = $0 { true } else { false } }
            #expect(allowed.count == 5 && decisions.count == 32)
            #expect(allowed.count { $0 == .allowed(isLast: true) } == 1)
        }
    }

    @Test(
        "a locked address counts nothing for the account, and the other way round", arguments: DatabaseEngine.allCases)
    func apart(engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine, migrations: IdentitySchema.migrations) { database in
            let store = LockoutStore(settings: LockoutSettings())
            let address = LockoutStore.Key.address(IPAddress(v4: 7))
            try await database.transaction("test.lock") { db in
                for _ in 0..<5 { _ = try store.attempt([address], at: now, in: db) }
            }
            let decision = try await database.transaction("test.attempt") { db in
                try store.attempt([.account("a@example.com"), address], at: now, in: db)
            }
            #expect(decision == .refused(until: now.advanced(by: .seconds(1800))))
            let state = try await database.read("test.state") { try store.state(.account("a@example.com"), in: $0) }
            #expect(state?.failures == 0)
        }
    }

    @Test("keys name no address and nobody's e-mail, and a /64 counts as one")
    func keys() {
        let key = LockoutStore.Key.account("owner@example.com").text
        #expect(!key.contains("owner") && key.hasPrefix("a:") && key.utf8.count == 34)
        let one = LockoutStore.Key.address(IPAddress(v6High: 0x2001_0DB8_0000_0001, low: 1)).text
        #expect(one == LockoutStore.Key.address(IPAddress(v6High: 0x2001_0DB8_0000_0001, low: 99)).text)
        #expect(one != LockoutStore.Key.address(IPAddress(v6High: 0x2001_0DB8_0000_0002, low: 1)).text)
    }
}
