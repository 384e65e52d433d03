extension JobQueue {
    public static let migrations = [
        Migration(
            "0002-jobs",
            portable: [
                """
                CREATE TABLE jobs (
                    id TEXT PRIMARY KEY NOT NULL,
                    kind TEXT NOT NULL,
                    payload TEXT NOT NULL,
                    payload_version BIGINT NOT NULL,
                    idempotency_key TEXT,
                    state TEXT NOT NULL CHECK (state IN ('ready', 'running', 'done', 'dead', 'cancelled')),
                    run_at {TIME} NOT NULL,
                    waits_from {TIME},
                    attempts BIGINT NOT NULL CHECK (attempts >= 0),
                    max_attempts BIGINT NOT NULL CHECK (max_attempts > 0),
                    leased_by TEXT,
                    lease BIGINT,
                    leased_until {TIME},
                    started_at {TIME},
                    cancel_requested BIGINT NOT NULL DEFAULT 0 CHECK (cancel_requested IN (0, 1)),
                    last_error TEXT,
                    created_at {TIME} NOT NULL,
                    ended_at {TIME},
                    UNIQUE (kind, idempotency_key)
                )
                """,
                "CREATE INDEX jobs_due ON jobs (kind, run_at, id) WHERE state = 'ready'",
                "CREATE INDEX jobs_leased ON jobs (leased_until) WHERE state = 'running'",
                "CREATE INDEX jobs_ended ON jobs (state, ended_at, id) WHERE ended_at IS NOT NULL",
                """
                CREATE TABLE job_schedules (
                    name TEXT PRIMARY KEY NOT NULL,
                    expression TEXT NOT NULL,
                    next_at {TIME} NOT NULL,
                    planned_at {TIME} NOT NULL,
                    last_due {TIME}
                )
                """,
            ])
    ]
}
