public import Kernel
import Store
public import Web

extension IdentityFlows {
    static let signUpSpan: Duration = .seconds(86_400)
    static let invitationSpan: Duration = .seconds(7 * 86_400)
    static let resetSpan: Duration = .seconds(3600)

    /// Asks for an account: the address gets a link, on whose page a password is chosen. Nobody can claim an address that isn't
    /// theirs, and there is never an account that nobody has verified.
    ///
    /// An address that has an account gets the link for a new password instead; the answer is the same.
    /// - Throws: `Problem` 403 where sign-up isn't open, 422 for what is no address.
    public func signUp(email: String) async throws {
        guard settings.signUp == .open else { throw IdentityFlows.signUpClosed }
        let address = try IdentityFlows.address(email)
        try await evenly { [self] now in
            try await service.database.transaction("sign-up.ask") { [self] db in
                if let account = try service.accounts.find(email: address, in: db) {
                    try sendReset(account, at: now, in: db)
                } else {
                    let path = try link(
                        .signUp, email: address, role: .person, page: "choose", validFor: IdentityFlows.signUpSpan,
                        at: now, in: db)
                    try service.mailer.send(
                        .verification(to: address, link: path, validFor: IdentityFlows.signUpSpan), in: db)
                }
            }
        }
    }

    static let signUpClosed = Problem(
        "sign-up.closed", status: 403, title: "New accounts can't be made here.",
        detail: "Ask whoever runs this site for an invitation.")

    /// Asks for a new password. The answer is the same whether or not the address has an account.
    public func askForReset(email: String) async throws {
        let address = try IdentityFlows.address(email)
        try await evenly { [self] now in
            try await service.database.transaction("password.ask") { [self] db in
                guard let account = try service.accounts.find(email: address, in: db) else { return }
                try sendReset(account, at: now, in: db)
            }
        }
    }

    private func sendReset(_ account: Account, at now: Timestamp, in db: Transaction) throws {
        guard account.status == .active else { return }
        let path = try link(
            .reset, account: account.id, email: account.email, page: "choose", validFor: IdentityFlows.resetSpan,
            at: now, in: db)
        try service.mailer.send(
            .passwordReset(to: account.email, link: path, validFor: IdentityFlows.resetSpan), in: db)
        try service.audit.append(
            AuditEvent(
                "password.reset-requested", actor: "anonymous", subject: account.id, details: ["count": "1"]), in: db)
    }

    /// Takes as long for everybody: what is written for a known address must not be told by the time it takes.
    ///
    /// - Parameter span: nanoseconds that it takes at least.
    func evenly(over span: UInt64 = evenTime, _ work: (Timestamp) async throws -> Void) async throws {
        let start = service.monotonic.nanoseconds()
        let result: Result<Void, any Error>
        do {
            result = .success(try await work(now))
        } catch {
            result = .failure(error)
        }
        let passed = service.monotonic.nanoseconds() &- start
        if passed < span { try? await Task.sleep(for: .nanoseconds(Int64(span - passed))) }
        try result.get()
    }

    static let evenTime: UInt64 = 150_000_000
    /// For what is written down about a failed sign-in: a known account has more of it.
    static let evenFailure: UInt64 = 30_000_000

    // MARK: Choosing a password by a link

    /// What a link's page asks for.
    public struct Choice: Sendable {
        /// nil for the first administrator, who says it on the page.
        public let email: MailAddress?
        /// Whether it makes an account, rather than giving one a new password.
        public let isNew: Bool
        /// Fewest characters of the password.
        public let minimum: Int
        let role: Role
    }

    /// - Throws: `Problem` 410 for a link that is unknown, used or too old.
    public func choice(token: String) async throws -> Choice {
        let now = now
        return try await service.database.read("identity.choice") { [self] db in
            guard let link = try service.links.find(token, at: now, in: db) else { throw IdentityFlows.linkInvalid }
            return try choice(of: link, in: db)
        }
    }

    private func choice(of link: OneTimeLink, in db: ReadTransaction) throws -> Choice {
        switch link.kind {
        case .setup: return choice(nil, isNew: true, .administrator)
        case .signUp, .invitation: return choice(link.email, isNew: true, link.role ?? .person)
        case .reset:
            guard let id = link.account, let account = try service.accounts.find(id: id, in: db),
                account.status == .active
            else { throw IdentityFlows.linkInvalid }
            return choice(account.email, isNew: false, account.role)
        case .address, .device: throw IdentityFlows.linkInvalid
        }
    }

    private func choice(_ email: MailAddress?, isNew: Bool, _ role: Role) -> Choice {
        Choice(email: email, isNew: isNew, minimum: minimum(for: role.rawValue), role: role)
    }

