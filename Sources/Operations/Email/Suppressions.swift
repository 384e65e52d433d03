public import Kernel
public import Store

/// Addresses that get no more mail: by pseudonym, so that the list tells nobody who is on it.
public struct Suppressions: Sendable {
    public enum Cause: String, Sendable, SQLConvertible {
        /// The mailbox doesn't exist: nothing is sent to it.
        case bounce
        /// Its owner complained: only what is essential is sent.
        case complaint
        /// An operator's decision: nothing is sent.
        case manual
    }

    private let pseudonym: AddressPseudonym
    private let clock: any WallClock
    private let audit: any AuditTrail

    public init(pseudonym: AddressPseudonym, clock: any WallClock, audit: any AuditTrail) {
        self.pseudonym = pseudonym
        self.clock = clock
        self.audit = audit
    }

    /// Puts an address on the list; a stronger cause replaces a complaint.
    ///
    /// - Parameter actor: who does it: an account's id, `system`, or `cli:USER`.
    public func add(_ address: MailAddress, cause: Cause, actor: String, in db: Transaction) throws {
        try add(hash: pseudonym.of(address), cause: cause, detail: nil, actor: actor, in: db)
    }

    func add(hash: String, cause: Cause, detail: String?, actor: String, in db: Transaction) throws {
        let changed = try db.execute(
            """
            INSERT INTO email_suppressions (hash, cause, detail, added_at)
            VALUES (\(hash), \(cause), \(detail), \(clock.now()))
            ON CONFLICT (hash) DO UPDATE SET cause = excluded.cause, detail = excluded.detail,
                added_at = excluded.added_at
            WHERE email_suppressions.cause = 'complaint' AND excluded.cause <> 'complaint'
            """)
        guard changed > 0 else { return }
        var details = ["recipient": String(hash.prefix(16)), "cause": cause.rawValue]
        details["detail"] = detail
        try audit.append(AuditEvent(EmailSignal.suppressed, actor: actor, details: details), in: db)
    }

    /// Takes an address off the list; false when it wasn't on it.
    @discardableResult
    public func remove(_ address: MailAddress, actor: String, in db: Transaction) throws -> Bool {
        let hashes = pseudonym.all(of: address)
        guard try db.execute("DELETE FROM email_suppressions WHERE hash IN (\(list: hashes))") > 0 else { return false }
        try audit.append(
            AuditEvent(
                EmailSignal.unsuppressed, actor: actor,
                details: ["recipient": String(pseudonym.of(address).prefix(16))]), in: db)
        return true
    }

    /// Why an address is on the list; nil when it isn't.
    public func cause(of address: MailAddress, in db: ReadTransaction) throws -> Cause? {
        try Suppressions.cause(among: pseudonym.all(of: address), in: db)
    }

    static func cause(among hashes: [String], in db: ReadTransaction) throws -> Cause? {
        let rows = try db.rows("SELECT cause FROM email_suppressions WHERE hash IN (\(list: hashes)) ORDER BY cause")
        let causes = try rows.map { row -> Cause in try row["cause"] }
        return causes.first { $0 != .complaint } ?? causes.first
    }
}
