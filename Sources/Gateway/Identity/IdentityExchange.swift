import Foundation
import HTTPTypes
import Hummingbird
import Identity
import Kernel
import NIOCore
import Protection
import Web

/// A request to a page or an API of identity, read once: its fields whatever their form, who asks, and what may be answered.
struct IdentityExchange: Sendable {
    let flows: IdentityFlows
    let fields: [String: String]
    let query: [String: String]
    let cookieLines: [String]
    let cookies: SessionCookies
    let client: IdentityFlows.Client
    let caller: SignedIn?
    /// Who must set up a second factor before anything else.
    let enrolling: SignedIn?
    /// A browser's form, rather than a program.
    let isPage: Bool
    let path: String
    let access: OwnAccess
    /// Scheme and host as the client has them: what passkeys go by where no public address is configured.
    private let origin: String?

    private static let mostBytes = 65_536

    /// - Parameter takesNoCookie: the route judges what the request itself brings; whoever has a cookie is nobody to it.
    init(
        _ request: Hummingbird.Request, _ context: OwnContext, access: OwnAccess = .open, takesNoCookie: Bool = false
    ) async throws {
        guard let flows = context.ports.identity else {
            throw Problem("own.not-found", status: 404, title: "There is no such page here.")
        }
        self.flows = flows
        self.access = access
        cookieLines = request.headers[values: .cookie]
        cookies = SessionCookies(isSecure: context.isSecure, ownPrefix: context.ports.prefix)
        caller = takesNoCookie && context.caller?.credential == .session ? nil : context.caller
        enrolling = context.enrolling
        client = IdentityFlows.Client(
            address: context.client, userAgent: request.headers[.userAgent], cookies: cookieLines, secure: cookies)
        let parts = (request.head.path ?? "/").split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = String(parts.first ?? "/")
        origin = request.head.authority.map { "\(context.isSecure ? "https" : "http")://\($0.lowercased())" }
        query = parts.count == 2 ? FormText.parse(String(parts[1])) ?? [:] : [:]
        let type = request.headers[.contentType]?.split(separator: ";").first.map { $0.lowercased() } ?? ""
        let isJSON = type.trimming(while: { $0 == " " }) == "application/json"
        isPage = !isJSON && AcceptPreference.prefersHTML(request.headers[values: .accept])
        guard request.method == .post else {
            fields = [:]
            return
        }
        fields = try await IdentityExchange.fields(request, isJSON: isJSON, type: type)
        // No other site's page can make a browser add a bearer's credential, or send JSON without asking first.
        if takesNoCookie || caller.map({ $0.credential != .session }) ?? (cookieLines.isEmpty && isJSON && wantsTokens)
        {
            return
        }
        try checkToken(request.headers.first { $0.name.canonicalName == "x-csrf-token" }?.value)
    }

    /// Whether a sign-in is a program's, that gets tokens instead of cookies.
    var wantsTokens: Bool { fields["tokens"] == "true" }

    static func fields(
        _ request: Hummingbird.Request, isJSON: Bool, type: String
    ) async throws -> [String: String] {
        let bytes = try await request.bytes(atMost: mostBytes)
        if bytes.isEmpty { return [:] }
        if isJSON {
            do {
                return try FlatJSON.parse(bytes)
            } catch {
                throw bad(error)
            }
        }
        guard type.hasPrefix("application/x-www-form-urlencoded") else {
            throw Problem(
                "identity.media-type", status: 415, title: "This kind of body isn't understood here.",
                detail: "Send application/json or application/x-www-form-urlencoded.")
        }
        guard let text = String(validating: bytes, as: UTF8.self), let fields = FormText.parse(text) else {
            throw Problem(
                "own.bad-request", status: 400, title: "The request was not understood.",
                detail: "The form isn't UTF-8, or names a field twice.")
        }
        return fields
    }

    private static func bad(_ refusal: FlatJSON.Refusal) -> Problem {
        let detail =
            switch refusal {
            case .malformed: "The body is no JSON object."
            case .twice: "A member's name stands twice."
            case .nested: "Members must be texts, numbers, true or false: nothing nested is asked for."
            case .many: "There are more members than any form has."
            }
        return Problem("own.bad-request", status: 400, title: "The request was not understood.", detail: detail)
    }

    // MARK: The token against other sites

    private func checkToken(_ header: String?) throws {
        let given = header ?? fields["csrf_token"] ?? ""
        let isCookie = SessionCookies.tokens(in: cookieLines).contains { $0 == given }
        guard isCookie, flows.service.csrf.isValid(given, for: (caller ?? enrolling)?.sessionKey) else {
            throw Problem(
                "csrf.token", status: 403, title: "The form's token is missing or no longer valid.",
                detail: "Load the page again. Programs ask GET \(flows.ownPrefix)/csrf-token and send its value as "
                    + "X-CSRF-Token, with the cookie.")
        }
    }

    /// The token for a form, with its cookie where the browser has none that is valid.
    func token() throws -> (value: String, cookie: String?) {
        try token(for: (caller ?? enrolling)?.sessionKey)
    }

    private func token(for session: String?) throws -> (value: String, cookie: String?) {
        let known = SessionCookies.tokens(in: cookieLines).first { flows.service.csrf.isValid($0, for: session) }
        if let known { return (String(known), nil) }
        let made = try flows.service.csrf.make(for: session)
        return (made, cookies.token(made))
    }

    // MARK: What is asked for

    /// A field that must be there; 422 names it.
    func field(_ name: String) throws -> String {
        guard let value = fields[name], !value.isEmpty else {
            throw Problem(
                "identity.input", status: 422, title: "Something in the form isn't valid.", detail: "\(name): is wanted"
            )
        }
        return value
    }

