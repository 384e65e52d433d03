public import Kernel
import Store

/// How a sign-in goes on after its first step.
public enum SignInStart: Sendable {
    case begun(IdentityFlows.Begun)
    /// The account has a second factor: `IdentityFlows.finishSignIn(code:from:)` asks for it.
    case secondFactor(PendingSignIn)
}

/// A sign-in that is half done. Its cookie opens nothing but the form for the code.
public struct PendingSignIn: Sendable {
    let secret: OneTimeSecret

    public func cookies(_ writer: SessionCookies) -> [String] { [writer.step(secret)] }
}

extension IdentityFlows {
    static let codeFailed = Problem(
        "second-factor.failed", status: 401, title: "That code did not work.",
        detail: "code: it is wrong, it was used already, or there were too many attempts. Wait for the next one.",
        headers: [("www-authenticate", "Cookie realm=\"seaworthy\"")])

    public static let stepExpired = Problem(
        "second-factor.expired", status: 401, title: "Please begin to sign in anew.",
        detail: "The code must be given within ten minutes of the password.",
        headers: [("www-authenticate", "Cookie realm=\"seaworthy\"")])

    // MARK: The second step of a sign-in

    /// Keeps a sign-in whose first step is done, inside the transaction of that step, and writes down that it was: somebody has the
    /// password, also where no code ever follows. (ASVS 5.0 V16.3.1)
    func pending(
        _ account: Account, _ client: Client, method: String, at now: Timestamp, in db: Transaction
    ) throws -> PendingSignIn {
        let secret = OneTimeSecret(random: service.random)
        let step = SignInStepStore.Step(account: account.id, method: method, password: account.password)
        try service.steps.insert(secret, step, at: now, in: db)
        try service.audit.append(
            AuditEvent(
                "second-factor.asked", actor: "anonymous", subject: account.id, details: how(client, method: method)),
            in: db)
        return PendingSignIn(secret: secret)
    }

    /// Ends a sign-in by a code of the app or a recovery code. The session gets an id of its own; the step is used up.
    ///
    /// - Throws: `Problem` 401 `second-factor.failed` or `second-factor.expired`.
    public func finishSignIn(code: String, from client: Client) async throws -> Begun {
        guard let secret = client.step else { throw IdentityFlows.stepExpired }
        let now = now
        let (attempt, method) = try await service.database.transaction("second-factor.attempt") { [self] db in
            guard let step = try service.steps.find(secret, at: now, in: db),
                let account = try service.accounts.find(id: step.account, in: db), account.status == .active,
                account.password == step.password
            else { throw IdentityFlows.stepExpired }
            return (try factorAttempt(account, client, at: now, in: db), step.method)
        }
        let proof = try await proof(code, attempt)
        let result = try await service.database.transaction("second-factor.finish") {
            [self] db -> (Begun, SessionRow)? in
            guard let account = try service.accounts.locked(id: attempt.account.id, in: db),
                account.status == .active, account.password == attempt.account.password
            else { throw IdentityFlows.stepExpired }
            guard let used = try use(proof, of: account, attempt, client, at: now, in: db) else { return nil }
            guard try service.steps.take(secret, at: now, in: db) else { throw IdentityFlows.stepExpired }
            let knewAny = try service.devices.hasAny(account.id, in: db)
            try service.audit.append(
                AuditEvent(
                    "sign-in.succeeded", actor: account.id, subject: account.id,
                    details: how(client, method: method).merging(
                        ["second-factor": used, "new-device": attempt.isKnownDevice ? "false" : "true"],
                        uniquingKeysWith: { $1 })), in: db)
            let (begun, row, isNew) = try begin(
                account, client, method: method, factorAt: now, from: OneTimeSecret.hash(secret), at: now, in: db)
            if isNew, knewAny { try tellOwner(of: account, row, at: now, in: db) }
            return (begun, row)
        }
        guard let (begun, row) = result else {
            try await failed(attempt, client)
            throw IdentityFlows.codeFailed
        }
        service.view.began(row, of: begun.account)
        return begun
    }

    /// As above, for a program that has no cookie: the code comes with the password.
    ///
    /// - Throws: also `Problem` 401 `second-factor.code-wanted` where there is no code.
    public func finishSignIn(_ pending: PendingSignIn, code: String, from client: Client) async throws -> Begun {
        guard !code.isEmpty else { throw IdentityFlows.codeMissing }
        var client = client
        client.step = pending.secret.text.reveal()
        return try await finishSignIn(code: code, from: client)
    }

    static let codeMissing = Problem(
        "second-factor.code-wanted", status: 401, title: "This account has a second factor.",
        detail: "code: give the code that the authenticator app shows, or a recovery code, together with the password.",
        headers: [("www-authenticate", "Cookie realm=\"seaworthy\"")])

