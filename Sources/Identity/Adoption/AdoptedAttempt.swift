import Kernel
import Store

/// One try at the app's login, counted before the app sees it and settled by the app's answer.
struct AdoptedAttempt: Sendable {
    let person: AppPerson
    let keys: [LockoutStore.Key]
    let decision: Lockout.Decision
    let isKnownDevice: Bool
    /// nil for whoever never signed in through us.
    let account: Account?
    let client: IdentityFlows.Client
    /// A second factor is wanted, should the app say yes.
    var awaitsFactor = false
    /// What the session will be kept under, where one is wanted.
    var secret: OneTimeSecret?
    /// Keys of cookies that are bound to that session already, because the app may go on with them.
    var bound: [String] = []

    /// Whether it is over the limit, or an administrator has closed the account here.
    var isOverLimit: Bool {
        if account?.status == .disabled { return true }
        if case .refused = decision { return true }
        return false
    }
    var locks: Bool {
        if case .allowed(let isLast) = decision { return isLast }
        return false
    }
}

extension IdentityFlows {
    /// Counts a try under its person, or the device that they are known on, and its address: in one transaction with the rows
    /// locked, so that any number at once get no more than the limit. (ASVS 5.0 V6.3.1)
    ///
    /// - Parameter shown: keys of the app's session cookies that the request brings. Where a second factor is wanted they are
    ///   bound before the app is asked: should it go on with one of them, that one opens nothing on any replica.
    func adoptedAttempt(
        _ name: String, from client: Client, showing shown: [String] = []
    ) async throws -> AdoptedAttempt {
        let person = try AppPerson(name, keys: service.keys)
        let now = now
        let demand = factorDemand
        let attempt = try await service.database.transaction("adopt.attempt") { [self] db -> AdoptedAttempt in
            let account = try service.accounts.find(id: person.account, in: db)
            let device = client.device.map(OneTimeSecret.hash)
            let isKnown = try device.map { try service.devices.knows($0, person.account, in: db) } ?? false
            var keys: [LockoutStore.Key] = []
            if isKnown, let device {
                keys = [.device(device)]
            } else {
                keys = [.account(person.counted)]
                if let address = client.address { keys.append(.address(address)) }
            }
            let counts = settings.lockout.mode != .off
            var attempt = AdoptedAttempt(
                person: person, keys: counts ? keys : [],
                decision: counts ? try lockouts.attempt(keys, at: now, in: db) : .allowed(isLast: false),
                isKnownDevice: isKnown, account: account, client: client)
            guard demand.isOn, !attempt.isOverLimit,
                try hasFactor(person, at: now, in: db) || demand.asks(of: person.counted)
            else { return attempt }
            let secret = OneTimeSecret(random: service.random)
            attempt.awaitsFactor = true
            attempt.secret = secret
            attempt.bound = settings.adoption.mode == .enforce ? shown.sorted() : []
            for key in attempt.bound { try service.adopted?.insert(key, session: secret.hash, at: now, in: db) }
            return attempt
        }
        if let secret = attempt.secret {
            for key in attempt.bound { service.adopted?.bound(key, to: secret.hash) }
        }
        if Task.isCancelled {
            // Whoever asked has gone before the app was asked: nothing was guessed.
            giveBack(attempt)
            throw CancellationError()
        }
        return attempt
    }

    /// Takes the count of a try back in which nothing was compared. In the background.
    func giveBack(_ attempt: AdoptedAttempt) {
        release(attempt)
        guard case .allowed = attempt.decision, !attempt.keys.isEmpty else { return }
        let now = now
        service.pending.add { [self] in
            // What can't be given back stays counted: it errs on the safe side.
            try? await service.database.transaction("adopt.give-back") { db in
                try lockouts.giveBack(attempt.keys, at: now, in: db)
            }
        }
    }

