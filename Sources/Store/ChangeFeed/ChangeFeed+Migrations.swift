extension ChangeFeed {
    public static let migrations = [
        Migration(
            "0001-change-feed",
            sqlite: [
                "CREATE TABLE change_sequence (id INTEGER PRIMARY KEY CHECK (id = 1), value INTEGER NOT NULL) STRICT",
                "INSERT INTO change_sequence (id, value) VALUES (1, 0)",
                """
                CREATE TABLE changes (
                    sequence INTEGER PRIMARY KEY NOT NULL, topic TEXT NOT NULL, key TEXT NOT NULL,
                    at INTEGER NOT NULL) STRICT
                """,
                "CREATE INDEX changes_at ON changes (at)",
            ],
            postgres: [
                "CREATE TABLE change_sequence (id INTEGER PRIMARY KEY CHECK (id = 1), value BIGINT NOT NULL)",
                "INSERT INTO change_sequence (id, value) VALUES (1, 0)",
                """
                CREATE TABLE changes (
                    sequence BIGINT PRIMARY KEY, topic TEXT NOT NULL, key TEXT NOT NULL, at BIGINT NOT NULL)
                """,
                "CREATE INDEX changes_at ON changes (at)",
            ])
    ]
}
