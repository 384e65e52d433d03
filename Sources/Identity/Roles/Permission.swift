import Kernel

/// Something that a role may do: a typed name, such as `account.read` of ours or `orders:write` of the app's own.
public struct Permission: RawRepresentable, Sendable, Hashable, Comparable, CustomStringConvertible {
    public let rawValue: String

    /// nil unless it is 1 to 64 lower-case letters, digits, dots, colons, hyphens and underscores, a letter first.
    public init?(rawValue: String) {
        guard (1...64).contains(rawValue.utf8.count), (0x61...0x7A).contains(rawValue.utf8.first ?? 0),
            rawValue.utf8.allSatisfy({ byte in
                (0x61...0x7A).contains(byte) || byte.isASCIIDigit || [0x2D, 0x2E, 0x3A, 0x5F].contains(byte)
            })
        else { return nil }
        self.rawValue = rawValue
    }

    private init(trusted: String) { rawValue = trusted }

    /// Seeing one's own account, sessions and keys.
    public static let accountRead = Permission(trusted: "account.read")
    /// Ending one's own sessions and keys.
    public static let accountWrite = Permission(trusted: "account.write")
    /// Inviting people.
    public static let usersInvite = Permission(trusted: "users.invite")
    /// Asking what somebody else's token is worth.
    public static let tokensIntrospect = Permission(trusted: "tokens.introspect")
    /// Making projects.
    public static let projectsCreate = Permission(trusted: "projects.create")
    /// Seeing and changing every project, without being a member: for administrators.
    public static let projectsManage = Permission(trusted: "projects.manage")
    /// In a project: seeing it and who is in it.
    public static let projectRead = Permission(trusted: "project.read")
    /// In a project: inviting people, taking them out, changing their roles.
    public static let projectMembers = Permission(trusted: "project.members")
    /// In a project: renaming, archiving and deleting it.
    public static let projectManage = Permission(trusted: "project.manage")

    /// Those that our own routes ask for.
    public static let ours: [Permission] = [
        .accountRead, .accountWrite, .usersInvite, .tokensIntrospect, .projectsCreate, .projectsManage, .projectRead,
        .projectMembers, .projectManage,
    ]

    /// What stands before the first dot or colon in names of ours: kept for us, so that a slip of the pen shows.
    static let ourAreas: Set<String> = ["account", "users", "tokens"]

    public static func < (a: Permission, b: Permission) -> Bool { a.rawValue < b.rawValue }
    public var description: String { rawValue }
}

extension Role {
    public static let builtIn: [Role] = [.person, .operating, .administrator]
}
