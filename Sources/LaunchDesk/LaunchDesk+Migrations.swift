public import Store

/// Plans, what came of their items, files beside them, and sign-offs.
public enum LaunchSchema {
    public static let migrations = [
        Migration(
            "0026-acceptance",
            portable: [
                """
                CREATE TABLE uat_plans (
                    name TEXT PRIMARY KEY NOT NULL,
                    imported_at {TIME} NOT NULL,
                    actor TEXT NOT NULL
                )
                """,
                """
                CREATE TABLE uat_items (
                    id TEXT PRIMARY KEY NOT NULL,
                    plan TEXT NOT NULL REFERENCES uat_plans (name),
                    item_key TEXT NOT NULL,
                    position INTEGER NOT NULL,
                    component TEXT NOT NULL,
                    title TEXT NOT NULL,
                    steps TEXT NOT NULL,
                    expected TEXT NOT NULL,
                    url TEXT NOT NULL,
                    expect_status INTEGER,
                    expect_text TEXT,
                    profiles TEXT NOT NULL,
                    assignee TEXT,
                    removed_at {TIME},
                    UNIQUE (plan, item_key)
                )
                """,
                "CREATE INDEX uat_items_position ON uat_items (plan, position)",
                // Results only grow: a later one takes the place of an earlier one, which stays to be read.
                """
                CREATE TABLE uat_results (
                    item TEXT NOT NULL REFERENCES uat_items (id),
                    profile TEXT NOT NULL,
                    number INTEGER NOT NULL,
                    outcome TEXT NOT NULL CHECK (outcome IN ('pass', 'fail', 'blocked')),
                    note TEXT NOT NULL,
                    actor TEXT NOT NULL,
                    at {TIME} NOT NULL,
                    is_current INTEGER NOT NULL,
                    PRIMARY KEY (item, profile, number)
                )
                """,
                "CREATE INDEX uat_results_current ON uat_results (item) WHERE is_current = 1",
                """
                CREATE TABLE uat_files (
                    id TEXT PRIMARY KEY NOT NULL,
                    item TEXT NOT NULL REFERENCES uat_items (id),
                    name TEXT NOT NULL,
                    type TEXT NOT NULL,
                    size_bytes INTEGER NOT NULL,
                    content {BLOB} NOT NULL,
                    actor TEXT NOT NULL,
                    at {TIME} NOT NULL
                )
                """,
                "CREATE INDEX uat_files_item ON uat_files (item)",
            ]),
        Migration(
            "0027-sign-offs",
            portable: [
                """
                CREATE TABLE launch_roles (
                    account TEXT NOT NULL,
                    role TEXT NOT NULL,
                    given_at {TIME} NOT NULL,
                    PRIMARY KEY (account, role)
                )
                """,
                """
                CREATE TABLE launch_sign_offs (
                    id TEXT PRIMARY KEY NOT NULL,
                    target TEXT NOT NULL,
                    item TEXT NOT NULL,
                    role TEXT NOT NULL,
                    actor TEXT NOT NULL,
                    evidence TEXT NOT NULL,
                    note TEXT NOT NULL,
                    at {TIME} NOT NULL,
                    revoked_at {TIME},
                    revoked_by TEXT,
                    revoked_because TEXT
                )
                """,
                // One signature for an item and the evidence that was seen; after a revocation another one.
                """
                CREATE UNIQUE INDEX launch_sign_offs_valid ON launch_sign_offs (target, item, evidence)
                    WHERE revoked_at IS NULL
                """,
            ]),
    ]
}
