import Kernel
import Store

/// Invitations that nobody has answered yet.
struct ProjectInvitationStore: Sendable {
    private static let columns: SQL = """
        i.id, i.project, p.slug, p.name AS project_name, i.email, i.role, i.created_at, i.expires_at
        """

    private static func invitation(_ row: Row) throws -> ProjectInvitation {
        ProjectInvitation(
            id: try row["id"], project: try row["project"], slug: try row["slug"],
            projectName: try row["project_name"], email: try row["email"], role: try row["role"],
            createdAt: try row["created_at"], expiresAt: try row["expires_at"])
    }

    /// Writes one, or the same anew with another role and end.
    func put(
        _ id: String, _ project: String, _ email: MailAddress, role: String, inviter: String, at now: Timestamp,
        until end: Timestamp, in db: Transaction
    ) throws {
        try db.execute(
            """
            INSERT INTO project_invitations (id, project, email, email_key, role, inviter, created_at, expires_at)
            VALUES (\(id), \(project), \(email.description), \(email.folded), \(role), \(inviter), \(now), \(end))
            ON CONFLICT (project, email_key) DO UPDATE SET role = excluded.role, inviter = excluded.inviter,
                created_at = excluded.created_at, expires_at = excluded.expires_at
            """)
    }

    func find(_ id: String, to email: MailAddress, at now: Timestamp, in db: ReadTransaction) throws
        -> ProjectInvitation?
    {
        try db.row(
            """
            SELECT \(ProjectInvitationStore.columns) FROM project_invitations i JOIN projects p ON p.id = i.project
            WHERE i.id = \(id) AND i.email_key = \(email.folded) AND i.expires_at > \(now) AND p.status = 'active'
            """
        ).map(ProjectInvitationStore.invitation)
    }

    /// Takes one away; true for exactly one of any number of callers.
    func remove(_ id: String, of project: String, in db: Transaction) throws -> Bool {
        try db.execute("DELETE FROM project_invitations WHERE id = \(id) AND project = \(project)") == 1
    }

    /// What somebody invited to goes with their right to invite.
    func removeAll(by inviter: String, in project: String, _ db: Transaction) throws {
        try db.execute("DELETE FROM project_invitations WHERE project = \(project) AND inviter = \(inviter)")
    }

    func list(of project: String, at now: Timestamp, in db: ReadTransaction) throws -> [ProjectInvitation] {
        try db.rows(
            """
            SELECT \(ProjectInvitationStore.columns) FROM project_invitations i JOIN projects p ON p.id = i.project
            WHERE i.project = \(project) AND i.expires_at > \(now) ORDER BY i.email_key
            LIMIT \(ProjectStore.mostInvitations)
            """
        ).map(ProjectInvitationStore.invitation)
    }

    func list(to email: MailAddress, at now: Timestamp, in db: ReadTransaction) throws -> [ProjectInvitation] {
        try db.rows(
            """
            SELECT \(ProjectInvitationStore.columns) FROM project_invitations i JOIN projects p ON p.id = i.project
            WHERE i.email_key = \(email.folded) AND i.expires_at > \(now) AND p.status = 'active'
            ORDER BY i.created_at DESC, i.id LIMIT 100
            """
        ).map(ProjectInvitationStore.invitation)
    }

    func count(of project: String, at now: Timestamp, in db: ReadTransaction) throws -> Int {
        try db.value("SELECT COUNT(*) FROM project_invitations WHERE project = \(project) AND expires_at > \(now)") ?? 0
    }

    static func sweep(before time: Timestamp, in db: Transaction) throws -> Int {
        try db.execute("DELETE FROM project_invitations WHERE expires_at < \(time)")
    }
}
