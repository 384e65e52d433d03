public import Kernel

extension IdentitySettings {
    public static let accessTokens = Capability(
        id: "identity.token", title: "Programs sign in with tokens that end when their owner says so", level: .mvp,
        stages: [], modeKey: nil, reasons: ["token.refused"], provedBy: [],
        rehearsedBy: ["AccessTokenTests", "TokenOracleTests", "ProgramRouteTests"])

    public static let refreshTokens = Capability(
        id: "identity.refresh", title: "A refresh token is used once, and a stolen one ends all that came of it",
        level: .mvp, stages: [], modeKey: nil, reasons: ["identity.invalid-grant", "identity.unsupported-grant"],
        provedBy: [], rehearsedBy: ["RefreshTests", "ProgramRouteTests"])
}
