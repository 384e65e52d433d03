import Kernel

extension JobQueue {
    /// How long ended jobs are kept, and with them their idempotency keys.
    public struct Retention: Sendable, Equatable {
        /// Done and cancelled ones.
        public var done: Duration
        public var dead: Duration

        public init(done: Duration = .seconds(7 * 86_400), dead: Duration = .seconds(30 * 86_400)) {
            self.done = done
            self.dead = dead
        }
    }

    /// Removes what was kept long enough, 1000 at most: call again while it returns that many.
    public func prune(_ retention: Retention, in db: Transaction) throws(DatabaseError) -> Int {
        let now = clock.now()
        var removed = 0
        for (state, kept) in [("done", retention.done), ("cancelled", retention.done), ("dead", retention.dead)] {
            let limit = now.later(by: .zero - kept)
            removed += try db.execute(
                """
                DELETE FROM jobs WHERE id IN (SELECT id FROM jobs
                    WHERE ended_at IS NOT NULL AND state = \(state) AND ended_at < \(limit)
                    ORDER BY ended_at, id LIMIT \(max(0, 1000 - removed)))
                """)
        }
        return removed
    }

    /// Makes jobs due that the clock left behind: they wait for a span, not for a date, and that span began later than now.
    ///
    /// Five seconds are no sign of that: two machines' clocks may differ so much.
    ///
    /// - Returns: how many.
    public func recoverFromClock(in db: Transaction) throws(DatabaseError) -> Int {
        let now = clock.now()
        let rows = try db.claimedRows(
            """
            SELECT id FROM jobs WHERE state = 'ready' AND waits_from > \(now.later(by: .seconds(5)))
            ORDER BY id LIMIT 10000
            """)
        var ids: [String] = []
        for row in rows { ids.append(try row["id"]) }
        for start in stride(from: 0, to: ids.count, by: 500) {
            try db.execute(
                """
                UPDATE jobs SET run_at = \(now), waits_from = \(now)
                WHERE id IN (\(list: ids[start..<min(start + 500, ids.count)]))
                """)
        }
        if !ids.isEmpty { wakeWorkers(db) }
        return ids.count
    }
}
