public import Kernel

/// Removes rows past their time from the front of the trail. A checkpoint keeps the hash of the last one, and an event of the
/// trail itself vouches for the checkpoint, so verification goes on from there.
public struct AuditRetention: Sendable {
    public struct Pruned: Sendable, Equatable {
        public var through: Int64
        public var entries: Int
        /// Whether a full run was made and another may find more.
        public var mayGoOn: Bool
    }

    private let journal: Journal
    private let clock: any WallClock
    /// Rows that one transaction removes at most.
    private let portion: Int

    public init(journal: Journal, clock: any WallClock, portion: Int = 50_000) {
        self.journal = journal
        self.clock = clock
        self.portion = portion
    }

    /// Removes the rows up to the first that must still be kept: each at least as long as its kind says.
    ///
    /// On PostgreSQL this wants the tables' owner: the role of `grants(to:)` may not remove anything.
    ///
    /// - Parameter days: keeps every kind at least this long.
    /// - Returns: nil when there was nothing to remove.
    public func prune(_ database: Database, keeping days: Int = 0) async throws -> Pruned? {
        let now = clock.now()
        let (journal, portion) = (journal, portion)
        return try await database.transaction("audit.prune", limit: .seconds(600)) { db in
            let kept = try AuditRetention.firstKept(db, now: now, days: days)
            let first: Int64? = try db.value("SELECT min(sequence) FROM audit_entries", as: Int64?.self) ?? nil
            guard let first, kept > first else { return nil }
            let through = min(kept - 1, first + Int64(portion) - 1)
            guard
                let hash = try db.value("SELECT hash FROM audit_entries WHERE sequence = \(through)", as: [UInt8].self)
            else { throw DatabaseError(.schema, "the audit trail has no row \(through): verify it before pruning") }
            let count = Int(through - first + 1)
            try db.execute(
                """
                INSERT INTO audit_checkpoints (through_sequence, hash, entries, made_at)
                VALUES (\(through), \(hash), \(count), \(now))
                """)
            try db.execute("DELETE FROM audit_entries WHERE sequence <= \(through)")
            try journal.append(
                AuditEvent(
                    "audit.pruned", actor: "system",
                    details: ["through": "\(through)", "hash": Anchor.hexadecimal(hash), "count": "\(count)"]),
                in: db)
            return Pruned(through: through, entries: count, mayGoOn: through < kept - 1)
        }
    }

    /// The first row that isn't past its time; the newest always stays.
    private static func firstKept(_ db: ReadTransaction, now: Timestamp, days: Int) throws -> Int64 {
        func limit(_ kindDays: Int) -> Timestamp {
            let span = Int64(max(kindDays, days)) * 86_400_000_000_000
            return Timestamp(nanosecondsSinceEpoch: now.nanosecondsSinceEpoch - span)
        }
        var kept: SQL = "at >= \(limit(EventKind.year))"
        for (period, kinds) in Dictionary(grouping: EventRegistry.all, by: \.retentionDays).sorted(by: {
            $0.key < $1.key
        })
        where period > EventKind.year {
            kept += " OR (at >= \(limit(period)) AND kind IN (\(list: kinds.map(\.id))))"
        }
        let first: Int64? = try db.value(
            "SELECT sequence FROM audit_entries WHERE \(kept) ORDER BY sequence LIMIT 1", as: Int64.self)
        let newest: Int64 = try db.value("SELECT sequence FROM audit_head WHERE id = 1", as: Int64.self) ?? 0
        return min(first ?? newest, newest)
    }
}
