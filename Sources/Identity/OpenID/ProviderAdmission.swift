public import Kernel
import Store
public import Web

extension IdentityFlows {
    /// Lets somebody in whom a provider knows, in one transaction: finds the account, links or makes it where that is allowed,
    /// and begins a session, or the second step where the account has a second factor.
    func admit(
        _ person: ProviderPerson, _ entry: ProviderSignIn, _ provider: SignInProvider, _ caller: SignedIn?,
        _ client: Client
    ) async throws -> ProviderEnd {
        let now = now
        if entry.purpose == .link {
            try await service.database.transaction("provider.link") { [self] db in
                guard let id = entry.account, let account = try service.accounts.locked(id: id, in: db),
                    account.status == .active
                else { throw IdentityFlows.stateInvalid }
                if let known = try service.identities.find(
                    issuer: entry.issuer, subject: person.subject, in: db)
                {
                    guard known.account == id else { throw IdentityFlows.linkedElsewhere(provider) }
                    return
                }
                guard try attach(person, to: account, provider, client, at: now, in: db) else {
                    throw IdentityFlows.linkedElsewhere(provider)
                }
            }
            return .linked(returnTo: entry.returnTo)
        }
        let (start, row, replaced) = try await service.database.transaction("provider.admit") {
            [self] db -> (SignInStart, SessionRow?, String?) in
            let account = try account(of: person, provider, client, at: now, in: db)
            var replaced: String?
            if entry.purpose == .renew, let caller {
                // Another person than the session's is no renewal of it.
                guard account.id == entry.account, caller.account == account.id else { throw IdentityFlows.otherPerson }
                if try service.sessions.remove(caller.sessionKey, at: now, in: db) { replaced = caller.sessionKey }
            }
            let method = "provider:\(provider.name)"
            if try service.secondFactors.isOn(account.id, in: db) {
                let step = try pending(account, client, method: method, at: now, in: db)
                try remember(person, provider, step.secret.hash, account, at: now, in: db)
                return (.secondFactor(step), nil, replaced)
            }
            let knewAny = try service.devices.hasAny(account.id, in: db)
            let (begun, row, isNew) = try begin(account, client, method: method, at: now, in: db)
            try remember(person, provider, begun.sessionKey, account, at: now, in: db)
            try service.audit.append(
                AuditEvent(
                    "sign-in.succeeded", actor: account.id, subject: account.id,
                    details: how(client, method: method).merging(
                        ["new-device": isNew ? "true" : "false"], uniquingKeysWith: { $1 })), in: db)
            if isNew, knewAny { try tellOwner(of: account, row, at: now, in: db) }
            return (.begun(begun), row, replaced)
        }
        if let replaced { service.view.ended([replaced]) }
        if let row, case .begun(let begun) = start { service.view.began(row, of: begun.account) }
        return .signedIn(start, returnTo: entry.returnTo)
    }

    /// Keeps what the provider calls the sign-in, so that it can end it.
    private func remember(
        _ person: ProviderPerson, _ provider: SignInProvider, _ key: String, _ account: Account, at now: Timestamp,
        in db: Transaction
    ) throws {
        guard case .openID(let issuer) = provider.kind else { return }
        try service.providerSessions.insert(
            key, account: account.id, issuer: issuer, subject: person.subject, session: person.session, at: now, in: db)
    }

    /// The account of somebody whom a provider knows; locked.
    private func account(
        of person: ProviderPerson, _ provider: SignInProvider, _ client: Client, at now: Timestamp, in db: Transaction
    ) throws -> Account {
        if let known = try linked(person, provider, at: now, in: db) { return known }
        // Only an address that the provider has verified says anything about who somebody is. (ASVS 5.0 V6.8.1)
        guard let email = person.email, person.isVerified else { throw IdentityFlows.notLinked(provider) }
        var account = try service.accounts.locked(email: email, in: db)
        var isNew = false
        if account == nil, provider.takesUnknown {
            account = try open(email, provider, at: now, in: db)
            isNew = account != nil
        }
        // The same person's other tab may have made it meanwhile.
        if account == nil { account = try service.accounts.locked(email: email, in: db) }
        if !isNew, let known = try linked(person, provider, at: now, in: db) { return known }
        guard let account, account.status == .active, provider.linksByAddress || isNew,
            try service.provenAddresses.isProven(account, in: db)
        else { throw IdentityFlows.notLinked(provider) }
        if try attach(person, to: account, isNew: isNew, provider, client, at: now, in: db) { return account }
        guard let known = try linked(person, provider, at: now, in: db) else {
            throw IdentityFlows.notLinked(provider)
        }
        return known
    }

