import Kernel
import Operations
import Store

/// What `seaworthy secrets` does with the ring of a database, beside whatever runs on it. No text of it holds a secret.
public struct SecretsTool: Sendable {
    private let tool: SchemaTool
    private let ring: KeyRing
    private let configuration: GatewayConfiguration

    /// What keys are for, in the order of `rotate --all`.
    public static let purposes: [String] = KeyPurpose.standard.map(\.rawValue)

    /// Opens the database, whose schema must be up to date, and changes nothing.
    ///
    /// - Throws: `DatabaseFailure`, `SecretFailure`.
    public static func open(_ configuration: GatewayConfiguration) async throws -> SecretsTool {
        let tool = try await SchemaTool.open(configuration.database)
        do {
            try await tool.check()
            let services = try BackgroundServices(configuration, tool.database, tool.ports)
            guard let ring = try services.openable else {
                throw SecretFailure(
                    KeyRingError(.rootMissing, "secret-key must be given where the database is PostgreSQL"))
            }
            return SecretsTool(tool: tool, ring: ring, configuration: configuration)
        } catch {
            await tool.close()
            throw error
        }
    }

    public func close() async { await tool.close() }

    /// Every key and every configured secret with its age, for a terminal of 80 columns.
    public func list() async throws -> String {
        try await told { try await inventory().text(at: tool.ports.wallClock.now()) }
    }

    /// One row for each key.
    public struct Key: Sendable, Encodable {
        public let id, purpose, state, createdAt, root: String
        public let until: String?
    }

    public func keys() async throws -> [Key] {
        try await told {
            try await inventory().keys.map { key in
                Key(
                    id: key.id.rawValue, purpose: key.purpose.rawValue, state: key.state.rawValue,
                    createdAt: key.createdAt.iso8601, root: key.rootID, until: key.until?.iso8601)
            }
        }
    }

    private func inventory() async throws -> SecretInventory {
        try await ring.inventory(configured: configuration.configuredSecrets)
    }

    /// Makes a new key of a purpose; what it says is for a terminal.
    public func rotate(_ purpose: String, urgent: Bool, actor: String) async throws -> String {
        try await told {
            try await ring.rotate(KeyPurpose(rawValue: purpose), urgent: urgent, actor: actor)
                .text(at: tool.ports.wallClock.now())
        }
    }

    /// Wraps the ring with the first root key of the list.
    ///
    /// - Returns: how many keys another one had wrapped, and the id of the one that wraps all now.
    public func rewrapRing() async throws -> (keys: Int, root: String) {
        try await told { (try await ring.rewrapRing(), try await inventory().rootIDs.first ?? "") }
    }

    /// What production would say of the secrets that are given here; needs no database.
    public struct Check: Sendable {
        /// For a terminal of 80 columns.
        public let table: String
        /// Why a start in production would be refused.
        public let errors: ConfigurationErrors?
        /// What is allowed and had better be known.
        public let notes: [String]
    }

    public static func check(_ sources: ConfigurationSources) -> Check {
        var sources = sources
        sources.flags.removeAll { $0.key == "environment" }
        sources.sets.removeAll { $0.hasPrefix("environment=") }
        sources.flags.append(.init(name: "--environment", key: "environment", value: "production"))
        let reading = GatewayConfiguration.read(sources, for: .serving)
        let errors = reading.errors.filter { isOfSecret($0.key) }
        let inventory = SecretInventory(
            keys: [], configured: reading.configuration.configuredSecrets, columns: [], rootIDs: [])
        let now = SystemWallClock().now()
        return Check(
            table: inventory.configuredText(at: now), errors: errors.isEmpty ? nil : ConfigurationErrors(errors),
            notes: reading.warnings.filter { isOfSecret($0.key) }.map(\.description)
                + inventory.overdue(after: reading.configuration.secrets.ring.rotateAfter, at: now))
    }

    private static func isOfSecret(_ key: String) -> Bool {
        key == "file" || key == "database" || key == "redis" || key.hasPrefix("secret")
            || ConventionalVariable.all.contains { $0.name == key }
    }

    /// Puts errors of ring and database into words for the command line.
    private func told<Value>(_ work: () async throws -> Value) async throws -> Value {
        do {
            return try await work()
        } catch let error as KeyRingError {
            throw SecretFailure(error)
        } catch let error as DatabaseError {
            throw DatabaseFailure(error, at: configuration.database.place)
        }
    }
}
