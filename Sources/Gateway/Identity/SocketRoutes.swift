import HTTPTypes
import Hummingbird
import Identity
import Kernel
import Web

/// Tickets for WebSockets: for pages that can't show at an upgrade what they are signed in with.
extension IdentityRoutes {
    static let socketTicket = route(
        .post, "/socket-ticket", "A ticket that opens one WebSocket within 30 seconds.", .anyCredential
    ) { request, context in
        let exchange = try await IdentityExchange(request, context, access: .anyCredential)
        do {
            let caller = try exchange.signedIn()
            let token = caller.credential == .accessToken ? bearerToken(request) : nil
            let made = try await exchange.flows.socketTicket(for: caller, token: token)
            return exchange.json { text in
                text.member("ticket", made.ticket.reveal())
                text.member("expires_in", made.expiresIn)
            }
        } catch is SignInRequired {
            throw SignInRequired.problem
        } catch is EnrolmentRequired {
            throw EnrolmentRequired.problem
        }
    }

    /// The token by which `SignIn` has found the caller.
    private static func bearerToken(_ request: Hummingbird.Request) -> Substring? {
        request.headers[.authorization]?.dropFirst("bearer ".utf8.count).drop { $0 == " " }
    }
}
