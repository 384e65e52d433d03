import Kernel
import Store
import TestKit
import Testing
import Web

@testable import Identity

/// Flows with a role `editor` in projects, and people who may make some.
struct ProjectFixture: Sendable {
    let fixture: IdentityFixture
    let flows: IdentityFlows
    let roles: RoleTable

    static func with<Value>(
        _ engine: DatabaseEngine = .sqlite, signUp: IdentitySettings.SignUp = .open,
        _ work: (ProjectFixture) async throws -> Value
    ) async throws -> Value {
        try await IdentityFixture.with(engine, signUp: signUp, lockout: .off) { fixture in
            var settings = fixture.flows.settings
            settings.roles = RoleTable(custom: [
                Role(rawValue: "editor") ?? .person: permissions("tasks.write"),
                Role(rawValue: "steward") ?? .person: permissions("project.members"),
                Role(rawValue: "member") ?? .person: permissions("tasks.read"),
                .person: permissions("projects.create"),
            ])
            return try await work(
                ProjectFixture(
                    fixture: fixture,
                    flows: IdentityFlows(
                        fixture.service, settings: settings, ownPrefix: "/seaworthy", site: ["app.example"]),
                    roles: settings.roles))
        }
    }

    private static func permissions(_ names: String...) -> Set<Permission> {
        Set(names.compactMap(Permission.init(rawValue:)))
    }

    /// A session of somebody new.
    func person(_ email: String) async throws -> SignedIn {
        try await caller(try await fixture.person(email))
    }

    func caller(_ begun: IdentityFlows.Begun) async throws -> SignedIn {
        switch fixture.service.whoIs(Substring(begun.secret.text.reveal()), roles: roles) {
        case .signedIn(let caller): caller
        default: throw IdentityFixture.HalfDone()
        }
    }

    /// What a request about `slug` knows of the caller.
    func place(_ caller: SignedIn, _ slug: String, in service: IdentityService? = nil) -> ProjectMembership? {
        (service ?? fixture.service).within(ProjectDemand(names: [slug]), caller, roles: roles).project
    }

    /// Invites somebody who then joins.
    func join(_ email: String, _ slug: String, as role: String, by owner: SignedIn) async throws -> SignedIn {
        let caller = try await person(email)
        try await flows.inviteToProject(slug, email: email, role: role, by: owner)
        let invitation = try #require(try await flows.projects(of: caller).invitations.first)
        #expect(try await flows.acceptInvitation(invitation.id, by: caller) == slug)
        return caller
    }

    func refusal(_ work: () async throws -> Void) async -> String? { await fixture.refusal(work) }
}
