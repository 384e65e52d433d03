import HTTPTypes
import Hummingbird
import Identity
import Kernel
import Web

/// Pages and API of second factors, of showing anew who one is, and of leaving.
extension IdentityRoutes {
    static let factors: [OwnRoute] = [
        page("/sign-in/second-factor", "The form for the code of a sign-in.", IdentityPages.secondStep),
        act(
            "/sign-in/second-factor", "Ends a sign-in: code, of the app or a recovery code.",
            form: IdentityPages.secondStep, finishSignIn),
        page("/step-up", "The form that shows anew who one is.", IdentityPages.stepUp),
        act("/step-up", "Shows anew who one is: current, code.", form: IdentityPages.stepUp, stepUp),
        page("/account/second-factor", "One's second factor.", IdentityPages.secondFactor),
        act(
            "/account/second-factor/begin", "Makes the secret of an app, with its QR code.",
            form: IdentityPages.secondFactor, begin),
        act(
            "/account/second-factor/confirm", "Confirms the app: code. Gives ten recovery codes.",
            form: IdentityPages.secondFactor, budget: 40, confirm),
        act(
            "/account/second-factor/recovery-codes", "Gives ten new recovery codes.",
            form: IdentityPages.secondFactor, budget: 30, renewCodes),
        act(
            "/account/second-factor/remove", "Takes the second factor away.", form: IdentityPages.secondFactor,
            budget: 16, remove),
        page("/account/delete", "Where one deletes one's account.", IdentityPages.delete),
        act(
            "/account/delete", "Deletes the account: confirm, the address; projects.", form: IdentityPages.delete,
            budget: 32,
            delete),
    ]

    /// A session where sign-in is done, else the form for the code.
    static func started(
        _ exchange: IdentityExchange, _ start: SignInStart, to place: String
    ) -> Hummingbird.Response {
        switch start {
        case .begun(let result): return begun(exchange, result, to: place)
        case .secondFactor(let pending):
            let cookies = pending.cookies(exchange.cookies)
            guard exchange.isPage else {
                return exchange.json(
                    { text in
                        text.member("status", "second-factor-required")
                        text.member("next", "\(exchange.flows.ownPrefix)/sign-in/second-factor")
                    }, status: .accepted, cookies: cookies)
            }
            return exchange.redirect(
                "\(exchange.flows.ownPrefix)/sign-in/second-factor?return-to=\(place.percentEncodedForQuery)",
                cookies: cookies)
        }
    }

    @Sendable private static func finishSignIn(_ exchange: IdentityExchange) async throws -> Hummingbird.Response {
        let code = try exchange.field("code")
        let result =
            if exchange.flows.settings.hasOwnAccounts {
                try await exchange.flows.finishSignIn(code: code, from: exchange.client)
            } else {
                try await exchange.flows.proveAdopted(code: code, by: exchange.waiting(), from: exchange.client)
            }
        return begun(exchange, result, to: ReturnPath.checked(exchange.fields["return-to"]))
    }

    @Sendable private static func stepUp(_ exchange: IdentityExchange) async throws -> Hummingbird.Response {
        let result = try await exchange.flows.stepUp(
            password: exchange.field("current"), code: exchange.fields["code"], by: exchange.person(),
            from: exchange.client)
        return begun(exchange, result, to: exchange.returnPath(or: "/account"))
    }

    @Sendable private static func begin(_ exchange: IdentityExchange) async throws -> Hummingbird.Response {
        let person = try exchange.person()
        let enrolment = try await exchange.flows.beginSecondFactor(by: person)
        guard !exchange.isPage else {
            let place = exchange.returnPath(or: "/account").percentEncodedForQuery
            return exchange.redirect("\(exchange.flows.ownPrefix)/account/second-factor?return-to=\(place)")
        }
        let uri = enrolment.uri(
            label: exchange.flows.factorLabel(of: person), issuer: exchange.flows.settings.secondFactor.issuer)
        return exchange.json { text in
            text.member("secret", enrolment.secret.reveal())
            text.member("uri", uri.reveal())
            text.member("algorithm", "SHA1")
            text.member("digits", 6)
            text.member("period", 30)
            text.member("expires", enrolment.expiresAt.iso8601)
            if let code = QRCode(uri) { text.member("qr", code.svg(label: "QR code")) }
        }
    }

    @Sendable private static func confirm(_ exchange: IdentityExchange) async throws -> Hummingbird.Response {
        let (result, codes) = try await exchange.flows.confirmSecondFactor(
            code: exchange.field("code"), by: exchange.person(), from: exchange.client)
        return shown(exchange, codes, session: result)
    }

    @Sendable private static func renewCodes(_ exchange: IdentityExchange) async throws -> Hummingbird.Response {
        let caller = try exchange.signedIn()
        return shown(
            exchange, try await exchange.flows.renewRecoveryCodes(by: caller, from: exchange.client), session: nil)
    }

    /// Recovery codes, the one time that they are seen.
    private static func shown(
        _ exchange: IdentityExchange, _ codes: [String], session: IdentityFlows.Begun?
    ) -> Hummingbird.Response {
        let cookies = session?.cookies(exchange.cookies) ?? []
        if exchange.isPage {
            return exchange.page(
                "Your recovery codes",
                IdentityPages.recoveryCodes(codes, onTo: exchange.returnPath(or: "/account")), cookies: cookies)
        }
        return exchange.json(
            { text in
                if let session { text.member("session", session.sessionID) }
                text.name("recovery-codes")
                text.beginArray()
                for code in codes { text.string(code) }
                text.endArray()
            }, cookies: cookies)
    }

    @Sendable private static func remove(_ exchange: IdentityExchange) async throws -> Hummingbird.Response {
        let result = try await exchange.flows.removeSecondFactor(by: exchange.signedIn(), from: exchange.client)
        let page = exchange.flows.settings.hasOwnAccounts ? "/account" : "/account/second-factor"
        return begun(exchange, result, to: "\(exchange.flows.ownPrefix)\(page)?done=factor-removed")
    }

    @Sendable private static func delete(_ exchange: IdentityExchange) async throws -> Hummingbird.Response {
        let projects = exchange.fields["projects"] ?? ""
        guard ["", "delete"].contains(projects) else {
            throw Problem(
                "identity.input", status: 422, title: "Something in the form isn't valid.",
                detail: "projects: delete, or nothing, is wanted")
        }
        try await exchange.flows.deleteAccount(
            confirmation: exchange.field("confirm"), deletesEmptyProjects: projects == "delete", by: exchange.person())
        let cookies = [exchange.cookies.sessionRemoval()]
        return exchange.isPage
            ? exchange.redirect("\(exchange.flows.ownPrefix)/sign-in?done=deleted", cookies: cookies)
            : exchange.nothing(cookies: cookies)
    }
}
