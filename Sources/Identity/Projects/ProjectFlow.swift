public import Kernel
import Store
public import Web

extension IdentityFlows {
    static let projectInvitationSpan: Duration = .seconds(7 * 86_400)

    var desk: ProjectDesk { ProjectDesk(audit: service.audit, random: service.random, view: service.projects) }

    /// A project as somebody sees it.
    public struct ProjectEntry: Sendable {
        public let slug: String
        public let id: String
        public let name: String
        /// `active` or `archived`.
        public let status: String
        /// The caller's role in it; nil where they see it as whoever manages all.
        public let role: String?
        /// What the caller may in it.
        public let permissions: [String]
        public let createdAt: Timestamp
    }

    /// A project with its people.
    public struct ProjectView: Sendable {
        public let project: ProjectEntry
        public let members: [ProjectMember]
        /// Open ones; empty for whoever may not invite.
        public let invitations: [ProjectInvitation]
        /// Roles that the caller may give.
        public let grantable: [String]
    }

    // MARK: Seeing

    /// The caller's projects, and invitations to their address that wait for an answer.
    ///
    /// - Parameter all: every project there is, for whoever has `projects.manage`.
    public func projects(of caller: SignedIn, all: Bool = false) async throws -> (
        projects: [ProjectEntry], invitations: [ProjectInvitation]
    ) {
        if all, !caller.permissions.contains(Permission.projectsManage.rawValue) {
            throw ProjectProblem.lacking(.projectsManage)
        }
        let now = now
        return try await service.database.read("project.list") { [self] db in
            let mine = try service.projectStore.memberships(of: caller.account, in: db)
            let roles = Dictionary(mine.map { ($0.project.id, $0.role) }, uniquingKeysWith: { $1 })
            let seen = all ? try service.projectStore.list(matching: nil, in: db).map(\.0) : mine.map(\.project)
            let invitations = try MailAddress(caller.email)
            return (
                seen.map { entry($0, Standing(role: roles[$0.id], of: caller, settings.roles)) },
                try service.projectInvitations.list(to: invitations, at: now, in: db)
            )
        }
    }

    /// A project with its members. 404 for whoever is none of them, as for a project that doesn't exist.
    public func project(_ slug: String, of caller: SignedIn) async throws -> ProjectView {
        let now = now
        return try await service.database.read("project.view") { [self] db in
            let found = try service.projectStore.find(slug: slug, in: db)
            let (project, standing) = try standing(found, caller, in: db)
            try standing.needs(.projectRead)
            let invites = standing.may(.projectMembers)
            return ProjectView(
                project: entry(project, standing), members: try service.projectStore.members(of: project.id, in: db),
                invitations: invites ? try service.projectInvitations.list(of: project.id, at: now, in: db) : [],
                grantable: settings.roles.projectRoles.filter { standing.mayGive($0, settings.roles) })
        }
    }

    private func entry(_ project: Project, _ standing: Standing) -> ProjectEntry {
        ProjectEntry(
            slug: project.slug, id: project.id, name: project.name, status: project.status.rawValue,
            role: standing.role, permissions: standing.permissions.sorted(), createdAt: project.createdAt)
    }

    /// What the caller's roles in all projects may together: what an API key of theirs can be for.
    func mayInProjects(_ caller: SignedIn) async throws -> Set<String> {
        try await service.database.read("project.permissions") { [self] db in
            try service.projectStore.memberships(of: caller.account, in: db).reduce(into: []) {
                $0.formUnion(settings.roles.projectPermissions(of: $1.role))
            }
        }
    }

    // MARK: What one may

    /// Where a caller stands in a project.
    struct Standing {
        /// nil for whoever manages all projects and is no member.
        let role: String?
        let permissions: Set<String>
        let managesAll: Bool

        init(role: String?, of caller: SignedIn, _ roles: RoleTable) {
            self.role = role
            managesAll = caller.permissions.contains(Permission.projectsManage.rawValue)
            let granted =
                managesAll ? roles.projectPermissions : role.map { roles.projectPermissions(of: $0) } ?? []
            permissions = caller.hasWholeRole ? granted : granted.intersection(caller.scopes)
        }

        func may(_ permission: Permission) -> Bool { permissions.contains(permission.rawValue) }

        func needs(_ permission: Permission) throws {
            guard may(permission) else { throw ProjectProblem.lacking(permission) }
        }

