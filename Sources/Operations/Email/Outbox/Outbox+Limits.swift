import Kernel
import Store

extension Outbox {
    /// What becomes of a mail.
    enum Verdict: Equatable {
        case leaves(at: Timestamp)
        case suppressed
        case limited
    }

    /// Judges a mail; its recipient's row is locked.
    func verdict(on pending: PendingMail, now: Timestamp, in db: Transaction) throws -> Verdict {
        if let cause = try Suppressions.cause(among: pending.hashes, in: db) {
            if cause != .complaint || !pending.template.isEssential { return .suppressed }
        }
        let hour: Duration = .seconds(3600)
        // The n-th latest mail leaves its place an hour after its own time.
        func free(_ limit: Int, _ condition: SQL) throws -> Timestamp {
            let earlier: Timestamp? = try db.value(
                """
                SELECT slot_at FROM emails
                WHERE recipient_hash = \(pending.hash) AND state NOT IN ('suppressed', 'limited')\(condition)
                ORDER BY slot_at DESC LIMIT 1 OFFSET \(limit - 1)
                """)
            return earlier.map { max(now, $0.moved(by: hour)) } ?? now
        }
        let slot = max(
            try free(settings.perRecipient, ""),
            try free(settings.perTemplate, " AND template = \(pending.mail.template.rawValue)"))
        if slot == now { return .leaves(at: now) }
        let isSoon = slot <= now.moved(by: settings.longestDelay)
        return pending.template.excess == .delay && isSoon ? .leaves(at: slot) : .limited
    }
}
