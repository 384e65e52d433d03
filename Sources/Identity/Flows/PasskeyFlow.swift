import Crypto
public import Kernel
import Store
public import Web

/// Whom passkeys are made for: a host, and the origin that pages of it have.
public struct RelyingParty: Sendable, Equatable {
    /// Such as `app.example`.
    public let id: String
    /// Such as `https://app.example`.
    public let origin: String

    public init(id: String, origin: String) {
        self.id = id
        self.origin = origin
    }

    func accepts(_ data: PasskeyClientData, _ type: String) -> Bool {
        data.type == type && data.origin == origin && !data.isCrossOrigin
    }

    /// Present and verified: the finger, the face or the PIN is the second factor.
    func accepts(_ data: AuthenticatorData) -> Bool {
        data.isUserPresent && data.isUserVerified
            && isEqualInConstantTime(data.relyingPartyHash, Array(SHA256.hash(data: Array(id.utf8))))
    }
}

extension IdentityFlows {
    /// What the browser must be told to make a passkey.
    public struct PasskeyOffer: Sendable {
        public let challenge: Secret
        public let algorithms: [Int]
        /// Passkeys that there are already: no authenticator makes a second one.
        public let known: [String]
    }

    public func passkeys(of caller: SignedIn) async throws -> [Passkey] {
        try await service.database.read("passkey.list") { [passkeys = service.passkeys] db in
            try passkeys.list(of: caller.factorSubject, in: db)
        }
    }

    public func offerPasskey(by caller: SignedIn) async throws -> PasskeyOffer {
        try fresh(caller)
        let now = now
        let secret = OneTimeSecret(random: service.random)
        let known = try await service.database.transaction("passkey.offer") { [self] db in
            try mayEnrol(caller, in: db)
            try service.passkeys.challenge(secret, account: caller.account, at: now, in: db)
            return try service.passkeys.list(of: caller.factorSubject, in: db).map(\.id)
        }
        guard known.count < PasskeyStore.mostPerAccount else {
            throw Problem(
                "passkey.too-many", status: 409, title: "You have as many passkeys as one may have.",
                detail: "Remove one first.")
        }
        return PasskeyOffer(challenge: secret.text, algorithms: PasskeyKey.algorithms, known: known)
    }

    /// Keeps a passkey that the browser made. No attestation is asked for, and none is trusted. (WebAuthn Level 2 §7.1)
    ///
    /// - Parameters:
    ///   - name: what its owner calls it; 1 to 60 characters.
    ///   - clientData, attestation: base64url of what the browser gave.
    public func addPasskey(
        name: String, clientData: String, attestation: String, for party: RelyingParty, by caller: SignedIn,
        from client: Client
    ) async throws -> Begun {
        try fresh(caller)
        let name = String(name.trimming { $0 == " " })
        guard (1...60).contains(name.unicodeScalars.count),
            !name.unicodeScalars.contains(where: { [.control, .format].contains($0.properties.generalCategory) })
        else {
            throw Problem(
                "identity.input", status: 422, title: "Something in the form isn't valid.",
                detail: "name: 1 to 60 characters are wanted, by which you know the passkey again")
        }
        guard let clientBytes = Base64URL.bytes(clientData, most: 6000), let data = PasskeyClientData(clientBytes),
            party.accepts(data, "webauthn.create"), let object = Base64URL.bytes(attestation, most: 20_000),
            let value = try? CBORReader.value(of: object), value[.text("fmt")]?.text != nil,
            case .map? = value[.text("attStmt")],
            let authenticator = value[.text("authData")]?.bytes.flatMap({ AuthenticatorData($0) }),
            party.accepts(authenticator), let credential = authenticator.credential,
            let key = PasskeyKey(cose: credential.key)
        else { throw IdentityFlows.passkeyFailed }
        let id = Base64URL.text(credential.id)
        let now = now
        let (begun, row, ended) = try await service.database.transaction("passkey.add") { [self] db in
            guard let account = try service.accounts.locked(id: caller.account, in: db), account.status == .active,
                try service.passkeys.take(data.challenge, account: account.id, at: now, in: db)
            else { throw IdentityFlows.passkeyFailed }
            try mayEnrol(caller, in: db)
            guard
                try service.passkeys.count(of: account.factorSubject, in: db) < PasskeyStore.mostPerAccount,
                try service.passkeys.insert(
                    id, account: account.id, subject: account.factorSubject, name: name, key: key,
                    counter: Int64(authenticator.counter), isBackedUp: authenticator.isBackedUp, at: now, in: db)
            else { throw IdentityFlows.passkeyFailed }
            try service.audit.append(
                AuditEvent(
                    "second-factor.enrolled", actor: account.id, subject: account.id, details: ["method": "passkey"]),
                in: db)
            try tell(.passkeyAdded, account, client, at: now, in: db)
            return try renewSessions(
                account, client, "passkey-added", factorAt: now, from: caller.sessionKey, at: now, in: db)
        }
        service.view.ended(ended)
        service.view.began(row, of: begun.account)
        return begun
    }

