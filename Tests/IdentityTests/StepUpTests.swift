import Foundation
import Kernel
import Store
import TestKit
import Testing
import Web

@testable import Identity

@Suite("Showing anew who one is")
struct StepUpTests {
    typealias Act = @Sendable (IdentityFixture, SignedIn) async throws -> Void

    private static let acts: [(name: String, act: Act)] = [
        (
            "password",
            {
                _ = try await $0.flows.changePassword(
                    current: IdentityFixture.password, new: "another horse battery staple", by: $1,
                    from: IdentityFixture.client())
            }
        ),
        (
            "address",
            {
                try await $0.flows.changeAddress(
                    to: "new@example.com", password: IdentityFixture.password, by: $1, from: IdentityFixture.client())
            }
        ),
        ("second factor", { _ = try await $0.flows.beginSecondFactor(by: $1) }),
        ("recovery codes", { _ = try await $0.flows.renewRecoveryCodes(by: $1, from: IdentityFixture.client()) }),
        ("removal", { _ = try await $0.flows.removeSecondFactor(by: $1, from: IdentityFixture.client()) }),
        ("sign out everywhere", { _ = try await $0.flows.revokeAll(keepingCurrent: true, by: $1) }),
        ("another's session", { try await $0.flows.revoke(session: "other", by: $1) }),
        ("deletion", { try await $0.flows.deleteAccount(confirmation: "owner@example.com", by: $1) }),
    ]

    @Test("every sensitive act asks for it after five minutes, and not before", arguments: acts.map(\.name))
    func asked(name: String) async throws {
        let act = try #require(Self.acts.first { $0.name == name }).act
        try await IdentityFixture.with { fixture in
            let begun = try await fixture.person("owner@example.com")
            fixture.clock.advance(by: .seconds(300))
            let old = try #require(fixture.caller(begun))
            let refusal = await fixture.refusal { try await act(fixture, old) }
            #expect(refusal == "identity.reauthentication-required")
            let anew = try await fixture.flows.stepUp(
                password: IdentityFixture.password, code: nil, by: old,
                from: IdentityFixture.client(1, device: begun.device))
            fixture.clock.advance(by: .seconds(299))
            let fresh = try #require(fixture.caller(anew))
            let later = await fixture.refusal { try await act(fixture, fresh) }
            #expect(later != "identity.reauthentication-required", "\(later ?? "done")")
        }
    }

    @Test("one's own session may always be ended")
    func signOut() async throws {
        try await IdentityFixture.with { fixture in
            let begun = try await fixture.person("owner@example.com")
            fixture.clock.advance(by: .seconds(1000))
            let caller = try #require(fixture.caller(begun))
            try await fixture.flows.revoke(session: caller.session, by: caller)
            #expect(fixture.caller(begun) == nil)
        }
    }

