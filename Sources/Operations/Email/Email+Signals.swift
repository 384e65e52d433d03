public import Kernel
public import Store

/// What e-mail tells: kinds of the audit trail, with the mail's id, its template and codes; never an address or a body.
public enum EmailSignal {
    /// A mail was not delivered and won't be.
    public static let givenUp = "email.given-up"
    /// An address was put on the suppression list.
    public static let suppressed = "email.suppressed"
    /// An address was taken off the suppression list.
    public static let unsuppressed = "email.unsuppressed"
    /// A mail was refused because its recipient had too many.
    public static let limited = "email.limited"
    /// Our settings or the server's certificate keep mails from leaving. Told once an hour.
    public static let misconfigured = "email.misconfigured"
    /// No server is configured: mails stay in the outbox. Told once an hour.
    public static let held = "email.held"

    public static let all = [givenUp, suppressed, unsuppressed, limited, misconfigured, held]
}

/// The outbox in numbers, for metrics and the console.
public struct OutboxFigures: Sendable, Equatable {
    /// Mails by state.
    public var byState: [String: Int] = [:]
    /// When the mail that has waited longest was due; nil when none waits.
    public var oldestDue: Timestamp?
}

extension Outbox {
    public func figures(in db: ReadTransaction) throws -> OutboxFigures {
        var figures = OutboxFigures()
        for row in try db.rows("SELECT state, count(*) AS count FROM emails GROUP BY state") {
            figures.byState[try row["state"]] = try row["count"]
        }
        figures.oldestDue = try db.value(
            "SELECT due_at FROM emails WHERE state IN ('queued', 'sending') ORDER BY due_at LIMIT 1")
        return figures
    }
}
