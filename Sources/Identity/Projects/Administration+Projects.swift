public import Kernel
import Store

/// Projects, for whoever administers the installation from the command line.
extension Administration {
    /// A project as a list shows it.
    public struct ProjectEntry: Sendable {
        public let slug: String
        public let id: String
        public let name: String
        public let status: String
        public let members: Int
        public let createdAt: Timestamp

        init(_ project: Project, members: Int) {
            (slug, id, name, createdAt) = (project.slug, project.id, project.name, project.createdAt)
            (status, self.members) = (project.status.rawValue, members)
        }
    }

    private var desk: ProjectDesk { ProjectDesk(audit: audit, random: random, view: nil) }

    private var projects: ProjectStore { ProjectStore() }

    /// - Parameter text: only those with it in slug or name.
    public func projects(matching text: String? = nil) async throws -> [ProjectEntry] {
        try await database.read("project.list") { db in
            try projects.list(matching: text, in: db).map { ProjectEntry($0, members: $1) }
        }
    }

    /// A page of projects, by slug.
    public struct ProjectPage: Sendable {
        public let projects: [ProjectEntry]
        /// What `after` takes for the page after this one; nil on the last.
        public let next: String?
        /// How many there are in all.
        public let active: Int
        public let archived: Int
    }

    /// - Parameters:
    ///   - text: only those with it in slug or name; nil for all.
    ///   - after: `next` of the page before.
    ///   - limit: 1…200.
    public func projects(
        matching text: String?, status: Project.Status?, after: String?, limit: Int
    ) async throws -> ProjectPage {
        let limit = min(max(1, limit), 200)
        return try await database.read("project.page") { db in
            let found = try projects.list(
                matching: text, status: status, after: after ?? "", limit: limit + 1, in: db
            ).map { ProjectEntry($0, members: $1) }
            var counts: [Project.Status: Int] = [:]
            for row in try db.rows("SELECT status, count(*) AS count FROM projects GROUP BY status") {
                counts[try row["status"]] = try row["count"]
            }
            let page = Array(found.prefix(limit))
            return ProjectPage(
                projects: page, next: found.count > limit ? page.last?.slug : nil, active: counts[.active] ?? 0,
                archived: counts[.archived] ?? 0)
        }
    }

    /// A project with a page of its members.
    public struct ProjectSheet: Sendable {
        public let project: ProjectEntry
        /// Owners who can sign in.
        public let owners: Int
        public let members: [ProjectMember]
        /// What `after` takes for the members behind these; nil on the last page.
        public let next: String?
    }

    /// nil when there is no such project (any more).
    ///
    /// - Parameters:
    ///   - after: `next` of the page before.
    ///   - limit: 1…200.
    public func project(_ slug: String, membersAfter after: String?, limit: Int) async throws -> ProjectSheet? {
        let limit = min(max(1, limit), 200)
        return try await database.read("project.sheet") { db in
            guard let project = try projects.find(slug: slug, in: db), project.status != .deleted else { return nil }
            let found = try projects.members(of: project.id, after: after ?? "", limit: limit + 1, in: db)
            let page = found.prefix(limit)
            return ProjectSheet(
                project: ProjectEntry(project, members: try projects.count(of: project.id, in: db)),
                owners: try projects.owners(of: project.id, in: db).count, members: page.map(\.member),
                next: found.count > limit ? page.last?.key : nil)
        }
    }

    public func members(ofProject slug: String) async throws -> [ProjectMember] {
        try await database.read("project.members") { db in
            guard let project = try projects.find(slug: slug, in: db), project.status != .deleted else {
                throw Failure.noProject(slug)
            }
            return try projects.members(of: project.id, in: db)
        }
    }

