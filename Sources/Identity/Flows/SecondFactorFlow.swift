import Kernel
import Store
public import Web

extension IdentityFlows {
    /// What somebody has, and what is asked of them.
    public struct SecondFactorView: Sendable {
        public let status: SecondFactors.Status
        /// Begun and not confirmed.
        public let pending: SecondFactors.Enrolment?
        /// Whether their role must have one.
        public let isRequired: Bool
        public let passkeys: Int

        /// Whether there is one of either kind.
        public var isAny: Bool { status.isOn || passkeys > 0 }
    }

    public func secondFactor(of caller: SignedIn) async throws -> SecondFactorView {
        let now = now
        let factors = service.secondFactors
        let isFresh = isFresh(caller)
        let subject = caller.factorSubject
        let (status, pending, passkeys) = try await service.database.read("second-factor.view") {
            [store = service.passkeys] db in
            // The secret is shown again only to whoever could begin anew.
            (
                try factors.status(of: subject, in: db),
                isFresh ? try factors.pending(subject, at: now, in: db) : nil,
                try store.count(of: subject, in: db)
            )
        }
        return SecondFactorView(
            status: status, pending: pending,
            isRequired: requiresFactor(of: caller), passkeys: passkeys)
    }

    /// What an authenticator app calls the entry: their address. The app's people have none here, so it is a bit of a pseudonym,
    /// which tells two of them apart.
    public func factorLabel(of caller: SignedIn) -> String {
        caller.counted == nil ? caller.email : "account \(caller.account.dropFirst("app-".count).prefix(4))"
    }

    /// Begins to set up an app.
    ///
    /// - Throws: `Problem` 409 where there is one already; 401 where the sign-in isn't fresh.
    public func beginSecondFactor(by caller: SignedIn) async throws -> SecondFactors.Enrolment {
        try fresh(caller)
        let now = now
        let begun = try await service.database.transaction("second-factor.begin") { [self] db in
            guard try service.accounts.locked(id: caller.account, in: db)?.status == .active else {
                throw IdentityFlows.signInFailed
            }
            try mayEnrol(caller, in: db)
            return try service.secondFactors.begin(caller.factorSubject, at: now, in: db)
        }
        guard let begun else { throw IdentityFlows.factorExists }
        return begun
    }

    static let factorExists = Problem(
        "second-factor.exists", status: 409, title: "You have a second factor already.",
        detail: "Remove it first, if the app or the telephone is another one now.")

    static let factorMissing = Problem(
        "second-factor.none", status: 409, title: "There is no second factor for this.",
        detail: "Set one up first; what was begun must be confirmed within 15 minutes.")

    /// Confirms by a code of the app. From now on signing in asks for one; every other session ends, and this browser gets a new
    /// one. (ASVS 5.0 V7.4.3)
    ///
    /// - Returns: the session, and ten recovery codes that are never shown again.
    public func confirmSecondFactor(
        code: String, by caller: SignedIn, from client: Client
    ) async throws -> (begun: Begun, codes: [String]) {
        try fresh(caller)
        let now = now
        let factors = service.secondFactors
        let pending = try await service.database.read("second-factor.view") { db in
            try factors.pending(caller.factorSubject, at: now, in: db)
        }
        guard let pending, let seed = Base32.bytes(pending.secret.reveal()) else { throw IdentityFlows.factorMissing }
        guard let typed = OneTimeCode.typed(code), OneTimeCode.match(typed, seed, at: now, after: -1) != nil else {
            throw IdentityFlows.codeWrong
        }
        let (codes, hashes) = try await recoveryCodes()
        let (begun, row, ended) = try await service.database.transaction("second-factor.confirm") { [self] db in
            guard let account = try service.accounts.locked(id: caller.account, in: db), account.status == .active
            else { throw IdentityFlows.codeWrong }
            try mayEnrol(caller, in: db)
            guard try factors.confirm(account.factorSubject, code: code, at: now, in: db) else {
                throw IdentityFlows.codeWrong
            }
            try factors.replace(hashes, of: account.factorSubject, at: now, in: db)
            try service.audit.append(
                AuditEvent(
                    "second-factor.enrolled", actor: account.id, subject: account.id, details: ["method": "totp"]),
                in: db)
            try tell(.factorAdded, account, client, at: now, in: db)
            return try renewSessions(
                account, client, "second-factor-enrolled", factorAt: now, from: caller.sessionKey, at: now, in: db)
        }
        service.view.ended(ended)
        service.view.began(row, of: begun.account)
        return (begun, codes.map { $0.reveal() })
    }

