public import Kernel

extension RecordStage {
    public static let capability = Capability(
        id: "observability.log", title: "One redacted JSON line for each exchange", level: .mvp, stages: ["Record"],
        modeKey: nil, reasons: ["correlation.request-id-replaced"],
        provedBy: ["correlation.request-id", "correlation.hostile-request-id"],
        witness: InsideWitness(
            .exchangeIsLogged, because: "an answer shows the request's id, and only the log shows that there is a line")
    )
}
