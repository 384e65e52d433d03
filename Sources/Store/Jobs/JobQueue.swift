public import Kernel

/// The durable queue: jobs are enqueued in the transaction of their cause and claimed by workers.
public struct JobQueue: Sendable {
    private let clock: any WallClock
    private let random: any RandomSource

    public init(clock: any WallClock, random: any RandomSource) {
        self.clock = clock
        self.random = random
    }

    /// Adds a job; it exists exactly when the transaction does.
    ///
    /// - Returns: its id; that of the job that already has this kind and idempotency key, if one does.
    @discardableResult
    public func enqueue(_ request: JobRequest, in db: Transaction) throws -> UniqueID {
        let now = clock.now()
        let id = UniqueID(at: now, random: random)
        let inserted = try db.row(
            """
            INSERT INTO jobs (id, kind, payload, payload_version, idempotency_key, state, run_at, attempts,
                max_attempts, created_at)
            VALUES (\(id.rawValue), \(request.kind.rawValue), \(request.payload), \(request.payloadVersion),
                \(request.idempotencyKey), 'ready', \(request.runAt ?? now), 0, \(request.maxAttempts), \(now))
            ON CONFLICT (kind, idempotency_key) DO NOTHING RETURNING id
            """)
        if inserted != nil { return id }
        let existing: String? = try db.value(
            "SELECT id FROM jobs WHERE kind = \(request.kind.rawValue) AND idempotency_key = \(request.idempotencyKey)")
        return UniqueID(rawValue: existing ?? id.rawValue)
    }
}
