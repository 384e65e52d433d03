import Identity
import Kernel

/// What `seaworthy project` does.
extension UserTool {
    /// A project as a list shows it.
    public struct ProjectEntry: Sendable, Encodable {
        public let slug: String
        public let id: String
        public let name: String
        public let status: String
        public let members: Int
        /// ISO 8601.
        public let created: String
    }

    /// Somebody in a project.
    public struct MemberEntry: Sendable, Encodable {
        public let email: String
        public let role: String
        public let account: String
        /// ISO 8601.
        public let added: String
    }

    private var roles: RoleTable { configuration.identity.roles }

    /// - Parameter text: only those with it in slug or name.
    public func projects(matching text: String?) async throws -> [ProjectEntry] {
        try await mended {
            try await administration.projects(matching: text).map {
                ProjectEntry(
                    slug: $0.slug, id: $0.id, name: $0.name, status: $0.status, members: $0.members,
                    created: $0.createdAt.iso8601)
            }
        }
    }

    public func members(ofProject slug: String) async throws -> [MemberEntry] {
        try await mended {
            try await administration.members(ofProject: slug).map {
                MemberEntry(email: $0.email, role: $0.role, account: $0.account, added: $0.addedAt.iso8601)
            }
        }
    }

    /// The slug.
    public func createProject(named name: String, slug: String?, owner: String) async throws -> String {
        try await mended { try await administration.createProject(named: name, slug: slug, owner: owner) }
    }

    public func renameProject(_ slug: String, to name: String) async throws {
        try await mended { try await administration.renameProject(slug, to: name) }
    }
    public func archiveProject(_ slug: String) async throws {
        try await mended { try await administration.archiveProject(slug) }
    }
    public func restoreProject(_ slug: String) async throws {
        try await mended { try await administration.restoreProject(slug) }
    }
    /// How many were in it.
    public func deleteProject(_ slug: String) async throws -> Int {
        try await mended { try await administration.deleteProject(slug) }
    }

    public func addMember(_ email: String, as role: String, to slug: String) async throws {
        try await mended { try await administration.addMember(email, as: role, to: slug, roles: roles) }
    }
    public func setRole(_ role: String, ofMember email: String, in slug: String) async throws {
        try await mended { try await administration.setRole(role, ofMember: email, in: slug, roles: roles) }
    }
    public func removeMember(_ email: String, from slug: String) async throws {
        try await mended { try await administration.removeMember(email, from: slug) }
    }
}
