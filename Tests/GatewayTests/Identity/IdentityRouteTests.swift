import Crypto
import Foundation
import HTTPTypes
import Kernel
import Observability
import TestKit
import Testing
import Web

@testable import Gateway

@Suite("A gateway with accounts", .serialized)
struct IdentityRouteTests {
    private func cookie(_ session: String) -> (String, String) { ("Cookie", "seaworthy-session=\(session)") }

    @Test("lets whoever is signed in through to routes that ask for it, by role, and nobody else")
    func access() async throws {
        try await GatewayWithAccounts.run { running in
            let session = try await running.administrator()
            let json = ("Accept", "application/json")
            let stranger = try await running.ask("GET", "/members/area", [json])
            #expect(stranger.status == 401 && stranger.text.contains("\"reason\":\"sign-in.required\""))
            #expect(stranger.value("www-authenticate") != nil)
            for path in ["/members/area", "/MEMBERS/area", "/members/area;x=1", "/members%2farea", "/staff/list"] {
                #expect(try await running.ask("GET", path, [json]).status == 401, "\(path)")
            }
            #expect(try await running.ask("GET", "/members/area", [json, cookie(session)]).status == 200)
            #expect(try await running.ask("GET", "/staff/list", [json, cookie(session)]).status == 200)
            let role = try await running.ask("GET", "/auditors/list", [json, cookie(session)])
            #expect(role.status == 403 && role.text.contains("route-policy.role"))
            #expect(try await running.ask("GET", "/open/page", [json]).status == 200)
            #expect(try await running.ask("GET", "/elsewhere", [json]).status == 200)
        }
    }

