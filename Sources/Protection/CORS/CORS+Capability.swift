public import Kernel

extension CORSStage {
    public static let capability = Capability(
        id: "protection.cors", title: "Only listed origins read answers", level: .mvp, stages: ["CORS"],
        modeKey: "protection.cors.mode", reasons: ["cors.preflight", "cors.app-answer-removed"],
        provedBy: ["cors.reflected-origin", "cors.null-origin"])
}
