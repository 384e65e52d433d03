public import Kernel

/// Each due time becomes exactly one job, whoever looks first: the schedule's row is locked, and the job's idempotency key
/// is the schedule's name with the due time. Times that nobody was there for become one job together.
extension JobQueue {
    /// Writes down schedules that are new or were changed. Idempotent.
    public func register(_ schedules: [JobSchedule], in db: Transaction) throws(DatabaseError) {
        let now = clock.now()
        for schedule in schedules.sorted(by: { $0.name < $1.name }) {
            guard let next = schedule.cron.next(after: now) else { continue }
            try db.execute(
                """
                INSERT INTO job_schedules (name, expression, next_at, planned_at)
                VALUES (\(schedule.name), \(schedule.cron.description), \(next), \(now))
                ON CONFLICT (name) DO UPDATE
                SET expression = excluded.expression, next_at = excluded.next_at, planned_at = excluded.planned_at
                WHERE job_schedules.expression <> excluded.expression
                """)
        }
    }

    /// Names of those that are due, or were planned by a clock more than a day ahead of now.
    public func dueSchedules(in db: ReadTransaction) throws(DatabaseError) -> [String] {
        let now = clock.now()
        var names: [String] = []
        for row in try db.rows(
            """
            SELECT name FROM job_schedules WHERE next_at <= \(now) OR planned_at > \(now.later(by: JobQueue.day))
            ORDER BY name
            """)
        {
            names.append(try row["name"])
        }
        return names
    }

    /// Enqueues the schedule's job if it is due.
    ///
    /// - Returns: the job's id; nil when somebody else was faster or it isn't due.
    public func fire(_ schedule: JobSchedule, in db: Transaction) throws -> UniqueID? {
        guard
            let row = try db.lockedRow(
                "SELECT expression, next_at, planned_at FROM job_schedules WHERE name = \(schedule.name)")
        else { return nil }
        let now = clock.now()
        let due: Timestamp = try row["next_at"]
        let planned: Timestamp = try row["planned_at"]
        // Another version of the program has another idea of it, or somebody fired it meanwhile.
        guard try row["expression"] == schedule.cron.description else { return nil }
        if planned > now.later(by: JobQueue.day) {
            // Planned by a clock that was far ahead: it would rest until that date comes.
            try plan(schedule, after: now, now: now, lastDue: nil, in: db)
            return nil
        }
        guard due <= now else { return nil }
        var request = JobRequest(schedule.kind, payload: schedule.payload)
        request.payloadVersion = schedule.payloadVersion
        request.maxAttempts = schedule.maxAttempts
        request.idempotencyKey = "schedule/\(schedule.name)/\(due.iso8601)"
        let id = try enqueue(request, in: db)
        try plan(schedule, after: max(now, due), now: now, lastDue: due, in: db)
        return id
    }

    public func schedules(in db: ReadTransaction) throws(DatabaseError) -> [ScheduleRecord] {
        var records: [ScheduleRecord] = []
        for row in try db.rows("SELECT name, expression, next_at, last_due FROM job_schedules ORDER BY name LIMIT 1000")
        {
            records.append(
                ScheduleRecord(
                    name: try row["name"], expression: try row["expression"], nextAt: try row["next_at"],
                    lastDue: try row["last_due"]))
        }
        return records
    }

    /// Removes a schedule that nobody has any more.
    public func forgetSchedule(_ name: String, in db: Transaction) throws(DatabaseError) {
        try db.execute("DELETE FROM job_schedules WHERE name = \(name)")
    }

    private func plan(
        _ schedule: JobSchedule, after time: Timestamp, now: Timestamp, lastDue: Timestamp?, in db: Transaction
    ) throws(DatabaseError) {
        let next = schedule.cron.next(after: time) ?? Timestamp(nanosecondsSinceEpoch: .max)
        try db.execute(
            """
            UPDATE job_schedules SET next_at = \(next), planned_at = \(now),
                last_due = COALESCE(\(lastDue), last_due)
            WHERE name = \(schedule.name)
            """)
    }

    private static let day: Duration = .seconds(86_400)
}