    @Test("leads a browser to the sign-in and back to where it was, and never out of the app")
    func redirect() async throws {
        try await GatewayWithAccounts.run { running in
            let page = ("Accept", "text/html")
            let led = try await running.ask("GET", "/members/a?b=c&d=e", [page])
            #expect(
                led.status == 303 && led.value("location") == "/seaworthy/sign-in?return-to=/members/a%3Fb%3Dc%26d%3De")
            let form = try await running.ask("GET", led.value("location") ?? "", [page])
            #expect(form.text.contains("name=\"return-to\" value=\"/members/a?b=c&amp;d=e\""))
            for place in [
                "//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/a\r\nX: y",
            ] {
                let form = try await running.ask(
                    "GET", "/seaworthy/sign-in?return-to=\(place.utf8.map { String(format: "%%%02X", $0) }.joined())",
                    [page])
                #expect(form.text.contains("name=\"return-to\" value=\"/\""), "\(place)")
            }
            // A script's request is told, not led.
            let fetch = try await running.ask("GET", "/members/a", [page, ("Sec-Fetch-Mode", "cors")])
            #expect(fetch.status == 401)
        }
    }

    @Test("tells the app who is calling by a token that verifies, and keeps our cookies from it")
    func identityToken() async throws {
        try await GatewayWithAccounts.run { running in
            let session = try await running.administrator()
            running.app.forget()
            _ = try await running.ask(
                "GET", "/members/area",
                [
                    ("X-Seaworthy-Identity", "forged"), ("Authorization", "Bearer theirs"),
                    ("Cookie", "theirs=1; seaworthy-session=\(session); other=2; seaworthy-device=abc"),
                ])
            let seen = try #require(running.app.requests(where: "authorization", is: "Bearer theirs").first)
            #expect(seen.values("cookie") == ["theirs=1; other=2"])
            let token = try #require(seen.value("x-seaworthy-identity"))
            #expect(seen.values("x-seaworthy-identity").count == 1 && token != "forged")
            let keys = try await running.ask("GET", "/seaworthy/identity-keys")
            let claims = try IdentityTokenReader.verified(token, keySet: keys.body)
            #expect(claims["email"] as? String == "root@example.com" && claims["role"] as? String == "administrator")
            #expect(claims["aud"] as? String == "app")
            let issued = try #require(claims["iat"] as? Int)
            #expect(claims["exp"] as? Int == issued + 90)
            // A stranger's cookie passes untouched, and nobody is vouched for.
            _ = try await running.ask("GET", "/elsewhere", [("Cookie", "seaworthy-sess=x; a=b"), ("X-Trace", "7")])
            let stranger = try #require(running.app.requests(where: "x-trace", is: "7").first)
            #expect(
                stranger.values("cookie") == ["seaworthy-sess=x; a=b"] && stranger.value("x-seaworthy-identity") == nil)
        }
    }

    @Test("signs in and out, lists and ends sessions, by JSON and by forms alike")
    func flows() async throws {
        try await GatewayWithAccounts.run { running in
            let first = try await running.administrator()
            let answer = try await running.post(
                "/sign-in", ["email": "ROOT@example.com", "password": GatewayWithAccounts.password])
            #expect(answer.status == 200 && answer.text.contains("\"role\":\"administrator\""))
            let line = try #require(answer.values("set-cookie").first { $0.hasPrefix("seaworthy-session=") })
            #expect(line.hasSuffix("; Path=/; HttpOnly; SameSite=Lax"), "\(line)")
            #expect(answer.value("cache-control") == "no-store")
            let second = try #require(GatewayWithAccounts.cookies(answer)["seaworthy-session"])
            let list = try await running.ask(
                "GET", "/seaworthy/sessions", [("Accept", "application/json"), cookie(second)])
            #expect(list.text.components(separatedBy: "\"session\":").count == 3)
            let wrong = try await running.post("/sign-in", ["email": "root@example.com", "password": "wrong"])
            #expect(wrong.status == 401 && wrong.text.contains("sign-in.failed"))
            #expect(
                try await running.post("/sessions/revoke-all", ["keep-current": "true"], session: second).status == 200)
            #expect(
                try await running.ask("GET", "/members/x", [("Accept", "application/json"), cookie(first)]).status
                    == 401)
            // The form: its own token, and the cookie that came with it.
            let page = try await running.ask("GET", "/seaworthy/sign-in", [("Accept", "text/html")])
            let token = try #require(GatewayWithAccounts.cookies(page)["csrf_token"])
            #expect(page.text.contains("name=\"csrf_token\" value=\"\(token)\""))
            let fields =
                "csrf_token=\(token)&email=root%40example.com&password=correct+horse+battery+staple&return-to=%2Fmembers%2Fx"
            let form = try await running.ask(
                "POST", "/seaworthy/sign-in",
                [
                    ("Accept", "text/html"), ("Content-Type", "application/x-www-form-urlencoded"),
                    ("Cookie", "csrf_token=\(token)"), ("Sec-Fetch-Site", "same-origin"),
                ], body: Array(fields.utf8))
            #expect(form.status == 303 && form.value("location") == "/members/x")
            let third = try #require(GatewayWithAccounts.cookies(form)["seaworthy-session"])
            let out = try await running.post("/sign-out", [:], session: third)
            #expect(out.status == 204 && GatewayWithAccounts.cookies(out)["seaworthy-session"] == "")
            #expect(
                try await running.ask("GET", "/members/x", [("Accept", "application/json"), cookie(third)]).status
                    == 401)
        }
    }

    @Test("gives HTTPS its own cookies, with all their attributes")
    func secureCookies() async throws {
        try await GatewayWithAccounts.run(["trusted-hops=[127.0.0.0/8]"]) { running in
            _ = try await running.administrator()
            let answer = try await running.post(
                "/sign-in", ["email": "root@example.com", "password": GatewayWithAccounts.password],
                extra: [("X-Forwarded-Proto", "https")])
            let line = try #require(answer.values("set-cookie").first { $0.contains("seaworthy-session=") })
            #expect(
                line.hasPrefix("__Host-seaworthy-session=")
                    && line.hasSuffix("; Path=/; HttpOnly; SameSite=Lax; Secure"))
            let secret = try #require(GatewayWithAccounts.cookies(answer)["__Host-seaworthy-session"])
            let json = ("Accept", "application/json")
            for (name, scheme, status) in [
                ("__Host-seaworthy-session", "https", 200), ("seaworthy-session", "https", 401),
                ("__Host-seaworthy-session", "http", 401),
            ] {
                let seen = try await running.ask(
                    "GET", "/members/x", [json, ("X-Forwarded-Proto", scheme), ("Cookie", "\(name)=\(secret)")])
                #expect(seen.status == status, "\(name) over \(scheme)")
            }
        }
    }

    @Test("wants a token that is bound to the session for whatever changes something")
    func tokens() async throws {
        try await GatewayWithAccounts.run { running in
            let session = try await running.administrator()
            let other = try await running.token(session: nil)
            let json = [("Content-Type", "application/json"), ("Accept", "application/json")]
            for (header, cookies) in [
                ("", "seaworthy-session=\(session)"), (other, "seaworthy-session=\(session)"),
                (other, "seaworthy-session=\(session); csrf_token=\(other)"),
                ("a.b.c", "seaworthy-session=\(session); csrf_token=a.b.c"),
                (String(repeating: "x", count: 5000), "seaworthy-session=\(session)"),
            ] {
                let answer = try await running.ask(
                    "POST", "/seaworthy/sessions/revoke-all", json + [("X-CSRF-Token", header), ("Cookie", cookies)],
                    body: Array("{}".utf8))
                #expect(answer.status == 403 && answer.text.contains("csrf.token"), "\(header.prefix(20))")
            }
            #expect(try await running.ask("GET", "/members/x", [cookie(session)]).status == 200)
        }
    }

    @Test("in observe, says what it would have done, and lets pass")
    func observe() async throws {
        try await GatewayWithAccounts.run(mode: "observe") { running in
            #expect(try await running.ask("GET", "/members/area", [("Accept", "text/html")]).status == 200)
            #expect(try await running.ask("GET", "/seaworthy/sign-in", [("Accept", "text/html")]).status == 200)
            running.gateway.flushLog()
            try await eventually { running.log.text.contains("sign-in.required") }
        }
    }

    /// Those that ask for a field at least.
    static let posts = IdentityRoutes.list.filter { $0.method == .post }.map(\.path).filter { path in
        !["/sign-out", "/sessions/revoke-all", "/account/second-factor/begin", "/socket-ticket"].contains(path)
            && !path.hasSuffix("/options")
    }
    static let hostile: [(name: String, body: [UInt8])] = {
        let deep = String(repeating: "{\"email\":", count: 5000) + "1" + String(repeating: "}", count: 5000)
        let texts = [
            "", "null", "[]", "[1,2]", "\"text\"", "{", "{}", "{\"email\":1}", "{\"email\":null,\"password\":null}",
            "{\"email\":{\"a\":1}}", "{\"email\":[\"a\"]}", "{\"email\":\"a\",\"email\":\"b\"}", deep,
            "{\"email\":\"a\\u0000b@example.com\",\"password\":\"\\u0000\",\"token\":\"\\u0000\",\"current\":\"\\u0000\",\"session\":\"\\u0000\"}",
            "{\"email\":\"\\u202Emoc.elpmaxe@a\",\"password\":\"x\",\"token\":\"x\",\"current\":\"x\",\"session\":\"x\"}",
            "{\"email\":\"\\uD800\"}", "{\"email\":\"аdmin@example.com\",\"password\":\"x\",\"current\":\"y\"}",
            "{\"email\":\"' OR 1=1 --\",\"password\":\"' OR 1=1 --\",\"token\":\"' OR 1=1 --\",\"session\":\"' OR 1=1 --\"}",
            "{\"email\":\"\(String(repeating: "a", count: 60_000))\",\"password\":\"x\",\"current\":\"x\"}",
            "{\"password\":\"\(String(repeating: "é", count: 30_000))\",\"email\":\"a@example.com\",\"token\":\"x\"}",
            "{\"email\":\"\(String(repeating: "a", count: 1_000_000))\"}",
        ]
        return texts.map { ($0.prefix(40) + "", Array($0.utf8)) } + [
            ("not UTF-8", [0x7B, 0x22, 0xFF, 0xFE, 0x22, 0x7D])
        ]
    }()

    @Test("answers hostile bodies on every endpoint with a problem of the 400s, never with a failure")
    func hostileBodies() async throws {
        try await GatewayWithAccounts.run(["identity.lockout.mode=off"]) { running in
            for session in [nil, try await running.administrator()] {
                for path in Self.posts
                where !["/sign-out", "/sessions/revoke-all", "/revoke", "/introspect"].contains(path) {
                    for (name, body) in Self.hostile {
                        let answer = try await running.post(path, raw: body, session: session)
                        #expect(
                            (400..<500).contains(answer.status) || answer.status == 202,
                            "\(path) \(name): \(answer.status)")
                        #expect(
                            answer.value("content-type")?.hasPrefix("application/problem+json") == true
                                || answer.status == 202)
                    }
                }
            }
            for type in ["text/plain", "multipart/form-data; boundary=x", "application/xml", ""] {
                let answer = try await running.post("/sign-in", raw: Array("a=b".utf8), type: type)
                #expect(answer.status == 415, "\(type)")
            }
            for form in ["email=a&email=b", "email=%zz", "email=%ff", "%00=x", String(repeating: "a=1&", count: 9000)] {
                let answer = try await running.post(
                    "/sign-in", raw: Array(form.utf8), type: "application/x-www-form-urlencoded")
                #expect((400..<500).contains(answer.status), "\(form.prefix(20))")
            }
        }
    }

    @Test("escapes whatever it shows again, combining marks behind a quote too")
    func escapes() async throws {
        try await GatewayWithAccounts.run { running in
            let token = try await running.token(session: nil)
            let evil = "\"\u{301}><script>alert(1)</script>'&"
            let encoded = evil.utf8.map { String(format: "%%%02X", $0) }.joined()
            let answer = try await running.ask(
                "POST", "/seaworthy/sign-in",
                [
                    ("Accept", "text/html"), ("Content-Type", "application/x-www-form-urlencoded"),
                    ("Cookie", "csrf_token=\(token)"),
                ], body: Array("csrf_token=\(token)&email=\(encoded)&password=x&return-to=\(encoded)".utf8))
            #expect(answer.status == 401 && answer.value("content-type") == "text/html; charset=utf-8")
            #expect(!answer.text.contains("<script") && !answer.text.contains("\"\u{301}>"))
            #expect(answer.value("content-security-policy")?.contains("script-src 'none'") == true)
        }
    }

    @Test("writes no password, token or cookie into any log line")
    func canaries() async throws {
        try await GatewayWithAccounts.run { running in
            let session = try await running.administrator()
            _ = try await running.post("/sign-in", ["email": "root@example.com", "password": "canary-password-4711"])
            _ = try await running.ask("GET", "/seaworthy/choose?token=canary-token-4711", [("Accept", "text/html")])
            _ = try await running.ask("GET", "/members/x", [cookie(session)])
            running.gateway.flushLog()
            try await eventually { running.log.text.contains("/members/x") }
            let text = running.log.text
            for secret in [session, "canary-password-4711", "canary-token-4711", GatewayWithAccounts.password] {
                #expect(!text.contains(secret))
            }
        }
    }

    @Test("without it, nothing of it is there: no stage, no page")
    func off() async throws {
        let configuration = try GatewayConfiguration.load(
            ConfigurationSources(sets: ["upstream=http://127.0.0.1:9", "database=none"])
        ).configuration
        let services = try GatewayServices(configuration: configuration, loops: 1, sink: .handler { _ in })
        #expect(!Pipeline.publicDoor(configuration, services).contains { $0.name == "SignIn" })
        for key in [
            "routes.default=signed-in", "routes=[{path: /a, access: signed-in}]",
            "routes=[{path: /a, access: 'role:x'}]",
        ] {
            #expect(throws: ConfigurationErrors.self) {
                try GatewayConfiguration.load(ConfigurationSources(sets: ["upstream=http://127.0.0.1:9", key]))
            }
        }
        #expect(throws: ConfigurationErrors.self) {
            try GatewayConfiguration.load(
                ConfigurationSources(sets: ["upstream=http://127.0.0.1:9", "identity.sign-in=own", "database=none"]))
        }
    }
}

