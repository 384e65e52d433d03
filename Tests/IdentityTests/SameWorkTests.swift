import Kernel
import Store
import TestKit
import Testing

@testable import Identity

/// Nobody can tell from the work that an answer takes whether an address has an account. How long the answers really take is
/// compared by Benchmarks/account-timing.
@Suite("The same work for known and unknown accounts")
struct SameWorkTests {
    private static let emails = [
        "owner@example.com", "nobody@example.com", "disabled@example.com", "empty@example.com", "no address at all",
    ]

    private static func prepared(_ fixture: IdentityFixture) async throws {
        try await fixture.person("owner@example.com")
        try await fixture.person("disabled@example.com")
        try await fixture.administration.disable("disabled@example.com", reason: "test")
        _ = try await fixture.administration.add("empty@example.com", role: "person", ownPrefix: "/seaworthy")
        // The hash of nobody's is made once.
        _ = await fixture.refusal {
            _ = try await fixture.signIn("other@example.com", "x", from: IdentityFixture.client(99))
        }
    }

    @Test(
        "one hash is compared for each sign-in that fails, whether the account is there, locked or disabled",
        arguments: DatabaseEngine.allCases)
    func hashes(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine) { fixture in
            try await Self.prepared(fixture)
            for (number, email) in Self.emails.enumerated() {
                // The sixth is refused by the lock.
                for turn in 0..<6 {
                    let before = fixture.service.pool.current.done
                    let client = IdentityFixture.client(UInt32(10 * number + turn), device: OneTimeSecret.any)
                    let refusal = await fixture.refusal { _ = try await fixture.signIn(email, "wrong", from: client) }
                    #expect(refusal == "sign-in.failed")
                    #expect(fixture.service.pool.current.done == before + 1, "\(email), attempt \(turn + 1)")
                }
            }
        }
    }

    @Test(
        "what stands before the comparison is as many statements for each, with a device's cookie or without",
        arguments: DatabaseEngine.allCases)
    func statements(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine) { fixture in
            try await Self.prepared(fixture)
            for device in [nil, OneTimeSecret.any] {
                var counts: [String: Int] = [:]
                for (number, email) in Self.emails.enumerated() where email.contains("@") {
                    let counter = StatementCounter()
                    _ = try await counter.counting {
                        try await fixture.flows.attempt(
                            email, IdentityFixture.client(UInt32(200 + number), device: device))
                    }
                    counts[email] = counter.statements
                }
                #expect(Set(counts.values).count == 1 && counts.values.allSatisfy { $0 > 0 }, "\(counts)")
            }
        }
    }

    /// A bound from below only: however slow the machine, it is never passed by chance.
    @Test("what is written of a failure is waited out: no answer comes before that time")
    func waited() async throws {
        try await IdentityFixture.with { fixture in
            try await Self.prepared(fixture)
            for (number, email) in Self.emails.enumerated() {
                for turn in 0..<6 {
                    let clock = ContinuousClock()
                    let began = clock.now
                    _ = await fixture.refusal {
                        _ = try await fixture.signIn(
                            email, "wrong", from: IdentityFixture.client(UInt32(300 + 10 * number + turn)))
                    }
                    #expect(clock.now - began >= .nanoseconds(Int64(IdentityFlows.evenFailure)) * 0.9, "\(email)")
                }
            }
        }
    }

    @Test("asking for an account or a new password waits the same time out", arguments: [true, false])
    func asked(isSignUp: Bool) async throws {
        try await IdentityFixture.with { fixture in
            try await Self.prepared(fixture)
            for email in Self.emails where email.contains("@") {
                let clock = ContinuousClock()
                let began = clock.now
                if isSignUp {
                    try await fixture.flows.signUp(email: email)
                } else {
                    try await fixture.flows.askForReset(email: email)
                }
                #expect(clock.now - began >= .nanoseconds(Int64(IdentityFlows.evenTime)) * 0.9, "\(email)")
            }
        }
    }
}

extension OneTimeSecret {
    /// A cookie that could be one and is nobody's.
    fileprivate static var any: String { OneTimeSecret(random: SeededRandomSource(seed: 5)).text.reveal() }
}
