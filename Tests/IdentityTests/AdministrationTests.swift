import Kernel
import Store
import TestKit
import Testing
import Web

@testable import Identity

@Suite("Administration")
struct AdministrationTests {
    @Test(
        "deletes an account with all that signed its owner in, but not the last administrator",
        arguments: DatabaseEngine.allCases)
    func delete(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine) { fixture in
            let (begun, _, _) = try await fixture.guarded("root@example.com")
            try await fixture.administration.setRole("root@example.com", to: "administrator")
            await #expect(throws: Administration.Failure.lastAdministrator) {
                try await fixture.administration.delete("root@example.com", reason: "test")
            }
            try await fixture.person("other@example.com")
            try await fixture.administration.setRole("other@example.com", to: "administrator")
            #expect(try await fixture.administration.delete("root@example.com", reason: "test").sessions == 1)
            try await eventually { fixture.anyCaller(begun) == nil }
            let left = try await fixture.database.read("test") { db in
                try db.value("SELECT count(*) FROM second_factors", as: Int.self)
            }
            #expect(left == 0)
            await #expect(throws: Administration.Failure.unknown("root@example.com")) {
                try await fixture.administration.delete("root@example.com", reason: "test")
            }
        }
    }

    @Test(
        "the first administrator comes by a link that works once, within a quarter of an hour",
        arguments: DatabaseEngine.allCases)
    func setup(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine) { fixture in
            func token() async throws -> String? {
                try await fixture.administration.setupLink(ownPrefix: "/seaworthy")?.path.reveal()
                    .split(separator: "=").last.map(String.init)
            }
            let first = try #require(try await token())
            let second = try #require(try await token())
            #expect(
                await fixture.refusal { _ = try await fixture.flows.choice(token: first) } == "identity.link-invalid")
            fixture.clock.advance(by: .seconds(901))
            #expect(
                await fixture.refusal { _ = try await fixture.flows.choice(token: second) } == "identity.link-invalid")
            let third = try #require(try await token())
            let outcomes = await withTaskGroup(of: String?.self) { group in
                for number in 0..<32 {
                    group.addTask {
                        await fixture.refusal {
                            _ = try await fixture.flows.choose(
                                token: third, email: "root\(number)@example.com", password: IdentityFixture.password,
                                from: IdentityFixture.client())
                        }
                    }
                }
                return await group.reduce(into: [String?]()) { $0.append($1) }
            }
            #expect(outcomes.count { $0 == nil } == 1)
            let accounts = try await fixture.administration.list()
            #expect(accounts.map(\.role) == [.administrator])
            #expect(try await token() == nil)
        }
    }

    @Test(
        "the last administrator can't be disabled or made less, also by 32 at a time",
        arguments: DatabaseEngine.allCases)
    func last(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine) { fixture in
            let people = (0..<4).map { "root\($0)@example.com" }
            for person in people {
                _ = try await fixture.administration.add(person, role: "administrator", ownPrefix: "/seaworthy")
            }
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<32 {
                    group.addTask {
                        let person = people[number % people.count]
                        if number.isMultiple(of: 2) {
                            _ = try? await fixture.administration.disable(person, reason: "test")
                        } else {
                            try? await fixture.administration.setRole(person, to: "person")
                        }
                    }
                }
            }
            let left = try await fixture.administration.list().filter {
                $0.role == .administrator && $0.status == .active
            }
            #expect(left.count == 1)
            await #expect(throws: Administration.Failure.lastAdministrator) {
                try await fixture.administration.disable(left[0].email.description, reason: "test")
            }
        }
    }

    @Test("unlocks an address for everybody behind it, and no account with it", arguments: DatabaseEngine.allCases)
    func addresses(engine: DatabaseEngine) async throws {
        try await IdentityFixture.with(engine) { fixture in
            try await fixture.person("a@example.com")
            try await fixture.person("b@example.com")
            func isIn(_ email: String, from address: UInt32) async -> Bool {
                let client = IdentityFixture.client(address)
                return await fixture.refusal { _ = try await fixture.signIn(email, from: client) } == nil
            }
            for _ in 0..<6 {
                let client = IdentityFixture.client(5)
                _ = await fixture.refusal { _ = try await fixture.signIn("a@example.com", "wrong", from: client) }
            }
            #expect(await !isIn("b@example.com", from: 5))
            try await fixture.administration.unlock(IPAddress(v4: 6))
            #expect(await !isIn("b@example.com", from: 5))
            try await fixture.administration.unlock(IPAddress(v4: 0x0A00_0005))
            #expect(await isIn("b@example.com", from: 5))
            #expect(await !isIn("a@example.com", from: 6))
            #expect(try await fixture.events().count { $0 == "address.unlocked" } == 2)
            // Unlocks and guesses at once: each is written down, and the address is locked again by five after the last.
            let client = IdentityFixture.client(7)
            let outcomes = await AtOnce.outcomes { number in
                if number.isMultiple(of: 2) {
                    try await fixture.administration.unlock(IPAddress(v4: 0x0A00_0007))
                } else {
                    _ = await fixture.refusal {
                        _ = try await fixture.signIn("c\(number)@example.com", "wrong", from: client)
                    }
                }
            }
            #expect(outcomes.successes == AtOnce.tasks)
            #expect(try await fixture.events().count { $0 == "address.unlocked" } == 18)
            for number in 0..<5 {
                _ = await fixture.refusal {
                    _ = try await fixture.signIn("d\(number)@example.com", "wrong", from: client)
                }
            }
            #expect(await !isIn("b@example.com", from: 7))
        }
    }

    @Test("adds, lists, unlocks, enables, gives roles, and each act has its row in the trail")
    func acts() async throws {
        try await IdentityFixture.with { fixture in
            let handout = try await fixture.administration.add(
                "a@example.com", role: "operator", ownPrefix: "/seaworthy")
            await #expect(throws: Administration.Failure.taken("A@example.com")) {
                try await fixture.administration.add("A@example.com", role: "person", ownPrefix: "/seaworthy")
            }
            let token = try #require(handout.path.reveal().split(separator: "=").last.map(String.init))
            let start = try await fixture.flows.choose(
                token: token, email: nil, password: IdentityFixture.password, from: IdentityFixture.client())
            let begun = try fixture.begun(start)
            #expect(begun.account.role.rawValue == "operator")
            for _ in 0..<6 { _ = await fixture.refusal { _ = try await fixture.signIn("a@example.com", "wrong") } }
            let other = IdentityFixture.client(77)
            #expect(
                await fixture.refusal { _ = try await fixture.signIn("a@example.com", from: other) } == "sign-in.failed"
            )
            try await fixture.administration.unlock("a@example.com")
            _ = try await fixture.signIn("a@example.com", from: other)
            try await fixture.administration.disable("a@example.com", reason: "left")
            #expect(
                await fixture.refusal { _ = try await fixture.signIn("a@example.com", from: other) } == "sign-in.failed"
            )
            try await fixture.administration.enable("a@example.com")
            try await fixture.administration.setRole("a@example.com", to: "auditor")
            #expect(try await fixture.administration.list(matching: "A@ex").map(\.role.rawValue) == ["auditor"])
            #expect(try await fixture.administration.list(matching: "nobody").isEmpty)
            let events = try await fixture.events()
            for kind in [
                "account.created", "account.unlocked", "account.disabled", "account.enabled", "role.granted",
                "role.revoked",
            ] {
                #expect(events.contains(kind), "\(kind)")
            }
            await #expect(throws: Administration.Failure.unknown("x@example.com")) {
                try await fixture.administration.enable("x@example.com")
            }
            await #expect(throws: Administration.Failure.badRole("Not A Role")) {
                try await fixture.administration.setRole("a@example.com", to: "Not A Role")
            }
        }
    }
}