    private func linked(
        _ person: ProviderPerson, _ provider: SignInProvider, at now: Timestamp, in db: Transaction
    ) throws -> Account? {
        guard
            let identity = try service.identities.find(issuer: provider.issuer, subject: person.subject, in: db)
        else { return nil }
        guard let account = try service.accounts.locked(id: identity.account, in: db), account.status == .active else {
            // A disabled account answers as none: whoever disabled it tells why.
            throw IdentityFlows.notLinked(provider)
        }
        // It may have been taken off while we waited for the account.
        guard
            try service.identities.find(issuer: provider.issuer, subject: person.subject, in: db)?.account == account.id
        else { throw IdentityFlows.notLinked(provider) }
        try service.identities.used(identity.id, at: now, in: db)
        return account
    }

    private func open(
        _ email: MailAddress, _ provider: SignInProvider, at now: Timestamp, in db: Transaction
    ) throws -> Account? {
        let id = UniqueID(at: now, random: service.random).rawValue
        guard
            let account = try service.accounts.insert(id, email: email, role: .person, password: nil, at: now, in: db)
        else { return nil }
        try service.provenAddresses.prove(id, email, at: now, in: db)
        try service.audit.append(
            AuditEvent(
                "account.created", actor: id, subject: id, details: ["method": "provider:\(provider.name)"]), in: db)
        try service.audit.append(
            AuditEvent(
                "account.verified", actor: id, subject: id, details: ["channel": "provider:\(provider.name)"]), in: db)
        return account
    }

    /// False where the identity is linked already.
    private func attach(
        _ person: ProviderPerson, to account: Account, isNew: Bool = false, _ provider: SignInProvider,
        _ client: Client, at now: Timestamp, in db: Transaction
    ) throws -> Bool {
        let identity = LinkedIdentity(
            id: UniqueID(at: now, random: service.random).rawValue, account: account.id, provider: provider.name,
            label: person.email?.description ?? "", createdAt: now, usedAt: now)
        guard
            try service.identities.insert(identity, issuer: provider.issuer, subject: person.subject, in: db)
        else { return false }
        try service.audit.append(
            AuditEvent(
                "identity.linked", actor: account.id, subject: account.id, details: ["provider": provider.name]),
            in: db)
        if !isNew { try tell(.identityLinked(provider.title), account, client, at: now, in: db) }
        return true
    }

    static func linkedElsewhere(_ provider: SignInProvider) -> Problem {
        Problem(
            "identity.linked-elsewhere", status: 409, title: "That identity belongs to another account.",
            detail: "Take it off the other account first, or choose another one at \(provider.title).")
    }

    static let otherPerson = Problem(
        "sign-in.other-person", status: 409, title: "That is somebody else’s sign-in.",
        detail: "You are signed in here as another person. Sign out first, then sign in anew.")

    // MARK: One's identities

    /// An identity as its owner sees it.
    public struct IdentityEntry: Sendable {
        public let id: String
        /// What the configuration calls the provider.
        public let provider: String
        public let title: String
        public let label: String
        public let createdAt: Timestamp
        public let usedAt: Timestamp?
    }

    public func identities(of caller: SignedIn) async throws -> (entries: [IdentityEntry], hasPassword: Bool) {
        let (rows, account) = try await service.database.read("identity.linked") { [self] db in
            (
                try service.identities.list(of: caller.account, in: db),
                try service.accounts.find(id: caller.account, in: db)
            )
        }
        let entries = rows.map { row in
            IdentityEntry(
                id: row.id, provider: row.provider,
                title: settings.providers.first { $0.name == row.provider }?.title ?? row.provider, label: row.label,
                createdAt: row.createdAt, usedAt: row.usedAt)
        }
        return (entries, account?.hasPassword ?? false)
    }

    /// Takes an identity off the caller's account. The last way to sign in stays.
    ///
    /// - Throws: `Problem` 401 where the sign-in isn't fresh, 404 for what isn't theirs, 409 for the last way in.
    public func unlink(identity id: String, by caller: SignedIn, from client: Client) async throws {
        try fresh(caller)
        let now = now
        try await service.database.transaction("provider.unlink") { [self] db in
            guard let account = try service.accounts.locked(id: caller.account, in: db), account.status == .active
            else { throw IdentityFlows.signInFailed }
            guard id.utf8.count <= 64, !id.utf8.contains(0),
                let name = try service.identities.remove(id, of: account.id, in: db)
            else {
                throw Problem(
                    "identity.no-such-identity", status: 404, title: "You have no such identity.",
                    detail: "identity: it was taken off already, or it isn't yours.")
            }
            let isLast = try service.identities.list(of: account.id, in: db).isEmpty
            guard account.hasPassword || !isLast else {
                throw Problem(
                    "identity.last-way-in", status: 409, title: "This is your only way to sign in.",
                    detail: "Choose a password first (“Forgot your password?” mails you a link), or link another one.")
            }
            try service.audit.append(
                AuditEvent("identity.unlinked", actor: account.id, subject: account.id, details: ["provider": name]),
                in: db)
            let title = settings.providers.first { $0.name == name }?.title ?? name
            try tell(.identityUnlinked(title), account, client, at: now, in: db)
        }
    }
}
