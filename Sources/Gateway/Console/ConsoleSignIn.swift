import Console
import Identity
import Kernel
import Web

/// How one gets into the console and out of it.
enum ConsoleSignIn {
    @Sendable static func form(_ exchange: ConsoleExchange) async throws -> ConsolePage {
        guard exchange.desk.identity != nil else { return howToOpen }
        return signInForm(exchange, alert: nil)
    }

    private static func signInForm(_ exchange: ConsoleExchange, alert: ConsoleNotice?) -> ConsolePage {
        let place = ConsolePath.checked(exchange.fields["return-to"] ?? exchange.query["return-to"])
        return ConsolePage(
            "Sign in to the console", lead: "For accounts with the role administrator or operator.", alert: alert,
            [
                .form(
                    ConsoleForm(
                        "/console/sign-in", "Sign in", .primary,
                        [
                            ConsoleField(
                                "email", "E-mail address", .email, value: exchange.fields["email"] ?? "",
                                autocomplete: "username", isRequired: true),
                            ConsoleField(
                                "password", "Password", .password, autocomplete: "current-password", isRequired: true),
                            ConsoleField(
                                "code", "Code of your second factor, if you have one", .text,
                                autocomplete: "one-time-code"),
                            .hidden("return-to", place),
                        ]))
            ])
    }

    /// Where nobody has an account: how whoever runs the process gets in.
    private static let howToOpen = ConsolePage(
        "Open the console",
        lead: "Nobody has an account here, so a one-time link opens the console. It is good for 15 minutes.",
        [
            .text(
                "The gateway printed the link when it started, or wrote it into a file that only its user reads: "
                    + "console-link in its state directory, which is .seaworthy where none is set."),
            .text("A new one is made each time that the configuration is read again:"), .code("seaworthy reload"),
            .text("With “identity.sign-in: own” people sign in with accounts of their own instead."),
        ])

    @Sendable static func signIn(_ exchange: ConsoleExchange) async throws -> ConsoleRoutes.Outcome {
        guard let identity = exchange.desk.identity else { return .page(howToOpen) }
        let opened = try await ConsoleSessions(identity).signIn(
            email: exchange.field("email"), password: exchange.fields["password"] ?? "",
            code: String((exchange.fields["code"] ?? "").filter { !$0.isWhitespace }.prefix(40)), from: exchange.client)
        let cookies = exchange.cookies
        let known = SessionCookies(isSecure: exchange.desk.isSecure, ownPrefix: exchange.desk.prefix)
        return .cookies(
            ConsolePath.checked(exchange.fields["return-to"]),
            [
                cookies.line(ConsoleCookies.session, opened.secret.reveal()), cookies.removal(ConsoleCookies.visit),
                known.known(opened.device),
            ])
    }

    /// A form once more, with what was wrong.
    static func again(_ exchange: ConsoleExchange, _ problem: Problem) -> ConsolePage {
        var detail = problem.detail ?? ""
        for prefix in ["email: ", "current: ", "code: "] where detail.hasPrefix(prefix) {
            detail = String(detail.dropFirst(prefix.count))
        }
        let alert = ConsoleNotice(problem.title, detail)
        switch problem.reason {
        case "console.link-invalid":
            var page = howToOpen
            page.alert = alert
            return page
        case "identity.wrong-password": return confirmation(exchange, alert: alert)
        default: return signInForm(exchange, alert: alert)
        }
    }

    @Sendable static func signOut(_ exchange: ConsoleExchange) async throws -> ConsoleRoutes.Outcome {
        if let identity = exchange.desk.identity, let proof = exchange.caller?.proof {
            try await ConsoleSessions(identity).signOut(proof)
        } else {
            exchange.desk.services.consoleLinks.end(exchange.sessionSecret)
        }
        return .cookies("/console/sign-in?done=signed-out", [exchange.cookies.removal(ConsoleCookies.session)])
    }

    // MARK: The one-time link

    /// Asks first: programs that look at links beforehand must not use them up.
    @Sendable static func link(_ exchange: ConsoleExchange) async throws -> ConsolePage {
        guard exchange.desk.identity == nil, let token = exchange.asked("token") else {
            return try await form(exchange)
        }
        return ConsolePage(
            "Open the console", lead: "This link works once.",
            [.form(ConsoleForm("/console/open", "Open the console", .primary, [.hidden("token", token)]))])
    }

    @Sendable static func open(_ exchange: ConsoleExchange) async throws -> ConsoleRoutes.Outcome {
        guard exchange.desk.identity == nil,
            let secret = exchange.desk.services.consoleLinks.open(try exchange.field("token"))
        else {
            throw Problem(
                "console.link-invalid", status: 410, title: "This link is no longer valid.",
                detail: "Links work once and for 15 minutes.")
        }
        exchange.desk.services.acts.tell("console.opened", ["method": "one-time-link"])
        return .cookies(
            "/console",
            [
                exchange.cookies.line(ConsoleCookies.session, secret.reveal()),
                exchange.cookies.removal(ConsoleCookies.visit),
            ])
    }

    // MARK: Showing again that it is them

    @Sendable static func confirmForm(_ exchange: ConsoleExchange) async throws -> ConsolePage {
        confirmation(exchange, alert: nil)
    }

    private static func confirmation(_ exchange: ConsoleExchange, alert: ConsoleNotice?) -> ConsolePage {
        let place = ConsolePath.checked(exchange.fields["return-to"] ?? exchange.query["return-to"])
        return ConsolePage(
            "Confirm that it is you",
            lead: "What you asked for takes your password again, if it was given more than "
                + "five minutes ago.", alert: alert,
            [
                .form(
                    ConsoleForm(
                        "/console/confirm", "Confirm", .primary,
                        [
                            ConsoleField(
                                "password", "Your password", .password, autocomplete: "current-password",
                                isRequired: true),
                            .hidden("return-to", place),
                        ]))
            ])
    }

    @Sendable static func confirm(_ exchange: ConsoleExchange) async throws -> ConsoleRoutes.Outcome {
        let place = ConsolePath.checked(exchange.fields["return-to"])
        guard let identity = exchange.desk.identity, let proof = exchange.caller?.proof else {
            return .done(place, nil)
        }
        let secret = try await ConsoleSessions(identity).confirm(
            proof, password: exchange.fields["password"] ?? "", from: exchange.client)
        let mark = place.contains("?") ? "&" : "?"
        return .cookies(
            "\(place)\(mark)done=confirmed", [exchange.cookies.line(ConsoleCookies.session, secret.reveal())])
    }
}
