import Kernel
import Operations
import Store

/// Makes the audit trail searchable: reads what is new in it and puts it into the search index, a portion at a time, and takes
/// out what retention has removed. Any number of workers may do it: the progress row is locked.
struct EventIndexing: BackgroundWork {
    let name = "search-index"
    /// What a caller must be allowed to see the trail's events.
    static let audience = "audit.read"
    static let kind = "event"
    private static let source = "audit_entries"
    static let portion = 200

    let database: Database
    let clock: any WallClock
    private var index: SearchIndex { SearchIndex(database: database, clock: clock) }

    init(database: Database, clock: any WallClock) {
        self.database = database
        self.clock = clock
    }

    func run() async {
        while !Task.isCancelled {
            // A database that is away is asked again next time.
            let isBehind = (try? await step()) ?? false
            if isBehind { continue }
            try? await Task.sleep(for: .seconds(2))
        }
    }

    /// One portion.
    ///
    /// - Returns: whether there may be more at once.
    func step() async throws -> Bool {
        let index = index
        // Mostly there is nothing: that is seen without keeping a writer waiting.
        let isDue = try await database.read("search.due") { db in
            let newest: Int64 = try db.value("SELECT sequence FROM audit_head WHERE id = 1") ?? 0
            return try EventIndexing.pruned(db) || index.position(of: EventIndexing.source, in: db) < newest
        }
        guard isDue else { return false }
        return try await database.transaction("search.index") { db in
            try db.execute(
                """
                INSERT INTO search_progress (source, position, at) VALUES (\(EventIndexing.source), 0, \(clock.now()))
                ON CONFLICT (source) DO NOTHING
                """)
            let row = try db.lockedRow(
                "SELECT position FROM search_progress WHERE source = \(EventIndexing.source)")
            let position: Int64 = try row?["position"] ?? 0
            let removed = try EventIndexing.forget(index, in: db)
            let entries = try Journal.entries(after: position, limit: EventIndexing.portion, in: db)
            guard let last = entries.last else { return removed == EventIndexing.portion }
            for entry in entries { try index.put(EventIndexing.document(entry), in: db) }
            try index.setPosition(last.sequence, of: EventIndexing.source, in: db)
            return entries.count == EventIndexing.portion || removed == EventIndexing.portion
        }
    }

    private static func document(_ entry: AuditEntry) -> SearchDocument {
        let title = EventRegistry.kind(entry.kind)?.title ?? "An event that this version doesn't know."
        var parts = ["\(entry.at.iso8601.prefix(19))Z"]
        if let actor = entry.actor { parts.append("by \(actor)") }
        if let subject = entry.subject { parts.append("about \(subject)") }
        parts += entry.detailPairs?.map { "\($0.name) \($0.value)" } ?? [entry.details]
        return SearchDocument(
            kind: kind, key: "\(entry.sequence)", title: "\(entry.kind): \(title)",
            body: parts.joined(separator: ", "), audience: audience)
    }

    /// Whether the index has events that the trail no longer has.
    private static func pruned(_ db: ReadTransaction) throws -> Bool {
        guard let through = try lastPruned(db) else { return false }
        return try db.row(
            "SELECT 1 FROM search_documents WHERE kind = \(EventIndexing.kind) AND key = \("\(through)")") != nil
    }

    /// The last row that retention took away; nil before the first time.
    private static func lastPruned(_ db: ReadTransaction) throws -> Int64? {
        try db.value("SELECT max(through_sequence) FROM audit_checkpoints", as: Int64?.self) ?? nil
    }

    /// From the oldest on: the newest of them goes last, and with it the sign that there is something to do.
    private static func forget(_ index: SearchIndex, in db: Transaction) throws -> Int {
        guard let through = try lastPruned(db) else { return 0 }
        let gone = try db.rows(
            """
            SELECT key FROM search_documents
            WHERE kind = \(EventIndexing.kind) AND CAST(key AS BIGINT) <= \(through)
            ORDER BY CAST(key AS BIGINT) LIMIT \(EventIndexing.portion)
            """)
        for row in gone { try index.remove(kind: EventIndexing.kind, key: try row["key"], in: db) }
        return gone.count
    }
}
