import Kernel
public import Store

extension Outbox {
    /// What a round of housekeeping did, in mails.
    public struct Retention: Sendable, Equatable {
        public var purged = 0
        public var removed = 0
        public var requeued = 0
        /// Written in the clear by an earlier version, and sealed now.
        public var sealed = 0
    }

    /// Forgets what is old, and finds mails whose job was lost. In portions, so that nothing else waits long: call it until
    /// it did nothing.
    public func retain(in db: Transaction) throws -> Retention {
        let now = clock.now()
        var done = Retention()
        done.purged = try db.execute(
            """
            UPDATE emails SET recipient = '', recipient_name = NULL, subject = '', body_text = '', body_html = '',
                unsubscribe = NULL, sealed = NULL, purged_at = \(now)
            WHERE id IN (SELECT id FROM emails WHERE purged_at IS NULL AND ended_at IS NOT NULL
                AND ended_at < \(now.moved(by: .zero - settings.keepsBodies)) ORDER BY ended_at LIMIT 500)
                AND purged_at IS NULL
            """)
        done.removed = try db.execute(
            """
            DELETE FROM emails WHERE id IN (SELECT id FROM emails WHERE ended_at IS NOT NULL
                AND ended_at < \(now.moved(by: .zero - settings.keepsRecords)) ORDER BY ended_at LIMIT 500)
            """)
        // A recipient whose row goes is counted anew from the mails, which are kept longer than an hour.
        try db.execute(
            """
            DELETE FROM email_recipients WHERE hash IN (SELECT hash FROM email_recipients
                WHERE counted_at < \(now.moved(by: .seconds(-86_400))) ORDER BY counted_at LIMIT 500)
            """)
        done.requeued = try requeueLost(now, in: db)
        done.sealed = try sealPlain(in: db)
        return done
    }

    /// A mail long due that nobody is sending: its job became a dead letter, or was removed by hand.
    private func requeueLost(_ now: Timestamp, in db: Transaction) throws -> Int {
        let rows = try db.claimedRows(
            """
            SELECT id FROM emails WHERE state IN ('queued', 'sending') AND due_at < \(now.moved(by: .seconds(-1800)))
                AND (leased_until IS NULL OR leased_until < \(now.moved(by: .seconds(-1800))))
            ORDER BY due_at LIMIT 100
            """)
        for row in rows {
            let id = UniqueID(rawValue: try row["id"])
            let hour = now.nanosecondsSinceEpoch / 3_600_000_000_000
            try enqueue(id, at: now, key: "\(id.rawValue)/\(hour)", in: db)
        }
        return rows.count
    }

    /// Sends what was held while no server was configured, as far as it is still useful.
    ///
    /// - Returns: how many; at most 500 in one call.
    public func releaseHeld(in db: Transaction) throws -> Int {
        let now = clock.now()
        let rows = try db.claimedRows(
            """
            SELECT id FROM emails WHERE state = 'held' AND expires_at > \(now) AND purged_at IS NULL
            ORDER BY id LIMIT 500
            """)
        for row in rows {
            let id = UniqueID(rawValue: try row["id"])
            try db.execute(
                """
                UPDATE emails SET state = 'queued', ended_at = NULL, due_at = \(now), reason = NULL
                WHERE id = \(id.rawValue)
                """)
            try enqueue(id, at: now, key: "\(id.rawValue)/released/\(now.nanosecondsSinceEpoch)", in: db)
        }
        return rows.count
    }
}
