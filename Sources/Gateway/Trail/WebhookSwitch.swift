import Kernel
import Observability
import Store
import Synchronization

/// The webhooks that events go to, exchanged at a reload while a journal holds on to it.
final class WebhookSwitch: EventOutlet {
    private let outlet: Mutex<WebhookOutlet>
    private let ports: SystemPorts

    init(_ settings: WebhookSettings, _ ports: SystemPorts) {
        self.ports = ports
        outlet = Mutex(WebhookSwitch.outlet(settings, ports))
    }

    func change(to settings: WebhookSettings) {
        let new = WebhookSwitch.outlet(settings, ports)
        outlet.withLock { $0 = new }
    }

    func deliver(_ events: [RecordedEvent], in db: Transaction) throws {
        try outlet.withLock { $0 }.deliver(events, in: db)
    }

    private static func outlet(_ settings: WebhookSettings, _ ports: SystemPorts) -> WebhookOutlet {
        WebhookOutlet(
            settings: settings, queue: JobQueue(clock: ports.wallClock, random: ports.random), random: ports.random)
    }
}
