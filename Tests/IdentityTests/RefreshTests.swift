import Foundation
import Kernel
import Store
import TestKit
import Testing
import Web

@testable import Identity

@Suite("Refresh tokens")
struct RefreshTests {
    private func signedIn(_ fixture: IdentityFixture, _ email: String = "a@example.com") async throws
        -> IdentityFlows.IssuedTokens
    {
        try await fixture.person(email)
        return try await fixture.flows.tokens(insteadOf: try await fixture.signIn(email))
    }

    private func bearer(_ fixture: IdentityFixture, _ tokens: IdentityFlows.IssuedTokens) -> SignedIn? {
        guard case .signedIn(let caller) = fixture.service.whoBears(tokens.accessToken.reveal()[...]) else {
            return nil
        }
        return caller
    }

    private func refresh(_ fixture: IdentityFixture, _ text: String) async -> Result<
        IdentityFlows.IssuedTokens, Problem
    > {
        do {
            return .success(try await fixture.flows.refresh(text))
        } catch {
            return .failure(
                (error as? Problem) ?? Problem("test.other", status: 599, title: "\(error)", source: .edge))
        }
    }

    @Test("a gateway that can't tell who is who yet asks to come again: it doesn't call the password wrong")
    func tooEarly() async throws {
        try await IdentityFixture.with { fixture in
            let begun = try await fixture.person("early@example.com")
            // Another one on the same database, whose view of sessions was never filled.
            let clock = TestClock()
            var settings = IdentitySettings()
            settings.signIn = .own
            let service = try IdentityService(
                .init(
                    database: fixture.database, feed: ChangeFeed(database: fixture.database, clock: clock),
                    keys: fixture.keys, mailer: fixture.mailer,
                    audit: Journal(
                        clock: fixture.clock, random: SeededRandomSource(seed: 3), strictness: .throwing),
                    wallClock: fixture.clock, monotonicClock: clock, random: SeededRandomSource(seed: 3),
                    sealing: TestSealing(), workers: 1, issuer: "https://app.example"),
                settings: settings)
            let flows = IdentityFlows(service, settings: settings, ownPrefix: "/seaworthy", site: ["app.example"])
            let refusal = await fixture.refusal { _ = try await flows.tokens(insteadOf: begun) }
            #expect(refusal == "sign-in.unavailable")
            await service.end()
        }
    }

