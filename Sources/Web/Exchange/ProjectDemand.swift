/// What a route asks of its caller's membership in the project that the request is about, joined over all readings.
public struct ProjectDemand: Sendable, Equatable {
    /// What the request calls the project, in each of its readings as it stands there. More than one, or none, is nobody's.
    public var names: Set<String>
    /// Set where a source named no project, or two.
    public var isUnclear: Bool
    /// Fields and parameters that name it and are still to be read.
    public var headers: Set<String>
    public var parameters: Set<String>
    /// Roles in the project that it takes, all of them.
    public var roles: Set<String>
    /// Permissions in the project that it takes, all of them.
    public var permissions: Set<String>

    public init(
        names: Set<String> = [], headers: Set<String> = [], parameters: Set<String> = [], roles: Set<String> = [],
        permissions: Set<String> = []
    ) {
        self.names = names
        isUnclear = false
        self.headers = headers
        self.parameters = parameters
        self.roles = roles
        self.permissions = permissions
    }

    /// The one project that the request is about; nil where it names none, or may be read in two ways.
    public var name: String? { isUnclear || names.count != 1 ? nil : names.first }

    public func joined(with other: ProjectDemand) -> ProjectDemand {
        var joined = self
        joined.names.formUnion(other.names)
        joined.isUnclear = isUnclear || other.isUnclear
        joined.headers.formUnion(other.headers)
        joined.parameters.formUnion(other.parameters)
        joined.roles.formUnion(other.roles)
        joined.permissions.formUnion(other.permissions)
        return joined
    }
}
