import HTTPTypes
import Hummingbird
import Identity
import Kernel
import Web

extension IdentityPages {
    private static let codeHint = "The six digits that your authenticator app shows now, or one of your recovery codes."

    // MARK: Signing in

    @Sendable static func secondStep(_ exchange: IdentityExchange, _ problem: Problem?) async throws
        -> Hummingbird.Response
    {
        guard exchange.flows.settings.hasOwnAccounts else { return try await adoptedStep(exchange, problem) }
        var problem = problem
        do {
            try await exchange.flows.isFinishing(from: exchange.client)
        } catch let expired as Problem where exchange.isPage {
            problem = expired
        }
        guard exchange.isPage else { return exchange.json { $0.member("status", "second-factor-required") } }
        let place = exchange.returnPath(or: nil)
        let prefix = exchange.flows.ownPrefix.escapedForHTML
        guard problem?.reason != "second-factor.expired" else {
            return page(exchange, "Enter your code", problem) { _ in
                "<p><a href=\"\(prefix)/sign-in?return-to=\(place.percentEncodedForQuery)\">Back to the sign-in</a></p>"
            }
        }
        return page(exchange, "Enter your code", problem) { token in
            form(
                exchange, "/sign-in/second-factor", token,
                codeInput(hint: codeHint, isFirst: true) + hidden("return-to", place), button: "Sign in")
                + "<nav class=\"links\"><a href=\"\(prefix)/sign-in/passkey?return-to=\(place.percentEncodedForQuery)\">Use a "
                + "passkey instead</a> <a href=\"\(prefix)/sign-in\">Begin again</a></nav>"
        }
    }

    /// What stands between the app's own login and the app.
    private static func adoptedStep(_ exchange: IdentityExchange, _ problem: Problem?) async throws
        -> Hummingbird.Response
    {
        let place = exchange.returnPath(or: nil)
        let prefix = exchange.flows.ownPrefix
        if exchange.caller == nil, problem == nil,
            try await exchange.flows.comesToKnow(
                exchange.cookieLines, exchange.cookies, besides: exchange.enrolling)
        {
            return exchange.redirect("\(prefix)/sign-in/second-factor?return-to=\(place.percentEncodedForQuery)")
        }
        guard let person = exchange.enrolling else {
            guard exchange.isPage else {
                if exchange.caller == nil { throw IdentityFlows.stepExpired }
                return exchange.json { $0.member("status", "signed-in") }
            }
            if exchange.caller != nil { return exchange.redirect(place) }
            return page(exchange, "Enter your code", problem ?? IdentityFlows.stepExpired) { _ in
                "<p><a href=\"\(exchange.signInPlace.escapedForHTML)\">Back to the sign-in</a></p>"
            }
        }
        let factors = try await exchange.flows.secondFactor(of: person)
        let hasPasskey = factors.passkeys > 0
        guard exchange.isPage else {
            return exchange.json { text in
                text.member("status", factors.isAny ? "second-factor-required" : "enrolment-required")
                text.list("ways", (factors.status.isOn ? ["code"] : []) + (hasPasskey ? ["passkey"] : []))
            }
        }
        guard factors.isAny else {
            return exchange.redirect("\(prefix)/account/second-factor?return-to=\(place.percentEncodedForQuery)")
        }
        func content(_ token: String) -> String {
            var text = problem == nil ? "<p>Your password was right. One thing more shows that it is you.</p>" : ""
            if hasPasskey { text += passkeyProof(exchange, token, to: place) }
            if factors.status.isOn {
                text += hasPasskey ? "<h2>Or enter a code</h2>" : ""
                text += form(
                    exchange, "/sign-in/second-factor", token,
                    codeInput(hint: codeHint, isFirst: true) + hidden("return-to", place), button: "Go on",
                    kind: hasPasskey ? "plain" : "primary")
            }
            return text + "<h2>It isn’t you?</h2>" + leave(exchange, token)
        }
        return hasPasskey
            ? scripted(exchange, "One more step", problem, content)
            : page(exchange, "Enter your code", problem, content)
    }

    private static func codeInput(hint: String, isFirst: Bool = false) -> String {
        input(
            "code", "Code", type: "text", autocomplete: "one-time-code", hint: hint,
            extra: " autocapitalize=\"none\" spellcheck=\"false\" maxlength=\"64\"" + (isFirst ? " autofocus" : ""))
    }

    // MARK: Showing anew who one is

