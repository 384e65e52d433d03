public import Kernel
public import Store

/// What operators see of webhooks, and what they can do: the state of each endpoint, the log of deliveries, switching on again.
public struct WebhookRegister: Sendable {
    public struct Endpoint: Sendable, Equatable {
        public let id: String
        public let failingSince: Timestamp?
        public let disabledAt: Timestamp?
        public let disabledReason: String?
    }

    public struct Delivery: Sendable, Equatable {
        public let id: String
        public let kind: String
        /// `waiting`, `delivered`, `failed` or `skipped`.
        public let state: String
        public let attempts: Int
        public let lastStatus: Int?
        public let lastError: String?
        public let createdAt: Timestamp
    }

    private let journal: Journal

    public init(journal: Journal) { self.journal = journal }

    /// Endpoints that have failed at some time; the others have no row.
    public func endpoints(in db: ReadTransaction) throws -> [Endpoint] {
        try db.rows("SELECT * FROM webhook_endpoints ORDER BY id").map { row in
            Endpoint(
                id: try row["id"], failingSince: try row["failing_since"], disabledAt: try row["disabled_at"],
                disabledReason: try row["disabled_reason"])
        }
    }

    /// The newest first.
    public func deliveries(to endpoint: String, limit: Int = 100, in db: ReadTransaction) throws -> [Delivery] {
        try db.rows(
            """
            SELECT * FROM webhook_deliveries WHERE endpoint = \(endpoint) ORDER BY created_at DESC, id DESC
            LIMIT \(limit)
            """
        ).map { row in
            Delivery(
                id: try row["id"], kind: try row["kind"], state: try row["state"], attempts: try row["attempts"],
                lastStatus: try row["last_status"], lastError: try row["last_error"], createdAt: try row["created_at"])
        }
    }

    /// Switches an endpoint on again.
    ///
    /// - Returns: false when it wasn't off.
    public func enable(_ endpoint: String, by actor: String, in db: Transaction) throws -> Bool {
        let changed = try db.execute(
            """
            UPDATE webhook_endpoints SET disabled_at = NULL, disabled_reason = NULL, failing_since = NULL
            WHERE id = \(endpoint) AND disabled_at IS NOT NULL
            """)
        guard changed > 0 else { return false }
        try journal.append(AuditEvent("webhook.enabled", actor: actor, details: ["endpoint": endpoint]), in: db)
        return true
    }

    /// Removes the log of deliveries that ended before `time`.
    public static func prune(before time: Timestamp, in db: Transaction) throws {
        try db.execute("DELETE FROM webhook_deliveries WHERE created_at < \(time) AND state <> 'waiting'")
    }
}
