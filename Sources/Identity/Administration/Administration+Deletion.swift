import Kernel
import Store

extension Administration {
    /// What a deletion came to.
    public struct Deleted: Sendable, Equatable {
        /// Sessions that ended.
        public let sessions: Int
        /// Slugs of the projects that it was the last owner of.
        public let projects: [String]
    }

    /// Deletes an account with everything that signs its owner in.
    ///
    /// - Parameter orphans: what becomes of projects that it alone owns.
    /// - Throws: `Failure.lastAdministrator`; `Failure.lastOwner` where `orphans` is `.refuse`.
    @discardableResult
    public func delete(
        _ email: String, reason: String, orphans: OrphanedProjects = .refuse
    ) async throws -> Deleted {
        let address = try Administration.address(email)
        var heir: MailAddress?
        if case .pass(let text) = orphans {
            let successor = try Administration.address(text)
            guard successor.folded != address.folded else { throw Failure.project("a successor is somebody else") }
            heir = successor
        }
        let now = clock.now()
        return try await changed { [heir] in
            try await database.transaction("user.delete") { db in
                let held = try locked([address] + [heir].compactMap(\.self), in: db)
                guard let account = held.first else { throw Failure.unknown(address.description) }
                if held.count > 1, let successor = held.last, successor.status != .active {
                    throw Failure.project("\(successor.email) is disabled: somebody who can sign in is wanted")
                }
                return try delete(account, heir: held.count > 1 ? held.last : nil, orphans, reason, at: now, in: db)
            }
        }
    }

    private func delete(
        _ account: Account, heir: Account?, _ orphans: OrphanedProjects, _ reason: String, at now: Timestamp,
        in db: Transaction
    ) throws -> Deleted {
        try keepsAnAdministrator(without: account, in: db)
        let rule: ProjectDesk.Orphans =
            switch orphans {
            case .refuse: .refuse
            case .delete: .delete
            case .keep: .keep
            case .pass: heir.map { ProjectDesk.Orphans.pass(to: $0.id) } ?? .refuse
            }
        let left: [String]
        do {
            left = try ProjectDesk(audit: audit, random: random, view: nil).removeEverywhere(
                account.id, orphans: rule, by: actor, at: now, in: db)
        } catch let orphans as LeavesOrphans {
            throw Failure.lastOwner(account.email.description, orphans.names)
        }
        try SecondFactors.removeAll(of: account.factorSubject, in: db)
        _ = try PasskeyStore.removeAll(of: account.factorSubject, in: db)
        let ended = try sessions.removeAll(of: account.id, at: now, in: db)
        try audit.append(
            AuditEvent("account.deleted", actor: actor, subject: account.id, details: ["reason": reason]), in: db)
        try accounts.delete(account.id, at: now, in: db)
        return Deleted(sessions: ended.count, projects: left)
    }
}
