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
        /// Whose second factor it is, as `Account.factorSubject`.
        let subject: String
        let key: PasskeyKey
        let counter: Int64
    }

    func list(of subject: String, in db: ReadTransaction) throws -> [Passkey] {
        try db.rows(
            """
            SELECT id, name, created_at, used_at, is_backed_up FROM passkeys WHERE subject = \(subject)
            ORDER BY created_at, id LIMIT 100
            """
        ).map { row in
            let backedUp: Int = try row["is_backed_up"]
            return Passkey(
                id: try row["id"], name: try row["name"], createdAt: try row["created_at"], usedAt: try row["used_at"],
                isBackedUp: backedUp == 1)
        }
    }

    func isAny(of subject: String, in db: ReadTransaction) throws -> Bool {
        try db.row("SELECT 1 AS found FROM passkeys WHERE subject = \(subject) LIMIT 1") != nil
    }

    func count(of subject: String, in db: ReadTransaction) throws -> Int {
        try db.value("SELECT count(*) FROM passkeys WHERE subject = \(subject)", as: Int.self) ?? 0
    }

    /// Whether one of the app's people has any. Those that were kept under a key that has been rotated since move to today's.
    func find(_ person: AppPerson, in db: Transaction) throws -> Bool {
        for old in person.earlier {
            try db.execute("UPDATE passkeys SET subject = \(person.counted) WHERE subject = \(old)")
        }
        return try isAny(of: person.counted, in: db)
    }

    /// False when the passkey is somebody's already.
    func insert(
        _ id: String, account: String, subject: String, name: String, key: PasskeyKey, counter: Int64, isBackedUp: Bool,
        at now: Timestamp, in db: Transaction
    ) throws -> Bool {
        try db.execute(
            """
            INSERT INTO passkeys (
                id, account, subject, name, algorithm, public_key, counter, is_backed_up, created_at
            ) VALUES (
                \(id), \(account), \(subject), \(name), \(key.algorithm), \(key.stored), \(counter),
                \(isBackedUp ? 1 : 0), \(now)
            )
            ON CONFLICT (id) DO NOTHING
            """) == 1
    }

    func find(_ id: String, in db: ReadTransaction) throws -> Row? {
        try db.row(
            "SELECT account, subject, algorithm, public_key, counter FROM passkeys WHERE id = \(id)"
        ).flatMap { row in
            guard let key = PasskeyKey(algorithm: try row["algorithm"], stored: try row["public_key"]) else {
                return nil
            }
            return Row(
                account: try row["account"], subject: try row["subject"], key: key, counter: try row["counter"])
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

    func remove(_ id: String, of subject: String, in db: Transaction) throws -> Bool {
        try db.execute("DELETE FROM passkeys WHERE id = \(id) AND subject = \(subject)") == 1
    }

    /// How many there were.
    static func removeAll(of subject: String, in db: Transaction) throws -> Int {
        try db.execute("DELETE FROM passkeys WHERE subject = \(subject)")
    }

    // MARK: Challenges

    /// - Parameters:
    ///   - account: who makes a passkey, or shows anew who they are; nil: somebody signs in.
    ///   - session: the session's key, where it is to show anew whose it is.
    func challenge(
        _ secret: OneTimeSecret, account: String?, session: String? = nil, at now: Timestamp, in db: Transaction
    ) throws {
        try db.execute(
            """
            INSERT INTO passkey_challenges (secret_hash, account, session_hash, expires_at)
            VALUES (\(secret.hash), \(account), \(session), \(now.advanced(by: PasskeyStore.challengeSpan)))
            """)
    }

    /// Uses a challenge up: exactly one of any number of callers gets true.
    func take(
        _ challenge: String, account: String?, session: String? = nil, at now: Timestamp, in db: Transaction
    ) throws -> Bool {
        guard OneTimeSecret.isPlausible(challenge) else { return false }
        let hash = OneTimeSecret.hash(challenge)
        return try db.execute(
            """
            DELETE FROM passkey_challenges
            WHERE secret_hash = \(hash) AND expires_at > \(now) AND COALESCE(account, '') = \(account ?? "")
                AND COALESCE(session_hash, '') = \(session ?? "")
            """) == 1
    }

    static func sweep(at now: Timestamp, in db: Transaction) throws -> Int {
        try db.execute("DELETE FROM passkey_challenges WHERE expires_at < \(now)")
    }
}
