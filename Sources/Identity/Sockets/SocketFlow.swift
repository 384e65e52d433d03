public import Kernel
import Store
public import Web

extension IdentityFlows {
    /// A ticket for whoever can't show its credential at an upgrade: a page of another origin, a browser with a bearer token.
    public struct IssuedTicket: Sendable {
        public let ticket: Secret
        /// Seconds.
        public let expiresIn: Int
    }

    /// Makes a ticket that opens one WebSocket as `caller`, for as long as the caller's own credential holds.
    ///
    /// - Parameter token: the access token that proved it, where one did: the socket doesn't outlive it.
    public func socketTicket(for caller: SignedIn, token: Substring? = nil) async throws -> IssuedTicket {
        let made = SocketTicket.make(random: service.random)
        let until = token.flatMap { try? service.access.verify($0) }.map(\.expiry)
        let holder = SocketHolder(
            kind: caller.credential, key: caller.sessionKey, account: caller.account, until: until)
        let now = now
        try await service.database.transaction("socket-ticket.make") { db in
            try SocketTicketStore().insert(made.hash, holder, at: now, in: db)
        }
        return IssuedTicket(ticket: made.text, expiresIn: Int(SocketTicketStore.span.components.seconds))
    }
}

extension AccessTokens.Claims {
    var expiry: Timestamp { Timestamp(nanosecondsSinceEpoch: expiresAt &* 1_000_000_000) }
}
