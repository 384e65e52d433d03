public import Kernel
import Store

/// Where events are delivered to, and which.
public struct WebhookEndpoint: Sendable, Equatable {
    /// Stable: names it in the log, the database and events.
    public let id: String
    public let url: String
    /// The first signs; the rest are on their way out, and sign beside it.
    public let secrets: [Secret]
    /// Ids of kinds, or areas such as `session.*`; empty: what the registry says goes to webhooks.
    public let events: [String]
    /// Nothing below it.
    public let severity: EventSeverity

    public init(
        id: String, url: String, secrets: [Secret], events: [String] = [], severity: EventSeverity = .info
    ) {
        self.id = id
        self.url = url
        self.secrets = secrets
        self.events = events
        self.severity = severity
    }

    /// Whether it wants events of this kind. Its own failures never go to it: they would feed themselves.
    public func wants(_ kind: EventKind) -> Bool {
        guard kind.severity >= severity, !kind.id.hasPrefix("webhook.") else { return false }
        if events.isEmpty { return kind.isDelivered }
        return events.contains { WebhookEndpoint.pattern($0, names: kind) }
    }

    /// `area.*` names every kind of an area, `*` every kind that there is.
    private static func pattern(_ pattern: String, names kind: EventKind) -> Bool {
        pattern == kind.id || pattern == "*" || pattern.hasSuffix(".*") && kind.id.hasPrefix(pattern.dropLast())
    }

    /// Whether any kind of event is named: a webhook that waits for a misspelt one would never hear of anything.
    static func isPattern(_ text: String) -> Bool { EventRegistry.all.contains { pattern(text, names: $0) } }
}

/// Webhooks as a whole: endpoints, and what happens to those that fail.
public struct WebhookSettings: Sendable, Equatable {
    public var endpoints: [WebhookEndpoint]
    /// An endpoint that fails this long is switched off, visibly.
    public var disableAfter: Duration
    /// Tries of one delivery.
    public var attempts: Int
    /// How long the log of deliveries is kept.
    public var keepsLog: Duration = .seconds(30 * 86_400)

    public init(endpoints: [WebhookEndpoint] = [], disableAfter: Duration = .seconds(5 * 86_400), attempts: Int = 8) {
        self.endpoints = endpoints
        self.disableAfter = disableAfter
        self.attempts = attempts
    }
}
