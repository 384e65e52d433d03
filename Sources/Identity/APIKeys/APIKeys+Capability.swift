public import Kernel

extension IdentitySettings {
    public static let keys = Capability(
        id: "identity.api-key", title: "Programs act for people by keys that can do less than they", level: .mvp,
        stages: [], modeKey: nil, reasons: ["api-key.refused", "identity.no-such-key", "identity.too-many-keys"],
        provedBy: [], rehearsedBy: ["APIKeyTests", "ProgramRouteTests"])
}
