public import Kernel

/// What a worker asks for: jobs of one kind, in payload versions that it understands.
public struct JobOffer: Sendable {
    public let kind: JobKind
    public let payloadVersions: ClosedRange<Int>
    /// How many of them at most.
    public let limit: Int

    public init(_ kind: JobKind, payloadVersions: ClosedRange<Int> = 1...1, limit: Int) {
        self.kind = kind
        self.payloadVersions = payloadVersions
        self.limit = limit
    }
}

/// A job that a worker holds. The lease's number is new at each claim: who lost it can no longer write to the job.
public struct ClaimedJob: Sendable {
    public let job: Job
    public let lease: Int64
}

/// A lease as one reads it in the table.
public struct JobLease: Sendable, Hashable {
    public let id: UniqueID
    public let lease: Int64
    public let until: Timestamp
    public let isCancelRequested: Bool
}

/// How a try ended.
public struct JobSettlement: Sendable {
    public enum Result: Sendable, Equatable {
        case done
        /// Back to the queue, after a rest; a dead letter when that was the last try.
        case retry(reason: String, rest: Duration)
        case dead(reason: String)
        case cancelled
        /// Given back unfinished: the next worker takes it at once, and the try doesn't count.
        case released
    }
    public let claimed: ClaimedJob
    public let result: Result

    public init(_ claimed: ClaimedJob, _ result: Result) {
        self.claimed = claimed
        self.result = result
    }
}

extension JobQueue {
    /// Which of the offers, by their index, have a job that is due.
    public func due(_ offers: [JobOffer], in db: ReadTransaction) throws(DatabaseError) -> [Int] {
        guard !offers.isEmpty else { return [] }
        let now = clock.now()
        let probes = offers.enumerated().map { index, offer -> SQL in
            """
            SELECT \(SQL(trusted: "\(index)")) AS offer WHERE EXISTS (SELECT 1 FROM jobs
                WHERE state = 'ready' AND kind = \(offer.kind.rawValue) AND run_at <= \(now)
                AND payload_version BETWEEN \(offer.payloadVersions.lowerBound) AND \(offer.payloadVersions.upperBound))
            """
        }
        var found: [Int] = []
        for row in try db.rows(SQL.joined(probes, by: " UNION ALL ")) { found.append(try row["offer"]) }
        return found.sorted()
    }

    /// Takes jobs that are due and that nobody else holds, in the order of the offers, each kind's oldest first.
    ///
    /// - Parameters:
    ///   - limit: how many in all.
    ///   - lease: how long they are held unless renewed.
    public func claim(
        _ offers: [JobOffer], limit: Int, worker: String, lease: Duration, in db: Transaction
    ) throws(DatabaseError) -> [ClaimedJob] {
        let now = clock.now()
        let number = Int64(bitPattern: random.next() >> 1)
        var claimed: [ClaimedJob] = []
        for offer in offers {
            let room = min(offer.limit, limit - claimed.count)
            guard room > 0 else { continue }
            let versions = offer.payloadVersions
            let rows = try db.claimedRows(
                """
                SELECT id, kind, payload, payload_version, attempts, max_attempts, created_at FROM jobs
                WHERE state = 'ready' AND kind = \(offer.kind.rawValue) AND run_at <= \(now)
                AND payload_version BETWEEN \(versions.lowerBound) AND \(versions.upperBound)
                ORDER BY run_at, id LIMIT \(room)
                """)
            guard !rows.isEmpty else { continue }
            for row in rows { claimed.append(ClaimedJob(job: try Job(claimed: row), lease: number)) }
            let ids = claimed.suffix(rows.count).map(\.job.id.rawValue)
            try db.execute(
                """
                UPDATE jobs SET state = 'running', attempts = attempts + 1, leased_by = \(worker), lease = \(number),
                    leased_until = \(now.later(by: lease)), started_at = \(now)
                WHERE id IN (\(list: ids))
                """)
        }
        return claimed
    }

    /// Holds these longer. What somebody else is changing at this moment is passed over.
    public func renew(_ held: [ClaimedJob], lease: Duration, in db: Transaction) throws(DatabaseError) {
        guard !held.isEmpty else { return }
        let rows = try db.claimedRows(
            "SELECT id FROM jobs WHERE state = 'running' AND \(JobQueue.matching(held)) ORDER BY id")
        var ids: [String] = []
        for row in rows { ids.append(try row["id"]) }
        guard !ids.isEmpty else { return }
        let until = clock.now().later(by: lease)
        // It changes even when the clock stands still or goes back: others see that somebody lives.
        try db.execute(
            """
            UPDATE jobs SET leased_until = CASE WHEN leased_until = \(until) THEN leased_until + 1
                ELSE CAST(\(until) AS BIGINT) END
            WHERE id IN (\(list: ids))
            """)
    }

    /// All leases there are: as many as workers run jobs.
    public func leases(in db: ReadTransaction) throws(DatabaseError) -> [JobLease] {
        let rows = try db.rows(
            """
            SELECT id, lease, leased_until, cancel_requested FROM jobs WHERE state = 'running'
            ORDER BY leased_until LIMIT 5000
            """)
        var leases: [JobLease] = []
        for row in rows {
            leases.append(
                JobLease(
                    id: UniqueID(rawValue: try row["id"]), lease: try row["lease"], until: try row["leased_until"],
                    isCancelRequested: try row["cancel_requested"]))
        }
        return leases
    }