    /// - Parameter slug: nil: one is made of the name.
    /// - Returns: the slug.
    public func createProject(
        named text: String, slug: String?, owner email: String
    ) async throws -> String {
        guard let name = IdentityFlows.visible(text, most: 80) else {
            throw Failure.project("a name has 1 to 80 visible characters")
        }
        if let slug, !Project.isSlug(slug) {
            throw Failure.project(
                "\(slug.debugDescription) is no slug: 2 to 60 small letters, digits and single hyphens between them")
        }
        return try await changed {
            try await change(email, "project.create-any") { account, now, db in
                try desk.create(name, slug: slug, owner: account.id, by: actor, at: now, in: db).slug
            }
        }
    }

    public func renameProject(_ slug: String, to text: String) async throws {
        guard let name = IdentityFlows.visible(text, most: 80) else {
            throw Failure.project("a name has 1 to 80 visible characters")
        }
        try await act(slug, "project.rename-any") { try desk.rename($0, to: name, by: actor, at: $1, in: $2) }
    }

    public func archiveProject(_ slug: String) async throws {
        try await act(slug, "project.archive-any") { try desk.archive($0, by: actor, at: $1, in: $2) }
    }

    public func restoreProject(_ slug: String) async throws {
        try await act(slug, "project.restore-any") { try desk.restore($0, by: actor, at: $1, in: $2) }
    }

    /// How many were in it.
    public func deleteProject(_ slug: String) async throws -> Int {
        try await act(slug, "project.delete-any") { try desk.delete($0, by: actor, at: $1, in: $2) }
    }

    // MARK: Members

    public func addMember(_ email: String, as role: String, to slug: String, roles: RoleTable) async throws {
        try check(role, roles)
        try await member(email, slug, "project.add-any") { account, project, now, db in
            guard try desk.add(account.id, as: role, to: project, by: actor, at: now, in: db) else {
                throw Failure.project("\(account.email) is a member of \(slug) already: `member role` changes the role")
            }
        }
    }

    public func setRole(_ role: String, ofMember email: String, in slug: String, roles: RoleTable) async throws {
        try check(role, roles)
        try await member(email, slug, "project.set-role-any") { account, project, now, db in
            try desk.set(role: role, of: account.id, in: project, by: actor, at: now, db)
        }
    }

    public func removeMember(_ email: String, from slug: String) async throws {
        try await member(email, slug, "project.remove-any") { account, project, now, db in
            try desk.remove(account.id, from: project, by: actor, at: now, in: db)
        }
    }

    private func check(_ role: String, _ roles: RoleTable) throws {
        guard roles.knows(projectRole: role) else {
            throw Failure.project(
                "\(role.debugDescription) is no role in projects; there are "
                    + roles.projectRoles.joined(separator: ", ") + ", and identity.roles declares more")
        }
    }

    /// An account's row, then the project's.
    private func member(
        _ email: String, _ slug: String, _ label: StaticString,
        _ body: @escaping @Sendable (Account, Project, Timestamp, Transaction) throws -> Void
    ) async throws {
        try await changed {
            try await change(email, label) { account, now, db in
                guard let project = try projects.locked(slug: slug, in: db), project.status != .deleted else {
                    throw Failure.noProject(slug)
                }
                try body(account, project, now, db)
            }
        }
    }

    private func act<Value: Sendable>(
        _ slug: String, _ label: StaticString,
        _ body: @escaping @Sendable (Project, Timestamp, Transaction) throws -> Value
    ) async throws -> Value {
        let now = clock.now()
        return try await changed {
            try await database.transaction(label) { db in
                guard let project = try projects.locked(slug: slug, in: db), project.status != .deleted else {
                    throw Failure.noProject(slug)
                }
                return try body(project, now, db)
            }
        }
    }

    /// What a browser would be told, in words for a terminal.
    func changed<Value>(_ work: () async throws -> Value) async throws -> Value {
        do {
            return try await work()
        } catch let problem as Problem {
            throw Failure.project([problem.title, problem.detail].compactMap(\.self).joined(separator: " "))
        }
    }
}
