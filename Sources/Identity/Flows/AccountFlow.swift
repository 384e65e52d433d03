public import Kernel
import Store
public import Web

/// Who calls an own route.
public typealias SignedInCaller = SignedIn

extension IdentityFlows {
    // MARK: Password and address

    /// Changes a password. Whoever does it shows the old one, even in a session: it may be a borrowed browser.
    /// Every session ends but this browser's, which gets a new one. (ASVS 5.0 V6.2.2, V6.2.3, V7.4.3)
    public func changePassword(
        current: String, new: String, by caller: SignedIn, from client: Client
    ) async throws -> Begun {
        try fresh(caller)
        let account = try await proven(caller, password: current, client)
        let typed = Password(new)
        try check(typed, for: account.email, role: account.role.rawValue)
        let hasher = hasher
        let hash = try await service.pool.run { try hasher.hash(typed) }
        let now = now
        let (begun, row, ended) = try await service.database.transaction("password.change") { [self] db in
            guard let locked = try service.accounts.locked(id: account.id, in: db), locked.status == .active,
                locked.password == account.password
            else { throw IdentityFlows.wrongPassword }
            try service.accounts.setPassword(hash, of: locked.id, at: now, in: db)
            try service.links.removeAll(.reset, of: locked.id, in: db)
            let ended = try service.sessions.removeAll(of: locked.id, at: now, in: db)
            try service.audit.append(
                AuditEvent(
                    "password.changed", actor: locked.id, subject: locked.id, details: ["method": "password"]), in: db)
            if ended.count > 1 {
                try service.audit.append(
                    AuditEvent(
                        "session.revoked", actor: locked.id, subject: locked.id,
                        details: ["reason": "password-changed", "count": "\(ended.count - 1)"]), in: db)
            }
            try tell(.passwordChanged, locked, client, at: now, in: db)
            let (begun, row, _) = try begin(
                locked, client, method: "password", factorAt: caller.secondFactorAt, from: caller.sessionKey, at: now,
                in: db)
            return (begun, row, ended)
        }
        service.view.ended(ended)
        service.view.began(row, of: begun.account)
        return begun
    }

    /// Asks to move the account to another address, which gets a link. Nothing changes until it is followed; an address that has
    /// an account gets nothing, and the answer is the same.
    public func changeAddress(to email: String, password: String, by caller: SignedIn, from client: Client) async throws
    {
        try fresh(caller)
        let address = try IdentityFlows.address(email)
        let account = try await proven(caller, password: password, client)
        let now = now
        try await service.database.transaction("address.ask") { [self] db in
            guard try service.accounts.locked(id: account.id, in: db)?.status == .active,
                try service.accounts.find(email: address, in: db) == nil
            else { return }
            try service.links.removeAll(.address, of: account.id, in: db)
            let path = try link(
                .address, account: account.id, email: address, page: "address", validFor: IdentityFlows.resetSpan,
                at: now, in: db)
            try service.mailer.send(
                .verification(to: address, link: path, validFor: IdentityFlows.resetSpan), in: db)
        }
    }

    /// Moves the account, by the link that its new address got.
    public func confirmAddress(token: String, from client: Client) async throws -> MailAddress {
        let now = now
        let account = try await service.database.transaction("address.confirm") { [self] db in
            guard let link = try service.links.take(token, at: now, in: db), link.kind == .address,
                let id = link.account, let email = link.email,
                let account = try service.accounts.locked(id: id, in: db), account.status == .active,
                try service.accounts.setEmail(email, of: id, at: now, in: db)
            else { throw IdentityFlows.linkInvalid }
            // To the old address: whoever reads it learns that it no longer signs in.
            try tell(.addressMoved, account, client, at: now, in: db)
            try service.provenAddresses.prove(id, email, at: now, in: db)
            // Links that went to the old address open nothing any more.
            try service.links.removeAll(.reset, of: id, in: db)
            try service.audit.append(
                AuditEvent("account.address-changed", actor: id, subject: id, details: ["channel": "email"]), in: db)
            return try service.accounts.find(id: id, in: db) ?? account
        }
        service.view.changed(account)
        return account.email
    }

    static let wrongPassword = Problem(
        "identity.wrong-password", status: 403, title: "That is not your password.",
        detail: "current: the password that you signed in with is wanted, to see that it is you.")

