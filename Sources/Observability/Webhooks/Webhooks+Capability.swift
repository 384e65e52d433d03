public import Kernel

extension WebhookSettings {
    public static let capability = Capability(
        id: "observability.security-events", title: "Security events reach whoever must hear of them", level: .mvp,
        stages: [], modeKey: nil, reasons: [], provedBy: [], rehearsedBy: ["AuditCommandTests", "WebhookProcessTests"])
}
