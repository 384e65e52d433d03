import Kernel

extension Journal {
    /// What the least-privilege role of `serve` and `work` may do with the trail (PostgreSQL): read, append, forget a person,
    /// and have the owner's function remove rows past their time; never update, delete, truncate, or touch a trigger. Run as
    /// the owner, after whatever grants the role its other tables.
    ///
    /// - Parameter role: the role's name; quoted here.
    public static func grants(to role: String) -> [String] {
        let name = "\"" + role.replacing("\"", with: "\"\"") + "\""
        let all = "audit_entries, audit_head, audit_checkpoints, audit_subjects"
        return [
            "REVOKE ALL ON \(all) FROM PUBLIC, \(name)",
            "GRANT SELECT, INSERT ON audit_entries TO \(name)",
            // SELECT … FOR UPDATE asks for UPDATE; the trigger lets it only go forward.
            "GRANT SELECT, UPDATE (sequence, hash) ON audit_head TO \(name)",
            "GRANT SELECT ON audit_checkpoints TO \(name)",
            "GRANT SELECT, INSERT, DELETE ON audit_subjects TO \(name)",
            pruning,
            "REVOKE ALL ON FUNCTION public.audit_prune(BIGINT) FROM PUBLIC",
            "GRANT EXECUTE ON FUNCTION public.audit_prune(BIGINT) TO \(name)",
        ]
    }

    /// Removes rows at the front of the trail with the owner's rights, whoever asks. It trusts nobody who asks: the server's
    /// clock and the periods written here say what is past its time, the newest row stays, and rows that don't follow from
    /// one another stay too. What it removed without `audit.pruned` in the trail, `audit verify` finds.
    ///
    /// The periods are this program's: `migrate grants` after each upgrade writes them anew. Names are found in `public`
    /// alone, never in a schema of the one who asks.
    static var pruning: String {
        let longer = Dictionary(grouping: EventRegistry.all, by: \.retentionDays).filter { $0.key > EventKind.year }
            .sorted { $0.key < $1.key }
            .map { days, kinds in
                "WHEN e.kind IN (\(kinds.map { "'\($0.id)'" }.sorted().joined(separator: ", "))) THEN \(days)"
            }
        let days = "(CASE \(longer.joined(separator: " ")) ELSE \(EventKind.year) END)"
        return """
            CREATE OR REPLACE FUNCTION public.audit_prune(
                wanted BIGINT, OUT pruned_through BIGINT, OUT pruned_entries BIGINT, OUT pruned_hash BYTEA)
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
            DECLARE
                oldest BIGINT;
                kept BIGINT;
                broken BIGINT;
                moment CONSTANT BIGINT := floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint * 1000000;
            BEGIN
                PERFORM pg_advisory_xact_lock(\(AuditRetention.lockKey));
                SELECT min(e.sequence) INTO oldest FROM audit_entries e;
                SELECT min(e.sequence) INTO kept FROM audit_entries e
                WHERE e.at >= moment - 86400000000000 * \(days)::bigint;
                SELECT least(coalesce(kept, h.sequence), h.sequence) INTO kept FROM audit_head h WHERE h.id = 1;
                IF oldest IS NULL OR kept IS NULL OR least(wanted, kept - 1) < oldest THEN RETURN; END IF;
                pruned_through := least(wanted, kept - 1);
                SELECT min(r.sequence) INTO broken FROM (
                    SELECT e.sequence, e.previous_hash, lag(e.sequence) OVER w AS prior, lag(e.hash) OVER w AS linked
                    FROM audit_entries e WHERE e.sequence <= pruned_through + 1 WINDOW w AS (ORDER BY e.sequence)) r
                WHERE r.prior IS NOT NULL AND (r.sequence <> r.prior + 1 OR r.previous_hash <> r.linked);
                IF broken IS NOT NULL THEN
                    RAISE EXCEPTION 'audit_prune: row % does not follow from the one before: nothing was removed', broken;
                END IF;
                SELECT e.hash INTO pruned_hash FROM audit_entries e WHERE e.sequence = pruned_through;
                pruned_entries := pruned_through - oldest + 1;
                INSERT INTO audit_checkpoints (through_sequence, hash, entries, made_at)
                VALUES (pruned_through, pruned_hash, pruned_entries, moment);
                DELETE FROM audit_entries e WHERE e.sequence <= pruned_through;
            END $$
            """
    }
}
