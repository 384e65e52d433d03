import Kernel
import Store

/// A job as an operator's command shows it.
public struct JobSheet: Sendable, Encodable {
    public let id: String
    public let kind: String
    public let state: String
    public let payloadVersion: Int
    public let payload: String
    public let idempotencyKey: String?
    public let attempts: Int
    public let maxAttempts: Int
    /// Not before this, in ISO 8601 like all of them.
    public let runAt: String
    public let createdAt: String
    public let startedAt: String?
    public let endedAt: String?
    /// The worker that runs it, or ran it last, and until when it holds it.
    public let worker: String?
    public let leasedUntil: String?
    public let isCancelRequested: Bool
    public let lastError: String?

    init(_ record: JobRecord) {
        id = record.id.rawValue
        kind = record.kind.rawValue
        state = record.state.rawValue
        payloadVersion = record.payloadVersion
        payload = record.payload
        idempotencyKey = record.idempotencyKey
        attempts = record.attempts
        maxAttempts = record.maxAttempts
        runAt = record.runAt.iso8601
        createdAt = record.createdAt.iso8601
        startedAt = record.startedAt?.iso8601
        endedAt = record.endedAt?.iso8601
        worker = record.worker
        leasedUntil = record.leasedUntil?.iso8601
        isCancelRequested = record.isCancelRequested
        lastError = record.lastError
    }
}

/// A schedule as an operator's command shows it.
public struct ScheduleSheet: Sendable, Encodable {
    public let name: String
    /// Five fields, UTC.
    public let expression: String
    public let nextAt: String
    public let lastDue: String?
}

extension OperatorDesk {
    /// States that `jobs(state:)` takes.
    public static let jobStates = JobState.allCases.map(\.rawValue)

    /// The youngest first.
    ///
    /// - Parameters:
    ///   - before: the last id of the page before.
    ///   - limit: 1…200.
    public func jobs(state: String?, kind: String?, before: String?, limit: Int) async throws -> [JobSheet] {
        let queue = services.queue
        return try await read("jobs.list") { db in
            try queue.list(
                state: state.flatMap(JobState.init(rawValue:)), kind: kind.map(JobKind.init(rawValue:)),
                before: before.map(UniqueID.init(rawValue:)), limit: limit, in: db
            ).map(JobSheet.init)
        }
    }

    public func job(_ id: String) async throws -> JobSheet {
        let queue = services.queue
        guard let record = try await read("jobs.show", { try queue.job(UniqueID(rawValue: id), in: $0) }) else {
            throw OperatorRefusal.noJob(id)
        }
        return JobSheet(record)
    }

    /// Puts a dead or cancelled job back, from its first try.
    public func retryJob(_ id: String) async throws -> JobSheet {
        try await change(id, "job.retried-by-hand", "only a dead or cancelled job can be tried again") { queue, db in
            try queue.retry(UniqueID(rawValue: id), in: db)
        }
    }

    /// Puts all dead letters of a kind back.
    ///
    /// - Returns: how many, 10,000 at most.
    public func retryDeadJobs(of kind: String) async throws -> Int {
        let (services, actor) = (services, actor)
        return try await act("jobs.retry") { db in
            let count = try services.queue.retryDead(JobKind(rawValue: kind), in: db)
            if count > 0 {
                try services.journal.append(
                    AuditEvent(
                        "job.retried-by-hand", actor: actor, details: ["kind": kind, "job": "\(count) dead letters"]),
                    in: db)
            }
            return count
        }
    }

    /// Stops a job: at once before it runs, soon while it runs (`isCancelRequested`).
    public func cancelJob(_ id: String) async throws -> JobSheet {
        try await change(id, "job.cancelled", "it has ended already") { queue, db in
            switch try queue.cancel(UniqueID(rawValue: id), in: db) {
            case .cancelled, .requested: true
            case .ended, .unknown: false
            }
        }
    }

    /// Removes a dead or cancelled job for good; what it was is returned.
    public func discardJob(_ id: String) async throws -> JobSheet {
        try await change(id, "job.discarded", "only a dead or cancelled job can be removed") { queue, db in
            try queue.discard(UniqueID(rawValue: id), in: db)
        }
    }

    private func change(
        _ id: String, _ event: String, _ refusal: String,
        _ act: @escaping @Sendable (JobQueue, Transaction) throws -> Bool
    ) async throws -> JobSheet {
        let (services, actor) = (services, actor)
        return try await self.act("jobs.change") { db in
            let unique = UniqueID(rawValue: id)
            guard let before = try services.queue.job(unique, in: db) else { throw OperatorRefusal.noJob(id) }
            guard try act(services.queue, db) else {
                throw OperatorRefusal("job \(id) is \(before.state.rawValue): \(refusal)")
            }
            try services.journal.append(
                AuditEvent(event, actor: actor, details: ["kind": before.kind.rawValue, "job": id]), in: db)
            return JobSheet(try services.queue.job(unique, in: db) ?? before)
        }
    }

    // MARK: Schedules

    public func schedules() async throws -> [ScheduleSheet] {
        let queue = services.queue
        return try await read("jobs.schedules") { db in
            try queue.schedules(in: db).map {
                ScheduleSheet(
                    name: $0.name, expression: $0.expression, nextAt: $0.nextAt.iso8601, lastDue: $0.lastDue?.iso8601)
            }
        }
    }

    /// Has a schedule's job run at once, beside its plan.
    ///
    /// - Returns: the job.
    public func runSchedule(_ name: String) async throws -> JobSheet {
        let schedules: [JobSchedule]
        do {
            schedules = try WorkerProgram.schedules(
                services.configuration, hasRing: services.configuration.hasRootSecret)
        } catch {
            throw DatabaseFailure(.configuration, "\(error)")
        }
        guard let schedule = schedules.first(where: { $0.name == name }) else {
            let names = schedules.map(\.name).sorted().joined(separator: ", ")
            throw OperatorRefusal("this configuration has no schedule “\(name)”; it has \(names)")
        }
        let (services, actor) = (services, actor)
        return try await act("jobs.run") { db in
            var request = JobRequest(schedule.kind, payload: schedule.payload)
            request.payloadVersion = schedule.payloadVersion
            request.maxAttempts = schedule.maxAttempts
            let id = try services.queue.enqueue(request, in: db)
            try services.journal.append(
                AuditEvent("job.run-by-hand", actor: actor, details: ["schedule": name, "job": id.rawValue]), in: db)
            guard let record = try services.queue.job(id, in: db) else { throw OperatorRefusal.noJob(id.rawValue) }
            return JobSheet(record)
        }
    }
}

extension OperatorRefusal {
    fileprivate static func noJob(_ id: String) -> OperatorRefusal {
        OperatorRefusal("there is no job \(id.prefix(80)): seaworthy jobs list shows them")
    }
}
