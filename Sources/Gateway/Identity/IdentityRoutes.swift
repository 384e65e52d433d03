import HTTPTypes
import Hummingbird
import Identity
import Kernel
import Web

/// Pages and API of accounts, one address for both: a browser's form gets a page, a program JSON, and both the same decision.
enum IdentityRoutes {
    static let list: [OwnRoute] = programsAndPeople + projects + factors + passkeys + providers

    private static let programsAndPeople: [OwnRoute] = [
        page("/sign-in", "The form to sign in.", IdentityPages.signIn),
        act("/sign-in", "Signs in: email, password.", form: IdentityPages.signIn, signIn),
        act("/sign-out", "Ends this session.", form: IdentityPages.account, signOut),
        page("/sign-up", "The form for a new account.", IdentityPages.signUp),
        act("/sign-up", "Mails a link that makes an account: email.", form: IdentityPages.signUp, signUp),
        page("/reset", "The form for a forgotten password.", IdentityPages.reset),
        act("/reset", "Mails a link that chooses a new password: email.", form: IdentityPages.reset, reset),
        page("/choose", "Where a mailed link lets one choose a password.", IdentityPages.choose),
        act("/choose", "Chooses a password by a link: token, password.", form: IdentityPages.choose, choose),
        page("/address", "Where a mailed link confirms a new address.", IdentityPages.address),
        act("/address", "Confirms a new address: token.", form: IdentityPages.address, address),
        page("/unlock", "Where a mailed link lets a browser in.", IdentityPages.unlock),
        act("/unlock", "Lets this browser try again: token.", form: IdentityPages.unlock, unlock),
        page("/account", "One's own account.", IdentityPages.account, access: .permission(.accountRead)),
        act(
            "/account/password", "Changes the password: current, password.", form: IdentityPages.account,
            access: .session, changePassword),
        act(
            "/account/email", "Mails a link to a new address: email, current.", form: IdentityPages.account,
            access: .session, changeEmail),
        page("/sessions", "Where one is signed in.", IdentityPages.sessions, access: .permission(.accountRead)),
        act(
            "/sessions/revoke", "Ends one of one's sessions: session.", form: IdentityPages.sessions,
            access: .permission(.accountWrite), revoke),
        act(
            "/sessions/revoke-all", "Ends all sessions: keep-current.", form: IdentityPages.sessions,
            access: .permission(.accountWrite), revokeAll),
        act(
            "/invitations", "Invites somebody: email. For administrators.", form: IdentityPages.account,
            access: .permission(.usersInvite), invite),
        page("/keys", "One's own API keys.", IdentityPages.keys, access: .permission(.accountRead)),
        act(
            "/keys", "Makes an API key: name, scopes, days, current.", form: IdentityPages.keys, access: .session,
            makeKey),
        act(
            "/keys/revoke", "Ends one of one's API keys: key.", form: IdentityPages.keys,
            access: .permission(.accountWrite), revokeKey),
        program("/token", "Refreshes tokens: grant_type, refresh_token (RFC 6749).", refresh),
        program("/revoke", "Ends a token or an API key: token (RFC 7009).", revokeToken),
        program(
            "/introspect", "What a token is worth: token (RFC 7662).", access: .permission(.tokensIntrospect),
            introspect),
        socketTicket,
        OwnRoute(.public, .get, "/csrf-token", "The token that forms and programs send.", underPrefix: true) {
            request, context in
            let exchange = try await IdentityExchange(request, context)
            let token = try exchange.token()
            return exchange.json({ $0.member("csrf_token", token.value) }, cookies: token.cookie.map { [$0] } ?? [])
        },
        OwnRoute(
            .public, .get, "/identity-keys", "Keys that verify what the app is told about its caller.",
            underPrefix: true
        ) { request, context in
            let exchange = try await IdentityExchange(request, context)
            let keys = try exchange.flows.service.tokens.keySet()
            return .text(String(decoding: keys, as: UTF8.self), type: "application/jwk-set+json")
        },
        OwnRoute(.public, .get, keySetPath, "Keys that verify access tokens (RFC 7517).") { request, context in
            let exchange = try await IdentityExchange(request, context)
            let keys = try exchange.flows.service.access.keySet()
            return .text(String(decoding: keys, as: UTF8.self), type: "application/jwk-set+json")
        },
        OwnRoute(.public, .get, "/openapi.json", "This API, described in OpenAPI 3.1.", underPrefix: true) {
            _, context in
            .text(
                String(decoding: APIDescription.document(under: context.ports.prefix), as: UTF8.self),
                type: "application/json")
        },
    ]

