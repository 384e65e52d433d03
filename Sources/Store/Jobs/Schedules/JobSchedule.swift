public import Kernel

/// A job that is enqueued again and again, by the clock in UTC.
public struct JobSchedule: Sendable {
    /// Stable: its row in the database goes by it. Such as `backup.nightly`.
    public let name: String
    public let cron: CronExpression
    public let kind: JobKind
    public let payload: String
    public let payloadVersion: Int
    public let maxAttempts: Int

    /// - Throws: `CronError` when the expression isn't one or never comes.
    public init(
        _ name: String, cron: String, kind: JobKind, payload: String = "{}", payloadVersion: Int = 1,
        maxAttempts: Int = 8
    ) throws(CronError) {
        self.name = name
        self.cron = try CronExpression(cron)
        self.kind = kind
        self.payload = payload
        self.payloadVersion = payloadVersion
        self.maxAttempts = maxAttempts
    }
}

/// A schedule as it stands in the database, for operators.
public struct ScheduleRecord: Sendable, Equatable {
    public let name: String
    public let expression: String
    public let nextAt: Timestamp
    /// The due time that was enqueued last; nil before the first.
    public let lastDue: Timestamp?
}
