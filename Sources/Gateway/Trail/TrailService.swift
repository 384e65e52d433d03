import Kernel
import Observability
public import Operations
public import Store
import Synchronization

/// The audit trail of a running edge: its journal, the events on their way into it, and the ring of keys.
public final class TrailService: Sendable {
    public let journal: Journal
    public let sink: EventSink
    /// nil in development on PostgreSQL without a `secret-key`.
    public let ring: KeyRing?
    private let webhooks: WebhookSwitch
    private let writing = Mutex<Task<Void, Never>?>(nil)

    private init(_ journal: Journal, _ sink: EventSink, _ ring: KeyRing?, _ webhooks: WebhookSwitch) {
        self.journal = journal
        self.sink = sink
        self.ring = ring
        self.webhooks = webhooks
    }

    /// Opens the ring and keeps it fresh by the change feed.
    ///
    /// - Throws: `SecretFailure`, `DatabaseFailure`.
    static func start(
        _ configuration: GatewayConfiguration, _ service: DatabaseService, _ ports: SystemPorts,
        notice: @escaping @Sendable (WorkNotice) -> Void
    ) async throws -> TrailService {
        let webhooks = WebhookSwitch(configuration.background.webhooks, ports)
        let services = try BackgroundServices(
            configuration, service.database, ports, outlet: webhooks,
            observer: { events in
                for event in GatewayActs.news(events) { notice(event) }
            })
        let journal = services.journal
        let ring: KeyRing?
        do {
            ring = try services.openable
            try await ring?.open(at: configuration.database.place)
        } catch let failure as SecretFailure {
            if let refusal = failure.refusal {
                notice(WorkNotice(refusal, at: ports.wallClock.now()))
                await refusal.record(
                    service.database, Journal(clock: ports.wallClock, random: ports.random, outlets: [webhooks]))
            }
            throw failure
        }
        ring?.follow(service.feed)
        let sink = EventSink(database: service.database, journal: journal, clock: ports.wallClock)
        return TrailService(journal, sink, ring, webhooks)
    }

    /// Begins to write what is offered.
    func run() {
        writing.withLock { task in
            guard task == nil else { return }
            task = Task { [sink] in await sink.run() }
        }
    }

    func reload(_ configuration: GatewayConfiguration) { webhooks.change(to: configuration.background.webhooks) }

    /// Writes what is left, as long as the database takes it.
    func stop() async {
        let task = writing.withLock { $0.take() }
        task?.cancel()
        await task?.value
    }

    /// Adds what was recorded, what waits and what was lost to a scrape.
    func write(to text: inout MetricsText) {
        let (recorded, events) = (journal.figures, sink.figures)
        text.family("seaworthy_events_total", .counter, help: "Events recorded by this process, by kind.")
        for (kind, count) in recorded.recorded.sorted(by: { $0.key < $1.key }) {
            text.sample("seaworthy_events_total", [("event", kind)], count)
        }
        for (name, help, value) in [
            ("offered", "Events offered to the audit trail by stages and the gateway itself.", events.offered),
            ("written", "Rows that these became.", events.written),
            ("dropped", "Events dropped because too many waited.", events.dropped),
            ("failures", "Times that they couldn't be written and went on waiting.", events.failures),
            ("unregistered", "Events whose kind isn't in the registry.", recorded.unregistered),
            ("details_dropped", "Details left out because their kind doesn't declare them.", recorded.droppedDetails),
        ] {
            text.family("seaworthy_event_sink_\(name)_total", .counter, help: help)
            text.sample("seaworthy_event_sink_\(name)_total", [], value)
        }
        text.family("seaworthy_event_sink_waiting", .gauge, help: "Events that wait to be written.")
        text.sample("seaworthy_event_sink_waiting", [], events.waiting)
        guard let ring else { return }
        text.family(
            "seaworthy_secret_keys_unreadable", .gauge, help: "Keys that no root key given here unwraps: an alarm.")
        text.sample("seaworthy_secret_keys_unreadable", [], ring.unreadable.count)
    }
}
