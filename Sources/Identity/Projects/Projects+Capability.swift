public import Kernel

extension IdentitySettings {
    public static let projectMemberships = Capability(
        id: "identity.projects", title: "A member of one project sees nothing of another", level: .mvp, stages: [],
        modeKey: nil,
        reasons: [
            "route-policy.project", "identity.project-unknown", "identity.project-permission",
            "identity.project-last-owner", "identity.project-archived",
            "identity.project-slug-taken", "identity.project-full", "identity.project-member-already",
            "identity.project-no-such-member",
            "identity.project-no-such-invitation",
        ], provedBy: [],
        rehearsedBy: [
            "ProjectTests", "ProjectAtOnceTests", "OrphanedProjectTests", "ProjectPolicyTests", "ProjectRouteTests",
            "OwnRouteAccessTests",
        ])
}
