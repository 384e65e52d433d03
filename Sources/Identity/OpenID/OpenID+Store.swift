import Kernel
import Store

/// A sign-in that is under way at a provider, as the database keeps it. Neither nonce nor PKCE verifier stand here: both are
/// made of the browser's secret, which only the browser has.
struct ProviderSignIn: Sendable {
    enum Purpose: String, Sendable, SQLConvertible {
        case signIn = "sign-in"
        /// As `signIn`, by somebody in a session: they are asked anew who they are.
        case renew
        /// Adds the identity to the account of the session.
        case link
    }

    let provider: String
    let issuer: String
    let purpose: Purpose
    /// Whose session it was begun in; nil for strangers.
    let account: String?
    let returnTo: String
}

/// Somebody's identity at a provider, linked to an account here.
struct LinkedIdentity: Sendable {
    let id: String
    let account: String
    let provider: String
    /// The address that the provider told, as it was when linked; empty where it told none.
    let label: String
    let createdAt: Timestamp
    let usedAt: Timestamp?
}

struct ProviderSignInStore: Sendable {
    static let span: Duration = .seconds(600)

    func insert(
        _ entry: ProviderSignIn, _ state: OneTimeSecret, browser: String, at now: Timestamp, in db: Transaction
    ) throws {
        try db.execute(
            """
            INSERT INTO provider_sign_ins (state_hash, browser_hash, provider, issuer, purpose, account, return_to,
                created_at, expires_at)
            VALUES (\(state.hash), \(OneTimeSecret.hash(browser)), \(entry.provider), \(entry.issuer),
                \(entry.purpose), \(entry.account), \(entry.returnTo), \(now),
                \(now.advanced(by: ProviderSignInStore.span)))
            """)
    }

    /// Uses a state up: exactly one of any number of callers gets it, and only with the browser's secret.
    func take(
        _ state: String, browser: String, provider: String, at now: Timestamp, in db: Transaction
    ) throws -> ProviderSignIn? {
        guard OneTimeSecret.isPlausible(state), OneTimeSecret.isPlausible(browser) else { return nil }
        return try db.row(
            """
            DELETE FROM provider_sign_ins WHERE state_hash = \(OneTimeSecret.hash(state))
                AND browser_hash = \(OneTimeSecret.hash(browser)) AND provider = \(provider) AND expires_at > \(now)
            RETURNING provider, issuer, purpose, account, return_to
            """
        ).map { row in
            ProviderSignIn(
                provider: try row["provider"], issuer: try row["issuer"], purpose: try row["purpose"],
                account: try row["account"], returnTo: try row["return_to"])
        }
    }

    static func sweep(at now: Timestamp, in db: Transaction) throws -> Int {
        try db.execute("DELETE FROM provider_sign_ins WHERE expires_at < \(now)")
    }
}

struct LinkedIdentityStore: Sendable {
    private static let columns: SQL = "id, account, provider, label, created_at, used_at"

    private static func identity(_ row: Row) throws -> LinkedIdentity {
        LinkedIdentity(
            id: try row["id"], account: try row["account"], provider: try row["provider"], label: try row["label"],
            createdAt: try row["created_at"], usedAt: try row["used_at"])
    }

    func find(issuer: String, subject: String, in db: ReadTransaction) throws -> LinkedIdentity? {
        try db.row(
            """
            SELECT \(LinkedIdentityStore.columns) FROM linked_identities
            WHERE issuer = \(issuer) AND subject = \(subject)
            """
        ).map(LinkedIdentityStore.identity)
    }

    func list(of account: String, in db: ReadTransaction) throws -> [LinkedIdentity] {
        try db.rows(
            """
            SELECT \(LinkedIdentityStore.columns) FROM linked_identities WHERE account = \(account)
            ORDER BY created_at, id LIMIT 100
            """
        ).map(LinkedIdentityStore.identity)
    }

    /// False where somebody else was faster, or it is linked already.
    func insert(_ identity: LinkedIdentity, issuer: String, subject: String, in db: Transaction) throws -> Bool {
        try db.execute(
            """
            INSERT INTO linked_identities (id, account, provider, issuer, subject, label, created_at, used_at)
            VALUES (\(identity.id), \(identity.account), \(identity.provider), \(issuer), \(subject),
                \(identity.label), \(identity.createdAt), \(identity.usedAt))
            ON CONFLICT (issuer, subject) DO NOTHING
            """) == 1
    }

    func used(_ id: String, at now: Timestamp, in db: Transaction) throws {
        try db.execute("UPDATE linked_identities SET used_at = \(now) WHERE id = \(id)")
    }

    /// nil when the account has no such identity.
    func remove(_ id: String, of account: String, in db: Transaction) throws -> String? {
        try db.row("DELETE FROM linked_identities WHERE id = \(id) AND account = \(account) RETURNING provider")
            .map { try $0["provider"] }
    }
}

/// Which accounts' addresses were proven to be their owners': by a link that was mailed there, or by a provider.
struct ProvenAddressStore: Sendable {
    func prove(_ account: String, _ email: MailAddress, at now: Timestamp, in db: Transaction) throws {
        try db.execute(
            """
            INSERT INTO proven_addresses (account, email_key, proven_at) VALUES (\(account), \(email.folded), \(now))
            ON CONFLICT (account) DO UPDATE SET email_key = \(email.folded), proven_at = \(now)
            """)
    }

    func isProven(_ account: Account, in db: ReadTransaction) throws -> Bool {
        try db.row(
            """
            SELECT account FROM proven_addresses WHERE account = \(account.id) AND email_key = \(account.email.folded)
            """) != nil
    }
}
