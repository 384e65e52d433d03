import Kernel
import Store

/// Verifies the whole audit trail and tells what it saw as an event: the handler of `audit.verify`, once a day.
struct AuditVerification: JobHandler {
    static let jobKind: JobKind = "audit.verify"
    let kind = AuditVerification.jobKind
    var concurrencyLimit: Int? { 1 }
    var timeLimit: Duration? { .seconds(6 * 3600) }
    let database: Database
    let journal: Journal
    /// Where anchors are, if they are kept in a file.
    let anchorFile: String?

    func run(_ job: Job) async throws {
        var anchors: [Anchor] = []
        if let anchorFile {
            do {
                anchors = try await AnchorFile(path: anchorFile).anchors()
            } catch {
                throw JobFailure.retry(reason: "\(error)", after: .seconds(600))
            }
        }
        let seen = try await AuditVerifier(database: database).verify(anchors: anchors)
        let journal = journal
        do {
            try await database.transaction("audit.verify") { db in
                try journal.append(AuditVerification.event(seen), in: db)
            }
        } catch let error as DatabaseError where !seen.isIntact && error.code != .unavailable {
            // A trail that is damaged at its end takes no row: the job's own end tells it.
            throw JobFailure.permanent(reason: "the audit trail is damaged: \(seen.findings[0])")
        }
    }

    private static func event(_ seen: ChainVerification) -> AuditEvent {
        guard let first = seen.findings.first else {
            return AuditEvent(
                "audit.verified", actor: "worker",
                details: ["from": "\(seen.from)", "through": "\(seen.through)", "findings": "0"])
        }
        return AuditEvent(
            "audit.damaged", actor: "worker", details: ["finding": "\(first)", "sequence": "\(first.first)"])
    }
}