    /// Where whoever verifies access tokens looks for keys; no path under our prefix.
    static let keySetPath = "/.well-known/jwks.json"

    /// Whole paths, for the policy: they are ours in every mode.
    static func paths(under prefix: String, _ settings: IdentitySettings) -> Set<String> {
        Set(list.map { $0.path(under: prefix) } + providerPaths(settings).map { prefix + $0 })
    }

    /// What there is of it where the app signs people in: its sessions, the token that their forms send, and the second factor.
    static func adopted(_ settings: IdentitySettings) -> [OwnRoute] {
        let factors = [
            "/sign-in/second-factor", "/account/second-factor", "/account/second-factor/begin",
            "/account/second-factor/confirm", "/account/second-factor/recovery-codes", "/account/second-factor/remove",
            "/sign-out", "/passkeys.js", "/account/passkeys", "/account/passkeys/options", "/account/passkeys/remove",
            "/step-up", "/step-up/passkey", "/step-up/passkey/options",
        ]
        let paths =
            ["/sessions", "/sessions/revoke", "/sessions/revoke-all", "/csrf-token"]
            + (settings.hasSecondFactors ? factors : [])
        // There is no password of ours to show anew.
        return list.filter { paths.contains($0.path) && ($0.path != "/step-up" || $0.method == .get) }
    }

    static func adoptedPaths(under prefix: String, _ settings: IdentitySettings) -> Set<String> {
        Set(adopted(settings).map { prefix + $0.path })
    }

    static func list(of flows: IdentityFlows) -> [OwnRoute] {
        flows.settings.hasOwnAccounts ? list : adopted(flows.settings)
    }

    typealias Page = @Sendable (IdentityExchange, Problem?) async throws -> Hummingbird.Response
    typealias Act = @Sendable (IdentityExchange) async throws -> Hummingbird.Response

    static func page(
        _ path: String, _ summary: String, _ page: @escaping Page, access: OwnAccess = .open
    ) -> OwnRoute {
        route(.get, path, summary, access) { request, context in
            let exchange = try await IdentityExchange(request, context, access: access)
            return try await leading(exchange) { try await page(exchange, nil) }
        }
    }

    /// - Parameter form: the page that shows a browser what went wrong.
    /// - Parameter budget: counters, account, session, feed and trail are many statements, and as many with a thousand rows.
    static func act(
        _ path: String, _ summary: String, form: @escaping Page, access: OwnAccess = .open, budget: Int = 32,
        _ act: @escaping Act
    ) -> OwnRoute {
        route(.post, path, summary, access, budget: budget) { request, context in
            let exchange = try await IdentityExchange(request, context, access: access)
            return try await leading(exchange) {
                do {
                    return try await act(exchange)
                } catch let problem as Problem
                    where exchange.isPage && exchange.flows.settings.hasOwnAccounts
                    && problem.reason == IdentityFlows.reauthentication.reason
                {
                    let place = "\(exchange.flows.ownPrefix)\(page(of: path))".percentEncodedForQuery
                    return exchange.redirect("\(exchange.flows.ownPrefix)/step-up?return-to=\(place)")
                } catch let problem as Problem where exchange.isPage && (400..<500).contains(problem.status) {
                    return try await form(exchange, problem)
                }
            }
        }
    }

    /// For programs only: no page, no cookie.
    private static func program(
        _ path: String, _ summary: String, access: OwnAccess = .open, _ act: @escaping Act
    ) -> OwnRoute {
        route(.post, path, summary, access, budget: 32) { request, context in
            let exchange = try await IdentityExchange(request, context, access: access, takesNoCookie: true)
            do {
                if access != .open { _ = try exchange.signedIn() }
                return try await act(exchange)
            } catch is SignInRequired {
                throw SignInRequired.problem
            }
        }
    }

