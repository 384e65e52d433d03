import Kernel
import Store
public import Web

extension IdentityFlows {
    /// Invites an address: with or without an account the answer is the same, and so is the list of members, until they accept.
    ///
    /// An address without an account gets a link that makes one where sign-up is open, or the caller may invite people here.
    public func inviteToProject(_ slug: String, email: String, role: String, by caller: SignedIn) async throws {
        let address = try IdentityFlows.address(email)
        try check(projectRole: role)
        try await evenly { [self] now in
            try await service.database.transaction("project.invite") { [self] db in
                let (project, standing) = try held(slug, by: caller, for: .projectMembers, in: db)
                guard standing.mayGive(role, settings.roles) else { throw ProjectProblem.tooHigh }
                let account = try service.accounts.find(email: address, in: db)
                if let account, try service.projectStore.role(of: account.id, in: project.id, db) != nil {
                    throw ProjectProblem.memberAlready
                }
                guard
                    try service.projectInvitations.count(of: project.id, at: now, in: db)
                        < ProjectStore.mostInvitations
                else { throw ProjectProblem.full }
                try service.projectInvitations.put(
                    UniqueID(at: now, random: service.random).rawValue, project.id, address, role: role,
                    inviter: caller.account, at: now, until: now.advanced(by: IdentityFlows.projectInvitationSpan),
                    in: db)
                try mail(address, account, project, by: caller, at: now, in: db)
                try desk.append(
                    "project.invited", project, by: caller.account, details: ["role": role], in: db)
            }
        }
    }

    private func mail(
        _ address: MailAddress, _ account: Account?, _ project: Project, by caller: SignedIn, at now: Timestamp,
        in db: Transaction
    ) throws {
        var path: MailLink?
        if let account {
            if account.status == .active { path = MailLink(path: "\(ownPrefix)/projects") }
        } else if settings.signUp == .open
            || settings.signUp == .invite && caller.permissions.contains(Permission.usersInvite.rawValue)
        {
            path = try link(
                .invitation, email: address, role: .person, page: "choose",
                validFor: IdentityFlows.projectInvitationSpan, at: now, in: db)
        }
        guard let path else { return }
        try service.mailer.send(
            .projectInvitation(
                to: address, inviter: caller.email, project: project.name, link: path,
                validFor: IdentityFlows.projectInvitationSpan), in: db)
    }

    public func withdrawInvitation(_ id: String, from slug: String, by caller: SignedIn) async throws {
        try await service.database.transaction("project.withdraw") { [self] db in
            let (project, _) = try held(slug, by: caller, for: .projectMembers, in: db)
            guard IdentityFlows.isID(id), try service.projectInvitations.remove(id, of: project.id, in: db) else {
                throw ProjectProblem.noSuchInvitation
            }
            try desk.append(
                "project.invitation-ended", project, by: caller.account, details: ["reason": "withdrawn"], in: db)
        }
    }

    /// Joins a project by an invitation to the caller's address; its slug.
    public func acceptInvitation(_ id: String, by caller: SignedIn) async throws -> String {
        let now = now
        return try await service.database.transaction("project.accept") { [self] db in
            // The account first, as everything does that puts somebody into a project.
            guard let account = try service.accounts.locked(id: caller.account, in: db), account.status == .active
            else { throw IdentityFlows.notAllowed }
            guard IdentityFlows.isID(id),
                let found = try service.projectInvitations.find(id, to: account.email, at: now, in: db),
                let project = try service.projectStore.locked(id: found.project, in: db), project.status == .active,
                try service.projectInvitations.remove(id, of: project.id, in: db)
            else { throw ProjectProblem.noSuchInvitation }
            guard
                try service.projectStore.memberships(of: account.id, in: db).count < ProjectStore.mostPerAccount
            else { throw ProjectProblem.full }
            _ = try desk.add(account.id, as: found.role, to: project, by: account.id, at: now, in: db)
            return project.slug
        }
    }

    public func declineInvitation(_ id: String, by caller: SignedIn) async throws {
        let now = now
        try await service.database.transaction("project.decline") { [self] db in
            guard IdentityFlows.isID(id), let account = try service.accounts.find(id: caller.account, in: db),
                let found = try service.projectInvitations.find(id, to: account.email, at: now, in: db),
                let project = try service.projectStore.locked(id: found.project, in: db),
                try service.projectInvitations.remove(id, of: project.id, in: db)
            else { throw ProjectProblem.noSuchInvitation }
            try desk.append(
                "project.invitation-ended", project, by: account.id, details: ["reason": "declined"], in: db)
        }
    }

    /// Puts somebody with an account in at once: only whoever manages all projects does, and sees who has one.
    public func addMember(_ email: String, as role: String, to slug: String, by caller: SignedIn) async throws {
        guard caller.permissions.contains(Permission.projectsManage.rawValue) else {
            throw ProjectProblem.lacking(.projectsManage)
        }
        let address = try IdentityFlows.address(email)
        try check(projectRole: role)
        let now = now
        try await service.database.transaction("project.add") { [self] db in
            let account = try service.accounts.locked(email: address, in: db)
            let (project, standing) = try held(slug, by: caller, for: .projectMembers, in: db)
            guard standing.mayGive(role, settings.roles) else { throw ProjectProblem.tooHigh }
            guard let account else { throw IdentityFlows.refused("email: no account has this address") }
            guard
                try desk.add(account.id, as: role, to: project, by: caller.account, at: now, in: db)
            else { throw ProjectProblem.memberAlready }
        }
    }

    public func setRole(
        _ role: String, ofMember member: String, in slug: String, by caller: SignedIn
    ) async throws {
        try check(projectRole: role)
        let now = now
        try await service.database.transaction("project.set-role") { [self] db in
            let (project, standing) = try held(slug, by: caller, for: .projectMembers, in: db)
            guard IdentityFlows.isID(member), let old = try service.projectStore.role(of: member, in: project.id, db)
            else { throw ProjectProblem.noSuchMember }
            guard standing.mayGive(role, settings.roles), standing.mayGive(old, settings.roles) else {
                throw ProjectProblem.tooHigh
            }
            try desk.set(role: role, of: member, in: project, by: caller.account, at: now, db)
        }
    }

    public func removeMember(_ member: String, from slug: String, by caller: SignedIn) async throws {
        let now = now
        try await service.database.transaction("project.remove") { [self] db in
            let (project, standing) = try held(slug, by: caller, for: .projectMembers, in: db)
            guard IdentityFlows.isID(member), let old = try service.projectStore.role(of: member, in: project.id, db)
            else { throw ProjectProblem.noSuchMember }
            guard standing.mayGive(old, settings.roles) else { throw ProjectProblem.tooHigh }
            try desk.remove(member, from: project, by: caller.account, at: now, in: db)
        }
    }

    /// Whoever is in a project may leave it, unless they are its last owner.
    public func leaveProject(_ slug: String, by caller: SignedIn) async throws {
        let now = now
        try await service.database.transaction("project.leave") { [self] db in
            let found = try service.projectStore.locked(slug: slug, in: db)
            let (project, standing) = try standing(found, caller, in: db)
            guard standing.role != nil else { throw ProjectProblem.noSuchMember }
            try desk.remove(caller.account, from: project, by: caller.account, at: now, in: db)
        }
    }

    private func check(projectRole role: String) throws {
        guard settings.roles.knows(projectRole: role) else {
            throw IdentityFlows.refused(
                "role: one of \(settings.roles.projectRoles.joined(separator: ", ")) is wanted")
        }
    }

    /// Whether a text can be an id at all: nothing else goes to the database.
    static func isID(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }
}
