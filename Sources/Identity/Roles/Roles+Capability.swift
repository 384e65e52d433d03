public import Kernel

extension IdentitySettings {
    public static let roleTable = Capability(
        id: "identity.roles", title: "Nobody may what no role of theirs says", level: .mvp, stages: [], modeKey: nil,
        reasons: ["identity.permission", "identity.needs-session", "route-policy.permission", "route-policy.scope"],
        provedBy: [], rehearsedBy: ["RoleTests", "OwnRouteAccessTests"])
}
