import Store

extension IdentitySchema {
    static let projects = Migration(
        "0022-projects",
        portable: [
            // A deleted project's row stays without its name: nobody gets an address that was somebody else's.
            """
            CREATE TABLE projects (
                id TEXT PRIMARY KEY NOT NULL,
                slug TEXT NOT NULL UNIQUE,
                name TEXT NOT NULL,
                status TEXT NOT NULL CHECK (status IN ('active', 'archived', 'deleted')),
                created_at {TIME} NOT NULL
            )
            """,
            """
            CREATE TABLE project_members (
                project TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
                account TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
                role TEXT NOT NULL,
                added_at {TIME} NOT NULL,
                PRIMARY KEY (project, account)
            )
            """,
            "CREATE INDEX project_members_account ON project_members (account)",
            // Whoever owns the address answers it, whether they had an account when it was sent or not.
            """
            CREATE TABLE project_invitations (
                id TEXT PRIMARY KEY NOT NULL,
                project TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
                email TEXT NOT NULL,
                email_key TEXT NOT NULL,
                role TEXT NOT NULL,
                inviter TEXT NOT NULL,
                created_at {TIME} NOT NULL,
                expires_at {TIME} NOT NULL,
                UNIQUE (project, email_key)
            )
            """,
            "CREATE INDEX project_invitations_email ON project_invitations (email_key)",
            "CREATE INDEX project_invitations_expires ON project_invitations (expires_at)",
            // When a second factor was given by whoever made the key; empty: none was.
            "ALTER TABLE api_keys ADD COLUMN factor_at {TIME}",
        ])
}
