import Foundation
import Kernel
import Store
import Synchronization
import TestKit
import Testing
import Web

@testable import Identity

@Suite("API keys")
struct APIKeyTests {
    private func make(
        _ fixture: IdentityFixture, _ caller: SignedIn, name: String = "program", scopes: String = "",
        days: String? = nil, password: String = IdentityFixture.password
    ) async throws -> IdentityFlows.MadeAPIKey {
        try await fixture.flows.makeAPIKey(
            named: name, scopes: scopes, days: days, password: password, by: caller, from: IdentityFixture.client())
    }

    private func holder(_ fixture: IdentityFixture, _ made: IdentityFlows.MadeAPIKey) -> SignedIn? {
        guard case .signedIn(let caller) = fixture.service.whoHas(apiKey: made.key.reveal()[...]) else { return nil }
        return caller
    }

    private func owner(_ fixture: IdentityFixture, _ email: String = "a@example.com") async throws -> SignedIn {
        try #require(fixture.caller(try await fixture.person(email)))
    }

    @Test(
        "act for their owner from the first moment, and the database never has one", arguments: DatabaseEngine.allCases)
    func make(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine) { fixture in
            let caller = try await owner(fixture)
            let made = try await make(fixture, caller, scopes: "account.read", days: "7")
            let text = made.key.reveal()
            #expect(text.hasPrefix("swk_") && text.utf8.count == 47 && made.entry.hint == text.prefix(8))
            let held = try #require(holder(fixture, made))
            #expect(held.account == caller.account && held.credential == .apiKey && !held.hasWholeRole)
            #expect(held.permissions == ["account.read"])
            let list = try await fixture.flows.apiKeys(of: caller)
            #expect(list.count == 1 && list[0].scopes == ["account.read"] && list[0].usedAt == nil)
            let kept = try await fixture.everything() + fixture.tokenTables()
            #expect(!kept.contains(text) && !kept.contains(text.dropFirst(4)))
            #expect(try await fixture.events().contains("api-key.created"))
            #expect("\(made.key)".contains("redacted"))
        }
    }

    @Test("end at once when revoked, and on time by themselves", arguments: DatabaseEngine.allCases)
    func ends(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine) { fixture in
            let caller = try await owner(fixture)
            let (one, two) = (try await make(fixture, caller), try await make(fixture, caller, days: "1"))
            let three = try await make(fixture, caller)
            try await fixture.flows.revokeAPIKey(id: one.entry.id, by: caller)
            #expect(holder(fixture, one) == nil && holder(fixture, two) != nil)
            let again = await fixture.refusal { try await fixture.flows.revokeAPIKey(id: one.entry.id, by: caller) }
            #expect(again == "identity.no-such-key")
            fixture.clock.advance(by: .seconds(86_400))
            #expect(holder(fixture, two) == nil && holder(fixture, three) != nil)
            #expect(try await fixture.administration.revokeAPIKey(id: three.entry.id))
            try await eventually { holder(fixture, three) == nil }
            #expect(try await !fixture.administration.revokeAPIKey(id: three.entry.id))
            let last = try await make(fixture, caller)
            try await fixture.flows.revoke(token: last.key.reveal())
            #expect(holder(fixture, last) == nil)
            #expect(try await fixture.events().count { $0 == "api-key.revoked" } == 3)
        }
    }

    @Test("stand and fall with their owner's account and role", arguments: DatabaseEngine.allCases)
    func owner(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine) { fixture in
            let begun = try await fixture.person("a@example.com")
            let caller = try #require(fixture.caller(begun))
            try await fixture.person("b@example.com")
            for email in ["a@example.com", "b@example.com"] {
                try await fixture.administration.setRole(email, to: "administrator")
            }
            try await eventually { fixture.caller(begun)?.role == "administrator" }
            let session = try #require(fixture.caller(begun))
            let made = try await make(fixture, session, scopes: "users.invite")
            #expect(holder(fixture, made)?.permissions == ["users.invite"])
            // A scope is no right: what the role loses, the key loses.
            try await fixture.administration.setRole("a@example.com", to: "person")
            try await eventually { holder(fixture, made)?.permissions == [] }
            try await fixture.administration.disable("a@example.com", reason: "test")
            try await eventually { holder(fixture, made) == nil }
            try await fixture.administration.enable("a@example.com")
            try await eventually { holder(fixture, made) != nil }
            #expect(caller.account == holder(fixture, made)?.account)
        }
    }

    @Test(
        "made without a second factor are no way round it once the role must have one",
        arguments: DatabaseEngine.allCases)
    func secondFactor(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine, requiredFor: ["administrator"]) { fixture in
            let begun = try await fixture.person("a@example.com")
            let weak = try await make(fixture, try #require(fixture.caller(begun)))
            #expect(holder(fixture, weak)?.role == "person" && !weak.entry.hasSecondFactor)
            let guarded = try await fixture.guarded(begun).begun
            let strong = try await make(fixture, try #require(fixture.caller(guarded)))
            #expect(strong.entry.hasSecondFactor)
            try await fixture.person("b@example.com")
            try await fixture.administration.setRole("a@example.com", to: "administrator")
            try await eventually { holder(fixture, weak) == nil }
            #expect(holder(fixture, strong)?.role == "administrator")
            // Nothing was revoked: with the role of before it is what it was.
            try await fixture.administration.setRole("b@example.com", to: "administrator")
            try await fixture.administration.setRole("a@example.com", to: "person")
            try await eventually { holder(fixture, weak)?.role == "person" }
        }
    }

    @Test("another replica hears of a revocation by the change feed", arguments: DatabaseEngine.allCases)
    func replica(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine) { fixture in
            let caller = try await owner(fixture)
            let feed = ChangeFeed(database: fixture.database, clock: TestClock(), interval: .milliseconds(20))
            var settings = IdentitySettings()
            settings.signIn = .own
            let other = try IdentityService(
                .init(
                    database: fixture.database, feed: feed, keys: fixture.keys, mailer: fixture.mailer,
                    audit: fixture.service.audit, wallClock: fixture.clock, monotonicClock: TestClock(),
                    random: SeededRandomSource(seed: 3), sealing: TestSealing(), workers: 1,
                    issuer: "https://app.example"),
                settings: settings)
            let following = Task { await feed.run() }
            let made = try await make(fixture, caller)
            let tokens = try await fixture.flows.tokens(insteadOf: try await fixture.signIn("a@example.com"))
            func isKnown() -> Bool {
                guard case .signedIn = other.whoHas(apiKey: made.key.reveal()[...]) else { return false }
                return true
            }
            func isBorne() -> Bool {
                guard case .signedIn = other.whoBears(tokens.accessToken.reveal()[...]) else { return false }
                return true
            }
            try await eventually { isKnown() && isBorne() }
            try await fixture.flows.revokeAPIKey(id: made.entry.id, by: caller)
            try await fixture.flows.revoke(token: tokens.refreshToken.reveal())
            try await eventually { !isKnown() && !isBorne() }
            following.cancel()
            await following.value
            await other.end()
        }
    }

    @Test("however many are made at a time, an account has 50", arguments: DatabaseEngine.allCases)
    func most(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine, lockout: .off) { fixture in
            let caller = try await owner(fixture)
            for _ in 0..<40 { _ = try await make(fixture, caller) }
            let outcomes = await withTaskGroup(of: String?.self) { group in
                for _ in 0..<32 {
                    group.addTask { await fixture.refusal { _ = try await make(fixture, caller) } }
                }
                return await group.reduce(into: [String?]()) { $0.append($1) }
            }
            #expect(outcomes.count { $0 == nil } == 10)
            #expect(outcomes.count { $0 == "identity.too-many-keys" } == 22)
            #expect(try await fixture.count("api_keys") == 50)
        }
    }

    @Test("of 32 who revoke one at a time, one does it", arguments: DatabaseEngine.allCases)
    func revokeRace(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine) { fixture in
            let caller = try await owner(fixture)
            let made = try await make(fixture, caller)
            let outcomes = await withTaskGroup(of: String?.self) { group in
                for _ in 0..<32 {
                    group.addTask {
                        await fixture.refusal { try await fixture.flows.revokeAPIKey(id: made.entry.id, by: caller) }
                    }
                }
                return await group.reduce(into: [String?]()) { $0.append($1) }
            }
            #expect(outcomes.count { $0 == nil } == 1 && outcomes.count { $0 == "identity.no-such-key" } == 31)
        }
    }

    @Test("their last use is written once a minute at most, and not by the request", arguments: DatabaseEngine.allCases)
    func lastUse(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine) { fixture in
            let caller = try await owner(fixture)
            let made = try await make(fixture, caller)
            func used() async throws -> Timestamp? { try await fixture.flows.apiKeys(of: caller).first?.usedAt }
            _ = holder(fixture, made)
            #expect(try await used() == nil)
            let first = fixture.clock.now()
            await fixture.service.flush()
            #expect(try await used() == first)
            fixture.clock.advance(by: .seconds(59))
            _ = holder(fixture, made)
            await fixture.service.flush()
            #expect(try await used() == first)
            fixture.clock.advance(by: .seconds(1))
            _ = holder(fixture, made)
            await fixture.service.flush()
            #expect(try await used() == fixture.clock.now())
        }
    }

    @Test("nobody ends another one's")
    func others() async throws {
        try await IdentityFixture.with { fixture in
            let (caller, stranger) = (try await owner(fixture), try await owner(fixture, "b@example.com"))
            let made = try await make(fixture, caller)
            for id in [made.entry.id, "", "\u{0}", String(repeating: "x", count: 100), "' OR '1'='1"] {
                let refusal = await fixture.refusal { try await fixture.flows.revokeAPIKey(id: id, by: stranger) }
                #expect(refusal == "identity.no-such-key")
            }
            #expect(holder(fixture, made) != nil)
            #expect(try await fixture.flows.apiKeys(of: stranger).isEmpty)
        }
    }

    @Test(
        "are refused for names, scopes and days that can't be",
        arguments: [
            ("", "", "7", "name:"), (" ", "", "7", "name:"), (String(repeating: "x", count: 61), "", "7", "name:"),
            ("a\u{0}b", "", "7", "name:"), ("a\u{202E}b", "", "7", "name:"), ("a\nb", "", "7", "name:"),
            ("a", "acount.read", "7", "account.read"), ("a", "tokens.introspect", "7", "your own role"),
            ("a", "account.read,*", "7", "scopes:"), ("a", "\u{0}", "7", "scopes:"), ("a", "", "0", "1 to 365"),
            ("a", "", "366", "1 to 365"), ("a", "", "-1", "1 to 365"), ("a", "", "9999999999999999999999", "1 to 365"),
            ("a", "", "1.5", "1 to 365"), ("a", "", "seven", "1 to 365"),
        ])
    func bad(name: String, scopes: String, days: String, says: String) async throws {
        try await IdentityFixture.with { fixture in
            let caller = try await owner(fixture)
            do {
                _ = try await make(fixture, caller, name: name, scopes: scopes, days: days)
                Issue.record("made")
            } catch let problem as Problem {
                #expect(problem.status == 422 && problem.detail?.contains(says) == true, "\(problem.detail ?? "")")
            }
            let wrong = await fixture.refusal { _ = try await make(fixture, caller, password: "wrong") }
            #expect(wrong == "identity.wrong-password")
            #expect(try await fixture.count("api_keys") == 0)
        }
    }

    @Test(
        "what isn't one is nobody",
        arguments: [
            "", "swk_", "swk_x", "swk_" + String(repeating: "A", count: 43), "SWK_" + String(repeating: "A", count: 43),
            "swk_" + String(repeating: "é", count: 43), "swk_\u{0}" + String(repeating: "A", count: 42),
            String(repeating: "swk_", count: 100_000),
        ])
    func nobody(text: String) async throws {
        try await IdentityFixture.with { fixture in
            let caller = try await owner(fixture)
            _ = try await make(fixture, caller)
            #expect(fixture.service.whoHas(apiKey: text[...]) == .nobody)
        }
    }

    @Test("a key's last use isn't forgotten when the feed's row takes the place of ours, or comes anew")
    func lastUse() async throws {
        try await IdentityFixture.with { fixture in
            let made = try await make(fixture, try await owner(fixture))
            let row = try #require(
                try await fixture.database.read("test") { try APIKeyStore().all(in: $0) }.first {
                    $0.id == made.entry.id
                })
            let clock = ManualClock()
            let feed = ChangeFeed(database: fixture.database, clock: clock)
            let view = APIKeyView(feed: feed, clock: clock)
            let position = try await feed.poll(after: nil)
            view.made(row)
            let ours = try #require(view[row.secretHash])
            let used = row.createdAt.advanced(by: .seconds(1500))
            view.touch(ours, at: used)
            clock.advance(by: .seconds(1))
            try await feed.poll(after: position)
            let told = try #require(view[row.secretHash])
            #expect(told !== ours && told.noted.load(ordering: .relaxed) == used.nanosecondsSinceEpoch)
            try await feed.poll(after: nil)
            let anew = try #require(view[row.secretHash])
            #expect(anew !== told && anew.noted.load(ordering: .relaxed) == used.nanosecondsSinceEpoch)
            // Within the minute nothing is noted again.
            view.touch(anew, at: used.advanced(by: .seconds(30)))
            #expect(view.takeTouched().map(\.at) == [used])
        }
    }
}
