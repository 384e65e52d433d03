import Kernel
import Operations
import Store

/// Why a start or a reload was refused, as an event: for the log always, for the trail where a database is open.
struct Refusal: Sendable, Equatable {
    let kind: String
    let details: [String: String]

    /// Appends it, with its deliveries. What can't be written is in the log all the same: it keeps nobody from the error.
    func record(_ database: Database, _ journal: Journal) async {
        let event = AuditEvent(kind, actor: "system", details: details)
        try? await database.transaction("events.refusal", limit: .seconds(5)) { db in
            try journal.append(event, in: db)
        }
    }
}

extension Refusal {
    /// A schema that is newer than this program, or edited; nil for what is no refusal of it.
    init?(schema error: DatabaseError) {
        guard error.code == .schema else { return nil }
        let step = error.detail.firstMatch(of: #/\d{4}-[a-z0-9-]+/#).map { String($0.0) } ?? ""
        self.init(kind: "migration.refused", details: ["step": step, "reason": error.detail])
    }

    /// A root key that doesn't fit, or whose file others can read; nil where none was given at all.
    init?(_ error: KeyRingError) {
        guard error.code == .rootUnknown || error.code == .file || error.code == .damaged else { return nil }
        self.init(kind: "secret.refused", details: ["secret": "secret-key", "reason": error.detail])
    }
}

extension WorkNotice {
    init(_ refusal: Refusal, at now: Timestamp) {
        guard let kind = EventRegistry.kind(refusal.kind) else {
            self.init(refusal.kind, "error", refusal.details)
            return
        }
        self.init(RecordedEvent(kind: kind, at: now, actor: "system", subject: nil, details: refusal.details))
    }

    static func refusedSecrets(_ errors: [ConfigurationError]) -> [Refusal] {
        errors.filter(\.refusesSecret).map {
            Refusal(kind: "secret.refused", details: ["secret": $0.key, "reason": $0.valid])
        }
    }

    /// What the log of a start has to say about secrets that it refused. No line holds a secret.
    public static func ofRefusedSecrets(_ errors: ConfigurationErrors) -> [WorkNotice] {
        let now = SystemWallClock().now()
        return refusedSecrets(errors.errors).map { WorkNotice($0, at: now) }
    }
}
