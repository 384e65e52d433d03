public import Kernel
import Store
public import Web

extension IdentityFlows {
    /// Whether a session's owner proved who they are a short while ago.
    public func isFresh(_ caller: SignedIn) -> Bool {
        now.since(caller.authenticatedAt) < (isHeld(caller) ? FactorDemand.span : settings.secondFactor.freshness)
    }

    /// Refuses a sensitive act in a session that somebody may have walked up to. (ASVS 5.0 V7.5.1, V7.5.2, V7.5.3)
    func fresh(_ caller: SignedIn) throws {
        guard isFresh(caller) else { throw IdentityFlows.reauthentication }
    }

    public static let reauthentication = Problem(
        "identity.reauthentication-required", status: 401, title: "Please show that it is still you.",
        detail: "This asks for the password, and the second factor where there is one, of the last few minutes.",
        headers: [("www-authenticate", "Cookie realm=\"seaworthy\"")])

    /// Whether a step-up will ask for a code.
    public func asksForCode(_ caller: SignedIn) async throws -> Bool {
        try await service.database.read("second-factor.view") { [factors = service.secondFactors] db in
            try factors.isOn(caller.account, in: db)
        }
    }

    /// Proves anew who it is: the password, and a code where there is a second factor. The session ends, and another one goes on.
    /// Wrong passwords and codes count. (ASVS 5.0 V7.2.4)
    public func stepUp(
        password: String, code: String?, by caller: SignedIn, from client: Client
    ) async throws -> Begun {
        let proved = try await proven(caller, password: password, client)
        let now = now
        let attempt = try await service.database.transaction("step-up.attempt") { [self] db -> FactorAttempt? in
            guard try service.secondFactors.isOn(proved.id, in: db) else { return nil }
            guard let code, !code.isEmpty else { throw IdentityFlows.codeWanted }
            return try factorAttempt(proved, client, at: now, in: db)
        }
        let proof: FactorProof = if let attempt { try await self.proof(code ?? "", attempt) } else { .none }
        let result = try await service.database.transaction("step-up") { [self] db -> (Begun, SessionRow)? in
            guard let account = try service.accounts.locked(id: proved.id, in: db), account.status == .active,
                account.password == proved.password,
                try service.secondFactors.isOn(account.id, in: db) == (attempt != nil)
            else { throw IdentityFlows.wrongPassword }
            if let attempt {
                guard try use(proof, of: account, attempt, client, at: now, in: db) != nil else { return nil }
            }
            // Ended in the meantime, by its owner elsewhere: nothing of it goes on.
            guard try service.sessions.remove(caller.sessionKey, at: now, in: db) else {
                throw IdentityFlows.signInFailed
            }
            // Whoever came by a passkey keeps what it proved.
            let (begun, row, _) = try begin(
                account, client, method: "step-up", factorAt: attempt == nil ? caller.secondFactorAt : now,
                from: caller.sessionKey, at: now, in: db)
            return (begun, row)
        }
        guard let (begun, row) = result else {
            if let attempt { try await failed(attempt, client) }
            throw IdentityFlows.codeFailed
        }
        service.view.ended([caller.sessionKey])
        service.view.began(row, of: begun.account)
        return begun
    }

    static let codeWanted = Problem(
        "identity.input", status: 422, title: "Something in the form isn't valid.",
        detail: "code: the six digits that your app shows are wanted too")

    // MARK: Mails about what was changed

    /// What its owner is told of an account. (ASVS 5.0 V6.3.5, V6.3.7)
    enum Notice: Sendable {
        case passwordChanged
        case addressMoved
        case factorAdded
        case factorRemoved
        case codesRenewed
        case recoveryCodeUsed(left: Int)
        case wrongCodes
        case passkeyAdded
        case passkeyRemoved
        case identityLinked(String)
        case identityUnlinked(String)

        var sentence: String {
            switch self {
            case .passwordChanged: "Your password was changed."
            case .addressMoved: "Your account was moved to another e-mail address; this one no longer signs in."
            case .factorAdded: "A second factor was set up: signing in asks for a code of your app from now on."
            case .factorRemoved: "Your second factor was removed: a password alone signs in again."
            case .codesRenewed: "New recovery codes were made; the old ones no longer work."
            case .recoveryCodeUsed(let left):
                "A recovery code was used instead of your app. \(left == 1 ? "One is" : "\(left) are") left."
            case .passkeyAdded: "A passkey was added: it signs in without your password."
            case .passkeyRemoved: "A passkey was removed; it no longer signs in."
            case .identityLinked(let provider): "\(provider) signs in to your account from now on."
            case .identityUnlinked(let provider): "\(provider) no longer signs in to your account."
            case .wrongCodes:
                "Somebody gave your right password and then too many wrong codes. If it wasn't you, change your password."
            }
        }
    }

    /// Mails the account's owner, in the transaction of what it tells about.
    func tell(
        _ notice: Notice, _ account: Account, _ client: Client, at now: Timestamp, in db: Transaction
    ) throws {
        // The app knows their address, we don't.
        guard !account.isAdopted else { return }
        // The way back in works also for whoever was locked out by the change.
        guard let path = MailLink(path: "\(ownPrefix)/reset") else { return }
        try service.mailer.send(
            .accountChanged(
                to: account.email, what: notice.sentence, device: DeviceLabel.of(client.userAgent),
                from: client.address.map { "\($0)" } ?? "an unknown address", at: now, link: path), in: db)
    }
}
