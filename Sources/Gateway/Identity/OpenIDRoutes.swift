import HTTPTypes
import Hummingbird
import Identity
import Kernel
import Web

/// Sign-in by somebody else's server: there, back again, and which of them sign in to one's account.
extension IdentityRoutes {
    static let providers: [OwnRoute] = [
        OwnRoute(
            .public, .get, "/sign-in/:provider", "Leads to a provider to sign in: return-to.", underPrefix: true
        ) { request, context in
            let exchange = try await IdentityExchange(request, context)
            return try await explained(exchange, form: IdentityPages.signIn) {
                let start = try await exchange.flows.beginSignIn(
                    at: context.parameters.get("provider") ?? "",
                    returnTo: ReturnPath.checked(exchange.query["return-to"]), browser: exchange.browser,
                    caller: exchange.caller)
                guard exchange.isPage else { return location(exchange, start) }
                return exchange.redirect(start.location, cookies: start.cookies(exchange.cookies))
            }
        },
        OwnRoute(
            .public, .get, "/sign-in/:provider/callback", "Where a provider sends one back: code, state.",
            underPrefix: true, budget: 24
        ) { request, context in
            let exchange = try await IdentityExchange(request, context)
            return try await back(exchange, from: context.parameters.get("provider") ?? "")
        },
        OwnRoute(
            .public, .post, "/back-channel-logout/:provider",
            "Where a provider says that a sign-in there is over: logout_token.", underPrefix: true, budget: 40
        ) { request, context in
            let exchange = try await IdentityExchange(request, context, takesNoCookie: true)
            _ = try await exchange.flows.endByProvider(
                context.parameters.get("provider") ?? "", token: exchange.fields["logout_token"] ?? "")
            return exchange.json { _ in }
        },
        page(
            "/sign-out/callback", "Where a provider leads back to after its own sign-out: state.",
            IdentityPages.signedOutThere),
        page("/account/identities", "Who else signs in to one's account.", IdentityPages.identities),
        act(
            "/account/identities/link", "Begins to link a provider: provider.", form: IdentityPages.identities, link),
        act(
            "/account/identities/unlink", "Takes a linked identity off: identity.", form: IdentityPages.identities,
            unlink),
    ]

    /// Paths of the providers that there are.
    static func providerPaths(_ settings: IdentitySettings) -> [String] {
        settings.providers.flatMap {
            ["/sign-in/\($0.name)", "/sign-in/\($0.name)/callback", "/back-channel-logout/\($0.name)"]
        }
    }

    /// What a browser did wrong stands on a page of ours; what a provider did is a problem of its own, with its cause in the log.
    private static func explained(
        _ exchange: IdentityExchange, form: Page, _ work: () async throws -> Hummingbird.Response
    ) async throws -> Hummingbird.Response {
        do {
            return try await work()
        } catch let problem as Problem
            where exchange.isPage && (400..<500).contains(problem.status) && problem.status != 404
        {
            return try await form(exchange, problem)
        }
    }

    private static func back(_ exchange: IdentityExchange, from name: String) async throws -> Hummingbird.Response {
        try await explained(exchange, form: exchange.caller == nil ? IdentityPages.signIn : IdentityPages.returned) {
            let (end, hint) = try await exchange.flows.finish(
                at: name, answer: exchange.query, browser: exchange.browser, caller: exchange.caller,
                from: exchange.client)
            switch end {
            case .signedIn(let start, let place):
                var answer = started(exchange, start, to: ReturnPath.checked(place))
                if let line = hint.flatMap({ exchange.flows.cookie(of: $0, exchange.cookies) }) {
                    answer.headers.append(HTTPField(name: .setCookie, value: line))
                }
                return answer
            case .linked(let place):
                guard exchange.isPage else { return exchange.json { $0.member("status", "linked") } }
                let place = ReturnPath.checked(place)
                return exchange.redirect(place + (place.contains("?") ? "&" : "?") + "done=linked")
            }
        }
    }

    private static func location(_ exchange: IdentityExchange, _ start: ProviderStart) -> Hummingbird.Response {
        exchange.json({ $0.member("location", start.location) }, cookies: start.cookies(exchange.cookies))
    }

    @Sendable private static func link(_ exchange: IdentityExchange) async throws -> Hummingbird.Response {
        let caller = try exchange.signedIn()
        let start = try await exchange.flows.beginLink(
            at: exchange.field("provider"), returnTo: "\(exchange.flows.ownPrefix)/account/identities",
            browser: exchange.browser, caller: caller)
        guard exchange.isPage else { return location(exchange, start) }
        // A form's answer may not lead off the site (`form-action 'self'`): a link may.
        return exchange.page(
            "Go on to the provider", IdentityPages.onward(exchange, start.location),
            cookies: start.cookies(exchange.cookies))
    }

    @Sendable private static func unlink(_ exchange: IdentityExchange) async throws -> Hummingbird.Response {
        let caller = try exchange.signedIn()
        try await exchange.flows.unlink(identity: exchange.field("identity"), by: caller, from: exchange.client)
        guard exchange.isPage else { return exchange.nothing() }
        return exchange.redirect("\(exchange.flows.ownPrefix)/account/identities?done=unlinked")
    }
}
