import HTTPTypes
import Hummingbird
import Identity
import Kernel
import Web

/// Projects and who is in them.
extension IdentityRoutes {
    static let projects: [OwnRoute] = [
        page("/projects", "One's projects and invitations.", IdentityPages.projects, access: .permission(.accountRead)),
        act(
            "/projects", "Makes a project: name, slug.", form: IdentityPages.projects,
            access: .permission(.projectsCreate), makeProject),
        page(
            "/projects/members", "A project and who is in it: project.", IdentityPages.project,
            access: .permission(.accountRead)),
        change("rename", "Renames a project: project, name.") { exchange, slug, caller in
            try await exchange.flows.renameProject(slug, to: exchange.field("name"), by: caller)
        },
        change("archive", "Closes a project to everybody: project.") { exchange, slug, caller in
            try await exchange.flows.archiveProject(slug, by: caller)
        },
        change("restore", "Opens an archived project: project.") { exchange, slug, caller in
            try await exchange.flows.restoreProject(slug, by: caller)
        },
        change("delete", "Deletes a project: project, confirm.", access: .session, leads: false) {
            exchange, slug, caller in
            try await exchange.flows.deleteProject(slug, confirmation: exchange.field("confirm"), by: caller)
        },
        change("leave", "Takes oneself out of a project: project.", leads: false) { exchange, slug, caller in
            try await exchange.flows.leaveProject(slug, by: caller)
        },
        act(
            "/projects/members/invite", "Invites somebody to a project: project, email, role.",
            form: IdentityPages.project, access: .permission(.accountWrite), inviteToProject),
        change("members/add", "Puts somebody into a project: project, email, role. For administrators.") {
            exchange, slug, caller in
            try await exchange.flows.addMember(
                exchange.field("email"), as: exchange.field("role"), to: slug, by: caller)
        },
        change("members/role", "Gives a member another role: project, member, role.") { exchange, slug, caller in
            try await exchange.flows.setRole(
                exchange.field("role"), ofMember: exchange.field("member"), in: slug, by: caller)
        },
        change("members/remove", "Takes a member out: project, member.") { exchange, slug, caller in
            try await exchange.flows.removeMember(exchange.field("member"), from: slug, by: caller)
        },
        change("invitations/withdraw", "Takes an invitation back: project, invitation.") { exchange, slug, caller in
            try await exchange.flows.withdrawInvitation(exchange.field("invitation"), from: slug, by: caller)
        },
        act(
            "/projects/invitations/accept", "Joins a project: invitation.", form: IdentityPages.projects,
            access: .permission(.accountWrite), acceptInvitation),
        act(
            "/projects/invitations/decline", "Declines an invitation: invitation.", form: IdentityPages.projects,
            access: .permission(.accountWrite), declineInvitation),
    ]

    /// Something that is done to a project, after which a browser sees it, or where it `leads` nowhere any more, the list.
    private static func change(
        _ path: String, _ summary: String, access: OwnAccess = .permission(.accountWrite), leads: Bool = true,
        _ work: @escaping @Sendable (IdentityExchange, _ slug: String, SignedIn) async throws -> Void
    ) -> OwnRoute {
        act("/projects/\(path)", summary, form: IdentityPages.project, access: access) { exchange in
            let (slug, caller) = (try exchange.field("project"), try exchange.signedIn())
            try await work(exchange, slug, caller)
            guard exchange.isPage else { return exchange.nothing() }
            return exchange.redirect(leads ? place(slug, exchange) : "\(exchange.flows.ownPrefix)/projects")
        }
    }

    private static func place(_ slug: String, _ exchange: IdentityExchange, done: String = "project") -> String {
        "\(exchange.flows.ownPrefix)/projects/members?project=\(slug.percentEncodedForQuery)&done=\(done)"
    }

    @Sendable private static func makeProject(_ exchange: IdentityExchange) async throws -> Hummingbird.Response {
        let slug = exchange.fields["slug"].flatMap { $0.isEmpty ? nil : $0 }
        let made = try await exchange.flows.makeProject(
            named: exchange.field("name"), slug: slug, by: exchange.signedIn())
        if exchange.isPage { return exchange.redirect(place(made.slug, exchange)) }
        return exchange.json({ write(made, to: &$0) }, status: .created)
    }

    @Sendable private static func inviteToProject(_ exchange: IdentityExchange) async throws -> Hummingbird.Response {
        let slug = try exchange.field("project")
        try await exchange.flows.inviteToProject(
            slug, email: exchange.field("email"), role: exchange.field("role"), by: exchange.signedIn())
        if exchange.isPage { return exchange.redirect(place(slug, exchange, done: "invited")) }
        return exchange.json({ $0.member("status", "invited") }, status: .accepted)
    }

    @Sendable private static func acceptInvitation(_ exchange: IdentityExchange) async throws -> Hummingbird.Response {
        let slug = try await exchange.flows.acceptInvitation(exchange.field("invitation"), by: exchange.signedIn())
        if exchange.isPage { return exchange.redirect(place(slug, exchange, done: "joined")) }
        return exchange.json { $0.member("project", slug) }
    }

    @Sendable private static func declineInvitation(_ exchange: IdentityExchange) async throws -> Hummingbird.Response {
        try await exchange.flows.declineInvitation(exchange.field("invitation"), by: exchange.signedIn())
        return exchange.isPage ? exchange.redirect("\(exchange.flows.ownPrefix)/projects") : exchange.nothing()
    }

    // MARK: Answers

    static func write(_ entry: IdentityFlows.ProjectEntry, to text: inout JSONText) {
        text.member("slug", entry.slug)
        text.member("id", entry.id)
        text.member("name", entry.name)
        text.member("status", entry.status)
        text.member("created", entry.createdAt.iso8601)
        if let role = entry.role { text.member("role", role) }
        text.list("permissions", entry.permissions)
    }

    static func write(_ member: ProjectMember, to text: inout JSONText) {
        text.member("account", member.account)
        text.member("email", member.email)
        text.member("role", member.role)
        text.member("added", member.addedAt.iso8601)
    }

    /// - Parameter names: whether it says which project it is to.
    static func write(_ invitation: ProjectInvitation, names: Bool, to text: inout JSONText) {
        text.member("id", invitation.id)
        if names {
            text.member("project", invitation.slug)
            text.member("name", invitation.projectName)
        } else {
            text.member("email", invitation.email)
        }
        text.member("role", invitation.role)
        text.member("expires", invitation.expiresAt.iso8601)
    }

    static func write<Value>(
        _ name: StaticString, _ values: [Value], to text: inout JSONText, _ each: (Value, inout JSONText) -> Void
    ) {
        text.name(name)
        text.beginArray()
        for value in values {
            text.beginObject()
            each(value, &text)
            text.endObject()
        }
        text.endArray()
    }
}
