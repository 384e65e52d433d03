import Foundation
import HTTPTypes
import Hummingbird
import Identity
import Kernel
import Web

/// The pages of accounts: plain forms that work without a script. Whatever comes from outside is escaped.
enum IdentityPages {
    private static func title(_ text: String) -> String { "<h1>\(text.escapedForHTML)</h1>" }

    private static func status(_ problem: Problem?) -> HTTPResponse.Status {
        problem.map { HTTPResponse.Status(code: $0.status) } ?? .ok
    }

    /// What went wrong, first thing on the page and told to screen readers.
    private static func alert(_ problem: Problem?) -> String {
        guard let problem else { return "" }
        // `field: sentence` is for programs; people see the sentence.
        var detail = problem.detail ?? ""
        for prefix in [
            "email: ", "password: ", "current: ", "session: ", "token: ", "code: ", "confirm: ", "key: ", "name: ",
            "scopes: ", "project: ", "projects: ", "member: ", "role: ", "slug: ", "invitation: ",
            "days: ",
        ] where detail.hasPrefix(prefix) {
            detail = String(detail.dropFirst(prefix.count))
        }
        detail = detail.prefix(1).uppercased() + detail.dropFirst()
        if problem.reason == "identity.password-refused", let dot = detail.firstIndex(of: ".") {
            detail = detail[detail.index(after: dot)...].trimmingCharacters(in: .whitespaces)
        }
        return """
            <div class="alert" role="alert"><strong>\(problem.title.escapedForHTML)</strong>
            <p>\(detail.escapedForHTML)</p></div>
            """
    }

    private static let remarks = [
        "signed-out": "You are signed out.", "let-in": "This browser may try again: please sign in.",
        "password": "Your password was changed. All other sessions have ended.",
        "invited": "The invitation is on its way.", "deleted": "Your account was deleted.",
        "factor-removed": "Your second factor was removed.",
        "key-revoked": "The key opens nothing any more.",
        "project": "It is done.",
        "joined": "You are a member now.",
        "linked": "It is linked: it signs in to your account from now on.",
        "unlinked": "It was taken off your account.",
    ]

    private static func remark(_ exchange: IdentityExchange) -> String {
        guard let text = remarks[exchange.query["done"] ?? ""] else { return "" }
        return "<p class=\"note\" role=\"status\">\(text)</p>"
    }

    /// A form that carries its token.
    static func form(
        _ exchange: IdentityExchange, _ path: String, _ token: String, _ inside: String, button: String,
        kind: String = "primary"
    ) -> String {
        """
        <form method="post" action="\((exchange.flows.ownPrefix + path).escapedForHTML)">
        <input type="hidden" name="csrf_token" value="\(token.escapedForHTML)">
        \(inside)
        <p><button class="\(kind)" type="submit">\(button.escapedForHTML)</button></p>
        </form>
        """
    }

    static func input(
        _ name: String, _ label: String, type: String, autocomplete: String, value: String = "", hint: String = "",
        extra: String = ""
    ) -> String {
        let hintID = hint.isEmpty ? "" : " aria-describedby=\"\(name)-hint\""
        let hintText = hint.isEmpty ? "" : "<span class=\"hint\" id=\"\(name)-hint\">\(hint.escapedForHTML)</span>"
        return """
            <p><label for="\(name)">\(label.escapedForHTML)</label>\(hintText)
            <input id="\(name)" name="\(name)" type="\(type)" autocomplete="\(autocomplete)" required\(hintID) \
            value="\(value.escapedForHTML)"\(extra)></p>
            """
    }

    static func hidden(_ name: String, _ value: String) -> String {
        "<input type=\"hidden\" name=\"\(name)\" value=\"\(value.escapedForHTML)\">"
    }

    static func page(
        _ exchange: IdentityExchange, _ name: String, _ problem: Problem?, _ body: (String) throws -> String
    ) rethrows -> Hummingbird.Response {
        let token = (try? exchange.token()) ?? (value: "", cookie: nil)
        let content = title(name) + alert(problem) + remark(exchange) + (try body(token.value))
        return exchange.page(
            problem == nil ? name : "\(name): \(problem?.title ?? "")", content, status: status(problem),
            cookies: token.cookie.map { [$0] } ?? [])
    }

