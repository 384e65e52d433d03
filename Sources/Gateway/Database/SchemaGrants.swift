import Store

/// What a PostgreSQL role needs to run `serve` and `work`: rows, never the schema. (Least privilege, ASVS 5.0 V13.2.2)
public struct SchemaGrants: Sendable {
    private let role: String

    /// - Parameter role: nil for what is no plain name.
    public init?(role: String) {
        let isPlain =
            !role.isEmpty && role.utf8.count <= 63
            && role.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || byte == 0x5F || byte == 0x2D
            }
        guard isPlain else { return nil }
        self.role = role
    }

    /// For psql, as the owner of the tables. May be run again.
    public var sql: String {
        """
        -- What `serve` and `work` need as \(role): rows, not the schema. Run it as the owner, after each `migrate up`.
        BEGIN;
        REVOKE CREATE ON SCHEMA public FROM PUBLIC;
        REVOKE ALL ON ALL TABLES IN SCHEMA public FROM "\(role)";
        GRANT USAGE ON SCHEMA public TO "\(role)";
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO "\(role)";
        GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO "\(role)";
        -- Which steps were applied is the owner's to write.
        REVOKE INSERT, UPDATE, DELETE ON schema_migrations FROM "\(role)";
        -- The audit trail only grows: its triggers say so, and so do the role's rights.
        \(Journal.grants(to: role).map { $0 + ";" }.joined(separator: "\n"))
        COMMIT;

        """
    }
}
