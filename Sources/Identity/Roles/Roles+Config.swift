public import Kernel

extension RoleTable {
    /// Reads `identity.roles`.
    public static func read(_ reader: inout ConfigurationReader) -> RoleTable {
        let key = "identity.roles"
        let custom = reader.read(
            Setting<[Role: Set<Permission>]>(
                key, summary: "What roles of your own may do, and what person and operator may besides.",
                form: """
                    a map of role to list of permissions, such as {auditor: [reports.read]}; names of lower-case letters, digits \
                    and hyphens, in permissions also dots, colons and underscores; not administrator, who may everything
                    """, default: [:], defaultText: "{}", parse: parse))
        for (role, permissions) in custom.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            for permission in permissions.sorted() where !isKnown(permission) {
                let nearest = nearest(permission.rawValue, among: Permission.ours.map(\.rawValue))
                reader.report(
                    ConfigurationError(
                        key: "\(key).\(role)", given: permission.rawValue,
                        valid: "names that begin with account, users or tokens are ours; the nearest is \(nearest)",
                        origin: reader.origin(of: key)))
            }
        }
        return RoleTable(custom: custom)
    }

    private static func isKnown(_ permission: Permission) -> Bool {
        let area = permission.rawValue.prefix { $0 != "." && $0 != ":" }
        return !Permission.ourAreas.contains(String(area)) || Permission.ours.contains(permission)
    }

    @Sendable private static func parse(_ node: ConfigurationNode) -> [Role: Set<Permission>]? {
        guard case .mapping(let entries) = node else { return nil }
        var roles: [Role: Set<Permission>] = [:]
        for entry in entries {
            guard let role = Role(rawValue: entry.key), role != .administrator, case .list(let nodes) = entry.value
            else { return nil }
            let permissions = nodes.compactMap { $0.text.flatMap(Permission.init(rawValue:)) }
            guard permissions.count == nodes.count, roles.updateValue(Set(permissions), forKey: role) == nil else {
                return nil
            }
        }
        return roles
    }
}