    private static func minimum(_ count: Int) -> String {
        "\(count) characters or more; a few words in a row are easy to remember."
    }

    // MARK: Before one is signed in

    @Sendable static func signIn(_ exchange: IdentityExchange, _ problem: Problem?) async throws -> Hummingbird.Response
    {
        if exchange.caller != nil || exchange.enrolling != nil, problem == nil {
            return exchange.redirect("\(exchange.flows.ownPrefix)/account")
        }
        let place = ReturnPath.checked(exchange.fields["return-to"] ?? exchange.query["return-to"])
        let prefix = exchange.flows.ownPrefix.escapedForHTML
        let signUp =
            exchange.flows.settings.signUp == .open ? "<a href=\"\(prefix)/sign-up\">Make an account</a>" : ""
        let passkey =
            "<a href=\"\(prefix)/sign-in/passkey?return-to=\(place.percentEncodedForQuery)\">Sign in with a passkey</a>"
        return page(exchange, "Sign in", problem) { token in
            form(
                exchange, "/sign-in", token,
                input(
                    "email", "E-mail address", type: "email", autocomplete: "username",
                    value: exchange.fields["email"] ?? "")
                    + input("password", "Password", type: "password", autocomplete: "current-password")
                    + hidden("return-to", place), button: "Sign in")
                + providerButtons(exchange, "Continue with", to: place)
                + "<nav class=\"links\"><a href=\"\(prefix)/reset\">Forgot your password?</a> \(passkey) \(signUp)</nav>"
        }
    }

    @Sendable static func signUp(_ exchange: IdentityExchange, _ problem: Problem?) async throws -> Hummingbird.Response
    {
        guard exchange.flows.settings.signUp == .open else {
            return page(exchange, "New account", problem) { _ in
                "<p>New accounts can’t be made here. Ask whoever runs this site for an invitation.</p>"
            }
        }
        return page(exchange, "New account", problem) { token in
            "<p>You get a link by e-mail; on its page you choose your password.</p>"
                + form(
                    exchange, "/sign-up", token,
                    input(
                        "email", "E-mail address", type: "email", autocomplete: "email",
                        value: exchange.fields["email"] ?? ""), button: "Send me the link") + back(exchange)
        }
    }

    @Sendable static func reset(_ exchange: IdentityExchange, _ problem: Problem?) async throws -> Hummingbird.Response
    {
        page(exchange, "Forgotten password", problem) { token in
            "<p>If the address has an account, it gets a link with which you choose a new password.</p>"
                + form(
                    exchange, "/reset", token,
                    input(
                        "email", "E-mail address", type: "email", autocomplete: "username",
                        value: exchange.fields["email"] ?? ""), button: "Send me the link") + back(exchange)
        }
    }

    static func back(_ exchange: IdentityExchange) -> String {
        "<nav class=\"links\"><a href=\"\(exchange.flows.ownPrefix.escapedForHTML)/sign-in\">Sign in instead</a></nav>"
    }

    static func accountLink(_ exchange: IdentityExchange) -> String {
        let prefix = exchange.flows.ownPrefix.escapedForHTML
        guard !exchange.flows.settings.hasOwnAccounts else {
            return "<nav><a href=\"\(prefix)/account\">Your account</a></nav>"
        }
        let factor =
            exchange.flows.settings.hasSecondFactors
            ? "<a href=\"\(prefix)/account/second-factor\">Second factor</a> <a href=\"\(prefix)/account/passkeys\">Passkeys</a> "
            : ""
        return """
            <nav class="links"><a href="\(prefix)/sessions">Where you are signed in</a> \(factor)<a href="/">Back to the \
            app</a></nav>
            """
    }

    static let mailed = """
        <h1>Look into your mail</h1>
        <p>If the address can be used, a link is on its way to it. It takes a minute at most; look among the spam, too.</p>
        """

