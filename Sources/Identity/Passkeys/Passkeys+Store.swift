public import Kernel
import Store

/// A passkey as its owner sees it.
public struct Passkey: Sendable, Equatable {
    /// Base64url of the credential's id.
    public let id: String
    public let name: String
    public let createdAt: Timestamp
    public let usedAt: Timestamp?
    /// Whether it is kept by a password manager or cloud, and so on more than one device.
    public let isBackedUp: Bool
}

struct PasskeyStore: Sendable {
    static let mostPerAccount = 20
    static let challengeSpan: Duration = .seconds(300)

    struct Row: Sendable {
        let account: String
        let key: PasskeyKey
        let counter: Int64
    }

    func list(of account: String, in db: ReadTransaction) throws -> [Passkey] {
        try db.rows(
            """
            SELECT id, name, created_at, used_at, is_backed_up FROM passkeys WHERE account = \(account)
            ORDER BY created_at, id LIMIT 100
            """
        ).map { row in
            let backedUp: Int = try row["is_backed_up"]
            return Passkey(
                id: try row["id"], name: try row["name"], createdAt: try row["created_at"], usedAt: try row["used_at"],
                isBackedUp: backedUp == 1)
        }
    }

    /// False when the passkey is somebody's already.
    func insert(
        _ id: String, account: String, name: String, key: PasskeyKey, counter: Int64, isBackedUp: Bool,
        at now: Timestamp, in db: Transaction
    ) throws -> Bool {
        try db.execute(
            """
            INSERT INTO passkeys (id, account, name, algorithm, public_key, counter, is_backed_up, created_at)
            VALUES (\(id), \(account), \(name), \(key.algorithm), \(key.stored), \(counter), \(isBackedUp ? 1 : 0),
                \(now))
            ON CONFLICT (id) DO NOTHING
            """) == 1
    }

    func find(_ id: String, in db: ReadTransaction) throws -> Row? {
        try db.row("SELECT account, algorithm, public_key, counter FROM passkeys WHERE id = \(id)").flatMap { row in
            guard let key = PasskeyKey(algorithm: try row["algorithm"], stored: try row["public_key"]) else {
                return nil
            }
            return Row(account: try row["account"], key: key, counter: try row["counter"])
        }
    }

    /// Moves the counter on, in one statement: false where it doesn't grow, which a copy of the passkey would show.
    /// Authenticators without a counter always say 0.
    func used(
        _ id: String, counter: Int64, isBackedUp: Bool, at now: Timestamp, in db: Transaction
    ) throws -> Bool {
        try db.execute(
            """
            UPDATE passkeys SET counter = \(counter), used_at = \(now), is_backed_up = \(isBackedUp ? 1 : 0)
            WHERE id = \(id) AND (counter < \(counter) OR (counter = 0 AND \(counter) = 0))
            """) == 1
    }

    func remove(_ id: String, of account: String, in db: Transaction) throws -> Bool {
        try db.execute("DELETE FROM passkeys WHERE id = \(id) AND account = \(account)") == 1
    }

    // MARK: Challenges

    /// - Parameter account: who makes a passkey; nil: somebody signs in.
    func challenge(_ secret: OneTimeSecret, account: String?, at now: Timestamp, in db: Transaction) throws {
        try db.execute(
            """
            INSERT INTO passkey_challenges (secret_hash, account, expires_at)
            VALUES (\(secret.hash), \(account), \(now.advanced(by: PasskeyStore.challengeSpan)))
            """)
    }

    /// Uses a challenge up: exactly one of any number of callers gets true.
    func take(_ challenge: String, account: String?, at now: Timestamp, in db: Transaction) throws -> Bool {
        guard OneTimeSecret.isPlausible(challenge) else { return false }
        let hash = OneTimeSecret.hash(challenge)
        return try db.execute(
            """
            DELETE FROM passkey_challenges
            WHERE secret_hash = \(hash) AND expires_at > \(now) AND COALESCE(account, '') = \(account ?? "")
            """) == 1
    }

    static func sweep(at now: Timestamp, in db: Transaction) throws -> Int {
        try db.execute("DELETE FROM passkey_challenges WHERE expires_at < \(now)")
    }
}
