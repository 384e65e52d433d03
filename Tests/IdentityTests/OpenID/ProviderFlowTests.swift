import Foundation
import Kernel
import Store
import TestKit
import Testing
import Web

@testable import Egress
@testable import Identity

@Suite("Signing in at a provider")
struct ProviderFlowTests {
    @Test(
        "sends the browser there with PKCE, state and nonce, and leads it back to where it was",
        arguments: DatabaseEngine.allCases)
    func there(_ engine: DatabaseEngine) async throws {
        try await ProviderVisit.with(engine) { visit in
            let start = try await visit.flows.beginSignIn(at: "idp", returnTo: "/place", browser: nil, caller: nil)
            #expect(start.location.hasPrefix("https://idp.example/authorize?kind=a&response_type=code&"))
            let query = ScriptedProvider.query(start.location)
            #expect(query["redirect_uri"] == "https://app.example/seaworthy/sign-in/idp/callback")
            #expect(query["code_challenge_method"] == "S256" && query["code_challenge"]?.count == 43)
            #expect(query["state"]?.count == 43 && query["nonce"]?.count == 43 && query["scope"] == "openid email")
            #expect(query["prompt"] == nil)
            let again = try await visit.flows.beginSignIn(
                at: "idp", returnTo: "/", browser: start.browser, caller: nil)
            let second = ScriptedProvider.query(again.location)
            for name in ["state", "nonce", "code_challenge"] { #expect(second[name] != query[name], "\(name)") }
            #expect(again.browser == start.browser, "two tabs share the cookie")
            let begun = try await visit.signIn()
            #expect(visit.fixture.caller(begun)?.role == "person")
            let events = try await visit.fixture.events()
            for kind in [
                "account.created", "account.verified", "identity.linked", "session.started", "sign-in.succeeded",
            ] {
                #expect(events.contains(kind), "\(kind)")
            }
            // The second time it is the same account, whatever the address has become.
            visit.provider.script { $0.email = "moved@example.com" }
            #expect(try await visit.signIn().account.id == begun.account.id)
        }
    }

    @Test("counts a state once, for ten minutes, in the browser that began, and at its own provider")
    func states() async throws {
        try await ProviderVisit.with { visit in
            func finish(
                _ start: ProviderStart, _ answer: [String: String], browser: String?, at name: String = "idp"
            ) async throws -> ReasonID? {
                do {
                    _ = try await visit.flows.finish(
                        at: name, answer: answer, browser: browser, caller: nil, from: IdentityFixture.client())
                    return nil
                } catch { return (error as? Problem)?.reason }
            }
            let start = try await visit.flows.beginSignIn(at: "idp", returnTo: "/", browser: nil, caller: nil)
            let other = try await visit.flows.beginSignIn(at: "idp", returnTo: "/", browser: nil, caller: nil)
            let answer = visit.provider.authorize(start.location)
            for browser in [nil, "", "x", other.browser, String(repeating: "A", count: 43)] {
                #expect(
                    try await finish(start, answer, browser: browser) == "sign-in.state", "\(browser ?? "no cookie")")
            }
            #expect(try await finish(start, answer, browser: start.browser, at: "hub") == "sign-in.state")
            for state in ["", "x", String(repeating: "A", count: 43), (answer["state"] ?? "") + "\u{0}"] {
                let changed = answer.merging(["state": state]) { $1 }
                #expect(try await finish(start, changed, browser: start.browser) == "sign-in.state")
            }
            #expect(try await finish(start, ["code": "x"], browser: start.browser) == "sign-in.state")
            #expect(visit.provider.calls.allSatisfy { !$0.hasSuffix("/token") }, "no code was shown to anybody")
            #expect(try await finish(start, answer, browser: start.browser) == nil)
            #expect(try await finish(start, answer, browser: start.browser) == "sign-in.state", "replayed")
            // A code that somebody else got, in a sign-in of one's own: PKCE holds.
            let stolen = visit.provider.authorize(other.location)
            let mine = try await visit.flows.beginSignIn(at: "idp", returnTo: "/", browser: nil, caller: nil)
            let mixed = visit.provider.authorize(mine.location).merging(["code": stolen["code"] ?? ""]) { $1 }
            #expect(try await finish(mine, mixed, browser: mine.browser) == "sign-in.provider-failed")
            let late = try await visit.flows.beginSignIn(at: "idp", returnTo: "/", browser: nil, caller: nil)
            let lateAnswer = visit.provider.authorize(late.location)
            visit.fixture.clock.advance(by: .seconds(601))
            #expect(try await finish(late, lateAnswer, browser: late.browser) == "sign-in.state", "too late")
            #expect(throws: Never.self) { try visit.flows.provider("idp") }
            #expect(await visit.fixture.refusal { _ = try await visit.go(to: "nobody") } == "own.not-found")
        }
    }

