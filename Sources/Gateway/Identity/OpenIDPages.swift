import HTTPTypes
import Hummingbird
import Identity
import Kernel
import Web

extension IdentityPages {
    /// One link for each provider, in the configuration's order; nothing where there is none.
    static func providerButtons(
        _ exchange: IdentityExchange, _ words: String, to place: String, only names: Set<String>? = nil
    ) -> String {
        let providers = exchange.flows.providers.filter { names?.contains($0.name) ?? true }
        guard !providers.isEmpty else { return "" }
        let buttons = providers.map { provider in
            let path = "\(exchange.flows.ownPrefix)/sign-in/\(provider.name)?return-to=\(place.percentEncodedForQuery)"
            return
                "<p><a class=\"provider\" href=\"\(path.escapedForHTML)\">\("\(words) \(provider.title)".escapedForHTML)</a></p>"
        }
        return "<div class=\"providers\">\(buttons.joined(separator: "\n"))</div>"
    }

    /// The ways to show anew who one is that go without a password.
    static func confirmButtons(
        _ exchange: IdentityExchange, _ linked: [IdentityFlows.IdentityEntry]
    ) -> String {
        providerButtons(
            exchange, "Confirm with", to: exchange.returnPath(or: "/account"), only: Set(linked.map(\.provider)))
    }

    static func identitiesLink(_ exchange: IdentityExchange) -> String {
        guard !exchange.flows.providers.isEmpty else { return "" }
        return "<p><a href=\"\(exchange.flows.ownPrefix.escapedForHTML)/account/identities\">Linked sign-ins</a></p>"
    }

    @Sendable static func identities(_ exchange: IdentityExchange, _ problem: Problem?) async throws
        -> Hummingbird.Response
    {
        let caller = try exchange.signedIn()
        let (entries, hasPassword) = try await exchange.flows.identities(of: caller)
        guard exchange.isPage else { return list(exchange, entries, hasPassword) }
        let isFresh = exchange.flows.isFresh(caller)
        return page(exchange, "Linked sign-ins", problem) { token in
            var text = "<p>Whoever signs in with one of these is signed in to your account.</p>"
            if entries.isEmpty { text += "<p>None is linked yet.</p>" }
            let items = entries.map { entry in
                let used = entry.usedAt.map { "last used \(minutes($0))" } ?? "never used"
                let end =
                    isFresh
                    ? form(
                        exchange, "/account/identities/unlink", token, hidden("identity", entry.id),
                        button: "Take it off",
                        kind: "plain") : ""
                let label = entry.label.isEmpty ? "" : " as \(entry.label)"
                return """
                    <li class="session"><div><strong>\(entry.title.escapedForHTML)</strong>\(label.escapedForHTML)<br>
                    <span class="hint">\(used.escapedForHTML)</span></div>\(end)</li>
                    """
            }
            if !items.isEmpty { text += "<ul>\(items.joined(separator: "\n"))</ul>" }
            guard isFresh else {
                return text + stepUpLink(exchange, "/account/identities") + accountLink(exchange)
            }
            for provider in exchange.flows.providers {
                text += form(
                    exchange, "/account/identities/link", token, hidden("provider", provider.name),
                    button: "Link \(provider.title)", kind: "plain")
            }
            return text + accountLink(exchange)
        }
    }

    private static func list(
        _ exchange: IdentityExchange, _ entries: [IdentityFlows.IdentityEntry], _ hasPassword: Bool
    ) -> Hummingbird.Response {
        exchange.json { text in
            text.member("password", hasPassword)
            text.name("identities")
            text.beginArray()
            for entry in entries {
                text.beginObject()
                text.member("identity", entry.id)
                text.member("provider", entry.provider)
                text.member("email", entry.label)
                text.member("linked", entry.createdAt.iso8601)
                if let used = entry.usedAt { text.member("used", used.iso8601) }
                text.endObject()
            }
            text.endArray()
        }
    }

    /// What came of it, for somebody who is signed in already.
    @Sendable static func returned(_ exchange: IdentityExchange, _ problem: Problem?) async throws
        -> Hummingbird.Response
    {
        page(exchange, "Sign-in with a provider", problem) { _ in
            identitiesLink(exchange) + accountLink(exchange)
        }
    }

    /// Signed out here, and the way to sign out there, too: the choice is the person's, who may need the other session.
    static func signedOut(_ exchange: IdentityExchange, _ elsewhere: ProviderSignOut) -> String {
        """
        <h1>You are signed out here</h1>
        <p class="note" role="status">This session has ended. You are still signed in at \(elsewhere.title.escapedForHTML): whoever \
        uses this browser next could come back in by it.</p>
        <p><a class="provider" href="\(elsewhere.location.escapedForHTML)" rel="noreferrer">Sign out of \
        \(elsewhere.title.escapedForHTML), too</a></p>
        """ + back(exchange)
    }

    @Sendable static func signedOutThere(_ exchange: IdentityExchange, _ problem: Problem?) async throws
        -> Hummingbird.Response
    {
        let isOurs = exchange.flows.cameBack(state: exchange.query["state"], browser: exchange.browser)
        guard exchange.isPage else { return exchange.json { $0.member("status", isOurs ? "signed-out" : "unknown") } }
        return exchange.redirect(exchange.signInPlace + (isOurs ? "?done=signed-out" : ""))
    }

    static func onward(_ exchange: IdentityExchange, _ location: String) -> String {
        """
        <h1>Go on to the provider</h1>
        <p>There you choose which identity signs in to your account from now on.</p>
        <p><a class="provider" href="\(location.escapedForHTML)" rel="noreferrer">Go on</a></p>
        """ + accountLink(exchange)
    }
}