    @Sendable static func choose(_ exchange: IdentityExchange, _ problem: Problem?) async throws -> Hummingbird.Response
    {
        let secret = exchange.fields["token"] ?? exchange.query["token"] ?? ""
        let choice: IdentityFlows.Choice
        do {
            choice = try await exchange.flows.choice(token: secret)
        } catch let invalid as Problem {
            return page(exchange, "Choose a password", invalid) { _ in back(exchange) }
        }
        let name = choice.isNew ? "Your new account" : "Choose a new password"
        // The password manager wants a name beside the password.
        let address =
            choice.email.map {
                input(
                    "email", "E-mail address", type: "email", autocomplete: "username", value: $0.description,
                    extra: " readonly")
            }
            ?? input(
                "email", "Your e-mail address", type: "email", autocomplete: "username",
                value: exchange.fields["email"] ?? "")
        let intro = choice.email == nil ? "<p>This makes the first administrator of this installation.</p>" : ""
        return page(exchange, name, problem) { token in
            intro
                + form(
                    exchange, "/choose", token,
                    address
                        + input(
                            "password", "Password", type: "password", autocomplete: "new-password",
                            hint: minimum(choice.minimum)) + hidden("token", secret),
                    button: choice.isNew ? "Make the account" : "Save the password")
        }
    }

    @Sendable static func address(_ exchange: IdentityExchange, _ problem: Problem?) async throws
        -> Hummingbird.Response
    {
        let secret = exchange.fields["token"] ?? exchange.query["token"] ?? ""
        return page(exchange, "Confirm your address", problem) { token in
            problem == nil
                ? form(exchange, "/address", token, hidden("token", secret), button: "This is my new address")
                : back(exchange)
        }
    }

    static func confirmed(_ exchange: IdentityExchange, _ email: String) -> String {
        "<h1>Address confirmed</h1><p>From now on you sign in with <strong>\(email.escapedForHTML)</strong>.</p>"
            + back(exchange)
    }

    @Sendable static func unlock(_ exchange: IdentityExchange, _ problem: Problem?) async throws -> Hummingbird.Response
    {
        let secret = exchange.fields["token"] ?? exchange.query["token"] ?? ""
        return page(exchange, "Let this browser in", problem) { token in
            problem == nil
                ? "<p>Somebody tried too many wrong passwords for your account. With this, your browser may try again, "
                    + "whatever others do.</p>"
                    + form(exchange, "/unlock", token, hidden("token", secret), button: "Let me try again")
                : back(exchange)
        }
    }

    // MARK: One's own account

