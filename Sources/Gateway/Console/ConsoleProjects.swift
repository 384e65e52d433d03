import Console
import Identity
import Kernel

/// Projects: found, made, renamed, closed, ended. Every act goes through `Administration` and has its row of the trail.
enum ConsoleProjects {
    static let entries: [ConsoleRoutes.Entry] =
        [
            ConsoleRoutes.page("/console/projects", "Projects.", list),
            ConsoleRoutes.act(
                "/console/projects", "Makes a project: name, owner, slug.", access: .administrator, make),
            ConsoleRoutes.page("/console/projects/:id", "One project with its members.", one),
            onProject("rename", "Gives a project another name: name.") { administration, slug, exchange in
                try await administration.renameProject(slug, to: exchange.field("name", longest: 320))
                return "project-renamed"
            },
            onProject("archive", "Closes a project to everybody.", fresh: true) { administration, slug, _ in
                try await administration.archiveProject(slug)
                return "project-archived"
            },
            onProject("restore", "Opens an archived project again.") { administration, slug, _ in
                try await administration.restoreProject(slug)
                return "project-restored"
            },
            ConsoleRoutes.act(
                "/console/projects/:id/delete", "Deletes a project for ever: confirm, its slug.",
                access: .administrator, fresh: true, delete),
        ] + ConsoleProjectMembers.entries

    typealias Work = @Sendable (Administration, String, ConsoleExchange) async throws -> String

    static func onProject(
        _ name: String, _ summary: String, fresh: Bool = false, _ work: @escaping Work
    ) -> ConsoleRoutes.Entry {
        ConsoleRoutes.act("/console/projects/:id/\(name)", summary, access: .administrator, fresh: fresh) { exchange in
            let (administration, sheet) = try await project(exchange)
            let remark = try await work(administration, sheet.project.slug, exchange)
            return .done("/console/projects/\(sheet.project.slug)", remark)
        }
    }

    /// The project that is asked for, with the page of its members that is.
    static func project(
        _ exchange: ConsoleExchange
    ) async throws -> (Administration, Administration.ProjectSheet) {
        guard let caller = exchange.caller else { throw ConsoleDesk.noAccounts }
        let administration = try exchange.desk.administration(caller)
        guard let slug = exchange.parameters["id"],
            let sheet = try await administration.project(
                slug, membersAfter: exchange.asked("after"), limit: ConsoleExchange.pageLength)
        else {
            throw Problem(
                "own.not-found", status: 404, title: "There is no such page here.",
                detail: "No project has this slug, or it was deleted.")
        }
        return (administration, sheet)
    }

    static func status(_ status: String) -> ConsoleCell { .badge(status, status == "active" ? .good : .warn) }

    // MARK: Pages

    @Sendable private static func list(_ exchange: ConsoleExchange) async throws -> ConsolePage {
        guard let caller = exchange.caller else { throw ConsoleDesk.noAccounts }
        let (text, after) = (exchange.asked("q"), exchange.asked("after"))
        let wanted = exchange.asked("status").flatMap { ["active", "archived"].contains($0) ? $0 : nil }
        let page = try await exchange.desk.administration(caller).projects(
            matching: text, status: wanted.flatMap(Project.Status.init(rawValue:)), after: after,
            limit: ConsoleExchange.pageLength)
        func place(_ after: String?) -> String {
            ConsolePath.with("/console/projects", [("q", text), ("status", wanted), ("after", after)])
        }
        let filter = ConsoleForm(
            "/console/projects", "Search", .primary,
            [
                ConsoleField("q", "Part of slug or name", .search, value: text ?? ""),
                ConsoleField(
                    "status", "Status", .select, value: wanted ?? "",
                    choices: ConsoleField.choices(["active", "archived"])),
            ])
        let isAny = page.active + page.archived > 0
        var blocks: [ConsoleBlock] = isAny ? [.filter(filter)] : []
        if page.projects.isEmpty {
            blocks.append(
                .empty(
                    isAny
                        ? "No project is like that."
                        : "There is no project. Routes with “access: project-member” let in who is in one.",
                    command: nil))
        } else {
            blocks.append(.table(table(page.projects)))
        }
        blocks.append(.pages(first: after == nil ? nil : place(nil), next: page.next.map { place($0) }))
        if caller.isAdministrator { blocks += [.heading("New project"), .form(makeForm)] }
        return ConsolePage(
            "Projects",
            lead: "\(ConsoleText.count(page.active, "active project", "active projects")), \(page.archived) archived.",
            current: "/console/projects", blocks)
    }