    @Sendable static func stepUp(_ exchange: IdentityExchange, _ problem: Problem?) async throws
        -> Hummingbird.Response
    {
        let person = try exchange.person()
        let asksForCode = try await exchange.flows.asksForCode(person)
        let linked = try await exchange.flows.identities(of: person)
        let hasPasskey = try await exchange.flows.secondFactor(of: person).passkeys > 0
        guard exchange.isPage else {
            return exchange.json { text in
                text.member("fresh", exchange.flows.isFresh(person))
                text.member("code", asksForCode)
                text.member("passkey", hasPasskey)
            }
        }
        let show = hasPasskey ? scripted : page
        return try show(exchange, "Confirm that it is you", problem) { token in
            var text = "<p>What you are about to do asks for it, because this session is a while old.</p>"
            if hasPasskey {
                text += passkeyProof(exchange, token, to: exchange.returnPath(or: "/account"))
                if linked.hasPassword { text += "<h2>Or with your password</h2>" }
            } else if !exchange.flows.settings.hasOwnAccounts {
                text += stepUpLink(exchange, "/account/passkeys")
            }
            text += confirmButtons(exchange, linked.entries)
            if linked.hasPassword {
                text += form(
                    exchange, "/step-up", token,
                    hiddenName(person.email)
                        + input("current", "Password", type: "password", autocomplete: "current-password")
                        + (asksForCode ? codeInput(hint: codeHint) : "")
                        + hidden("return-to", exchange.returnPath(or: "/account")), button: "Go on",
                    kind: hasPasskey ? "plain" : "primary")
            }
            return text + accountLink(exchange)
        }
    }

    /// Instead of forms that would be refused.
    static func stepUpLink(_ exchange: IdentityExchange, _ page: String) -> String {
        let prefix = exchange.flows.ownPrefix
        guard exchange.flows.settings.hasOwnAccounts else {
            let link =
                exchange.flows.settings.hasSecondFactors && exchange.path != "\(prefix)/step-up"
                ? " Whoever has a passkey <a href=\"\(prefix.escapedForHTML)/step-up?return-to="
                    + "\("\(prefix)\(page)".percentEncodedForQuery)\">confirms with it</a> instead." : ""
            return """
                <p class="note">Changes here ask for a sign-in of the last few minutes: sign out, sign in again, and come back \
                to this page.\(link)</p>
                """
        }
        return """
            <p class="note">Changes here ask for your password of the last few minutes. \
            <a href="\(prefix.escapedForHTML)/step-up?return-to=\("\(prefix)\(page)".percentEncodedForQuery)">\
            Confirm that it is you</a></p>
            """
    }

    // MARK: Setting it up

    @Sendable static func secondFactor(_ exchange: IdentityExchange, _ problem: Problem?) async throws
        -> Hummingbird.Response
    {
        let person = try exchange.person()
        let view = try await exchange.flows.secondFactor(of: person)
        if exchange.enrolling != nil, view.isAny, exchange.isPage { return prove(exchange) }
        guard exchange.isPage else {
            return exchange.json { text in
                text.member("enabled", view.status.isOn)
                text.member("required", view.isRequired)
                text.member("pending", view.pending != nil)
                text.member("recovery-codes-left", view.status.recoveryCodesLeft)
                if let since = view.status.confirmedAt { text.member("since", since.iso8601) }
            }
        }
        let isFresh = exchange.flows.isFresh(person)
        return page(exchange, "Second factor", problem) { token in
            var text = ""
            if exchange.enrolling != nil {
                text += """
                    <p class="note">\(exchange.flows.settings.hasOwnAccounts ? "Your role" : "Your account") must have a second factor. \
                    Set one up, and you go on to where you were.</p>
                    """
            }
            if view.status.isOn {
                text += enabled(exchange, view, token, isFresh)
            } else if !isFresh {
                text += introduction + stepUpLink(exchange, "/account/second-factor")
            } else if let pending = view.pending {
                text += enrolment(exchange, person, pending, token)
            } else {
                text +=
                    introduction
                    + form(
                        exchange, "/account/second-factor/begin", token,
                        hidden("return-to", exchange.returnPath(or: "/account")),
                        button: "Set up an authenticator app")
                    + (view.passkeys == 0 ? passkeyLink(exchange) : "")
            }
            return text + (exchange.enrolling == nil ? accountLink(exchange) : leave(exchange, token))
        }
    }

    private static let introduction = """
        <p>With a second factor, signing in asks for a code from an app on your telephone besides the password: whoever \
        gets hold of the password alone stays out.</p>
        """

    private static func passkeyLink(_ exchange: IdentityExchange) -> String {
        let place =
            exchange.query["return-to"] == nil
            ? "" : "?return-to=\(exchange.returnPath(or: "/account").percentEncodedForQuery)"
        return
            "<p>Or <a href=\"\(exchange.flows.ownPrefix.escapedForHTML)/account/passkeys\(place)\">make a passkey</a>"
            + (exchange.flows.settings.hasOwnAccounts ? ", which is both factors in one.</p>" : ".</p>")
    }

    static func leave(_ exchange: IdentityExchange, _ token: String) -> String {
        form(exchange, "/sign-out", token, "", button: "Sign out", kind: "plain")
    }