    /// Lets cookies go that were bound for a session which doesn't begin.
    private func release(_ attempt: AdoptedAttempt) {
        guard let session = attempt.secret?.hash, !attempt.bound.isEmpty else { return }
        let now = now
        for key in attempt.bound { service.adopted?.release(key, from: session) }
        service.pending.add { [self] in
            // What can't be let go stays bound: the app shows its login, with a new session.
            try? await service.database.transaction("adopt.release") { db in
                for key in attempt.bound { try AdoptedCookies.remove(key, of: session, at: now, in: db) }
            }
        }
    }

    /// Records what didn't work. In the background: the count itself was made before.
    ///
    /// - Parameter mayHaveWorked: nobody saw how it ended: what is bound stays so.
    func adoptedFailed(_ attempt: AdoptedAttempt, mayHaveWorked: Bool = false) {
        if !mayHaveWorked { release(attempt) }
        let now = now
        service.pending.add { [self] in
            try? await service.database.transaction("adopt.failed") { db in
                let details = details(attempt.client)
                guard let account = attempt.account else {
                    try service.audit.append(
                        AuditEvent("sign-in.failed-unknown", actor: "anonymous", details: details), in: db)
                    return
                }
                try service.audit.append(
                    AuditEvent(
                        attempt.isOverLimit ? "sign-in.throttled" : "sign-in.failed", actor: "anonymous",
                        subject: account.id, details: details), in: db)
                guard attempt.locks, let key = attempt.keys.first else { return }
                let until = try lockouts.state(key, in: db)?.lockedUntil ?? now
                try service.audit.append(
                    AuditEvent(
                        "account.locked", actor: "system", subject: account.id,
                        details: ["failures": "\(settings.lockout.failures)", "until": until.iso8601]), in: db)
            }
        }
    }

    private func details(_ client: Client) -> [String: String] {
        var details = ["method": "app"]
        if let reach = client.address?.reach { details["addresses"] = reach.rawValue }
        return details
    }

    // MARK: Sessions

    /// A session over the app's own, from the moment at which the app said yes.
    struct AdoptedStart: Sendable {
        let secret: OneTimeSecret
        let device: String
        let account: String
        let begun: Int64
        /// Nothing of the app is opened before a second factor is shown.
        let awaitsFactor: Bool

        var key: String { secret.hash }
    }

    /// Begins a session in memory at once, because the app's answer goes out now, and in the database right behind it.
    ///
    /// - Parameters:
    ///   - old: the session that this browser had: it ends.
    ///   - kept: the key of a cookie of the app's that was there before and stays.
    ///   - isDead: it is born ended, so that `kept` is never forwarded again.
    func beginAdopted(
        _ attempt: AdoptedAttempt, replacing old: String?, keeping kept: String? = nil, isDead: Bool = false
    ) -> AdoptedStart? {
        let now = now
        guard let email = try? MailAddress(attempt.person.address) else { return nil }
        let start = AdoptedStart(
            secret: attempt.secret ?? OneTimeSecret(random: service.random),
            device: attempt.client.device ?? OneTimeSecret(random: service.random).text.reveal(),
            account: attempt.person.account, begun: now.nanosecondsSinceEpoch / 1_000_000_000,
            awaitsFactor: attempt.awaitsFactor)
        let row = SessionRow(
            secretHash: start.key, id: UniqueID(at: now, random: service.random).rawValue, account: start.account,
            createdAt: now, authenticatedAt: now, seenAt: now, expiresAt: now.advanced(by: settings.absolute),
            device: DeviceLabel.of(attempt.client.userAgent),
            address: attempt.client.address.map { "\($0)" } ?? "", awaitsFactor: attempt.awaitsFactor)
        let account =
            attempt.account
            ?? Account(
                id: start.account, email: email, status: .active, role: .person, password: nil, createdAt: now,
                signedInAt: now)
        if let kept { service.adopted?.bound(kept, to: start.key) }
        if let old { service.view.ended([old]) }
        if isDead { service.view.ended([start.key]) } else { service.view.began(row, of: account) }
        service.pending.add { [self] in
            do {
                try await write(attempt, row, email, start, old: old, kept: kept, isDead: isDead)
            } catch {
                // It can't be kept: it ends here, and the next request shows the app's own login.
                service.view.ended([start.key])
            }
        }
        return start
    }

