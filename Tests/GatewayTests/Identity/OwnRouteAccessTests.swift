import Foundation
import HTTPTypes
import Identity
import Kernel
import TestKit
import Testing
import Web

@testable import Gateway

/// Who gets where on our own routes: one row each, pinned.
@Suite("Every route of ours", .serialized)
struct OwnRouteAccessTests {
    enum Who: Int, CaseIterable { case anonymous, member, operating, administrator, narrowKey, wideKey, token }

    /// Statuses for anonymous, member, operator, administrator (by session), a key for `account.read` alone, a key for
    /// everything and an access token, both of the administrator's. Requests are empty: 422 says that it got as far as the form.
    static let table: [String: [Int]] = [
        "GET /sign-in": [200, 303, 303, 303, 303, 303, 303],
        "POST /sign-in": [422, 422, 422, 422, 422, 422, 422],
        "POST /sign-out": [303, 303, 303, 303, 303, 303, 303],
        "GET /sign-out/callback": [303, 303, 303, 303, 303, 303, 303],
        "GET /sign-up": [200, 200, 200, 200, 200, 200, 200],
        "POST /sign-up": [422, 422, 422, 422, 422, 422, 422],
        "GET /reset": [200, 200, 200, 200, 200, 200, 200],
        "POST /reset": [422, 422, 422, 422, 422, 422, 422],
        "GET /choose": [410, 410, 410, 410, 410, 410, 410],
        "POST /choose": [410, 410, 410, 410, 410, 410, 410],
        "GET /address": [200, 200, 200, 200, 200, 200, 200],
        "POST /address": [422, 422, 422, 422, 422, 422, 422],
        "GET /unlock": [200, 200, 200, 200, 200, 200, 200],
        "POST /unlock": [422, 422, 422, 422, 422, 422, 422],
        "GET /account": [303, 200, 200, 200, 200, 200, 200],
        "POST /account/password": [303, 422, 422, 422, 403, 403, 403],
        "POST /account/email": [303, 422, 422, 422, 403, 403, 403],
        "GET /sessions": [303, 200, 200, 200, 200, 200, 200],
        "POST /sessions/revoke": [303, 422, 422, 422, 403, 422, 422],
        "POST /sessions/revoke-all": [303, 303, 303, 303, 403, 303, 303],
        "POST /invitations": [303, 403, 403, 422, 403, 422, 422],
        "GET /keys": [303, 200, 200, 200, 200, 200, 200],
        "POST /keys": [303, 422, 422, 422, 403, 403, 403],
        "POST /keys/revoke": [303, 422, 422, 422, 403, 422, 422],
        "GET /projects": [303, 200, 200, 200, 200, 200, 200],
        "POST /projects": [303, 403, 403, 422, 403, 422, 422],
        "GET /projects/members": [303, 422, 422, 422, 422, 422, 422],
        "POST /projects/rename": [303, 422, 422, 422, 403, 422, 422],
        "POST /projects/archive": [303, 422, 422, 422, 403, 422, 422],
        "POST /projects/restore": [303, 422, 422, 422, 403, 422, 422],
        "POST /projects/leave": [303, 422, 422, 422, 403, 422, 422],
        "POST /projects/members/invite": [303, 422, 422, 422, 403, 422, 422],
        "POST /projects/members/add": [303, 422, 422, 422, 403, 422, 422],
        "POST /projects/members/role": [303, 422, 422, 422, 403, 422, 422],
        "POST /projects/members/remove": [303, 422, 422, 422, 403, 422, 422],
        "POST /projects/invitations/withdraw": [303, 422, 422, 422, 403, 422, 422],
        "POST /projects/invitations/accept": [303, 422, 422, 422, 403, 422, 422],
        "POST /projects/invitations/decline": [303, 422, 422, 422, 403, 422, 422],
        "POST /projects/delete": [303, 422, 422, 422, 403, 403, 403],
        "GET /sign-in/second-factor": [401, 401, 401, 401, 401, 401, 401],
        "POST /sign-in/second-factor": [401, 401, 401, 401, 401, 401, 401],
        "GET /step-up": [303, 200, 200, 200, 403, 403, 403],
        "POST /step-up": [303, 422, 422, 422, 403, 403, 403],
        "GET /account/second-factor": [303, 200, 200, 200, 403, 403, 403],
        "POST /account/second-factor/begin": [303, 303, 303, 303, 403, 403, 403],
        "POST /account/second-factor/confirm": [303, 422, 422, 422, 403, 403, 403],
        "POST /account/second-factor/recovery-codes": [303, 409, 409, 409, 403, 403, 403],
        "POST /account/second-factor/remove": [303, 409, 409, 409, 403, 403, 403],
        "GET /account/delete": [303, 200, 200, 200, 403, 403, 403],
        "POST /account/delete": [303, 422, 422, 422, 403, 403, 403],
        "GET /passkeys.js": [200, 200, 200, 200, 200, 200, 200],
        "GET /sign-in/passkey": [200, 303, 303, 303, 303, 303, 303],
        "POST /sign-in/passkey/options": [200, 200, 200, 200, 200, 200, 200],
        "POST /sign-in/passkey": [422, 422, 422, 422, 422, 422, 422],
        // Nobody here has one.
        "POST /step-up/passkey/options": [303, 409, 409, 409, 403, 403, 403],
        "POST /step-up/passkey": [303, 422, 422, 422, 403, 403, 403],
        "GET /account/passkeys": [303, 200, 200, 200, 403, 403, 403],
        "POST /account/passkeys/options": [303, 200, 200, 200, 403, 403, 403],
        "POST /account/passkeys": [303, 422, 422, 422, 403, 403, 403],
        "POST /account/passkeys/remove": [303, 422, 422, 422, 403, 403, 403],
        "GET /sign-in/:provider": [404, 404, 404, 404, 404, 404, 404],
        "GET /sign-in/:provider/callback": [404, 404, 404, 404, 404, 404, 404],
        "POST /back-channel-logout/:provider": [404, 404, 404, 404, 404, 404, 404],
        "GET /account/identities": [303, 200, 200, 200, 403, 403, 403],
        "POST /account/identities/link": [303, 422, 422, 422, 403, 403, 403],
        "POST /account/identities/unlink": [303, 422, 422, 422, 403, 403, 403],
        "POST /token": [422, 422, 422, 422, 422, 422, 422],
        "POST /revoke": [422, 422, 422, 422, 422, 422, 422],
        // Sessions are nobody to it: it takes no cookie.
        "POST /introspect": [401, 401, 401, 401, 403, 422, 422],
        // Whatever signs one in gets one; it is worth no more than that.
        "POST /socket-ticket": [401, 200, 200, 200, 200, 200, 200],
        "GET /csrf-token": [200, 200, 200, 200, 200, 200, 200],
        "GET /identity-keys": [200, 200, 200, 200, 200, 200, 200],
        "GET /.well-known/jwks.json": [200, 200, 200, 200, 200, 200, 200],
        "GET /openapi.json": [200, 200, 200, 200, 200, 200, 200],
        "GET /style.css": [200, 200, 200, 200, 200, 200, 200],
        "GET /problems": [200, 200, 200, 200, 200, 200, 200],
        "GET /problems/:reason": [404, 404, 404, 404, 404, 404, 404],
        // Not public here: `health.public` is off, so it is the app's.
        "GET /health/live": [200, 200, 200, 200, 200, 200, 200],
    ]

