import Kernel

/// Roles in a project: the same names and permissions as roles of the installation, but they hold in that project alone.
extension Role {
    /// May everything in its project; there is always one.
    public static let owner = "owner"
    /// Sees the project, and may what `identity.roles` gives to `member`.
    public static let member = "member"
}

extension RoleTable {
    /// Roles that hold in the whole installation and never in a project.
    private static let everywhere: Set<String> = Set(Role.builtIn.map(\.rawValue))
    /// Ours that mean something in a project.
    private static let inProjects: Set<String> = [
        Permission.projectRead.rawValue, Permission.projectMembers.rawValue, Permission.projectManage.rawValue,
    ]

    /// Roles that somebody can have in a project, in order.
    public var projectRoles: [String] {
        Set(roles.map(\.rawValue)).subtracting(RoleTable.everywhere).union([Role.owner, Role.member]).sorted()
    }

    public func knows(projectRole: String) -> Bool { projectRoles.contains(projectRole) }

    /// What can be given in a project: the app's own permissions, and ours for projects.
    public var projectPermissions: Set<String> {
        Set(permissions.map(\.rawValue)).subtracting(Permission.ours.map(\.rawValue)).union(RoleTable.inProjects)
    }

    /// None for a role that isn't known (any more), nor for one that holds everywhere.
    public func projectPermissions(of role: String) -> Set<String> {
        if role == Role.owner { return projectPermissions }
        guard !RoleTable.everywhere.contains(role), role == Role.member || knows(role: role) else { return [] }
        return permissions(of: role).intersection(projectPermissions).union([Permission.projectRead.rawValue])
    }

    public func nearestProjectRole(to text: String) -> String { RoleTable.nearest(text, among: projectRoles) }

    public func nearestProjectPermission(to text: String) -> String {
        RoleTable.nearest(text, among: projectPermissions.sorted())
    }
}
