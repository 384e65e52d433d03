import Foundation
import Kernel
import Store
import Synchronization
import TestKit
import Testing
import Web

@testable import Identity

@Suite("Accounts")
struct AccountFlowTests {
    @Test("come from a mailed link, and only where sign-up is open")
    func signUp() async throws {
        try await IdentityFixture.with { fixture in
            let begun = try await fixture.person("new@example.com")
            #expect(begun.account.role == .person)
            #expect(try await fixture.events().contains("account.verified"))
            // The link is used up.
            let token = try #require(fixture.mailer.token(to: "new@example.com", template: .verification))
            let again = await fixture.refusal { _ = try await fixture.flows.choice(token: token) }
            #expect(again == "identity.link-invalid")
        }
        for closed in [IdentitySettings.SignUp.off, .invite] {
            try await IdentityFixture.with(signUp: closed) { fixture in
                let refusal = await fixture.refusal { try await fixture.flows.signUp(email: "new@example.com") }
                #expect(refusal == "sign-up.closed" && fixture.mailer.mails.isEmpty)
            }
        }
    }

    @Test("an address that has one gets a link for a new password instead of a second account")
    func signUpTwice() async throws {
        try await IdentityFixture.with { fixture in
            try await fixture.person("owner@example.com")
            try await fixture.flows.signUp(email: "Owner@example.com")
            #expect(fixture.mailer.mails.last?.template == .passwordReset)
        }
    }

    @Test(
        "an address that is none is refused, and says why",
        arguments: [
            "", "a", "a@b", "a@@b.example", "a b@example.com", "a@example.com\u{0}",
            "a@example.com\r\nBcc: x@example.com",
            "\u{202E}a@example.com", "аdmin@example.com", "a@exämple.com", "a@[127.0.0.1]", "<a@example.com>",
            String(repeating: "a", count: 65) + "@example.com", String(repeating: "a@", count: 500_000),
        ])
    func badAddress(text: String) async throws {
        try await IdentityFixture.with { fixture in
            let refusal = await fixture.refusal { try await fixture.flows.signUp(email: text) }
            #expect(refusal == "identity.input")
            #expect(await fixture.refusal { try await fixture.flows.askForReset(email: text) } == "identity.input")
            #expect(fixture.mailer.mails.isEmpty)
        }
    }

