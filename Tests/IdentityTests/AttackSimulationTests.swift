import Kernel
import Store
import TestKit
import Testing

@testable import Identity

/// What docs/capabilities/lockout.md publishes is counted here.
@Suite("An attack from 10,000 addresses")
struct AttackSimulationTests {
    private let start = Timestamp(nanosecondsSinceEpoch: 1_767_323_045_000_000_000)

    /// Guesses on each day of an attacker who has 10,000 addresses, and pauses for `rest` once a lock lasts that long.
    private func guesses(days: Int, restingAfter locks: Int) -> [Int] {
        let rule = Lockout()
        var account = LockoutState()
        var addresses: [Int: LockoutState] = [:]
        var next = 0
        var counts = [Int](repeating: 0, count: days)
        var quietUntil = start
        for minute in 0..<(days * 1440) {
            let now = start.advanced(by: .seconds(Int64(minute) * 60))
            guard now >= quietUntil else { continue }
            // As many as there are addresses that may: each of its own.
            for _ in 0..<10_000 {
                let (state, decision) = rule.attempt(account, at: now)
                guard case .allowed = decision else { break }
                let (own, mine) = rule.attempt(addresses[next] ?? LockoutState(), at: now)
                addresses[next] = own
                next = (next + 1) % 10_000
                guard case .allowed = mine else { continue }
                account = state
                counts[minute / 1440] += 1
            }
            if account.locks >= locks, let until = account.lockedUntil {
                quietUntil = until.advanced(by: .seconds(86_400))
            }
        }
        return counts
    }

    @Test("gets 30 guesses on the first day and ten at most on each later one, when it never rests")
    func greedy() {
        let counts = guesses(days: 14, restingAfter: .max)
        #expect(counts.first == 30)
        #expect(counts.dropFirst().allSatisfy { $0 <= 10 }, "\(counts)")
        #expect(counts.reduce(0, +) == 95, "\(counts)")
    }

    @Test("never gets more than 30 a day by resting until it is forgotten", arguments: 1...7)
    func resting(locks: Int) {
        let counts = guesses(days: 28, restingAfter: locks)
        #expect(counts.allSatisfy { $0 <= 30 }, "\(counts)")
        #expect(counts.reduce(0, +) <= 28 * 16, "\(counts)")
    }

    @Test("doesn't keep the owner out: with a new browser they are in once a mail is there", arguments: Seeds.first(4))
    func owner(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let arrival = generator.number(10...170)
        try await IdentityFixture.with { fixture in
            try await fixture.person("owner@example.com")
            for minute in 0..<arrival {
                _ = await fixture.refusal {
                    _ = try await fixture.signIn(
                        "owner@example.com", "guess \(minute)", from: IdentityFixture.client(UInt32(1000 + minute)))
                }
                fixture.clock.advance(by: .seconds(60))
            }
            let began = fixture.clock.now()
            // They try, are refused, look into their mail a minute later, follow the newest link, and try again.
            _ = await fixture.refusal {
                _ = try await fixture.signIn("owner@example.com", from: IdentityFixture.client(7))
            }
            fixture.clock.advance(by: .seconds(60))
            let token = try #require(fixture.mailer.token(to: "owner@example.com", template: .lockoutUnlock))
            let device = try await fixture.flows.letIn(token: token, from: IdentityFixture.client(7))
            _ = try await fixture.signIn(
                "owner@example.com", from: IdentityFixture.client(7, device: device.reveal()))
            #expect(fixture.clock.now().since(began) <= .seconds(120))
            let mails = fixture.mailer.mails.count { $0.template == .lockoutUnlock }
            #expect(mails <= 1 + arrival / 15, "\(mails) mails in \(arrival) minutes")
        }
    }
}
