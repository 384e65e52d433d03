import Kernel
import Observability
import Store

/// A webhook as an operator's command shows it; never its secrets.
public struct WebhookSheet: Sendable, Encodable {
    public struct Delivery: Sendable, Encodable {
        public let id: String
        public let kind: String
        public let state: String
        public let attempts: Int
        public let lastStatus: Int?
        public let lastError: String?
        public let createdAt: String
    }

    public let id: String
    /// nil when it is no longer configured.
    public let url: String?
    public let failingSince: String?
    public let disabledAt: String?
    /// `failing` or `gone`.
    public let disabledReason: String?
    /// The newest first; empty in a list.
    public var deliveries: [Delivery] = []
}

extension OperatorDesk {
    private var endpoints: [WebhookEndpoint] { services.configuration.background.webhooks.endpoints }

    /// Those that are configured, and those that have failed at some time.
    public func webhooks() async throws -> [WebhookSheet] {
        let register = WebhookRegister(journal: services.journal)
        let known = try await read("webhooks.list") { try register.endpoints(in: $0) }
        let names = Set(known.map(\.id)).union(endpoints.map(\.id))
        return names.sorted().map { name in sheet(name, known.first { $0.id == name }) }
    }

    private func sheet(_ name: String, _ row: WebhookRegister.Endpoint?) -> WebhookSheet {
        WebhookSheet(
            id: name, url: endpoints.first { $0.id == name }?.url, failingSince: row?.failingSince?.iso8601,
            disabledAt: row?.disabledAt?.iso8601, disabledReason: row?.disabledReason)
    }

    /// One of them, with its deliveries.
    public func webhook(_ name: String, limit: Int) async throws -> WebhookSheet {
        guard var found = try await webhooks().first(where: { $0.id == name }) else { throw noWebhook(name) }
        let register = WebhookRegister(journal: services.journal)
        found.deliveries = try await read("webhooks.show") { db in
            try register.deliveries(to: name, limit: limit, in: db).map {
                WebhookSheet.Delivery(
                    id: $0.id, kind: $0.kind, state: $0.state, attempts: $0.attempts, lastStatus: $0.lastStatus,
                    lastError: $0.lastError, createdAt: $0.createdAt.iso8601)
            }
        }
        return found
    }

    /// Switches one on again.
    ///
    /// - Returns: false when it wasn't off.
    public func enableWebhook(_ name: String) async throws -> Bool {
        guard try await webhooks().contains(where: { $0.id == name }) else { throw noWebhook(name) }
        let (register, actor) = (WebhookRegister(journal: services.journal), actor)
        return try await act("webhooks.enable") { try register.enable(name, by: actor, in: $0) }
    }

    private func noWebhook(_ name: String) -> OperatorRefusal {
        OperatorRefusal("there is no webhook “\(name.prefix(80))”: seaworthy webhooks list shows them")
    }
}