    private static func name(_ route: OwnRoute) -> String { "\(route.method.rawValue) \(route.path)" }

    @Test("has a row in the table of who gets where, and no row is without its route")
    func complete() {
        let routes = Set(APIDescription.routes.map(Self.name))
        #expect(routes == Set(Self.table.keys))
        #expect(Self.table.values.allSatisfy { $0.count == Who.allCases.count })
    }

    @Test("answers each kind of caller as the table says")
    func walk() async throws {
        try await GatewayWithAccounts.run(["identity.lockout.mode=off"]) { running in
            let callers = try await Callers(running)
            for route in APIDescription.routes.sorted(by: { Self.name($0) < Self.name($1) }) {
                let name = Self.name(route)
                let row = try #require(Self.table[name], "\(name) has no row")
                for who in Who.allCases {
                    let answer = try await callers.ask(route, as: who)
                    #expect(
                        answer.status == row[who.rawValue],
                        "\(name) as \(who): \(answer.status) \(answer.text.prefix(300))")
                }
            }
        }
    }

    /// One of each kind; a session that its own test ended begins anew.
    private struct Callers {
        let running: GatewayWithAccounts
        let administrator: String
        let narrow: String
        let wide: String

        init(_ running: GatewayWithAccounts) async throws {
            self.running = running
            administrator = try await running.administrator()
            for role in ["person", "operator"] {
                let link = try await running.administration().add(
                    "\(role)@example.com", role: role, ownPrefix: "/seaworthy")
                let token = try #require(link.path.reveal().split(separator: "=").last.map(String.init))
                let answer = try await running.post(
                    "/choose", ["token": token, "password": GatewayWithAccounts.password])
                #expect(answer.status == 200, "\(answer.text)")
            }
            func key(_ scopes: String, _ session: String) async throws -> String {
                let answer = try await running.post(
                    "/keys", ["name": "x", "scopes": scopes, "current": GatewayWithAccounts.password], session: session)
                let object = try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any]
                return try #require(object?["key"] as? String, "\(answer.text)")
            }
            narrow = try await key("account.read", administrator)
            wide = try await key("", administrator)
        }

        private func session(_ email: String) async throws -> String {
            let answer = try await running.post(
                "/sign-in", ["email": email, "password": GatewayWithAccounts.password])
            return try #require(GatewayWithAccounts.cookies(answer)["seaworthy-session"], "\(answer.text)")
        }

        func ask(_ route: OwnRoute, as who: Who) async throws -> RawResponse {
            var fields: [(String, String)] = [("Accept", "text/html")]
            var cookies: [String] = []
            switch who {
            case .anonymous: break
            case .member: cookies.append("seaworthy-session=\(try await session("person@example.com"))")
            case .operating: cookies.append("seaworthy-session=\(try await session("operator@example.com"))")
            case .administrator: cookies.append("seaworthy-session=\(try await session("root@example.com"))")
            case .narrowKey: fields.append(("X-API-Key", narrow))
            case .wideKey: fields.append(("Authorization", "Bearer \(wide)"))
            case .token:
                let body =
                    "{\"email\":\"root@example.com\",\"password\":\"\(GatewayWithAccounts.password)\",\"tokens\":true}"
                let answer = try await running.ask(
                    "POST", "/seaworthy/sign-in",
                    [("Content-Type", "application/json"), ("Accept", "application/json")], body: Array(body.utf8))
                let object = try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any]
                fields.append(("Authorization", "Bearer \(try #require(object?["access_token"] as? String))"))
            }
            if route.method == .post, who.rawValue <= Who.administrator.rawValue {
                let token = try await running.token(
                    session: cookies.first.map { String($0.dropFirst("seaworthy-session=".count)) })
                cookies.append("csrf_token=\(token)")
                fields.append(("X-CSRF-Token", token))
            }
            if !cookies.isEmpty { fields.append(("Cookie", cookies.joined(separator: "; "))) }
            let path = route.path(under: "/seaworthy").replacing(":reason", with: "no-such-reason")
                .replacing(":provider", with: "nobody")
            return try await running.ask(
                route.method.rawValue, path, fields + [("Content-Type", "application/x-www-form-urlencoded")])
        }
    }
}
