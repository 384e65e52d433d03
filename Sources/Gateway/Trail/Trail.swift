import Kernel
import Operations
import Store

/// How every process of ours opens the ring of keys, and where the trail is anchored: edge, worker and commands.
enum Trail {
    /// The ring of keys, not opened yet; nil in development on PostgreSQL without a `secret-key`.
    static func ring(
        _ configuration: GatewayConfiguration, _ database: Database, _ journal: Journal, _ ports: SystemPorts
    ) throws(SecretFailure) -> KeyRing? {
        guard let address = configuration.database.address else { return nil }
        // Production wants one: there it is an error, told by `RootKeys`.
        guard configuration.hasRootSecret || configuration.environment == .production else { return nil }
        do {
            let roots = try RootKeys(
                settings: configuration.secrets, environment: configuration.environment, database: address,
                random: ports.random)
            return KeyRing(
                database: database, roots: roots, settings: configuration.secrets.ring, clock: ports.wallClock,
                random: ports.random, audit: journal)
        } catch {
            throw SecretFailure(error)
        }
    }
}

/// Why the ring of keys can't be opened: what, and what to do about it. Holds no secret.
public struct SecretFailure: Error, Sendable, CustomStringConvertible {
    public enum Reason: Sendable, Equatable {
        /// No root key, or not the one that wrapped the ring.
        case configuration
        /// A wrapped key was changed or moved.
        case damaged
        /// The development key's file.
        case file
    }

    public let reason: Reason
    public let description: String
    /// What the log and the trail hear of it.
    let refusal: Refusal?

    init(_ error: KeyRingError) {
        refusal = Refusal(error)
        switch error.code {
        case .damaged: reason = .damaged
        case .file: reason = .file
        default: reason = .configuration
        }
        description =
            error.code == .damaged
            ? "the ring of keys is damaged: \(error.detail). It was left as it is; restore a backup"
            : "the ring of keys can't be opened: \(error.detail)"
    }
}

extension KeyRing {
    /// Opens it for a process; what is wrong with the database is told as such.
    func open(at place: String) async throws {
        do {
            try await open()
        } catch let error as KeyRingError {
            throw SecretFailure(error)
        } catch let error as DatabaseError {
            throw DatabaseFailure(error, at: place)
        }
    }
}