    @Test("take the place of the session that they came from", arguments: DatabaseEngine.allCases)
    func begin(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine) { fixture in
            try await fixture.person("a@example.com")
            let begun = try await fixture.signIn("a@example.com")
            let tokens = try await fixture.flows.tokens(insteadOf: begun)
            #expect(fixture.caller(begun) == nil)
            let caller = try #require(bearer(fixture, tokens))
            #expect(caller.credential == .accessToken && caller.email == "a@example.com" && caller.role == "person")
            #expect(caller.permissions == ["account.read", "account.write"])
            let list = try await fixture.flows.sessions(of: caller)
            #expect(list.first { $0.isCurrent }?.device == "Firefox on Linux, with tokens")
            // The session is used up: no second family comes of it.
            await #expect(throws: (any Error).self) { try await fixture.flows.tokens(insteadOf: begun) }
            #expect(try await fixture.events().contains("token.issued"))
            let everything = try await fixture.everything() + fixture.tokenTables()
            #expect(!everything.contains(tokens.refreshToken.reveal()))
            #expect(!everything.contains(tokens.refreshToken.reveal().dropFirst(4)))
        }
    }

    @Test("32 at a time get one and the same successor, and nothing is lost", arguments: DatabaseEngine.allCases)
    func race(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine) { fixture in
            let first = try await signedIn(fixture)
            var text = first.refreshToken.reveal()
            for _ in 0..<3 {
                let shown = text
                let results = await withTaskGroup(of: Result<IdentityFlows.IssuedTokens, Problem>.self) { group in
                    for _ in 0..<32 { group.addTask { await refresh(fixture, shown) } }
                    return await group.reduce(into: [Result<IdentityFlows.IssuedTokens, Problem>]()) { $0.append($1) }
                }
                let successors = Set(results.compactMap { try? $0.get().refreshToken.reveal() })
                #expect(results.allSatisfy { (try? $0.get()) != nil } && successors.count == 1)
                #expect(results.allSatisfy { result in (try? result.get()).map { bearer(fixture, $0) != nil } == true })
                text = try #require(successors.first)
                #expect(text != shown)
                fixture.clock.advance(by: .seconds(20))
            }
            #expect(try await fixture.count("refresh_tokens") == 4)
            #expect(try await fixture.count("token_families") == 1)
        }
    }

    @Test("shown again after ten seconds end all that came of the sign-in", arguments: DatabaseEngine.allCases)
    func reuse(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine) { fixture in
            let first = try await signedIn(fixture)
            let second = try await fixture.flows.refresh(first.refreshToken.reveal())
            fixture.clock.advance(by: .seconds(10))
            // Within the grace, also when the successor was used already.
            let third = try await fixture.flows.refresh(second.refreshToken.reveal())
            let again = try await fixture.flows.refresh(first.refreshToken.reveal())
            #expect(again.refreshToken.reveal() == second.refreshToken.reveal())
            fixture.clock.advance(by: .nanoseconds(1))
            let outcomes = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<32 {
                    group.addTask { (try? await refresh(fixture, first.refreshToken.reveal()).get()) != nil }
                }
                return await group.reduce(into: [Bool]()) { $0.append($1) }
            }
            #expect(!outcomes.contains(true))
            #expect(bearer(fixture, first) == nil && bearer(fixture, second) == nil && bearer(fixture, third) == nil)
            guard case .failure(let problem) = await refresh(fixture, third.refreshToken.reveal()) else {
                Issue.record("the family goes on")
                return
            }
            #expect(problem.reason == "identity.invalid-grant" && problem.status == 400)
            #expect(try await fixture.events().count { $0 == "token.reused" } == 1)
            #expect(try await fixture.count("refresh_tokens") == 0)
        }
    }

    @Test("a successor goes on through a rotation of keys within the grace")
    func rotation() async throws {
        try await IdentityFixture.with { fixture in
            let first = try await signedIn(fixture)
            let second = try await fixture.flows.refresh(first.refreshToken.reveal())
            fixture.keys.rotate(.accessToken)
            let again = try await fixture.flows.refresh(first.refreshToken.reveal())
            #expect(again.refreshToken.reveal() == second.refreshToken.reveal())
            #expect(bearer(fixture, second) != nil)
            _ = try await fixture.flows.refresh(second.refreshToken.reveal())
        }
    }

    @Test(
        "end at the next request with the role's owner, whoever does it and however",
        arguments: DatabaseEngine.allCases,
        ["sign-out", "everywhere", "password", "disabled", "revoked", "surrendered"])
    func ends(engine: DatabaseEngine, how: String) async throws {
        try await IdentityFixture.with(engine) { fixture in
            let tokens = try await signedIn(fixture)
            let caller = try #require(bearer(fixture, tokens))
            switch how {
            case "sign-out": try await fixture.flows.signOut(caller)
            case "everywhere":
                #expect(try await fixture.flows.revokeAll(keepingCurrent: true, by: caller) == 1)
                #expect(bearer(fixture, tokens) != nil)
                _ = try await fixture.flows.revokeAll(keepingCurrent: false, by: caller)
            case "password":
                let session = try #require(fixture.caller(try await fixture.signIn("a@example.com")))
                _ = try await fixture.flows.changePassword(
                    current: IdentityFixture.password, new: "another horse battery staple", by: session,
                    from: IdentityFixture.client())
            case "disabled":
                try await fixture.administration.disable("a@example.com", reason: "test")
                try await eventually { bearer(fixture, tokens) == nil }
            case "revoked": try await fixture.flows.revoke(session: caller.session, by: caller)
            default: try await fixture.flows.revoke(token: tokens.refreshToken.reveal())
            }
            #expect(bearer(fixture, tokens) == nil)
            #expect((try? await refresh(fixture, tokens.refreshToken.reveal()).get()) == nil)
        }
    }

    @Test("a role's change counts at the next request, though the token is remembered")
    func role() async throws {
        try await IdentityFixture.with { fixture in
            let tokens = try await signedIn(fixture)
            #expect(bearer(fixture, tokens)?.role == "person")
            try await fixture.administration.setRole("a@example.com", to: "operator")
            try await eventually { bearer(fixture, tokens)?.role == "operator" }
            #expect(bearer(fixture, tokens)?.permissions.contains("tokens.introspect") == true)
        }
    }

    @Test("end for good when the sign-in has lasted as long as it may, and access tokens no later")
    func end() async throws {
        try await IdentityFixture.with { fixture in
            let tokens = try await signedIn(fixture)
            fixture.clock.advance(by: .seconds(30 * 86_400 - 60))
            let late = try await fixture.flows.refresh(tokens.refreshToken.reveal())
            #expect(late.expiresIn == 60)
            fixture.clock.advance(by: .seconds(60))
            #expect(bearer(fixture, late) == nil)
            #expect((try? await refresh(fixture, late.refreshToken.reveal()).get()) == nil)
            try await IdentityUpkeep(
                database: fixture.database, clock: fixture.clock, settings: IdentitySettings()
            ).sweep()
            #expect(try await fixture.count("token_families") == 0)
            #expect(try await fixture.count("refresh_tokens") == 0)
        }
    }

    @Test(
        "what isn't one is refused, and ends nothing",
        arguments: [
            "", "swr_", "swr_" + String(repeating: "A", count: 43), "swr_" + String(repeating: "A", count: 42) + "'",
            "swk_" + String(repeating: "A", count: 43), "\u{0}", String(repeating: "x", count: 1_000_000),
            "swr_\u{202E}" + String(repeating: "A", count: 40),
        ])
    func garbage(text: String) async throws {
        try await IdentityFixture.with { fixture in
            let tokens = try await signedIn(fixture)
            guard case .failure(let problem) = await refresh(fixture, text) else {
                Issue.record("taken")
                return
            }
            #expect(problem.reason == "identity.invalid-grant")
            try await fixture.flows.revoke(token: text)
            #expect(try await fixture.flows.introspect(text) == nil)
            #expect(bearer(fixture, tokens) != nil)
        }
    }

    @Test("an account has 50 families at most: the oldest ends")
    func most() async throws {
        try await IdentityFixture.with { fixture in
            let first = try await signedIn(fixture)
            for _ in 0..<50 {
                fixture.clock.advance(by: .seconds(1))
                _ = try await fixture.flows.tokens(insteadOf: try await fixture.signIn("a@example.com"))
            }
            #expect(bearer(fixture, first) == nil)
            #expect(try await fixture.count("token_families") == 50)
        }
    }
}

extension IdentityFixture {
    func count(_ table: String) async throws -> Int {
        try await database.read("test.count") { db in
            try db.value("SELECT COUNT(*) FROM \(identifier: table)") ?? 0
        }
    }

    /// Everything that the tables of programs hold, as one text.
    func tokenTables() async throws -> String {
        try await database.read("test.dump") { db in
            try ["token_families", "refresh_tokens", "api_keys"].reduce(into: "") { text, table in
                for row in try db.rows("SELECT * FROM \(identifier: table)") { text += "\(row.values)\n" }
            }
        }
    }
}
