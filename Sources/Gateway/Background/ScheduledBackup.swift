import Egress
import Kernel
import Operations
import Store

/// Makes a backup in the worker: the handler of `backup.run`. The place is looked at only now, so that a folder that is away
/// keeps no worker from delivering mail.
struct ScheduledBackup: JobHandler {
    let kind = BackupJob.kind
    /// Two at once would only be in each other's way.
    var concurrencyLimit: Int? { 1 }
    var timeLimit: Duration? { .seconds(6 * 3600) }
    private let services: BackgroundServices

    init(_ services: BackgroundServices) { self.services = services }

    func run(_ job: Job) async throws {
        let maker: BackupMaker
        do {
            maker = try services.backupMaker()
        } catch {
            let reason = (error as? BackupError)?.detail ?? "\(error)"
            try? await failed(reason)
            throw JobFailure.retry(reason: reason, after: .seconds(300))
        }
        try await BackupJob(maker).run(job)
    }

    /// The maker tells of its own failures; this is one from before there was a maker.
    private func failed(_ reason: String) async throws {
        let services = services
        try await services.database.transaction("backup.failed") { db in
            try services.journal.append(
                AuditEvent("backup.failed", actor: "worker", details: ["reason": reason]), in: db)
            try services.backupAlert?.backupFailed(name: "–", destination: "–", reason: reason, in: db)
        }
    }
}

extension BackgroundServices {
    /// What makes backups as the configuration says.
    ///
    /// - Throws: `BackupError` when the place or the key isn't there.
    func backupMaker() throws -> BackupMaker {
        let settings = configuration.background.backup
        let destination = try settings.destination(
            sender: EgressSender(
                try EgressClient(settings: EgressSender.settings(configuration.background.egress))),
            clock: ports.wallClock)
        return try BackupCommands(
            scope: Schema.backupScope, version: BuildInformation.version,
            ports: BackupPorts(clock: SystemClocks(ports), random: ports.random), audit: journal, alerts: backupAlert
        ).maker(database, settings: settings, destination: destination)
    }

    /// Who is told by mail; nil for nobody.
    var backupAlert: BackupAlertMail? {
        guard let outbox, let address = configuration.background.backup.alertAddress else { return nil }
        return BackupAlertMail(outbox: outbox, address: address, clock: ports.wallClock)
    }
}

/// Tells an operator by mail that a backup failed, in the transaction that records it.
struct BackupAlertMail: BackupAlerts {
    let outbox: Outbox
    let address: MailAddress
    let clock: any WallClock

    func backupFailed(name: String, destination: String, reason: String, in db: Transaction) throws {
        guard let link = MailLink(path: "/") else { return }
        let last = try BackupLedger.recent(200, in: db).first { $0.state == .verified }
        try outbox.send(
            .backupFailed(
                to: address, reason: BackupAlertMail.line(reason), at: clock.now(),
                lastGood: BackupAlertMail.line(last.map { "\($0.name), \($0.startedAt.iso8601), verified" } ?? "none"),
                link: link),
            in: db)
    }

    /// One line's worth: a reason may quote what the system said.
    private static func line(_ text: String) -> String {
        let scalars = text.unicodeScalars.prefix(400).map { scalar -> Unicode.Scalar in
            (0x20..<0x7F).contains(scalar.value) || scalar.properties.isAlphabetic ? scalar : " "
        }
        return String(String.UnicodeScalarView(scalars))
    }
}

/// Both clocks as one value, as backups want them.
struct SystemClocks: WallClock, MonotonicClock {
    private let wall: any WallClock
    private let monotonic: any MonotonicClock

    init(_ ports: SystemPorts) {
        wall = ports.wallClock
        monotonic = ports.monotonicClock
    }

    func now() -> Timestamp { wall.now() }
    func nanoseconds() -> UInt64 { monotonic.nanoseconds() }
}