    @Sendable static func account(_ exchange: IdentityExchange, _ problem: Problem?) async throws
        -> Hummingbird.Response
    {
        let caller = try exchange.signedIn()
        guard exchange.isPage else {
            return exchange.json { text in
                text.member("account", caller.account)
                text.member("email", caller.email)
                text.member("role", caller.role)
                text.member("session", caller.session)
                text.member("credential", caller.credential.rawValue)
                text.list("permissions", caller.permissions.sorted())
                text.member("authenticated", caller.authenticatedAt.iso8601)
                text.member("second-factor", caller.secondFactorAt != nil)
            }
        }
        let prefix = exchange.flows.ownPrefix.escapedForHTML
        let mayInvite =
            caller.permissions.contains(Permission.usersInvite.rawValue) && exchange.flows.settings.signUp != .off
        return page(exchange, "Your account", problem) { token in
            var text = """
                <dl><dt>Signed in as</dt><dd>\(caller.email.escapedForHTML)</dd>
                <dt>Role</dt><dd>\(caller.role.escapedForHTML)</dd></dl>
                <p><a href="\(prefix)/sessions">Where you are signed in</a></p>
                <p><a href="\(prefix)/account/second-factor">Second factor</a></p>
                <p><a href="\(prefix)/account/passkeys">Passkeys</a></p>
                \(identitiesLink(exchange))
                <p><a href="\(prefix)/account/delete">Delete your account</a></p>
                <p><a href="\(prefix)/keys">API keys</a></p>
                <p><a href="\(prefix)/projects">Projects</a></p>
                """
            text += form(exchange, "/sign-out", token, "", button: "Sign out", kind: "plain")
            guard exchange.flows.isFresh(caller) else { return text + stepUpLink(exchange, "/account") }
            text += "<h2>Change your password</h2>"
            text += form(
                exchange, "/account/password", token,
                hiddenName(caller.email)
                    + input("current", "Your password now", type: "password", autocomplete: "current-password")
                    + input(
                        "password", "New password", type: "password", autocomplete: "new-password",
                        hint: minimum(exchange.flows.minimum(for: caller.role))), button: "Change the password")
            text += "<h2>Change your e-mail address</h2>"
            text += form(
                exchange, "/account/email", token,
                input("email", "New address", type: "email", autocomplete: "email")
                    + input("current", "Your password", type: "password", autocomplete: "current-password")
                    .replacing("id=\"current\"", with: "id=\"current-2\"")
                    .replacing("for=\"current\"", with: "for=\"current-2\""), button: "Send a link to it")
            if mayInvite {
                text += "<h2>Invite somebody</h2>"
                text += form(
                    exchange, "/invitations", token,
                    input("email", "Their address", type: "email", autocomplete: "off")
                        .replacing("id=\"email\"", with: "id=\"invited\"")
                        .replacing("for=\"email\"", with: "for=\"invited\""), button: "Invite")
            }
            return text
        }
    }

    /// Tells password managers whose password it is.
    static func hiddenName(_ email: String) -> String {
        "<input type=\"hidden\" name=\"username\" autocomplete=\"username\" value=\"\(email.escapedForHTML)\">"
    }

    @Sendable static func sessions(_ exchange: IdentityExchange, _ problem: Problem?) async throws
        -> Hummingbird.Response
    {
        let caller = try exchange.signedIn()
        let entries = try await exchange.flows.sessions(of: caller)
        guard exchange.isPage else {
            return exchange.json { text in
                text.name("sessions")
                text.beginArray()
                for entry in entries {
                    text.beginObject()
                    text.member("session", entry.id)
                    text.member("device", entry.device)
                    text.member("address", entry.address)
                    text.member("created", entry.createdAt.iso8601)
                    text.member("seen", entry.seenAt.iso8601)
                    text.member("expires", entry.expiresAt.iso8601)
                    text.member("current", entry.isCurrent)
                    text.endObject()
                }
                text.endArray()
            }
        }
        let isFresh = exchange.flows.isFresh(caller)
        return page(exchange, "Where you are signed in", problem) { token in
            let items = entries.map { entry in
                let here = entry.isCurrent ? " <span class=\"mark\">this browser</span>" : ""
                let end =
                    !isFresh && !entry.isCurrent
                    ? ""
                    : form(
                        exchange, "/sessions/revoke", token, hidden("session", entry.id),
                        button: entry.isCurrent ? "Sign out" : "End it", kind: "plain")
                return """
                    <li class="session"><div><strong>\(entry.device.escapedForHTML)</strong>\(here)<br>
                    <span class="hint">from \(entry.address.escapedForHTML), last used \
                    \(minutes(entry.seenAt).escapedForHTML)</span></div>\(end)</li>
                    """
            }
            guard isFresh else {
                return "<ul>\(items.joined(separator: "\n"))</ul>" + stepUpLink(exchange, "/sessions")
                    + accountLink(exchange)
            }
            return "<ul>\(items.joined(separator: "\n"))</ul>"
                + form(
                    exchange, "/sessions/revoke-all", token, hidden("keep-current", "true"),
                    button: "End all others", kind: "plain")
                + form(exchange, "/sessions/revoke-all", token, "", button: "Sign out everywhere", kind: "danger")
                + accountLink(exchange)
        }
    }

    /// `2026-01-02 03:04 UTC`.
    static func minutes(_ time: Timestamp) -> String {
        time.iso8601.prefix(16).replacing("T", with: " ") + " UTC"
    }
}
