import Identity
public import Kernel
import Protection
import Store

/// What `seaworthy user` does with the accounts of a database, beside whatever runs on it.
public struct UserTool: Sendable {
    /// What was asked can't be done; the message says why.
    public struct Refusal: Error, Sendable, CustomStringConvertible {
        public let description: String
    }

    /// An account as a list shows it.
    public struct Entry: Sendable, Encodable {
        public let email: String
        public let status: String
        public let role: String
        public let hasPassword: Bool
        /// ISO 8601; nil: never.
        public let signedIn: String?
        public let created: String
    }

    /// A one-time link.
    public struct Link: Sendable {
        /// With the public address where one is configured, else a path.
        public let text: String
        /// ISO 8601.
        public let until: String
    }

    /// A file of accounts, read.
    public struct Import: Sendable {
        let users: UserImport
        let name: String

        public init(csv text: String, name: String) {
            users = UserImport(csv: text)
            self.name = name
        }

        public var rejections: [String] { users.rejections.map(\.description) }
        public var count: Int { users.entries.count }
        /// How many of which library.
        public var schemes: String {
            let counts = Dictionary(grouping: users.entries, by: { $0.scheme ?? "none" }).mapValues(\.count)
            return counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        }
    }

    let administration: Administration
    let configuration: GatewayConfiguration
    private let schema: SchemaTool

    /// - Parameter actor: who acts, such as `cli:root`.
    /// - Throws: `DatabaseFailure` where the schema isn't up to date.
    public init(configuration: GatewayConfiguration, schema: SchemaTool, actor: String) async throws {
        try await schema.check()
        self.configuration = configuration
        self.schema = schema
        let ports = schema.ports
        administration = Administration(
            database: schema.database, audit: Journal(clock: ports.wallClock, random: ports.random),
            clock: ports.wallClock, random: ports.random, actor: actor)
    }

    func mended<Value>(_ work: () async throws -> Value) async throws -> Value {
        do {
            return try await work()
        } catch let failure as Administration.Failure {
            throw Refusal(description: failure.description)
        } catch let error as DatabaseError {
            throw DatabaseFailure(error, at: configuration.database.place)
        }
    }

    /// The address of the account that was meant: where the app signs people in, they are named as its login form names them.
    func address(of text: String) async throws -> String {
        guard configuration.identity.signIn == .adopt, !text.lowercased().hasSuffix("@adopted.invalid") else {
            return text
        }
        let journal = Journal(clock: schema.ports.wallClock, random: schema.ports.random)
        guard let ring = try Trail.ring(configuration, schema.database, journal, schema.ports) else { return text }
        try await ring.open(at: configuration.database.place)
        guard
            let address = try await mended({ try await administration.address(ofAppPerson: text, keys: ring) })
        else {
            throw Refusal(
                description:
                    "nobody has signed in with the app as \(text.debugDescription) since its sign-in is guarded")
        }
        return address
    }

    public func list(matching text: String?) async throws -> [Entry] {
        try await mended {
            try await administration.list(matching: text).map { account in
                Entry(
                    email: account.email.description, status: account.status.rawValue, role: account.role.rawValue,
                    hasPassword: account.hasPassword, signedIn: account.signedInAt?.iso8601,
                    created: account.createdAt.iso8601)
            }
        }
    }

    /// Refuses a role that gives nothing: one that the configuration doesn't know.
    private func check(role: String) throws {
        let known = configuration.identity.roles
        guard !known.knows(role: role), Role(rawValue: role) != nil else { return }
        throw Refusal(
            description: "there is no role \(role.debugDescription); the nearest is \(known.nearestRole(to: role)), "
                + "and identity.roles declares more")
    }

    public func add(_ email: String, role: String) async throws -> Link {
        try check(role: role)
        let prefix = configuration.protection.routePolicy.ownPrefix
        let handout = try await mended { try await administration.add(email, role: role, ownPrefix: prefix) }
        let base = configuration.publicURL.map { "\($0)" } ?? ""
        return Link(text: base + handout.path.reveal(), until: handout.expiresAt.iso8601)
    }

    public func disable(_ email: String, reason: String) async throws -> Int {
        let email = try await address(of: email)
        return try await mended { try await administration.disable(email, reason: reason) }
    }

    public func enable(_ email: String) async throws {
        let email = try await address(of: email)
        try await mended { try await administration.enable(email) }
    }

    public func unlock(_ email: String) async throws {
        let email = try await address(of: email)
        try await mended { try await administration.unlock(email) }
    }

    public func unlock(_ address: IPAddress) async throws {
        try await mended { try await administration.unlock(address) }
    }

    public func signOut(_ email: String) async throws -> Int {
        let email = try await address(of: email)
        return try await mended { try await administration.signOut(email) }
    }
    /// What becomes of projects that a deleted account alone owned.
    public enum Orphans: Sendable {
        case refuse, delete, keep
        /// Another account's address.
        case pass(to: String)
    }

    /// How many sessions ended, and the slugs of the projects that lost their last owner.
    public func delete(
        _ email: String, reason: String, orphans: Orphans
    ) async throws -> (sessions: Int, projects: [String]) {
        let email = try await address(of: email)
        let rule: OrphanedProjects =
            switch orphans {
            case .refuse: .refuse
            case .delete: .delete
            case .keep: .keep
            case .pass(let heir): .pass(to: try await address(of: heir))
            }
        let deleted = try await mended { try await administration.delete(email, reason: reason, orphans: rule) }
        return (deleted.sessions, deleted.projects)
    }
    public func resetSecondFactor(_ email: String) async throws -> Int {
        let email = try await address(of: email)
        return try await mended { try await administration.resetSecondFactor(email) }
    }
    public func setRole(_ email: String, to role: String) async throws {
        try check(role: role)
        let email = try await address(of: email)
        try await mended { try await administration.setRole(email, to: role) }
    }

    public func take(_ plan: Import) async throws -> (made: Int, known: [String]) {
        let (made, known) = try await mended { try await administration.take(plan.users, source: plan.name) }
        return (made, known.map(\.description))
    }
}
