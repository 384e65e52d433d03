import Kernel
import Store
import TestKit
import Testing
import Web

@testable import Identity

@Suite("Projects, by 32 at once")
struct ProjectAtOnceTests {
    private func owners(_ here: ProjectFixture) async throws -> Int {
        try await here.fixture.database.read("test") {
            try $0.value("SELECT count(*) FROM project_members WHERE role = 'owner'", as: Int.self) ?? 0
        }
    }

    /// A project with 32 owners.
    private func crowd(_ here: ProjectFixture) async throws -> (slug: String, owners: [SignedIn]) {
        let owners = try await AtOnce.run { try await here.person("owner\($0)@example.com") }
        let slug = try await here.flows.makeProject(named: "Plan", slug: nil, by: owners[0]).slug
        for owner in owners.dropFirst() {
            try await here.fixture.administration.addMember(owner.email, as: "owner", to: slug, roles: here.roles)
        }
        return (slug, owners)
    }

    @Test(
        "of 32 owners who leave, are demoted, are removed or delete their account, one stays",
        arguments: DatabaseEngine.allCases)
    func lastOwner(engine: DatabaseEngine) async throws {
        try await ProjectFixture.with(engine) { here in
            let (slug, owners) = try await crowd(here)
            let outcomes = await AtOnce.outcomes { number in
                let owner = owners[number]
                switch number % 4 {
                case 0: try await here.flows.leaveProject(slug, by: owner)
                case 1: try await here.flows.setRole("member", ofMember: owner.account, in: slug, by: owner)
                case 2: try await here.flows.removeMember(owner.account, from: slug, by: owner)
                default: try await here.flows.deleteAccount(confirmation: owner.email, by: owner)
                }
            }
            #expect(outcomes.successes == AtOnce.tasks - 1)
            #expect(try await self.owners(here) == 1)
            let refusals = outcomes.compactMap { outcome -> String? in
                guard case .failure(let error) = outcome else { return nil }
                return (error as? Problem)?.reason.rawValue ?? "\(error)"
            }
            #expect(refusals == ["identity.project-last-owner"])
        }
    }

    @Test("an invitation is answered once, and its member is in once", arguments: DatabaseEngine.allCases)
    func invitation(engine: DatabaseEngine) async throws {
        try await ProjectFixture.with(engine) { here in
            let owner = try await here.person("a@example.com")
            let guest = try await here.person("b@example.com")
            let slug = try await here.flows.makeProject(named: "Plan", slug: nil, by: owner).slug
            // Asked for by many: one row.
            _ = try await AtOnce.run { _ in
                try await here.flows.inviteToProject(slug, email: "b@example.com", role: "member", by: owner)
            }
            #expect(try await here.fixture.count("project_invitations") == 1)
            let id = try #require(try await here.flows.projects(of: guest).invitations.first?.id)
            let outcomes = await AtOnce.outcomes { number in
                switch number % 3 {
                case 0: _ = try await here.flows.acceptInvitation(id, by: guest)
                case 1: try await here.flows.declineInvitation(id, by: guest)
                default: try await here.flows.withdrawInvitation(id, from: slug, by: owner)
                }
            }
            #expect(outcomes.successes == 1)
            let isIn = here.place(guest, slug) != nil
            #expect(try await here.flows.project(slug, of: owner).members.count == (isIn ? 2 : 1))
        }
    }

    @Test("a slug goes to one of many, also where it is asked for by command", arguments: DatabaseEngine.allCases)
    func slug(engine: DatabaseEngine) async throws {
        try await ProjectFixture.with(engine) { here in
            for number in 0..<4 { try await here.fixture.person("p\(number)@example.com") }
            let outcomes = await AtOnce.outcomes { number in
                _ = try await here.fixture.administration.createProject(
                    named: "Plan", slug: "plan", owner: "p\(number % 4)@example.com")
            }
            #expect(outcomes.successes == 1)
            #expect(try await owners(here) == 1)
        }
    }

