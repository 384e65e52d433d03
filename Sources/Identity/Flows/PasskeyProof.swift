import Crypto
public import Kernel
import Store
public import Web

/// A passkey that shows anew who somebody is: before a sensitive act, and between the app's own sign-in and the app.
extension IdentityFlows {
    /// What a browser must be told to use a passkey of somebody who is known already.
    public struct PasskeyRequest: Sendable {
        public let challenge: Secret
        /// Their passkeys: the browser looks for one of these.
        public let known: [String]
    }

    static let noPasskey = Problem(
        "passkey.none", status: 409, title: "You have no passkey.",
        detail: "Make one first, or show in another way that it is you.")

    /// A challenge that is bound to the caller's session: no other session can use it, nor a sign-in.
    ///
    /// - Throws: `Problem` 409 `passkey.none`.
    public func requestPasskey(by caller: SignedIn) async throws -> PasskeyRequest {
        let now = now
        let secret = OneTimeSecret(random: service.random)
        let known = try await service.database.transaction("passkey.request") { [passkeys = service.passkeys] db in
            let known = try passkeys.list(of: caller.factorSubject, in: db).map(\.id)
            guard !known.isEmpty else { throw IdentityFlows.noPasskey }
            try passkeys.challenge(secret, account: caller.account, session: caller.sessionKey, at: now, in: db)
            return known
        }
        return PasskeyRequest(challenge: secret.text, known: known)
    }

    /// Shows by a passkey who somebody is, in place of password and code: what they have, and the finger, the face or the PIN, are
    /// two factors. The session ends and another one goes on, which counts as one of two factors. One that waits for its second
    /// factor over the app's own login has it then. (WebAuthn Level 2 §7.2; ASVS 5.0 V6.7.2, V7.2.4, V7.5.1, V7.5.3)
    ///
    /// - Throws: `Problem` 401 `passkey.failed`, whatever is wrong; `second-factor.expired` or `sign-in.failed` where the session
    ///   has ended in the meantime.
    public func prove(
        passkey answer: PasskeyAnswer, for party: RelyingParty, by caller: SignedIn, from client: Client
    ) async throws -> Begun {
        guard let assertion = PasskeyAssertion(answer, for: party) else { throw IdentityFlows.passkeyFailed }
        let (now, isHeld) = (now, isHeld(caller))
        let result = try await service.database.transaction("passkey.prove") { [self] db -> (Begun, SessionRow)? in
            // Whatever comes of it, the challenge is used up.
            guard
                try service.passkeys.take(
                    assertion.challenge, account: caller.account, session: caller.sessionKey, at: now, in: db)
            else { return nil }
            guard let account = try service.accounts.locked(id: caller.account, in: db), account.status == .active
            else { throw isHeld ? IdentityFlows.stepExpired : IdentityFlows.signInFailed }
            guard let passkey = try service.passkeys.find(assertion.credential, in: db),
                passkey.subject == account.factorSubject,
                try assertion.isUsed(passkey, service.passkeys, at: now, in: db)
            else {
                try service.audit.append(
                    AuditEvent(
                        "second-factor.failed", actor: "anonymous", subject: account.id, details: ["method": "passkey"]
                    ), in: db)
                return nil
            }
            let origins = account.isAdopted ? try service.sessions.origins(of: caller.sessionKey, in: db) : []
            // Ended in the meantime, by its owner or by another proof: nothing of it goes on.
            guard try service.sessions.remove(caller.sessionKey, at: now, in: db) else {
                throw isHeld ? IdentityFlows.stepExpired : IdentityFlows.signInFailed
            }
            if isHeld { try admitted(account, client, in: db) }
            let (begun, row, _) = try begin(
                account, client, method: isHeld ? "app" : "step-up", factorAt: now, origins: origins,
                from: caller.sessionKey, at: now, in: db)
            return (begun, row)
        }
        guard let (begun, row) = result else { throw IdentityFlows.passkeyFailed }
        service.view.ended([caller.sessionKey])
        service.view.began(row, of: begun.account)
        return begun
    }