    public func removePasskey(_ id: String, by caller: SignedIn, from client: Client) async throws {
        try fresh(caller)
        let now = now
        try await service.database.transaction("passkey.remove") { [self] db in
            guard id.utf8.count <= 1400, !id.utf8.contains(0),
                let account = try service.accounts.locked(id: caller.account, in: db),
                try service.passkeys.remove(id, of: account.factorSubject, in: db)
            else {
                throw Problem(
                    "passkey.unknown", status: 404, title: "You have no such passkey.",
                    detail: "passkey: it was removed already, or it isn't yours.")
            }
            // The last one of whoever must have one stays.
            if requiresFactor(of: caller), try !hasFactor(account.factorSubject, in: db) {
                throw IdentityFlows.factorRequired
            }
            try service.audit.append(
                AuditEvent(
                    "second-factor.removed", actor: account.id, subject: account.id,
                    details: ["method": "passkey", "reason": "owner"]), in: db)
            try tell(.passkeyRemoved, account, client, at: now, in: db)
        }
    }

    // MARK: Signing in

    /// A challenge for whoever signs in; the browser shows which passkeys it has.
    public func offerPasskeySignIn() async throws -> Secret {
        let now = now
        let secret = OneTimeSecret(random: service.random)
        try await service.database.transaction("passkey.challenge") { [passkeys = service.passkeys] db in
            try passkeys.challenge(secret, account: nil, at: now, in: db)
        }
        return secret.text
    }

    /// What the browser gave, in base64url.
    public struct PasskeyAnswer: Sendable {
        public var credential: String
        public var clientData: String
        public var authenticatorData: String
        public var signature: String
        /// Which account the authenticator says it is; empty: it says nothing.
        public var userHandle: String

        public init(
            credential: String, clientData: String, authenticatorData: String, signature: String, userHandle: String
        ) {
            self.credential = credential
            self.clientData = clientData
            self.authenticatorData = authenticatorData
            self.signature = signature
            self.userHandle = userHandle
        }
    }

    /// Signs somebody in by a passkey: possession and finger, face or PIN are two factors. It can't be guessed, so no lock of the
    /// password keeps its owner out. (WebAuthn Level 2 §7.2; ASVS 5.0 V6.7)
    ///
    /// - Throws: `Problem` 401 `passkey.failed`, whatever is wrong.
    public func signIn(
        passkey answer: PasskeyAnswer, for party: RelyingParty, from client: Client
    ) async throws -> Begun {
        guard let assertion = PasskeyAssertion(answer, for: party) else { throw IdentityFlows.passkeyFailed }
        let now = now
        let result = try await service.database.transaction("passkey.sign-in") {
            [self] db -> (Begun, SessionRow)? in
            // Whatever comes of it, the challenge is used up.
            guard try service.passkeys.take(assertion.challenge, account: nil, at: now, in: db) else { return nil }
            guard let passkey = try service.passkeys.find(assertion.credential, in: db),
                let account = try service.accounts.locked(id: passkey.account, in: db)
            else {
                try service.audit.append(
                    AuditEvent("sign-in.failed-unknown", actor: "anonymous", details: how(client, method: "passkey")),
                    in: db)
                return nil
            }
            // One of the app's people signs in with the app, whatever else they have.
            guard account.status == .active, !account.isAdopted,
                try assertion.isUsed(passkey, service.passkeys, at: now, in: db)
            else {
                try service.audit.append(
                    AuditEvent(
                        "sign-in.failed", actor: "anonymous", subject: account.id,
                        details: how(client, method: "passkey")), in: db)
                return nil
            }
            let knewAny = try service.devices.hasAny(account.id, in: db)
            try service.audit.append(
                AuditEvent(
                    "sign-in.succeeded", actor: account.id, subject: account.id,
                    details: how(client, method: "passkey").merging(
                        ["second-factor": "passkey"], uniquingKeysWith: { $1 })), in: db)
            let (begun, row, isNew) = try begin(account, client, method: "passkey", factorAt: now, at: now, in: db)
            if isNew, knewAny { try tellOwner(of: account, row, at: now, in: db) }
            return (begun, row)
        }
        guard let (begun, row) = result else { throw IdentityFlows.passkeyFailed }
        service.view.began(row, of: begun.account)
        return begun
    }

    static let passkeyFailed = Problem(
        "passkey.failed", status: 401, title: "The passkey did not work.",
        detail: "It isn't known here, took too long, or was made for another site. Try again, or use your password.",
        headers: [("www-authenticate", "Cookie realm=\"seaworthy\"")])
}
