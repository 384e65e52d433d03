public import Kernel
import Store

/// What `seaworthy secrets list` shows: every key and every configured secret with its age, never a value.
public struct SecretInventory: Sendable {
    public struct Key: Sendable, Equatable {
        public let id: KeyID
        public let purpose: KeyPurpose
        public let state: RingKey.State
        public let createdAt: Timestamp
        /// When it begins (pending), ends (overlapping) or was destroyed; nil where none of it is set.
        public let until: Timestamp?
        public let rootID: String
    }

    public let keys: [Key]
    public let configured: [ConfiguredSecret]
    /// Where re-wrapping of the sealed columns stands.
    public let columns: [Column]
    /// Of the root keys given, the first one wraps.
    public let rootIDs: [String]

    public init(keys: [Key], configured: [ConfiguredSecret], columns: [Column], rootIDs: [String]) {
        self.keys = keys
        self.configured = configured
        self.columns = columns
        self.rootIDs = rootIDs
    }

    public struct Column: Sendable, Equatable {
        public let name: String
        /// The key that it was last brought to; nil before the first rotation.
        public let target: String?
        public let isDone: Bool
        public let moved: Int
        public let unreadable: Int
    }
}

extension KeyRing {
    /// Reads all of it from the database: destroyed keys too, for a year.
    public func inventory(configured: [ConfiguredSecret] = []) async throws -> SecretInventory {
        let now = clock.now()
        let (keys, columns) = try await database.read("secrets.inventory") { db in
            let since = now.adding(.seconds(-366 * 86_400))
            let keys = try db.rows(
                """
                SELECT \(KeyRing.columns) FROM secret_keys WHERE destroyed_at IS NULL OR destroyed_at > \(since)
                ORDER BY purpose, active_at, id
                """
            ).map { try self.key($0) }
            let columns = try db.rows(
                """
                SELECT table_name, column_name, target, done, moved, unreadable FROM sealed_columns
                ORDER BY table_name, column_name
                """
            ).map { row in
                SecretInventory.Column(
                    name: "\(try row["table_name"] as String).\(try row["column_name"] as String)",
                    target: try row["target"], isDone: try row["done"], moved: try row["moved"],
                    unreadable: try row["unreadable"])
            }
            return (keys, columns)
        }
        return SecretInventory(
            keys: keys.map { key in
                let state = keys.state(of: key, at: now)
                let until = state == .pending ? key.activeAt : key.destroyedAt ?? key.expiresAt
                return SecretInventory.Key(
                    id: key.id, purpose: key.purpose, state: state, createdAt: key.createdAt, until: until,
                    rootID: key.rootID)
            }, configured: configured, columns: columns, rootIDs: rootIDs)
    }
}
