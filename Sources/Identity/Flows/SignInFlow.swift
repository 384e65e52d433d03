public import Kernel
import Store

extension IdentityFlows {
    /// Signs somebody in by e-mail address and password.
    ///
    /// Unknown, disabled and locked accounts and wrong passwords get one answer, after the same work: a hash is compared in
    /// every case, and what is written down of the failure never shows in the time. (ASVS 5.0 V6.3.1, V6.3.8)
    /// - Throws: `Problem` 401 `sign-in.failed`, 503 when too many passwords are being hashed or the database is away.
    public func signIn(email: String, password: String, from client: Client) async throws -> SignInStart {
        let typed = Password(password)
        let attempt = try await attempt(email, client)
        let hasher = hasher
        let stored = attempt.isRefused ? nil : attempt.usable
        let (verdict, renewed) = try await compare(typed, stored, hasher, attempt)
        guard let account = attempt.account, let stored, verdict.matches else {
            try await evenly(over: IdentityFlows.evenFailure) { now in try await failed(attempt, client, at: now) }
            throw IdentityFlows.signInFailed
        }
        let now = now
        let (start, row) = try await service.database.transaction("sign-in.begin") {
            [self] db -> (SignInStart, SessionRow?) in
            // What was verified must still be so: the password may have been changed, or the account disabled.
            guard let current = try service.accounts.locked(id: account.id, in: db), current.status == .active,
                current.password == stored
            else { throw IdentityFlows.signInFailed }
            try lockouts.succeeded(attempt.keys, at: now, in: db)
            if let renewed {
                try service.accounts.renewHash(renewed, of: account.id, replacing: stored, in: db)
                try service.audit.append(
                    AuditEvent(
                        "password.rehashed", actor: "system", subject: account.id,
                        details: ["scheme": settings.password.scheme.rawValue]), in: db)
            }
            if try service.secondFactors.isOn(account.id, in: db) {
                return (.secondFactor(try pending(current, client, method: "password", at: now, in: db)), nil)
            }
            let knewAny = try service.devices.hasAny(account.id, in: db)
            try service.audit.append(
                AuditEvent(
                    "sign-in.succeeded", actor: account.id, subject: account.id,
                    details: how(client).merging(
                        ["new-device": attempt.isKnownDevice ? "false" : "true"], uniquingKeysWith: { $1 })), in: db)
            let (begun, row, isNew) = try begin(current, client, method: "password", at: now, in: db)
            if isNew, knewAny { try tellOwner(of: current, row, at: now, in: db) }
            return (.begun(begun), row)
        }
        if let row, case .begun(let begun) = start { service.view.began(row, of: begun.account) }
        return start
    }

    static let signInFailed = Problem(
        "sign-in.failed", status: 401, title: "Signing in did not work.",
        detail: "The address or the password is wrong, or there were too many attempts. "
            + "After too many, a link was sent to the address, if it has an account.",
        headers: [("www-authenticate", "Cookie realm=\"seaworthy\"")])

    // MARK: One attempt

    struct Attempt: Sendable {
        let account: Account?
        let isKnownDevice: Bool
        let keys: [LockoutStore.Key]
        let decision: Lockout.Decision
        /// Whether it is refused for good: `observe` only tells.
        let isRefused: Bool

        /// The hash to compare with.
        var usable: String? { account?.status == .active ? account?.password : nil }
    }

    /// Finds the account and counts the attempt before anything is compared.
    func attempt(_ email: String, _ client: Client) async throws -> Attempt {
        let address = try? MailAddress(email)
        let counted = address?.folded ?? String(email.lowercased().prefix(254))
        let now = now
        return try await service.database.transaction("sign-in.attempt") { [self] db in
            let account = try address.flatMap { try service.accounts.find(email: $0, in: db) }
            var device: String?
            if let secret = client.device {
                let hash = OneTimeSecret.hash(secret)
                // Asked for accounts that don't exist, too: the same work for everybody.
                if try service.devices.knows(hash, account?.id ?? "", in: db) { device = hash }
            }
            var keys: [LockoutStore.Key] = [device.map { .device($0) } ?? .account(counted)]
            // A known device is not taken to account for what others do at its address.
            if device == nil, let from = client.address { keys.append(.address(from)) }
            guard settings.lockout.mode != .off else {
                return Attempt(
                    account: account, isKnownDevice: device != nil, keys: [], decision: .allowed(isLast: false),
                    isRefused: false)
            }
            let decision = try lockouts.attempt(keys, at: now, in: db)
            var isRefused = false
            if case .refused = decision { isRefused = settings.lockout.mode == .enforce }
            return Attempt(
                account: account, isKnownDevice: device != nil, keys: keys, decision: decision, isRefused: isRefused)
        }
    }