    /// Returns jobs of workers that went away to the queue; the try counts. A lease that was renewed meanwhile stays.
    ///
    /// - Returns: how many.
    public func takeBack(_ expired: [JobLease], in db: Transaction) throws(DatabaseError) -> Int {
        guard !expired.isEmpty else { return 0 }
        let known = Dictionary(expired.map { ($0.id.rawValue, $0) }, uniquingKeysWith: { $1 })
        let rows = try db.claimedRows(
            """
            SELECT id, lease, leased_until, attempts, max_attempts FROM jobs
            WHERE state = 'running' AND id IN (\(list: known.keys.sorted())) ORDER BY id
            """)
        var count = 0
        for row in rows {
            let id: String = try row["id"]
            guard let lease = known[id], try row["lease"] == lease.lease, try row["leased_until"] == lease.until else {
                continue
            }
            let attempts: Int = try row["attempts"]
            let isLast = try attempts >= row["max_attempts"]
            let reason = "the worker that ran it went away (lease expired)"
            try giveBack(id, isDead: isLast, reason: reason, rest: .zero, uncounted: false, in: db)
            count += 1
        }
        if count > 0 { wakeWorkers(db) }
        return count
    }

    /// Writes down how tries ended.
    ///
    /// - Returns: ids of those that came too late: somebody else holds the job by now, or it has ended.
    public func settle(_ settlements: [JobSettlement], in db: Transaction) throws(DatabaseError) -> Set<UniqueID> {
        let now = clock.now()
        let done = settlements.filter { $0.result == .done }.map(\.claimed)
        var late = Set(settlements.map(\.claimed.job.id))
        if !done.isEmpty {
            let rows = try db.rows(
                """
                UPDATE jobs SET state = 'done', ended_at = \(now), lease = NULL, leased_until = NULL, last_error = NULL
                WHERE state = 'running' AND \(JobQueue.matching(done)) RETURNING id
                """)
            for row in rows { late.remove(UniqueID(rawValue: try row["id"])) }
        }
        for settlement in settlements where settlement.result != .done {
            let job = settlement.claimed.job
            let held = try db.lockedRow(
                "SELECT id FROM jobs WHERE state = 'running' AND \(JobQueue.matching([settlement.claimed]))")
            guard held != nil else { continue }
            late.remove(job.id)
            switch settlement.result {
            case .done: break
            case .retry(let reason, let rest):
                try giveBack(
                    job.id.rawValue, isDead: job.attempt >= job.maxAttempts, reason: reason, rest: rest,
                    uncounted: false, in: db)
            case .dead(let reason):
                try giveBack(job.id.rawValue, isDead: true, reason: reason, rest: .zero, uncounted: false, in: db)
            case .released:
                try giveBack(job.id.rawValue, isDead: false, reason: nil, rest: .zero, uncounted: true, in: db)
                wakeWorkers(db)
            case .cancelled:
                try db.execute(
                    """
                    UPDATE jobs SET state = 'cancelled', ended_at = \(now), lease = NULL, leased_until = NULL
                    WHERE id = \(job.id.rawValue)
                    """)
            }
        }
        return late
    }

    /// Ready again, or dead, or cancelled where somebody asked for that meanwhile.
    private func giveBack(
        _ id: String, isDead: Bool, reason: String?, rest: Duration, uncounted: Bool, in db: Transaction
    ) throws(DatabaseError) {
        let now = clock.now()
        let state: SQL = isDead ? "'dead'" : "'ready'"
        let ended: SQL = isDead ? "CAST(\(now) AS BIGINT)" : "NULL"
        try db.execute(
            """
            UPDATE jobs SET state = CASE WHEN cancel_requested = 1 THEN 'cancelled' ELSE \(state) END,
                ended_at = CASE WHEN cancel_requested = 1 THEN CAST(\(now) AS BIGINT) ELSE \(ended) END,
                run_at = \(now.later(by: rest)), waits_from = \(now), lease = NULL, leased_until = NULL,
                attempts = attempts - \(uncounted ? 1 : 0),
                last_error = \(reason.map(JobQueue.shown))
            WHERE id = \(id)
            """)
    }

    /// `(lease = 7 AND id IN (…)) OR …`: those jobs, only while we hold them.
    private static func matching(_ held: [ClaimedJob]) -> SQL {
        let parts = Dictionary(grouping: held, by: \.lease).sorted { $0.key < $1.key }.map { lease, jobs -> SQL in
            "(lease = \(lease) AND id IN (\(list: jobs.map(\.job.id.rawValue))))"
        }
        return "(\(SQL.joined(parts, by: " OR ")))"
    }

    /// A reason as operators see it: one line's worth, without what a database can't keep.
    static func shown(_ reason: String) -> String {
        let scalars = reason.unicodeScalars.prefix(500).map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }
        return String(String.UnicodeScalarView(scalars))
    }
}

extension Job {
    fileprivate init(claimed row: Row) throws(DatabaseError) {
        let attempts: Int = try row["attempts"]
        self.init(
            id: UniqueID(rawValue: try row["id"]), kind: JobKind(rawValue: try row["kind"]),
            payload: try row["payload"], payloadVersion: try row["payload_version"], attempt: attempts + 1,
            maxAttempts: try row["max_attempts"], createdAt: try row["created_at"])
    }
}
