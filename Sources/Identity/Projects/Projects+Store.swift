import Kernel
import Store

/// Projects and their members in the database. Every change is told to all replicas.
///
/// Whoever changes members holds the project's row, and took the row of the account before it: one order for all.
struct ProjectStore: Sendable {
    static let topic: Change.Topic = "project"
    static let memberTopic: Change.Topic = "project-member"
    static let mostMembers = 1000
    static let mostInvitations = 200
    static let mostPerAccount = 200

    /// What a membership is kept under in memory.
    static func key(_ project: String, _ account: String) -> String { project + " " + account }

    private static let columns: SQL = "p.id, p.slug, p.name, p.status, p.created_at"

    static func project(_ row: Row) throws -> Project {
        Project(
            id: try row["id"], slug: try row["slug"], name: try row["name"], status: try row["status"],
            createdAt: try row["created_at"])
    }

    // MARK: Projects

    func find(slug: String, in db: ReadTransaction) throws -> Project? {
        guard Project.isSlug(slug) else { return nil }
        return try db.row("SELECT \(ProjectStore.columns) FROM projects p WHERE slug = \(slug)")
            .map(ProjectStore.project)
    }

    func locked(slug: String, in db: Transaction) throws -> Project? {
        guard Project.isSlug(slug) else { return nil }
        return try db.lockedRow("SELECT \(ProjectStore.columns) FROM projects p WHERE slug = \(slug)")
            .map(ProjectStore.project)
    }

    func locked(id: String, in db: Transaction) throws -> Project? {
        try db.lockedRow("SELECT \(ProjectStore.columns) FROM projects p WHERE id = \(id)").map(ProjectStore.project)
    }

    /// False when the slug is, or was, somebody's.
    func insert(_ project: Project, in db: Transaction) throws -> Bool {
        let made = try db.execute(
            """
            INSERT INTO projects (id, slug, name, status, created_at)
            VALUES (\(project.id), \(project.slug), \(project.name), \(project.status), \(project.createdAt))
            ON CONFLICT (slug) DO NOTHING
            """)
        guard made == 1 else { return false }
        db.changed(ProjectStore.topic, key: project.slug, at: project.createdAt)
        return true
    }

    func set(name: String, _ status: Project.Status, of project: Project, at now: Timestamp, in db: Transaction) throws
    {
        try db.execute("UPDATE projects SET name = \(name), status = \(status) WHERE id = \(project.id)")
        db.changed(ProjectStore.topic, key: project.slug, at: now)
    }

    /// By slug.
    ///
    /// - Parameters:
    ///   - text: only those with it in slug or name.
    ///   - after: the slug of the last one of the page before.
    func list(
        matching text: String?, status: Project.Status? = nil, after: String = "", limit: Int = 1000,
        in db: ReadTransaction
    ) throws -> [(Project, members: Int)] {
        let states = status.map { [$0.rawValue] } ?? [Project.Status.active.rawValue, Project.Status.archived.rawValue]
        let wanted = AccountStore.pattern(text)
        return try db.rows(
            """
            SELECT \(ProjectStore.columns), (SELECT COUNT(*) FROM project_members m WHERE m.project = p.id) AS members
            FROM projects p WHERE slug > \(after) AND status IN (\(list: states))
            AND (slug LIKE \(wanted) OR lower(name) LIKE \(wanted)) ORDER BY slug LIMIT \(limit)
            """
        ).map { (try ProjectStore.project($0), try $0["members"]) }
    }

    func all(in db: ReadTransaction) throws -> [Project] {
        try db.rows("SELECT \(ProjectStore.columns) FROM projects p").map(ProjectStore.project)
    }

    func fetch(_ slugs: [String], in db: ReadTransaction) throws -> [Project] {
        try slugs.chunks(of: 500).flatMap { part in
            try db.rows("SELECT \(ProjectStore.columns) FROM projects p WHERE slug IN (\(list: part))")
                .map(ProjectStore.project)
        }
    }

    // MARK: Members

    func role(of account: String, in project: String, _ db: ReadTransaction) throws -> String? {
        try db.value("SELECT role FROM project_members WHERE project = \(project) AND account = \(account)")
    }