    /// Compares on the pool, with a hash of nobody's where there is none; makes a new hash where the old one is stale.
    private func compare(
        _ password: Password, _ stored: String?, _ hasher: PasswordHasher, _ attempt: Attempt
    ) async throws -> (PasswordHasher.Verdict, renewed: String?) {
        do {
            let service = service
            return try await service.pool.run {
                let target = try stored ?? service.dummy(hasher)
                let verdict = hasher.verify(password, against: target)
                guard stored != nil, verdict.matches, verdict.isStale else { return (verdict, nil) }
                return (verdict, try hasher.hash(password))
            }
        } catch {
            // Nothing was compared: it wasn't a guess.
            let now = now
            try? await service.database.transaction("sign-in.give-back") { [lockouts] db in
                try lockouts.giveBack(attempt.keys, at: now, in: db)
            }
            throw error
        }
    }

    func how(_ client: Client, method: String = "password") -> [String: String] {
        var details = ["method": method]
        if let reach = client.address?.reach { details["addresses"] = reach.rawValue }
        return details
    }

    /// Records a failure; the one that locks an account tells its owner, with a link that lets their browser in.
    private func failed(_ attempt: Attempt, _ client: Client, at now: Timestamp) async throws {
        try await service.database.transaction("sign-in.failed") { [self] db in
            guard let account = attempt.account else {
                try service.audit.append(
                    AuditEvent("sign-in.failed-unknown", actor: "anonymous", details: how(client)), in: db)
                return
            }
            switch attempt.decision {
            case .refused:
                if try sendDeviceLink(account, at: now, in: db) {
                    try service.audit.append(
                        AuditEvent(
                            "sign-in.throttled", actor: "anonymous", subject: account.id, details: how(client)), in: db)
                }
            case .allowed(let isLast):
                try service.audit.append(
                    AuditEvent("sign-in.failed", actor: "anonymous", subject: account.id, details: how(client)), in: db)
                guard isLast else { return }
                let until = attempt.keys.first.flatMap { try? lockouts.state($0, in: db)?.lockedUntil }
                try service.audit.append(
                    AuditEvent(
                        "account.locked", actor: "system", subject: account.id,
                        details: [
                            "failures": "\(settings.lockout.failures)", "until": until?.iso8601 ?? "",
                        ]), in: db)
                _ = try sendDeviceLink(account, at: now, in: db)
            }
        }
    }

    /// How long a link that makes a browser known is valid, and how often one is sent.
    static let deviceLinkSpan: Duration = .seconds(3600)
    static let deviceLinkPause: Duration = .seconds(900)

    /// False when one was sent a short while ago.
    private func sendDeviceLink(_ account: Account, at now: Timestamp, in db: Transaction) throws -> Bool {
        guard account.status == .active, try service.accounts.locked(id: account.id, in: db) != nil else {
            return false
        }
        if let last = try service.links.newest(.device, of: account.id, at: now, in: db),
            now.since(last) < IdentityFlows.deviceLinkPause
        {
            return false
        }
        let path = try link(
            .device, account: account.id, page: "unlock", validFor: IdentityFlows.deviceLinkSpan, at: now, in: db)
        try service.mailer.send(
            .lockoutUnlock(to: account.email, link: path, validFor: IdentityFlows.deviceLinkSpan), in: db)
        return true
    }

    func tellOwner(of account: Account, _ row: SessionRow, at now: Timestamp, in db: Transaction) throws {
        guard let path = MailLink(path: "\(ownPrefix)/sessions") else { return }
        try service.mailer.send(
            .newSignIn(
                to: account.email, device: row.device, from: row.address.isEmpty ? "an unknown address" : row.address,
                at: now, link: path), in: db)
    }

    // MARK: Letting a browser in

    /// Makes this browser one that the account knows: it has five attempts of its own, whatever the rest of the world does.
    /// It signs nobody in.
    ///
    /// - Returns: the device's secret for its cookie.
    public func letIn(token: String, from client: Client) async throws -> Secret {
        let now = now
        let device = client.device ?? OneTimeSecret(random: service.random).text.reveal()
        let hash = OneTimeSecret.hash(device)
        try await service.database.transaction("device.let-in") { [self] db in
            guard let link = try service.links.take(token, at: now, in: db), link.kind == .device,
                let id = link.account, let account = try service.accounts.locked(id: id, in: db),
                account.status == .active
            else { throw IdentityFlows.linkInvalid }
            _ = try service.devices.remember(hash, id, at: now, in: db)
            try lockouts.clear(.device(hash), in: db)
            try service.audit.append(
                AuditEvent("account.unlocked", actor: id, subject: id, details: ["method": "mailed-link"]), in: db)
        }
        return Secret(device)
    }
}
