public import Kernel

/// What operators see and do. Each act belongs in a transaction with its audit row.
extension JobQueue {
    public enum Cancellation: String, Sendable {
        /// It had not begun: it never will.
        case cancelled
        /// It runs: its worker is told within a second or two. It may still finish first.
        case requested
        /// It had ended already.
        case ended
        case unknown
    }

    /// Stops a job: at once before it runs, soon while it runs.
    public func cancel(_ id: UniqueID, in db: Transaction) throws(DatabaseError) -> Cancellation {
        guard let row = try db.lockedRow("SELECT state FROM jobs WHERE id = \(id.rawValue)") else { return .unknown }
        let state: JobState = try row["state"]
        switch state {
        case .ready:
            try db.execute(
                """
                UPDATE jobs SET state = 'cancelled', cancel_requested = 1, ended_at = \(clock.now())
                WHERE id = \(id.rawValue)
                """)
            return .cancelled
        case .running:
            try db.execute("UPDATE jobs SET cancel_requested = 1 WHERE id = \(id.rawValue)")
            return .requested
        case .done, .dead, .cancelled: return .ended
        }
    }

    /// Tries a dead or cancelled job again, from its first attempt.
    ///
    /// - Returns: false when it is neither.
    public func retry(_ id: UniqueID, in db: Transaction) throws(DatabaseError) -> Bool {
        let changed = try db.execute("\(JobQueue.again(clock.now())) WHERE id = \(id.rawValue) AND \(JobQueue.atRest)")
        if changed > 0 { wakeWorkers(db) }
        return changed > 0
    }

    /// Tries all dead letters of a kind again, 10,000 at most.
    ///
    /// - Returns: how many.
    public func retryDead(_ kind: JobKind, in db: Transaction) throws(DatabaseError) -> Int {
        let rows = try db.claimedRows(
            "SELECT id FROM jobs WHERE state = 'dead' AND kind = \(kind.rawValue) ORDER BY id LIMIT 10000")
        for row in rows {
            let id: String = try row["id"]
            try db.execute("\(JobQueue.again(clock.now())) WHERE id = \(id)")
        }
        if !rows.isEmpty { wakeWorkers(db) }
        return rows.count
    }

    /// Removes a dead or cancelled job for good.
    ///
    /// - Returns: false when it is neither.
    public func discard(_ id: UniqueID, in db: Transaction) throws(DatabaseError) -> Bool {
        try db.execute("DELETE FROM jobs WHERE id = \(id.rawValue) AND \(JobQueue.atRest)") > 0
    }

    public func job(_ id: UniqueID, in db: ReadTransaction) throws(DatabaseError) -> JobRecord? {
        guard let row = try db.row("SELECT \(JobRecord.columns) FROM jobs WHERE id = \(id.rawValue)") else {
            return nil
        }
        return try JobRecord(row)
    }

    /// Jobs, the youngest first.
    ///
    /// - Parameters:
    ///   - before: the last id of the page before; nil for the first page.
    ///   - limit: 1…200.
    public func list(
        state: JobState? = nil, kind: JobKind? = nil, before: UniqueID? = nil, limit: Int = 50, in db: ReadTransaction
    ) throws(DatabaseError) -> [JobRecord] {
        var conditions: [SQL] = ["1 = 1"]
        if let state { conditions.append("state = \(state)") }
        if let kind { conditions.append("kind = \(kind.rawValue)") }
        if let before { conditions.append("id < \(before.rawValue)") }
        let rows = try db.rows(
            """
            SELECT \(JobRecord.columns) FROM jobs WHERE \(SQL.joined(conditions, by: " AND "))
            ORDER BY id DESC LIMIT \(min(max(limit, 1), 200))
            """)
        var records: [JobRecord] = []
        for row in rows { records.append(try JobRecord(row)) }
        return records
    }

    /// How many there are of each kind, payload version and state.
    ///
    /// - Parameter ended: counts done and cancelled jobs too, which are many; else only what waits, runs or is dead.
    public func census(ended: Bool = false, in db: ReadTransaction) throws(DatabaseError) -> [JobCount] {
        var parts: [SQL] = [
            JobQueue.counting("'ready'", "run_at"), JobQueue.counting("'running'", "created_at"),
            JobQueue.counting("'dead'", "created_at"),
        ]
        if ended {
            parts += [JobQueue.counting("'done'", "created_at"), JobQueue.counting("'cancelled'", "created_at")]
        }
        let rows = try db.rows("\(SQL.joined(parts, by: " UNION ALL ")) ORDER BY 1, 2, 3 LIMIT 1000")
        var counts: [JobCount] = []
        for row in rows {
            counts.append(
                JobCount(
                    kind: JobKind(rawValue: try row["kind"]), payloadVersion: try row["payload_version"],
                    state: try row["state"], count: try row["number"], oldest: try row["oldest"]))
        }
        return counts
    }

    private static func counting(_ state: SQL, _ age: SQL) -> SQL {
        let ended: SQL = state == "'ready'" || state == "'running'" ? "" : " AND ended_at IS NOT NULL"
        return """
            SELECT kind, payload_version, state, count(*) AS number, min(\(age)) AS oldest FROM jobs
            WHERE state = \(state)\(ended) GROUP BY kind, payload_version, state
            """
    }

    private static let atRest: SQL = "state IN ('dead', 'cancelled')"

    private static func again(_ now: Timestamp) -> SQL {
        """
        UPDATE jobs SET state = 'ready', attempts = 0, run_at = \(now), waits_from = \(now), ended_at = NULL,
            cancel_requested = 0
        """
    }
}
