import Foundation
import Kernel
import Store
import TestKit
import Testing
import Web

@testable import Identity

@Suite("Signing in")
struct SignInFlowTests {
    @Test("works with the right password, whatever the case of the address", arguments: DatabaseEngine.allCases)
    func works(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine) { fixture in
            try await fixture.person("Maria.G@example.com")
            let begun = try await fixture.signIn("maria.g@EXAMPLE.com")
            let caller = try #require(fixture.caller(begun))
            #expect(caller.email == "Maria.G@example.com" && caller.role == "person")
            #expect(caller.session == begun.sessionID)
            let events = try await fixture.events()
            #expect(events.contains("sign-in.succeeded") && events.contains("session.started"))
        }
    }

    @Test(
        "answers the same for a wrong password, an unknown, malformed, disabled and passwordless account",
        arguments: DatabaseEngine.allCases)
    func same(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine) { fixture in
            try await fixture.person("known@example.com")
            try await fixture.person("disabled@example.com")
            try await fixture.administration.disable("disabled@example.com", reason: "test")
            _ = try await fixture.administration.add("empty@example.com", role: "person", ownPrefix: "/seaworthy")
            var problems: [Problem] = []
            for (number, email) in [
                "known@example.com", "nobody@example.com", "no address at all", "disabled@example.com",
                "empty@example.com", "nul\u{0}@example.com", "\u{202E}moc.elpmaxe@nwonk", "knоwn@example.com",
                String(repeating: "a", count: 60_000),
            ].enumerated() {
                let password = email.hasPrefix("disabled") ? IdentityFixture.password : "the wrong password"
                do {
                    _ = try await fixture.signIn(
                        email, password, from: IdentityFixture.client(UInt32(number)))
                    Issue.record("\(email) was let in")
                } catch { problems.append(try #require(error as? Problem)) }
            }
            #expect(problems.count == 9 && problems.allSatisfy { $0 == IdentityFlows.signInFailed })
        }
    }

    @Test("after five failures the right password is refused too, with the same answer, and a mail goes to the owner")
    func locked() async throws {
        try await IdentityFixture.with { fixture in
            try await fixture.person("owner@example.com")
            for number in 0..<5 {
                let refusal = await fixture.refusal {
                    _ = try await fixture.signIn(
                        "owner@example.com", "wrong", from: IdentityFixture.client(UInt32(number)))
                }
                #expect(refusal == "sign-in.failed")
            }
            let refusal = await fixture.refusal {
                _ = try await fixture.signIn("owner@example.com", from: IdentityFixture.client(99))
            }
            #expect(refusal == "sign-in.failed")
            let unlocks = fixture.mailer.mails.filter { $0.template == .lockoutUnlock }
            #expect(unlocks.map(\.to.description) == ["owner@example.com"])
            #expect(try await fixture.events().contains("account.locked"))
            fixture.clock.advance(by: .seconds(1801))
            _ = try await fixture.signIn("owner@example.com", from: IdentityFixture.client(99))
        }
    }

    @Test("the mailed link lets the owner's browser in while the account stays locked for everybody else")
    func letIn() async throws {
        try await IdentityFixture.with { fixture in
            try await fixture.person("owner@example.com")
            for number in 0..<6 {
                _ = await fixture.refusal {
                    _ = try await fixture.signIn(
                        "owner@example.com", "wrong", from: IdentityFixture.client(UInt32(number)))
                }
            }
            let token = try #require(fixture.mailer.token(to: "owner@example.com", template: .lockoutUnlock))
            let device = try await fixture.flows.letIn(token: token, from: IdentityFixture.client(98))
            let known = IdentityFixture.client(98, device: device.reveal())
            _ = try await fixture.signIn("owner@example.com", from: known)
            let others = await fixture.refusal {
                _ = try await fixture.signIn("owner@example.com", from: IdentityFixture.client(97))
            }
            #expect(others == "sign-in.failed")
            let again = await fixture.refusal { _ = try await fixture.flows.letIn(token: token, from: known) }
            #expect(again == "identity.link-invalid")
        }
    }

    @Test("a known device has five attempts of its own, and its owner's success doesn't open the account to others")
    func knownDevice() async throws {
        try await IdentityFixture.with { fixture in
            let begun = try await fixture.person("owner@example.com")
            let known = IdentityFixture.client(1, device: begun.device)
            for number in 0..<5 {
                _ = await fixture.refusal {
                    _ = try await fixture.signIn(
                        "owner@example.com", "wrong", from: IdentityFixture.client(UInt32(10 + number)))
                }
            }
            _ = try await fixture.signIn("owner@example.com", from: known)
            let stranger = await fixture.refusal {
                _ = try await fixture.signIn("owner@example.com", from: IdentityFixture.client(50))
            }
            #expect(stranger == "sign-in.failed")
            for _ in 0..<5 {
                _ = await fixture.refusal { _ = try await fixture.signIn("owner@example.com", "wrong", from: known) }
            }
            let own = await fixture.refusal { _ = try await fixture.signIn("owner@example.com", from: known) }
            #expect(own == "sign-in.failed", "the device's own five are used up")
        }
    }

    @Test("observing, nobody is refused; off, nothing is even counted")
    func modes() async throws {
        for mode in [ControlMode.observe, .off] {
            try await IdentityFixture.with(lockout: mode) { fixture in
                try await fixture.person("owner@example.com")
                for _ in 0..<7 {
                    _ = await fixture.refusal { _ = try await fixture.signIn("owner@example.com", "wrong") }
                }
                _ = try await fixture.signIn("owner@example.com")
                let counters = try await fixture.database.read("test") { db in
                    try db.value("SELECT count(*) FROM sign_in_counters", as: Int.self)
                }
                #expect((counters == 0) == (mode == .off))
            }
        }
    }

    @Test("32 wrong attempts at a time compare five passwords at most", arguments: DatabaseEngine.allCases)
    func concurrent(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine) { fixture in
            try await fixture.person("owner@example.com")
            let refusals = await withTaskGroup(of: String?.self) { group in
                for number in 0..<32 {
                    group.addTask {
                        await fixture.refusal {
                            _ = try await fixture.signIn(
                                "owner@example.com", "wrong \(number)", from: IdentityFixture.client(UInt32(number)))
                        }
                    }
                }
                return await group.reduce(into: [String?]()) { $0.append($1) }
            }
            #expect(refusals.count == 32 && refusals.allSatisfy { $0 == "sign-in.failed" })
            let failed = try await fixture.events().count { $0 == "sign-in.failed" }
            #expect(failed == 5)
        }
    }

    @Test(
        "a hash of another library is replaced by ours at the first sign-in, and one of ours when cost or key changed")
    func rehash() async throws {
        try await IdentityFixture.with { fixture in
            let row = try #require(
                ForeignHashRow.all.first { $0.scheme == "pbkdf2_sha256" && $0.password.hasPrefix("corr") })
            let users = UserImport(csv: "email,password_hash\nold@example.com,\(row.hash)\n")
            #expect(users.rejections.isEmpty)
            _ = try await fixture.administration.take(users, source: "test")
            _ = try await fixture.signIn("old@example.com", row.password)
            func hash() async throws -> String {
                try await fixture.database.read("test") { db in
                    try db.value("SELECT password FROM accounts WHERE email_key = 'old@example.com'") ?? ""
                }
            }
            let first = try await hash()
            #expect(first.hasPrefix("v1:") && first.contains("$2b$04$"))
            _ = try await fixture.signIn("old@example.com", row.password)
            #expect(try await hash() == first)
            fixture.keys.rotate(.passwordPepper)
            _ = try await fixture.signIn("old@example.com", row.password)
            #expect(try await hash() != first)
        }
    }

    @Test("no password, session or device secret stands in any table, and no address in counters")
    func canaries() async throws {
        try await IdentityFixture.with { fixture in
            let begun = try await fixture.person("canary-owner@example.com", password: "canary-7f3a battery staple")
            _ = await fixture.refusal { _ = try await fixture.signIn("canary-owner@example.com", "canary-wrong-guess") }
            let second = try await fixture.signIn("canary-owner@example.com", "canary-7f3a battery staple")
            try await fixture.flows.askForReset(email: "canary-owner@example.com")
            let token = try #require(fixture.mailer.token(to: "canary-owner@example.com"))
            let text = try await fixture.everything()
            #expect(text.contains("canary-owner"), "the accounts themselves are in it")
            for secret in [
                "canary-7f3a", "canary-wrong", begun.secret.text.reveal(), second.secret.text.reveal(), begun.device,
                token,
            ] {
                #expect(!text.contains(secret))
            }
            // Who has an address, to whom a link went, and which address was proven: these name it, nothing else does.
            for line in text.split(separator: "\n")
            where !["accounts ", "identity_links ", "proven_addresses "].contains(where: line.hasPrefix) {
                #expect(!line.contains("canary-owner"), "\(line)")
            }
            #expect(!"\(begun) \(second)".contains(begun.secret.text.reveal()))
        }
    }
}
