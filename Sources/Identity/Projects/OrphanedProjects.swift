import Kernel
import Store

/// What becomes of projects whose last owner is deleted: one who can sign in, that is.
public enum OrphanedProjects: Sendable, Equatable {
    /// Nothing is deleted while there is one; the refusal names them.
    case refuse
    /// The account with this address owns them from then on.
    case pass(to: String)
    /// They are deleted, too, with everybody's place in them.
    case delete
    /// They stay, and wait for an administrator who names an owner.
    case keep
}

/// Why nothing was deleted: these projects would be left without an owner.
struct LeavesOrphans: Error {
    let projects: [(project: Project, others: Int)]

    /// Their slugs, as a sentence takes them.
    var names: String {
        let most = 20
        let slugs = projects.prefix(most).map(\.project.slug).joined(separator: ", ")
        return projects.count > most ? "\(slugs) and \(projects.count - most) more" : slugs
    }
}

extension ProjectStore {
    /// Projects whose only owner who can sign in is this account, or that have none beside it, with how many others are in each.
    func left(by account: String, in db: ReadTransaction) throws -> [(project: Project, others: Int)] {
        try db.rows(
            """
            SELECT p.id, p.slug, p.name, p.status, p.created_at,
                (SELECT COUNT(*) FROM project_members x WHERE x.project = p.id AND x.account <> \(account)) AS others
            FROM project_members m JOIN projects p ON p.id = m.project
            WHERE m.account = \(account) AND m.role = \(Role.owner) AND p.status <> 'deleted' AND NOT EXISTS (
                SELECT 1 FROM project_members o JOIN accounts a ON a.id = o.account
                WHERE o.project = p.id AND o.role = \(Role.owner) AND o.account <> \(account) AND a.status = 'active')
            ORDER BY p.slug
            """
        ).map { (try ProjectStore.project($0), try $0["others"]) }
    }
}

extension ProjectDesk {
    /// What is done with projects that an account leaves without an owner.
    enum Orphans: Equatable {
        case refuse
        /// Those that nobody else is in are deleted; the others are refused.
        case deleteEmpty
        /// To an account's id, locked like the one that goes.
        case pass(to: String)
        case delete
        case keep
    }

    /// Takes an account that is about to be deleted out of every project. Its row is locked, by whoever calls; the projects are
    /// locked here, in order, so that of two last owners who go at the same time one is refused.
    ///
    /// - Returns: slugs of the projects that lost their last owner.
    /// - Throws: `LeavesOrphans`, before anything is changed.
    @discardableResult
    func removeEverywhere(
        _ account: String, orphans: Orphans, by actor: String, at now: Timestamp, in db: Transaction
    ) throws -> [String] {
        let places = try store.memberships(of: account, in: db).sorted { $0.project.id < $1.project.id }
        var held: [Project] = []
        for place in places {
            if let project = try store.locked(id: place.project.id, in: db) { held.append(project) }
        }
        let left = try store.left(by: account, in: db)
        let stuck: [(project: Project, others: Int)] =
            switch orphans {
            case .refuse: left
            case .deleteEmpty: left.filter { $0.others > 0 }
            case .pass, .delete, .keep: []
            }
        guard stuck.isEmpty else { throw LeavesOrphans(projects: stuck) }
        let ids = Set(left.map(\.project.id))
        for project in held where project.status != .deleted {
            // Under the lock: what was read before it may be past.
            guard let role = try store.role(of: account, in: project.id, db) else { continue }
            let isLeft = ids.contains(project.id)
            if isLeft, orphans == .delete || orphans == .deleteEmpty {
                try delete(project, by: actor, at: now, in: db)
                continue
            }
            try drop(account, role, from: project, by: actor, at: now, in: db)
            if isLeft, case .pass(let heir) = orphans { try crown(heir, of: project, by: actor, at: now, in: db) }
        }
        return left.map(\.project.slug)
    }

    /// Makes somebody an owner, whether they are a member or not.
    private func crown(
        _ account: String, of project: Project, by actor: String, at now: Timestamp, in db: Transaction
    ) throws {
        if try store.role(of: account, in: project.id, db) == nil {
            _ = try add(account, as: Role.owner, to: project, by: actor, at: now, in: db)
        } else {
            try set(role: Role.owner, of: account, in: project, by: actor, at: now, db)
        }
    }
}
