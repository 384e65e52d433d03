internal import FoundationEssentials
public import Kernel
public import Store

/// Something that can be found: an event, an account, a help page, a route.
public struct SearchDocument: Sendable, Equatable {
    /// What it is, such as `event`; with `key` its identity.
    public let kind: String
    public let key: String
    public let title: String
    public let body: String
    /// Who may see it: the name of a permission, or `public`.
    public let audience: String

    public init(kind: String, key: String, title: String, body: String, audience: String) {
        self.kind = kind
        self.key = key
        self.title = title
        self.body = body
        self.audience = audience
    }
}

/// A document that was found.
public struct SearchHit: Sendable, Equatable {
    public let kind: String
    public let key: String
    public let title: [SearchExcerpt.Part]
    /// The part of the body where the words are.
    public let excerpt: [SearchExcerpt.Part]
}

/// Full text over what rooms register: the same words, ranks and permissions on both engines.
public struct SearchIndex: Sendable {
    private let database: Database
    private let clock: any WallClock
    /// A query that takes longer is ended: nobody stalls the database by searching.
    private let limit: Duration

    public init(database: Database, clock: any WallClock, limit: Duration = .milliseconds(500)) {
        self.database = database
        self.clock = clock
        self.limit = limit
    }

    /// Adds a document or replaces the one of that kind and key, in the transaction that changed its source.
    public func put(_ document: SearchDocument, in db: Transaction) throws {
        let title = SearchIndex.bounded(document.title, 500)
        let body = SearchIndex.bounded(document.body, 100_000)
        let titleWords = SearchWords.words(of: title).joined(separator: " ")
        let bodyWords = SearchWords.words(of: body).joined(separator: " ")
        let now = clock.now()
        try forget(kind: document.kind, key: document.key, db)
        let row = try db.row(
            """
            INSERT INTO search_documents (kind, key, audience, title, body, title_words, body_words, updated_at)
            VALUES (\(document.kind), \(document.key), \(document.audience), \(title), \(body), \(titleWords),
                \(bodyWords), \(now))
            ON CONFLICT (kind, key) DO UPDATE SET audience = excluded.audience, title = excluded.title,
                body = excluded.body, title_words = excluded.title_words, body_words = excluded.body_words,
                updated_at = excluded.updated_at
            RETURNING id
            """)
        guard db.engine == .sqlite, let id: Int64 = try row?["id"] else { return }
        try db.execute(
            "INSERT INTO search_words (rowid, title_words, body_words) VALUES (\(id), \(titleWords), \(bodyWords))")
    }

    public func remove(kind: String, key: String, in db: Transaction) throws {
        try forget(kind: kind, key: key, db)
        try db.execute("DELETE FROM search_documents WHERE kind = \(kind) AND key = \(key)")
    }

    /// Takes a document out of FTS5's index, which wants to be told what stood there. By hand, not by trigger: a
    /// connection that doesn't trust its schema refuses triggers on virtual tables. PostgreSQL does this by itself.
    private func forget(kind: String, key: String, _ db: Transaction) throws {
        guard db.engine == .sqlite,
            let old = try db.row(
                "SELECT id, title_words, body_words FROM search_documents WHERE kind = \(kind) AND key = \(key)")
        else { return }
        let (id, title, body): (Int64, String, String) = (
            try old["id"], try old["title_words"], try old["body_words"]
        )
        try db.execute(
            """
            INSERT INTO search_words (search_words, rowid, title_words, body_words)
            VALUES ('delete', \(id), \(title), \(body))
            """)
    }

    /// The best matches that these audiences may see, best first.
    ///
    /// - Parameters:
    ///   - text: as a person typed it: words, `"a phrase"`, `begin*`, `-without`.
    ///   - audiences: what the caller may see. Nobody sees anything without one.
    ///   - kinds: only these; nil for all.
    ///   - count: 1…100.
    /// - Throws: `SearchQuery.Refusal` for what can't be searched; `DatabaseError` `.statementTimeout` for what took too long.
    public func search(
        _ text: String, audiences: Set<String>, kinds: Set<String>? = nil, count: Int = 20, offset: Int = 0
    ) async throws -> [SearchHit] {
        let query = try SearchQuery(text)
        guard !audiences.isEmpty, kinds?.isEmpty != true else { return [] }
        let count = min(max(1, count), 100)
        let offset = min(max(0, offset), 10_000)
        let visible: SQL = "audience IN (\(list: audiences.sorted()))"
        let ofKind: SQL = kinds.map { " AND kind IN (\(list: $0.sorted()))" } ?? ""
        let rows = try await database.read("search", limit: limit) { db in
            try db.rows(
                .dialects(
                    sqlite: """
                        SELECT kind, key, title, body FROM search_words JOIN search_documents ON id = search_words.rowid
                        WHERE search_words MATCH \(query.fts5) AND \(visible)\(ofKind)
                        ORDER BY bm25(search_words, 8.0, 1.0), id DESC LIMIT \(count) OFFSET \(offset)
                        """,
                    postgres: """
                        SELECT kind, key, title, body FROM search_documents, CAST(\(query.tsquery) AS tsquery) AS asked
                        WHERE words @@ asked AND \(visible)\(ofKind)
                        ORDER BY ts_rank_cd(words, asked, 1) DESC, id DESC LIMIT \(count) OFFSET \(offset)
                        """))
        }
        return try rows.map { row in
            let body: String = try row["body"]
            let title: String = try row["title"]
            return SearchHit(
                kind: try row["kind"], key: try row["key"], title: SearchExcerpt.marked(title, query),
                excerpt: SearchExcerpt.around(body, query))
        }
    }

    /// The position up to which `source` was read; 0 at first.
    public func position(of source: String, in db: ReadTransaction) throws -> Int64 {
        try db.value("SELECT position FROM search_progress WHERE source = \(source)") ?? 0
    }

    /// Remembers it, in the transaction that put what was read.
    public func setPosition(_ position: Int64, of source: String, in db: Transaction) throws {
        try db.execute(
            """
            INSERT INTO search_progress (source, position, at) VALUES (\(source), \(position), \(clock.now()))
            ON CONFLICT (source) DO UPDATE SET position = excluded.position, at = excluded.at
            """)
    }

    /// At most so many bytes, ending between two characters; without U+0000.
    private static func bounded(_ text: String, _ bytes: Int) -> String {
        let clean = text.utf8.contains(0) ? text.replacing("\0", with: " ") : text
        guard clean.utf8.count > bytes else { return clean }
        var end = clean.utf8.index(clean.startIndex, offsetBy: bytes)
        while end > clean.startIndex, end.samePosition(in: clean) == nil { end = clean.utf8.index(before: end) }
        return String(clean[..<end])
    }
}
