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
    /// - Throws: `ConfigurationErrors` for what only shows at the start: no ring of keys, a list that can't be read.
    static func make(
        _ configuration: GatewayConfiguration, _ database: DatabaseService?, _ ports: SystemPorts
    ) async throws -> IdentityService? {
        guard configuration.identity.isOn, let database, let address = configuration.database.address else {
            return nil
        }
        let background = try BackgroundServices(configuration, database.database, ports)
        let ring = try await ring(configuration, address, database, background.journal, ports)
        do {
            return try IdentityService(
                .init(
                    database: database.database, feed: database.feed, keys: ring,
                    mailer: background.outbox ?? NoMail(), audit: background.journal, wallClock: ports.wallClock,
                    monotonicClock: ports.monotonicClock,
                    random: ports.random, workers: max(1, ProcessInfo.processInfo.activeProcessorCount - 1),
                    issuer: configuration.publicURL.map { "\($0)" } ?? "seaworthy"),
                settings: configuration.identity)
        } catch {
            throw ConfigurationErrors([
                ConfigurationError(
                    key: "identity.password.breached-file", given: configuration.identity.password.breachedFile,
                    valid: "\(error)", origin: nil)
            ])
        }
    }

    /// The keys of passwords, sessions and tokens: opened, and kept fresh by the change feed.
    private static func ring(
        _ configuration: GatewayConfiguration, _ address: DatabaseSettings.Address, _ database: DatabaseService,
        _ journal: Journal, _ ports: SystemPorts
    ) async throws -> KeyRing {
        do {
            let roots = try RootKeys(
                settings: configuration.secrets, environment: configuration.environment, database: address,
                random: ports.random)
            let ring = KeyRing(
                database: database.database, roots: roots, settings: configuration.secrets.ring,
                clock: ports.wallClock, random: ports.random, audit: journal)
            try await ring.open()
            ring.follow(database.feed)
            return ring
        } catch let error as KeyRingError {
            throw ConfigurationErrors([
                ConfigurationError(
                    key: "secret-key", given: nil, valid: "keeps the keys of accounts: \(error.detail)", origin: nil)
            ])
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
        guard services.identity != nil, let database = services.database else { return nil }
        let ports = SystemPorts()
        let journal = try BackgroundServices(configuration, database.database, ports).journal
        let administration = Administration(
            database: database.database, audit: journal, clock: ports.wallClock, random: ports.random,
            actor: "system")
        let prefix = configuration.protection.routePolicy.ownPrefix
        guard let handout = try await administration.setupLink(ownPrefix: prefix) else { return nil }
        let door = doors.first { $0.isPublic && $0.isTLS } ?? doors.first { $0.isPublic }
        let base = configuration.publicURL.map { "\($0)" } ?? door?.url ?? ""
        return (Secret(base + handout.path.reveal()), handout.expiresAt.iso8601)
    }
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
