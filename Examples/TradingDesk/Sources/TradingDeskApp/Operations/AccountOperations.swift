import HTTPTypes
import Hummingbird
import HummingbirdCore

/// Sign-in, profile, consent and administration.
enum AccountOperations {
    static let all: [Operation] = session + profile + administration

    private static let email = Operation.Member(
        name: "email", type: "string", about: "E-mail address.", example: "alice@example.test")
    private static let name = Operation.Member(
        name: "name", type: "string", about: "1 to 80 characters.", example: "Alice Moreau")

    private static func password(_ example: String = "correct horse battery alice") -> Operation.Member {
        .init(name: "password", type: "string", about: "12 characters to 72 bytes.", example: .string(example))
    }

    private static let session: [Operation] = [
        .api(
            .post, "/api/session", "signIn", "Sign in; the answer sets the session cookie", tag: "session",
            access: .anyone, input: [email, password()], success: (200, "Person"), failures: [401, 429]
        ) { call in
            let body = try call.json()
            let email = try DeskRequest.text(body, "email", limit: 254)
            guard let password = body["password"]?.string else {
                throw DeskError.invalid("invalid-password", "'password' has to be a text.")
            }
            let (token, person) = try await call.desk.accounts.signIn(
                email: email, password: password, brought: call.broughtSession)
            return try Answer.json(Self.json(person), headers: [.setCookie: call.sessionCookie(token)])
        },
        .api(
            .get, "/api/session", "currentPerson", "Who is signed in", tag: "session", access: .member,
            success: (200, "Person")
        ) { call in try Answer.json(Self.json(try call.person())) },
        .api(.delete, "/api/session", "signOut", "Sign out", tag: "session", access: .anyone, success: (204, nil)) {
            call in
            try await call.endSession()
            return Answer.empty(.noContent, headers: [.setCookie: call.clearedCookie])
        },
        .api(
            .post, "/api/token", "bearerToken", "A bearer token for a program", tag: "session", access: .anyone,
            input: [
                email, password(),
                .init(
                    name: "expiresIn", type: "integer", isRequired: false, about: "Seconds, 1 to 3,600.", example: 3600),
            ], success: (200, "Token"), failures: [401, 429]
        ) { call in
            let body = try call.json()
            let seconds = body["expiresIn"]?.int ?? 3_600
            guard (1...3_600).contains(seconds) else {
                throw DeskError.invalid("invalid-expiresIn", "'expiresIn' has to be 1 to 3600 seconds.")
            }
            let token = try await call.desk.accounts.bearerToken(
                email: try DeskRequest.text(body, "email", limit: 254), password: body["password"]?.string ?? "",
                seconds: seconds)
            return try Answer.json(["token": .string(token), "expiresIn": .int(seconds)])
        },
        .api(
            .post, "/api/accounts", "signUp", "Open an account", tag: "session", access: .anyone,
            input: [email, name, password("a long enough sentence")], success: (201, "Account"), failures: [409]
        ) { call in
            let body = try call.json()
            let account = try await call.desk.accounts.signUp(
                email: try DeskRequest.text(body, "email", limit: 254),
                name: try DeskRequest.text(body, "name", limit: 80),
                password: body["password"]?.string ?? "")
            return try Answer.json(account.json, status: .created)
        },
    ]