    private static func enrolment(
        _ exchange: IdentityExchange, _ person: SignedIn, _ pending: SecondFactors.Enrolment, _ token: String
    ) -> String {
        let uri = pending.uri(
            label: exchange.flows.factorLabel(of: person), issuer: exchange.flows.settings.secondFactor.issuer)
        let plain = pending.secret.reveal()
        let groups = stride(from: 0, to: plain.count, by: 4).map { String(plain.dropFirst($0).prefix(4)) }
        let picture = QRCode(uri)?.svg(label: "QR code with the secret that is written below") ?? ""
        return """
            <ol class="steps"><li>Scan this with an authenticator app, or type the secret into it.
            \(picture)
            <p>Secret: <code class="secret">\(groups.joined(separator: " "))</code><br>
            <span class="hint">Time based, six digits, 30 seconds, SHA-1. On this telephone:
            <a href="\(uri.reveal().escapedForHTML)">open it in the app</a>.</span></p></li>
            <li>Type the code that the app shows.
            """
                + form(
                    exchange, "/account/second-factor/confirm", token,
                    input(
                        "code", "Code", type: "text", autocomplete: "one-time-code", hint: "Six digits.",
                        extra: " inputmode=\"numeric\" maxlength=\"16\"")
                        + hidden("return-to", exchange.returnPath(or: "/account")), button: "Switch it on")
                + "</li></ol>"
    }

    private static func enabled(
        _ exchange: IdentityExchange, _ view: IdentityFlows.SecondFactorView, _ token: String, _ isFresh: Bool
    ) -> String {
        let since = view.status.confirmedAt.map { minutes($0) } ?? ""
        var text = """
            <dl><dt>Authenticator app</dt><dd>on since \(since.escapedForHTML)</dd>
            <dt>Recovery codes left</dt><dd>\(view.status.recoveryCodesLeft) of 10</dd></dl>
            """
        guard isFresh else { return text + stepUpLink(exchange, "/account/second-factor") }
        text += "<h2>New recovery codes</h2><p>The ones that you have stop working.</p>"
        text += form(
            exchange, "/account/second-factor/recovery-codes", token, "", button: "Make new codes", kind: "plain")
        if view.isRequired {
            text += "<p>Your account must have a second factor, so it can’t be removed here.</p>"
        } else {
            text += "<h2>Remove it</h2><p>A password alone signs in again, and every other session ends.</p>"
            text += form(
                exchange, "/account/second-factor/remove", token, "", button: "Remove the second factor",
                kind: "danger")
        }
        return text
    }

    static func recoveryCodes(_ codes: [String], onTo place: String) -> String {
        let items = codes.map { "<li><code>\($0.escapedForHTML)</code></li>" }.joined(separator: "\n")
        return """
            <h1>Your recovery codes</h1>
            <p class="note" role="status">Your second factor is on.</p>
            <p>Print these or keep them in a safe place. Each signs you in once when the telephone is lost. They are never \
            shown again.</p>
            <ul class="codes">
            \(items)
            </ul>
            <p><a class="button" href="\(place.escapedForHTML)">I have kept them</a></p>
            """
    }

    // MARK: Leaving

    @Sendable static func delete(_ exchange: IdentityExchange, _ problem: Problem?) async throws
        -> Hummingbird.Response
    {
        let person = try exchange.person()
        let left = exchange.flows.settings.hasOwnAccounts ? try await exchange.flows.projectsLeft(by: person) : []
        guard exchange.isPage else {
            return exchange.json { text in
                text.member("fresh", exchange.flows.isFresh(person))
                text.list("last-owner-of", left.map(\.project.slug))
            }
        }
        return page(exchange, "Delete your account", problem) { token in
            let intro = """
                <p>This deletes the account of <strong>\(person.email.escapedForHTML)</strong> here at once, with its sessions \
                and its second factor. It can’t be undone. What the site behind this page keeps about you is not part of it.</p>
                """
            guard exchange.flows.isFresh(person) else {
                return intro + lastOwner(exchange, left) + stepUpLink(exchange, "/account/delete")
                    + accountLink(exchange)
            }
            return intro + lastOwner(exchange, left)
                + form(
                    exchange, "/account/delete", token,
                    emptyProjects(left)
                        + input(
                            "confirm", "Your e-mail address", type: "email", autocomplete: "off",
                            hint: "Type it again, to see that you mean it."), button: "Delete my account",
                    kind: "danger") + accountLink(exchange)
        }
    }

    /// Projects that wait for another owner first.
    private static func lastOwner(
        _ exchange: IdentityExchange, _ left: [(project: Project, others: Int)]
    ) -> String {
        guard !left.isEmpty else { return "" }
        let items = left.map { project, others in
            let place = "\(exchange.flows.ownPrefix)/projects/members?project=\(project.slug.percentEncodedForQuery)"
            let members = others == 0 ? "nobody else is in it" : "\(others) other\(others == 1 ? "" : "s") in it"
            return """
                <li class="session"><div><a href="\(place.escapedForHTML)"><strong>\(project.name.escapedForHTML)</strong></a><br>
                <span class="hint">\(members)</span></div></li>
                """
        }
        return """
            <h2>Projects that you alone own</h2>
            <p>Make somebody else an owner of each first, or delete it.</p>
            <ul>\(items.joined(separator: "\n"))</ul>
            """
    }

    private static func emptyProjects(_ left: [(project: Project, others: Int)]) -> String {
        guard left.contains(where: { $0.others == 0 }) else { return "" }
        return """
            <p><label class="box"><input type="checkbox" name="projects" value="delete"> Delete those that nobody else is \
            in with my account</label></p>
            """
    }
}
