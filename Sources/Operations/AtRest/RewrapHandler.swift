import Kernel
public import Store

/// Re-wrapping as a job: enqueued with the rotation that makes it necessary.
public struct RewrapHandler: JobHandler {
    public static let jobKind: JobKind = "at-rest.rewrap"
    public let kind = RewrapHandler.jobKind
    /// Two would only wait for each other's rows.
    public var concurrencyLimit: Int? { 1 }
    public var timeLimit: Duration? { .seconds(3600) }
    private let rewrapper: Rewrapper

    public init(_ rewrapper: Rewrapper) { self.rewrapper = rewrapper }

    public func run(_ job: Job) async throws {
        let report = try await rewrapper.run()
        try await tell(report)
        guard report.isFinished else {
            throw JobFailure.retry(reason: "stopped half-way; the next try goes on there", after: .seconds(1))
        }
        let (_, used) = try await rewrapper.destroyUnused()
        if let (column, count) = report.unreadable.min(by: { $0.key < $1.key }) {
            throw JobFailure.permanent(
                reason: "\(count) values of \(column) don't open: they and the key they name were left as they are")
        }
        if let (key, column) = used.min(by: { $0.key < $1.key }) {
            throw JobFailure.retry(reason: "\(column) still uses key \(key)", after: .seconds(10))
        }
    }

    /// What this run did, column by column; the next one, if there is one, tells of its own.
    private func tell(_ report: Rewrapper.Report) async throws {
        guard !report.movedIn.isEmpty else { return }
        let ring = rewrapper.sealer.ring
        let key = try ring.signing(.atRest).id
        try await ring.database.transaction("at-rest.told") { db in
            for (column, count) in report.movedIn.sorted(by: { $0.key < $1.key }) {
                let details = ["table": column, "key": key, "count": "\(count)"]
                try ring.audit.append(AuditEvent("at-rest.rewrapped", actor: "worker", details: details), in: db)
            }
        }
    }
}