    /// False when they are a member already.
    func insert(
        _ account: String, role: String, into project: String, at now: Timestamp, in db: Transaction
    ) throws -> Bool {
        let made = try db.execute(
            """
            INSERT INTO project_members (project, account, role, added_at)
            VALUES (\(project), \(account), \(role), \(now)) ON CONFLICT (project, account) DO NOTHING
            """)
        if made == 1 { db.changed(ProjectStore.memberTopic, key: ProjectStore.key(project, account), at: now) }
        return made == 1
    }

    func set(role: String, of account: String, in project: String, at now: Timestamp, _ db: Transaction) throws {
        try db.execute(
            "UPDATE project_members SET role = \(role) WHERE project = \(project) AND account = \(account)")
        db.changed(ProjectStore.memberTopic, key: ProjectStore.key(project, account), at: now)
    }

    func remove(_ account: String, from project: String, at now: Timestamp, in db: Transaction) throws {
        try db.execute("DELETE FROM project_members WHERE project = \(project) AND account = \(account)")
        db.changed(ProjectStore.memberTopic, key: ProjectStore.key(project, account), at: now)
    }

    /// Takes everybody out; who they were.
    func removeAll(from project: String, at now: Timestamp, in db: Transaction) throws -> [String] {
        let accounts: [String] = try db.rows(
            "DELETE FROM project_members WHERE project = \(project) RETURNING account"
        ).map { try $0["account"] }
        for account in accounts.sorted() {
            db.changed(ProjectStore.memberTopic, key: ProjectStore.key(project, account), at: now)
        }
        try db.execute("DELETE FROM project_invitations WHERE project = \(project)")
        return accounts
    }

    /// By address.
    func members(of project: String, in db: ReadTransaction) throws -> [ProjectMember] {
        try members(of: project, after: "", limit: ProjectStore.mostMembers, in: db).map(\.member)
    }

    /// A part of them, by address, each with what `after` takes for those behind it.
    func members(
        of project: String, after: String, limit: Int, in db: ReadTransaction
    ) throws -> [(member: ProjectMember, key: String)] {
        try db.rows(
            """
            SELECT m.account, a.email, a.email_key, m.role, m.added_at FROM project_members m
            JOIN accounts a ON a.id = m.account WHERE m.project = \(project) AND a.email_key > \(after)
            ORDER BY a.email_key LIMIT \(limit)
            """
        ).map { row in
            let member = ProjectMember(
                account: try row["account"], email: try row["email"], role: try row["role"],
                addedAt: try row["added_at"])
            return (member, try row["email_key"])
        }
    }

    func count(of project: String, in db: ReadTransaction) throws -> Int {
        try db.value("SELECT COUNT(*) FROM project_members WHERE project = \(project)") ?? 0
    }

    /// Owners who can sign in.
    func owners(of project: String, in db: ReadTransaction) throws -> Set<String> {
        Set(
            try db.rows(
                """
                SELECT m.account FROM project_members m JOIN accounts a ON a.id = m.account
                WHERE m.project = \(project) AND m.role = \(Role.owner) AND a.status = 'active'
                """
            ).map { try $0["account"] as String })
    }

    /// Where somebody is a member: active and archived projects by name.
    func memberships(of account: String, in db: ReadTransaction) throws -> [(project: Project, role: String)] {
        try db.rows(
            """
            SELECT \(ProjectStore.columns), m.role FROM project_members m JOIN projects p ON p.id = m.project
            WHERE m.account = \(account) AND p.status <> 'deleted' ORDER BY lower(p.name), p.slug
            LIMIT \(ProjectStore.mostPerAccount + 800)
            """
        ).map { (try ProjectStore.project($0), try $0["role"]) }
    }

    func allMembers(in db: ReadTransaction) throws -> [(key: String, value: String)] {
        try db.rows("SELECT project, account, role FROM project_members").map(ProjectStore.entry)
    }

    func fetchMembers(_ keys: [String], in db: ReadTransaction) throws -> [(key: String, value: String)] {
        // Few accounts change at a time, and each has few projects.
        let accounts = Set(keys.compactMap { $0.split(separator: " ").last.map(String.init) })
        return try accounts.sorted().chunks(of: 500).flatMap { part in
            try db.rows("SELECT project, account, role FROM project_members WHERE account IN (\(list: part))")
                .map(ProjectStore.entry)
        }
    }

    private static func entry(_ row: Row) throws -> (key: String, value: String) {
        (key(try row["project"], try row["account"]), try row["role"])
    }
}

extension Array {
    fileprivate func chunks(of size: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
    }
}
