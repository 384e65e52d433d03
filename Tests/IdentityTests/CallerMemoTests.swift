import Foundation
import Kernel
import Store
import Synchronization
import TestKit
import Testing
@_spi(MintSignedIn) import Web

@testable import Identity

@Suite("What is kept of a caller")
struct CallerMemoTests {
    private final class Flag: Sendable {
        private let raised = Atomic(false)
        var isRaised: Bool { raised.load(ordering: .acquiring) }
        func raise() { raised.store(true, ordering: .releasing) }
    }

    private static func somebody(_ now: Timestamp, role: String = "person") -> SignedIn {
        SignedIn(
            account: "a", email: "a@example.com", role: role, session: "s", sessionKey: "k", authenticatedAt: now,
            permissions: ["reports.read"])
    }

    private func role(_ fixture: IdentityFixture, _ secret: String) -> String? {
        guard case .signedIn(let caller) = fixture.service.whoIs(Substring(secret)) else { return nil }
        return caller.role
    }

    private func claims(_ told: IdentityTokens.Told) throws -> [String: Any] {
        let parts = String(decoding: told.text, as: UTF8.self).split(separator: ".")
        try #require(parts.count == 3)
        let bytes = try #require(Base64URL.bytes(parts[1]))
        return try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    }

    @Test("counts until the account is another, from one request to the next", arguments: DatabaseEngine.allCases)
    func roles(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine) { fixture in
            let begun = try await fixture.person("a@example.com")
            let secret = begun.secret.text.reveal()
            let first = try #require(fixture.caller(begun))
            let told = try fixture.service.tokens.told(first)
            #expect(try fixture.service.tokens.told(try #require(fixture.caller(begun))) === told)
            try await fixture.administration.setRole("a@example.com", to: "operator")
            try await eventually { role(fixture, secret) == "operator" }
            let second = try #require(fixture.caller(begun))
            #expect(
                second.permissions.contains("tokens.introspect") && !first.permissions.contains("tokens.introspect"))
            let anew = try fixture.service.tokens.told(second)
            #expect(anew !== told)
            #expect(try claims(anew)["role"] as? String == "operator")
            #expect(try claims(told)["role"] as? String == "person")
        }
    }

    @Test("is of one table of roles: another one is asked anew", arguments: DatabaseEngine.allCases)
    func tables(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine) { fixture in
            let begun = try await fixture.person("a@example.com")
            let wide = RoleTable(custom: [.person: [try #require(Permission(rawValue: "orders.read"))]])
            for _ in 0..<3 {
                for (table, may) in [(RoleTable.builtIn, false), (wide, true)] {
                    guard
                        case .signedIn(let caller) = fixture.service.whoIs(
                            Substring(begun.secret.text.reveal()), roles: table)
                    else {
                        Issue.record("nobody")
                        return
                    }
                    #expect(caller.permissions.contains("orders.read") == may)
                }
            }
        }
    }

    @Test(
        "outlives nobody: with 32 asking all the time, who was signed out is nobody", arguments: DatabaseEngine.allCases
    )
    func ended(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine) { fixture in
            let begun = try await fixture.person("a@example.com")
            let secret = begun.secret.text.reveal()
            let caller = try #require(fixture.caller(begun))
            let isOver = Flag()
            async let seen = AtOnce.run { number -> Bool in
                if number == 0 {
                    // The others have begun to ask: what they find is kept by now.
                    for _ in 0..<100 { _ = role(fixture, secret) }
                    try await fixture.flows.signOut(caller)
                    isOver.raise()
                    return true
                }
                while true {
                    let isSignedOut = isOver.isRaised
                    let isNobody = role(fixture, secret) == nil
                    if isSignedOut { return isNobody }
                    await Task.yield()
                }
            }
            #expect(try await seen.allSatisfy(\.self))
        }
    }

    @Test("has one token for 32 that ask at a time, and another after half a minute")
    func tokens() async throws {
        try await IdentityFixture.with { fixture in
            let begun = try await fixture.person("a@example.com")
            let caller = try #require(fixture.caller(begun))
            let told = try await AtOnce.run { _ in try fixture.service.tokens.told(caller).text }
            let kept = try fixture.service.tokens.told(caller)
            #expect(told.contains(kept.text))
            fixture.clock.advance(by: .seconds(29))
            #expect(try fixture.service.tokens.told(caller) === kept)
            fixture.clock.advance(by: .seconds(1))
            #expect(try fixture.service.tokens.told(caller) !== kept)
            // A clock that went back: what was made later isn't valid yet.
            fixture.clock.advance(by: .seconds(-60))
            #expect(
                try claims(try fixture.service.tokens.told(caller))["iat"] as? Int
                    == Int(fixture.clock.now().nanosecondsSinceEpoch / 1_000_000_000))
        }
    }

    @Test("is told by whoever made it alone: another audience gets a token of its own")
    func makers() throws {
        let (keys, clock) = (TestKeys(), ManualClock())
        let tokens = ["one", "two"].map {
            IdentityTokens(keys: keys, clock: clock, issuer: "https://app.example", audience: $0)
        }
        let caller = CallerMemoTests.somebody(clock.now())
        for _ in 0..<2 {
            for (maker, audience) in zip(tokens, ["one", "two"]) {
                #expect(try claims(try maker.told(caller))["aud"] as? String == audience)
            }
        }
    }

    @Test("takes no part in whether two callers are the same")
    func equality() throws {
        let clock = ManualClock()
        let (one, two) = (CallerMemoTests.somebody(clock.now()), CallerMemoTests.somebody(clock.now()))
        let tokens = IdentityTokens(keys: TestKeys(), clock: clock, issuer: "i", audience: "a")
        let told = try tokens.told(one)
        #expect(one == two)
        // The same facts, another object: it is found again, and not signed twice.
        #expect(try tokens.told(two) === told)
        #expect(one != CallerMemoTests.somebody(clock.now(), role: "operator"))
    }
}
