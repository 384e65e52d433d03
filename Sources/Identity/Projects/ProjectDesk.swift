import Kernel
import Store

/// What is done to projects and their members, each act with its row of the trail, inside the caller's transaction: the same for
/// people and for administrators. Who may do it is decided by whoever calls.
struct ProjectDesk: Sendable {
    let audit: any AuditTrail
    let random: any RandomSource
    /// The view of this process; nil for a command beside it, which the feed tells.
    let view: ProjectView?
    let store = ProjectStore()
    let invitations = ProjectInvitationStore()

    // MARK: Projects

    /// - Parameters:
    ///   - slug: nil: one is made of the name, that nobody can guess.
    ///   - owner: the account of its first owner.
    func create(
        _ name: String, slug: String?, owner: String, by actor: String, at now: Timestamp, in db: Transaction
    ) throws -> Project {
        for _ in 0..<3 {
            let project = Project(
                id: UniqueID(at: now, random: random).rawValue, slug: slug ?? Project.slug(for: name, random: random),
                name: name, status: .active, createdAt: now)
            guard try store.insert(project, in: db) else {
                guard slug == nil else { throw ProjectProblem.slugTaken }
                continue
            }
            db.afterCommit { [view] in view?.changed(project) }
            try append("project.created", project, by: actor, subject: owner, in: db)
            _ = try add(owner, as: Role.owner, to: project, by: actor, at: now, in: db)
            return project
        }
        throw ProjectProblem.slugTaken
    }

    func rename(_ project: Project, to name: String, by actor: String, at now: Timestamp, in db: Transaction) throws {
        guard project.name != name else { return }
        try set(project, name, project.status, at: now, in: db)
        try append("project.renamed", project, by: actor, in: db)
    }

    func archive(_ project: Project, by actor: String, at now: Timestamp, in db: Transaction) throws {
        guard project.status == .active else { return }
        try set(project, project.name, .archived, at: now, in: db)
        try append("project.archived", project, by: actor, in: db)
    }

    func restore(_ project: Project, by actor: String, at now: Timestamp, in db: Transaction) throws {
        guard project.status == .archived else { return }
        try set(project, project.name, .active, at: now, in: db)
        try append("project.restored", project, by: actor, in: db)
    }

    /// Takes everybody out and forgets the name; how many were in it.
    @discardableResult
    func delete(_ project: Project, by actor: String, at now: Timestamp, in db: Transaction) throws -> Int {
        let members = try store.removeAll(from: project.id, at: now, in: db)
        try set(project, "", .deleted, at: now, in: db)
        db.afterCommit { [view] in for member in members { view?.changed(member, in: project.id, to: nil) } }
        try append("project.deleted", project, by: actor, details: ["members": "\(members.count)"], in: db)
        return members.count
    }

    private func set(
        _ project: Project, _ name: String, _ status: Project.Status, at now: Timestamp, in db: Transaction
    ) throws {
        try store.set(name: name, status, of: project, at: now, in: db)
        let changed = Project(
            id: project.id, slug: project.slug, name: name, status: status, createdAt: project.createdAt)
        db.afterCommit { [view] in view?.changed(changed) }
    }

    // MARK: Members

    /// False for a member already. The account's row is locked before the project's, by whoever calls.
    func add(
        _ account: String, as role: String, to project: Project, by actor: String, at now: Timestamp,
        in db: Transaction
    ) throws -> Bool {
        guard try store.count(of: project.id, in: db) < ProjectStore.mostMembers else { throw ProjectProblem.full }
        guard try store.insert(account, role: role, into: project.id, at: now, in: db) else { return false }
        db.afterCommit { [view] in view?.changed(account, in: project.id, to: role) }
        try append("project.member-added", project, by: actor, subject: account, details: ["role": role], in: db)
        return true
    }

    /// - Throws: 404 for no member, 409 for the last owner.
    func set(
        role: String, of account: String, in project: Project, by actor: String, at now: Timestamp, _ db: Transaction
    ) throws {
        guard let old = try store.role(of: account, in: project.id, db) else { throw ProjectProblem.noSuchMember }
        guard old != role else { return }
        try keepsAnOwner(project, without: account, as: old, in: db)
        try store.set(role: role, of: account, in: project.id, at: now, db)
        try invitations.removeAll(by: account, in: project.id, db)
        db.afterCommit { [view] in view?.changed(account, in: project.id, to: role) }
        try append(
            "project.role-changed", project, by: actor, subject: account, details: ["role": role, "from": old], in: db)
    }

