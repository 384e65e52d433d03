/// What the controls refuse, answer and note.
extension ReasonCatalogue {
    static let controls: [Reason] = origins + places + sockets + notes

    private static let crossSite = "This request came from another site."
    private static let crossSiteClient =
        "Send requests that change something from the site's own pages. A program that isn't a browser sends neither "
        + "Origin nor Sec-Fetch-Site and passes."

    private static let origins: [Reason] = [
        Reason(
            "csrf.cross-site", .refusal([403]), crossSite,
            "The browser says that a page of another site sent it (Sec-Fetch-Site), and it would change something here.",
            client: crossSiteClient, owner: "List the other site, or give the route `csrf: \"off\"` in `routes`.",
            key: "protection.csrf.trusted-origins"),
        Reason(
            "csrf.cross-origin", .refusal([403]), crossSite,
            "Its Origin isn't this site's, and it would change something here.", client: crossSiteClient,
            owner:
                "List the other origin; behind another proxy set `public-url`, so that this site knows its own name.",
            key: "protection.csrf.trusted-origins"),
        Reason(
            "csrf.null-origin", .refusal([403]), crossSite,
            "`Origin: null` is what sandboxed frames, local files and some redirects send: nobody one can trust.",
            client: crossSiteClient, owner: "Give the route `csrf: \"off\"` in `routes`, if it must be so.",
            key: "protection.csrf.mode"),
        Reason(
            "csrf.same-site", .refusal([403]), crossSite,
            "It came from another host of the same site, which isn't trusted by itself.", client: crossSiteClient,
            owner: "List that origin, or trust the whole site.", key: "protection.csrf.same-site"),
        Reason(
            "host.malformed", .refusal([400]), "The request's host is malformed.",
            "Two programs could read two hosts in it. " + everyMode, client: "Send a host name or address in Host."),
        Reason(
            "host.unknown", .refusal([421]), "This server is not the one for that host.",
            "Links, caches and password mails can be poisoned by a host that nobody checks.",
            client: "Ask by the site's own name.", owner: "Add the name to the list, or set `public-url`.", key: "hosts"
        ),
    ]

    private static let places: [Reason] = [
        Reason(
            "rate-limit.address", .refusal([429]), "Too many requests.",
            "More came from this address than one address is served.",
            client: "Wait as long as Retry-After says; RateLimit tells what is left.",
            owner: "Raise the limit; behind another proxy set `trusted-hops`, or everybody counts as one.",
            key: "protection.rate-limit.address"),
        Reason(
            "exposure.hidden", .refusal([404]), "There is nothing here.",
            "The path is one that frameworks and tools open by themselves and nobody means to publish.",
            client: "Nothing: it isn't meant to be had.", owner: "List the path, if the app means to serve it.",
            key: "protection.exposure.allow"),
        Reason(
            "exposure.listing", .refusal([404]), "There is nothing here.",
            "The app answered with a list of a folder's files.", client: "Ask for the file itself.",
            owner: "Switch the listing off in the app, or list the path if it is meant.",
            key: "protection.exposure.allow"),
        Reason(
            "route-policy.denied", .refusal([403, 404]), "This is not served to anybody.",
            "The list of routes says so, in one of the ways in which the path can be read.",
            client: "Nothing: it isn't served.", owner: "Give the route another access.", key: "routes"),
        Reason(
            "route-policy.missing", .refusal([500]), "The request could not be decided.",
            "No stage had found a policy for it: a fault of the gateway's.", client: "Try again later.",
            owner: "Report it, with the log's line of this request."),
    ]

