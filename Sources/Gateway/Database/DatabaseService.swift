import Kernel
public import Store
import Synchronization

/// The database of a running process: open, with its schema up to date, and followed for changes.
public final class DatabaseService: Sendable {
    public let database: Database
    /// Keeps in-memory views fresh. Views follow it before the process is up.
    public let feed: ChangeFeed
    /// What the start did to the schema.
    public let migration: SchemaChange
    private let following = Mutex<Task<Void, Never>?>(nil)

    private init(_ database: Database, feed: ChangeFeed, migration: SchemaChange) {
        self.database = database
        self.feed = feed
        self.migration = migration
    }

    /// Opens it and brings its schema up to date, or sees that it is; nil without a database.
    static func start(
        _ configuration: DatabaseConfiguration, environment: DeploymentEnvironment, ports: SystemPorts,
        backup: BackupTool? = nil, refusals: SchemaTool.Refusals? = nil
    ) async throws(DatabaseFailure) -> DatabaseService? {
        guard let database = try await open(configuration, ports) else { return nil }
        do {
            let change = try await SchemaTool(
                configuration: configuration, database: database, ports: ports, backup: backup, refusals: refusals
            ).bringUp(needsBackup: environment == .production)
            return DatabaseService(
                database, feed: ChangeFeed(database: database, clock: ports.monotonicClock), migration: change)
        } catch {
            await database.close()
            throw error
        }
    }

    /// Opens it; while it can't be reached, again until `start-wait` is over.
    static func open(
        _ configuration: DatabaseConfiguration, _ ports: SystemPorts
    ) async throws(DatabaseFailure) -> Database? {
        guard let settings = configuration.settings else { return nil }
        if case .sqlite(let path) = settings.address {
            try DatabaseFile.prepare(path, makesDirectory: configuration.isDefault)
        }
        let start = ContinuousClock.now
        while true {
            do {
                return try await Database.open(settings, clock: ports.monotonicClock, random: ports.random)
            } catch {
                let error = error as? DatabaseError ?? DatabaseError(.other, "\(error)")
                let failure = DatabaseFailure(error, at: configuration.place)
                // SQLite doesn't wait for another process that makes the file ready at the same time.
                let patience = max(
                    configuration.startWait, error.code == .lockTimeout ? configuration.lockTimeout : .zero)
                guard failure.reason == .unavailable, start.duration(to: .now) < patience else { throw failure }
                try? await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    /// Follows changes until `close`.
    func follow() {
        following.withLock { task in
            guard task == nil else { return }
            task = Task { [feed] in await feed.run() }
        }
    }

    func close() async {
        let task = following.withLock { $0.take() }
        task?.cancel()
        await task?.value
        await database.close()
    }

    /// How long nothing may have come from the database before it is asked.
    static let trusted: Duration = .seconds(2)

    /// Whether it answers: the change feed asks it four times a second, so mostly that is known already.
    func readiness() async -> Readiness.Dependency {
        if let age = feed.age, age < DatabaseService.trusted { return .init(name: "database", holds: true) }
        do {
            _ = try await database.read("health.probe", limit: .seconds(2)) { try $0.row("SELECT 1") }
            return .init(name: "database", holds: true)
        } catch {
            let code = (error as? DatabaseError)?.code.rawValue ?? "failed"
            return .init(name: "database", holds: false, detail: "does not answer (\(code))")
        }
    }
}