        /// Nobody gives, or takes, what they haven't got themselves.
        func mayGive(_ role: String, _ roles: RoleTable) -> Bool {
            may(.projectMembers) && (managesAll || roles.projectPermissions(of: role).isSubset(of: permissions))
                && (role != Role.owner || managesAll || self.role == Role.owner)
        }
    }

    /// What isn't there and what isn't the caller's are the same, after the same look-ups.
    func standing(
        _ project: Project?, _ caller: SignedIn, in db: ReadTransaction
    ) throws -> (Project, Standing) {
        let role = try service.projectStore.role(of: caller.account, in: project?.id ?? "", db)
        let standing = Standing(role: role, of: caller, settings.roles)
        guard let project, project.status != .deleted, role != nil || standing.managesAll else {
            throw ProjectProblem.unknown
        }
        return (project, standing)
    }

    /// The project, locked, for somebody who may.
    func held(
        _ slug: String, by caller: SignedIn, for permission: Permission, evenArchived: Bool = false, in db: Transaction
    ) throws -> (Project, Standing) {
        let (project, standing) = try standing(try service.projectStore.locked(slug: slug, in: db), caller, in: db)
        try standing.needs(permission)
        guard evenArchived || project.status == .active else { throw ProjectProblem.archived }
        return (project, standing)
    }

    // MARK: Projects

    /// Makes a project, with the caller as its owner.
    ///
    /// - Parameter slug: chosen only by whoever manages all projects, who sees what is taken; for others one is made.
    public func makeProject(named text: String, slug: String?, by caller: SignedIn) async throws -> ProjectEntry {
        guard caller.permissions.contains(Permission.projectsCreate.rawValue) else {
            throw ProjectProblem.lacking(.projectsCreate)
        }
        let name = try IdentityFlows.projectName(text)
        if let slug {
            guard caller.permissions.contains(Permission.projectsManage.rawValue) else {
                throw IdentityFlows.refused("slug: only whoever has projects.manage chooses one; leave it out")
            }
            guard Project.isSlug(slug) else {
                throw IdentityFlows.refused("slug: 2 to 60 small letters, digits and single hyphens between them")
            }
        }
        let now = now
        return try await service.database.transaction("project.create") { [self] db in
            guard try service.accounts.locked(id: caller.account, in: db)?.status == .active else {
                throw IdentityFlows.notAllowed
            }
            guard
                try service.projectStore.memberships(of: caller.account, in: db).count < ProjectStore.mostPerAccount
            else { throw ProjectProblem.full }
            let project = try desk.create(
                name, slug: slug, owner: caller.account, by: caller.account, at: now, in: db)
            return entry(project, Standing(role: Role.owner, of: caller, settings.roles))
        }
    }

    public func renameProject(_ slug: String, to text: String, by caller: SignedIn) async throws {
        let name = try IdentityFlows.projectName(text)
        let now = now
        try await service.database.transaction("project.rename") { [self] db in
            let (project, _) = try held(slug, by: caller, for: .projectManage, in: db)
            try desk.rename(project, to: name, by: caller.account, at: now, in: db)
        }
    }

    public func archiveProject(_ slug: String, by caller: SignedIn) async throws {
        let now = now
        try await service.database.transaction("project.archive") { [self] db in
            let (project, _) = try held(slug, by: caller, for: .projectManage, evenArchived: true, in: db)
            try desk.archive(project, by: caller.account, at: now, in: db)
        }
    }

    public func restoreProject(_ slug: String, by caller: SignedIn) async throws {
        let now = now
        try await service.database.transaction("project.restore") { [self] db in
            let (project, _) = try held(slug, by: caller, for: .projectManage, evenArchived: true, in: db)
            try desk.restore(project, by: caller.account, at: now, in: db)
        }
    }

    /// For ever: asks for a fresh sign-in, and for the slug again.
    public func deleteProject(_ slug: String, confirmation: String, by caller: SignedIn) async throws {
        try fresh(caller)
        let now = now
        try await service.database.transaction("project.delete") { [self] db in
            let (project, _) = try held(slug, by: caller, for: .projectManage, evenArchived: true, in: db)
            guard confirmation == project.slug else {
                throw IdentityFlows.refused("confirm: the project's slug is wanted, to see that you mean it")
            }
            try desk.delete(project, by: caller.account, at: now, in: db)
        }
    }

    /// 1 to 80 characters that people see.
    static func projectName(_ text: String) throws -> String {
        guard let name = visible(text, most: 80) else { throw refused("name: 1 to 80 visible characters are wanted") }
        return name
    }
}
