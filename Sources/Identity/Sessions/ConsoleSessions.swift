public import Kernel
import Store
@_spi(MintSignedIn) public import Web

/// Who is signed in at the console: sessions of their own, asked from the database at each request, so that disabling somebody
/// or taking their role away holds at once.
public struct ConsoleSessions: Sendable {
    /// Roles that may come in.
    public static let roles: Set<String> = ["administrator", "operator"]

    let flows: IdentityFlows
    private var service: IdentityService { flows.service }
    private static let columns: SQL =
        "s.secret_hash, s.id, s.account, s.authenticated_at, s.seen_at, s.expires_at, a.email, a.role"

    public init(_ flows: IdentityFlows) { self.flows = flows }

    /// Signs in by the ordinary rules (lockout, one answer for all that is wrong), then changes the session that this began into
    /// one of the console.
    ///
    /// - Returns: the secret for the console's cookie.
    /// - Parameter code: of the second factor, for accounts that have one; empty for the others.
    /// - Throws: `Problem` as `IdentityFlows.signIn` and `finishSignIn`; 403 `console.role` for whoever may not come in, 403
    ///   `second-factor.enrolment-required` for a role that must have a second factor and an account that has none.
    public func signIn(
        email: String, password: String, code: String, from client: IdentityFlows.Client
    ) async throws -> Opened {
        let begun: IdentityFlows.Begun
        switch try await flows.signIn(email: email, password: password, from: client) {
        case .begun(let whole): begun = whole
        case .secondFactor(let pending):
            begun = try await flows.finishSignIn(pending, code: code, from: client)
        }
        let key = begun.sessionKey
        let secret = OneTimeSecret(random: service.random)
        let now = flows.now
        let id = UniqueID(at: now, random: service.random).rawValue
        let refusal = try await service.database.transaction("console.begin") { [service, flows] db -> Problem? in
            guard let account = try service.accounts.locked(id: begun.account.id, in: db),
                let row = try service.sessions.fetch([key], in: db).first
            else { return ConsoleSessions.notAllowed }
            _ = try service.sessions.remove(key, at: now, in: db)
            guard account.status == .active, ConsoleSessions.roles.contains(account.role.rawValue) else {
                try service.audit.append(
                    AuditEvent(
                        "console.refused", actor: account.id, subject: account.id, details: ["reason": "role"]), in: db)
                return ConsoleSessions.notAllowed
            }
            if row.factorAt == nil, service.required.contains(account.role.rawValue) {
                return ConsoleSessions.factorMissing
            }
            let until = now.advanced(by: flows.settings.absolute)
            try db.execute(
                """
                INSERT INTO console_sessions (secret_hash, id, account, created_at, authenticated_at, seen_at,
                    expires_at, device, address)
                VALUES (\(secret.hash), \(id), \(account.id), \(now), \(now), \(now), \(until), \(row.device),
                    \(row.address))
                """)
            try service.audit.append(
                AuditEvent("console.opened", actor: account.id, subject: account.id, details: ["method": "password"]),
                in: db)
            return nil
        }
        service.view.ended([key])
        if let refusal { throw refusal }
        return Opened(secret: secret.text, device: Secret(begun.device))
    }

    /// What cookies hold once somebody is in.
    public struct Opened: Sendable {
        public let secret: Secret
        /// Makes this browser one that the account knows.
        public let device: Secret
    }

    static let factorMissing = Problem(
        "second-factor.enrolment-required", status: 403, title: "Set up a second factor first.",
        detail: "Your role must have one. Sign in at the public door, which leads you to set it up.")

    public static let notAllowed = Problem(
        "console.role", status: 403, title: "Your role doesn't open the console.",
        detail: "It takes the role administrator or operator; `seaworthy user set-role` gives it.")

    /// Who a cookie's secret speaks for; nil for whoever is not, no longer or not any more allowed to be.
    public func caller(_ secret: String) async throws -> SignedIn? {
        guard OneTimeSecret.isPlausible(secret) else { return nil }
        let key = OneTimeSecret.hash(secret)
        let now = flows.now
        let idle = flows.settings.idle
        let row = try await service.database.read("console.caller") { db in
            try db.row(
                """
                SELECT \(ConsoleSessions.columns) FROM console_sessions s JOIN accounts a ON a.id = s.account
                WHERE s.secret_hash = \(key) AND s.expires_at > \(now) AND a.status = 'active'
                """)
        }
        guard let row else { return nil }
        let (seen, role): (Timestamp, String) = (try row["seen_at"], try row["role"])
        guard now.since(seen) < idle, ConsoleSessions.roles.contains(role) else { return nil }
        if now.since(seen) > .seconds(60) {
            try await service.database.transaction("console.touch") { db in
                try db.execute(
                    "UPDATE console_sessions SET seen_at = \(now) WHERE secret_hash = \(key) AND seen_at < \(now)")
            }
        }
        return SignedIn(
            account: try row["account"], email: try row["email"], role: role, session: try row["id"], sessionKey: key,
            authenticatedAt: try row["authenticated_at"])
    }

    public func signOut(_ caller: SignedIn) async throws {
        try await service.database.transaction("console.end") { [service] db in
            let ended = try db.execute("DELETE FROM console_sessions WHERE secret_hash = \(caller.sessionKey)")
            guard ended > 0 else { return }
            try service.audit.append(
                AuditEvent(
                    "console.closed", actor: caller.account, subject: caller.account, details: ["reason": "sign-out"]),
                in: db)
        }
    }

    /// Shows again that it is them, by password: wrong ones count as in `IdentityFlows`. The session gets a new secret.
    /// (ASVS 5.0 V7.2.4)
    public func confirm(_ caller: SignedIn, password: String, from client: IdentityFlows.Client) async throws -> Secret
    {
        _ = try await flows.proven(caller, password: password, client)
        let secret = OneTimeSecret(random: service.random)
        let now = flows.now
        let changed = try await service.database.transaction("console.confirm") { db in
            try db.execute(
                """
                UPDATE console_sessions SET secret_hash = \(secret.hash), authenticated_at = \(now), seen_at = \(now)
                WHERE secret_hash = \(caller.sessionKey)
                """)
        }
        guard changed == 1 else {
            throw Problem(
                "console.sign-in", status: 401, title: "Please sign in to the console.",
                detail: "This session has ended.")
        }
        return secret.text
    }

    /// Takes out what has run out.
    static func sweep(at now: Timestamp, idle: Duration, in db: Transaction) throws -> Int {
        try db.execute(
            """
            DELETE FROM console_sessions WHERE secret_hash IN (
                SELECT secret_hash FROM console_sessions
                WHERE expires_at <= \(now) OR seen_at <= \(now.advanced(by: .zero - idle))
                ORDER BY secret_hash LIMIT 500)
            """)
    }
}
