import Kernel
import Store

extension IdentityFlows {
    /// Ends what a provider says is over, without a browser: the sessions here that its session made, or all that its sign-ins of
    /// somebody made, with what goes on from them. A token counts once. (OpenID Connect Back-Channel Logout 1.0 §2.5 to §2.7;
    /// ASVS 5.0 V7.4.1, V10.5.5)
    ///
    /// - Returns: how many sessions ended; none is no failure.
    /// - Throws: `Problem` 400 `sign-in.logout-token`, whatever is wrong; 404 where there is no such provider.
    public func endByProvider(_ name: String, token text: String) async throws -> Int {
        let (provider, directory) = try provider(name)
        guard case .openID(let issuer) = provider.kind else {
            throw Problem("own.not-found", status: 404, title: "There is no such page here.")
        }
        let token: LogoutToken
        do {
            let read = try ProviderToken(text)
            guard ProviderKeys.algorithms.contains(read.algorithm) else { throw TokenFault.algorithm }
            // Nobody makes us ask a provider by a token that isn't for us.
            guard read.claims.member("iss")?.text == issuer else { throw TokenFault.issuer }
            guard let url = try await directory.metadata(of: provider).keys else { throw TokenFault.key }
            let keys = try await directory.keys(of: issuer, at: url, for: read)
            token = try LogoutToken(read, keys: keys, issuer: issuer, client: provider.clientID, at: now)
        } catch let fault as TokenFault {
            throw IdentityFlows.notBelieved(fault.rawValue)
        } catch let fault as ProviderFault {
            throw IdentityFlows.notBelieved(fault.description)
        }
        let ended = try await end(token, of: issuer, provider)
        service.view.ended(ended)
        return ended.count
    }

    private func end(_ token: LogoutToken, of issuer: String, _ provider: SignInProvider) async throws -> [String] {
        let now = now
        return try await service.database.transaction("provider.logout") { [self] db in
            let store = service.providerSessions
            guard try store.isFirst(token.id, of: issuer, at: now, in: db) else {
                throw IdentityFlows.notBelieved(TokenFault.id.rawValue)
            }
            let found = try store.find(issuer: issuer, subject: token.subject, session: token.session, in: db)
            var ended: [String] = []
            // Accounts in order, as everything that locks several does.
            for account in Set(found.map(\.account)).sorted() {
                _ = try service.accounts.locked(id: account, in: db)
                var count = 0
                for row in found where row.account == account {
                    try store.remove(row.key, in: db)
                    // It may be a sign-in whose second step isn't done.
                    try service.steps.remove(row.key, in: db)
                    guard try service.sessions.remove(row.key, at: now, in: db) else { continue }
                    ended.append(row.key)
                    count += 1
                }
                guard count > 0 else { continue }
                try service.audit.append(
                    AuditEvent(
                        "session.revoked", actor: "system", subject: account,
                        details: ["reason": "provider:\(provider.name)", "count": "\(count)"]), in: db)
            }
            return ended
        }
    }

    /// What was wrong stands in the log: whoever sends forged tokens learns nothing by it.
    static func notBelieved(_ cause: String) -> Problem {
        Problem(
            "sign-in.logout-token", status: 400, title: "The logout token is not believed.",
            detail: "Nothing was ended. Whoever runs this site finds the reason in the log.", cause: cause)
    }
}
