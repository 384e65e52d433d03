public import Store

extension WebhookSettings {
    public static let migrations = [
        Migration(
            "0004-webhooks",
            portable: [
                """
                CREATE TABLE webhook_endpoints (
                    id TEXT PRIMARY KEY NOT NULL,
                    failing_since {TIME},
                    disabled_at {TIME},
                    disabled_reason TEXT
                )
                """,
                """
                CREATE TABLE webhook_deliveries (
                    id TEXT PRIMARY KEY NOT NULL,
                    endpoint TEXT NOT NULL,
                    kind TEXT NOT NULL,
                    body TEXT NOT NULL,
                    state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'failed', 'skipped')),
                    attempts BIGINT NOT NULL CHECK (attempts >= 0),
                    last_status BIGINT,
                    last_error TEXT,
                    created_at {TIME} NOT NULL,
                    ended_at {TIME}
                )
                """,
                "CREATE INDEX webhook_deliveries_endpoint ON webhook_deliveries (endpoint, created_at)",
                "CREATE INDEX webhook_deliveries_created ON webhook_deliveries (created_at)",
            ])
    ]
}
