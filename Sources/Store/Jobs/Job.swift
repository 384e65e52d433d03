public import Kernel

/// What kind of work a job is: decides which handler runs it. Such as `email.deliver`.
public struct JobKind: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral value: String) { rawValue = value }
}

/// Work to be done later, at least once, by whichever worker takes it first.
public struct JobRequest: Sendable {
    public let kind: JobKind
    /// JSON that the kind's handler understands. Ids, never secrets or personal data: payloads are shown to operators.
    public let payload: String
    /// Raised when the payload's shape changes: a worker that doesn't know it leaves the job to a newer one.
    public var payloadVersion = 1
    /// Two requests with the same key and kind are one job, as long as the first is kept.
    public var idempotencyKey: String?
    /// Not before; nil for at once.
    public var runAt: Timestamp?
    /// Tries before it becomes a dead letter, 1…100.
    public var maxAttempts = 8

    public init(_ kind: JobKind, payload: String) {
        self.kind = kind
        self.payload = payload
    }
}

/// A job as its handler gets it.
public struct Job: Sendable {
    public let id: UniqueID
    public let kind: JobKind
    public let payload: String
    public let payloadVersion: Int
    /// 1 for the first try.
    public let attempt: Int
    public let maxAttempts: Int
    public let createdAt: Timestamp

    public init(
        id: UniqueID, kind: JobKind, payload: String, payloadVersion: Int, attempt: Int, maxAttempts: Int,
        createdAt: Timestamp
    ) {
        self.id = id
        self.kind = kind
        self.payload = payload
        self.payloadVersion = payloadVersion
        self.attempt = attempt
        self.maxAttempts = maxAttempts
        self.createdAt = createdAt
    }
}

/// Does the work of one kind. It may be called again for the same job after a crash: what it does must bear that.
public protocol JobHandler: Sendable {
    var kind: JobKind { get }
    /// Payload versions that it understands.
    var payloadVersions: ClosedRange<Int> { get }
    /// How long one try may take; then its task is cancelled and the try has failed. nil: the runner's limit.
    var timeLimit: Duration? { get }
    /// Jobs of this kind that one worker runs at a time, 1…; nil: as many as it runs in all.
    var concurrencyLimit: Int? { get }
    /// How long it rests between tries; nil: the runner's.
    var backoff: JobBackoff? { get }
    /// - Throws: `JobFailure` to say whether another try makes sense; anything else is tried again with backoff.
    func run(_ job: Job) async throws
}

extension JobHandler {
    public var payloadVersions: ClosedRange<Int> { 1...1 }
    public var timeLimit: Duration? { nil }
    public var concurrencyLimit: Int? { nil }
    public var backoff: JobBackoff? { nil }
}

/// How a job failed.
public enum JobFailure: Error, Sendable {
    /// Try again, not sooner than this where given. `reason` is shown to operators: free of secrets and personal data.
    case retry(reason: String, after: Duration? = nil)
    /// Another try would fail too: a dead letter at once.
    case permanent(reason: String)
}