    /// - Throws: 404 for no member, 409 for the last owner.
    func remove(
        _ account: String, from project: Project, by actor: String, at now: Timestamp, in db: Transaction
    ) throws {
        guard let role = try store.role(of: account, in: project.id, db) else { throw ProjectProblem.noSuchMember }
        try keepsAnOwner(project, without: account, as: role, in: db)
        try drop(account, role, from: project, by: actor, at: now, in: db)
    }

    func drop(
        _ account: String, _ role: String, from project: Project, by actor: String, at now: Timestamp,
        in db: Transaction
    ) throws {
        try store.remove(account, from: project.id, at: now, in: db)
        try invitations.removeAll(by: account, in: project.id, db)
        db.afterCommit { [view] in view?.changed(account, in: project.id, to: nil) }
        try append("project.member-removed", project, by: actor, subject: account, details: ["role": role], in: db)
    }

    /// Refuses to leave a project without an owner who can sign in. The project's row is locked, so two such acts at a time don't
    /// both go through.
    private func keepsAnOwner(
        _ project: Project, without account: String, as role: String, in db: Transaction
    ) throws {
        guard role == Role.owner else { return }
        guard try store.owners(of: project.id, in: db).contains(where: { $0 != account }) else {
            throw ProjectProblem.lastOwner
        }
    }

    func append(
        _ kind: String, _ project: Project, by actor: String, subject: String? = nil,
        details: [String: String] = [:], in db: Transaction
    ) throws {
        try audit.append(
            AuditEvent(
                kind, actor: actor, subject: subject, details: details.merging(["project": project.id]) { $1 }), in: db)
    }
}

/// What is refused.
enum ProjectProblem {
    static let unknown = Problem(
        "identity.project-unknown", status: 404, title: "There is no such project for you.",
        detail: "project: it doesn't exist, or you are no member of it.")

    static func lacking(_ permission: Permission) -> Problem {
        Problem(
            "identity.project-permission", status: 403, title: "Your role in the project doesn't include this.",
            detail: "It takes \(permission), of your role in the project and of the API key, where one is used.")
    }

    static let tooHigh = Problem(
        "identity.project-permission", status: 403, title: "Your role in the project doesn't include this.",
        detail: "Nobody gives, or takes away, a role that may more than their own.")

    static let lastOwner = Problem(
        "identity.project-last-owner", status: 409, title: "A project needs an owner.",
        detail: "This is its last owner who can sign in: make somebody else an owner first, or delete the project.")

    /// To somebody who deletes their own account.
    static func lastOwner(of left: LeavesOrphans) -> Problem {
        let hasEmpty = left.projects.contains { $0.others == 0 }
        return Problem(
            "identity.project-last-owner", status: 409, title: "A project needs an owner.",
            detail:
                "Nobody else who can sign in owns \(left.names). Make somebody an owner of each first, or delete it."
                + (hasEmpty ? " `projects: delete` deletes those that nobody else is in." : ""))
    }

    static let archived = Problem(
        "identity.project-archived", status: 409, title: "The project is archived.", detail: "Restore it first.")

    static let slugTaken = Problem(
        "identity.project-slug-taken", status: 409, title: "This slug can't be used.",
        detail: "slug: it belongs to a project, or did once. Slugs are never given twice.")

    static let full = Problem(
        "identity.project-full", status: 409, title: "There is no room for more.",
        detail: "A project has at most \(ProjectStore.mostMembers) members and \(ProjectStore.mostInvitations) open "
            + "invitations, and somebody is in at most \(ProjectStore.mostPerAccount) projects.")

    static let memberAlready = Problem(
        "identity.project-member-already", status: 409, title: "They are a member already.",
        detail: "email: change their role.")

    static let noSuchMember = Problem(
        "identity.project-no-such-member", status: 404, title: "The project has no such member.",
        detail: "member: the id of one is wanted, as the list of members shows it.")

    static let noSuchInvitation = Problem(
        "identity.project-no-such-invitation", status: 404, title: "There is no such invitation.",
        detail: "invitation: it was answered or withdrawn, has run out, or isn't yours.")
}