    static func route(
        _ method: HTTPRequest.Method, _ path: String, _ summary: String, _ access: OwnAccess, budget: Int = 8,
        _ answer: @escaping OwnRoute.Answer
    ) -> OwnRoute {
        var route = OwnRoute(.public, method, path, summary, underPrefix: true, budget: budget, answer: answer)
        route.access = access
        return route
    }

    /// Leads a browser to the sign-in where one must be signed in.
    private static func leading(
        _ exchange: IdentityExchange, _ work: () async throws -> Hummingbird.Response
    ) async throws -> Hummingbird.Response {
        do {
            // Asked here, so that no act forgets to.
            if exchange.access != .open { _ = try exchange.signedIn() }
            return try await work()
        } catch let required as SignInRequired {
            guard exchange.isPage else { throw SignInRequired.problem }
            guard exchange.flows.settings.hasOwnAccounts else { return exchange.redirect(exchange.signInPlace) }
            return exchange.redirect("\(exchange.signInPlace)?return-to=\(required.returnTo)")
        } catch is EnrolmentRequired {
            guard exchange.isPage else { throw EnrolmentRequired.problem }
            let page = exchange.flows.settings.hasOwnAccounts ? "account" : "sign-in"
            return exchange.redirect("\(exchange.flows.ownPrefix)/\(page)/second-factor")
        }
    }

    /// The page that an act's form stands on.
    private static func page(of act: String) -> String {
        [
            "/projects", "/account/identities", "/account/second-factor", "/account/passkeys", "/account/delete",
            "/account",
            "/sessions",
        ].first {
            act.hasPrefix($0)
        } ?? "/account"
    }

    // MARK: Acts

    static func begun(
        _ exchange: IdentityExchange, _ begun: IdentityFlows.Begun, to place: String
    ) -> Hummingbird.Response {
        let cookies = begun.cookies(exchange.cookies)
        if exchange.isPage { return exchange.redirect(place, cookies: cookies) }
        return exchange.json(
            { text in
                text.member("account", begun.account.id)
                text.member("email", begun.account.email.description)
                text.member("role", begun.account.role.rawValue)
                text.member("session", begun.sessionID)
            }, cookies: cookies)
    }

    @Sendable private static func signIn(_ exchange: IdentityExchange) async throws -> Hummingbird.Response {
        let result = try await exchange.flows.signIn(
            email: exchange.field("email"), password: exchange.field("password"), from: exchange.client)
        if exchange.wantsTokens, !exchange.isPage {
            return try await answer(exchange, tokens(exchange, for: result))
        }
        return started(exchange, result, to: ReturnPath.checked(exchange.fields["return-to"]))
    }

    @Sendable private static func signOut(_ exchange: IdentityExchange) async throws -> Hummingbird.Response {
        if let caller = exchange.caller ?? exchange.enrolling { try await exchange.flows.signOut(caller) }
        let cookies = [exchange.cookies.sessionRemoval(), exchange.cookies.hintRemoval()]
        if let elsewhere = await exchange.flows.signOutElsewhere(
            exchange.cookieLines, exchange.cookies, browser: exchange.browser)
        {
            let cookies = cookies + elsewhere.cookies(exchange.cookies)
            // A form's answer may not lead off the site (`form-action 'self'`): a link may.
            return exchange.isPage
                ? exchange.page(
                    "You are signed out here", IdentityPages.signedOut(exchange, elsewhere), cookies: cookies)
                : exchange.json({ $0.member("location", elsewhere.location) }, cookies: cookies)
        }
        return exchange.isPage
            ? exchange.redirect(exchange.signedOutPlace, cookies: cookies) : exchange.nothing(cookies: cookies)
    }

    @Sendable private static func signUp(_ exchange: IdentityExchange) async throws -> Hummingbird.Response {
        try await exchange.flows.signUp(email: exchange.field("email"))
        return accepted(exchange, IdentityPages.mailed)
    }

