public import Kernel

extension IdentitySettings {
    public static let openID = Capability(
        id: "identity.oidc", title: "Sign-in by OpenID Connect and OAuth 2, believed only where it is proven",
        level: .recommended, stages: [], modeKey: nil,
        reasons: [
            "sign-in.state", "sign-in.declined", "sign-in.not-linked", "sign-in.other-person",
            "sign-in.provider-failed",
            "sign-in.provider-unavailable", "identity.linked-elsewhere", "identity.last-way-in",
            "identity.no-such-identity", "sign-in.logout-token",
        ], provedBy: [],
        rehearsedBy: [
            "IDTokenTests", "ProviderFlowTests", "ProviderRaceTests", "OpenIDRouteTests", "ProviderSignOutTests",
            "BackChannelLogoutTests", "BackChannelRouteTests",
        ])
}
