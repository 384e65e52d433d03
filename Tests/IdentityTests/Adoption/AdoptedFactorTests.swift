import Kernel
import Store
import TestKit
import Testing
import Web

@testable import Identity

@Suite("The second factor over the app's own login", .serialized)
struct AdoptedFactorTests {
    /// Sets an app up for somebody of the app's, and lets the code's step pass.
    private func enrol(
        _ fixture: IdentityFixture, _ name: String = "alice"
    ) async throws -> (secret: Secret, codes: [String], key: String) {
        let first = try await fixture.adopted(name)
        let person = try fixture.caller(first.key)
        let enrolment = try await fixture.flows.beginSecondFactor(by: person)
        let (begun, codes) = try await fixture.flows.confirmSecondFactor(
            code: try fixture.code(enrolment.secret), by: person, from: IdentityFixture.client())
        fixture.clock.advance(by: .seconds(60))
        return (enrolment.secret, codes, begun.sessionKey)
    }

    @Test("one code lets one of 32 waiting sessions in, not one more", arguments: DatabaseEngine.allCases)
    func sessionsAtOnce(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine, signIn: .adopt) { fixture in
            let (secret, _, _) = try await enrol(fixture)
            var waiting: [SignedIn] = []
            for number in 0..<32 {
                let held = try await fixture.adopted(from: IdentityFixture.client(UInt32(number)))
                #expect(held.awaitsFactor)
                waiting.append(try fixture.caller(held.key))
            }
            let code = try fixture.code(secret)
            #expect(await proofs(fixture, waiting, code) == 1)
            let rows = try await fixture.database.read("test") { db in try SessionStore().all(in: db) }
            #expect(rows.count { $0.awaitsFactor } == 31 && rows.count { $0.factorAt != nil } == 2)
        }
    }

    @Test("32 right codes at once for one waiting session begin one session", arguments: DatabaseEngine.allCases)
    func codesAtOnce(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine, lockout: .off, signIn: .adopt) { fixture in
            let (secret, codes, _) = try await enrol(fixture)
            let held = try fixture.caller(try await fixture.adopted().key)
            let code = try fixture.code(secret)
            let tries = (0..<32).map { $0.isMultiple(of: 2) ? code : codes[$0 % 10] }
            let flows = fixture.flows
            let done = await withTaskGroup(of: Bool.self) { group in
                for text in tries {
                    group.addTask {
                        (try? await flows.proveAdopted(code: text, by: held, from: IdentityFixture.client())) != nil
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(done == 1)
            let rows = try await fixture.database.read("test") { db in try SessionStore().all(in: db) }
            #expect(rows.count == 2 && rows.allSatisfy { $0.factorAt != nil && !$0.awaitsFactor })
            #expect(rows.contains { $0.origins == [held.sessionKey] })
        }
    }

    private func proofs(_ fixture: IdentityFixture, _ waiting: [SignedIn], _ code: String) async -> Int {
        let flows = fixture.flows
        return await withTaskGroup(of: Bool.self) { group in
            for held in waiting {
                group.addTask {
                    (try? await flows.proveAdopted(code: code, by: held, from: IdentityFixture.client())) != nil
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
    }

    @Test("wrong codes count: the sixth isn't compared, and giving the password again doesn't start anew")
    func lockout() async throws {
        try await IdentityFixture.with(signIn: .adopt) { fixture in
            let (secret, _, _) = try await enrol(fixture)
            for number in 0..<6 {
                // Each time with the password anew, and in another spelling.
                let name = number.isMultiple(of: 2) ? "alice" : " ALICE"
                let held = try fixture.caller(
                    try await fixture.adopted(name, from: IdentityFixture.client(UInt32(number))).key)
                let code = number == 5 ? try fixture.code(secret) : "00000\(number)"
                let refusal = await fixture.refusal {
                    _ = try await fixture.flows.proveAdopted(
                        code: code, by: held, from: IdentityFixture.client(UInt32(number)))
                }
                #expect(refusal == "second-factor.failed", "\(number)")
            }
            let kinds = try await fixture.events()
            #expect(kinds.count { $0 == "second-factor.failed" } == 5 && kinds.contains("account.locked"))
            #expect(kinds.contains("sign-in.throttled") && fixture.mailer.mails.isEmpty)
        }
    }

    @Test(
        "the app's yes leaves its row in the trail, also where no code ever follows; where nobody is asked, a sign-in does"
    )
    func asked() async throws {
        try await IdentityFixture.with(signIn: .adopt) { fixture in
            _ = try await enrol(fixture)
            let before = try await fixture.events()
            _ = try await fixture.adopted()
            #expect(try await fixture.events().dropFirst(before.count) == ["second-factor.asked"])
            var settings = fixture.flows.settings
            settings.adoption.mode = .observe
            let flows = IdentityFlows(fixture.service, settings: settings, ownPrefix: "/seaworthy", site: [])
            let attempt = try await flows.adoptedAttempt("alice", from: IdentityFixture.client(9))
            _ = flows.beginAdopted(attempt, replacing: nil)
            await fixture.service.settled()
            let kinds = try await fixture.events().dropFirst(before.count + 1)
            #expect(kinds == ["sign-in.succeeded", "session.started"])
        }
    }

    @Test("every spelling that some app takes for the same name has the same second factor")
    func spellings() async throws {
        try await IdentityFixture.with(signIn: .adopt) { fixture in
            _ = try await enrol(fixture)
            for name in ["alice", "Alice", " alice ", "ａlice", "al\u{200B}ice"] {
                #expect(try await fixture.adopted(name).awaitsFactor, "\(name)")
            }
            #expect(try await fixture.adopted("bob").awaitsFactor == false)
        }
    }

    @Test("a second factor outlives the rotation of the key that its owner's pseudonym is made with")
    func rotation() async throws {
        try await IdentityFixture.with(signIn: .adopt) { fixture in
            let (secret, codes, _) = try await enrol(fixture)
            fixture.keys.rotate(.blindIndex)
            let held = try await fixture.adopted()
            #expect(held.awaitsFactor)
            let person = try fixture.caller(held.key)
            _ = try await fixture.flows.proveAdopted(
                code: try fixture.code(secret), by: person, from: IdentityFixture.client())
            let again = try fixture.caller(try await fixture.adopted().key)
            _ = try await fixture.flows.proveAdopted(code: codes[0], by: again, from: IdentityFixture.client())
        }
    }

    @Test("an administrator resets it by the app's name for somebody, and the password alone signs in again")
    func reset() async throws {
        try await IdentityFixture.with(signIn: .adopt) { fixture in
            _ = try await enrol(fixture)
            let found = try await fixture.administration.address(ofAppPerson: "ALICE", keys: fixture.keys)
            let address = try #require(found)
            #expect(try await fixture.administration.address(ofAppPerson: "carol", keys: fixture.keys) == nil)
            #expect(try await fixture.administration.resetSecondFactor(address) == 1)
            #expect(try await fixture.adopted().awaitsFactor == false)
            await #expect(throws: Administration.Failure.noSecondFactor(address)) {
                try await fixture.administration.resetSecondFactor(address)
            }
            #expect(try await fixture.events().contains("second-factor.removed"))
        }
    }

    @Test("who must have one, by configuration", arguments: AdoptionSettings.SecondFactor.allCases)
    func demand(policy: AdoptionSettings.SecondFactor) async throws {
        try await IdentityFixture.with(signIn: .adopt) { fixture in
            _ = try await enrol(fixture, "dora")
            var settings = fixture.flows.settings
            settings.adoption.secondFactor = policy
            if policy != .off { settings.adoption.secondFactorFor = ["Carol"] }
            let flows = IdentityFlows(fixture.service, settings: settings, ownPrefix: "/seaworthy", site: [])
            let asked = try await ["alice", "carol", "dora"].asyncMap { name in
                try await flows.adoptedAttempt(name, from: IdentityFixture.client()).awaitsFactor
            }
            switch policy {
            case .off: #expect(asked == [false, false, false])
            case .optional: #expect(asked == [false, true, true])
            case .required: #expect(asked == [true, true, true])
            }
        }
    }

    @Test("a sealed cookie says by itself that its session waits")
    func sealed() throws {
        let (keys, random) = (TestKeys(), SeededRandomSource(seed: 5))
        for awaits in [false, true] {
            let cookie = SealedCookie(
                session: "ab", begun: 17, awaitsFactor: awaits, path: "/x", domain: nil, value: "a\nb factor")
            let text = try cookie.sealed(name: "sid", keys: keys, random: random)
            let opened = SealedCookie.opened(text, name: "sid", keys: keys)
            #expect(opened == cookie)
        }
    }

    private func bound(_ fixture: IdentityFixture) async throws -> Int {
        try await fixture.database.read("test.count") { db in
            try db.value("SELECT COUNT(*) FROM adopted_cookies", as: Int.self) ?? -1
        }
    }

    @Test("a cookie that the app may go on with is bound before the app is asked, and let go when it says no")
    func binding() async throws {
        try await IdentityFixture.with(signIn: .adopt) { fixture in
            _ = try await enrol(fixture)
            let key = AdoptedCookies.key("sid", "before")
            let failed = try await fixture.flows.adoptedAttempt(
                "alice", from: IdentityFixture.client(), showing: [key])
            let adopted = try #require(fixture.service.adopted)
            #expect(adopted.session(of: "sid", "before") == failed.secret?.hash && failed.bound == [key])
            fixture.flows.adoptedFailed(failed)
            #expect(adopted.session(of: "sid", "before") == nil)
            await fixture.service.settled()
            #expect(try await bound(fixture) == 0)
            // A later try binds it anew, whatever the earlier one still lets go.
            let gone = try await fixture.flows.adoptedAttempt("alice", from: IdentityFixture.client(), showing: [key])
            let second = try await fixture.flows.adoptedAttempt(
                "alice", from: IdentityFixture.client(), showing: [key])
            fixture.flows.adoptedFailed(gone)
            await fixture.service.settled()
            #expect(adopted.session(of: "sid", "before") == second.secret?.hash)
            #expect(try await bound(fixture) == 1)
            // Nobody saw how it ended: it stays bound, to a session that never begins.
            fixture.flows.adoptedFailed(second, mayHaveWorked: true)
            await fixture.service.settled()
            #expect(adopted.session(of: "sid", "before") == second.secret?.hash)
            let other = try await fixture.flows.adoptedAttempt("bob", from: IdentityFixture.client(), showing: ["k"])
            #expect(other.bound.isEmpty && !other.awaitsFactor)
        }
    }
}

extension Sequence where Self: Sendable {
    fileprivate func asyncMap<Value>(_ work: (Element) async throws -> Value) async rethrows -> [Value] {
        var made: [Value] = []
        for element in self { made.append(try await work(element)) }
        return made
    }
}
