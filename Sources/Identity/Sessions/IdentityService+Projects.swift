@_spi(MintSignedIn) public import Web

extension IdentityService {
    /// The caller as a member of the project that the request is about, by memory alone; as they were where they are none.
    public func within(_ demand: ProjectDemand, _ caller: SignedIn, roles: RoleTable) -> SignedIn {
        guard let name = demand.name, let (project, role) = projects.place(of: caller.account, in: name) else {
            return caller
        }
        let granted = roles.projectPermissions(of: role)
        return caller.within(
            ProjectMembership(
                id: project.id, slug: project.slug, role: role,
                permissions: caller.hasWholeRole ? granted : granted.intersection(caller.scopes)))
    }
}
