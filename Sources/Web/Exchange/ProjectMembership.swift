/// The proof that the caller is a member of a project: which one, and what they may in it. Only `Identity/Sessions` mints one, from
/// a view of the database that is at most 5 s old.
public struct ProjectMembership: Sendable, Equatable {
    public let id: String
    /// What stands in addresses.
    public let slug: String
    /// The role in this project, whatever the account's own is.
    public let role: String
    /// What the role may in this project, and of that no more than an API key's scopes.
    public let permissions: Set<String>

    @_spi(MintSignedIn)
    public init(id: String, slug: String, role: String, permissions: Set<String>) {
        self.id = id
        self.slug = slug
        self.role = role
        self.permissions = permissions
    }
}
