import Kernel
import Store

/// Sealing keys go only when nothing is left that they sealed, and that is proved.
///
/// Proof: close the key, which waits for every transaction that is sealing with it (they hold its row) and lets none begin;
/// then look at every sealed column of every program version that ever ran here. What is found keeps the key.
extension Rewrapper {
    /// Destroys every earlier sealing and index key that has no use left.
    ///
    /// - Returns: what was destroyed and, for the rest, a column where each is still used.
    public func destroyUnused() async throws -> (destroyed: [KeyID], used: [KeyID: String]) {
        var destroyed: [KeyID] = []
        var used: [KeyID: String] = [:]
        for purpose in [KeyPurpose.atRest, .blindIndex] {
            for id in try await closeEarlier(purpose) {
                if let place = try await use(of: id, purpose) {
                    used[id] = place
                    try await reopenProgress()
                } else {
                    try await destroy(id, purpose)
                    destroyed.append(id)
                }
            }
        }
        if !destroyed.isEmpty || !used.isEmpty { try await sealer.ring.refresh() }
        return (destroyed, used)
    }

    /// Closes what an active key has taken over from.
    private func closeEarlier(_ purpose: KeyPurpose) async throws -> [KeyID] {
        let ring = sealer.ring
        return try await ring.database.transaction("at-rest.close") { db in
            let now = ring.clock.now()
            let keys = try ring.load(purpose, in: db)
            guard let active = keys.signing(purpose, at: now), active.activeAt <= now else { return [] }
            let earlier = keys.filter { ($0.activeAt, $0.id) < (active.activeAt, active.id) }.map(\.id).sorted()
            for id in earlier {
                // The UPDATE waits for whoever holds the row to seal with it.
                let changed = try db.execute(
                    "UPDATE secret_keys SET closed_at = \(now) WHERE id = \(id) AND closed_at IS NULL")
                if changed > 0 { db.changed(KeyRing.topic, key: id.rawValue, at: now) }
            }
            return earlier
        }
    }

    /// A column that still holds something of this key. After closing: the answer “none” stays true.
    private func use(of id: KeyID, _ purpose: KeyPurpose) async throws -> String? {
        try await sealer.ring.database.read("at-rest.scan", limit: .seconds(3600)) { db in
            // Not only this program's columns: an older or newer one may have written others.
            let columns = try db.rows(
                "SELECT table_name, column_name, index_column FROM sealed_columns ORDER BY table_name, column_name")
            for column in columns {
                let table: String = try column["table_name"]
                let sealed: String = try column["column_name"]
                let index: String? = try column["index_column"]
                let (name, start) = purpose == .atRest ? (sealed, 2) : (index ?? "", 1)
                if name.isEmpty { continue }
                let found = try db.row(
                    """
                    SELECT 1 FROM \(identifier: table)
                    WHERE \(identifier: name) IS NOT NULL AND substr(\(identifier: name), \(start), 8) = \(id.bytes) LIMIT 1
                    """)
                if found != nil { return "\(table).\(name)" }
            }
            return nil
        }
    }

    private func destroy(_ id: KeyID, _ purpose: KeyPurpose) async throws {
        let ring = sealer.ring
        try await ring.database.transaction("at-rest.destroy") { db in
            let row = try db.lockedRow("SELECT closed_at FROM secret_keys WHERE id = \(id) AND destroyed_at IS NULL")
            // Gone already: another worker was quicker.
            guard let row else { return }
            let closed: Timestamp? = try row["closed_at"]
            guard closed != nil else { throw KeyRingError(.refused, "key \(id) was opened again") }
            try ring.destroy(id, purpose: purpose, at: ring.clock.now(), in: db)
        }
    }

    /// Something was sealed with an old key after the pass that found nothing more: look again.
    private func reopenProgress() async throws {
        try await sealer.ring.database.transaction("at-rest.reopen") { db in
            try db.execute(
                "UPDATE sealed_columns SET done = 0, cursor_text = NULL, cursor_number = NULL, moved_in_pass = 0, unreadable = 0"
            )
        }
    }
}
