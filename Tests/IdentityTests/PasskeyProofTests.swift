import Kernel
import Store
import TestKit
import Testing
import Web

@testable import Identity

@Suite("Passkeys that show anew who somebody is", .serialized)
struct PasskeyProofTests {
    private static func add(
        _ fixture: IdentityFixture, _ key: SoftAuthenticator, _ caller: SignedIn
    ) async throws -> IdentityFlows.Begun {
        let made = key.registration(try await fixture.flows.offerPasskey(by: caller).challenge.reveal())
        return try await fixture.flows.addPasskey(
            name: "key", clientData: made.clientData, attestation: made.attestation, for: SoftAuthenticator.party,
            by: caller, from: IdentityFixture.client())
    }

    private static func prove(
        _ fixture: IdentityFixture, _ key: SoftAuthenticator, _ caller: SignedIn
    ) async throws -> IdentityFlows.Begun {
        let answer = try key.assertion(try await fixture.flows.requestPasskey(by: caller).challenge.reveal())
        return try await fixture.flows.prove(
            passkey: answer, for: SoftAuthenticator.party, by: caller, from: IdentityFixture.client(3))
    }

    // MARK: Accounts of our own

    @Test("are a step-up in place of password and code, with each algorithm", arguments: [-7, -8, -257])
    func stepUp(algorithm: Int) async throws {
        try await IdentityFixture.with { fixture in
            let (begun, _, _) = try await fixture.guarded("owner@example.com")
            let key = try SoftAuthenticator.make(algorithm)
            let added = try await Self.add(fixture, key, try #require(fixture.caller(begun)))
            let caller = try #require(fixture.caller(added))
            fixture.clock.advance(by: .seconds(400))
            #expect(!fixture.flows.isFresh(caller))
            let proven = try await Self.prove(fixture, key, caller)
            let anew = try #require(fixture.caller(proven))
            #expect(fixture.flows.isFresh(anew) && anew.secondFactorAt == fixture.clock.now())
            #expect(fixture.caller(added) == nil && anew.session != caller.session, "another session goes on")
            _ = try await fixture.flows.renewRecoveryCodes(by: anew, from: IdentityFixture.client())
        }
    }

    @Test(
        "are refused in another session, another account, another ceremony, without verification, late, and as a copy")
    func bound() async throws {
        try await IdentityFixture.with { fixture in
            let flows = fixture.flows
            var key = try SoftAuthenticator.make(-7)
            key.counter = 3
            let added = try await Self.add(
                fixture, key, try #require(fixture.caller(try await fixture.person("owner@example.com"))))
            let caller = try #require(fixture.caller(added))
            let other = try #require(fixture.caller(try await fixture.person("other@example.com")))
            #expect(await fixture.refusal { _ = try await flows.requestPasskey(by: other) } == "passkey.none")
            func refused(_ answer: IdentityFlows.PasskeyAnswer, _ person: SignedIn) async -> Bool {
                await fixture.refusal {
                    _ = try await flows.prove(
                        passkey: answer, for: SoftAuthenticator.party, by: person, from: IdentityFixture.client())
                } == "passkey.failed"
            }
            key.counter = 4
            // Another session of the same person.
            let elsewhere = try key.assertion(try await flows.offerPasskeySignIn().reveal())
            let second = try #require(
                fixture.caller(
                    try await flows.signIn(
                        passkey: elsewhere, for: SoftAuthenticator.party, from: IdentityFixture.client(9))))
            key.counter = 5
            let here = try key.assertion(try await flows.requestPasskey(by: caller).challenge.reveal())
            #expect(await refused(here, second))
            #expect(await refused(here, other))
            // Neither is one for signing in, or for making a passkey, taken here; nor the other way round.
            #expect(await refused(try key.assertion(try await flows.offerPasskeySignIn().reveal()), caller))
            #expect(
                await refused(try key.assertion(try await flows.offerPasskey(by: caller).challenge.reveal()), caller))
            let signIn = await fixture.refusal {
                _ = try await flows.signIn(
                    passkey: here, for: SoftAuthenticator.party, from: IdentityFixture.client())
            }
            #expect(signIn == "passkey.failed")
            // Somebody else's passkey.
            var strange = try SoftAuthenticator.make(-8)
            strange.id = Array("strange".utf8)
            let theirs = try #require(fixture.caller(try await Self.add(fixture, strange, other)))
            #expect(
                await refused(
                    try strange.assertion(try await flows.requestPasskey(by: caller).challenge.reveal()), caller))
            _ = try await Self.prove(fixture, strange, theirs)
            // Nobody verified, a copy, a replay, and too late.
            for change in [{ $0.flags = 0x01 }, { $0.counter = 4 }, { $0.origin = "https://evil.example" }]
                as [@Sendable (inout SoftAuthenticator) -> Void]
            {
                var bad = key
                change(&bad)
                #expect(
                    await refused(
                        try bad.assertion(try await flows.requestPasskey(by: caller).challenge.reveal()), caller))
            }
            let late = try key.assertion(try await flows.requestPasskey(by: caller).challenge.reveal())
            fixture.clock.advance(by: .seconds(300))
            #expect(await refused(late, caller))
            #expect(
                try await fixture.events().count { $0 == "second-factor.failed" } == 2, "the copy and the stranger's")
            let right = try key.assertion(try await flows.requestPasskey(by: caller).challenge.reveal())
            _ = try await flows.prove(
                passkey: right, for: SoftAuthenticator.party, by: caller, from: IdentityFixture.client())
            #expect(await refused(right, caller))
        }
    }

    @Test(
        "32 finishes of one ceremony at once: exactly one succeeds", arguments: DatabaseEngine.allCases, [false, true])
    func race(engine: DatabaseEngine, isAdopted: Bool) async throws {
        try await IdentityFixture.with(engine, signIn: isAdopted ? .adopt : .own) { fixture in
            let key = try SoftAuthenticator.make(-7)
            let first =
                isAdopted
                ? try fixture.caller(try await fixture.adopted().key)
                : try #require(fixture.caller(try await fixture.person("owner@example.com")))
            let added = try await Self.add(fixture, key, first)
            let person =
                isAdopted ? try fixture.caller(try await fixture.adopted().key) : try #require(fixture.caller(added))
            let answer = try key.assertion(try await fixture.flows.requestPasskey(by: person).challenge.reveal())
            let done = await fixture.successes((0..<32).map { IdentityFixture.client(UInt32($0)) }) {
                _ = try await fixture.flows.prove(
                    passkey: answer, for: SoftAuthenticator.party, by: person, from: $0)
            }
            #expect(done == 1)
            let rows = try await fixture.database.read("test") { db in try SessionStore().all(in: db) }
            #expect(rows.count == (isAdopted ? 2 : 1) && rows.allSatisfy { $0.factorAt != nil && !$0.awaitsFactor })
        }
    }

    @Test("whose role must have a second factor doesn't make another one by the password alone")
    func enrolment() async throws {
        try await IdentityFixture.with(requiredFor: ["person"]) { fixture in
            let first = try #require(fixture.anyCaller(try await fixture.person("owner@example.com")))
            let key = try SoftAuthenticator.make(-7)
            let added = try await Self.add(fixture, key, first)
            guard
                case .begun(let begun) = try await fixture.flows.signIn(
                    email: "owner@example.com", password: IdentityFixture.password, from: IdentityFixture.client(8))
            else { throw IdentityFixture.HalfDone() }
            let thief = try #require(fixture.anyCaller(begun))
            #expect(fixture.caller(begun) == nil, "the password alone opens nothing")
            try await refusesMore(fixture, thief)
            let last = await fixture.refusal {
                try await fixture.flows.removePasskey(
                    Base64URL.text(key.id), by: try #require(fixture.caller(added)), from: IdentityFixture.client())
            }
            #expect(last == "second-factor.required-by-role")
            #expect(fixture.caller(try await Self.prove(fixture, key, thief)) != nil, "the passkey does")
        }
    }

    /// That somebody who hasn't shown their factor can't set another one up.
    private func refusesMore(_ fixture: IdentityFixture, _ person: SignedIn) async throws {
        let flows = fixture.flows
        let awaited = "second-factor.awaited"
        #expect(await fixture.refusal { _ = try await flows.beginSecondFactor(by: person) } == awaited)
        #expect(await fixture.refusal { _ = try await flows.offerPasskey(by: person) } == awaited)
    }

    // MARK: The app's people

    @Test("are a second factor over the app's own login by themselves, for every spelling, and leave their rows")
    func adopted() async throws {
        try await IdentityFixture.with(signIn: .adopt) { fixture in
            let key = try SoftAuthenticator.make(-8)
            let first = try await fixture.adopted()
            #expect(!first.awaitsFactor)
            let added = try await Self.add(fixture, key, try fixture.caller(first.key))
            #expect(try fixture.caller(added.sessionKey).secondFactorAt != nil, "this browser goes on")
            let origins = try await fixture.database.read("test") { db in
                try SessionStore().origins(of: added.sessionKey, in: db)
            }
            #expect(origins == [first.key, added.sessionKey], "with the app's cookies that it has")
            #expect(try await fixture.adopted("bob").awaitsFactor == false)
            for name in ["alice", " ALICE"] {
                let held = try await fixture.adopted(name)
                #expect(held.awaitsFactor)
                let person = try fixture.caller(held.key)
                try await refusesMore(fixture, person)
                let before = try await fixture.events()
                let bad = try SoftAuthenticator.make(-8)
                #expect(await fixture.refusal { _ = try await Self.prove(fixture, bad, person) } == "passkey.failed")
                let begun = try await Self.prove(fixture, key, person)
                #expect(try fixture.caller(begun.sessionKey).secondFactorAt != nil)
                #expect(throws: IdentityFixture.HalfDone.self) { try fixture.caller(held.key) }
                #expect(
                    try await fixture.events().dropFirst(before.count)
                        == ["second-factor.failed", "sign-in.succeeded", "session.started"])
            }
            // It signs nobody in by itself: the app does.
            let answer = try key.assertion(try await fixture.flows.offerPasskeySignIn().reveal())
            let refusal = await fixture.refusal {
                _ = try await fixture.flows.signIn(
                    passkey: answer, for: SoftAuthenticator.party, from: IdentityFixture.client())
            }
            #expect(refusal == "passkey.failed" && fixture.mailer.mails.isEmpty)
        }
    }

    @Test("outlive the rotation of the key of pseudonyms, also where one is required, and end with the reset")
    func rotation() async throws {
        try await IdentityFixture.with(signIn: .adopt) { fixture in
            let key = try SoftAuthenticator.make(-7)
            _ = try await Self.add(fixture, key, try fixture.caller(try await fixture.adopted().key))
            fixture.keys.rotate(.blindIndex)
            var settings = fixture.flows.settings
            settings.adoption.secondFactor = .required
            let flows = IdentityFlows(fixture.service, settings: settings, ownPrefix: "/seaworthy", site: [])
            let attempt = try await flows.adoptedAttempt("alice", from: IdentityFixture.client(5))
            let began = try #require(flows.beginAdopted(attempt, replacing: nil))
            await fixture.service.settled()
            let person = try fixture.caller(began.key)
            try await refusesMore(fixture, person)
            _ = try await Self.prove(fixture, key, person)
            let found = try await fixture.administration.address(ofAppPerson: "Alice", keys: fixture.keys)
            let address = try #require(found)
            #expect(try await fixture.administration.resetSecondFactor(address) >= 1)
            #expect(try await fixture.adopted().awaitsFactor == false)
            await #expect(throws: Administration.Failure.noSecondFactor(address)) {
                try await fixture.administration.resetSecondFactor(address)
            }
        }
    }
}
