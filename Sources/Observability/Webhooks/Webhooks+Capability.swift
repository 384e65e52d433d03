public import Kernel

extension WebhookSettings {
    public static let capability = Capability(
        id: "observability.security-events", title: "Security events reach whoever must hear of them", level: .mvp,
        stages: ["SecurityEvents"], modeKey: nil, reasons: [], provedBy: [],
        witness: InsideWitness(
            .refusalIsTold, because: "no answer shows what trail, webhooks and console were told"),
        rehearsedBy: ["AuditCommandTests", "WebhookProcessTests"])
}