    @Test("a mailed link works once, however many use it at a time", arguments: DatabaseEngine.allCases)
    func linkRace(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine) { fixture in
            try await fixture.flows.signUp(email: "new@example.com")
            let token = try #require(fixture.mailer.token(to: "new@example.com"))
            let outcomes = await withTaskGroup(of: String?.self) { group in
                for number in 0..<32 {
                    group.addTask {
                        await fixture.refusal {
                            _ = try await fixture.flows.choose(
                                token: token, email: nil, password: "correct horse battery \(number)",
                                from: IdentityFixture.client(UInt32(number)))
                        }
                    }
                }
                return await group.reduce(into: [String?]()) { $0.append($1) }
            }
            #expect(outcomes.count { $0 == nil } == 1)
            #expect(outcomes.allSatisfy { $0 == nil || $0 == "identity.link-invalid" })
            #expect(try await fixture.administration.list().count == 1)
        }
    }

    @Test("a link is refused when it is too old, unknown, or of another kind")
    func badLinks() async throws {
        try await IdentityFixture.with { fixture in
            try await fixture.flows.signUp(email: "new@example.com")
            let token = try #require(fixture.mailer.token(to: "new@example.com"))
            for wrong in ["", "x", token + "x", String(token.reversed()), "\u{0}", String(repeating: "A", count: 43)] {
                #expect(
                    await fixture.refusal { _ = try await fixture.flows.choice(token: wrong) }
                        == "identity.link-invalid")
                let refusal = await fixture.refusal {
                    _ = try await fixture.flows.letIn(token: wrong, from: IdentityFixture.client())
                }
                #expect(refusal == "identity.link-invalid")
            }
            let kind = await fixture.refusal {
                _ = try await fixture.flows.letIn(token: token, from: IdentityFixture.client())
            }
            #expect(kind == "identity.link-invalid")
            // Tried as another kind, it isn't used up.
            _ = try await fixture.flows.choice(token: token)
            fixture.clock.advance(by: .seconds(86_401))
            #expect(
                await fixture.refusal { _ = try await fixture.flows.choice(token: token) } == "identity.link-invalid")
        }
    }

    @Test(
        "a new password by link ends all sessions, and the old password with them", arguments: DatabaseEngine.allCases)
    func reset(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine) { fixture in
            let first = try await fixture.person("owner@example.com")
            try await fixture.flows.askForReset(email: "owner@example.com")
            try await fixture.flows.askForReset(email: "nobody@example.com")
            #expect(fixture.mailer.mails.count { $0.template == .passwordReset } == 1)
            let token = try #require(fixture.mailer.token(to: "owner@example.com", template: .passwordReset))
            let weak = await fixture.refusal {
                _ = try await fixture.flows.choose(
                    token: token, email: nil, password: "password1234567", from: IdentityFixture.client())
            }
            #expect(weak == "identity.password-refused")
            let begun = try await fixture.flows.choose(
                token: token, email: nil, password: "another horse battery staple", from: IdentityFixture.client())
            #expect(fixture.caller(first) == nil && fixture.caller(begun) != nil)
            #expect(await fixture.refusal { _ = try await fixture.signIn("owner@example.com") } == "sign-in.failed")
            _ = try await fixture.signIn("owner@example.com", "another horse battery staple")
        }
    }

    @Test("changing a password asks for the old one, ends other sessions and renews one's own")
    func changePassword() async throws {
        try await IdentityFixture.with { fixture in
            let other = try await fixture.person("owner@example.com")
            let mine = try await fixture.signIn("owner@example.com")
            let caller = try #require(fixture.caller(mine))
            let wrong = await fixture.refusal {
                _ = try await fixture.flows.changePassword(
                    current: "wrong", new: "another horse battery staple", by: caller, from: IdentityFixture.client())
            }
            #expect(wrong == "identity.wrong-password")
            let renewed = try await fixture.flows.changePassword(
                current: IdentityFixture.password, new: "another horse battery staple", by: caller,
                from: IdentityFixture.client())
            #expect(fixture.caller(other) == nil && fixture.caller(mine) == nil)
            #expect(fixture.caller(renewed)?.account == caller.account && renewed.sessionID != mine.sessionID)
        }
    }

    @Test("five wrong old passwords end the guessing in that session")
    func provenLimit() async throws {
        try await IdentityFixture.with { fixture in
            let mine = try await fixture.person("owner@example.com")
            let caller = try #require(fixture.caller(mine))
            for _ in 0..<5 {
                _ = await fixture.refusal {
                    try await fixture.flows.changeAddress(
                        to: "thief@example.com", password: "wrong", by: caller, from: IdentityFixture.client())
                }
            }
            let right = await fixture.refusal {
                try await fixture.flows.changeAddress(
                    to: "thief@example.com", password: IdentityFixture.password, by: caller,
                    from: IdentityFixture.client())
            }
            #expect(right == "identity.wrong-password")
        }
    }

    @Test("an address moves by a link to the new one, and not onto another account's")
    func changeAddress() async throws {
        try await IdentityFixture.with { fixture in
            let mine = try await fixture.person("owner@example.com")
            try await fixture.person("other@example.com")
            let caller = try #require(fixture.caller(mine))
            let before = fixture.mailer.mails.count
            try await fixture.flows.changeAddress(
                to: "other@example.com", password: IdentityFixture.password, by: caller, from: IdentityFixture.client())
            #expect(fixture.mailer.mails.count == before, "the other gets no mail, and the answer is the same")
            try await fixture.flows.changeAddress(
                to: "new@example.com", password: IdentityFixture.password, by: caller, from: IdentityFixture.client())
            let token = try #require(fixture.mailer.token(to: "new@example.com"))
            #expect(fixture.caller(mine)?.email == "owner@example.com")
            #expect(
                try await fixture.flows.confirmAddress(token: token, from: IdentityFixture.client()).description
                    == "new@example.com")
            #expect(fixture.caller(mine)?.email == "new@example.com")
            _ = try await fixture.signIn("new@example.com")
        }
    }

    @Test("an administrator invites, nobody else does")
    func invite() async throws {
        try await IdentityFixture.with(signUp: .invite) { fixture in
            let handout = try #require(try await fixture.administration.setupLink(ownPrefix: "/seaworthy"))
            let token = try #require(handout.path.reveal().split(separator: "=").last.map(String.init))
            let admin = try await fixture.flows.choose(
                token: token, email: "root@example.com", password: IdentityFixture.password,
                from: IdentityFixture.client())
            let caller = try #require(fixture.caller(admin))
            try await fixture.flows.invite(email: "guest@example.com", by: caller)
            let invitation = try #require(fixture.mailer.token(to: "guest@example.com", template: .invitation))
            let guest = try await fixture.flows.choose(
                token: invitation, email: nil, password: IdentityFixture.password, from: IdentityFixture.client())
            let stranger = try #require(fixture.caller(guest))
            #expect(
                await fixture.refusal { try await fixture.flows.invite(email: "x@example.com", by: stranger) }
                    == "identity.not-allowed")
        }
    }
}

