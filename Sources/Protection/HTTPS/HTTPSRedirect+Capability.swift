public import Kernel

extension HTTPSRedirectStage {
    public static let capability = Capability(
        id: "protection.https", title: "Everything over TLS", level: .mvp, stages: ["HTTPSRedirect"],
        modeKey: "protection.https.mode", reasons: ["https.redirect"],
        provedBy: ["tls.redirect"])
}
