import Identity
public import Kernel
import Operations
import Store
import Web

extension RunningGateway {
    /// Makes an account with this password, in the way that people do: by a one-time link. For shadows, whose accounts are theirs
    /// alone.
    ///
    /// - Throws: `Problem` for a password that the policy refuses; does nothing where nobody signs in here.
    public func addAccount(_ email: String, password: Secret) async throws {
        guard let identity = services.identity, let database = services.database, let trail = services.trail else {
            return
        }
        let ports = SystemPorts()
        let administration = Administration(
            database: database.database, audit: trail.journal, clock: ports.wallClock, random: ports.random,
            actor: "system")
        let handout = try await administration.add(email, role: Role.person.rawValue, ownPrefix: ownPrefix)
        let path = handout.path.reveal()
        guard let token = path.split(separator: "=").last.map(String.init) else { return }
        let flows = IdentityFlows(identity, settings: configuration.identity, ownPrefix: ownPrefix, site: [])
        let client = IdentityFlows.Client(
            address: nil, userAgent: nil, cookies: [], secure: SessionCookies(isSecure: true, ownPrefix: ownPrefix))
        _ = try await flows.choose(token: token, email: nil, password: password.reveal(), from: client)
    }
}
