import Kernel
import Store

/// A one-time link as the database keeps it: what it lets its bearer do, until when.
struct OneTimeLink: Sendable, Equatable {
    enum Kind: String, Sendable, SQLConvertible {
        /// Makes the first administrator.
        case setup
        /// Makes an account for an address that its owner gave.
        case signUp = "sign-up"
        /// As `signUp`, by invitation.
        case invitation
        /// Chooses a new password.
        case reset
        /// Moves an account to another address.
        case address
        /// Makes a browser one that the account knows, so that it isn't locked out with the rest of the world.
        case device
    }

    let kind: Kind
    let account: String?
    let email: MailAddress?
    let role: Role?
    let createdAt: Timestamp
    let expiresAt: Timestamp
}

struct LinkStore: Sendable {
    private static let columns: SQL = "kind, account, email, role, created_at, expires_at"

    private static func link(_ row: Row) throws -> OneTimeLink {
        let email: String? = try row["email"]
        let role: String? = try row["role"]
        return OneTimeLink(
            kind: try row["kind"], account: try row["account"], email: email.flatMap { try? MailAddress($0) },
            role: role.flatMap(Role.init(rawValue:)), createdAt: try row["created_at"],
            expiresAt: try row["expires_at"])
    }

    func insert(_ link: OneTimeLink, _ secret: OneTimeSecret, in db: Transaction) throws {
        try db.execute(
            """
            INSERT INTO identity_links (secret_hash, kind, account, email, role, created_at, expires_at)
            VALUES (\(secret.hash), \(link.kind), \(link.account), \(link.email?.description), \(link.role?.rawValue),
                \(link.createdAt), \(link.expiresAt))
            """)
    }

    /// What a secret leads to; nil when it is unknown, used or too old.
    func find(_ secret: String, at now: Timestamp, in db: ReadTransaction) throws -> OneTimeLink? {
        guard OneTimeSecret.isPlausible(secret) else { return nil }
        let hash = OneTimeSecret.hash(secret)
        return try db.row(
            "SELECT \(LinkStore.columns) FROM identity_links WHERE secret_hash = \(hash) AND expires_at > \(now)"
        ).map(LinkStore.link)
    }

    /// Uses a link up: exactly one of any number of callers gets it.
    func take(_ secret: String, at now: Timestamp, in db: Transaction) throws -> OneTimeLink? {
        guard OneTimeSecret.isPlausible(secret) else { return nil }
        let hash = OneTimeSecret.hash(secret)
        return try db.row(
            """
            DELETE FROM identity_links WHERE secret_hash = \(hash) AND expires_at > \(now)
            RETURNING \(LinkStore.columns)
            """
        ).map(LinkStore.link)
    }

    /// When the newest link of a kind was made for an account; nil without a valid one.
    func newest(_ kind: OneTimeLink.Kind, of account: String, at now: Timestamp, in db: ReadTransaction) throws
        -> Timestamp?
    {
        try db.row(
            """
            SELECT created_at FROM identity_links WHERE account = \(account) AND kind = \(kind) AND expires_at > \(now)
            ORDER BY created_at DESC LIMIT 1
            """
        ).map { try $0["created_at"] }
    }

    func removeAll(_ kind: OneTimeLink.Kind, of account: String, in db: Transaction) throws {
        try db.execute("DELETE FROM identity_links WHERE account = \(account) AND kind = \(kind)")
    }

    func removeAll(_ kind: OneTimeLink.Kind, in db: Transaction) throws {
        try db.execute("DELETE FROM identity_links WHERE kind = \(kind)")
    }

    static func sweep(before time: Timestamp, in db: Transaction) throws -> Int {
        try db.execute("DELETE FROM identity_links WHERE expires_at < \(time)")
    }
}