    @Test("links by itself only where both sides have proven the address", arguments: DatabaseEngine.allCases)
    func linking(_ engine: DatabaseEngine) async throws {
        try await ProviderVisit.with(engine) { visit in
            try await visit.fixture.person("proven@example.com")
            _ = try await visit.fixture.administration.add("added@example.com", role: "person", ownPrefix: "/seaworthy")
            try await visit.fixture.person("disabled@example.com")
            try await visit.fixture.administration.disable("disabled@example.com", reason: "test")
            let cases: [(String, email: String?, StrictJSON, String?)] = [
                ("unverified, of an account", "proven@example.com", .boolean(false), "sign-in.not-linked"),
                ("verified by a word", "proven@example.com", .text("yes"), "sign-in.not-linked"),
                ("verified by a number", "proven@example.com", .number("1"), "sign-in.not-linked"),
                ("not said", "proven@example.com", .null, "sign-in.not-linked"),
                ("unverified, of nobody", "new@example.com", .boolean(false), "sign-in.not-linked"),
                ("no address", nil, .boolean(true), "sign-in.not-linked"),
                ("no address at all", "no address", .boolean(true), "sign-in.not-linked"),
                ("one that looks alike", "provеn@example.com", .boolean(true), "sign-in.not-linked"),
                ("of an account whose own is unproven", "added@example.com", .boolean(true), "sign-in.not-linked"),
                ("of a disabled account", "disabled@example.com", .boolean(true), "sign-in.not-linked"),
                ("verified, of an account", "Proven@Example.com", .boolean(true), nil),
                ("verified as text, of nobody", "other@example.com", .text("true"), nil),
            ]
            for (number, (name, email, isVerified, refusal)) in cases.enumerated() {
                visit.provider.script { script in
                    script.subject = "subject-\(number)"
                    script.email = email
                    script.isVerified = isVerified
                }
                #expect(await visit.fixture.refusal { _ = try await visit.signIn() } == refusal, "\(name)")
            }
            #expect(try await visit.count("accounts") == 4)
            #expect(try await visit.count("linked_identities") == 2)
            let told = visit.fixture.mailer.mails.last { $0.template == .accountChanged }
            #expect(told?.to.description == "proven@example.com", "its owner is told")
        }
    }

    @Test("makes and links nothing where the provider's keys say so")
    func keys() async throws {
        try await ProviderVisit.with(.sqlite, [.scripted(takesUnknown: false, linksByAddress: false)]) { visit in
            let person = try await visit.fixture.person("maria@example.com")
            #expect(await visit.fixture.refusal { _ = try await visit.signIn() } == "sign-in.not-linked")
            #expect(try await visit.reason() == "sign-in.not-linked")
            visit.provider.script { $0.email = "nobody@example.com" }
            #expect(await visit.fixture.refusal { _ = try await visit.signIn() } == "sign-in.not-linked")
            // From the account's own page it goes.
            let caller = try #require(visit.fixture.caller(person))
            try await visit.link(caller)
            #expect(try await visit.signIn().account.id == person.account.id)
        }
    }

    @Test("links and takes off from the account's page, freshly signed in, never the last way in")
    func page() async throws {
        try await ProviderVisit.with { visit in
            let maria = try #require(visit.fixture.caller(try await visit.fixture.person("maria@example.com")))
            let omar = try #require(visit.fixture.caller(try await visit.fixture.person("omar@example.com")))
            visit.provider.script { $0.email = "elsewhere@example.net" }
            try await visit.link(maria)
            try await visit.link(maria)
            #expect(await visit.fixture.refusal { try await visit.link(omar) } == "identity.linked-elsewhere")
            let (entries, _) = try await visit.flows.identities(of: maria)
            #expect(entries.map(\.label) == ["elsewhere@example.net"] && entries.map(\.title) == ["The Provider"])
            let entry = try #require(entries.first)
            for id in ["", "x", entry.id + "\u{0}", String(repeating: "x", count: 100_000)] {
                let refusal = await visit.fixture.refusal {
                    try await visit.flows.unlink(identity: id, by: maria, from: IdentityFixture.client())
                }
                #expect(refusal == "identity.no-such-identity")
            }
            let foreign = await visit.fixture.refusal {
                try await visit.flows.unlink(identity: entry.id, by: omar, from: IdentityFixture.client())
            }
            #expect(foreign == "identity.no-such-identity")
            try await visit.flows.unlink(identity: entry.id, by: maria, from: IdentityFixture.client())
            #expect(try await visit.fixture.events().contains("identity.unlinked"))
            // Somebody without a password keeps their only identity.
            visit.provider.script { $0.email = "only@example.net" }
            let only = try #require(visit.fixture.caller(try await visit.signIn()))
            let last = try #require(try await visit.flows.identities(of: only).entries.first)
            let refusal = await visit.fixture.refusal {
                try await visit.flows.unlink(identity: last.id, by: only, from: IdentityFixture.client())
            }
            #expect(refusal == "identity.last-way-in")
            visit.fixture.clock.advance(by: .seconds(900))
            for work in [
                { try await visit.link(only) },
                { try await visit.flows.unlink(identity: last.id, by: only, from: IdentityFixture.client()) },
            ] as [@Sendable () async throws -> Void] {
                #expect(await visit.fixture.refusal(work) == "identity.reauthentication-required")
            }
        }
    }