    /// The caller's account, once its password was shown again. Wrong ones count as failed sign-ins of this device.
    func proven(_ caller: SignedIn, password: String, _ client: Client) async throws -> Account {
        let now = now
        let key = LockoutStore.Key.device("session:" + caller.session)
        let (account, isRefused) = try await service.database.transaction("identity.prove") { [self] db in
            let account = try service.accounts.find(id: caller.account, in: db)
            guard settings.lockout.mode == .enforce else { return (account, false) }
            if case .refused = try lockouts.attempt([key], at: now, in: db) { return (account, true) }
            return (account, false)
        }
        guard let account, account.status == .active, let stored = account.password, !isRefused else {
            throw IdentityFlows.wrongPassword
        }
        let hasher = hasher
        let typed = Password(password)
        let verdict = try await service.pool.run { hasher.verify(typed, against: stored) }
        guard verdict.matches else {
            try await service.database.transaction("identity.unproven") { [self] db in
                try service.audit.append(
                    AuditEvent(
                        "sign-in.failed", actor: caller.account, subject: caller.account,
                        details: ["method": "password", "reason": "re-authentication"]), in: db)
            }
            throw IdentityFlows.wrongPassword
        }
        try await service.database.transaction("identity.proven") { [self] db in
            try lockouts.succeeded([key], at: now, in: db)
        }
        return account
    }

    // MARK: Sessions

    /// A session as its owner sees it.
    public struct SessionEntry: Sendable {
        public let id: String
        public let device: String
        public let address: String
        public let createdAt: Timestamp
        public let seenAt: Timestamp
        public let expiresAt: Timestamp
        public let isCurrent: Bool
    }

    public func sessions(of caller: SignedIn) async throws -> [SessionEntry] {
        let now = now
        let idle = settings.idle
        let rows = try await service.database.read("session.list") { [sessions = service.sessions] db in
            try sessions.list(of: caller.account, at: now, in: db)
        }
        let families = try await service.database.read("token.list") { [families = service.families] db in
            try families.list(of: caller.account, at: now, in: db)
        }
        return rows.filter { now.since($0.seenAt) < idle || $0.secretHash == caller.sessionKey }.map { row in
            SessionEntry(
                id: row.id, device: row.device, address: row.address, createdAt: row.createdAt, seenAt: row.seenAt,
                expiresAt: row.expiresAt, isCurrent: row.secretHash == caller.sessionKey)
        }
            + families.map { family in
                SessionEntry(
                    id: family.id, device: "\(family.device), with tokens", address: family.address,
                    createdAt: family.createdAt, seenAt: family.refreshedAt, expiresAt: family.expiresAt,
                    isCurrent: family.id == caller.sessionKey)
            }
    }

    /// Ends the caller's own session, or the tokens of the program that asks.
    public func signOut(_ caller: SignedIn) async throws {
        if caller.credential == .accessToken {
            _ = try await end(family: caller.session, of: caller.account, reason: "sign-out")
            return
        }
        let now = now
        try await service.database.transaction("session.end") { [self] db in
            guard try service.sessions.remove(caller.sessionKey, at: now, in: db) else { return }
            try service.audit.append(
                AuditEvent(
                    "session.ended", actor: caller.account, subject: caller.account, details: ["reason": "sign-out"]),
                in: db)
        }
        service.view.ended([caller.sessionKey])
    }

    /// Ends one of the caller's sessions, or a program's tokens; 404 for what isn't one of theirs.
    public func revoke(session id: String, by caller: SignedIn) async throws {
        // Signing out is always allowed.
        if id != caller.session { try fresh(caller) }
        if id.utf8.count <= 64, !id.utf8.contains(0),
            try await end(family: id, of: caller.account, reason: "owner")
        {
            return
        }
        let now = now
        let key = try await service.database.transaction("session.revoke") { [self] db in
            guard id.utf8.count <= 64, !id.utf8.contains(0),
                let row = try service.sessions.find(id: id, of: caller.account, in: db),
                try service.sessions.remove(row.secretHash, at: now, in: db)
            else {
                throw Problem(
                    "identity.no-such-session", status: 404, title: "You have no such session.",
                    detail: "session: it has ended already, or it isn't yours.")
            }
            try service.audit.append(
                AuditEvent(
                    "session.revoked", actor: caller.account, subject: caller.account,
                    details: ["reason": "owner", "count": "1"]), in: db)
            return row.secretHash
        }
        service.view.ended([key])
    }

    /// Ends every session of the caller, this one too unless it is kept; how many.
    public func revokeAll(keepingCurrent: Bool, by caller: SignedIn) async throws -> Int {
        try fresh(caller)
        let now = now
        let keys = try await service.database.transaction("session.revoke-all") { [self] db in
            let keys = try service.sessions.removeAll(
                of: caller.account, except: keepingCurrent ? caller.sessionKey : nil, at: now, in: db)
            if !keys.isEmpty {
                try service.audit.append(
                    AuditEvent(
                        "session.revoked", actor: caller.account, subject: caller.account,
                        details: ["reason": "owner-everywhere", "count": "\(keys.count)"]), in: db)
            }
            return keys
        }
        service.view.ended(keys)
        return keys.count
    }
}
