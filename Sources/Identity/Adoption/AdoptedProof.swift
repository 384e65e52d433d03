import Kernel
import Store
public import Web

/// The second factor over the app's own sign-in: what a session that waits is proved by, and what goes on afterwards.
extension IdentityFlows {
    /// What a program gets whose session waits; browsers are led to the page.
    static func factorAwaited(at prefix: String) -> Problem {
        Problem(
            "second-factor.awaited", status: 401, title: "A second factor is wanted first.",
            detail: "The password was right. Send code, of the authenticator app or a recovery code, to "
                + "\(prefix)/sign-in/second-factor, or show a passkey at \(prefix)/step-up/passkey; whoever has neither "
                + "sets one up at \(prefix)/account/second-factor.",
            headers: [("www-authenticate", "Cookie realm=\"seaworthy\"")])
    }

    /// Ends the waiting by a code of the app or a recovery code. The session ends and another one goes on, whose cookie alone
    /// makes the app's cookies count that were sealed before: what was copied while it waited stays worthless. (ASVS 5.0 V7.2.4)
    ///
    /// - Throws: `Problem` 401 `second-factor.failed` or `second-factor.expired`, 409 `second-factor.none`.
    public func proveAdopted(code: String, by held: SignedIn, from client: Client) async throws -> Begun {
        let now = now
        let attempt = try await service.database.transaction("second-factor.attempt") { [self] db in
            guard let account = try service.accounts.find(id: held.account, in: db), account.status == .active,
                try !service.sessions.fetch([held.sessionKey], in: db).isEmpty
            else { throw IdentityFlows.stepExpired }
            guard try service.secondFactors.isOn(account.factorSubject, in: db) else {
                throw IdentityFlows.factorMissing
            }
            return try factorAttempt(account, client, at: now, in: db)
        }
        let proof = try await proof(code, attempt)
        let result = try await service.database.transaction("second-factor.finish") {
            [self] db -> (Begun, SessionRow)? in
            guard let account = try service.accounts.locked(id: attempt.account.id, in: db), account.status == .active
            else { throw IdentityFlows.stepExpired }
            guard let used = try use(proof, of: account, attempt, client, at: now, in: db) else { return nil }
            let origins = try service.sessions.origins(of: held.sessionKey, in: db)
            // Ended in the meantime, by its owner or by another proof: nothing of it goes on.
            guard try service.sessions.remove(held.sessionKey, at: now, in: db) else {
                throw IdentityFlows.stepExpired
            }
            try service.audit.append(
                AuditEvent(
                    "sign-in.succeeded", actor: account.id, subject: account.id,
                    details: how(client, method: "app").merging(
                        ["second-factor": used, "new-device": attempt.isKnownDevice ? "false" : "true"],
                        uniquingKeysWith: { $1 })), in: db)
            let (begun, row, _) = try begin(
                account, client, method: "app", factorAt: now, origins: origins, at: now, in: db)
            return (begun, row)
        }
        guard let (begun, row) = result else {
            try await failed(attempt, client)
            throw IdentityFlows.codeFailed
        }
        service.view.ended([held.sessionKey])
        service.view.began(row, of: begun.account)
        return begun
    }

    /// Returns when the view of sessions knows a browser's session that the database has: another replica may have begun it a
    /// moment ago.
    ///
    /// - Parameter known: the session that this request was judged by.
    /// - Returns: false where there is no such session besides, or the feed is late.
    public func comesToKnow(
        _ cookies: [String], _ reader: SessionCookies, besides known: SignedIn?
    ) async throws -> Bool {
        guard let secret = reader.session(in: cookies) else { return false }
        let key = OneTimeSecret.hash(String(secret))
        guard known?.sessionKey != key else { return false }
        for turn in 0..<40 {
            if service.view.session(key) != nil { return true }
            // Its row is written behind the app's answer: a moment later, then.
            if turn == 5 {
                let rows = try await service.database.read("adopt.session") { [sessions = service.sessions] db in
                    try sessions.fetch([key], in: db)
                }
                guard !rows.isEmpty else { return false }
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        return false
    }
}