/// Verifies a token as an app would: with the published keys and nothing else of ours.
enum IdentityTokenReader {
    struct Refused: Error {}

    static func verified(_ token: String, keySet: [UInt8]) throws -> [String: Any] {
        let parts = token.split(separator: ".").map(String.init)
        guard parts.count == 3, let head = try object(decoded(parts[0])), head["alg"] as? String == "EdDSA",
            head["typ"] as? String == "seaworthy-identity+jwt",
            let keys = try object(keySet)?["keys"] as? [[String: Any]],
            let key = keys.first(where: { $0["kid"] as? String == head["kid"] as? String }),
            let x = key["x"] as? String
        else { throw Refused() }
        let publicKey = try Curve25519.Signing.PublicKey(rawRepresentation: Data(decoded(x)))
        guard publicKey.isValidSignature(Data(decoded(parts[2])), for: Data("\(parts[0]).\(parts[1])".utf8)),
            let claims = try object(decoded(parts[1]))
        else { throw Refused() }
        return claims
    }

    private static func object(_ bytes: [UInt8]) throws -> [String: Any]? {
        try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
    }

    private static func decoded(_ text: String) -> [UInt8] {
        let plain = text.replacing("-", with: "+").replacing("_", with: "/")
        let padded = plain + String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4)
        return Data(base64Encoded: padded).map { Array($0) } ?? []
    }
}