    /// Uses a link up: makes the account or gives it its new password, ends every other session of it, and signs in.
    ///
    /// - Parameter email: only for the first administrator's link.
    public func choose(
        token: String, email: String?, password: String, from client: Client
    ) async throws -> SignInStart {
        let choice = try await choice(token: token)
        let address: MailAddress? = try choice.email ?? IdentityFlows.address(email ?? "")
        let typed = Password(password)
        try check(typed, for: address, role: choice.role.rawValue)
        let hasher = hasher
        let hash = try await service.pool.run { try hasher.hash(typed) }
        let now = now
        let (start, row, ended) = try await service.database.transaction("identity.choose") {
            [self] db -> (SignInStart, SessionRow?, [String]) in
            guard let link = try service.links.take(token, at: now, in: db) else { throw IdentityFlows.linkInvalid }
            let account: Account
            var ended: [String] = []
            switch link.kind {
            case .setup, .signUp, .invitation:
                guard let address else { throw IdentityFlows.linkInvalid }
                account = try make(address, link, hash, at: now, in: db)
            case .reset:
                (account, ended) = try renew(link, hash, client, at: now, in: db)
                // A mailbox alone isn't the second factor.
                if try service.secondFactors.isOn(account.id, in: db) {
                    return (
                        .secondFactor(try pending(account, client, method: "reset-link", at: now, in: db)), nil, ended
                    )
                }
            case .address, .device: throw IdentityFlows.linkInvalid
            }
            let (begun, row, _) = try begin(account, client, method: "\(link.kind.rawValue)-link", at: now, in: db)
            return (.begun(begun), row, ended)
        }
        service.view.ended(ended)
        if let row, case .begun(let begun) = start { service.view.began(row, of: begun.account) }
        return start
    }

    private func make(
        _ address: MailAddress, _ link: OneTimeLink, _ hash: String, at now: Timestamp, in db: Transaction
    ) throws -> Account {
        if link.kind == .setup, try service.accounts.hasAdministrator(in: db) { throw IdentityFlows.linkInvalid }
        let id = UniqueID(at: now, random: service.random).rawValue
        let role = link.kind == .setup ? Role.administrator : link.role ?? .person
        guard
            let account = try service.accounts.insert(id, email: address, role: role, password: hash, at: now, in: db)
        else {
            // Whoever has the link owns the address, so they may know.
            throw Problem(
                "identity.address-taken", status: 409, title: "This address has an account already.",
                detail: "Sign in, or ask for a new password.")
        }
        try service.audit.append(
            AuditEvent("account.created", actor: id, subject: id, details: ["method": link.kind.rawValue]), in: db)
        if link.kind != .setup {
            try service.provenAddresses.prove(id, address, at: now, in: db)
            try service.audit.append(
                AuditEvent("account.verified", actor: id, subject: id, details: ["channel": "email"]), in: db)
        }
        if role != .person {
            try service.audit.append(
                AuditEvent(
                    "role.granted", actor: link.kind == .setup ? "system" : id, subject: id,
                    details: ["role": role.rawValue, "scope": "installation"]), in: db)
        }
        return account
    }

    private func renew(
        _ link: OneTimeLink, _ hash: String, _ client: Client, at now: Timestamp, in db: Transaction
    ) throws -> (Account, [String]) {
        guard let id = link.account, let account = try service.accounts.locked(id: id, in: db),
            account.status == .active
        else { throw IdentityFlows.linkInvalid }
        try service.accounts.setPassword(hash, of: id, at: now, in: db)
        try service.links.removeAll(.reset, of: id, in: db)
        // Links of the command line name no address: nobody mailed them.
        if link.email?.folded == account.email.folded {
            try service.provenAddresses.prove(id, account.email, at: now, in: db)
        }
        try lockouts.clear(.account(account.email.folded), in: db)
        let ended = try service.sessions.removeAll(of: id, at: now, in: db)
        try service.audit.append(
            AuditEvent("password.reset", actor: id, subject: id, details: ["method": "mailed-link"]), in: db)
        try tell(.passwordChanged, account, client, at: now, in: db)
        if !ended.isEmpty {
            try service.audit.append(
                AuditEvent(
                    "session.revoked", actor: id, subject: id,
                    details: ["reason": "password-reset", "count": "\(ended.count)"]), in: db)
        }
        return (try service.accounts.find(id: id, in: db) ?? account, ended)
    }

    // MARK: Inviting

    /// Invites somebody; only whose role has `users.invite` does, and only where sign-up isn't off.
    public func invite(email: String, by caller: SignedInCaller) async throws {
        guard caller.permissions.contains(Permission.usersInvite.rawValue) else { throw IdentityFlows.notAllowed }
        guard settings.signUp != .off else { throw IdentityFlows.signUpClosed }
        let address = try IdentityFlows.address(email)
        let now = now
        try await service.database.transaction("identity.invite") { [self] db in
            guard try service.accounts.find(email: address, in: db) == nil else {
                throw Problem(
                    "identity.address-taken", status: 409, title: "This address has an account already.", detail: nil)
            }
            let path = try link(
                .invitation, email: address, role: .person, page: "choose", validFor: IdentityFlows.invitationSpan,
                at: now, in: db)
            try service.mailer.send(
                .invitation(to: address, inviter: caller.email, link: path, validFor: IdentityFlows.invitationSpan),
                in: db)
            try service.audit.append(
                AuditEvent("admin.acted", actor: caller.account, details: ["act": "user.invite"]), in: db)
        }
    }

    static let notAllowed = Problem(
        "identity.not-allowed", status: 403, title: "Your role doesn't include this.",
        detail: "It takes the permission users.invite.")
}
