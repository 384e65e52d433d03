import HTTPTypes

/// What the description of the API says of one route beyond its path: fields, and what it answers.
struct APIOperation: Sendable {
    struct Field: Sendable {
        let name: String
        let summary: String
        var type = "string"
        var isRequired = true

        init(_ name: String, _ summary: String, type: String = "string", optional: Bool = false) {
            (self.name, self.summary, self.type, isRequired) = (name, summary, type, !optional)
        }
    }

    enum Content: Sendable, Equatable {
        /// An object with these members, each `name` or `name:type`.
        case object([String])
        /// An object with one member that lists objects.
        case list(String, [String])
        case page
        case nothing
        case other(String)
    }

    var fields: [Field] = []
    /// Status and content of what goes well.
    var status = 200
    var content: Content
    /// Parameters of the query.
    var query: [Field] = []
    /// Statuses of refusals besides those that every route has.
    var refusals: [Int] = []
    /// What else goes well, by status.
    var others: [Int: Content] = [:]
}

extension APIOperation {
    private static let email = Field("email", "An e-mail address.")
    private static let password = Field("password", "15 to 256 characters, where nobody set it otherwise.")
    private static let current = Field("current", "The password of whoever asks, again.")
    private static let link = Field("token", "From the link in the mail.")
    /// The password was right; the code comes next.
    private static let secondFactor = Content.object(["status", "next"])
    private static let begun = ["account", "email", "role", "session"]
    private static let key = [
        "id", "name", "hint", "scopes:array", "created:date-time", "expires:date-time", "used?:date-time",
    ]
    private static let tokens = ["access_token", "token_type", "expires_in:integer", "refresh_token", "session"]

    private static let assertion = [
        Field("credential", "The passkey's id, in base64url, as all of these."), Field("client-data", "clientDataJSON"),
        Field("authenticator-data", "authenticatorData"), Field("signature", "signature"),
        Field("user-handle", "userHandle, where the authenticator gives one.", optional: true),
    ]

    private static let project = Field("project", "The project's slug.")
    private static let member = Field("member", "The account's id, as the list of members shows it.")
    private static let invitation = Field("invitation", "The invitation's id.")
    private static let projectRole = Field("role", "owner, member, or one that identity.roles declares.")
    private static let projectMembers = [
        "slug", "id", "name", "status", "created:date-time", "role?", "permissions:array",
    ]

    private static func ofProject(_ fields: [Field] = [], _ refusals: [Int] = [404, 409]) -> APIOperation {
        APIOperation(fields: [project] + fields, status: 204, content: .nothing, refusals: refusals)
    }

    private static func tokenField(_ name: String) -> Field { Field(name, "A refresh or access token, or an API key.") }

    /// By method and path. A route that isn't in here is described by its summary alone.
    static let known: [String: APIOperation] = people.merging(factors) { $1 }

