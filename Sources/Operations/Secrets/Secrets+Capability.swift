public import Kernel

extension SecretPolicy {
    public static let capability = Capability(
        id: "operations.secrets", title: "No weak secret starts in production, and every key can be replaced",
        level: .mvp, stages: [], modeKey: nil, reasons: [], provedBy: [],
        rehearsedBy: ["SecretStartTests", "SecretsCommandTests"])
}
