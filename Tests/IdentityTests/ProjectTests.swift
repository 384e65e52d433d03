import Foundation
import Kernel
import Store
import TestKit
import Testing
@_spi(MintSignedIn) import Web

@testable import Identity

@Suite("Projects")
struct ProjectTests {
    @Test("belong to whoever makes them, from the first moment", arguments: DatabaseEngine.allCases)
    func make(engine: DatabaseEngine) async throws {
        try await ProjectFixture.with(engine) { here in
            let owner = try await here.person("a@example.com")
            let made = try await here.flows.makeProject(named: "  Größe & Co: plan  ", slug: nil, by: owner)
            #expect(made.name == "Größe & Co: plan" && made.slug.hasPrefix("gr-e-co-plan-") && made.role == "owner")
            #expect(Project.isSlug(made.slug))
            let place = try #require(here.place(owner, made.slug))
            #expect(place.role == "owner" && place.id == made.id)
            #expect(
                place.permissions == [
                    "project.read", "project.members", "project.manage", "tasks.read", "tasks.write",
                ])
            let (projects, invitations) = try await here.flows.projects(of: owner)
            #expect(projects.map(\.slug) == [made.slug] && invitations.isEmpty)
            let events = try await here.fixture.events()
            #expect(events.contains("project.created") && events.contains("project.member-added"))
        }
    }

    @Test("don't exist for anybody else, whatever is asked of them", arguments: DatabaseEngine.allCases)
    func strangers(engine: DatabaseEngine) async throws {
        try await ProjectFixture.with(engine) { here in
            let (owner, stranger) = (
                try await here.person("a@example.com"), try await here.person("b@example.com")
            )
            let slug = try await here.flows.makeProject(named: "Plan", slug: nil, by: owner).slug
            let member = try await here.join("c@example.com", slug, as: "member", by: owner)
            _ = try await here.flows.makeProject(named: "Other", slug: nil, by: stranger)
            let invited = try await here.person("d@example.com")
            try await here.flows.inviteToProject(slug, email: "d@example.com", role: "member", by: owner)
            let invitation = try #require(try await here.flows.projects(of: invited).invitations.first?.id)
            for asked in [
                slug, "no-such-project", "", "../x", slug.uppercased(), slug + "\u{0}",
                String(repeating: "a", count: 9000),
            ] {
                #expect(here.place(stranger, asked) == nil)
                let acts: [@Sendable () async throws -> Void] = [
                    { _ = try await here.flows.project(asked, of: stranger) },
                    { try await here.flows.renameProject(asked, to: "x", by: stranger) },
                    { try await here.flows.archiveProject(asked, by: stranger) },
                    { try await here.flows.restoreProject(asked, by: stranger) },
                    { try await here.flows.deleteProject(asked, confirmation: asked, by: stranger) },
                    { try await here.flows.leaveProject(asked, by: stranger) },
                    {
                        try await here.flows.inviteToProject(
                            asked, email: "e@example.com", role: "member", by: stranger)
                    },
                    {
                        try await here.flows.setRole(
                            "owner", ofMember: stranger.account, in: asked, by: stranger)
                    },
                    { try await here.flows.removeMember(owner.account, from: asked, by: stranger) },
                    { try await here.flows.withdrawInvitation(invitation, from: asked, by: stranger) },
                ]
                for (number, act) in acts.enumerated() {
                    #expect(await here.refusal(act) == "identity.project-unknown", "\(number) \(asked.prefix(20))")
                }
            }
            for id in [invitation, "", "\u{0}", "x"] {
                let accepted = await here.refusal { _ = try await here.flows.acceptInvitation(id, by: stranger) }
                let declined = await here.refusal { try await here.flows.declineInvitation(id, by: stranger) }
                #expect(accepted == "identity.project-no-such-invitation" && declined == accepted)
            }
            #expect(here.place(member, slug)?.role == "member" && here.place(invited, slug) == nil)
        }
    }

    @Test("invite addresses with and without an account alike", arguments: DatabaseEngine.allCases)
    func invitations(engine: DatabaseEngine) async throws {
        try await ProjectFixture.with(engine) { here in
            let owner = try await here.person("a@example.com")
            let slug = try await here.flows.makeProject(named: "Plan", slug: nil, by: owner).slug
            let known = try await here.person("known@example.com")
            for email in ["known@example.com", "new@example.com", "NEW@example.com"] {
                try await here.flows.inviteToProject(slug, email: email, role: "editor", by: owner)
            }
            let view = try await here.flows.project(slug, of: owner)
            #expect(view.invitations.map(\.email) == ["known@example.com", "new@example.com"])
            #expect(view.members.map(\.email) == ["a@example.com"])
            let mails = here.fixture.mailer.mails.filter { $0.template == "project-invitation" }
            #expect(mails.count == 3)
            // Whoever has no account makes one by the mail, and is asked then.
            let token = try #require(here.fixture.mailer.token(to: "new@example.com"))
            let begun = try here.fixture.begun(
                try await here.flows.choose(
                    token: token, email: nil, password: IdentityFixture.password,
                    from: IdentityFixture.client()))
            let new = try await here.caller(begun)
            #expect(here.place(new, slug) == nil)
            let waiting = try await here.flows.projects(of: new).invitations
            #expect(waiting.map(\.slug) == [slug] && waiting.map(\.role) == ["editor"])
            #expect(try await here.flows.acceptInvitation(waiting[0].id, by: new) == slug)
            #expect(here.place(new, slug)?.permissions == ["project.read", "tasks.write"])
            let again = await here.refusal { _ = try await here.flows.acceptInvitation(waiting[0].id, by: new) }
            #expect(again == "identity.project-no-such-invitation")
            let theirs = try #require(try await here.flows.projects(of: known).invitations.first)
            #expect(
                await here.refusal { _ = try await here.flows.acceptInvitation(theirs.id, by: new) }
                    == "identity.project-no-such-invitation")
            try await here.flows.declineInvitation(theirs.id, by: known)
            #expect(try await here.flows.project(slug, of: owner).invitations.isEmpty)
            #expect(
                await here.refusal {
                    try await here.flows.inviteToProject(slug, email: "new@example.com", role: "owner", by: owner)
                } == "identity.project-member-already")
            // It runs out.
            try await here.flows.inviteToProject(slug, email: "known@example.com", role: "editor", by: owner)
            let late = try #require(try await here.flows.projects(of: known).invitations.first)
            here.fixture.clock.advance(by: IdentityFlows.projectInvitationSpan)
            #expect(
                await here.refusal { _ = try await here.flows.acceptInvitation(late.id, by: known) }
                    == "identity.project-no-such-invitation")
        }
    }

    @Test("where sign-up is closed, an invitation to a project makes no account")
    func closed() async throws {
        try await ProjectFixture.with(signUp: .open) { here in
            let owner = try await here.person("a@example.com")
            var settings = here.flows.settings
            settings.signUp = .invite
            let flows = IdentityFlows(here.fixture.service, settings: settings, ownPrefix: "/seaworthy", site: [])
            let slug = try await flows.makeProject(named: "Plan", slug: nil, by: owner).slug
            try await flows.inviteToProject(slug, email: "new@example.com", role: "member", by: owner)
            #expect(!here.fixture.mailer.mails.contains { $0.to.description == "new@example.com" })
            #expect(try await flows.project(slug, of: owner).invitations.count == 1)
            #expect(try await here.fixture.count("identity_links") == 0)
        }
    }

    @Test("nobody gives or takes more than they have", arguments: DatabaseEngine.allCases)
    func escalation(engine: DatabaseEngine) async throws {
        try await ProjectFixture.with(engine) { here in
            let owner = try await here.person("a@example.com")
            let slug = try await here.flows.makeProject(named: "Plan", slug: nil, by: owner).slug
            let steward = try await here.join("b@example.com", slug, as: "steward", by: owner)
            let editor = try await here.join("c@example.com", slug, as: "editor", by: owner)
            let other = try await here.join("d@example.com", slug, as: "steward", by: owner)
            #expect(try await here.flows.project(slug, of: steward).grantable == ["steward"])
            #expect(try await here.flows.project(slug, of: editor).grantable.isEmpty)
            for role in ["owner", "editor", "member"] {
                #expect(
                    await here.refusal {
                        try await here.flows.inviteToProject(slug, email: "x@example.com", role: role, by: steward)
                    } == "identity.project-permission", "\(role)")
                #expect(
                    await here.refusal {
                        try await here.flows.setRole(role, ofMember: steward.account, in: slug, by: steward)
                    } == "identity.project-permission", "\(role)")
            }
            for account in [owner.account, editor.account] {
                #expect(
                    await here.refusal { try await here.flows.removeMember(account, from: slug, by: steward) }
                        == "identity.project-permission")
            }
            try await here.flows.inviteToProject(slug, email: "x@example.com", role: "steward", by: steward)
            try await here.flows.removeMember(other.account, from: slug, by: steward)
            #expect(here.place(other, slug) == nil)
            for role in ["administrator", "person", "operator", "Owner", "", "nobody"] {
                #expect(
                    await here.refusal {
                        try await here.flows.setRole(role, ofMember: editor.account, in: slug, by: owner)
                    } == "identity.input")
            }
            #expect(
                await here.refusal { try await here.flows.renameProject(slug, to: "x", by: steward) }
                    == "identity.project-permission")
            // What somebody invited to goes with their right to.
            try await here.flows.setRole("editor", ofMember: steward.account, in: slug, by: owner)
            #expect(try await here.flows.project(slug, of: owner).invitations.isEmpty)
            #expect(here.place(steward, slug)?.role == "editor")
        }
    }

    @Test("keep an owner who can sign in", arguments: DatabaseEngine.allCases)
    func lastOwner(engine: DatabaseEngine) async throws {
        try await ProjectFixture.with(engine) { here in
            let owner = try await here.person("a@example.com")
            let slug = try await here.flows.makeProject(named: "Plan", slug: nil, by: owner).slug
            let second = try await here.join("b@example.com", slug, as: "owner", by: owner)
            // One that can't sign in doesn't count.
            try await here.fixture.administration.disable("b@example.com", reason: "test")
            let acts: [@Sendable () async throws -> Void] = [
                { try await here.flows.leaveProject(slug, by: owner) },
                { try await here.flows.setRole("member", ofMember: owner.account, in: slug, by: owner) },
                { try await here.flows.removeMember(owner.account, from: slug, by: owner) },
                { try await here.flows.deleteAccount(confirmation: "a@example.com", by: owner) },
            ]
            for act in acts { #expect(await here.refusal(act) == "identity.project-last-owner") }
            try await here.fixture.administration.enable("b@example.com")
            try await here.flows.leaveProject(slug, by: owner)
            #expect(here.place(owner, slug) == nil && here.place(second, slug)?.role == "owner")
            // An administrator may delete the account all the same, and says so; the project waits for another owner.
            let kept = try await here.fixture.administration.delete("b@example.com", reason: "test", orphans: .keep)
            #expect(kept.projects == [slug])
            #expect(try await here.fixture.administration.members(ofProject: slug).isEmpty)
            try await here.fixture.administration.addMember(
                "a@example.com", as: "owner", to: slug, roles: here.roles)
            try await eventually { here.place(owner, slug)?.role == "owner" }
        }
    }

    @Test(
        "archived and deleted ones let nobody in, and a slug is never given twice", arguments: DatabaseEngine.allCases)
    func ends(engine: DatabaseEngine) async throws {
        try await ProjectFixture.with(engine) { here in
            let owner = try await here.person("a@example.com")
            let slug = try await here.flows.makeProject(named: "Plan", slug: nil, by: owner).slug
            let member = try await here.join("b@example.com", slug, as: "member", by: owner)
            try await here.flows.inviteToProject(slug, email: "c@example.com", role: "member", by: owner)
            #expect(
                await here.refusal { try await here.flows.archiveProject(slug, by: member) }
                    == "identity.project-permission")
            try await here.flows.archiveProject(slug, by: owner)
            #expect(here.place(owner, slug) == nil && here.place(member, slug) == nil)
            #expect(
                await here.refusal { try await here.flows.renameProject(slug, to: "x", by: owner) }
                    == "identity.project-archived")
            #expect(try await here.flows.projects(of: member).projects.map(\.status) == ["archived"])
            try await here.flows.restoreProject(slug, by: owner)
            #expect(here.place(member, slug)?.role == "member")
            #expect(
                await here.refusal {
                    try await here.flows.deleteProject(slug, confirmation: "plan", by: owner)
                } == "identity.input")
            try await here.flows.deleteProject(slug, confirmation: slug, by: owner)
            #expect(here.place(owner, slug) == nil && here.place(member, slug) == nil)
            #expect(try await here.flows.projects(of: owner).projects.isEmpty)
            #expect(
                await here.refusal { _ = try await here.flows.project(slug, of: owner) } == "identity.project-unknown")
            #expect(try await here.fixture.count("project_invitations") == 0)
            #expect(
                await here.refusal {
                    _ = try await here.fixture.administration.createProject(
                        named: "Other", slug: slug, owner: "b@example.com")
                } == "This slug can't be used. slug: it belongs to a project, or did once. Slugs are never given twice."
            )
        }
    }

    @Test("only who may makes one, and only who manages all chooses its slug or sees the rest")
    func administrators() async throws {
        try await ProjectFixture.with { here in
            let begun = try await here.fixture.person("root@example.com")
            try await here.fixture.administration.setRole("root@example.com", to: "administrator")
            try await eventually { try await here.caller(begun).role == "administrator" }
            let root = try await here.caller(begun)
            let person = try await here.person("a@example.com")
            let mine = try await here.flows.makeProject(named: "Mine", slug: nil, by: person).slug
            #expect(
                await here.refusal { _ = try await here.flows.makeProject(named: "x", slug: "plan", by: person) }
                    == "identity.input")
            #expect(
                await here.refusal { _ = try await here.flows.projects(of: person, all: true) }
                    == "identity.project-permission")
            #expect(
                await here.refusal {
                    try await here.flows.addMember("root@example.com", as: "member", to: mine, by: person)
                } == "identity.project-permission")
            #expect(try await here.flows.makeProject(named: "Plan", slug: "plan", by: root).slug == "plan")
            for slug in ["Plan", "a", "-a", "a-", "a--b", "a b", "ä-b", "a/b", String(repeating: "a", count: 61)] {
                #expect(
                    await here.refusal { _ = try await here.flows.makeProject(named: "x", slug: slug, by: root) }
                        == "identity.input")
            }
            #expect(
                await here.refusal { _ = try await here.flows.makeProject(named: "x", slug: "plan", by: root) }
                    == "identity.project-slug-taken")
            for name in ["", " ", "a\u{202E}b", "a\nb", "a\u{0}", String(repeating: "x", count: 81)] {
                #expect(
                    await here.refusal { _ = try await here.flows.makeProject(named: name, slug: nil, by: root) }
                        == "identity.input")
            }
            #expect(try await here.flows.projects(of: root, all: true).projects.map(\.slug) == [mine, "plan"])
            // Managing isn't being in it: the app's own routes ask for a membership.
            #expect(try await here.flows.project(mine, of: root).project.role == nil && here.place(root, mine) == nil)
            try await here.flows.addMember("root@example.com", as: "editor", to: mine, by: root)
            #expect(here.place(root, mine)?.role == "editor")
            let pauper = SignedIn(
                account: root.account, email: root.email, role: "person", session: "s", sessionKey: "k",
                authenticatedAt: root.authenticatedAt)
            #expect(
                await here.refusal { _ = try await here.flows.makeProject(named: "x", slug: nil, by: pauper) }
                    == "identity.project-permission")
        }
    }

    @Test("another replica hears of a lost membership by the change feed", arguments: DatabaseEngine.allCases)
    func replica(engine: DatabaseEngine) async throws {
        try await ProjectFixture.with(engine) { here in
            let fixture = here.fixture
            let feed = ChangeFeed(database: fixture.database, clock: TestClock(), interval: .milliseconds(20))
            let other = try IdentityService(
                .init(
                    database: fixture.database, feed: feed, keys: fixture.keys, mailer: fixture.mailer,
                    audit: fixture.service.audit, wallClock: fixture.clock, monotonicClock: TestClock(),
                    random: SeededRandomSource(seed: 3), sealing: TestSealing(), workers: 1,
                    issuer: "https://app.example"),
                settings: here.flows.settings)
            let following = Task { await feed.run() }
            let owner = try await here.person("a@example.com")
            let slug = try await here.flows.makeProject(named: "Plan", slug: nil, by: owner).slug
            let member = try await here.join("b@example.com", slug, as: "member", by: owner)
            try await eventually { here.place(member, slug, in: other)?.role == "member" }
            try await here.flows.setRole("editor", ofMember: member.account, in: slug, by: owner)
            try await eventually { here.place(member, slug, in: other)?.role == "editor" }
            try await here.flows.removeMember(member.account, from: slug, by: owner)
            #expect(here.place(member, slug) == nil)
            try await eventually { here.place(member, slug, in: other) == nil }
            try await here.flows.archiveProject(slug, by: owner)
            try await eventually { here.place(owner, slug, in: other) == nil }
            following.cancel()
            await following.value
            await other.end()
        }
    }

    @Test("a key is for as much of a project as its scopes say")
    func scopes() async throws {
        try await ProjectFixture.with { here in
            let owner = try await here.person("a@example.com")
            let slug = try await here.flows.makeProject(named: "Plan", slug: nil, by: owner).slug
            let made = try await here.flows.makeAPIKey(
                named: "x", scopes: "tasks.read account.read", days: nil, password: IdentityFixture.password,
                by: owner, from: IdentityFixture.client())
            guard
                case .signedIn(let key) = here.fixture.service.whoHas(apiKey: made.key.reveal()[...], roles: here.roles)
            else { throw IdentityFixture.HalfDone() }
            #expect(here.place(key, slug)?.permissions == ["tasks.read"] && !key.hasWholeRole)
            #expect(
                await here.refusal { _ = try await here.flows.project(slug, of: key) } == "identity.project-permission")
            #expect(
                await here.refusal { try await here.flows.renameProject(slug, to: "x", by: key) }
                    == "identity.project-permission")
        }
    }
}
