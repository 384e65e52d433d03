import Foundation
import Kernel
import TestKit
import Testing

@testable import Gateway

@Suite("A gateway with accounts, asked by programs", .serialized)
struct ProgramRouteTests {
    private let json = [("Content-Type", "application/json"), ("Accept", "application/json")]
    private let form = [("Content-Type", "application/x-www-form-urlencoded")]

    private func object(_ response: RawResponse) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(response.body)) as? [String: Any], "\(response.text)")
    }

    private func bearer(_ text: String) -> (String, String) { ("Authorization", "Bearer \(text)") }

    /// Signs a program in: no cookie, no token against other sites.
    private func tokens(_ running: GatewayWithAccounts) async throws -> [String: Any] {
        let answer = try await running.ask(
            "POST", "/seaworthy/sign-in", json,
            body: Array(
                "{\"email\":\"root@example.com\",\"password\":\"\(GatewayWithAccounts.password)\",\"tokens\":true}".utf8
            ))
        #expect(
            answer.status == 200 && answer.values("set-cookie").isEmpty && answer.value("cache-control") == "no-store")
        return try object(answer)
    }

    private func key(
        _ running: GatewayWithAccounts, _ session: String, scopes: String = ""
    ) async throws -> [String: Any] {
        let answer = try await running.post(
            "/keys", ["name": "program", "scopes": scopes, "current": GatewayWithAccounts.password], session: session)
        #expect(answer.status == 201, "\(answer.text)")
        return try object(answer)
    }

    @Test("signs a program in, refreshes, introspects and revokes, all without a cookie")
    func flow() async throws {
        try await GatewayWithAccounts.run { running in
            let session = try await running.administrator()
            let first = try await tokens(running)
            #expect(first["token_type"] as? String == "Bearer" && first["expires_in"] as? Int == 3600)
            let access = try #require(first["access_token"] as? String)
            let refresh = try #require(first["refresh_token"] as? String)
            let members = try await running.ask("GET", "/members/x", [bearer(access)])
            #expect(members.status == 200)
            let account = try object(
                try await running.ask("GET", "/seaworthy/account", [bearer(access), ("Accept", "application/json")]))
            #expect(account["credential"] as? String == "access-token" && account["role"] as? String == "administrator")
            // The introspection takes a key of its own, or the token of whoever may.
            let checker = try #require(
                try await key(running, session, scopes: "tokens.introspect")["key"] as? String)
            let narrow = try #require(try await key(running, session, scopes: "account.read")["key"] as? String)
            func introspect(_ token: String, by credential: (String, String)?) async throws -> RawResponse {
                try await running.ask(
                    "POST", "/seaworthy/introspect", form + (credential.map { [$0] } ?? []),
                    body: Array("token=\(token)".utf8))
            }
            let found = try object(try await introspect(access, by: ("X-API-Key", checker)))
            #expect(found["active"] as? Bool == true && found["username"] as? String == "root@example.com")
            #expect((found["scope"] as? String)?.contains("reports.read") == true)
            let unknown = try await introspect("nonsense", by: bearer(checker))
            #expect(unknown.status == 200 && unknown.text == "{\"active\":false}")
            #expect(try await introspect(access, by: nil).status == 401)
            let refused = try await introspect(access, by: bearer(narrow))
            #expect(refused.status == 403 && refused.value("www-authenticate")?.contains("tokens.introspect") == true)
            // A session's cookie is nobody to it: no other site can ask through somebody's browser.
            #expect(try await introspect(access, by: ("Cookie", "seaworthy-session=\(session)")).status == 401)

            func exchange(_ token: String) async throws -> RawResponse {
                try await running.ask(
                    "POST", "/seaworthy/token", form,
                    body: Array("grant_type=refresh_token&refresh_token=\(token)".utf8))
            }
            let next = try object(try await exchange(refresh))
            #expect(next["refresh_token"] as? String != refresh)
            let same = try object(try await exchange(refresh))
            #expect(same["refresh_token"] as? String == next["refresh_token"] as? String)
            let other = try await running.ask(
                "POST", "/seaworthy/token", form, body: Array("grant_type=password&refresh_token=x".utf8))
            #expect(other.status == 400 && other.text.contains("identity.unsupported-grant"))
            let bad = try await exchange("swr_" + String(repeating: "A", count: 43))
            #expect(bad.status == 400 && bad.text.contains("identity.invalid-grant"))

            for token in ["nonsense", try #require(next["refresh_token"] as? String)] {
                let answer = try await running.ask(
                    "POST", "/seaworthy/revoke", form, body: Array("token=\(token)".utf8))
                #expect(answer.status == 200)
            }
            let ended = try await running.ask("GET", "/members/x", [bearer(access)])
            #expect(ended.status == 401 && ended.text.contains("token.refused"))
            #expect(ended.value("www-authenticate") == "Bearer realm=\"seaworthy\", error=\"invalid_token\"")
            #expect(ended.value("content-type")?.hasPrefix("application/problem+json") == true)
            #expect(try object(try await introspect(access, by: bearer(checker)))["active"] as? Bool == false)
        }
    }

    @Test("lets keys as far as their scopes and their owner's role go, and never shows one to the app")
    func keys() async throws {
        try await GatewayWithAccounts.run { running in
            let session = try await running.administrator()
            let made = try await key(running, session)
            let whole = try #require(made["key"] as? String)
            let narrow = try #require(try await key(running, session, scopes: "account.read")["key"] as? String)
            let reports = try #require(try await key(running, session, scopes: "reports.read")["key"] as? String)
            for (path, key, status, reason) in [
                ("/members/x", whole, 200, ""), ("/staff/x", whole, 200, ""), ("/reports/x", whole, 200, ""),
                ("/auditors/x", whole, 403, "route-policy.role"), ("/members/x", narrow, 200, ""),
                ("/staff/x", narrow, 403, "route-policy.scope"), ("/reports/x", narrow, 403, "route-policy.scope"),
                ("/reports/x", reports, 200, ""), ("/open/x", whole + "x", 401, "api-key.refused"),
                ("/elsewhere", "swk_", 401, "api-key.refused"),
            ] {
                for field in [bearer(key), ("X-API-Key", key), ("authorization", "bEaReR   \(key)")] {
                    let answer = try await running.ask("GET", path, [field, ("Accept", "application/json")])
                    #expect(answer.status == status, "\(path) \(field.0): \(answer.text)")
                    if !reason.isEmpty { #expect(answer.text.contains(reason)) }
                }
            }
            running.app.forget()
            _ = try await running.ask(
                "POST", "/members/x", [("X-API-Key", whole), ("Authorization", "Bearer theirs"), ("X-Trace", "8")],
                body: Array("x".utf8))
            let seen = try #require(running.app.requests(where: "x-trace", is: "8").first)
            #expect(seen.value("x-api-key") == nil && seen.value("authorization") == "Bearer theirs")
            let token = try #require(seen.value("x-seaworthy-identity"))
            let keySet = try await running.ask("GET", "/seaworthy/identity-keys")
            let claims = try IdentityTokenReader.verified(token, keySet: keySet.body)
            #expect(claims["credential"] as? String == "api-key" && claims["roles"] as? [String] == ["administrator"])
            #expect((claims["permissions"] as? [String])?.contains("reports.read") == true)
            // Another site's page can't send one, and a cookie beside it brings the check back.
            let cross = [("X-API-Key", whole), ("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site")]
            #expect(try await running.ask("POST", "/members/x", cross).status == 200)
            let ridden = try await running.ask("POST", "/members/x", cross + [("Cookie", "a=b")])
            #expect(ridden.status == 403 && ridden.text.contains("csrf.cross-site"))

            let id = try #require(made["id"] as? String)
            #expect(try await running.post("/keys/revoke", ["key": id], session: session).status == 204)
            #expect(try await running.ask("GET", "/members/x", [bearer(whole)]).status == 401)
            running.gateway.flushLog()
            try await eventually { running.log.text.contains("/members/x") }
            for secret in [whole, narrow, reports] { #expect(!running.log.text.contains(secret)) }
        }
    }

    @Test("shows a key once, on a page that works without a script, and escapes its name")
    func page() async throws {
        try await GatewayWithAccounts.run { running in
            let session = try await running.administrator()
            let token = try await running.token(session: session)
            let fields = [
                "csrf_token=\(token)", "name=%3Cb%3E%22x", "days=30", "scope%3Aaccount.read=on",
                "current=correct+horse+battery+staple",
            ].joined(separator: "&")
            let browser = [
                ("Accept", "text/html"), ("Cookie", "csrf_token=\(token); seaworthy-session=\(session)"),
                ("Sec-Fetch-Site", "same-origin"),
            ]
            let made = try await running.ask("POST", "/seaworthy/keys", browser + form, body: Array(fields.utf8))
            #expect(made.status == 200 && made.text.contains("value=\"swk_") && !made.text.contains("<b>\""))
            let list = try await running.ask("GET", "/seaworthy/keys", browser)
            #expect(list.status == 200 && list.text.contains("&lt;b&gt;&quot;x") && list.text.contains("account.read"))
            #expect(list.text.components(separatedBy: "swk_").count == 2 && list.text.contains("never used"))
            let wrong = try await running.ask(
                "POST", "/seaworthy/keys", browser + form,
                body: Array(fields.replacing("correct", with: "wrong").utf8))
            #expect(wrong.status == 403 && wrong.text.contains("role=\"alert\""))
        }
    }

    @Test("shows the keys of access tokens where readers look for them, and only where accounts are ours")
    func keySet() async throws {
        try await GatewayWithAccounts.run { running in
            _ = try await running.administrator()
            let answer = try await running.ask("GET", "/.well-known/jwks.json")
            #expect(answer.status == 200 && answer.value("content-type") == "application/jwk-set+json")
            #expect(answer.text.contains("\"kid\":\"sat-") && !answer.text.contains("\"d\""))
            let identity = try await running.ask("GET", "/seaworthy/identity-keys")
            #expect(identity.text != answer.text)
            let head = try await running.ask("HEAD", "/.well-known/jwks.json")
            #expect(head.status == 200)
        }
    }

    @Test("answers every hostile bearer with 401 on routes that ask for somebody, and never fails")
    func hostile() async throws {
        try await GatewayWithAccounts.run { running in
            _ = try await running.administrator()
            let good = try #require(try await tokens(running)["access_token"] as? String)
            let parts = good.split(separator: ".").map(String.init)
            let values = [
                "Bearer", "Bearer ", "Bearer x", "Bearer \(parts[0]).\(parts[1]).", "Bearer \(parts[0])..\(parts[2])",
                "Bearer \(good)x", "Bearer \(good).\(parts[2])", "bearer \(good),\(good)", "Bearer swk_",
                "Bearer eyJ.eyJ.eyJ", "Bearer " + String(repeating: "A", count: 6000), "Basic \(good)",
                "Bearer \(parts[0]).e30.\(parts[2])", "Bearer swr_\(parts[2].prefix(43))",
            ]
            for value in values {
                let answer = try await running.ask(
                    "GET", "/members/x", [("Authorization", value), ("Accept", "application/json")])
                #expect(answer.status == 401 || answer.status == 431, "\(value.prefix(60)): \(answer.status)")
                if answer.status == 401 { #expect(answer.value("www-authenticate")?.contains("Bearer") == true) }
            }
            #expect(try await running.ask("GET", "/members/x", [bearer(good)]).status == 200)
        }
    }

    @Test("refuses names in routes and roles that nobody can have, with the nearest")
    func names() throws {
        func refusal(_ sets: [String]) -> String {
            do {
                _ = try GatewayConfiguration.load(
                    ConfigurationSources(
                        sets: ["upstream=http://127.0.0.1:9", "identity.sign-in=own", "database=a.db"] + sets))
                return ""
            } catch { return "\(error)" }
        }
        let roles = "identity.roles={auditor: [reports.read]}"
        #expect(refusal([roles, "routes=[{path: /a, access: 'permission:reports.read'}]"]) == "")
        for (route, nearest) in [
            ("permission:report.read", "permission:reports.read"), ("role:auditer", "role:auditor"),
        ] {
            let text = refusal([roles, "routes=[{path: /a, access: '\(route)'}]"])
            #expect(text.contains("routes = \"\(route)\"") && text.contains(nearest), "\(text)")
        }
        for route in ["permission:", "permission:A", "permission:a b", "role:a.b", "permission"] {
            #expect(refusal(["routes=[{path: /a, access: '\(route)'}]"]).contains("permission:NAME"), "\(route)")
        }
        #expect(refusal(["identity.roles={auditor: [users.invte]}"]).contains("users.invite"))
        for (key, value) in [
            ("identity.token.access", "30s"), ("identity.token.access", "25h"), ("identity.token.refresh", "5min"),
            ("identity.token.algorithm", "HS256"), ("identity.api-key.longest", "1h"),
        ] {
            #expect(refusal(["\(key)=\(value)"]).contains("identity."), "\(key)=\(value)")
        }
    }
}
