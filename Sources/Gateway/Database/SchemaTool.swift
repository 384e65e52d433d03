import Kernel
import Observability
import Operations
public import Store

/// What a start or a command did to the schema.
public struct SchemaChange: Sendable, Equatable {
    /// Steps that it applied, in order.
    public var applied: [String] = []
    /// Where the copy or the backup from before is; nil when there was nothing to copy, or no way.
    public var backup: String?
    /// Why there is no copy though there should be one.
    public var withoutBackup: String?
}

/// The schema of one database: what it has, what it lacks, and how it gets there.
public struct SchemaTool: Sendable {
    let configuration: DatabaseConfiguration
    let database: Database
    let ports: SystemPorts
    var migrations = Schema.migrations
    /// Makes the backup before a migration where a place for backups is configured; else the engine's own copy is made.
    var backup: BackupTool?
    /// Hears of a schema that was refused, with webhooks that do too.
    var refusals: Refusals?

    /// Where a refused schema is told.
    struct Refusals: Sendable {
        let webhooks: WebhookSettings
        let notice: @Sendable (WorkNotice) -> Void
    }

    private var migrator: Migrator {
        Migrator(migrations, version: BuildInformation.version, clock: ports.wallClock)
    }

    /// Opens the configured database without changing anything in it.
    ///
    /// - Parameter backup: where backups are configured, by which they are made.
    public static func open(
        _ configuration: DatabaseConfiguration, backup: BackupTool? = nil
    ) async throws(DatabaseFailure) -> SchemaTool {
        try await open(configuration, backup: backup, refusals: nil)
    }

    static func open(
        _ configuration: DatabaseConfiguration, backup: BackupTool? = nil, refusals: Refusals?
    ) async throws(DatabaseFailure) -> SchemaTool {
        let ports = SystemPorts()
        guard let database = try await DatabaseService.open(configuration, ports) else {
            throw DatabaseFailure(.configuration, "there is no database: `database` is none")
        }
        return SchemaTool(
            configuration: configuration, database: database, ports: ports, backup: backup, refusals: refusals)
    }

    public func close() async { await database.close() }

    public func status() async throws(DatabaseFailure) -> Migrator.Status {
        do {
            return try await migrator.status(of: database)
        } catch {
            throw failure(error)
        }
    }

    /// The status for somebody who would work with it: a refusal is an event.
    private func accepted() async throws(DatabaseFailure) -> Migrator.Status {
        do {
            return try await migrator.status(of: database)
        } catch {
            await tell(error)
            throw failure(error)
        }
    }

    private func tell(_ error: any Error) async {
        guard let error = error as? DatabaseError, let refusal = Refusal(schema: error) else { return }
        refusals?.notice(WorkNotice(refusal, at: ports.wallClock.now()))
        let (clock, random) = (ports.wallClock, ports.random)
        let outlets = refusals.map {
            [WebhookOutlet(settings: $0.webhooks, queue: JobQueue(clock: clock, random: random), random: random)]
        }
        await refusal.record(database, Journal(clock: clock, random: random, outlets: outlets ?? []))
    }

    /// Applies what is pending, after a backup where there is something to lose.
    ///
    /// - Parameters:
    ///   - needsBackup: whether no backup means no migration; else it goes on and says so.
    ///   - takesBackup: false where its operator has one.
    public func up(needsBackup: Bool, takesBackup: Bool = true) async throws(DatabaseFailure) -> SchemaChange {
        var change = SchemaChange()
        let status = try await accepted()
        guard !status.pending.isEmpty else { return change }
        if takesBackup, !status.applied.isEmpty {
            do throws(DatabaseFailure) {
                change.backup = try await saved()
            } catch {
                guard !needsBackup else {
                    throw DatabaseFailure(
                        error.reason,
                        "\(error). Make one yourself, then: seaworthy migrate up --without-backup")
                }
                change.withoutBackup = error.description
            }
        }
        do {
            change.applied = try await migrator.migrate(database)
        } catch {
            throw failure(error)
        }
        return change
    }

    /// - Returns: where what was there is now.
    private func saved() async throws(DatabaseFailure) -> String {
        guard let backup, backup.isConfigured else {
            return try await SchemaBackup(configuration: configuration, clock: ports.wallClock).take(database)
        }
        do {
            let report = try await backup.maker(database).make(.migration)
            return "\(report.name) in \(report.destination)"
        } catch let error as BackupError {
            throw DatabaseFailure(error, "no backup before the migration")
        } catch {
            throw failure(error)
        }
    }

    /// What a start does: as the key `database.migrate` says.
    func bringUp(needsBackup: Bool) async throws(DatabaseFailure) -> SchemaChange {
        switch configuration.migrating {
        case .up: return try await up(needsBackup: needsBackup)
        case .check:
            try await check()
            return SchemaChange()
        }
    }

    /// - Throws: when a step is pending, too.
    func check() async throws(DatabaseFailure) {
        let pending = try await accepted().pending
        guard pending.isEmpty else {
            // A new database lacks them all; the names say something only where they are few.
            let names = pending.joined(separator: ", ")
            let what = pending.count > 4 ? "\(pending.count) steps of the schema, \(pending[0]) first" : names
            throw DatabaseFailure(
                .configuration, "the database \(configuration.place) lacks \(what): seaworthy migrate up")
        }
    }

    private func failure(_ error: any Error) -> DatabaseFailure {
        DatabaseFailure(error as? DatabaseError ?? DatabaseError(.other, "\(error)"), at: configuration.place)
    }
}
