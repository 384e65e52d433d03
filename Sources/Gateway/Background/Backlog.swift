import Kernel
import Store

/// What waits behind the edge, as the database has it: the worker has no door, so the edge tells it with its own metrics.
///
/// Counted when somebody asks and the last count is 15 s old, once for all who ask at the same time, and for 2 s at most:
/// a scrape costs the database a bounded number of index reads however often it comes.
actor Backlog {
    struct Figures: Sendable {
        /// By kind.
        var jobs: [String: Jobs] = [:]
        /// Mails by state: those that wait, and those that ended within a day.
        var openMails: [String: Int] = [:]
        var endedMails: [String: Int] = [:]
        var oldestMailDue: Timestamp?
        /// Deliveries made within a day, by endpoint and state.
        var deliveries: [Delivery] = []
        var disabledEndpoints: [String] = []
        var lastVerifiedBackup: Timestamp?
        var failedBackups = 0
        /// When it was counted.
        var countedAt = Timestamp(nanosecondsSinceEpoch: 0)
    }

    struct Jobs: Sendable {
        var ready = 0
        var running = 0
        var dead = 0
        /// Of the last hour, by how they ended.
        var ended: [String: Int] = [:]
        /// When the one that waits longest became due.
        var oldestDue: Timestamp?
    }

    struct Delivery: Sendable {
        let endpoint: String
        let state: String
        let count: Int
    }

    static let freshness: Duration = .seconds(15)
    private static let limit: Duration = .seconds(2)
    /// Kinds and endpoints come from programs and configurations, yet a metric's labels must have an end.
    private static let mostLabels = 100

    private let database: Database
    private let queue: JobQueue
    private let ports: SystemPorts
    private var last: (figures: Figures, at: UInt64)?
    private var counting: Task<Figures?, Never>?
    private(set) var failures = 0

    init(_ database: Database, _ ports: SystemPorts) {
        self.database = database
        self.ports = ports
        queue = JobQueue(clock: ports.wallClock, random: ports.random)
    }

    /// The figures, at most 15 s old while the database answers; else the last there were; nil before the first.
    func figures() async -> Figures? {
        let now = ports.monotonicClock.nanoseconds()
        if let last, now &- last.at < UInt64(Backlog.freshness / .nanoseconds(1)) { return last.figures }
        if let counting { return await counting.value ?? last?.figures }
        let task = Task { [database, queue, ports] in try? await Backlog.count(database, queue, ports) }
        counting = task
        let figures = await task.value
        counting = nil
        if let figures { last = (figures, now) } else { failures += 1 }
        return figures ?? last?.figures
    }

    private static func count(_ database: Database, _ queue: JobQueue, _ ports: SystemPorts) async throws -> Figures {
        let now = ports.wallClock.now()
        let dayAgo = now.later(by: .seconds(-86_400))
        return try await database.read("backlog.count", limit: limit) { db in
            var figures = Figures(countedAt: now)
            for count in try queue.census(in: db) { figures.add(count, now: now, mostKinds: mostLabels) }
            for row in try db.rows(
                """
                SELECT kind, state, count(*) AS count FROM jobs
                WHERE ended_at IS NOT NULL AND state IN ('done', 'dead', 'cancelled')
                AND ended_at >= \(now.later(by: .seconds(-3600))) GROUP BY kind, state
                ORDER BY kind, state LIMIT \(mostLabels * 3)
                """)
            {
                let kind: String = try row["kind"]
                guard figures.jobs[kind] != nil || figures.jobs.count < mostLabels else { continue }
                figures.jobs[kind, default: Jobs()].ended[try row["state"]] = try row["count"]
            }
            for row in try db.rows(
                """
                SELECT state, count(*) AS count, min(due_at) AS oldest FROM emails
                WHERE state IN ('queued', 'sending') GROUP BY state
                UNION ALL SELECT 'held', count(*), NULL FROM emails WHERE state = 'held'
                """)
            {
                figures.openMails[try row["state"]] = try row["count"]
                if let oldest: Timestamp = try row["oldest"] {
                    figures.oldestMailDue = min(oldest, figures.oldestMailDue ?? oldest)
                }
            }
            for row in try db.rows(
                """
                SELECT state, count(*) AS count FROM emails WHERE ended_at IS NOT NULL AND ended_at >= \(dayAgo)
                AND state <> 'held' GROUP BY state
                """)
            {
                figures.endedMails[try row["state"]] = try row["count"]
            }
            figures.deliveries = try db.rows(
                """
                SELECT endpoint, state, count(*) AS count FROM webhook_deliveries WHERE created_at >= \(dayAgo)
                GROUP BY endpoint, state ORDER BY endpoint, state LIMIT \(mostLabels * 4)
                """
            ).map { Delivery(endpoint: try $0["endpoint"], state: try $0["state"], count: try $0["count"]) }
            figures.disabledEndpoints = try db.rows(
                "SELECT id FROM webhook_endpoints WHERE disabled_at IS NOT NULL ORDER BY id LIMIT \(mostLabels)"
            ).map { try $0["id"] }
            figures.lastVerifiedBackup =
                try db.value("SELECT max(verified_at) FROM backups WHERE state = 'verified'", as: Timestamp?.self)
                ?? nil
            figures.failedBackups =
                try db.value("SELECT count(*) FROM backups WHERE state = 'failed' AND started_at >= \(dayAgo)") ?? 0
            return figures
        }
    }
}

extension Backlog.Figures {
    fileprivate mutating func add(_ count: JobCount, now: Timestamp, mostKinds: Int) {
        let kind = count.kind.rawValue
        guard jobs[kind] != nil || jobs.count < mostKinds else { return }
        var entry = jobs[kind] ?? Backlog.Jobs()
        switch count.state {
        case .ready:
            entry.ready += count.count
            if count.oldest <= now { entry.oldestDue = min(count.oldest, entry.oldestDue ?? count.oldest) }
        case .running: entry.running += count.count
        case .dead: entry.dead += count.count
        case .done, .cancelled: break
        }
        jobs[kind] = entry
    }
}
