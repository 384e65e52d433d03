import Kernel
import Store
import Web

extension IdentityService {
    /// Uses a ticket up; nil where it isn't good (any more).
    func takeTicket(_ hash: String) async throws -> SocketHolder? {
        let now = clock.now()
        return try await database.transaction("socket-ticket.take") { db in
            try SocketTicketStore().take(hash, at: now, in: db)
        }
    }

    /// Whether whoever opened a socket still is signed in, by memory alone.
    ///
    /// - Parameter touches: whether this is a use of the session or key.
    func who(_ holder: SocketHolder, idle: Duration, roles: RoleTable, touches: Bool) -> Caller {
        if let until = holder.until, clock.now() >= until { return .nobody }
        return switch holder.kind {
        case .session: whoIs(key: holder.key, idle: idle, roles: roles, touches: touches)
        case .apiKey: whoHas(keyUnder: holder.key, roles: roles, touches: touches)
        case .accessToken: whoBears(family: holder.key, of: holder.account, roles: roles)
        }
    }

    /// What an open socket is asked by.
    ///
    /// - Parameter demand: the project that the route wants them to be in.
    func socketCaller(
        _ holder: SocketHolder, in demand: ProjectDemand?, idle: Duration, roles: RoleTable, ticket: SocketTicket? = nil
    ) -> SocketCaller {
        SocketCaller(isTicketed: ticket != nil, offersSubprotocol: ticket?.offersSubprotocol == true) {
            [weak self] isInUse in
            guard let self else { return .unknown }
            return switch who(holder, idle: idle, roles: roles, touches: isInUse) {
            case .signedIn(let caller): .signedIn(demand.map { self.within($0, caller, roles: roles) } ?? caller)
            // Whose role asks for a second factor since then is nobody to routes, and so to sockets.
            case .nobody, .enrolling: .over
            case .unknown: .unknown
            }
        }
    }

    /// As above, for a session of the app's own login.
    ///
    /// - Parameter begun: when it began, in seconds since 1970: another replica may have begun it a moment ago.
    func adoptedSocketCaller(_ key: String, begun: Int64, idle: Duration) -> SocketCaller {
        SocketCaller { [weak self] isInUse in
            guard let self else { return .unknown }
            switch whoIs(key: key, idle: idle, touches: isInUse) {
            case .signedIn(let caller), .enrolling(let caller): return .signedIn(caller)
            case .unknown: return .unknown
            case .nobody: return view.maySoonKnow(key, begun: begun, at: clock.now()) ? .unknown : .over
            }
        }
    }
}