    private static let sockets: [Reason] = [
        Reason(
            "websocket.no-origin", .refusal([403]), "This upgrade doesn't say where it comes from.",
            "An upgrade to a WebSocket came with a cookie and without an Origin. Browsers always send one.",
            client: "Send `Origin`, or no cookie: programs use a bearer token, an API key or a ticket.",
            owner: "For an app's own API give the route `csrf: \"off\"`.", key: "protection.websocket.mode"),
        Reason(
            "websocket.cross-site", .refusal([403]), "This upgrade came from another site.",
            "Another site's page asked for a WebSocket, with the cookies of whoever looks at it.",
            client: "Open it from the site's own pages; from elsewhere with a ticket.",
            owner: "List the other site, if it is yours.", key: "protection.csrf.trusted-origins"),
        Reason(
            "websocket.ticket", .refusal([401]), "This ticket isn't good.",
            "It was used before, is older than 30 seconds, never was one, or the session, token or key that it was made "
                + "with has ended: the answer is the same.",
            client: "Ask `POST {own-prefix}/socket-ticket` for another."),
        Reason(
            "websocket.session-over", .noted, "A WebSocket ended with its session.",
            "Its session, token or API key ended or ran out, or the account may not sign in any more. Both sides got a "
                + "close frame with 1008.", client: "Sign in again.", key: "protection.websocket.mode"),
        Reason(
            "websocket.access-lost", .noted, "A WebSocket ended because its caller may not have the route any more.",
            "A role or permission that the route asks for was taken away. Both sides got a close frame with 1008.",
            client: "Ask an administrator.", key: "routes"),
        Reason(
            "websocket.message-size", .noted, "A WebSocket's client sent too large a message.",
            "Nothing of the message's last part reached the app; the client got a close frame with 1009.",
            client: "Send smaller messages.", owner: "Allow larger ones.", key: "protection.websocket.message-size"),
        Reason(
            "websocket.message-rate", .noted, "A WebSocket's client sent too much.",
            "More frames in a short time than are allowed; both sides got a close frame with 1008.",
            client: "Send fewer messages.", owner: "Allow more.", key: "protection.websocket.messages"),
        Reason(
            "websocket.frame", .noted, "A WebSocket's client sent what is no frame.",
            "The bytes break RFC 6455 §5; they did not reach the app, and the client got a close frame with 1002.",
            client: "Keep to RFC 6455."),
        Reason(
            "websocket.unverified", .noted, "A WebSocket ended because its caller could not be told.",
            "For half a minute the database didn't answer; both sides got a close frame with 1013.",
            client: "Try again later.", owner: "See why the database doesn't answer: `/health/ready`."),
    ]

    private static let notes: [Reason] = [
        Reason(
            "cors.preflight", .noted, "A preflight was answered.",
            "A page of a listed origin asked what it may send; the gateway said so in the app's place.",
            client: "Nothing.", key: "protection.cors.origins"),
        Reason(
            "cors.app-answer-removed", .noted, "What the app granted another origin was taken back.",
            "The app lets an origin read its answers that isn't in the list.", client: "Nothing.",
            owner: "List the origin, or leave it to the app with `app`.", key: "protection.cors.origins"),
        Reason(
            "csrf.no-browser", .noted, "A write without Origin and Sec-Fetch-Site passed.",
            "No browser sends such a request: nobody's cookies were ridden on.", client: "Nothing."),
        Reason(
            "https.redirect", .noted, "Plain HTTP was led to HTTPS.",
            "The request came over plain HTTP and got 308 with the same address under https.", client: "Use https.",
            owner: "Tell clients the https address.", key: "protection.https.redirect"),
        Reason(
            "host.unlisted", .noted, "No list of hosts is set.",
            "In production every host passes until the list is written.", client: "Nothing.",
            owner: "Write the list, or set `public-url`.", key: "hosts"),
        Reason(
            "route-policy.unlisted", .noted, "No rule names this route.",
            "In development it passes and is told of; production asks for a decision.", client: "Nothing.",
            owner: "Add the route, or say what holds for all others.", key: "routes.default"),
        Reason(
            "headers.claim-dropped", .noted, "A claim that only a trusted hop may make was dropped.",
            "A client sent X-Forwarded-…, Forwarded, an identity header or an alias of one.", client: "Don't send it.",
            owner: "If it was your own proxy, name it.", key: "trusted-hops"),
        Reason(
            "headers.method-override-dropped", .noted, "A method override was dropped.",
            "X-HTTP-Method-Override and its like make another request of the one that was judged.",
            client: "Send the method itself.", owner: "Keep them for an app that needs them.",
            key: "protection.method-override"),
        Reason(
            "headers.trailer-dropped", .noted, "Trailer fields that may not be trailers were dropped.",
            "They came behind the body, after every check of headers.", client: "Send them before the body."),
        Reason(
            "correlation.request-id-replaced", .noted, "The client's X-Request-ID was replaced.",
            "It was longer than 128 characters, or of others than letters, digits, `.`, `_` and `-`.",
            client: "Send a plain one."),
    ]
}
