public import Kernel

/// The durable queue: jobs are enqueued in the transaction of their cause and claimed by workers.
public struct JobQueue: Sendable {
    /// The name by which workers hear of new work.
    static let channel: String = "seaworthy_jobs"
    /// A larger payload is refused: it belongs in a table, its id in the job.
    public static let longestPayload = 256 * 1024

    let clock: any WallClock
    let random: any RandomSource

    public init(clock: any WallClock, random: any RandomSource) {
        self.clock = clock
        self.random = random
    }

    /// Adds a job; it exists exactly when the transaction does.
    ///
    /// - Returns: its id; that of the job that already has this kind and idempotency key, if one does.
    /// - Throws: `DatabaseError` `.value` for a payload over 256 KiB.
    @discardableResult
    public func enqueue(_ request: JobRequest, in db: Transaction) throws -> UniqueID {
        guard request.payload.utf8.count <= JobQueue.longestPayload else {
            throw DatabaseError(.value, "a job's payload of more than \(JobQueue.longestPayload) bytes")
        }
        let now = clock.now()
        let id = UniqueID(at: now, random: random)
        // What has no time of its own waits from now: should the clock go back, it is not left behind in the future.
        let waitsFrom = request.runAt == nil ? now : nil
        for _ in 0..<3 {
            let inserted = try db.row(
                """
                INSERT INTO jobs (id, kind, payload, payload_version, idempotency_key, state, run_at, waits_from,
                    attempts, max_attempts, created_at)
                VALUES (\(id.rawValue), \(request.kind.rawValue), \(request.payload), \(request.payloadVersion),
                    \(request.idempotencyKey), 'ready', \(request.runAt ?? now), \(waitsFrom), 0,
                    \(min(max(request.maxAttempts, 1), 100)), \(now))
                ON CONFLICT (kind, idempotency_key) DO NOTHING RETURNING id
                """)
            if inserted != nil {
                if (request.runAt ?? now) <= now { wakeWorkers(db) }
                return id
            }
            let existing: String? = try db.value(
                """
                SELECT id FROM jobs
                WHERE kind = \(request.kind.rawValue) AND idempotency_key = \(request.idempotencyKey)
                """)
            if let existing { return UniqueID(rawValue: existing) }
            // It was pruned between the two statements: the key is free again.
        }
        throw DatabaseError(.conflict, "a job with the same idempotency key came and went")
    }

    /// Tells this process's workers and, where the engine can, everybody else's, once the transaction commits.
    func wakeWorkers(_ db: Transaction) {
        struct Wake {}
        guard db.gather(Wake()) else { return }
        let signals = db.signals
        db.afterCommit { signals.fire(JobQueue.channel) }
        guard db.engine == .postgres else { return }
        // Only a hint: whoever misses it finds the job at the next poll.
        db.atCommit(.records) { _ = try $0.row("SELECT pg_notify(\(JobQueue.channel), '')") }
    }
}
