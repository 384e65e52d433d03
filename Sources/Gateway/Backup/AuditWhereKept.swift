import Kernel
import Store

/// A journal that is silent where its tables aren't: on an older schema, and before there is any.
struct AuditWhereKept: AuditTrail {
    private let trail: any AuditTrail

    init(_ trail: any AuditTrail) { self.trail = trail }

    func append(_ event: AuditEvent, in db: Transaction) throws {
        let head = try db.row(
            .dialects(
                sqlite: "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'audit_head'",
                postgres: "SELECT 1 WHERE to_regclass('audit_head') IS NOT NULL"))
        if head != nil { try trail.append(event, in: db) }
    }
}
