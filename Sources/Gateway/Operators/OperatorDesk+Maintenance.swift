import Kernel
import Operations
import Store

/// What became of the newest job of a kind, and when one ended well.
struct LastRun: Sendable {
    /// The job's id.
    let id: String
    let state: String
    /// When it ended, else when it was made.
    let at: Timestamp
    let error: String?
    /// nil: none that is still kept did.
    var wellAt: Timestamp?
}

/// How what keeps the installation in order stands: read at one moment.
struct UpkeepReport: Sendable {
    /// By kind of job.
    let runs: [String: LastRun]
    let schedules: [ScheduleRecord]
    let deadJobs: Int
    let backup: BackupRecord?
    /// The newest row that tells of a verification of the trail.
    let verification: AuditEntry?
    let schema: Migrator.Status
}

extension OperatorDesk {
    /// Schedules of this configuration, whether a worker has registered them or not: name, kind of its jobs, when.
    func planned() throws -> [(name: String, kind: String, cron: String)] {
        do {
            return try WorkerProgram.schedules(
                services.configuration, hasRing: services.configuration.hasRootSecret
            ).map { ($0.name, $0.kind.rawValue, $0.cron.description) }
        } catch {
            throw DatabaseFailure(.configuration, "\(error)")
        }
    }

    /// - Parameter kinds: of the jobs whose last runs are wanted.
    func upkeep(of kinds: Set<String>) async throws -> UpkeepReport {
        let services = services
        let migrator = Migrator(
            Schema.migrations, version: BuildInformation.version, clock: services.ports.wallClock)
        // Two reads: the migrator opens its own.
        let schema: Migrator.Status
        do {
            schema = try await migrator.status(of: services.database)
        } catch let error as DatabaseError {
            throw DatabaseFailure(error, at: services.configuration.database.place)
        }
        return try await read("console.upkeep") { db in
            UpkeepReport(
                runs: try OperatorDesk.runs(of: kinds, in: db), schedules: try services.queue.schedules(in: db),
                deadJobs: try db.value("SELECT count(*) FROM jobs WHERE state = 'dead'") ?? 0,
                backup: try BackupLedger.recent(100, in: db).first { $0.state == .verified },
                verification: try Journal.newest(
                    kinds: ["audit.verified", "audit.damaged"], before: nil, limit: 1, in: db
                ).first, schema: schema)
        }
    }

    private static func runs(of kinds: Set<String>, in db: ReadTransaction) throws -> [String: LastRun] {
        guard !kinds.isEmpty else { return [:] }
        let kinds = kinds.sorted()
        var runs: [String: LastRun] = [:]
        // Ids ascend with time; what hasn't been tried yet tells nothing.
        for row in try db.rows(
            """
            SELECT id, kind, state, created_at, ended_at, last_error FROM jobs WHERE id IN (
                SELECT max(id) FROM jobs WHERE kind IN (\(list: kinds)) AND (state <> 'ready' OR attempts > 0) GROUP BY kind)
            """)
        {
            let (made, ended): (Timestamp, Timestamp?) = (try row["created_at"], try row["ended_at"])
            runs[try row["kind"]] = LastRun(
                id: try row["id"], state: try row["state"], at: ended ?? made, error: try row["last_error"])
        }
        for row in try db.rows(
            "SELECT kind, max(ended_at) AS well_at FROM jobs WHERE kind IN (\(list: kinds)) AND state = 'done' GROUP BY kind"
        ) {
            let kind: String = try row["kind"]
            runs[kind]?.wellAt = try row["well_at"]
        }
        return runs
    }
}
