import Kernel
import Store
public import Web

extension IdentityFlows {
    /// Deletes the caller's account at once, with its sessions, links, devices and second factor. What the app keeps about the
    /// person is the app's. The trail keeps a row under a pseudonym. (ASVS 5.0 V7.4.2)
    ///
    /// - Parameter confirmation: the account's address, typed again.
    /// - Throws: `Problem` 401 where the sign-in isn't fresh, 409 for the last administrator, 422 for another address.
    public func deleteAccount(
        confirmation: String, deletesEmptyProjects: Bool = false, by caller: SignedIn
    ) async throws {
        try fresh(caller)
        let now = now
        let ended = try await service.database.transaction("account.delete") { [self] db in
            // Administrators first and in order, as everything does that may leave none.
            var administrators: [String] = []
            if caller.role == Role.administrator.rawValue {
                let role = Role.administrator.rawValue
                administrators = try db.lockedRows(
                    "SELECT id FROM accounts WHERE role = \(role) AND status = 'active' ORDER BY id"
                ).map { try $0["id"] }
            }
            guard let account = try service.accounts.locked(id: caller.account, in: db), account.status == .active
            else { throw IdentityFlows.signInFailed }
            guard (try? MailAddress(confirmation))?.folded == account.email.folded else {
                throw Problem(
                    "identity.input", status: 422, title: "Something in the form isn't valid.",
                    detail: "confirm: your e-mail address is wanted, to see that you mean it")
            }
            guard account.role != .administrator || administrators.contains(where: { $0 != account.id }) else {
                throw Problem(
                    "identity.last-administrator", status: 409,
                    title: "You are the last administrator.", detail: "Make another one first.")
            }
            do {
                try desk.removeEverywhere(
                    account.id, orphans: deletesEmptyProjects ? .deleteEmpty : .refuse, by: account.id, at: now, in: db)
            } catch let left as LeavesOrphans {
                throw ProjectProblem.lastOwner(of: left)
            }
            try SecondFactors.removeAll(of: account.id, in: db)
            try lockouts.clear(.account(account.email.folded), in: db)
            let ended = try service.sessions.removeAll(of: account.id, at: now, in: db)
            try service.audit.append(
                AuditEvent("account.deleted", actor: account.id, subject: account.id, details: ["reason": "owner"]),
                in: db)
            try service.mailer.send(.accountDeleted(to: account.email, at: now), in: db)
            try service.accounts.delete(account.id, at: now, in: db)
            return ended
        }
        service.view.ended(ended)
    }

    /// Projects that keep the caller from deleting their account, with how many others are in each.
    public func projectsLeft(by caller: SignedIn) async throws -> [(project: Project, others: Int)] {
        try await service.database.read("project.left") { [store = service.projectStore] db in
            try store.left(by: caller.account, in: db)
        }
    }
}