    /// The row of a sign-in that the app said yes to and a passkey has completed.
    private func admitted(_ account: Account, _ client: Client, in db: Transaction) throws {
        let device = client.device.map { OneTimeSecret.hash($0) }
        let isKnown = try device.map { try service.devices.knows($0, account.id, in: db) } ?? false
        try service.audit.append(
            AuditEvent(
                "sign-in.succeeded", actor: account.id, subject: account.id,
                details: how(client, method: "app").merging(
                    ["second-factor": "passkey", "new-device": isKnown ? "false" : "true"], uniquingKeysWith: { $1 })),
            in: db)
    }

    // MARK: Whether there is a factor

    /// Whether an app or a passkey is set up.
    func hasFactor(_ subject: String, in db: ReadTransaction) throws -> Bool {
        try service.secondFactors.isOn(subject, in: db) || service.passkeys.isAny(of: subject, in: db)
    }

    /// As above for one of the app's people. What was kept under a key that has been rotated since moves to today's, both kinds.
    func hasFactor(_ person: AppPerson, at now: Timestamp, in db: Transaction) throws -> Bool {
        let hasPasskey = try service.passkeys.find(person, in: db)
        return try service.secondFactors.find(person, at: now, in: db) || hasPasskey
    }

    /// Refuses another factor to whoever must show the one that there is and hasn't: with the password alone they could set up
    /// one of their own, and show that.
    func mayEnrol(_ caller: SignedIn, in db: ReadTransaction) throws {
        guard caller.secondFactorAt == nil else { return }
        let isAsked = caller.counted == nil ? requiresFactor(of: caller) : settings.adoption.mode == .enforce
        guard isAsked, try hasFactor(caller.factorSubject, in: db) else { return }
        throw IdentityFlows.factorAwaited(at: ownPrefix)
    }
}

/// What a browser gave, read and held against the relying party: all that can be told without the database.
struct PasskeyAssertion: Sendable {
    /// As the rows of passkeys are called.
    let credential: String
    let challenge: String
    private let counter: Int64
    private let isBackedUp: Bool
    private let handle: [UInt8]
    private let signature: [UInt8]
    private let message: [UInt8]

    /// nil where a field can't be read, or the ceremony, the origin, the relying party, presence or verification is wrong.
    init?(_ answer: IdentityFlows.PasskeyAnswer, for party: RelyingParty) {
        guard let id = Base64URL.bytes(answer.credential, most: 1364),
            let clientBytes = Base64URL.bytes(answer.clientData, most: 6000),
            let data = PasskeyClientData(clientBytes), party.accepts(data, "webauthn.get"),
            let authenticatorBytes = Base64URL.bytes(answer.authenticatorData, most: 4000),
            let authenticator = AuthenticatorData(authenticatorBytes), party.accepts(authenticator),
            let signature = Base64URL.bytes(answer.signature, most: 1000),
            let handle = Base64URL.bytes(answer.userHandle, most: 100)
        else { return nil }
        credential = Base64URL.text(id)
        challenge = data.challenge
        counter = Int64(authenticator.counter)
        isBackedUp = authenticator.isBackedUp
        self.handle = handle
        self.signature = signature
        message = authenticatorBytes + Array(SHA256.hash(data: clientBytes))
    }

    /// Whether this passkey made it; its counter moves on, and must.
    func isUsed(
        _ passkey: PasskeyStore.Row, _ store: PasskeyStore, at now: Timestamp, in db: Transaction
    ) throws -> Bool {
        guard handle.isEmpty || handle == Array(passkey.account.utf8), passkey.key.isValid(signature, for: message)
        else { return false }
        return try store.used(credential, counter: counter, isBackedUp: isBackedUp, at: now, in: db)
    }
}