    @Test("confirms a session only by a sign-in that the provider asked for anew, of the same person")
    func renewal() async throws {
        try await ProviderVisit.with { visit in
            let caller = try #require(visit.fixture.caller(try await visit.signIn()))
            visit.fixture.clock.advance(by: .seconds(900))
            let start = try await visit.flows.beginSignIn(at: "idp", returnTo: "/", browser: nil, caller: caller)
            let query = ScriptedProvider.query(start.location)
            #expect(query["prompt"] == "login" && query["max_age"] == "0")
            for time in [nil, visit.provider.now - 3600] {
                visit.provider.script { $0.claims = { claims in claims["auth_time"] = time.map { .number("\($0)") } } }
                #expect(
                    await visit.fixture.refusal { _ = try await visit.signIn(caller: caller) }
                        == "sign-in.provider-failed")
                #expect(try await visit.reason() == "token-auth_time")
            }
            visit.provider.script { $0.claims = { $0["auth_time"] = .number("\(visit.provider.now)") } }
            let renewed = try await visit.signIn(caller: caller)
            #expect(visit.fixture.caller(renewed).map { visit.flows.isFresh($0) } == true)
            #expect(try await visit.count("sessions") == 1, "the old session went")
            let next = try #require(visit.fixture.caller(renewed))
            visit.provider.script {
                $0.subject = "another"
                $0.email = "another@example.com"
            }
            #expect(await visit.fixture.refusal { _ = try await visit.signIn(caller: next) } == "sign-in.other-person")
            #expect(try await visit.count("sessions") == 1)
        }
    }

    @Test("asks whoever has a second factor for its code")
    func secondFactor() async throws {
        try await ProviderVisit.with { visit in
            let begun = try await visit.signIn()
            try await visit.fixture.database.transaction("test.factor") { db in
                try db.execute(
                    """
                    INSERT INTO second_factors (account, seed, last_step, created_at, confirmed_at)
                    VALUES (\(begun.account.id), \(SQLValue.blob([1])), 0, \(visit.fixture.clock.now()),
                        \(visit.fixture.clock.now()))
                    """)
            }
            guard case .signedIn(.secondFactor, _) = try await visit.go() else {
                Issue.record("the second factor was passed by")
                return
            }
            #expect(try await visit.count("sessions") == 1)
            #expect(try await visit.count("sign_in_steps") == 1)
        }
    }

    @Test("works with a plain OAuth 2 server, whose list of addresses says which is verified")
    func oauth() async throws {
        try await ProviderVisit.with { visit in
            let begun = try await visit.signIn(to: "hub")
            #expect(visit.fixture.caller(begun)?.email == "maria@example.com")
            #expect(visit.provider.bodies.contains { $0.contains("client_secret=") && $0.contains("code_verifier=") })
            visit.provider.script { $0.userInfo = { $0["id"] = .number("7") } }
            visit.provider.script { $0.isVerified = .boolean(false) }
            #expect(await visit.fixture.refusal { _ = try await visit.signIn(to: "hub") } == "sign-in.not-linked")
            for id in [StrictJSON.null, .text(""), .number("1.5"), .number("-1"), .number("1e3"), .list([])] {
                visit.provider.script { $0.userInfo = { $0["id"] = id } }
                let refusal = await visit.fixture.refusal { _ = try await visit.signIn(to: "hub") }
                #expect(refusal == "sign-in.provider-failed", "\(id)")
            }
        }
    }

    @Test("leaves no code, token, state, nonce, verifier or secret in any table or mail")
    func canaries() async throws {
        try await ProviderVisit.with { visit in
            let pending = try await visit.flows.beginSignIn(at: "idp", returnTo: "/", browser: nil, caller: nil)
            _ = try await visit.signIn()
            _ = await visit.fixture.refusal { _ = try await visit.go { $0["code"] = "canary-wrong-code" } }
            let text = try await visit.fixture.everything() + "\(visit.fixture.mailer.mails)"
            let query = ScriptedProvider.query(pending.location)
            let bound = BoundSecrets(browser: pending.browser, state: query["state"] ?? "")
            #expect(text.contains("provider_sign_ins") && text.contains("maria@example.com"))
            for secret in [
                "canary", query["state"] ?? "", bound.nonce, bound.verifier, bound.challenge, pending.browser,
            ] {
                #expect(!text.contains(secret), "\(secret)")
            }
            visit.fixture.clock.advance(by: .seconds(601))
            let upkeep = IdentityUpkeep(
                database: visit.fixture.database, clock: visit.fixture.clock, settings: visit.flows.settings)
            try await upkeep.sweep()
            #expect(try await visit.count("provider_sign_ins") == 0)
        }
    }
}
