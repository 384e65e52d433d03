public import Kernel
import NIOCore
import NIOHTTP1
@_spi(MintSignedIn) public import Web

/// Finds out who is asking: our session cookie, API key or access token, judged by memory alone. Whoever shows none,
/// or somebody else's, is anonymous here and passes untouched.
///
/// It tells the app who is calling by one signed token, keeps our cookies from the app and the app from setting ours.
public struct SignInStage: GatewayStage {
    public let name = "SignIn"
    public let control = "identity.session"
    public let mode = ControlMode.enforce
    public let phases: StagePhases = [.receive, .respond]
    private let identity: IdentityService
    private let idle: Duration
    private let roles: RoleTable
    private let ownPrefix: String
    private let personalPages: Set<String>

    /// - Parameter personalPages: pages of our own that depend on who asks.
    public init(
        _ identity: IdentityService, settings: IdentitySettings, ownPrefix: String, personalPages: Set<String> = []
    ) {
        self.personalPages = personalPages
        idle = settings.idle
        roles = settings.roles
        self.identity = identity
        self.ownPrefix = ownPrefix
    }

    public func receive(_ exchange: inout Exchange) -> Verdict {
        if exchange.isWebSocketUpgrade, exchange.destination == .upstream,
            let ticket = SocketTicket(
                target: exchange.request.target, protocols: exchange.request.values(.secWebSocketProtocol))
        {
            return receive(ticket, &exchange)
        }
        if exchange.request.has(.authorization) || exchange.request.has(.xAPIKey),
            let shown = BearerCredential(exchange.request)
        {
            return receive(shown, &exchange)
        }
        guard exchange.request.has(.cookie) else { return .proceed }
        let lines = exchange.request.values(.cookie)
        let cookies = SessionCookies(isSecure: exchange.externalScheme == .https, ownPrefix: ownPrefix)
        let secret = cookies.session(in: lines)
        if exchange.destination == .upstream { strip(&exchange, lines) }
        guard let secret else { return .proceed }
        switch identity.whoIs(secret, idle: idle, roles: roles) {
        case .nobody: return .proceed
        case .unknown: return unknown(exchange)
        case .enrolling(let caller):
            // Nobody to the app and to routes that ask for somebody.
            exchange.enrolling = caller
            return .proceed
        case .signedIn(let caller): return found(caller, &exchange)
        }
    }

    /// A ticket counts before a bearer's credential and before any cookie; it is used up by being shown.
    private func receive(_ ticket: SocketTicket, _ exchange: inout Exchange) -> Verdict {
        exchange.request.replaceTarget(ticket.target)
        exchange.request.remove(.secWebSocketProtocol)
        for line in ticket.protocols {
            exchange.request.append(.secWebSocketProtocol, "Sec-WebSocket-Protocol", line)
        }
        if let shown = BearerCredential(exchange.request) { exchange.request.remove(shown.field) }
        strip(&exchange, exchange.request.values(.cookie))
        guard let hash = ticket.hash else { return .refuse(SignInStage.badTicket) }
        return .wait(upTo: .seconds(5)) { [self] in
            let holder = try await identity.takeTicket(hash)
            return { exchange in admit(holder, by: ticket, &exchange) }
        }
    }

    private func admit(_ holder: SocketHolder?, by ticket: SocketTicket, _ exchange: inout Exchange) -> Verdict {
        guard let holder else { return .refuse(SignInStage.badTicket) }
        switch identity.who(holder, idle: idle, roles: roles, touches: true) {
        case .nobody, .enrolling: return .refuse(SignInStage.badTicket)
        case .unknown: return unknown(exchange)
        case .signedIn(let caller):
            exchange.socketCaller = identity.socketCaller(
                holder, in: exchange.policy?.project, idle: idle, roles: roles, ticket: ticket)
            return found(caller, &exchange)
        }
    }

    /// A bearer's credential of ours: it counts before any cookie, never reaches the app, and is refused where it isn't good.
    private func receive(_ shown: BearerCredential, _ exchange: inout Exchange) -> Verdict {
        if exchange.destination == .upstream {
            exchange.request.remove(shown.field)
            strip(&exchange, exchange.request.values(.cookie))
        }
        let caller: IdentityService.Caller =
            switch shown.kind {
            case .apiKey: identity.whoHas(apiKey: shown.text, roles: roles)
            case .accessToken: identity.whoBears(shown.text, roles: roles)
            }
        switch caller {
        // A token of one factor for a role that must have two is no good.
        case .nobody, .enrolling: return .refuse(shown.refusal)
        case .unknown: return unknown(exchange)
        case .signedIn(let caller):
            if exchange.isWebSocketUpgrade, caller.credential == .accessToken {
                // The socket doesn't outlive the token that opened it.
                let until = (try? identity.access.verify(shown.text))?.expiry ?? identity.clock.now()
                exchange.socketCaller = socketCaller(caller, in: exchange.policy?.project, until: until)
            }
            return found(caller, &exchange)
        }
    }

    private func socketCaller(
        _ caller: SignedIn, in demand: ProjectDemand?, until: Timestamp? = nil
    ) -> SocketCaller {
        identity.socketCaller(
            SocketHolder(kind: caller.credential, key: caller.sessionKey, account: caller.account, until: until),
            in: demand, idle: idle, roles: roles)
    }

    private func unknown(_ exchange: borrowing Exchange) -> Verdict {
        // Health and style sheets are for everybody; what depends on who asks isn't guessed.
        if exchange.policy?.access == .public, !personalPages.contains(exchange.target.path) { return .proceed }
        return .refuse(SignInStage.stale)
    }

    private func found(_ caller: SignedIn, _ exchange: inout Exchange) -> Verdict {
        var caller = caller
        if let demand = exchange.policy?.project { caller = identity.within(demand, caller, roles: roles) }
        exchange.caller = caller
        if exchange.isWebSocketUpgrade, exchange.socketCaller == nil {
            exchange.socketCaller = socketCaller(caller, in: exchange.policy?.project)
        }
        guard exchange.destination == .upstream else { return .proceed }
        do {
            exchange.request.append(SignInStage.header, try identity.tokens.token(for: caller))
            return .proceed
        } catch {
            var problem = SignInStage.stale
            problem.cause = "no token for the app: \(error)"
            return .refuse(problem)
        }
    }

    public func respond(_ exchange: inout Exchange, _ head: inout ResponseHead) -> BodyPlan {
        SessionCookies.takeOurs(outOf: &head, &exchange)
        // A browser that offered subprotocols gives up where none is chosen.
        if head.status == .switchingProtocols, exchange.socketCaller?.offersSubprotocol == true,
            !head.fields.has(.secWebSocketProtocol)
        {
            head.fields.add(.secWebSocketProtocol, "sec-websocket-protocol", SocketTicket.subprotocol)
        }
        return .pass
    }

    /// The field that tells the app who is calling.
    public static let header = "X-Seaworthy-Identity"

    private func strip(_ exchange: inout Exchange, _ lines: [String]) {
        let kept = lines.map(SessionCookies.withoutOurs)
        guard kept != lines.map(Optional.some) else { return }
        exchange.request.remove(.cookie)
        for case let line? in kept { exchange.request.append(.cookie, "Cookie", line) }
    }

    private static let badTicket = Problem(
        "websocket.ticket", status: 401, title: "This ticket isn't good.",
        detail: "It was used before, has run out, never was one, or what it was made with has ended.")

    static let stale = Problem(
        "sign-in.unavailable", status: 503, title: "Who you are can't be told just now.",
        detail: "Sessions could not be checked for some seconds; nothing is lost.", source: .edge, retryAfter: 5)
}