    private static let people: [String: APIOperation] = [
        "POST /sign-in": APIOperation(
            fields: [
                email, Field("password", "The account's password."),
                Field("tokens", "true: answer tokens instead of cookies.", type: "boolean", optional: true),
                Field("return-to", "Where a browser goes then: a path of the app.", optional: true),
            ],
            content: .object([
                "account?", "email?", "role?", "session", "access_token?", "token_type?", "expires_in?:integer",
                "refresh_token?",
            ]), others: [202: secondFactor]),
        "GET /sign-in/:provider": APIOperation(content: .object(["location"]), refusals: [404, 409, 502]),
        "POST /back-channel-logout/:provider": APIOperation(
            fields: [Field("logout_token", "OpenID Connect Back-Channel Logout 1.0 §2.4.")], content: .object([]),
            refusals: [404]),
        "GET /sign-out/callback": APIOperation(content: .page),
        "GET /sign-in/:provider/callback": APIOperation(
            content: .object(begun.map { $0 + "?" } + ["status?"]), refusals: [404, 409, 502],
            others: [202: secondFactor]),
        // 200 where a provider signed one in: its own sign-out, as a link.
        "POST /sign-out": APIOperation(status: 204, content: .nothing, others: [200: .object(["location"])]),
        "POST /sign-up": APIOperation(fields: [email], status: 202, content: .object(["status"])),
        "POST /reset": APIOperation(fields: [email], status: 202, content: .object(["status"])),
        "GET /choose": APIOperation(content: .page, refusals: [410]),
        "POST /choose": APIOperation(
            fields: [link, Field("email", "For the first administrator only.", optional: true), password],
            content: .object(begun), refusals: [409, 410], others: [202: secondFactor]),
        "POST /address": APIOperation(fields: [link], content: .object(["email"]), refusals: [410]),
        "POST /unlock": APIOperation(fields: [link], content: .object(["status"]), refusals: [410]),
        "GET /account": APIOperation(
            content: .object(
                begun + ["credential", "permissions:array", "authenticated:date-time"])),
        "POST /account/password": APIOperation(fields: [current, password], content: .object(begun)),
        "POST /account/email": APIOperation(fields: [email, current], status: 202, content: .object(["status"])),
        "GET /sessions": APIOperation(
            content: .list(
                "sessions",
                [
                    "session", "device", "address", "created:date-time", "seen:date-time", "expires:date-time",
                    "current:boolean",
                ])),
        "POST /sessions/revoke": APIOperation(
            fields: [Field("session", "The session's id.")], status: 204, content: .nothing, refusals: [404]),
        "POST /sessions/revoke-all": APIOperation(
            fields: [Field("keep-current", "Whether this one stays.", type: "boolean", optional: true)],
            content: .object(["ended:integer"])),
        "POST /invitations": APIOperation(
            fields: [email], status: 202, content: .object(["status"]), refusals: [409]),
        "GET /keys": APIOperation(content: .list("keys", key)),
        "POST /keys": APIOperation(
            fields: [
                Field("name", "What it is for: 1 to 60 characters."),
                Field("scopes", "Permissions between blanks; none: everything that you may.", optional: true),
                Field("days", "Until it ends.", type: "integer", optional: true), current,
            ], status: 201, content: .object(["key"] + key), refusals: [409], others: [200: .page]),
        "POST /keys/revoke": APIOperation(
            fields: [Field("key", "The key's id.")], status: 204, content: .nothing, refusals: [404]),
        "GET /projects": APIOperation(
            content: .object(["projects:list", "invitations:list"]),
            query: [Field("all", "true: every project, for whoever has projects.manage.", optional: true)]),
        "POST /projects": APIOperation(
            fields: [
                Field("name", "1 to 80 visible characters."),
                Field("slug", "For whoever has projects.manage; others get one that is made.", optional: true),
            ], status: 201, content: .object(projectMembers), refusals: [409]),
        "GET /projects/members": APIOperation(
            content: .object(projectMembers + ["members:list", "invitations:list", "grantable:array"]),
            query: [project], refusals: [404, 422]),
        "POST /projects/rename": ofProject([Field("name", "1 to 80 visible characters.")]),
        "POST /projects/archive": ofProject(),
        "POST /projects/restore": ofProject(),
        "POST /projects/delete": ofProject([Field("confirm", "The slug again.")]),
        "POST /projects/leave": ofProject(),
        "POST /projects/members/invite": APIOperation(
            fields: [project, email, projectRole], status: 202, content: .object(["status"]), refusals: [404, 409]),
        "POST /projects/members/add": ofProject([email, projectRole]),
        "POST /projects/members/role": ofProject([member, projectRole]),
        "POST /projects/members/remove": ofProject([member]),
        "POST /projects/invitations/withdraw": ofProject([invitation]),
        "POST /projects/invitations/accept": APIOperation(
            fields: [invitation], content: .object(["project"]), refusals: [404, 409]),
        "POST /projects/invitations/decline": APIOperation(
            fields: [invitation], status: 204, content: .nothing, refusals: [404]),
        "POST /sign-in/passkey/options": APIOperation(content: .object(["challenge", "rp-id"])),
        "POST /sign-in/passkey": APIOperation(fields: assertion, content: .object(begun)),
        "POST /step-up": APIOperation(
            fields: [current, Field("code", "Where there is an authenticator app.", optional: true)],
            content: .object(begun)),
        "POST /step-up/passkey/options": APIOperation(
            content: .object(["challenge", "rp-id", "allow:array"]), refusals: [409]),
        "POST /step-up/passkey": APIOperation(fields: assertion, content: .object(begun)),
        "POST /account/passkeys/remove": APIOperation(
            fields: [Field("passkey", "Its id, as the list shows it.")], status: 204, content: .nothing,
            refusals: [404]),
        "POST /token": APIOperation(
            fields: [Field("grant_type", "refresh_token"), Field("refresh_token", "The newest refresh token.")],
            content: .object(tokens)),
        "POST /revoke": APIOperation(fields: [tokenField("token")], content: .object([])),
        "POST /introspect": APIOperation(
            fields: [tokenField("token")],
            content: .object([
                "active:boolean", "token_type?", "scope?", "client_id?", "username?", "sub?", "role?", "iss?", "aud?",
                "iat?:integer", "exp?:integer", "jti?",
            ])),
        "POST /socket-ticket": APIOperation(content: .object(["ticket", "expires_in:integer"])),
        "GET /csrf-token": APIOperation(content: .object(["csrf_token"])),
        "GET /identity-keys": APIOperation(content: .other("application/jwk-set+json")),
        "GET /.well-known/jwks.json": APIOperation(content: .other("application/jwk-set+json")),
        "GET /openapi.json": APIOperation(content: .other("application/json")),
        "GET /style.css": APIOperation(content: .other("text/css")),
        "GET /health/live": APIOperation(content: .object(["status"])),
        "GET /problems": APIOperation(content: .other("*/*")),
        "GET /problems/:reason": APIOperation(content: .other("*/*"), refusals: [404]),
    ]

    /// What a route does, as far as it says so itself.
    static func of(_ route: OwnRoute) -> APIOperation {
        known["\(route.method.rawValue) \(route.path)"]
            ?? (route.method == .get
                ? APIOperation(content: .page) : APIOperation(content: .other("*/*"), refusals: [404, 409, 410]))
    }
}
