import Hummingbird
import Identity
import Kernel
import Web

/// The pages of one's projects.
extension IdentityPages {
    @Sendable static func projects(_ exchange: IdentityExchange, _ problem: Problem?) async throws
        -> Hummingbird.Response
    {
        let caller = try exchange.signedIn()
        let (projects, invitations) = try await exchange.flows.projects(
            of: caller, all: exchange.query["all"] == "true")
        guard exchange.isPage else {
            return exchange.json { text in
                IdentityRoutes.write("projects", projects, to: &text) { IdentityRoutes.write($0, to: &$1) }
                IdentityRoutes.write("invitations", invitations, to: &text) {
                    IdentityRoutes.write($0, names: true, to: &$1)
                }
            }
        }
        let mayMake = caller.permissions.contains(Permission.projectsCreate.rawValue)
        let managesAll = caller.permissions.contains(Permission.projectsManage.rawValue)
        return page(exchange, "Projects", problem) { token in
            waiting(exchange, invitations, token) + list(exchange, projects)
                + (mayMake ? "<h2>Make a project</h2>" + maker(exchange, managesAll, token) : "")
                + links(exchange, managesAll ? [("projects?all=true", "All projects")] : [])
        }
    }

    @Sendable static func project(_ exchange: IdentityExchange, _ problem: Problem?) async throws
        -> Hummingbird.Response
    {
        let caller = try exchange.signedIn()
        guard let slug = exchange.query["project"] ?? exchange.fields["project"], !slug.isEmpty else {
            if let problem, exchange.isPage { return try await projects(exchange, problem) }
            throw Problem(
                "identity.input", status: 422, title: "Something in the form isn't valid.", detail: "project: is wanted"
            )
        }
        let view: IdentityFlows.ProjectView
        do {
            view = try await exchange.flows.project(slug, of: caller)
        } catch let refusal as Problem where exchange.isPage && (400..<500).contains(refusal.status) {
            return try await projects(exchange, problem ?? refusal)
        }
        guard exchange.isPage else {
            return exchange.json { text in
                IdentityRoutes.write(view.project, to: &text)
                IdentityRoutes.write("members", view.members, to: &text) { IdentityRoutes.write($0, to: &$1) }
                IdentityRoutes.write("invitations", view.invitations, to: &text) {
                    IdentityRoutes.write($0, names: false, to: &$1)
                }
                text.list("grantable", view.grantable)
            }
        }
        return page(exchange, view.project.name, problem) { token in
            facts(view) + members(exchange, view, caller, token) + inviting(exchange, view, token)
                + settings(exchange, view, token) + links(exchange, [("projects", "Your projects")])
        }
    }

    // MARK: The list

    private static func waiting(
        _ exchange: IdentityExchange, _ invitations: [ProjectInvitation], _ token: String
    ) -> String {
        guard !invitations.isEmpty else { return "" }
        let items = invitations.map { invitation in
            let id = hidden("invitation", invitation.id)
            let accept = form(exchange, "/projects/invitations/accept", token, id, button: "Join")
            let decline = form(
                exchange, "/projects/invitations/decline", token, id, button: "Decline", kind: "plain")
            return """
                <li class="session"><div><strong>\(invitation.projectName.escapedForHTML)</strong><br>
                <span class="hint">as \(invitation.role.escapedForHTML), \
                until \(minutes(invitation.expiresAt).escapedForHTML)</span></div>\(accept)\(decline)</li>
                """
        }
        return "<h2>You are invited</h2><ul>\(items.joined(separator: "\n"))</ul>"
    }

    private static func list(_ exchange: IdentityExchange, _ projects: [IdentityFlows.ProjectEntry]) -> String {
        guard !projects.isEmpty else { return "<p>You are in no project.</p>" }
        let items = projects.map { project in
            let mark = project.status == "archived" ? " <span class=\"mark\">archived</span>" : ""
            let place =
                "\(exchange.flows.ownPrefix)/projects/members?project=\(project.slug.percentEncodedForQuery)"
            return """
                <li class="session"><div><a href="\(place.escapedForHTML)"><strong>\(project.name.escapedForHTML)</strong></a>\(mark)<br>
                <span class="hint"><code>\(project.slug.escapedForHTML)</code>, \
                \((project.role ?? "no member").escapedForHTML)</span></div></li>
                """
        }
        return "<ul>\(items.joined(separator: "\n"))</ul>"
    }

    private static func maker(_ exchange: IdentityExchange, _ managesAll: Bool, _ token: String) -> String {
        let slug =
            managesAll
            ? """
            <p><label for="slug">Slug</label>
            <span class="hint" id="slug-hint">Stands in addresses for ever; empty: one is made.</span>
            <input id="slug" name="slug" type="text" autocomplete="off" aria-describedby="slug-hint" maxlength="60" \
            value="\((exchange.fields["slug"] ?? "").escapedForHTML)"></p>
            """ : ""
        return form(
            exchange, "/projects", token,
            input(
                "name", "Name", type: "text", autocomplete: "off", value: exchange.fields["name"] ?? "",
                extra: " maxlength=\"80\"") + slug, button: "Make the project")
    }

