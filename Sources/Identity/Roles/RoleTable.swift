import Kernel

/// What each role may do. Whatever isn't in it may nothing: an unknown role has no permission, an unknown permission no role.
/// (ASVS 5.0 V8.1.1, V8.3.1)
public struct RoleTable: Sendable, Equatable {
    private let grants: Grants
    /// Every permission that some role has, in order.
    public let permissions: [Permission]
    public let roles: [Role]

    /// The roles that there are without a line of configuration.
    public static let builtIn = RoleTable(custom: [:])

    /// - Parameter custom: what roles of the configuration may, besides what everybody with an account may. `person` and
    ///   `operator` get more by it; `administrator` has everything anyway.
    public init(custom: [Role: Set<Permission>]) {
        let everybody: Set<Permission> = [.accountRead, .accountWrite]
        let all = custom.values.reduce(Set(Permission.ours)) { $0.union($1) }
        var granted: [Role: Set<Permission>] = [
            .person: everybody, .operating: everybody.union([.tokensIntrospect]), .administrator: all,
        ]
        for (role, permissions) in custom where role != .administrator {
            granted[role] = (granted[role] ?? everybody).union(permissions)
        }
        permissions = all.sorted()
        roles = granted.keys.sorted { $0.rawValue < $1.rawValue }
        grants = Grants(
            Dictionary(uniqueKeysWithValues: granted.map { ($0.key.rawValue, Set($0.value.map(\.rawValue))) }))
    }

    /// By role. A class, so that what was made from a table knows it again without comparing.
    private final class Grants: Sendable {
        let sets: [String: Set<String>]
        init(_ sets: [String: Set<String>]) { self.sets = sets }
    }

    /// The same object for copies of this table, and for no other.
    var identity: any AnyObject & Sendable { grants }

    public static func == (a: RoleTable, b: RoleTable) -> Bool {
        a.grants.sets == b.grants.sets && a.permissions == b.permissions && a.roles == b.roles
    }

    /// None for a role that isn't known (any more).
    public func permissions(of role: String) -> Set<String> { grants.sets[role] ?? [] }
    public func knows(role: String) -> Bool { grants.sets[role] != nil }
    public func knows(permission: String) -> Bool { permissions.contains { $0.rawValue == permission } }

    public func nearestRole(to text: String) -> String {
        RoleTable.nearest(text, among: roles.map(\.rawValue))
    }

    public func nearestPermission(to text: String) -> String {
        RoleTable.nearest(text, among: permissions.map(\.rawValue))
    }

    static func nearest(_ text: String, among names: [String]) -> String {
        names.min { a, b in
            let (x, y) = (editDistance(a, text), editDistance(b, text))
            return x == y ? a < b : x < y
        } ?? ""
    }
}