    /// Who is signed in and may do what the route is for, else 401 or 403; pages lead to the sign-in instead.
    func signedIn() throws -> SignedIn {
        guard let caller else {
            throw enrolling == nil ? SignInRequired(returnTo: path) as any Error : EnrolmentRequired()
        }
        if access == .anyCredential { return caller }
        guard case .permission(let permission) = access else {
            guard caller.credential == .session else { throw IdentityExchange.needsSession }
            return caller
        }
        guard caller.permissions.contains(permission.rawValue) else { throw IdentityExchange.lacking(permission) }
        return caller
    }

    /// Who is signed in, also by one factor where their role asks for two: for what leads to the second, or out.
    func person() throws -> SignedIn {
        guard let person = caller ?? enrolling else { throw SignInRequired(returnTo: path) }
        guard person.credential == .session else { throw IdentityExchange.needsSession }
        return person
    }

    /// Who has signed in with the app and shows a second factor now; 401 for whoever has nothing to show it for.
    func waiting() throws -> SignedIn {
        guard let enrolling else { throw IdentityFlows.stepExpired }
        return enrolling
    }

    /// What binds this browser to a sign-in at a provider.
    var browser: String? { cookies.provider(in: cookieLines) }

    /// Where one goes on to: a path of the app, or a page of ours.
    ///
    /// - Parameter page: such as `/account`; nil: the app's first page.
    func returnPath(or page: String?) -> String {
        let place = ReturnPath.checked(fields["return-to"] ?? query["return-to"])
        // Where the app signs people in there is no account of ours to go on to.
        return place == "/" && flows.settings.hasOwnAccounts ? page.map { flows.ownPrefix + $0 } ?? place : place
    }

    /// Where people sign in: our page, or the app's own.
    var signInPlace: String {
        flows.settings.hasOwnAccounts
            ? "\(flows.ownPrefix)/sign-in" : flows.settings.adoption.loginPaths.first ?? "/"
    }

    var signedOutPlace: String { signInPlace + (flows.settings.hasOwnAccounts ? "?done=signed-out" : "") }

    /// Whom a passkey is for: the public address, else (in development) what the browser calls us.
    func relyingParty() throws -> RelyingParty {
        guard let origin = flows.publicOrigin ?? origin, let address = URLComponents(string: origin),
            let host = address.host, !host.isEmpty
        else { throw Problem("own.bad-request", status: 400, title: "The request was not understood.") }
        return RelyingParty(id: host, origin: origin)
    }

    private static let needsSession = Problem(
        "identity.needs-session", status: 403, title: "This takes a person who is signed in.",
        detail: "API keys and tokens can't do it: sign in with a browser.")

    private static func lacking(_ permission: Permission) -> Problem {
        Problem(
            "identity.permission", status: 403, title: "You lack a permission for this.",
            detail: "It takes \(permission), of your role and of the API key, where one is used.",
            headers: [
                (
                    "www-authenticate",
                    "Bearer realm=\"seaworthy\", error=\"insufficient_scope\", scope=\"\(permission)\""
                )
            ])
    }

    // MARK: Answers

    func json(_ write: (inout JSONText) -> Void, status: HTTPResponse.Status = .ok, cookies: [String] = [])
        -> Hummingbird.Response
    {
        var text = JSONText()
        text.beginObject()
        write(&text)
        text.endObject()
        return IdentityExchange.response(
            status, type: "application/json", body: ByteBuffer(bytes: text.bytes), cookies: cookies)
    }

    func nothing(cookies: [String] = []) -> Hummingbird.Response {
        var answer = IdentityExchange.response(.noContent, type: nil, body: ByteBuffer(), cookies: cookies)
        answer.body = ResponseBody()
        return answer
    }

    /// 303, so that the browser asks for the page anew.
    func redirect(_ place: String, cookies: [String] = []) -> Hummingbird.Response {
        var answer = IdentityExchange.response(.seeOther, type: nil, body: ByteBuffer(), cookies: cookies)
        answer.headers[.location] = place
        return answer
    }

    func page(_ title: String, _ content: String, status: HTTPResponse.Status = .ok, cookies: [String] = [])
        -> Hummingbird.Response
    {
        let html = OwnPage(title: title, content: content, prefix: flows.ownPrefix).html
        return IdentityExchange.response(
            status, type: "text/html; charset=utf-8", body: ByteBuffer(string: html), cookies: cookies)
    }

    private static func response(
        _ status: HTTPResponse.Status, type: String?, body: ByteBuffer, cookies: [String]
    ) -> Hummingbird.Response {
        var headers: HTTPFields = [.cacheControl: "no-store"]
        if let type { headers[.contentType] = type }
        headers[.contentSecurityPolicy] = ContentPolicy.own
        for cookie in cookies { headers.append(HTTPField(name: .setCookie, value: cookie)) }
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: body))
    }
}

/// Somebody's role asks for a second factor that they haven't got.
struct EnrolmentRequired: Error {
    static let problem = Problem(
        "second-factor.enrolment-required", status: 403, title: "Set up a second factor first.",
        detail: "Your role must have one; until then nothing else is open.")
}

/// Nobody is signed in where somebody must be.
struct SignInRequired: Error {
    let returnTo: String

    static let problem = Problem(
        "sign-in.required", status: 401, title: "Please sign in.",
        detail: "This is for people who are signed in.",
        headers: [
            ("www-authenticate", "Cookie realm=\"seaworthy\", Bearer realm=\"seaworthy\"")
        ])
}
