public import Store

extension SearchIndex {
    /// Words are cut by `SearchWords`, so that both engines find the same: FTS5 and tsvector only look them up.
    public static let migrations = [
        Migration(
            "0008-search",
            sqlite: [
                """
                CREATE TABLE search_documents (
                    id INTEGER PRIMARY KEY NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, audience TEXT NOT NULL,
                    title TEXT NOT NULL, body TEXT NOT NULL, title_words TEXT NOT NULL, body_words TEXT NOT NULL,
                    updated_at INTEGER NOT NULL, UNIQUE (kind, key)) STRICT
                """,
                """
                CREATE VIRTUAL TABLE search_words USING fts5 (
                    title_words, body_words, content = 'search_documents', content_rowid = 'id',
                    tokenize = "unicode61 remove_diacritics 0", prefix = '2 3')
                """,
                SearchIndex.progress.replacing("{TIME}", with: "INTEGER"),
            ],
            postgres: [
                """
                CREATE TABLE search_documents (
                    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL,
                    audience TEXT NOT NULL, title TEXT NOT NULL, body TEXT NOT NULL, title_words TEXT NOT NULL,
                    body_words TEXT NOT NULL, updated_at BIGINT NOT NULL,
                    words TSVECTOR GENERATED ALWAYS AS (
                        setweight(to_tsvector('simple', title_words), 'A')
                        || setweight(to_tsvector('simple', body_words), 'D')) STORED,
                    UNIQUE (kind, key))
                """,
                "CREATE INDEX search_documents_words ON search_documents USING gin (words)",
                SearchIndex.progress.replacing("{TIME}", with: "BIGINT"),
            ])
    ]

    /// How far each source has been read.
    private static let progress = """
        CREATE TABLE search_progress (source TEXT PRIMARY KEY NOT NULL, position BIGINT NOT NULL, at {TIME} NOT NULL)
        """
}
