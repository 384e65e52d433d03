import Hummingbird
import Identity
import Kernel
import Web

/// The page of one's own API keys.
extension IdentityPages {
    /// Scopes as a program names them, or as the form's boxes are called: `scope:NAME`.
    static func scopes(in fields: [String: String]) -> String {
        let boxes = fields.keys.filter { $0.hasPrefix("scope:") }.map { String($0.dropFirst(6)) }.sorted()
        return ([fields["scopes"] ?? ""] + boxes).joined(separator: " ")
    }

    @Sendable static func keys(_ exchange: IdentityExchange, _ problem: Problem?) async throws -> Hummingbird.Response {
        let caller = try exchange.signedIn()
        let entries = try await exchange.flows.apiKeys(of: caller)
        guard exchange.isPage else {
            return exchange.json { text in
                text.name("keys")
                text.beginArray()
                for entry in entries {
                    text.beginObject()
                    IdentityRoutes.write(entry, to: &text)
                    text.endObject()
                }
                text.endArray()
            }
        }
        return page(exchange, "API keys", problem) { token in
            "<p>A key lets a program act for you, without your password. Give each program its own.</p>"
                + list(exchange, entries, token) + "<h2>Make a key</h2>" + maker(exchange, caller, token)
                + "<nav class=\"links\"><a href=\"\(exchange.flows.ownPrefix.escapedForHTML)/account\">Your account</a></nav>"
        }
    }

    private static func list(
        _ exchange: IdentityExchange, _ entries: [IdentityFlows.APIKeyEntry], _ token: String
    ) -> String {
        guard !entries.isEmpty else { return "<p>You have none.</p>" }
        let mustHaveFactor = exchange.caller.map { exchange.flows.mustHaveSecondFactor($0) } ?? false
        let items = entries.map { entry in
            let used = entry.usedAt.map { "last used \(minutes($0))" } ?? "never used"
            let scopes = entry.scopes.isEmpty ? "everything that you may" : entry.scopes.joined(separator: ", ")
            let isTooWeak = mustHaveFactor && !entry.hasSecondFactor
            let mark =
                entry.hasExpired
                ? " <span class=\"mark\">has run out</span>"
                : isTooWeak ? " <span class=\"mark\">refused: made without a second factor</span>" : ""
            let end = form(
                exchange, "/keys/revoke", token, hidden("key", entry.id), button: "Revoke", kind: "plain")
            return """
                <li class="session"><div><strong>\(entry.name.escapedForHTML)</strong>\(mark)<br>
                <span class="hint"><code>\(entry.hint.escapedForHTML)…</code> for \(scopes.escapedForHTML)<br>
                until \(minutes(entry.expiresAt).escapedForHTML), \(used.escapedForHTML)</span></div>\(end)</li>
                """
        }
        return "<ul>\(items.joined(separator: "\n"))</ul>"
    }

    private static func maker(_ exchange: IdentityExchange, _ caller: SignedIn, _ token: String) -> String {
        let longest = exchange.flows.settings.apiKeys.longestDays
        let boxes = caller.permissions.sorted().map { name in
            """
            <label class="box"><input type="checkbox" name="scope:\(name.escapedForHTML)" value="on"> \
            \(name.escapedForHTML)</label>
            """
        }
        return form(
            exchange, "/keys", token,
            input(
                "name", "What it is for", type: "text", autocomplete: "off", value: exchange.fields["name"] ?? "",
                extra: " maxlength=\"60\"")
                + "<fieldset><legend>What it may do</legend><p class=\"hint\">Nothing ticked: everything that you may."
                + "</p>\(boxes.joined(separator: "\n"))</fieldset>"
                + input(
                    "days", "Days until it ends", type: "number", autocomplete: "off",
                    value: exchange.fields["days"] ?? "\(min(90, longest))", hint: "\(longest) at most.",
                    extra: " min=\"1\" max=\"\(longest)\"")
                + input("current", "Your password", type: "password", autocomplete: "current-password"),
            button: "Make the key")
    }

    /// The one time that a key is shown.
    static func madeKey(_ exchange: IdentityExchange, _ made: IdentityFlows.MadeAPIKey) -> Hummingbird.Response {
        let prefix = exchange.flows.ownPrefix.escapedForHTML
        return exchange.page(
            "Your new key",
            """
            <h1>Your new key</h1>
            <p class="note" role="status">Copy it now: it is not shown again.</p>
            <p><label for="key">\(made.entry.name.escapedForHTML)</label>
            <input id="key" type="text" readonly value="\(made.key.reveal().escapedForHTML)"></p>
            <p>A program sends it as <code>Authorization: Bearer</code> or <code>X-API-Key</code>. It ends on \
            \(minutes(made.entry.expiresAt).escapedForHTML).</p>
            <nav class="links"><a href="\(prefix)/keys">Your keys</a></nav>
            """)
    }
}
