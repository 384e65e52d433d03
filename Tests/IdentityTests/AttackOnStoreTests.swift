import Foundation
import Kernel
import Store
import TestKit
import Testing

@testable import Identity

/// The attack of docs/capabilities/lockout.md, against the counters as they are kept: every attempt is one of SQL.
@Suite("An attack from 10,000 addresses, against the real counters")
struct AttackOnStoreTests {
    private static let addresses = 10_000
    private static let owner = "owner@example.com"
    private static let document: String = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs/capabilities/lockout.md")
        return (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    }()

    /// Every address once, at times of two weeks that chance takes; guesses by day.
    private static func attack(_ fixture: IdentityFixture, seed: UInt64) async throws -> [Int] {
        var generator = SeededGenerator(seed: seed)
        let start = fixture.clock.now()
        let span = 14 * 86_400_000
        let times = (0..<addresses).map { _ in generator.number(0...(span - 1)) }.sorted()
        let store = LockoutStore(settings: LockoutSettings())
        var days = [Int](repeating: 0, count: 14)
        for first in stride(from: 0, to: addresses, by: 500) {
            let allowed = try await fixture.database.transaction("test.attack") { db in
                try (first..<min(first + 500, addresses)).filter { number in
                    let decision = try store.attempt(
                        [.account(owner), .address(IPAddress(v4: 0x0B00_0000 | UInt32(number)))],
                        at: start.advanced(by: .milliseconds(times[number])), in: db)
                    if case .allowed = decision { return true } else { return false }
                }
            }
            for number in allowed { days[times[number] / 86_400_000] += 1 }
        }
        fixture.clock.advance(by: .milliseconds(span))
        return days
    }

    @Test("leaves 95 guesses of 10,000 in two weeks, and the owner gets in from a new device within two minutes")
    func published() async throws {
        try await IdentityFixture.with { fixture in
            try await fixture.person(Self.owner)
            let days = try await Self.attack(fixture, seed: 2026)
            let all = days.reduce(0, +)
            let text =
                "Of 10,000 attempts in two weeks, one from each address at a time that chance takes, \(all) were guesses: "
                + "\(days[0]) on the first day, \(days.dropFirst().max() ?? 0) at most on each later one."
            #expect(
                Self.document.split(whereSeparator: \.isWhitespace).joined(separator: " ").contains(text),
                "docs/capabilities/lockout.md should say: \(text)")
            #expect(try await Self.minutesUntilIn(fixture) <= 2)
        }
    }

    @Test("whatever the times: 30 guesses on the first day at most, ten on each later one", arguments: Seeds.first(2))
    func seeds(seed: UInt64) async throws {
        try await IdentityFixture.with { fixture in
            try await fixture.person(Self.owner)
            let days = try await Self.attack(fixture, seed: seed)
            #expect(days[0] <= 30 && days.dropFirst().allSatisfy { $0 <= 10 }, "\(days)")
            #expect(days.reduce(0, +) >= 60, "the attack never came through: \(days)")
            #expect(try await Self.minutesUntilIn(fixture) <= 2)
        }
    }

    /// The attack goes on while the owner comes with a browser that nobody knows, is refused, reads their mail a minute later,
    /// follows its link and signs in.
    private static func minutesUntilIn(_ fixture: IdentityFixture) async throws -> Double {
        // What is due of the lock's mail is sent at one of these.
        for number in 0..<6 {
            _ = await fixture.refusal {
                _ = try await fixture.signIn(owner, "guess", from: IdentityFixture.client(UInt32(3000 + number)))
            }
        }
        let began = fixture.clock.now()
        let refused = await fixture.refusal {
            _ = try await fixture.signIn(owner, from: IdentityFixture.client(7))
        }
        #expect(refused == "sign-in.failed", "the account should be locked by now")
        fixture.clock.advance(by: .seconds(60))
        let token = try #require(fixture.mailer.token(to: owner, template: .lockoutUnlock))
        let device = try await fixture.flows.letIn(token: token, from: IdentityFixture.client(7))
        _ = await fixture.refusal {
            _ = try await fixture.signIn(owner, "guess", from: IdentityFixture.client(4000))
        }
        _ = try await fixture.signIn(owner, from: IdentityFixture.client(7, device: device.reveal()))
        return Double(fixture.clock.now().since(began).components.seconds) / 60
    }

    // MARK: Over sequences of attempts

    /// Attempts, successes and attempts in which nothing was compared, in any order, from few addresses on few accounts: the
    /// rows say what the rule says.
    @Test(
        "the counters do what the rule says, whatever the sequence", arguments: DatabaseEngine.allCases, Seeds.first(4))
    func sequences(engine: DatabaseEngine, seed: UInt64) async throws {
        try await TestDatabase.with(engine, migrations: IdentitySchema.migrations) { database in
            var generator = SeededGenerator(seed: seed)
            var settings = LockoutSettings()
            settings.failures = generator.number(1...5)
            settings.addressFailures = generator.number(1...8)
            let store = LockoutStore(settings: settings)
            var model: [LockoutStore.Key: LockoutState] = [:]
            var now = Timestamp(nanosecondsSinceEpoch: 1_767_323_045_000_000_000)
            for step in 0..<160 {
                now = now.advanced(by: .seconds(generator.pick([0, 1, 60, 1799, 1800, 7200, 86_400]) ?? 0))
                let subject: LockoutStore.Key =
                    generator.oneIn(3) ? .device("device") : .account("a\(generator.number(0...1))@example.com")
                let keys = [subject, .address(IPAddress(v4: UInt32(generator.number(1...2))))]
                let (turn, at) = (generator.number(0...9), now)
                let before = model
                let told = try await database.transaction("test.step") { db -> Bool in
                    switch turn {
                    case 0:
                        try store.succeeded(keys, at: at, in: db)
                        return true
                    case 1:
                        try store.giveBack(keys, at: at, in: db)
                        return true
                    default:
                        if case .allowed = try store.attempt(keys, at: at, in: db) { return true } else { return false }
                    }
                }
                let expected = Self.follow(&model, keys, turn, at, store)
                #expect(told == expected, "seed \(seed), step \(step): \(before) \(keys) \(turn)")
                for key in Set(model.keys).union(keys) {
                    let row = try await database.read("test.row") { try store.state(key, in: $0) }
                    let (kept, ought) = (row ?? LockoutState(), model[key] ?? LockoutState())
                    let isSame =
                        kept.failures == ought.failures && kept.locks == ought.locks
                        && kept.lockedUntil == ought.lockedUntil
                    #expect(isSame, "seed \(seed), step \(step), \(key): \(kept) ought to be \(ought)")
                }
            }
        }
    }

    /// The same by the pure rule. False: refused, and nothing counted.
    private static func follow(
        _ model: inout [LockoutStore.Key: LockoutState], _ keys: [LockoutStore.Key], _ turn: Int, _ now: Timestamp,
        _ store: LockoutStore
    ) -> Bool {
        switch turn {
        case 0:
            for key in keys {
                if case .address = key {
                    model[key] = store.rule(for: key).givenBack(model[key] ?? LockoutState())
                } else {
                    model[key] = nil
                }
            }
            return true
        case 1:
            for key in keys { model[key] = store.rule(for: key).givenBack(model[key] ?? LockoutState()) }
            return true
        default:
            let next = keys.map { store.rule(for: $0).attempt(model[$0] ?? LockoutState(), at: now) }
            guard next.allSatisfy({ if case .allowed = $0.decision { true } else { false } }) else { return false }
            for (key, step) in zip(keys, next) { model[key] = step.state }
            return true
        }
    }
}
