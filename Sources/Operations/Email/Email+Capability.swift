public import Kernel

extension Outbox {
    public static let capability = Capability(
        id: "operations.email", title: "Mail leaves once, over TLS, with its cause", level: .mvp, stages: [],
        modeKey: nil, reasons: [], provedBy: [], rehearsedBy: ["MailProcessTests"])
}