    private func write(
        _ attempt: AdoptedAttempt, _ row: SessionRow, _ email: MailAddress, _ start: AdoptedStart, old: String?,
        kept: String?, isDead: Bool
    ) async throws {
        let begun = try await service.database.transaction("adopt.begin") {
            [self] db -> (row: SessionRow, account: Account)? in
            let now = row.createdAt
            if try service.accounts.locked(id: row.account, in: db) == nil {
                try AdoptedAccounts.insert(row.account, email: email, at: now, in: db)
            }
            guard let account = try service.accounts.locked(id: row.account, in: db), account.status == .active else {
                throw IdentityFlows.signInFailed
            }
            try lockouts.succeeded(attempt.keys, at: now, in: db)
            if let kept { try service.adopted?.insert(kept, session: row.secretHash, at: now, in: db) }
            if let old, try service.sessions.remove(old, at: now, in: db) {
                try service.audit.append(
                    AuditEvent("session.ended", actor: row.account, details: ["reason": "sign-in"]), in: db)
            }
            guard !isDead else { return nil }
            var row = row
            // Set up in another browser while the app was asked: it counts here, too.
            row.awaitsFactor =
                try row.awaitsFactor || factorDemand.isOn && hasFactor(attempt.person.counted, in: db)
            try service.sessions.insert(row, in: db)
            // Somebody has the password, also where no second factor ever follows. The rest comes with it; where nothing is
            // enforced nobody is asked, and everything comes now.
            if row.awaitsFactor, settings.adoption.mode == .enforce {
                try service.audit.append(
                    AuditEvent(
                        "second-factor.asked", actor: "anonymous", subject: row.account,
                        details: details(attempt.client)), in: db)
                return (row, account)
            }
            _ = try service.devices.remember(OneTimeSecret.hash(start.device), row.account, at: now, in: db)
            try service.accounts.signedIn(row.account, at: now, in: db)
            var how = details(attempt.client)
            how["new-device"] = attempt.isKnownDevice ? "false" : "true"
            try service.audit.append(
                AuditEvent("sign-in.succeeded", actor: row.account, subject: row.account, details: how), in: db)
            try service.audit.append(
                AuditEvent(
                    "session.started", actor: row.account, subject: row.account,
                    details: ["method": "app", "assurance": "one-factor"]), in: db)
            return (row, account)
        }
        if let begun { service.view.committed(begun.row, of: begun.account) }
    }

    /// Ends a session, because the app has.
    func endAdopted(_ key: String, account: String, reason: String) {
        let now = now
        service.view.ended([key])
        service.pending.add { [self] in
            try? await service.database.transaction("adopt.end") { db in
                guard try service.sessions.remove(key, at: now, in: db) else { return }
                try service.audit.append(
                    AuditEvent("session.ended", actor: account, subject: account, details: ["reason": reason]), in: db)
            }
        }
    }
}

/// Accounts that stand for the app's own people: no password, and an address that no mail reaches (RFC 6761 §6.4).
enum AdoptedAccounts {
    static func insert(_ id: String, email: MailAddress, at now: Timestamp, in db: Transaction) throws {
        let made = try db.execute(
            """
            INSERT INTO accounts (id, email, email_key, status, role, created_at)
            VALUES (\(id), \(email.description), \(email.folded), \(Account.Status.active), \(Role.person.rawValue),
                \(now))
            ON CONFLICT DO NOTHING
            """)
        if made == 1 { db.changed(AccountStore.topic, key: id, at: now) }
    }
}