@Suite("An import of accounts")
struct UserImportTests {
    private let hash = ForeignHashRow.all.first?.hash ?? ""

    @Test("takes every library's hashes, with quotes and either line end", arguments: ["\n", "\r\n"])
    func taken(end: String) async throws {
        let rows = ForeignHashRow.all.enumerated().map { "user\($0.offset)@example.com,\"\($0.element.hash)\",person" }
        let users = UserImport(csv: (["email,password_hash,role"] + rows).joined(separator: end) + end)
        #expect(users.rejections.isEmpty && users.entries.count == rows.count)
        try await IdentityFixture.with { fixture in
            let (made, known) = try await fixture.administration.take(users, source: "users.csv")
            #expect(made == rows.count && known.isEmpty)
            let again = try await fixture.administration.take(users, source: "users.csv")
            #expect(again.made == 0 && again.known.count == rows.count)
            for (number, row) in ForeignHashRow.all.enumerated() where number.isMultiple(of: 9) {
                let client = IdentityFixture.client(UInt32(number))
                _ = try await fixture.signIn("user\(number)@example.com", row.password, from: client)
            }
        }
    }

    @Test(
        "names the line of what it can't take, and shows no hash",
        arguments: [
            ("", "line 1: the first line must name"), ("a@example.com,hash\n", "line 1: the first line must name"),
            ("email,password_hash\nnot an address,HASH\n", "line 2: \"not an address\" is no address"),
            ("email,password_hash\na@example.com,canary-plain-text\n", "line 2: the hash of a@example.com is none"),
            ("email,password_hash\n\na@example.com\n", "line 3: too few columns"),
            ("email,password_hash,role\na@example.com,HASH,Big Boss\n", "line 2: \"Big Boss\" is no role"),
            (
                "email,password_hash\na@example.com,HASH\nA@example.com,HASH\n",
                "line 3: A@example.com stands in the file twice"
            ),
            ("email,password_hash\n\"a@exa\nmple.com\",HASH\n", "line 2:"), ("\u{0}\u{0}\u{0}", "line 1:"),
        ])
    func rejected(csv: String, reason: String) {
        let users = UserImport(csv: csv.replacing("HASH", with: hash))
        let texts = users.rejections.map(\.description)
        #expect(texts.contains { $0.hasPrefix(reason) }, "\(texts)")
        #expect(!texts.joined().contains("canary") && !texts.joined().contains(hash))
    }
}
