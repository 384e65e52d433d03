import Kernel
import Store
import TestKit
import Testing
import Web

@testable import Identity

@Suite("Projects whose last owner is deleted")
struct OrphanedProjectTests {
    @Test(
        "a deletion that leaves one without an owner names it, and does what is asked for",
        arguments: DatabaseEngine.allCases)
    func orphans(engine: DatabaseEngine) async throws {
        try await ProjectFixture.with(engine) { here in
            let administration = here.fixture.administration
            for name in ["a", "b", "c"] { try await here.fixture.person("\(name)@example.com") }
            for slug in ["apollo", "gemini", "zeus"] {
                _ = try await administration.createProject(named: slug, slug: slug, owner: "a@example.com")
            }
            try await administration.addMember("b@example.com", as: "editor", to: "apollo", roles: here.roles)
            try await administration.addMember("b@example.com", as: "owner", to: "zeus", roles: here.roles)
            try await administration.archiveProject("gemini")
            await #expect(throws: Administration.Failure.lastOwner("a@example.com", "apollo, gemini")) {
                try await administration.delete("a@example.com", reason: "test")
            }
            // An owner who can't sign in is none.
            try await administration.disable("b@example.com", reason: "test")
            await #expect(throws: Administration.Failure.lastOwner("a@example.com", "apollo, gemini, zeus")) {
                try await administration.delete("a@example.com", reason: "test")
            }
            for (heir, words) in [
                ("b@example.com", "is disabled"), ("a@example.com", "somebody else"),
                ("nobody@example.com", "no account"),
                ("nonsense", "is no e-mail address"),
            ] {
                do {
                    try await administration.delete("a@example.com", reason: "test", orphans: .pass(to: heir))
                    Issue.record("\(heir)")
                } catch {
                    #expect("\(error)".contains(words), "\(heir): \(error)")
                }
            }
            #expect(try await administration.list(matching: "a@").count == 1)
            try await administration.enable("b@example.com")
            let passed = try await administration.delete(
                "a@example.com", reason: "test", orphans: .pass(to: "b@example.com"))
            #expect(passed.projects == ["apollo", "gemini"])
            for slug in ["apollo", "gemini", "zeus"] {
                let members = try await administration.members(ofProject: slug)
                #expect(members.map(\.email) == ["b@example.com"] && members.first?.role == "owner", "\(slug)")
            }
            let ended = try await administration.delete("b@example.com", reason: "test", orphans: .delete)
            #expect(ended.projects == ["apollo", "gemini", "zeus"])
            #expect(try await administration.projects().isEmpty)
            #expect(try await here.fixture.count("project_members") == 0)
        }
    }

    @Test("those who delete themselves are told which projects wait, and take with them what nobody else is in")
    func ownDeletion() async throws {
        try await ProjectFixture.with { here in
            let owner = try await here.person("a@example.com")
            let alone = try await here.flows.makeProject(named: "Alone", slug: nil, by: owner).slug
            let shared = try await here.flows.makeProject(named: "Shared", slug: nil, by: owner).slug
            let other = try await here.join("b@example.com", shared, as: "member", by: owner)
            let left = try await here.flows.projectsLeft(by: owner)
            #expect(left.map(\.project.slug) == [alone, shared].sorted() && left.map(\.others).sorted() == [0, 1])
            func problem(_ deletesEmpty: Bool) async -> Problem? {
                do {
                    try await here.flows.deleteAccount(
                        confirmation: "a@example.com", deletesEmptyProjects: deletesEmpty, by: owner)
                    return nil
                } catch {
                    return error as? Problem
                }
            }
            let first = try #require(await problem(false))
            #expect(first.status == 409 && first.reason == "identity.project-last-owner")
            #expect(first.detail?.contains(alone) == true && first.detail?.contains(shared) == true)
            let second = try #require(await problem(true))
            #expect(second.detail?.contains(alone) == false && second.detail?.contains(shared) == true)
            #expect(try await here.fixture.administration.projects().count == 2, "nothing was deleted yet")
            try await here.flows.setRole("owner", ofMember: other.account, in: shared, by: owner)
            #expect(await problem(true) == nil)
            #expect(try await here.fixture.administration.projects().map(\.slug) == [shared])
        }
    }
}
