public import Kernel

extension IdentitySettings {
    public static let projectMemberships = Capability(
        id: "identity.projects", title: "A member of one project sees nothing of another", level: .mvp, stages: [],
        modeKey: nil,
        reasons: [
            "route-policy.project", "project.unknown", "project.permission", "project.last-owner", "project.archived",
            "project.slug-taken", "project.full", "project.member-already", "project.no-such-member",
            "project.no-such-invitation",
        ], provedBy: [],
        rehearsedBy: [
            "ProjectTests", "ProjectAtOnceTests", "ProjectPolicyTests", "ProjectRouteTests", "OwnRouteAccessTests",
        ])
}