    // MARK: One project

    private static func facts(_ view: IdentityFlows.ProjectView) -> String {
        let project = view.project
        let mark = project.status == "archived" ? " <span class=\"mark\">archived</span>" : ""
        return """
            <p><code>\(project.slug.escapedForHTML)</code>\(mark)<br>
            <span class="hint">You are \(project.role.map { "its \($0)" }?.escapedForHTML ?? "no member of it").</span></p>
            """
    }

    private static func members(
        _ exchange: IdentityExchange, _ view: IdentityFlows.ProjectView, _ caller: SignedIn, _ token: String
    ) -> String {
        let slug = hidden("project", view.project.slug)
        let items = view.members.map { member in
            let isMe = member.account == caller.account
            let mayChange = view.grantable.contains(member.role) && view.project.status == "active"
            let who = hidden("member", member.account)
            var acts = ""
            if mayChange {
                acts += form(
                    exchange, "/projects/members/role", token,
                    slug + who
                        + roles(view.grantable, member.role, of: member.account, label: "Role of \(member.email)"),
                    button: "Change", kind: "plain")
            }
            if mayChange, !isMe {
                acts += form(exchange, "/projects/members/remove", token, slug + who, button: "Remove", kind: "plain")
            }
            if isMe { acts += form(exchange, "/projects/leave", token, slug, button: "Leave", kind: "plain") }
            return """
                <li class="session"><div><strong>\(member.email.escapedForHTML)</strong>\(isMe ? " (you)" : "")<br>
                <span class="hint">\(member.role.escapedForHTML), since \(minutes(member.addedAt).escapedForHTML)</span></div>\(acts)</li>
                """
        }
        let open = view.invitations.map { invitation in
            let end = form(
                exchange, "/projects/invitations/withdraw", token, slug + hidden("invitation", invitation.id),
                button: "Withdraw", kind: "plain")
            return """
                <li class="session"><div>\(invitation.email.escapedForHTML) <span class="mark">invited</span><br>
                <span class="hint">as \(invitation.role.escapedForHTML), until \(minutes(invitation.expiresAt).escapedForHTML)</span></div>\(end)</li>
                """
        }
        return "<h2>Members</h2><ul>\((items + open).joined(separator: "\n"))</ul>"
    }

    private static func roles(_ roles: [String], _ chosen: String, of id: String, label: String) -> String {
        let options = roles.map { role in
            "<option\(role == chosen ? " selected" : "")>\(role.escapedForHTML)</option>"
        }
        let field = "role-\(id.escapedForHTML)"
        return """
            <p><label for="\(field)">\(label.escapedForHTML)</label>
            <select id="\(field)" name="role">\(options.joined())</select></p>
            """
    }

    private static func inviting(
        _ exchange: IdentityExchange, _ view: IdentityFlows.ProjectView, _ token: String
    ) -> String {
        guard !view.grantable.isEmpty, view.project.status == "active" else { return "" }
        let chosen = exchange.fields["role"] ?? Role.member
        return "<h2>Invite somebody</h2>"
            + form(
                exchange, "/projects/members/invite", token,
                hidden("project", view.project.slug)
                    + input(
                        "email", "E-mail address", type: "email", autocomplete: "off",
                        value: exchange.fields["email"] ?? "")
                    + roles(view.grantable, chosen, of: "new", label: "Role"), button: "Invite")
    }

    private static func settings(
        _ exchange: IdentityExchange, _ view: IdentityFlows.ProjectView, _ token: String
    ) -> String {
        guard view.project.permissions.contains(Permission.projectManage.rawValue) else { return "" }
        let slug = hidden("project", view.project.slug)
        let isActive = view.project.status == "active"
        let rename = form(
            exchange, "/projects/rename", token,
            slug
                + input(
                    "name", "Name", type: "text", autocomplete: "off", value: view.project.name,
                    extra: " maxlength=\"80\""), button: "Rename", kind: "plain")
        let close = form(
            exchange, isActive ? "/projects/archive" : "/projects/restore", token, slug,
            button: isActive ? "Archive" : "Restore", kind: "plain")
        let end = form(
            exchange, "/projects/delete", token,
            slug
                + input(
                    "confirm", "Slug, to see that you mean it", type: "text", autocomplete: "off",
                    hint: "It can't be undone, and nobody gets the slug again."), button: "Delete for ever",
            kind: "plain")
        return "<h2>The project</h2>" + (isActive ? rename : "") + close + end
    }

    private static func links(_ exchange: IdentityExchange, _ more: [(path: String, text: String)]) -> String {
        let prefix = exchange.flows.ownPrefix
        let all = (more + [("account", "Your account")]).map { path, text in
            "<a href=\"\("\(prefix)/\(path)".escapedForHTML)\">\(text.escapedForHTML)</a>"
        }
        return "<nav class=\"links\">\(all.joined(separator: " "))</nav>"
    }
}
