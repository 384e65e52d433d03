import Egress
import Identity
import Kernel
import Observability
import Operations
import Store

/// What a worker runs, in one place: every handler, every schedule, and what goes on beside them.
struct WorkerProgram: Sendable {
    let work: [any BackgroundWork]
    /// Closed once the work has ended.
    let transport: SMTPTransport?

    /// - Throws: `DatabaseFailure` for what this configuration can't run: a key that opens nothing, a schedule that isn't one.
    static func assemble(
        _ database: Database, _ configuration: GatewayConfiguration, _ ports: SystemPorts, name: String,
        notice: @escaping @Sendable (WorkNotice) -> Void
    ) async throws(DatabaseFailure) -> WorkerProgram {
        let services = try BackgroundServices(configuration, database, ports) { events in
            for event in events { notice(WorkNotice(event)) }
        }
        do {
            return try await WorkerProgram(services, name: name, notice: notice)
        } catch {
            throw error as? DatabaseFailure ?? DatabaseFailure(.configuration, "the worker can't start: \(error)")
        }
    }

    private init(
        _ services: BackgroundServices, name: String, notice: @escaping @Sendable (WorkNotice) -> Void
    ) async throws {
        let (database, ports, background) = (services.database, services.ports, services.configuration.background)
        let feed = ChangeFeed(database: database, clock: ports.monotonicClock)
        let sink = EventSink(database: database, journal: services.journal, clock: ports.wallClock)
        transport = background.email.server.map { SMTPTransport($0) }
        let ring = try await WorkerProgram.ring(services, feed, notice: notice)
        let runner = try JobRunner(
            database: database, queue: services.queue,
            handlers: try WorkerProgram.handlers(services, ring: ring, transport: transport, notice: notice),
            schedules: try WorkerProgram.schedules(services.configuration, hasRing: ring != nil),
            settings: WorkerProgram.settings(services.configuration), worker: name, clock: ports.wallClock,
            monotonic: ports.monotonicClock, random: ports.random,
            report: { incident in
                notice(WorkNotice(incident))
                if let event = AuditEvent(incident) { sink.offer(event) }
            })
        work = [
            ChangeFeedPruning(database: database, clock: ports.wallClock),
            // Keeps the ring's keys as fresh as the edge's.
            ContinuousWork("change-feed") { await feed.run() },
            // Claims, runs and settles jobs, and enqueues what schedules ask for.
            ContinuousWork("jobs") { await runner.run() },
            // Needs the trail. Makes it searchable.
            EventIndexing(database: database, clock: ports.wallClock),
            // Writes what has no transaction of its own, such as a job that died.
            ContinuousWork("security-events") { await sink.run() },
        ]
    }

    /// A worker has to be gone within `limits.drain`: what jobs may use of it leaves time to write down how they ended.
    private static func settings(_ configuration: GatewayConfiguration) -> JobRunner.Settings {
        var settings = configuration.background.jobs
        let most = max(.zero, configuration.timeLimits.drain - .seconds(3))
        settings.drainLimit = min(settings.drainLimit, most)
        return settings
    }

    /// The keys that all processes share; nil without a root key, which nothing but keys needs.
    private static func ring(
        _ services: BackgroundServices, _ feed: ChangeFeed, notice: @Sendable (WorkNotice) -> Void
    ) async throws -> KeyRing? {
        let ring = try Trail.ring(
            services.configuration, services.database, services.journal, services.ports)
        guard let ring else {
            notice(WorkNotice("keys-missing", "warning", ["reason": "no secret-key: keys aren't looked after"]))
            return nil
        }
        try await ring.open()
        ring.follow(feed)
        return ring
    }

    // MARK: Handlers

