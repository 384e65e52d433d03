public import Kernel
public import Store

/// Why a backup was made.
public enum BackupCause: String, Sendable, SQLEncodable, SQLDecodable {
    case schedule, command
    /// Before the schema changes.
    case migration
    /// Before a restore replaces what is there.
    case restore
}

public enum BackupState: String, Sendable, SQLEncodable, SQLDecodable {
    /// Being written, or abandoned by a process that was killed.
    case running
    /// Written, read back to its end and found right.
    case verified
    case failed
    /// Past its time by the rule.
    case removed
}

/// A backup as the table has it.
public struct BackupRecord: Sendable {
    public let name: String
    public let destination: String
    public let cause: BackupCause
    public let state: BackupState
    public let bytes: Int?
    public let rows: Int?
    public let startedAt: Timestamp
    public let endedAt: Timestamp?
    public let verifiedAt: Timestamp?
    public let error: String?
}

/// Who is told about a failed backup inside the transaction that records it, such as the outbox of e-mails.
public protocol BackupAlerts: Sendable {
    func backupFailed(name: String, destination: String, reason: String, in db: Transaction) throws
}

/// The table of backups: what was made, how it went, and what is still there.
///
/// A database without the table (before its first migration) has backups all the same; they just aren't recorded.
public struct BackupLedger: Sendable {
    private let audit: (any AuditTrail)?
    private let alerts: (any BackupAlerts)?

    public init(audit: (any AuditTrail)? = nil, alerts: (any BackupAlerts)? = nil) {
        self.audit = audit
        self.alerts = alerts
    }

    func begin(
        _ name: BackupName, id: UniqueID, destination: String, cause: BackupCause, at now: Timestamp, in db: Transaction
    )
        throws
    {
        guard try BackupLedger.exists(db) else { return }
        try db.execute(
            """
            INSERT INTO backups (id, name, destination, cause, state, started_at)
            VALUES (\(id.rawValue), \(name.text), \(destination), \(cause), 'running', \(now))
            """)
    }

    func verified(
        _ name: BackupName, destination: String, bytes: Int, rows: Int, at now: Timestamp, in db: Transaction
    ) throws {
        if try BackupLedger.exists(db) {
            try db.execute(
                """
                UPDATE backups SET state = 'verified', size_bytes = \(bytes), row_count = \(rows), ended_at = \(now),
                    verified_at = \(now) WHERE name = \(name.text) AND state = 'running'
                """)
        }
        try audit?.append(
            AuditEvent(
                "backup.completed", details: ["backup": name.text, "bytes": "\(bytes)", "destination": destination]),
            in: db)
    }

    func failed(_ name: BackupName, destination: String, reason: String, at now: Timestamp, in db: Transaction) throws {
        if try BackupLedger.exists(db) {
            try db.execute(
                """
                UPDATE backups SET state = 'failed', ended_at = \(now), error = \(reason)
                WHERE name = \(name.text) AND state = 'running'
                """)
        }
        try audit?.append(
            AuditEvent("backup.failed", details: ["backup": name.text, "reason": reason, "destination": destination]),
            in: db)
        try alerts?.backupFailed(name: name.text, destination: destination, reason: reason, in: db)
    }

    func removed(_ name: BackupName, rule: String, at now: Timestamp, in db: Transaction) throws {
        if try BackupLedger.exists(db) {
            try db.execute("UPDATE backups SET state = 'removed', ended_at = \(now) WHERE name = \(name.text)")
        }
        try audit?.append(AuditEvent("backup.removed", details: ["backup": name.text, "rule": rule]), in: db)
    }

    /// Names of the verified ones at a destination, and of those known to have failed.
    func known(at destination: String, in db: ReadTransaction) throws -> (good: Set<String>, failed: Set<String>) {
        guard try BackupLedger.exists(db) else { return ([], []) }
        var known: (good: Set<String>, failed: Set<String>) = ([], [])
        try db.forEach(
            "SELECT name, state FROM backups WHERE destination = \(destination) AND state IN ('verified', 'failed')"
        ) { row in
            let state: BackupState = try row["state"]
            let name: String = try row["name"]
            if state == .verified { known.good.insert(name) } else { known.failed.insert(name) }
        }
        return known
    }

    /// The latest, newest first.
    public static func recent(_ count: Int, in db: ReadTransaction) throws -> [BackupRecord] {
        guard try exists(db) else { return [] }
        return try db.rows("SELECT * FROM backups ORDER BY started_at DESC, id DESC LIMIT \(count)").map { row in
            BackupRecord(
                name: try row["name"], destination: try row["destination"], cause: try row["cause"],
                state: try row["state"], bytes: try row["size_bytes"], rows: try row["row_count"],
                startedAt: try row["started_at"], endedAt: try row["ended_at"], verifiedAt: try row["verified_at"],
                error: try row["error"])
        }
    }

    /// Runs that can't be running: those of a restored database, and those that began before `time`.
    static func closeAbandoned(_ db: Transaction, before time: Timestamp? = nil) throws {
        guard try exists(db) else { return }
        let limit = time ?? Timestamp(nanosecondsSinceEpoch: .max)
        try db.execute(
            """
            UPDATE backups SET state = 'failed', error = 'abandoned: its process ended'
            WHERE state = 'running' AND started_at < \(limit)
            """)
    }

    private static func exists(_ db: ReadTransaction) throws -> Bool {
        try db.row(
            .dialects(
                sqlite: "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'backups'",
                postgres: "SELECT 1 WHERE to_regclass('backups') IS NOT NULL")) != nil
    }
}
