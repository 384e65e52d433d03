public import Kernel

extension HeaderHygieneStage {
    public static let capability = Capability(
        id: "protection.header-hygiene", title: "Nobody claims to be a proxy or a person by header", level: .mvp,
        stages: ["HeaderHygiene"], modeKey: nil,
        reasons: ["headers.claim-dropped", "headers.method-override-dropped", "headers.trailer-dropped"],
        provedBy: ["host.forwarded"])
}
