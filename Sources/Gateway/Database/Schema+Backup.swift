import Operations
import Store

extension Schema {
    /// What a backup holds: every table of the schema but those that are made from others. The search index is: it begins
    /// empty in a restored database, and the worker fills it again from the beginning.
    static let backupScope = BackupScope(
        migrations: migrations, derived: ["search_documents", "search_progress"],
        rebuild: { db in
            try db.execute("DELETE FROM search_documents")
            try db.execute("DELETE FROM search_progress")
            // FTS5 keeps its words elsewhere, and isn't told of what was deleted.
            if db.engine == .sqlite { try db.execute("INSERT INTO search_words (search_words) VALUES ('rebuild')") }
        })
}