    private static let profile: [Operation] = [
        .api(
            .get, "/api/profile", "profile", "Your account", tag: "profile", access: .member, success: (200, "Account")
        ) {
            call in try Answer.json(try await call.desk.accounts.account(try call.person().id).json)
        },
        .api(
            .patch, "/api/profile", "changeProfile", "Change your name", tag: "profile", access: .member, input: [name],
            success: (200, "Account")
        ) { call in
            let body = try call.json()
            let person = try call.person()
            let name = body["name"] == nil ? nil : try DeskRequest.text(body, "name", limit: 80)
            // Only the name is the person's to change; with the flaw every column is.
            let flawed = call.flaws.contains(.massAssignment)
            let role = flawed ? body["role"]?.string.flatMap(Role.init) : nil
            let status =
                flawed ? body["status"]?.string.flatMap { ["active", "disabled"].contains($0) ? $0 : nil } : nil
            let account = try await call.desk.accounts.change(person.id, name: name, role: role, status: status)
            return try Answer.json(account.json)
        },
        .api(
            .delete, "/api/profile", "deleteAccount", "Delete your account and everything it owns", tag: "profile",
            access: .member, input: [password()], success: (204, nil), failures: [409]
        ) { call in
            let body = try call.json()
            try await call.desk.accounts.delete(try call.person().id, password: body["password"]?.string ?? "")
            return Answer.empty(.noContent, headers: [.setCookie: call.clearedCookie])
        },
        .api(
            .get, "/api/consent", "consent", "What you have agreed to", tag: "profile", access: .member,
            success: (200, "ConsentList")
        ) {
            call in
            let choices = try await call.desk.consents.choices(of: try call.person())
            return try Answer.json([
                "choices": .array(
                    choices.map {
                        ["purpose": .string($0.purpose), "about": .string($0.about), "isGranted": .bool($0.isGranted)]
                    })
            ])
        },
        .api(
            .put, "/api/consent/{purpose}", "chooseConsent", "Agree to a purpose, or take it back", tag: "profile",
            access: .member,
            input: [.init(name: "isGranted", type: "boolean", about: "Whether you agree.", example: true)],
            success: (204, nil), failures: [404]
        ) { call in
            guard let granted = try call.json()["isGranted"]?.bool else {
                throw DeskError.invalid("invalid-isGranted", "'isGranted' has to be true or false.")
            }
            try await call.desk.consents.choose(try call.segment("purpose"), granted: granted, for: try call.person())
            return Answer.empty(.noContent)
        },
    ]

    private static let administration: [Operation] = [
        .api(
            .get, "/api/admin/users", "users", "All accounts", tag: "administration", access: .admin,
            success: (200, "AccountList")
        ) {
            call in
            try Answer.json(["users": .array(try await call.desk.accounts.all().map(\.json))])
        },
        .api(
            .patch, "/api/admin/users/{id}", "changeUser", "Change an account's role or status", tag: "administration",
            access: .admin,
            input: [
                .init(
                    name: "role", type: "string", isRequired: false, about: "New role.", values: ["member", "admin"]),
                .init(
                    name: "status", type: "string", isRequired: false, about: "New status.",
                    values: ["active", "disabled"]),
            ], success: (200, "Account"), failures: [404, 409]
        ) { call in
            let body = try call.json()
            return try Answer.json(
                try await change(
                    call, try call.number("id"), role: body["role"]?.string, status: body["status"]?.string
                ).json)
        },
        .api(
            .post, "/api/admin/market/next-day", "openNextDay", "Open the market's next seeded day",
            tag: "administration",
            access: .admin, success: (200, "MarketDay"), failures: [409]
        ) { call in try Answer.json(["day": .int(try await call.desk.market.openNextDay())]) },
    ]

    /// Changes an account as an administrator.
    static func change(_ call: DeskRequest, _ id: Int64, role: String?, status: String?) async throws -> Account {
        guard role == nil || Role(rawValue: role ?? "") != nil else {
            throw DeskError.invalid("invalid-role", "'role' has to be member or admin.")
        }
        guard status == nil || status == "active" || status == "disabled" else {
            throw DeskError.invalid("invalid-status", "'status' has to be active or disabled.")
        }
        guard id != call.context.person?.id else {
            throw DeskError.conflict("own-account", "Let another administrator change your account.")
        }
        return try await call.desk.accounts.change(id, role: role.flatMap(Role.init), status: status)
    }

    private static func json(_ person: SignedInPerson) -> JSONValue {
        [
            "id": .int(person.id), "email": .string(person.email), "name": .string(person.name),
            "role": .string(person.role.rawValue),
        ]
    }
}

extension DeskRequest {
    /// The session's token that the browser showed, whoever's it is.
    var broughtSession: String? { Cookies.value(SessionCookie.name, in: request.headers[.cookie]) }

    func sessionCookie(_ token: String) -> String {
        SessionCookie.set(token, isSecure: context.isSecure, flaws: flaws)
    }

    var clearedCookie: String { SessionCookie.clear(isSecure: context.isSecure, flaws: flaws) }

    func endSession() async throws {
        if let token = Cookies.value(SessionCookie.name, in: request.headers[.cookie]) {
            try await desk.accounts.signOut(session: token)
        }
    }
}