    @Test("gives the session another id, and the old one opens nothing", arguments: DatabaseEngine.allCases)
    func renews(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine) { fixture in
            let begun = try await fixture.person("owner@example.com")
            let caller = try #require(fixture.caller(begun))
            let anew = try await fixture.flows.stepUp(
                password: IdentityFixture.password, code: nil, by: caller, from: IdentityFixture.client())
            #expect(anew.sessionID != begun.sessionID && fixture.caller(begun) == nil && fixture.caller(anew) != nil)
            let again = await fixture.refusal {
                _ = try await fixture.flows.stepUp(
                    password: IdentityFixture.password, code: nil, by: caller, from: IdentityFixture.client())
            }
            #expect(again == "sign-in.failed", "the session of the proof has ended")
        }
    }

    @Test("32 at a time from one session leave exactly one", arguments: DatabaseEngine.allCases)
    func race(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine, lockout: .off) { fixture in
            let caller = try #require(fixture.caller(try await fixture.person("owner@example.com")))
            let won = await fixture.successes((0..<32).map { IdentityFixture.client(UInt32($0)) }) {
                _ = try await fixture.flows.stepUp(
                    password: IdentityFixture.password, code: nil, by: caller, from: $0)
            }
            let sessions = try await fixture.database.read("test") { db in
                try db.value("SELECT count(*) FROM sessions", as: Int.self)
            }
            #expect(won == 1 && sessions == 1)
        }
    }

    @Test("asks for the code too where there is a second factor, and counts wrong ones")
    func withCode() async throws {
        try await IdentityFixture.with { fixture in
            let (begun, secret, _) = try await fixture.guarded("owner@example.com")
            let caller = try #require(fixture.caller(begun))
            #expect(try await fixture.flows.asksForCode(caller))
            func stepUp(_ code: String?, _ password: String = IdentityFixture.password) async -> String? {
                await fixture.refusal {
                    _ = try await fixture.flows.stepUp(
                        password: password, code: code, by: caller, from: IdentityFixture.client())
                }
            }
            #expect(await stepUp(nil) == "identity.input")
            #expect(await stepUp("000000", "wrong") == "identity.wrong-password")
            for _ in 0..<5 { #expect(await stepUp("000000") == "second-factor.failed") }
            fixture.clock.advance(by: .seconds(60))
            let right = try fixture.code(secret)
            #expect(await stepUp(right) == "second-factor.failed", "locked")
            fixture.clock.advance(by: .seconds(1801))
            let anew = try await fixture.signInWithCode("owner@example.com", secret)
            fixture.clock.advance(by: .seconds(60))
            let fresh = try await fixture.flows.stepUp(
                password: IdentityFixture.password, code: try fixture.code(secret),
                by: try #require(fixture.caller(anew)),
                from: IdentityFixture.client())
            #expect(fixture.caller(fresh)?.secondFactorAt != nil)
        }
    }

    // MARK: Leaving

    @Test(
        "deleting the account takes everything that signed its owner in, and says so by mail",
        arguments: DatabaseEngine.allCases)
    func deletion(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine) { fixture in
            let (begun, _, _) = try await fixture.guarded("owner@example.com")
            _ = try await fixture.firstStep("owner@example.com")
            try await fixture.flows.askForReset(email: "owner@example.com")
            let caller = try #require(fixture.caller(begun))
            for text in ["", "other@example.com", "owner@example.com\u{0}", String(repeating: "a", count: 1_000_000)] {
                let refusal = await fixture.refusal {
                    try await fixture.flows.deleteAccount(confirmation: text, by: caller)
                }
                #expect(refusal == "identity.input")
            }
            try await fixture.flows.deleteAccount(confirmation: "OWNER@example.com", by: caller)
            #expect(fixture.caller(begun) == nil)
            #expect(fixture.mailer.mails.last?.template == .accountDeleted)
            let counts = try await fixture.database.read("test") { db in
                try [
                    "accounts", "sessions", "identity_links", "known_devices", "second_factors", "recovery_codes",
                    "sign_in_steps",
                ].map { try db.value("SELECT count(*) FROM \(identifier: $0)", as: Int.self) ?? -1 }
            }
            #expect(counts == [0, 0, 0, 0, 0, 0, 0])
            #expect(try await fixture.events().contains("account.deleted"))
            let refusal = await fixture.refusal { _ = try await fixture.signIn("owner@example.com") }
            #expect(refusal == "sign-in.failed")
            // The address is free again.
            try await fixture.person("owner@example.com")
        }
    }

    @Test("of two administrators who delete themselves at once, one stays", arguments: DatabaseEngine.allCases)
    func lastAdministrator(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine) { fixture in
            var callers: [SignedIn] = []
            for email in ["a@example.com", "b@example.com"] {
                let begun = try await fixture.person(email)
                try await fixture.administration.setRole(email, to: "administrator")
                try await eventually { fixture.caller(begun)?.role == "administrator" }
                callers.append(try #require(fixture.caller(begun)))
            }
            let refusals = await withTaskGroup(of: String?.self) { group in
                for number in 0..<32 {
                    let caller = callers[number % 2]
                    group.addTask {
                        await fixture.refusal {
                            try await fixture.flows.deleteAccount(confirmation: caller.email, by: caller)
                        }
                    }
                }
                return await group.reduce(into: [String?]()) { $0.append($1) }
            }
            #expect(refusals.count { $0 == nil } == 1 && refusals.contains("identity.last-administrator"))
            #expect(try await fixture.administration.list().count == 1)
        }
    }

    // MARK: Mails

    @Test("the owner is told of a new password, a reset, and of a new address at the old one")
    func told() async throws {
        try await IdentityFixture.with { fixture in
            let begun = try await fixture.person("old@example.com")
            let changed = try await fixture.flows.changePassword(
                current: IdentityFixture.password, new: "another horse battery staple",
                by: try #require(fixture.caller(begun)), from: IdentityFixture.client())
            func notices() -> [String] {
                fixture.mailer.mails.filter { $0.template == .accountChanged }.map { mail in
                    guard case .text(let what)? = mail.fields["what"] else { return "" }
                    return "\(mail.to.description): \(what)"
                }
            }
            #expect(notices() == ["old@example.com: Your password was changed."])
            try await fixture.flows.changeAddress(
                to: "new@example.com", password: "another horse battery staple",
                by: try #require(fixture.caller(changed)), from: IdentityFixture.client())
            let token = try #require(fixture.mailer.token(to: "new@example.com"))
            _ = try await fixture.flows.confirmAddress(token: token, from: IdentityFixture.client())
            #expect(notices().last?.hasPrefix("old@example.com: Your account was moved") == true)
            try await fixture.flows.askForReset(email: "new@example.com")
            let reset = try #require(fixture.mailer.token(to: "new@example.com", template: .passwordReset))
            _ = try await fixture.flows.choose(
                token: reset, email: nil, password: IdentityFixture.password, from: IdentityFixture.client(9))
            #expect(notices().last == "new@example.com: Your password was changed." && notices().count == 3)
        }
    }
}

extension IdentityFixture {
    func signInWithCode(_ email: String, _ secret: Secret) async throws -> IdentityFlows.Begun {
        let step = try await firstStep(email)
        return try await flows.finishSignIn(code: try code(secret), from: Self.client(1, step: step))
    }
}
