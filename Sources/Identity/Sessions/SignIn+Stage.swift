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
        let shown = session(exchange)
        if shown.hasOurs, exchange.destination == .upstream {
            if shown.hasOthers { strip(&exchange) } else { exchange.request.remove(.cookie) }
        }
        guard let key = shown.key else { return .proceed }
        switch identity.whoIs(key: key, idle: idle, roles: roles) {
        case .nobody: return .proceed
        case .unknown: return unknown(exchange)
        case .enrolling(let caller):
            // Nobody to the app and to routes that ask for somebody.
            exchange.enrolling = caller
            return .proceed
        case .signedIn(let caller): return found(caller, &exchange)
        }
    }

    /// What the request's cookies say: the key of the session that is shown, and whether some are ours and some aren't.
    private func session(_ exchange: borrowing Exchange) -> (key: String?, hasOurs: Bool, hasOthers: Bool) {
        let name = SessionCookies.sessionName(isSecure: exchange.externalScheme == .https)
        var key: String?
        var (hasOurs, hasOthers) = (false, false)
        for position in exchange.request.fields.indices where exchange.request.fields.known(at: position) == .cookie {
            exchange.request.fields.withValue(at: position) { line in
                let own = OwnCookies(line, session: name)
                if own.hasOurs { hasOurs = true }
                // A line without ours passes as it is, whatever is in it.
                if own.hasOthers || !own.hasOurs { hasOthers = true }
                guard key == nil, let secret = own.secret else { return }
                key = OneTimeSecret.hash(UnsafeRawBufferPointer(rebasing: line[secret]))
            }
        }
        return (key, hasOurs, hasOthers)
    }

    /// A ticket counts before a bearer's credential and before any cookie; it is used up by being shown.
    private func receive(_ ticket: SocketTicket, _ exchange: inout Exchange) -> Verdict {
        exchange.request.replaceTarget(ticket.target)
        exchange.request.remove(.secWebSocketProtocol)
        for line in ticket.protocols {
            exchange.request.append(.secWebSocketProtocol, "Sec-WebSocket-Protocol", line)
        }
        if let shown = BearerCredential(exchange.request) { exchange.request.remove(shown.field) }
        strip(&exchange)
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
        let (caller, until) = shown.withText(of: exchange.request) { text -> (IdentityService.Caller, Timestamp?) in
            switch shown.kind {
            case .apiKey: return (identity.whoHas(apiKey: text, roles: roles), nil)
            case .accessToken:
                // A socket doesn't outlive the token that opened it.
                let until = exchange.isWebSocketUpgrade ? (try? identity.access.verify(text))?.expiry : nil
                return (identity.whoBears(text, roles: roles), until)
            }
        }
        if exchange.destination == .upstream {
            exchange.request.remove(shown.field)
            strip(&exchange)
        }
        switch caller {
        // A token of one factor for a role that must have two is no good.
        case .nobody, .enrolling: return .refuse(shown.refusal)
        case .unknown: return unknown(exchange)
        case .signedIn(let caller):
            if exchange.isWebSocketUpgrade, caller.credential == .accessToken {
                exchange.socketCaller = socketCaller(
                    caller, in: exchange.policy?.project, until: until ?? identity.clock.now())
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
        let caller = exchange.policy?.project.map { identity.within($0, caller, roles: roles) } ?? caller
        exchange.caller = caller
        if exchange.isWebSocketUpgrade, exchange.socketCaller == nil {
            exchange.socketCaller = socketCaller(caller, in: exchange.policy?.project)
        }
        guard exchange.destination == .upstream else { return .proceed }
        do {
            let told = try identity.tokens.told(caller)
            exchange.request.fields.add(nil, SignInStage.header, upTo: told.text.count) { line in
                told.text.withUnsafeBytes { line.put($0) }
            }
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
    public static let header: StaticString = "X-Seaworthy-Identity"

    private func strip(_ exchange: inout Exchange) {
        guard exchange.request.has(.cookie) else { return }
        var kept: [[UInt8]] = []
        var isWhole = true
        for position in exchange.request.fields.indices where exchange.request.fields.known(at: position) == .cookie {
            exchange.request.fields.withValue(at: position) { line in
                let (rest, isAll) = OwnCookies.without(line)
                if !isAll { isWhole = false }
                if let rest { kept.append(rest) }
            }
        }
        if isWhole { return }
        exchange.request.remove(.cookie)
        for line in kept {
            exchange.request.fields.add(.cookie, "Cookie", upTo: line.count) { text in
                line.withUnsafeBytes { text.put($0) }
            }
        }
    }

    private static let badTicket = Problem(
        "websocket.ticket", status: 401, title: "This ticket isn't good.",
        detail: "It was used before, has run out, never was one, or what it was made with has ended.")

    static let stale = Problem(
        "sign-in.unavailable", status: 503, title: "Who you are can't be told just now.",
        detail: "Sessions could not be checked for some seconds; nothing is lost.", source: .edge, retryAfter: 5)
}
