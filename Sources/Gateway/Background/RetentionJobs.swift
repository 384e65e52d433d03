import Kernel
import Observability
import Store

/// Removes the log of webhook deliveries past its time: the handler of `webhooks.retain`, once a day.
struct WebhookRetention: JobHandler {
    static let jobKind: JobKind = "webhooks.retain"
    let kind = WebhookRetention.jobKind
    let database: Database
    let keeps: Duration
    let clock: any WallClock

    func run(_ job: Job) async throws {
        let limit = clock.now().later(by: .zero - keeps)
        try await database.transaction("webhooks.retain", limit: .seconds(60)) { db in
            try WebhookRegister.prune(before: limit, in: db)
        }
    }
}

/// Takes rows past their time from the front of the audit trail: the handler of `audit.retain`, once a day.
struct AuditRetentionJob: JobHandler {
    static let jobKind: JobKind = "audit.retain"
    let kind = AuditRetentionJob.jobKind
    var concurrencyLimit: Int? { 1 }
    var timeLimit: Duration? { .seconds(3600) }
    let retention: AuditRetention
    let database: Database
    let notice: @Sendable (WorkNotice) -> Void

    func run(_ job: Job) async throws {
        do {
            while let pruned = try await retention.prune(database), pruned.mayGoOn {
                try Task.checkCancellation()
            }
        } catch let error as DatabaseError where error.code == .permission {
            // As it should be where serve and work run as the least-privilege role: nothing is lost by keeping more.
            notice(
                WorkNotice(
                    "audit-not-pruned", "warning",
                    ["reason": "this role may not remove rows of the audit trail: its owner may"]))
        }
    }
}