    @Test(
        "whatever is done to members and the project meets in one order, and ends deleted",
        arguments: DatabaseEngine.allCases)
    func mixed(engine: DatabaseEngine) async throws {
        try await ProjectFixture.with(engine) { here in
            let owner = try await here.person("a@example.com")
            let guest = try await here.person("b@example.com")
            let slug = try await here.flows.makeProject(named: "Plan", slug: nil, by: owner).slug
            let administration = here.fixture.administration
            let outcomes = await AtOnce.outcomes { number in
                switch number % 8 {
                case 0: try await administration.addMember("b@example.com", as: "editor", to: slug, roles: here.roles)
                case 1: try await administration.removeMember("b@example.com", from: slug)
                case 2: try await here.flows.renameProject(slug, to: "Plan \(number)", by: owner)
                case 3: try await here.flows.archiveProject(slug, by: owner)
                case 4: try await here.flows.restoreProject(slug, by: owner)
                case 5:
                    try await administration.setRole("member", ofMember: "b@example.com", in: slug, roles: here.roles)
                case 6: try await administration.renameProject(slug, to: "Plan \(number)")
                default: try await here.flows.setRole("editor", ofMember: guest.account, in: slug, by: owner)
                }
            }
            // A refusal is an answer; a database that gave up isn't.
            for case .failure(let error) in outcomes {
                #expect(error is Problem || error is Administration.Failure, "\(error)")
            }
            let ended = await AtOnce.outcomes { _ in _ = try await administration.deleteProject(slug) }
            #expect(ended.successes == 1)
            #expect(try await here.fixture.count("project_members") == 0)
        }
    }

    @Test(
        "of 32 owners whom administrators delete, or who delete themselves, one stays",
        arguments: DatabaseEngine.allCases)
    func deletions(engine: DatabaseEngine) async throws {
        try await ProjectFixture.with(engine) { here in
            let (_, owners) = try await crowd(here)
            let outcomes = await AtOnce.outcomes { number in
                let owner = owners[number]
                if number % 2 == 0 {
                    try await here.fixture.administration.delete(owner.email, reason: "test")
                } else {
                    try await here.flows.deleteAccount(confirmation: owner.email, by: owner)
                }
            }
            #expect(outcomes.successes == AtOnce.tasks - 1)
            #expect(try await self.owners(here) == 1)
            for case .failure(let error) in outcomes {
                let isLast =
                    if case .lastOwner = error as? Administration.Failure { true } else {
                        (error as? Problem)?.reason == "identity.project-last-owner"
                    }
                #expect(isLast, "\(error)")
            }
            #expect(try await here.fixture.count("accounts") == 1)
        }
    }

    @Test(
        "two owners who are deleted at once, each with the other as successor, leave one who owns",
        arguments: DatabaseEngine.allCases)
    func successors(engine: DatabaseEngine) async throws {
        try await ProjectFixture.with(engine) { here in
            let administration = here.fixture.administration
            let emails = ["a@example.com", "b@example.com"]
            for email in emails { try await here.fixture.person(email) }
            for (number, email) in emails.enumerated() {
                _ = try await administration.createProject(named: "Plan", slug: "plan-\(number)", owner: email)
            }
            // One of them an administrator among others: those are locked first.
            try await here.fixture.person("root@example.com")
            try await administration.setRole("root@example.com", to: "administrator")
            try await administration.setRole("a@example.com", to: "administrator")
            let outcomes = await AtOnce.outcomes { number in
                try await administration.delete(
                    emails[number % 2], reason: "test", orphans: .pass(to: emails[(number + 1) % 2]))
            }
            let done = outcomes.count { if case .success = $0 { true } else { false } }
            #expect(done == 1)
            for case .failure(let error) in outcomes { #expect(error is Administration.Failure, "\(error)") }
            let left = try #require(try await administration.list().first { emails.contains($0.email.description) })
            for number in 0..<2 {
                let members = try await administration.members(ofProject: "plan-\(number)")
                #expect(members.map(\.email) == [left.email.description] && members.first?.role == "owner")
            }
        }
    }
}
