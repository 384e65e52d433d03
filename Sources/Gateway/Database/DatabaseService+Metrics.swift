import Observability
import Store

extension DatabaseService {
    /// Adds pool, timings by what they are for, and the change feed's age to a scrape.
    func write(to text: inout MetricsText) {
        let pool = database.pool
        for (name, help, value) in [
            ("size", "Connections to the database at most.", pool.size), ("in_use", "Of these, working.", pool.inUse),
            ("waiting", "Pieces of work that wait for a connection.", pool.waiting),
        ] {
            text.family("seaworthy_database_pool_\(name)", .gauge, help: help)
            text.sample("seaworthy_database_pool_\(name)", [], value)
        }
        let series = database.metrics.snapshot.sorted { $0.key < $1.key }
        text.family("seaworthy_database_seconds", .histogram, help: "Time of database work, by what it is for.")
        for (work, figures) in series {
            var below = 0
            for (bound, count) in zip(DatabaseMetrics.bounds, figures.buckets) {
                below += count
                text.sample("seaworthy_database_seconds_bucket", [("work", work), ("le", "\(bound)")], below)
            }
            text.sample("seaworthy_database_seconds_bucket", [("work", work), ("le", "+Inf")], figures.count)
            text.sample("seaworthy_database_seconds_sum", [("work", work)], figures.seconds)
            text.sample("seaworthy_database_seconds_count", [("work", work)], figures.count)
        }
        text.family("seaworthy_database_failures_total", .counter, help: "Database work that failed, by code.")
        for (work, figures) in series {
            for (code, count) in figures.failures.sorted(by: { $0.key < $1.key }) {
                text.sample("seaworthy_database_failures_total", [("work", work), ("code", code)], count)
            }
        }
        text.family(
            "seaworthy_database_retries_total", .counter, help: "Second tries after a deadlock or a broken connection.")
        for (work, figures) in series where figures.retries > 0 {
            text.sample("seaworthy_database_retries_total", [("work", work)], figures.retries)
        }
        let polls = feed.counts
        text.family("seaworthy_change_feed_polls_total", .counter, help: "Polls of the change feed, by how they ended.")
        text.sample("seaworthy_change_feed_polls_total", [("outcome", "succeeded")], polls.polls)
        text.sample("seaworthy_change_feed_polls_total", [("outcome", "failed")], polls.failures)
        if let age = feed.age {
            text.family(
                "seaworthy_change_feed_age_seconds", .gauge,
                help: "Time since the last poll that succeeded began: how old views in memory may be.")
            text.sample("seaworthy_change_feed_age_seconds", [], age / .seconds(1))
        }
    }
}