    @Sendable private static func reset(_ exchange: IdentityExchange) async throws -> Hummingbird.Response {
        try await exchange.flows.askForReset(email: exchange.field("email"))
        return accepted(exchange, IdentityPages.mailed)
    }

    private static func accepted(_ exchange: IdentityExchange, _ content: String) -> Hummingbird.Response {
        exchange.isPage
            ? exchange.page("Look into your mail", content, status: .accepted)
            : exchange.json({ $0.member("status", "mailed-if-possible") }, status: .accepted)
    }

    @Sendable private static func choose(_ exchange: IdentityExchange) async throws -> Hummingbird.Response {
        let result = try await exchange.flows.choose(
            token: exchange.field("token"), email: exchange.fields["email"], password: exchange.field("password"),
            from: exchange.client)
        return started(exchange, result, to: "\(exchange.flows.ownPrefix)/account")
    }

    @Sendable private static func address(_ exchange: IdentityExchange) async throws -> Hummingbird.Response {
        let email = try await exchange.flows.confirmAddress(
            token: exchange.field("token"), from: exchange.client)
        return exchange.isPage
            ? exchange.page("Address confirmed", IdentityPages.confirmed(exchange, email.description))
            : exchange.json { $0.member("email", email.description) }
    }

    @Sendable private static func unlock(_ exchange: IdentityExchange) async throws -> Hummingbird.Response {
        let device = try await exchange.flows.letIn(token: exchange.field("token"), from: exchange.client)
        let cookies = [exchange.cookies.known(device)]
        return exchange.isPage
            ? exchange.redirect("\(exchange.flows.ownPrefix)/sign-in?done=let-in", cookies: cookies)
            : exchange.json({ $0.member("status", "let-in") }, cookies: cookies)
    }

    @Sendable private static func changePassword(_ exchange: IdentityExchange) async throws -> Hummingbird.Response {
        let caller = try exchange.signedIn()
        let result = try await exchange.flows.changePassword(
            current: exchange.field("current"), new: exchange.field("password"), by: caller, from: exchange.client)
        return begun(exchange, result, to: "\(exchange.flows.ownPrefix)/account?done=password")
    }

    @Sendable private static func changeEmail(_ exchange: IdentityExchange) async throws -> Hummingbird.Response {
        let caller = try exchange.signedIn()
        try await exchange.flows.changeAddress(
            to: exchange.field("email"), password: exchange.field("current"), by: caller, from: exchange.client)
        return accepted(exchange, IdentityPages.mailed)
    }

    @Sendable private static func revoke(_ exchange: IdentityExchange) async throws -> Hummingbird.Response {
        let caller = try exchange.signedIn()
        let id = try exchange.field("session")
        try await exchange.flows.revoke(session: id, by: caller)
        guard exchange.isPage else { return exchange.nothing() }
        return exchange.redirect(
            id == caller.session ? exchange.signedOutPlace : "\(exchange.flows.ownPrefix)/sessions")
    }

    @Sendable private static func revokeAll(_ exchange: IdentityExchange) async throws -> Hummingbird.Response {
        let caller = try exchange.signedIn()
        let keeps = ["true", "on", "1"].contains(exchange.fields["keep-current"] ?? "")
        let count = try await exchange.flows.revokeAll(keepingCurrent: keeps, by: caller)
        let cookies = keeps ? [] : [exchange.cookies.sessionRemoval()]
        if exchange.isPage {
            return exchange.redirect(
                keeps ? "\(exchange.flows.ownPrefix)/sessions" : exchange.signedOutPlace, cookies: cookies)
        }
        return exchange.json({ $0.member("ended", count) }, cookies: cookies)
    }

    @Sendable private static func invite(_ exchange: IdentityExchange) async throws -> Hummingbird.Response {
        let caller = try exchange.signedIn()
        try await exchange.flows.invite(email: exchange.field("email"), by: caller)
        return exchange.isPage
            ? exchange.redirect("\(exchange.flows.ownPrefix)/account?done=invited")
            : exchange.json({ $0.member("status", "invited") }, status: .accepted)
    }
}
