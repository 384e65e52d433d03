import Egress
import Kernel
import Operations
import Store

/// Backups as the commands, the scheduled job and a migration make them: settings, database, journal and destination
/// wired together. What commands do gives the text that they print.
public struct BackupTool: Sendable {
    private let configuration: GatewayConfiguration
    private let ports: SystemPorts
    private let commands: BackupCommands

    /// - Parameter progress: hears in a line how far it is, on whatever thread is at work.
    public init(_ configuration: GatewayConfiguration, progress: @escaping @Sendable (String) -> Void = { _ in }) {
        self.init(configuration, ports: SystemPorts(), progress: progress)
    }

    init(
        _ configuration: GatewayConfiguration, ports: SystemPorts, audit: (any AuditTrail)? = nil,
        alerts: (any BackupAlerts)? = nil, progress: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.ports = ports
        commands = BackupCommands(
            scope: Schema.backupScope, version: BuildInformation.version,
            ports: BackupPorts(
                clock: SystemClocks(ports), random: ports.random,
                progress: { progress($0.text) }),
            audit: AuditWhereKept(audit ?? Journal(clock: ports.wallClock, random: ports.random)), alerts: alerts)
    }

    /// Whether the configuration names a place for backups.
    public var isConfigured: Bool { configuration.background.backup.place != nil }

    /// What makes backups of this database into the configured place.
    ///
    /// - Throws: `BackupError` when there is none or it can't be used.
    func maker(_ database: Database) throws -> BackupMaker {
        try commands.maker(database, settings: configuration.background.backup, destination: try destination())
    }

    // MARK: What commands do

    public func make() async throws(BackupFailure) -> String {
        try await explained {
            // What is wrong with the place is said before a database is opened.
            _ = try destination()
            return try await withDatabase { try await commands.make(try maker($0)) }
        }
    }

    /// - Parameter asksDatabase: which of them were verified; a database that is lost can't say.
    public func list(asksDatabase: Bool) async throws(BackupFailure) -> String {
        try await explained {
            let destination = try destination()
            guard asksDatabase, configuration.database.address != nil else {
                return try await commands.list(destination)
            }
            return try await withDatabase { try await commands.list(destination, database: $0) }
        }
    }

    /// - Parameters:
    ///   - name: a backup's name, a path of a file, or nil for the newest.
    ///   - identity: the file of the private key, where backups are made for a public one.
    ///   - rehearses: restores it into a scratch database beside the configured one, too.
    public func verify(_ name: String?, identity: String?, rehearses: Bool) async throws(BackupFailure) -> String {
        try await explained {
            let opener = try opener(identity)
            return try await commands.verify(
                try source(name), opener: opener, rehearsal: rehearses ? try prepared() : nil)
        }
    }

    /// - Parameter actor: who restores, for the audit trail.
    public func restore(
        _ name: String?, identity: String?, replaces: Bool, actor: String
    ) async throws(BackupFailure) -> String {
        try await explained {
            let opener = try opener(identity)
            return try await commands.restore(
                try source(name), into: try prepared(), opener: opener, replace: replaces, actor: actor,
                safety: safety)
        }
    }

    /// Makes a backup of what a restore replaces; nil where no place is configured for it.
    private var safety: (@Sendable () async throws -> BackupName)? {
        guard isConfigured else { return nil }
        return { try await withDatabase { database in try await maker(database).make(.restore).name } }
    }

    /// Makes a key pair; the private key goes into a new file.
    public static func keygen(_ path: String) throws(BackupFailure) -> String {
        let ports = BackupPorts(
            clock: SystemClocks(SystemPorts()),
            random: SystemRandomSource())
        do {
            return try BackupCommands(scope: Schema.backupScope, version: BuildInformation.version, ports: ports)
                .keygen(privateKeyPath: path)
        } catch {
            throw BackupFailure(error, place: path)
        }
    }

    // MARK: Wiring

    private func explained(_ work: () async throws -> String) async throws(BackupFailure) -> String {
        do {
            return try await work()
        } catch {
            throw BackupFailure(error, place: configuration.database.place)
        }
    }

    /// The database's settings, its file made where it isn't there.
    private func prepared() throws -> DatabaseSettings {
        let settings = try settings()
        if case .sqlite(let path) = settings.address {
            try DatabaseFile.prepare(path, makesDirectory: configuration.database.isDefault)
        }
        return settings
    }

    private func settings() throws -> DatabaseSettings {
        guard let settings = configuration.database.settings else {
            throw DatabaseFailure(.configuration, "there is no database: `database` is none")
        }
        return settings
    }

    private func withDatabase<Value>(_ work: (Database) async throws -> Value) async throws -> Value {
        _ = try settings()
        guard let database = try await DatabaseService.open(configuration.database, ports) else {
            throw DatabaseFailure(.configuration, "there is no database: `database` is none")
        }
        do {
            let value = try await work(database)
            await database.close()
            return value
        } catch {
            await database.close()
            throw error
        }
    }

    private func destination() throws -> any BackupDestination {
        var sender: EgressSender?
        if case .bucket = configuration.background.backup.place {
            sender = EgressSender(try EgressClient(settings: EgressSender.settings(configuration.background.egress)))
        }
        return try configuration.background.backup.destination(sender: sender, clock: ports.wallClock)
    }

    /// A path where there is a slash in it; else a name in the configured place.
    private func source(_ name: String?) throws -> BackupCommands.Source {
        if let name, name.contains("/") { return .file(path: name) }
        guard isConfigured else {
            throw BackupError(
                .configuration,
                "no place for backups: operations.backup.to, or give a file by its path, such as ./\(name ?? "FILE")"
            )
        }
        return .stored(name: name, in: try destination())
    }

    private func opener(_ identity: String?) throws -> BackupOpener {
        guard let identity else {
            if let passphrase = configuration.background.backup.passphrase { return .passphrase(passphrase) }
            throw BackupError(
                .configuration,
                "nothing to open it with: operations.backup.passphrase, or --identity FILE with the private key")
        }
        if let problem = PrivateFile.problem(at: identity) {
            throw BackupError(.refused, "the private key \(identity) \(problem)")
        }
        let text: Substring
        do {
            text = try BoundedFile.text(at: identity, limit: 4096).trimming(while: \.isWhitespace)
        } catch {
            throw BackupError(.missing, "the private key \(identity) \(error.explanation)")
        }
        guard let key = BackupPrivateKey(text: Secret(String(text))) else {
            throw BackupError(.configuration, "\(identity) holds no private key that `seaworthy backup keygen` made")
        }
        return .identity(key)
    }
}
