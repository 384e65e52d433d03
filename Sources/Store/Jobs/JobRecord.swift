public import Kernel

/// Where a job is in its life.
public enum JobState: String, Sendable, CaseIterable, SQLConvertible {
    /// Waits for its time and a worker.
    case ready
    /// A worker holds its lease.
    case running
    case done
    /// A dead letter: nobody tries it again until an operator says so.
    case dead
    case cancelled
}

/// A job with all that the queue knows about it, for operators.
public struct JobRecord: Sendable {
    public let id: UniqueID
    public let kind: JobKind
    public let payload: String
    public let payloadVersion: Int
    public let idempotencyKey: String?
    public let state: JobState
    public let runAt: Timestamp
    /// Tries that began.
    public let attempts: Int
    public let maxAttempts: Int
    /// The worker that runs it, or ran it last.
    public let worker: String?
    public let leasedUntil: Timestamp?
    /// When its last try began.
    public let startedAt: Timestamp?
    public let isCancelRequested: Bool
    /// Why its last try failed.
    public let lastError: String?
    public let createdAt: Timestamp
    public let endedAt: Timestamp?

    static let columns: SQL = """
        id, kind, payload, payload_version, idempotency_key, state, run_at, attempts, max_attempts, leased_by,
        leased_until, started_at, cancel_requested, last_error, created_at, ended_at
        """

    init(_ row: Row) throws(DatabaseError) {
        id = UniqueID(rawValue: try row["id"])
        kind = JobKind(rawValue: try row["kind"])
        payload = try row["payload"]
        payloadVersion = try row["payload_version"]
        idempotencyKey = try row["idempotency_key"]
        state = try row["state"]
        runAt = try row["run_at"]
        attempts = try row["attempts"]
        maxAttempts = try row["max_attempts"]
        worker = try row["leased_by"]
        leasedUntil = try row["leased_until"]
        startedAt = try row["started_at"]
        isCancelRequested = try row["cancel_requested"]
        lastError = try row["last_error"]
        createdAt = try row["created_at"]
        endedAt = try row["ended_at"]
    }
}

/// How many jobs of a kind are in a state.
public struct JobCount: Sendable, Equatable {
    public let kind: JobKind
    public let payloadVersion: Int
    public let state: JobState
    public let count: Int
    /// Ready: when the one that waits longest became due (later than now when none is due). Else its creation.
    public let oldest: Timestamp
}
