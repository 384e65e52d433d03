import Kernel
import Observability
import Operations
import Store

/// What every process that acts on the database shares: the queue, the trail and the outbox, made from one configuration.
struct BackgroundServices: Sendable {
    let configuration: GatewayConfiguration
    let database: Database
    let ports: SystemPorts
    let queue: JobQueue
    let journal: Journal
    /// The keys that all processes share, not opened yet; nil in development on PostgreSQL without a `secret-key`, a failure
    /// in production.
    private let ring: Result<KeyRing?, SecretFailure>
    /// nil where no mail can be made: `email.from` isn't set.
    let outbox: Outbox?

    /// The ring, for whoever opens it.
    var openable: KeyRing? {
        get throws(SecretFailure) { try ring.get() }
    }

    /// - Parameters:
    ///   - outlet: where events go in their transaction, if it can change while this lives.
    ///   - observer: gets events once they are committed, for the log; it must not block.
    init(
        _ configuration: GatewayConfiguration, _ database: Database, _ ports: SystemPorts,
        outlet: (any EventOutlet)? = nil,
        observer: @escaping @Sendable ([RecordedEvent]) -> Void = { _ in }
    ) throws(DatabaseFailure) {
        self.configuration = configuration
        self.database = database
        self.ports = ports
        let (clock, random) = (ports.wallClock, ports.random)
        let queue = JobQueue(clock: clock, random: random)
        // Reads top to bottom: the queue holds what follows from events, the trail the events, the outbox what people get.
        let journal = Journal(
            clock: clock, random: random,
            outlets: [
                outlet ?? WebhookOutlet(settings: configuration.background.webhooks, queue: queue, random: random)
            ],
            observer: observer)
        self.queue = queue
        self.journal = journal
        let ring: Result<KeyRing?, SecretFailure> = Result { () throws(SecretFailure) in
            try Trail.ring(configuration, database, journal, ports)
        }
        self.ring = ring
        do {
            outbox = try BackgroundServices.outbox(configuration, queue, journal, ring, ports)
        } catch {
            throw DatabaseFailure(.configuration, "mail: \(error)")
        }
    }

    private static func outbox(
        _ configuration: GatewayConfiguration, _ queue: JobQueue, _ journal: Journal,
        _ ring: Result<KeyRing?, SecretFailure>, _ ports: SystemPorts
    ) throws -> Outbox? {
        guard let settings = configuration.background.email.email, let base = configuration.linkBase else { return nil }
        let roots = try configuration.rootSecrets(ports.random)
        guard let ring = try ring.get() else {
            throw KeyRingError(.rootMissing, "secret-key must be given: it encrypts mails that wait")
        }
        return Outbox(
            templates: try MailTemplates(product: settings.productName, base: base), settings: settings,
            pseudonym: AddressPseudonym(roots), sealer: Sealer(ring: ring, columns: SealedColumns.all), jobs: queue,
            audit: journal, clock: ports.wallClock, random: ports.random)
    }
}