    static let codeWrong = Problem(
        "second-factor.wrong-code", status: 422, title: "That is not the app's code.",
        detail:
            "code: the six digits that the app shows now. If they are refused, see that the telephone's clock is right."
    )

    /// Ten new recovery codes; the old ones end.
    public func renewRecoveryCodes(by caller: SignedIn, from client: Client) async throws -> [String] {
        try fresh(caller)
        let now = now
        let (codes, hashes) = try await recoveryCodes()
        try await service.database.transaction("second-factor.codes") { [self] db in
            guard let account = try service.accounts.locked(id: caller.account, in: db), account.status == .active,
                try service.secondFactors.isOn(account.factorSubject, in: db)
            else { throw IdentityFlows.factorMissing }
            try service.secondFactors.replace(hashes, of: account.factorSubject, at: now, in: db)
            try service.audit.append(
                AuditEvent(
                    "second-factor.enrolled", actor: account.id, subject: account.id,
                    details: ["method": "recovery-codes"]), in: db)
            try tell(.codesRenewed, account, client, at: now, in: db)
        }
        return codes.map { $0.reveal() }
    }

    static let factorRequired = Problem(
        "second-factor.required-by-role", status: 403, title: "Your role must have a second factor.",
        detail: "If you lost it, ask an administrator to reset it.")

    /// Takes the second factor away, where the role doesn't ask for one. Every other session ends.
    public func removeSecondFactor(by caller: SignedIn, from client: Client) async throws -> Begun {
        try fresh(caller)
        guard !requiresFactor(of: caller) else {
            throw IdentityFlows.factorRequired
        }
        let now = now
        let (begun, row, ended) = try await service.database.transaction("second-factor.remove") { [self] db in
            guard let account = try service.accounts.locked(id: caller.account, in: db), account.status == .active,
                try SecondFactors.removeAll(of: account.factorSubject, in: db)
            else { throw IdentityFlows.factorMissing }
            try service.audit.append(
                AuditEvent(
                    "second-factor.removed", actor: account.id, subject: account.id,
                    details: ["method": "totp", "reason": "owner"]), in: db)
            try tell(.factorRemoved, account, client, at: now, in: db)
            // Where a passkey stays, what was shown stays shown.
            let factorAt = try service.passkeys.isAny(of: account.factorSubject, in: db) ? caller.secondFactorAt : nil
            return try renewSessions(
                account, client, "second-factor-removed", factorAt: factorAt, from: caller.sessionKey, at: now, in: db)
        }
        service.view.ended(ended)
        service.view.began(row, of: begun.account)
        return begun
    }

    /// Hashes on the pool, one after the other: other people's sign-ins go in between.
    private func recoveryCodes() async throws -> ([RecoveryCode], [(selector: String, hash: String)]) {
        let codes = RecoveryCode.make(random: service.random)
        let hasher = hasher
        var hashes: [(selector: String, hash: String)] = []
        for code in codes {
            let hash = try await service.pool.run { try hasher.hash(code.password) }
            hashes.append((code.selector, hash))
        }
        return (codes, hashes)
    }

    /// Ends every session of an account and begins one for this browser.
    func renewSessions(
        _ account: Account, _ client: Client, _ reason: String, factorAt: Timestamp?, from key: String? = nil,
        at now: Timestamp, in db: Transaction
    ) throws -> (begun: Begun, row: SessionRow, ended: [String]) {
        var origins: [String] = []
        if account.isAdopted, let key {
            // Ended in the meantime: nothing of it goes on.
            guard try !service.sessions.fetch([key], in: db).isEmpty else { throw IdentityFlows.stepExpired }
            origins = try service.sessions.origins(of: key, in: db)
        }
        let ended = try service.sessions.removeAll(of: account.id, at: now, in: db)
        if ended.count > 1 {
            try service.audit.append(
                AuditEvent(
                    "session.revoked", actor: account.id, subject: account.id,
                    details: ["reason": reason, "count": "\(ended.count - 1)"]), in: db)
        }
        let (begun, row, _) = try begin(
            account, client, method: reason, factorAt: factorAt, origins: origins, from: key, at: now, in: db)
        return (begun, row, ended)
    }
}
