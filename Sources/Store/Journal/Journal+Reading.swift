extension Journal {
    /// Rows of the trail in their order, as they were written.
    ///
    /// - Parameters:
    ///   - sequence: after this one; 0 for the oldest that is kept.
    ///   - limit: at most so many.
    public static func entries(after sequence: Int64, limit: Int, in db: ReadTransaction) throws -> [AuditEntry] {
        try db.rows(
            """
            SELECT \(AuditEntry.columns) FROM audit_entries WHERE sequence > \(sequence)
            ORDER BY sequence LIMIT \(limit)
            """
        ).map { row in try AuditEntry(row) }
    }
}