@Suite("Sessions")
struct SessionTests {
    @Test("end when idle for half an hour or twelve hours old, whatever is first")
    func timeouts() async throws {
        try await IdentityFixture.with { fixture in
            let begun = try await fixture.person("owner@example.com")
            fixture.clock.advance(by: .seconds(1799))
            #expect(fixture.caller(begun) != nil)
            fixture.clock.advance(by: .seconds(1799))
            #expect(fixture.caller(begun) != nil, "the last use counts")
            fixture.clock.advance(by: .seconds(1800))
            #expect(fixture.caller(begun) == nil)

            let second = try await fixture.signIn("owner@example.com")
            for _ in 0..<24 {
                fixture.clock.advance(by: .seconds(1790))
                #expect(fixture.caller(second) != nil)
            }
            fixture.clock.advance(by: .seconds(43_200 - 24 * 1790 - 1))
            #expect(fixture.caller(second) != nil)
            fixture.clock.advance(by: .seconds(1))
            #expect(fixture.caller(second) == nil)
        }
    }

    @Test(
        "are used without asking the database, and their last use is written in time",
        arguments: DatabaseEngine.allCases)
    func touch(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine) { fixture in
            let begun = try await fixture.person("owner@example.com")
            fixture.clock.advance(by: .seconds(1000))
            #expect(fixture.caller(begun) != nil)
            await fixture.service.flush()
            let seen = try await fixture.database.read("test") { db in
                try db.value("SELECT seen_at FROM sessions", as: Timestamp.self)
            }
            #expect(seen == fixture.clock.now())
        }
    }

    @Test(
        "signed out, revoked and disabled ones are over at once, here and by another process",
        arguments: DatabaseEngine.allCases)
    func ends(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine) { fixture in
            let one = try await fixture.person("owner@example.com")
            let two = try await fixture.signIn("owner@example.com")
            let three = try await fixture.signIn("owner@example.com")
            let caller = try #require(fixture.caller(one))
            #expect(try await fixture.flows.sessions(of: caller).count == 3)
            try await fixture.flows.revoke(session: two.sessionID, by: caller)
            #expect(fixture.caller(two) == nil && fixture.caller(three) != nil)
            #expect(try await fixture.flows.revokeAll(keepingCurrent: true, by: caller) == 1)
            #expect(fixture.caller(three) == nil && fixture.caller(one) != nil)
            try await fixture.flows.signOut(caller)
            #expect(fixture.caller(one) == nil)
            // The command line is another process: the feed tells.
            let four = try await fixture.signIn("owner@example.com")
            try await eventually { fixture.caller(four) != nil }
            try await fixture.administration.signOut("owner@example.com")
            try await eventually { fixture.caller(four) == nil }
            let five = try await fixture.signIn("owner@example.com")
            try await fixture.administration.disable("owner@example.com", reason: "test")
            try await eventually { fixture.caller(five) == nil }
        }
    }

    @Test("of others can't be revoked")
    func others() async throws {
        try await IdentityFixture.with { fixture in
            let mine = try await fixture.person("owner@example.com")
            let theirs = try await fixture.person("other@example.com")
            let caller = try #require(fixture.caller(mine))
            for id in [theirs.sessionID, "", "x", "\u{0}", String(repeating: "x", count: 10_000)] {
                #expect(
                    await fixture.refusal { try await fixture.flows.revoke(session: id, by: caller) }
                        == "identity.no-such-session")
            }
            #expect(fixture.caller(theirs) != nil)
        }
    }

    @Test("one is revoked once by 32 at a time", arguments: DatabaseEngine.allCases)
    func revokeRace(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine) { fixture in
            let mine = try await fixture.person("owner@example.com")
            let victim = try await fixture.signIn("owner@example.com")
            let caller = try #require(fixture.caller(mine))
            let outcomes = await withTaskGroup(of: String?.self) { group in
                for _ in 0..<32 {
                    group.addTask {
                        await fixture.refusal { try await fixture.flows.revoke(session: victim.sessionID, by: caller) }
                    }
                }
                return await group.reduce(into: [String?]()) { $0.append($1) }
            }
            #expect(outcomes.count { $0 == nil } == 1)
            #expect(try await fixture.events().count { $0 == "session.revoked" } == 1)
        }
    }

    @Test("an account has fifty at most: the oldest end")
    func most() async throws {
        try await IdentityFixture.with(lockout: .off) { fixture in
            let first = try await fixture.person("owner@example.com")
            for _ in 0..<50 {
                fixture.clock.advance(by: .seconds(1))
                _ = try await fixture.signIn("owner@example.com")
            }
            try await eventually { fixture.caller(first) == nil }
            let count = try await fixture.database.read("test") { db in
                try db.value("SELECT count(*) FROM sessions", as: Int.self)
            }
            #expect(count == 50)
        }
    }

    @Test("nobody is told from a view that is older than five seconds")
    func stale() async throws {
        let clock = ManualClock()
        try await TestDatabase.with(.sqlite, migrations: IdentityFixture.migrations) { database in
            let feed = ChangeFeed(database: database, clock: clock)
            let view = SessionView(feed: feed, clock: clock)
            #expect(view.isStale, "before the first look there is no view")
            try await feed.poll(after: nil)
            clock.advance(by: .seconds(5))
            #expect(!view.isStale)
            clock.advance(by: .milliseconds(1))
            #expect(view.isStale)
        }
    }

    @Test("a session's last use isn't forgotten when the feed's row takes the place of ours, or comes anew")
    func lastUse() async throws {
        try await IdentityFixture.with { fixture in
            let caller = try #require(fixture.caller(try await fixture.person("person@example.com")))
            let key = caller.sessionKey
            let (row, account) = try await fixture.database.read("test") { db in
                (
                    try #require(try SessionStore().fetch([key], in: db).first),
                    try #require(try AccountStore().find(id: caller.account, in: db))
                )
            }
            let clock = ManualClock()
            let feed = ChangeFeed(database: fixture.database, clock: clock)
            let view = SessionView(feed: feed, clock: clock)
            let position = try await feed.poll(after: nil)
            view.began(row, of: account)
            let ours = try #require(view.session(key))
            let used = row.seenAt.advanced(by: .seconds(1500))
            view.touch(ours, at: used)
            clock.advance(by: .seconds(1))
            try await feed.poll(after: position)
            let told = try #require(view.session(key))
            #expect(told !== ours && told.seen.load(ordering: .relaxed) == used.nanosecondsSinceEpoch)
            try await feed.poll(after: nil)
            let anew = try #require(view.session(key))
            #expect(anew !== told && anew.seen.load(ordering: .relaxed) == used.nanosecondsSinceEpoch)
            #expect(view.takeTouched().map(\.at) == [used])
        }
    }

    @Test("what has run out leaves the tables, and nothing else does", arguments: DatabaseEngine.allCases)
    func sweep(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine) { fixture in
            let old = try await fixture.person("owner@example.com")
            try await fixture.flows.askForReset(email: "owner@example.com")
            fixture.clock.advance(by: .seconds(3601))
            let young = try await fixture.signIn("owner@example.com")
            let upkeep = IdentityUpkeep(
                database: fixture.database, clock: fixture.clock, settings: fixture.flows.settings)
            #expect(try await upkeep.sweep() == 2)
            #expect(try await upkeep.sweep() == 0)
            #expect(fixture.caller(young) != nil && fixture.caller(old) == nil)
        }
    }
}
