import Console
import Identity
import Kernel

/// Who is in a project: put in, given another role, taken out. The last owner who can sign in stays.
enum ConsoleProjectMembers {
    static let entries: [ConsoleRoutes.Entry] = [
        ConsoleProjects.onProject("members", "Puts an account into a project: email, role.", fresh: true) {
            administration, slug, exchange in
            try await administration.addMember(
                exchange.field("email", longest: 254), as: exchange.field("role", longest: 40), to: slug,
                roles: exchange.desk.configuration.identity.roles)
            return "member-added"
        },
        ConsoleProjects.onProject("members/role", "Gives a member another role: email, role.", fresh: true) {
            administration, slug, exchange in
            try await administration.setRole(
                exchange.field("role", longest: 40), ofMember: exchange.field("email", longest: 254), in: slug,
                roles: exchange.desk.configuration.identity.roles)
            return "member-role"
        },
        ConsoleProjects.onProject("members/remove", "Takes a member out: email.", fresh: true) {
            administration, slug, exchange in
            try await administration.removeMember(exchange.field("email", longest: 254), from: slug)
            return "member-removed"
        },
    ]

    static func blocks(
        _ exchange: ConsoleExchange, _ sheet: Administration.ProjectSheet, mayAct: Bool
    ) -> [ConsoleBlock] {
        let path = "/console/projects/\(sheet.project.slug)"
        let roles = exchange.desk.configuration.identity.roles.projectRoles
        let after = exchange.asked("after")
        func place(_ after: String?) -> String { ConsolePath.with(path, [("after", after)]) }
        var blocks: [ConsoleBlock] = [.heading("Members")]
        blocks.append(
            sheet.members.isEmpty
                ? .empty(after == nil ? "Nobody is in it." : "Nobody else is in it.", command: nil)
                : .table(table(sheet.members, path, roles, mayAct: mayAct)))
        blocks.append(.pages(first: after == nil ? nil : place(nil), next: sheet.next.map { place($0) }))
        guard mayAct else { return blocks }
        return blocks + [
            .heading("Somebody else"),
            .form(
                ConsoleForm(
                    "\(path)/members", "Put them in", .primary,
                    [
                        ConsoleField(
                            "email", "Address of an account", .email,
                            hint: "They are in at once, without an invitation.",
                            isRequired: true),
                        ConsoleField(
                            "role", "Role", .select, value: Role.member,
                            choices: ConsoleField.choices(roles, hasAny: false)), .hidden("back", path),
                    ])),
        ]
    }

    private static func table(
        _ members: [ProjectMember], _ path: String, _ roles: [String], mayAct: Bool
    ) -> ConsoleTable {
        let columns = ["Address", "Role", "Since"]
        return ConsoleTable(
            "Members", columns: mayAct ? columns + ["Act"] : columns,
            rows: members.map { member in
                let hidden: [ConsoleField] = [.hidden("email", member.email), .hidden("back", path)]
                // A role that is declared no more stands there until another is given.
                let choices = roles.contains(member.role) ? roles : [member.role] + roles
                let change = ConsoleForm(
                    "\(path)/members/role", "Change", label: "Change the role of \(member.email)", .quiet,
                    [
                        ConsoleField(
                            "role", "Role of \(member.email)", .select, value: member.role,
                            choices: ConsoleField.choices(choices, hasAny: false))
                    ] + hidden)
                let remove = ConsoleForm(
                    "\(path)/members/remove", "Remove", label: "Remove \(member.email)", .danger, hidden)
                return [
                    ConsoleCell(member.email, link: "/console/users/\(member.account)"), ConsoleCell(member.role),
                    ConsoleCell(ConsoleText.time(member.addedAt)),
                ] + (mayAct ? [.acts([change, remove])] : [])
            })
    }
}