    private static let makeForm = ConsoleForm(
        "/console/projects", "Make the project", .primary,
        [
            ConsoleField("name", "Name", hint: "1 to 80 characters.", isRequired: true),
            ConsoleField("owner", "Address of the account that owns it", .email, isRequired: true),
            ConsoleField(
                "slug", "Slug",
                hint:
                    "Stands in addresses for ever: 2 to 60 small letters, digits and single hyphens. Empty: one is made."
            ),
            .hidden("back", "/console/projects"),
        ])

    private static func table(_ projects: [Administration.ProjectEntry]) -> ConsoleTable {
        ConsoleTable(
            "Projects", columns: ["Project", "Slug", "Status", "Members", "Made"],
            rows: projects.map { project in
                [
                    ConsoleCell(project.name, link: "/console/projects/\(project.slug)"), .code(project.slug),
                    status(project.status), ConsoleCell("\(project.members)"),
                    ConsoleCell(ConsoleText.time(project.createdAt)),
                ]
            })
    }

    @Sendable private static func one(_ exchange: ConsoleExchange) async throws -> ConsolePage {
        let (_, sheet) = try await project(exchange)
        let project = sheet.project
        let mayAct = exchange.caller?.isAdministrator == true
        let facts = [
            ConsoleFact("Status", status(project.status)), ConsoleFact("Slug", .code(project.slug)),
            ConsoleFact("Members", ConsoleText.count(project.members, "member", "members")),
            ConsoleFact(
                "Owners who can sign in",
                sheet.owners == 0
                    ? .badge("none: make somebody an owner", .bad) : ConsoleCell("\(sheet.owners)")),
            ConsoleFact("Made", ConsoleText.time(project.createdAt)), ConsoleFact("Id", .code(project.id)),
        ]
        var blocks: [ConsoleBlock] = [.facts(facts)]
        if mayAct { blocks += [.heading("What you can do"), .acts(acts(project))] }
        blocks += ConsoleProjectMembers.blocks(exchange, sheet, mayAct: mayAct)
        if mayAct { blocks += [.heading("Delete it"), .form(deleteForm(project))] }
        return ConsolePage(project.name, lead: "A project.", current: "/console/projects", blocks)
    }

    private static func acts(_ project: Administration.ProjectEntry) -> [ConsoleForm] {
        let path = "/console/projects/\(project.slug)"
        let back = ConsoleField.hidden("back", path)
        let rename = ConsoleForm(
            "\(path)/rename", "Rename", label: "Rename \(project.name)", .quiet,
            [ConsoleField("name", "Name", value: project.name, isRequired: true), back])
        let close = ConsoleForm("\(path)/archive", "Archive", label: "Archive \(project.name)", .danger, [back])
        let open = ConsoleForm("\(path)/restore", "Restore", label: "Restore \(project.name)", .primary, [back])
        return [rename, project.status == "active" ? close : open]
    }

    private static func deleteForm(_ project: Administration.ProjectEntry) -> ConsoleForm {
        let path = "/console/projects/\(project.slug)"
        return ConsoleForm(
            "\(path)/delete", "Delete for ever", label: "Delete \(project.name) for ever", .danger,
            [
                ConsoleField(
                    "confirm", "Its slug, to see that you mean it",
                    hint:
                        "It can’t be undone, and nobody gets the slug again. What the app keeps about it is the app’s.",
                    isRequired: true), .hidden("back", path),
            ])
    }

    // MARK: Acts

    @Sendable private static func make(_ exchange: ConsoleExchange) async throws -> ConsoleRoutes.Outcome {
        guard let caller = exchange.caller else { throw ConsoleDesk.noAccounts }
        let slug = exchange.fields["slug"].map { String($0.trimming { $0 == " " }) }
        let made = try await exchange.desk.administration(caller).createProject(
            named: exchange.field("name", longest: 320), slug: slug?.isEmpty == false ? slug : nil,
            owner: exchange.field("owner", longest: 254))
        return .done("/console/projects/\(made)", "project-made")
    }

    @Sendable private static func delete(_ exchange: ConsoleExchange) async throws -> ConsoleRoutes.Outcome {
        let (administration, sheet) = try await project(exchange)
        guard try exchange.field("confirm", longest: 60) == sheet.project.slug else {
            throw ConsoleFailure(
                "That was not done.", "confirm: the project’s slug is wanted, to see that you mean it")
        }
        _ = try await administration.deleteProject(sheet.project.slug)
        return .done("/console/projects", "project-deleted")
    }
}
