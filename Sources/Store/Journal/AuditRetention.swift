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

    /// Removes the rows up to the first that must still be kept: each at least as long as its kind says. What is removed is
    /// recomputed before: a row that isn't what was written stays, and everything behind it.
    ///
    /// On PostgreSQL the role of `grants(to:)`, which may remove nothing itself, asks the owner's function `audit_prune`,
    /// which goes by rules of its own.
    ///
    /// - Parameter days: keeps every kind at least this long.
    /// - Returns: nil when there was nothing to remove.
    /// - Throws: `DatabaseError` `.schema` for a trail that isn't whole, `.permission` without a right to remove.
    public func prune(_ database: Database, keeping days: Int = 0) async throws -> Pruned? {
        let now = clock.now()
        guard let plan = try await plan(database, now: now, days: days) else { return nil }
        let hash: [UInt8]
        do {
            hash = try await verified(plan, database)
        } catch let error as DatabaseError where error.code == .schema {
            // Rows that another took away meanwhile look removed.
            guard try await self.plan(database, now: now, days: days)?.first == plan.first else { return again(plan) }
            throw error
        }
        let journal = journal
        return try await database.transaction("audit.prune", limit: .seconds(600)) { db in
            // Whoever appends meanwhile doesn't wait: only those who prune do, for each other.
            if db.engine == .postgres { _ = try db.row("SELECT pg_advisory_xact_lock(\(AuditRetention.lockKey))") }
            let first: Int64? = try db.value("SELECT min(sequence) FROM audit_entries", as: Int64?.self) ?? nil
            guard first == plan.first else { return again(plan) }
            let removed =
                try AuditRetention.mayDelete(db)
                ? AuditRetention.remove(plan, hash: hash, at: now, db) : AuditRetention.ask(for: plan, db)
            guard let removed else { return nil }
            try journal.append(
                AuditEvent(
                    "audit.pruned", actor: "system",
                    details: [
                        "through": "\(removed.position.sequence)", "hash": Anchor.hexadecimal(removed.position.hash),
                        "count": "\(removed.count)",
                    ]),
                in: db)
            return Pruned(
                through: removed.position.sequence, entries: removed.count,
                mayGoOn: plan.mayGoOn && removed.position.sequence == plan.through)
        }
    }

    /// Another was quicker: the next run plans anew.
    private func again(_ plan: Plan) -> Pruned { Pruned(through: plan.through, entries: 0, mayGoOn: true) }

    /// What a run would remove.
    private struct Plan: Sendable {
        /// Behind what was removed before.
        let start: ChainPosition
        let first: Int64
        let through: Int64
        let mayGoOn: Bool
    }

    private func plan(_ database: Database, now: Timestamp, days: Int) async throws -> Plan? {
        let portion = portion
        return try await database.read("audit.prune", limit: .seconds(600)) { db in
            let kept = try AuditRetention.firstKept(db, now: now, days: days)
            let first: Int64? = try db.value("SELECT min(sequence) FROM audit_entries", as: Int64?.self) ?? nil
            guard let first, kept > first else { return nil }
            let through = min(kept - 1, first + Int64(portion) - 1)
            let checkpoint = try db.row(
                "SELECT through_sequence, hash FROM audit_checkpoints ORDER BY through_sequence DESC LIMIT 1")
            let start = try checkpoint.map {
                ChainPosition(sequence: try $0["through_sequence"], hash: try $0["hash"])
            }
            return Plan(start: start ?? .start, first: first, through: through, mayGoOn: through < kept - 1)
        }
    }

    /// Recomputes every row that is to go, page by page.
    ///
    /// - Returns: the last one's hash.
    private func verified(_ plan: Plan, _ database: Database) async throws -> [UInt8] {
        var last = plan.start
        while last.sequence < plan.through {
            let after = last.sequence
            let rows = try await database.read("audit.prune") { db in
                try db.rows(
                    """
                    SELECT \(AuditEntry.columns) FROM audit_entries WHERE sequence > \(after)
                    AND sequence <= \(plan.through) ORDER BY sequence LIMIT \(AuditVerifier.page)
                    """
                ).map { row in try AuditEntry(row) }
            }
            for entry in rows {
                guard entry.sequence == last.sequence + 1, entry.previousHash == last.hash,
                    entry.isGenuine(at: entry.sequence)
                else { throw AuditRetention.broken(entry.sequence) }
                last = ChainPosition(sequence: entry.sequence, hash: entry.hash)
            }
            if rows.isEmpty { throw AuditRetention.broken(last.sequence + 1) }
        }
        return last.hash
    }

    private static func broken(_ sequence: Int64) -> DatabaseError {
        DatabaseError(
            .schema,
            "row \(sequence) of the audit trail isn't what was written, so nothing was removed: seaworthy audit verify")
    }

    private typealias Removed = (position: ChainPosition, count: Int)

    private static func mayDelete(_ db: Transaction) throws -> Bool {
        guard db.engine == .postgres else { return true }
        return try db.value("SELECT has_table_privilege('audit_entries', 'DELETE')", as: Bool.self) ?? false
    }

    private static func remove(_ plan: Plan, hash: [UInt8], at now: Timestamp, _ db: Transaction) throws -> Removed? {
        let count = Int(plan.through - plan.first + 1)
        try db.execute(
            """
            INSERT INTO audit_checkpoints (through_sequence, hash, entries, made_at)
            VALUES (\(plan.through), \(hash), \(count), \(now))
            """)
        try db.execute("DELETE FROM audit_entries WHERE sequence <= \(plan.through)")
        return (ChainPosition(sequence: plan.through, hash: hash), count)
    }

    /// As a role that may not: the owner's function removes what its own rules and the server's clock let go.
    private static func ask(for plan: Plan, _ db: Transaction) throws -> Removed? {
        let mayAsk = try db.value(
            """
            SELECT CASE WHEN to_regprocedure('audit_prune(bigint)') IS NULL THEN false
                ELSE has_function_privilege(to_regprocedure('audit_prune(bigint)'), 'EXECUTE') END
            """, as: Bool.self)
        guard mayAsk == true else {
            throw DatabaseError(
                .permission,
                "this role may not prune the audit trail: run `seaworthy migrate grants` again as the owner")
        }
        let row = try db.row(
            "SELECT pruned_through, pruned_entries, pruned_hash FROM audit_prune(\(plan.through)::bigint)")
        guard let row, let through: Int64 = try row["pruned_through"] else { return nil }
        return (ChainPosition(sequence: through, hash: try row["pruned_hash"]), try row["pruned_entries"])
    }

    /// “SeaPrune” as a number: the advisory lock of those who prune.
    static let lockKey: Int64 = 0x5365_6150_7275_6E65

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
