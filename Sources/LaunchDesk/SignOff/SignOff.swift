public import Kernel
import Store

/// Somebody's signature under what no machine decides, for the evidence that they saw.
public struct SignOff: Sendable, Equatable {
    public let id: String
    public let target: String
    /// The criterion.
    public let item: String
    /// The role in which it was signed; empty where anybody may.
    public let role: String
    public let actor: String
    /// Digest of the run that was seen.
    public let evidence: String
    public let note: String
    public let at: Timestamp
    public let revokedAt: Timestamp?
    public let revokedBy: String?
    public let revokedBecause: String?

    init(_ row: Row) throws {
        id = try row["id"]
        target = try row["target"]
        item = try row["item"]
        role = try row["role"]
        actor = try row["actor"]
        evidence = try row["evidence"]
        note = try row["note"]
        at = try row["at"]
        revokedAt = try row["revoked_at"]
        revokedBy = try row["revoked_by"]
        revokedBecause = try row["revoked_because"]
    }
}

extension LaunchDesk {
    private static let signOffColumns: SQL =
        "id, target, item, role, actor, evidence, note, at, revoked_at, revoked_by, revoked_because"

    /// Signs for the evidence that the person saw.
    ///
    /// - Parameters:
    ///   - seen: the digest that was on the page.
    ///   - latest: the digest of the latest stored run; another one means that the page was old.
    ///   - needsRole: false where nobody has an account, so that nobody has a role.
    /// - Throws: `Failure` `.evidenceIsOld`, `.notYourRole`, `.signedAlready`.
    @discardableResult
    public func sign(
        _ criterion: LaunchRun.Criterion, of target: String, seen: String, latest: String, note: String,
        needsRole: Bool = true
    ) async throws -> String {
        guard seen == latest else { throw Failure.evidenceIsOld }
        guard note.utf8.count <= 1_000 else { throw Failure.tooLong("note", 1_000) }
        let now = clock.now()
        let (id, role) = (newID(at: now), criterion.role ?? "")
        try await database.transaction("launch.sign") { [self] db in
            if needsRole, let wanted = criterion.role {
                // The row is held until the signature is there: a role that is taken meanwhile is taken before or after it.
                let own = try db.lockedRow(
                    "SELECT role FROM launch_roles WHERE account = \(actor) AND role = \(wanted)")
                guard own != nil else { throw Failure.notYourRole(wanted) }
            }
            let made = try db.execute(
                """
                INSERT INTO launch_sign_offs (id, target, item, role, actor, evidence, note, at)
                VALUES (\(id), \(target), \(criterion.id), \(role), \(actor), \(seen), \(note), \(now))
                ON CONFLICT DO NOTHING
                """)
            guard made == 1 else { throw Failure.signedAlready }
            try audit.append(
                AuditEvent(
                    "launch.signed", actor: actor,
                    details: ["item": criterion.id, "role": role, "evidence": seen, "target": target]), in: db)
        }
        return id
    }

    /// Takes a signature back; whoever signed may, and an administrator.
    public func revoke(_ id: String, because reason: String, isAdministrator: Bool) async throws {
        guard (1...400).contains(reason.utf8.count) else { throw Failure.tooLong("reason", 400) }
        let now = clock.now()
        try await database.transaction("launch.revoke") { [self] db in
            let only: SQL = isAdministrator ? "" : "AND actor = \(actor)"
            guard
                let row = try db.lockedRow(
                    """
                    SELECT \(LaunchDesk.signOffColumns) FROM launch_sign_offs
                    WHERE id = \(id) AND revoked_at IS NULL \(only)
                    """)
            else { throw Failure.notSigned }
            let known = try SignOff(row)
            try db.execute(
                """
                UPDATE launch_sign_offs SET revoked_at = \(now), revoked_by = \(actor), revoked_because = \(reason)
                WHERE id = \(id)
                """)
            try audit.append(
                AuditEvent(
                    "launch.revoked", actor: actor, subject: known.actor,
                    details: ["item": known.item, "role": known.role, "evidence": known.evidence, "reason": reason]),
                in: db)
        }
    }

    /// Signatures of a target, the latest first, revoked and reopened ones too.
    public func signOffs(of target: String, limit: Int = 500) async throws -> [SignOff] {
        try await database.read("launch.sign-offs") { db in
            try db.rows(
                """
                SELECT \(LaunchDesk.signOffColumns) FROM launch_sign_offs WHERE target = \(target)
                ORDER BY at DESC, id DESC LIMIT \(limit)
                """
            ).map { try SignOff($0) }
        }
    }

    // MARK: Who signs as what

    /// Lets an account sign as a role.
    public func giveRole(_ role: String, to account: String) async throws {
        guard (1...60).contains(role.utf8.count) else { throw Failure.badRole(role) }
        let now = clock.now()
        try await database.transaction("launch.role-given") { [self] db in
            let made = try db.execute(
                """
                INSERT INTO launch_roles (account, role, given_at) VALUES (\(account), \(role), \(now))
                ON CONFLICT DO NOTHING
                """)
            guard made == 1 else { return }
            try audit.append(
                AuditEvent("launch.role-given", actor: actor, subject: account, details: ["role": role]), in: db)
        }
    }

    public func takeRole(_ role: String, from account: String) async throws {
        try await database.transaction("launch.role-taken") { [self] db in
            let gone = try db.execute(
                "DELETE FROM launch_roles WHERE account = \(account) AND role = \(role)")
            guard gone == 1 else { return }
            try audit.append(
                AuditEvent("launch.role-taken", actor: actor, subject: account, details: ["role": role]), in: db)
        }
    }

    /// Every account's roles.
    public func roles() async throws -> [(account: String, role: String)] {
        try await database.read("launch.roles") { db in
            try db.rows("SELECT account, role FROM launch_roles ORDER BY role, account LIMIT 1000").map {
                (try $0["account"], try $0["role"])
            }
        }
    }
}
