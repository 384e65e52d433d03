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

extension Journal {
    /// The newest rows first.
    ///
    /// - Parameters:
    ///   - kinds: only these; nil for all.
    ///   - sequence: before this one; nil for the newest.
    ///   - limit: at most so many.
    public static func newest(
        kinds: [String]?, before sequence: Int64?, limit: Int, in db: ReadTransaction
    ) throws -> [AuditEntry] {
        let end = sequence ?? Int64.max
        let ofKind: SQL = kinds.map { " AND kind IN (\(list: $0))" } ?? ""
        guard kinds?.isEmpty != true else { return [] }
        return try db.rows(
            """
            SELECT \(AuditEntry.columns) FROM audit_entries WHERE sequence < \(end)\(ofKind)
            ORDER BY sequence DESC LIMIT \(limit)
            """
        ).map { row in try AuditEntry(row) }
    }
}
