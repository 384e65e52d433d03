import Foundation
import Kernel
import Store
import TestKit
import Testing
import Web

@testable import Identity

@Suite("A second factor")
struct SecondFactorTests {
    @Test(
        "a right password leaves its row in the trail, also where no code ever follows; a wrong one doesn't leave that row"
    )
    func asked() async throws {
        try await IdentityFixture.with { fixture in
            _ = try await fixture.guarded("owner@example.com")
            let before = try await fixture.events()
            _ = try await fixture.firstStep("owner@example.com")
            #expect(try await fixture.events().dropFirst(before.count) == ["second-factor.asked"])
            let refusal = await fixture.refusal {
                _ = try await fixture.flows.signIn(
                    email: "owner@example.com", password: "a wrong password, and long", from: IdentityFixture.client())
            }
            #expect(refusal == "sign-in.failed")
            #expect(try await fixture.events().count { $0 == "second-factor.asked" } == 1)
        }
    }

    @Test(
        "once it is confirmed, signing in asks for its code, and a session begins only with it",
        arguments: DatabaseEngine.allCases)
    func works(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine) { fixture in
            let other = try await fixture.person("owner@example.com")
            let (begun, secret, codes) = try await fixture.guarded(other)
            #expect(codes.count == 10 && fixture.caller(begun)?.secondFactorAt != nil)
            #expect(fixture.caller(other) == nil, "the session of before has ended")
            fixture.clock.advance(by: .seconds(60))
            let step = try await fixture.firstStep("owner@example.com")
            // What the step's cookie holds is no session.
            #expect(fixture.service.whoIs(Substring(step.secret.text.reveal())) == .nobody)
            let client = IdentityFixture.client(1, step: step)
            let wrong = await fixture.refusal { _ = try await fixture.flows.finishSignIn(code: "000000", from: client) }
            #expect(wrong == "second-factor.failed")
            let session = try await fixture.flows.finishSignIn(code: try fixture.code(secret), from: client)
            let caller = try #require(fixture.caller(session))
            #expect(caller.secondFactorAt != nil && session.sessionID != begun.sessionID)
            let again = await fixture.refusal {
                _ = try await fixture.flows.finishSignIn(code: try fixture.code(secret, steps: 1), from: client)
            }
            #expect(again == "second-factor.expired", "the step is used up")
            let events = try await fixture.events()
            for kind in ["second-factor.enrolled", "second-factor.failed", "sign-in.succeeded"] {
                #expect(events.contains(kind), "\(kind)")
            }
            let mails = fixture.mailer.mails.filter { $0.template == .accountChanged }
            #expect(mails.count == 1)
        }
    }

    @Test("of 32 at a time with one code, exactly one signs in", arguments: DatabaseEngine.allCases)
    func race(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine, lockout: .off) { fixture in
            let (_, secret, _) = try await fixture.guarded("owner@example.com")
            fixture.clock.advance(by: .seconds(90))
            var clients: [IdentityFlows.Client] = []
            for number in 0..<32 {
                let from = IdentityFixture.client(UInt32(number))
                clients.append(
                    IdentityFixture.client(
                        UInt32(number), step: try await fixture.firstStep("owner@example.com", from: from)))
            }
            let code = try fixture.code(secret)
            #expect(
                await fixture.successes(clients) { _ = try await fixture.flows.finishSignIn(code: code, from: $0) } == 1
            )
        }
    }

    @Test("of 32 at a time with one recovery code, exactly one signs in", arguments: DatabaseEngine.allCases)
    func recoveryRace(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine, lockout: .off) { fixture in
            let (_, _, codes) = try await fixture.guarded("owner@example.com")
            var clients: [IdentityFlows.Client] = []
            for number in 0..<32 {
                let from = IdentityFixture.client(UInt32(number))
                clients.append(
                    IdentityFixture.client(
                        UInt32(number), step: try await fixture.firstStep("owner@example.com", from: from)))
            }
            #expect(
                await fixture.successes(clients) { _ = try await fixture.flows.finishSignIn(code: codes[3], from: $0) }
                    == 1)
            let left = try await fixture.database.read("test") { db in
                try db.value("SELECT count(*) FROM recovery_codes", as: Int.self)
            }
            #expect(left == 9)
            #expect(try await fixture.events().contains("second-factor.recovery-used"))
        }
    }

    @Test(
        "of 32 at a time that confirm one app, exactly one gets the recovery codes", arguments: DatabaseEngine.allCases)
    func confirmRace(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine) { fixture in
            let caller = try #require(fixture.caller(try await fixture.person("owner@example.com")))
            let enrolment = try await fixture.flows.beginSecondFactor(by: caller)
            let code = try fixture.code(enrolment.secret)
            let clients = (0..<32).map { IdentityFixture.client(UInt32($0)) }
            let won = await fixture.successes(clients) {
                _ = try await fixture.flows.confirmSecondFactor(code: code, by: caller, from: $0)
            }
            #expect(won == 1)
            let (left, sessions) = try await fixture.database.read("test") { db in
                (
                    try db.value("SELECT count(*) FROM recovery_codes", as: Int.self),
                    try db.value("SELECT count(*) FROM sessions", as: Int.self)
                )
            }
            #expect(left == 10 && sessions == 1)
        }
    }

    @Test("five wrong codes lock it, giving the password again doesn't start the count anew, and the owner is told")
    func lockout() async throws {
        try await IdentityFixture.with { fixture in
            let (begun, secret, _) = try await fixture.guarded("owner@example.com")
            for number in 0..<5 {
                let step = try await fixture.firstStep("owner@example.com")
                let refusal = await fixture.refusal {
                    _ = try await fixture.flows.finishSignIn(
                        code: "00000\(number)", from: IdentityFixture.client(1, step: step))
                }
                #expect(refusal == "second-factor.failed")
            }
            fixture.clock.advance(by: .seconds(60))
            let step = try await fixture.firstStep("owner@example.com")
            let right = await fixture.refusal {
                _ = try await fixture.flows.finishSignIn(
                    code: try fixture.code(secret), from: IdentityFixture.client(1, step: step))
            }
            #expect(right == "second-factor.failed", "the right code too, while it is locked")
            #expect(fixture.mailer.mails.count { $0.template == .accountChanged } == 2)
            // A device that the account knows has a count of its own.
            let known = IdentityFixture.client(2, device: begun.device)
            let own = try await fixture.firstStep("owner@example.com", from: known)
            _ = try await fixture.flows.finishSignIn(
                code: try fixture.code(secret), from: IdentityFixture.client(2, device: begun.device, step: own))
            try await fixture.administration.unlock("owner@example.com")
            fixture.clock.advance(by: .seconds(60))
            let anew = try await fixture.firstStep("owner@example.com")
            _ = try await fixture.flows.finishSignIn(
                code: try fixture.code(secret), from: IdentityFixture.client(1, step: anew))
        }
    }

    @Test("32 wrong codes at a time compare five at most", arguments: DatabaseEngine.allCases)
    func concurrentGuesses(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine) { fixture in
            _ = try await fixture.guarded("owner@example.com")
            let step = try await fixture.firstStep("owner@example.com")
            let clients = (0..<32).map { IdentityFixture.client(UInt32($0), step: step) }
            let won = await fixture.successes(clients) {
                _ = try await fixture.flows.finishSignIn(code: "000000", from: $0)
            }
            #expect(won == 0)
            #expect(try await fixture.events().count { $0 == "second-factor.failed" } == 5)
        }
    }

    @Test("a sign-in that is half done ends after ten minutes, with a new password, and with the account")
    func stepEnds() async throws {
        try await IdentityFixture.with { fixture in
            let (begun, secret, _) = try await fixture.guarded("owner@example.com")
            func finish(_ step: PendingSignIn) async -> String? {
                await fixture.refusal {
                    _ = try await fixture.flows.finishSignIn(
                        code: try fixture.code(secret), from: IdentityFixture.client(1, step: step))
                }
            }
            let late = try await fixture.firstStep("owner@example.com")
            fixture.clock.advance(by: .seconds(600))
            #expect(await finish(late) == "second-factor.expired")
            let step = try await fixture.firstStep("owner@example.com")
            try await fixture.administration.disable("owner@example.com", reason: "test")
            #expect(await finish(step) == "second-factor.expired")
            try await fixture.administration.enable("owner@example.com")
            // Administration works beside the gateway: the feed tells what it did.
            try await eventually { fixture.caller(begun) == nil }
            let before = try await fixture.firstStep("owner@example.com")
            try await fixture.flows.askForReset(email: "owner@example.com")
            let token = try #require(fixture.mailer.token(to: "owner@example.com", template: .passwordReset))
            let start = try await fixture.flows.choose(
                token: token, email: nil, password: "another horse battery staple", from: IdentityFixture.client(5))
            guard case .secondFactor(let reset) = start else {
                Issue.record("a mailbox alone signed somebody in")
                return
            }
            #expect(await finish(before) == "second-factor.expired")
            #expect(await finish(reset) == nil, "the link's own step goes on")
            let none = await fixture.refusal {
                _ = try await fixture.flows.finishSignIn(code: "123456", from: IdentityFixture.client())
            }
            #expect(none == "second-factor.expired")
        }
    }

    @Test(
        "codes of any other form are wrong, not a failure",
        arguments: [
            "", " ", "12345", "1234567", "abcdef", "\u{0}", "\u{202E}123456", "' OR 1=1 --", "k7dm-9xqa-2rtv-0bnc",
            "１２３４５６",
            String(repeating: "1", count: 1_000_000),
        ])
    func hostile(code: String) async throws {
        try await IdentityFixture.with { fixture in
            _ = try await fixture.guarded("owner@example.com")
            let step = try await fixture.firstStep("owner@example.com")
            let refusal = await fixture.refusal {
                _ = try await fixture.flows.finishSignIn(code: code, from: IdentityFixture.client(1, step: step))
            }
            #expect(refusal == "second-factor.failed")
        }
    }

    @Test("what was begun is forgotten after 15 minutes, and a second app isn't added beside the first")
    func enrolment() async throws {
        try await IdentityFixture.with { fixture in
            let caller = try #require(fixture.caller(try await fixture.person("owner@example.com")))
            let none = await fixture.refusal {
                _ = try await fixture.flows.confirmSecondFactor(
                    code: "123456", by: caller, from: IdentityFixture.client())
            }
            #expect(none == "second-factor.none")
            let first = try await fixture.flows.beginSecondFactor(by: caller)
            let second = try await fixture.flows.beginSecondFactor(by: caller)
            let stale = await fixture.refusal {
                _ = try await fixture.flows.confirmSecondFactor(
                    code: try fixture.code(first.secret), by: caller, from: IdentityFixture.client())
            }
            #expect(stale == "second-factor.wrong-code" && first.secret != second.secret)
            #expect(try await fixture.flows.secondFactor(of: caller).pending?.secret == second.secret)
            let (begun, _) = try await fixture.flows.confirmSecondFactor(
                code: try fixture.code(second.secret), by: caller, from: IdentityFixture.client())
            let renewed = try #require(fixture.caller(begun))
            let again = await fixture.refusal { _ = try await fixture.flows.beginSecondFactor(by: renewed) }
            #expect(again == "second-factor.exists")
        }
        try await IdentityFixture.with { fixture in
            let person = try await fixture.person("late@example.com")
            let enrolment = try await fixture.flows.beginSecondFactor(by: try #require(fixture.caller(person)))
            fixture.clock.advance(by: .seconds(900))
            let anew = try await fixture.signIn("late@example.com")
            let late = await fixture.refusal {
                _ = try await fixture.flows.confirmSecondFactor(
                    code: try fixture.code(enrolment.secret), by: try #require(fixture.caller(anew)),
                    from: IdentityFixture.client())
            }
            #expect(late == "second-factor.none")
            fixture.clock.advance(by: .seconds(1))
            let upkeep = IdentityUpkeep(database: fixture.database, clock: fixture.clock, settings: IdentitySettings())
            #expect(try await upkeep.sweep() > 0)
            #expect(try await !fixture.everything().contains("second_factors"))
        }
    }

    @Test("new recovery codes end the old ones; removing it ends all, and every other session")
    func changes() async throws {
        try await IdentityFixture.with { fixture in
            let (begun, _, old) = try await fixture.guarded("owner@example.com")
            let caller = try #require(fixture.caller(begun))
            let new = try await fixture.flows.renewRecoveryCodes(by: caller, from: IdentityFixture.client())
            #expect(Set(new).isDisjoint(with: old))
            let step = try await fixture.firstStep("owner@example.com")
            let client = IdentityFixture.client(1, step: step)
            let stale = await fixture.refusal { _ = try await fixture.flows.finishSignIn(code: old[0], from: client) }
            #expect(stale == "second-factor.failed")
            let session = try await fixture.flows.finishSignIn(code: new[0].uppercased(), from: client)
            let last = try await fixture.flows.removeSecondFactor(by: caller, from: IdentityFixture.client())
            #expect(fixture.caller(session) == nil && fixture.caller(begun) == nil)
            #expect(fixture.caller(last)?.secondFactorAt == nil)
            _ = try await fixture.signIn("owner@example.com")
            let gone = await fixture.refusal {
                _ = try await fixture.flows.removeSecondFactor(
                    by: try #require(fixture.caller(last)), from: IdentityFixture.client())
            }
            #expect(gone == "second-factor.none")
            #expect(try await !fixture.everything().contains("recovery_codes"))
        }
    }

    @Test(
        "where the role asks for one, nothing is open until it is set up, and it can't be removed",
        arguments: DatabaseEngine.allCases)
    func required(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine, requiredFor: ["person"]) { fixture in
            let person = try await fixture.person("new@example.com", password: "kx7 vond")
            #expect(fixture.caller(person) == nil)
            let enrolling = try #require(fixture.anyCaller(person))
            #expect(try await fixture.flows.secondFactor(of: enrolling).isRequired)
            let enrolment = try await fixture.flows.beginSecondFactor(by: enrolling)
            let (begun, _) = try await fixture.flows.confirmSecondFactor(
                code: try fixture.code(enrolment.secret), by: enrolling, from: IdentityFixture.client())
            let caller = try #require(fixture.caller(begun))
            let refusal = await fixture.refusal {
                _ = try await fixture.flows.removeSecondFactor(by: caller, from: IdentityFixture.client())
            }
            #expect(refusal == "second-factor.required-by-role")
            // An administrator may: its owner is led to set up another.
            #expect(try await fixture.administration.resetSecondFactor("new@example.com") == 1)
            try await eventually { fixture.anyCaller(begun) == nil }
            let anew = try await fixture.signIn("new@example.com", "kx7 vond")
            #expect(fixture.caller(anew) == nil && fixture.anyCaller(anew) != nil)
            await #expect(throws: Administration.Failure.noSecondFactor("new@example.com")) {
                try await fixture.administration.resetSecondFactor("new@example.com")
            }
        }
    }

    @Test("short passwords are for those whose role must have one, and for nobody else")
    func shortPasswords() async throws {
        try await IdentityFixture.with(requiredFor: ["administrator"]) { fixture in
            try await fixture.flows.signUp(email: "new@example.com")
            let token = try #require(fixture.mailer.token(to: "new@example.com"))
            #expect(try await fixture.flows.choice(token: token).minimum == 15)
            let refusal = await fixture.refusal {
                _ = try await fixture.flows.choose(
                    token: token, email: nil, password: "kx7 vond", from: IdentityFixture.client())
            }
            #expect(refusal == "identity.password-refused")
            let setup = try #require(try await fixture.administration.setupLink(ownPrefix: "/seaworthy"))
            let secret = try #require(setup.path.reveal().split(separator: "=").last.map(String.init))
            #expect(try await fixture.flows.choice(token: secret).minimum == 8)
            let short = await fixture.refusal {
                _ = try await fixture.flows.choose(
                    token: secret, email: "root@example.com", password: "kx7 von", from: IdentityFixture.client())
            }
            #expect(short == "identity.password-refused")
            _ = try await fixture.flows.choose(
                token: secret, email: "root@example.com", password: "kx7 vond", from: IdentityFixture.client())
        }
    }

    @Test("somebody who gets such a role is led to set one up from the next request on")
    func promoted() async throws {
        try await IdentityFixture.with(requiredFor: ["administrator"]) { fixture in
            let begun = try await fixture.person("new@example.com")
            #expect(fixture.caller(begun) != nil)
            try await fixture.administration.setRole("new@example.com", to: "administrator")
            try await eventually { fixture.caller(begun) == nil }
            #expect(fixture.anyCaller(begun) != nil)
        }
    }

    @Test("no secret and no code lies open in any table")
    func atRest() async throws {
        try await IdentityFixture.with { fixture in
            let (_, secret, codes) = try await fixture.guarded("owner@example.com")
            _ = try await fixture.firstStep("owner@example.com")
            let text = try await fixture.everything()
            let seed = try #require(Base32.bytes(secret.reveal()))
            #expect(
                text.contains("second_factors") && text.contains("recovery_codes") && text.contains("sign_in_steps"))
            #expect(!text.contains(secret.reveal()) && !text.contains("\(seed)".dropFirst().dropLast()))
            for code in codes {
                #expect(!text.contains(code) && !text.contains(code.replacing("-", with: "")))
                #expect(text.contains("$2b$04$"))
            }
        }
    }
}
