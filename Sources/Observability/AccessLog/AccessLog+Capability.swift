public import Kernel

extension RecordStage {
    public static let capability = Capability(
        id: "observability.log", title: "One redacted JSON line for each exchange", level: .mvp, stages: ["Record"],
        modeKey: nil, reasons: ["correlation.request-id-replaced"],
        provedBy: ["correlation.request-id", "correlation.hostile-request-id"])
}
