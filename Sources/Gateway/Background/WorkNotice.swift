import Kernel
import Store

/// A line for the log of a process that does background work. Free of secrets and personal data.
public struct WorkNotice: Sendable, Equatable {
    /// Such as `job-dead`.
    public let event: String
    /// `info`, `warning` or `error`.
    public let level: String
    public let texts: [String: String]
    public let numbers: [String: Int]

    init(_ event: String, _ level: String, _ texts: [String: String] = [:], numbers: [String: Int] = [:]) {
        self.event = event
        self.level = level
        self.texts = texts
        self.numbers = numbers
    }
}

extension WorkNotice {
    init(_ incident: JobIncident) {
        func job(_ job: Job, _ more: [String: String] = [:]) -> [String: String] {
            more.merging(["job": job.id.rawValue, "kind": job.kind.rawValue]) { $1 }
        }
        switch incident {
        case .failed(let failed, let reason, let isDead):
            self.init(
                isDead ? "job-dead" : "job-failed", isDead ? "error" : "warning", job(failed, ["reason": reason]),
                numbers: ["attempt": failed.attempt, "maxAttempts": failed.maxAttempts])
        case .timedOut(let late, let limit): self.init("job-timed-out", "warning", job(late, ["limit": "\(limit)"]))
        case .hung(let hung): self.init("job-hung", "error", job(hung))
        case .leaseLost(let lost): self.init("job-lease-lost", "warning", job(lost))
        case .takenBack(let count): self.init("jobs-taken-back", "warning", numbers: ["count": count])
        case .storeFailed(let work, let reason):
            self.init("jobs-store-failed", "error", ["work": work, "reason": reason])
        case .clockWentBack(let made): self.init("jobs-clock-went-back", "warning", numbers: ["made": made])
        case .notUnderstood(let kind, let count):
            self.init(
                "jobs-left-to-newer-worker", "warning",
                [
                    "kind": kind.rawValue,
                    "reason": "this program is older than what enqueued them; they wait, unharmed, for a newer worker",
                ], numbers: ["count": count])
        case .drained(let released): self.init("jobs-given-back", "info", numbers: ["count": released])
        }
    }

    /// A security event, once it is committed.
    init(_ event: RecordedEvent) {
        let level =
            switch event.kind.severity {
            case .info, .notice: "info"
            case .warning: "warning"
            case .critical: "error"
            }
        var texts = event.details
        texts["type"] = event.kind.id
        texts["severity"] = event.kind.severity.rawValue
        self.init("security-event", level, texts)
    }
}
