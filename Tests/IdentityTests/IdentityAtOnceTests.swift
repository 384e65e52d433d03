import Kernel
import Store
import TestKit
import Testing
import Web

@testable import Identity

/// What people and administrators change, by 32 at once; the flows' other tests have the rest of docs/locking.md.
@Suite("Accounts, by 32 at once")
struct IdentityAtOnceTests {
    @Test("one address gets one account, by command or by import", arguments: DatabaseEngine.allCases)
    func added(engine: DatabaseEngine) async throws {
        let hash = ForeignHashRow.all.first?.hash ?? ""
        try await IdentityFixture.with(engine) { fixture in
            let added = await AtOnce.outcomes { _ in
                _ = try await fixture.administration.add("A@example.com", role: "person", ownPrefix: "/seaworthy")
            }
            #expect(added.successes == 1)
            // Each imports the same twelve, in an order of its own.
            let made = try await AtOnce.run { _ in
                let rows = (0..<12).map { "user\($0)@example.com,\"\(hash)\"" }.shuffled()
                let users = UserImport(csv: (["email,password_hash"] + rows).joined(separator: "\n"))
                return try await fixture.administration.take(users, source: "users.csv").made
            }
            #expect(made.reduce(0, +) == 12)
            #expect(try await fixture.administration.list().count == 13)
            #expect(try await fixture.events().count { $0 == "account.imported" } == 32)
        }
    }

    @Test(
        "a password changes once: the others, who showed the old one, are refused, and one session is left",
        arguments: DatabaseEngine.allCases)
    func password(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine, lockout: .observe) { fixture in
            let mine = try await fixture.person("owner@example.com")
            let caller = try #require(fixture.caller(mine))
            let changed = await AtOnce.outcomes { number in
                _ = try await fixture.flows.changePassword(
                    current: IdentityFixture.password, new: "another horse battery staple \(number)", by: caller,
                    from: IdentityFixture.client())
            }
            #expect(changed.successes == 1)
            let sessions = try await fixture.database.read("test") {
                try $0.value("SELECT count(*) FROM sessions", as: Int.self)
            }
            #expect(sessions == 1)
            #expect(try await fixture.events().count { $0 == "password.changed" } == 1)
        }
    }

    @Test(
        "an address is asked for by many, and the newest link alone moves the account, once",
        arguments: DatabaseEngine.allCases)
    func address(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine, lockout: .observe) { fixture in
            let mine = try await fixture.person("owner@example.com")
            let caller = try #require(fixture.caller(mine))
            _ = try await AtOnce.run { _ in
                try await fixture.flows.changeAddress(
                    to: "new@example.com", password: IdentityFixture.password, by: caller,
                    from: IdentityFixture.client())
            }
            let links = try await fixture.database.read("test") {
                try $0.value("SELECT count(*) FROM identity_links WHERE kind = 'address'", as: Int.self)
            }
            #expect(links == 1)
            let tokens = fixture.mailer.mails.filter { "\($0.to)" == "new@example.com" }.compactMap { mail in
                guard case .link(let link)? = mail.fields["link"] else { return String?.none }
                return link.path.split(separator: "=").last.map(String.init)
            }
            #expect(tokens.count == 32)
            let moved = await AtOnce.outcomes {
                _ = try await fixture.flows.confirmAddress(token: tokens[$0], from: IdentityFixture.client())
            }
            #expect(moved.successes == 1)
            #expect(try await fixture.events().count { $0 == "account.address-changed" } == 1)
        }
    }

    @Test("a browser is let in once by a link", arguments: DatabaseEngine.allCases)
    func device(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine) { fixture in
            try await fixture.person("owner@example.com")
            for number in 0..<6 {
                _ = await fixture.refusal {
                    _ = try await fixture.signIn(
                        "owner@example.com", "wrong", from: IdentityFixture.client(UInt32(number)))
                }
            }
            let token = try #require(fixture.mailer.token(to: "owner@example.com", template: .lockoutUnlock))
            let before = try await fixture.events().count { $0 == "account.unlocked" }
            let letIn = await AtOnce.outcomes { number in
                _ = try await fixture.flows.letIn(token: token, from: IdentityFixture.client(UInt32(100 + number)))
            }
            #expect(letIn.successes == 1)
            #expect(try await fixture.events().count { $0 == "account.unlocked" } == before + 1)
        }
    }

    @Test("sign-ins to one account begin a session each", arguments: DatabaseEngine.allCases)
    func begun(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine, lockout: .observe) { fixture in
            try await fixture.person("owner@example.com")
            let before = try await fixture.events().count { $0 == "session.started" }
            let begun = try await AtOnce.run { number in
                try await fixture.signIn("owner@example.com", from: IdentityFixture.client(UInt32(200 + number)))
                    .sessionID
            }
            #expect(Set(begun).count == 32)
            let sessions = try await fixture.database.read("test") {
                try $0.value("SELECT count(*) FROM sessions", as: Int.self)
            }
            #expect(sessions == 33)
            #expect(try await fixture.events().count { $0 == "session.started" } == before + 32)
        }
    }

    @Test("a session's last use only moves on; a counter gives back what it took", arguments: DatabaseEngine.allCases)
    func counters(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine) { fixture in
            let mine = try await fixture.person("owner@example.com")
            let store = SessionStore()
            let rows = try await fixture.database.read("test") { try store.all(in: $0) }
            let row = try #require(rows.first { $0.id == mine.sessionID })
            let base = fixture.clock.now()
            _ = try await AtOnce.run { number in
                let seen = base.advanced(by: .seconds(number * 7 % 32 + 1))
                try await fixture.database.transaction("test") {
                    try store.touch([(key: row.secretHash, at: seen)], now: base, in: $0)
                }
            }
            let after = try await fixture.database.read("test") { try store.all(in: $0) }
            #expect(after.first { $0.id == mine.sessionID }?.seenAt == base.advanced(by: .seconds(32)))

            let lockouts = fixture.flows.lockouts
            let key = LockoutStore.Key.device("session:at-once")
            let taken = try await AtOnce.run { number in
                try await fixture.database.transaction("test") { db -> Int in
                    guard number.isMultiple(of: 2) else {
                        try lockouts.giveBack([key], at: base, in: db)
                        return 0
                    }
                    if case .refused = try lockouts.attempt([key], at: base, in: db) { return 0 }
                    return 1
                }
            }.reduce(0, +)
            #expect(taken >= 5, "five are anybody's, whoever gives back beside them")
            _ = try await AtOnce.run { _ in
                try await fixture.database.transaction("test") { try lockouts.succeeded([key], at: base, in: $0) }
            }
            let state = try await fixture.database.read("test") { try lockouts.state(key, in: $0) }
            #expect(state?.failures ?? 0 == 0)
        }
    }
}
