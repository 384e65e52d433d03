public import Kernel

extension Journal {
    public static let capability = Capability(
        id: "privacy.audit", title: "What was done can be shown, and that nobody changed the record", level: .mvp,
        stages: [], modeKey: nil, reasons: [], provedBy: [], rehearsedBy: ["TamperingTests", "AuditCommandTests"])
}