    /// Whether there is a sign-in to finish; 401 where there is none.
    public func isFinishing(from client: Client) async throws {
        let now = now
        let found = try await service.database.read("second-factor.step") { [steps = service.steps] db in
            try client.step.flatMap { try steps.find($0, at: now, in: db) }
        }
        guard found != nil else { throw IdentityFlows.stepExpired }
    }

    // MARK: One attempt

    /// A code that is about to be compared: counted before it is looked at, apart from passwords, so that whoever knows the
    /// password can't start the count anew by giving it again.
    struct FactorAttempt: Sendable {
        let account: Account
        let isKnownDevice: Bool
        let keys: [LockoutStore.Key]
        let decision: Lockout.Decision
        let isRefused: Bool
    }

    func factorAttempt(
        _ account: Account, _ client: Client, at now: Timestamp, in db: Transaction
    ) throws -> FactorAttempt {
        var device: String?
        if let secret = client.device {
            let hash = OneTimeSecret.hash(secret)
            if try service.devices.knows(hash, account.id, in: db) { device = hash }
        }
        guard settings.lockout.mode != .off else {
            return FactorAttempt(
                account: account, isKnownDevice: device != nil, keys: [], decision: .allowed(isLast: false),
                isRefused: false)
        }
        let keys = [LockoutStore.Key.factor(account.factorSubject, device: device)]
        let decision = try lockouts.attempt(keys, at: now, in: db)
        var isRefused = false
        if case .refused = decision { isRefused = settings.lockout.mode == .enforce }
        return FactorAttempt(
            account: account, isKnownDevice: device != nil, keys: keys, decision: decision, isRefused: isRefused)
    }

    /// What a code may be, as far as it can be told outside a transaction.
    enum FactorProof: Sendable {
        case none
        case app(String)
        case recovery(RecoveryCode, hash: String)
    }

    /// Compares a recovery code on the pool: with a hash of nobody's where none has its first group.
    func proof(_ text: String, _ attempt: FactorAttempt) async throws -> FactorProof {
        guard !attempt.isRefused else { return .none }
        if let code = OneTimeCode.typed(text) { return .app(code) }
        guard let code = RecoveryCode(typed: text) else { return .none }
        let account = attempt.account.factorSubject
        let service = service
        let stored = try await service.database.read("second-factor.recovery") { db in
            try service.secondFactors.hash(of: code, account, in: db)
        }
        let hasher = hasher
        do {
            let matches = try await service.pool.run {
                hasher.verify(code.password, against: try stored ?? service.dummy(hasher)).matches
            }
            return stored.flatMap { matches ? .recovery(code, hash: $0) : nil } ?? .none
        } catch {
            // Nothing was compared: it wasn't a guess.
            let now = now
            try? await service.database.transaction("second-factor.give-back") { [lockouts] db in
                try lockouts.giveBack(attempt.keys, at: now, in: db)
            }
            throw error
        }
    }

    /// Uses a code up, inside the transaction of what it is for; how, or nil where it is wrong or was used already.
    func use(
        _ proof: FactorProof, of account: Account, _ attempt: FactorAttempt, _ client: Client, at now: Timestamp,
        in db: Transaction
    ) throws -> String? {
        switch proof {
        case .none: return nil
        case .app(let code):
            guard try service.secondFactors.use(code: code, of: account.factorSubject, at: now, in: db) else {
                return nil
            }
            try lockouts.succeeded(attempt.keys, at: now, in: db)
            return "totp"
        case .recovery(let code, let hash):
            guard
                let left = try service.secondFactors.use(code, matching: hash, of: account.factorSubject, in: db)
            else { return nil }
            try lockouts.succeeded(attempt.keys, at: now, in: db)
            try service.audit.append(
                AuditEvent(
                    "second-factor.recovery-used", actor: account.id, subject: account.id,
                    details: ["left": "\(left)"]), in: db)
            try tell(.recoveryCodeUsed(left: left), account, client, at: now, in: db)
            return "recovery-code"
        }
    }

    /// Records a failure; the one that locks tells the owner that somebody has their password.
    func failed(_ attempt: FactorAttempt, _ client: Client) async throws {
        let now = now
        let id = attempt.account.id
        try await service.database.transaction("second-factor.failed") { [self] db in
            guard case .allowed(let isLast) = attempt.decision else {
                try service.audit.append(
                    AuditEvent(
                        "sign-in.throttled", actor: "anonymous", subject: id,
                        details: how(client, method: "second-factor")), in: db)
                return
            }
            try service.audit.append(
                AuditEvent("second-factor.failed", actor: "anonymous", subject: id, details: ["method": "code"]),
                in: db)
            guard isLast else { return }
            let until = attempt.keys.first.flatMap { try? lockouts.state($0, in: db)?.lockedUntil }
            try service.audit.append(
                AuditEvent(
                    "account.locked", actor: "system", subject: id,
                    details: ["failures": "\(settings.lockout.failures)", "until": until?.iso8601 ?? ""]), in: db)
            try tell(.wrongCodes, attempt.account, client, at: now, in: db)
        }
    }
}
