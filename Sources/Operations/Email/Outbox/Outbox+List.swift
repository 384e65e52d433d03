public import Kernel
public import Store

/// A mail as an operator sees it: no address, no body.
public struct OutboxEntry: Sendable, Equatable {
    public let id: UniqueID
    public let template: MailTemplateID
    /// The first 16 digits of the recipient's pseudonym.
    public let recipient: String
    /// `queued`, `sending`, `sent`, `held`, `given-up`, `suppressed` or `limited`.
    public let state: String
    public let attempts: Int
    public let reason: String?
    public let createdAt: Timestamp
    public let dueAt: Timestamp
    public let endedAt: Timestamp?
}

extension Outbox {
    /// The latest mails first.
    ///
    /// - Parameters:
    ///   - state: only these; nil for all.
    ///   - before: those older than this id: the next page.
    ///   - limit: 1…200.
    public func entries(
        state: String? = nil, before: UniqueID? = nil, limit: Int = 50, in db: ReadTransaction
    ) throws -> [OutboxEntry] {
        var condition: SQL = "1 = 1"
        if let state { condition += " AND state = \(state)" }
        if let before { condition += " AND id < \(before.rawValue)" }
        let rows = try db.rows(
            """
            SELECT \(OutboxEntry.columns) FROM emails WHERE \(condition) ORDER BY id DESC LIMIT \(min(200, max(1, limit)))
            """)
        return try rows.map { try OutboxEntry($0) }
    }

    /// One of them; nil when there is none.
    public func entry(_ id: UniqueID, in db: ReadTransaction) throws -> OutboxEntry? {
        try db.row("SELECT \(OutboxEntry.columns) FROM emails WHERE id = \(id.rawValue)").map { try OutboxEntry($0) }
    }

    /// The one with this idempotency key.
    public func entry(key: String, in db: ReadTransaction) throws -> OutboxEntry? {
        try db.row("SELECT \(OutboxEntry.columns) FROM emails WHERE idempotency_key = \(key)").map {
            try OutboxEntry($0)
        }
    }

    /// The words of a mail that was held: for a developer, who has no server. nil for every other mail, because whoever
    /// may see the outbox must not read other people's links in it.
    public func heldMail(_ id: UniqueID, in db: ReadTransaction) throws -> RenderedMail? {
        let row = try db.row(
            """
            SELECT \(Outbox.contentColumns) FROM emails
            WHERE id = \(id.rawValue) AND state = 'held' AND purged_at IS NULL
            """)
        return try row.map { try contents(of: $0, id, in: db).rendered }
    }
}

extension OutboxEntry {
    fileprivate static let columns: SQL =
        "id, template, recipient_hash, state, attempts, reason, created_at, due_at, ended_at"

    fileprivate init(_ row: Row) throws {
        let hash: String = try row["recipient_hash"]
        self.init(
            id: UniqueID(rawValue: try row["id"]), template: MailTemplateID(rawValue: try row["template"]),
            recipient: String(hash.prefix(16)), state: try row["state"], attempts: try row["attempts"],
            reason: try row["reason"], createdAt: try row["created_at"], dueAt: try row["due_at"],
            endedAt: try row["ended_at"])
    }
}
