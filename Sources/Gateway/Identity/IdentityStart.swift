import Egress
import Foundation
import Identity
public import Kernel
import Observability
import Operations
import Protection
import Store

/// Accounts of a running edge: the service, what it stands on, and the task that keeps memory and database in step.
enum IdentityStart {
    /// nil where nobody signs in here.
    ///
    /// - Throws: `ConfigurationErrors` for what only shows at the start: no ring of keys, a list that can't be read;
    ///   `DatabaseFailure` for the mails' settings.
    static func make(
        _ configuration: GatewayConfiguration, _ database: DatabaseService?, _ trail: TrailService?,
        _ ports: SystemPorts
    ) throws -> IdentityService? {
        guard configuration.identity.isOn, let database, let trail else { return nil }
        guard let ring = trail.ring else {
            throw ConfigurationErrors([
                ConfigurationError(
                    key: "secret-key", given: nil,
                    valid: "must be given where accounts are ours: it keeps the keys of passwords and sessions",
                    origin: nil)
            ])
        }
        let outbox = try BackgroundServices(configuration, database.database, ports).outbox
        let providers = try providers(configuration, ports)
        do {
            return try IdentityService(
                .init(
                    database: database.database, feed: database.feed, keys: ring, mailer: outbox ?? NoMail(),
                    audit: trail.journal, wallClock: ports.wallClock, monotonicClock: ports.monotonicClock,
                    random: ports.random, sealing: RingSealing(ring),
                    workers: max(1, ProcessInfo.processInfo.activeProcessorCount - 1),
                    issuer: configuration.publicURL.map { "\($0)" } ?? "seaworthy", providers: providers),
                settings: configuration.identity)
        } catch {
            throw ConfigurationErrors([
                ConfigurationError(
                    key: "identity.password.breached-file", given: configuration.identity.password.breachedFile,
                    valid: "\(error)", origin: nil)
            ])
        }
    }

    /// Calls to providers of sign-in: somebody waits for them, so they are shorter and smaller than others.
    private static func providers(
        _ configuration: GatewayConfiguration, _ ports: SystemPorts
    ) throws -> ProviderDirectory {
        var egress = configuration.background.egress
        egress.bodyLimit = min(egress.bodyLimit, 256 << 10)
        egress.totalTimeout = min(egress.totalTimeout, .seconds(10))
        return ProviderDirectory(
            egress: try EgressClient(settings: egress), base: configuration.linkBase?.text ?? "",
            clock: ports.monotonicClock)
    }

    /// Tells the database which columns are sealed, so that a rotation reaches them whatever program runs it.
    static func register(_ ring: KeyRing) async throws {
        try await Sealer(ring: ring, columns: SealedColumns.all).register()
    }

    /// The ring's sealer, as `SecondFactors` asks for it.
    private struct RingSealing: SeedSealing {
        private let sealer: Sealer

        init(_ ring: KeyRing) { sealer = Sealer(ring: ring, columns: SealedColumns.all) }

        func seal(_ seed: [UInt8], account: String, in db: Transaction) throws -> SQLValue {
            try sealer.seal(seed, at: SealedColumns.secondFactors, row: account, in: db).sqlValue
        }

        func open(_ sealed: SQLValue, account: String, in db: ReadTransaction) throws -> [UInt8] {
            guard let sealed = Sealed<[UInt8]>(sqlValue: sealed) else { throw AtRestError.notOfType }
            return try sealer.open(sealed, at: SealedColumns.secondFactors, row: account, in: db)
        }
    }

    /// Where no mail server is configured: links that would be mailed reach nobody, and a warning said so at the start.
    private struct NoMail: Mailer {
        func send(_ mail: MailMessage, in db: Transaction) throws {}
    }
}

extension RunningGateway {
    /// Where our own pages are, such as `/seaworthy`.
    public var ownPrefix: String { configuration.protection.routePolicy.ownPrefix }

    /// A one-time link for the first administrator; nil once there is one, or where nobody signs in here.
    ///
    /// - Returns: the whole address, and until when it is good (ISO 8601).
    public func administratorLink() async throws -> (link: Secret, until: String)? {
        let configuration = configuration
        guard configuration.identity.hasOwnAccounts, services.identity != nil, let database = services.database,
            let trail = services.trail
        else { return nil }
        let ports = SystemPorts()
        let administration = Administration(
            database: database.database, audit: trail.journal, clock: ports.wallClock, random: ports.random,
            actor: "system")
        let prefix = configuration.protection.routePolicy.ownPrefix
        guard let handout = try await administration.setupLink(ownPrefix: prefix) else { return nil }
        let door = doors.first { $0.isPublic && $0.isTLS } ?? doors.first { $0.isPublic }
        let base = configuration.publicURL.map { "\($0)" } ?? door?.url ?? ""
        return (Secret(base + handout.path.reveal()), handout.expiresAt.iso8601)
    }
}

extension RunningGateway {
    /// Returns when what goes on behind answers has been written: for tests.
    func settled() async { await services.identity?.settled() }
}

extension IdentityService {
    /// Adds what a scrape should see of sign-ins.
    func write(to text: inout MetricsText) {
        let figures = figures
        text.family("seaworthy_sessions", .gauge, help: "Sessions in memory.")
        text.sample("seaworthy_sessions", [], figures.sessions)
        text.family("seaworthy_password_hashing", .gauge, help: "Passwords being hashed or waiting for it.")
        text.sample("seaworthy_password_hashing", [], figures.hashing.running)
        text.family("seaworthy_password_hashed_total", .counter, help: "Passwords that were hashed.")
        text.sample("seaworthy_password_hashed_total", [], figures.hashing.done)
        text.family(
            "seaworthy_password_hashing_refused_total", .counter,
            help: "Sign-ins answered 503 because the queue was full.")
        text.sample("seaworthy_password_hashing_refused_total", [], figures.hashing.refused)
    }
}