    private static func handlers(
        _ services: BackgroundServices, ring: KeyRing?, transport: SMTPTransport?,
        notice: @escaping @Sendable (WorkNotice) -> Void
    ) throws -> [any JobHandler] {
        let (database, ports, background) = (services.database, services.ports, services.configuration.background)
        var handlers: [any JobHandler] = [
            // Needs the events' deliveries. Posts each, signed, through `Egress`.
            WebhookDelivery(
                settings: background.webhooks, database: database, journal: services.journal,
                client: try EgressClient(settings: background.egress), clock: ports.wallClock),
            WebhookRetention(database: database, keeps: background.webhooks.keepsLog, clock: ports.wallClock),
            AuditRetentionJob(
                retention: AuditRetention(journal: services.journal, clock: ports.wallClock), database: database,
                notice: notice),
        ]
        let audit = services.configuration.audit
        // Writes the trail's head down outside the database, and looks whether the trail is what was written.
        handlers.append(
            AnchorSchedule(
                database: database, clock: ports.wallClock, journal: services.journal,
                destinations: Trail.anchorDestinations(audit, database, services.journal, mailer: services.outbox)))
        handlers.append(
            AuditVerification(database: database, journal: services.journal, anchorFile: audit.anchorFile))
        if let outbox = services.outbox {
            // Needs a mail in the outbox. Hands it to the server, or holds it where there is none.
            handlers.append(
                MailDelivery(
                    outbox: outbox, database: database, transport: transport,
                    timeout: background.email.server?.timeout ?? .seconds(60)))
            handlers.append(MailRetention(outbox: outbox, database: database))
        }
        if background.backup.place != nil { handlers.append(ScheduledBackup(services)) }
        if let ring {
            // Needs a rotation. Seals columns anew and lets go of keys that nothing uses.
            handlers.append(RewrapHandler(Rewrapper(sealer: Sealer(ring: ring, columns: SealedColumns.all))))
            handlers.append(SecretUpkeep(ring))
        }
        return handlers
    }

    // MARK: Schedules

    /// All in UTC, at odd minutes, so that what every installation does isn't done by all at once with the hour.
    static func schedules(_ configuration: GatewayConfiguration, hasRing: Bool) throws(CronError) -> [JobSchedule] {
        var schedules = [
            try JobSchedule("webhooks.retain", cron: "41 2 * * *", kind: WebhookRetention.jobKind),
            try JobSchedule("audit.retain", cron: "23 2 * * *", kind: AuditRetentionJob.jobKind),
            try JobSchedule("audit.anchor", cron: configuration.audit.anchorSchedule, kind: "audit.anchor"),
            try JobSchedule(
                "audit.verify", cron: configuration.audit.verifySchedule, kind: AuditVerification.jobKind,
                maxAttempts: 3),
        ]
        if configuration.background.email.email != nil {
            schedules.append(try JobSchedule("email.retain", cron: "17 * * * *", kind: MailRetention.retain))
        }
        if hasRing {
            schedules.append(try JobSchedule("secrets.upkeep", cron: "7 * * * *", kind: SecretUpkeep.jobKind))
        }
        let backup = configuration.background.backup
        if backup.place != nil {
            schedules.append(
                try JobSchedule("backup", cron: backup.schedule, kind: BackupJob.kind, maxAttempts: 3))
        }
        return schedules
    }
}

/// Columns that are sealed: every one of this program, so that rotations reach them.
enum SealedColumns {
    static let all: [SealedColumn] = [
        secondFactors
    ]

    /// Secrets of authenticator apps.
    static let secondFactors = SealedColumn(
        table: SecondFactors.table, column: SecondFactors.seedColumn, id: SecondFactors.idColumn)
}

/// Something of a room that runs until its task is cancelled.
struct ContinuousWork: BackgroundWork {
    let name: String
    private let body: @Sendable () async -> Void

    init(_ name: String, _ body: @escaping @Sendable () async -> Void) {
        self.name = name
        self.body = body
    }

    func run() async { await body() }
}

extension AuditEvent {
    /// A job that was given up. Webhook deliveries tell of themselves: told here too, an endpoint's failure would feed itself.
    init?(_ incident: JobIncident) {
        guard case .failed(let job, let reason, isDead: true) = incident, job.kind.rawValue != "webhook.deliver" else {
            return nil
        }
        self.init(
            "job.dead", actor: "worker",
            details: [
                "kind": job.kind.rawValue, "job": job.id.rawValue, "attempts": "\(job.attempt)", "reason": reason,
            ])
    }
}
