import Crypto
import Foundation
import Kernel
import TestKit
import Testing

@testable import Gateway

@Suite("A gateway that asks for second factors", .serialized)
struct SecondFactorRouteTests {
    private func cookie(_ session: String) -> (String, String) { ("Cookie", "seaworthy-session=\(session)") }
    private let json = ("Accept", "application/json")
    private let page = ("Accept", "text/html")

    private static func object(_ response: RawResponse) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(response.body)) as? [String: Any])
    }

    /// The code that oathtool has for a secret; `steps` later ones.
    private static func code(_ secret: String, steps: Int = 0) async throws -> String {
        let time = Int(Date().timeIntervalSince1970) + 30 * steps
        let run = try await ForeignProgram.run("oathtool", ["--totp", "-b", secret, "--now", "@\(time)"])
        return run.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private static func session(_ response: RawResponse) throws -> String {
        try #require(GatewayWithAccounts.cookies(response)["seaworthy-session"], "\(response.text)")
    }

    /// Sets an app up: its secret, the recovery codes and the session that goes on.
    private static func enrol(
        _ running: GatewayWithAccounts, _ session: String
    ) async throws -> (secret: String, codes: [String], session: String) {
        let begun = try await running.post("/account/second-factor/begin", [:], session: session)
        let secret = try #require(try object(begun)["secret"] as? String, "\(begun.text)")
        let answer = try await running.post(
            "/account/second-factor/confirm", ["code": try await code(secret)], session: session)
        let codes = try #require(try object(answer)["recovery-codes"] as? [String], "\(answer.text)")
        return (secret, codes, try Self.session(answer))
    }

    @Test("signs in by password and code, over JSON, and the half-done sign-in opens nothing")
    func signIn() async throws {
        try await GatewayWithAccounts.run { running in
            let first = try await running.administrator()
            let (secret, codes, session) = try await Self.enrol(running, first)
            #expect(try await running.ask("GET", "/members/x", [json, cookie(first)]).status == 401)
            #expect(try await running.ask("GET", "/members/x", [json, cookie(session)]).status == 200)
            let half = try await running.post(
                "/sign-in", ["email": "root@example.com", "password": GatewayWithAccounts.password])
            let cookies = GatewayWithAccounts.cookies(half)
            let step = try #require(cookies["seaworthy-step"])
            #expect(half.status == 202 && cookies["seaworthy-session"] == nil)
            #expect(half.text.contains("\"status\":\"second-factor-required\""))
            let line = try #require(half.values("set-cookie").first { $0.hasPrefix("seaworthy-step=") })
            #expect(line.hasSuffix("; Path=/; HttpOnly; SameSite=Lax; Max-Age=600"))
            for name in ["seaworthy-session", "seaworthy-step"] {
                for path in [
                    "/members/x", "/seaworthy/account", "/seaworthy/account/second-factor", "/seaworthy/sessions",
                ] {
                    let answer = try await running.ask("GET", path, [json, ("Cookie", "\(name)=\(step)")])
                    #expect(answer.status == 401, "\(path) with \(name)")
                }
            }
            // The app never sees the step's cookie.
            running.app.forget()
            _ = try await running.ask(
                "GET", "/open/page", [("Cookie", "a=1; seaworthy-step=\(step)"), ("X-Trace", "8")])
            #expect(running.app.requests(where: "x-trace", is: "8").first?.values("cookie") == ["a=1"])
            let wrong = try await finish(running, step, "000000")
            #expect(wrong.status == 401 && wrong.text.contains("second-factor.failed"))
            let right = try await finish(running, step, codes[0])
            #expect(right.status == 200 && GatewayWithAccounts.cookies(right)["seaworthy-step"] == "")
            let used = try await finish(running, step, codes[1])
            #expect(used.status == 401 && used.text.contains("second-factor.expired"))
            let view = try Self.object(
                try await running.ask(
                    "GET", "/seaworthy/account/second-factor", [json, cookie(try Self.session(right))]))
            #expect(view["enabled"] as? Bool == true && view["recovery-codes-left"] as? Int == 9)
            #expect(!"\(view)".contains(secret))
        }
    }

    private func finish(_ running: GatewayWithAccounts, _ step: String, _ code: String) async throws -> RawResponse {
        let token = try await running.token(session: nil)
        return try await running.ask(
            "POST", "/seaworthy/sign-in/second-factor",
            [
                json, ("Content-Type", "application/json"), ("X-CSRF-Token", token),
                ("Cookie", "csrf_token=\(token); seaworthy-step=\(step)"),
            ], body: Array("{\"code\":\"\(code)\"}".utf8))
    }

    @Test("by forms alone, without a script: sets it up, shows the codes once, signs in and goes where one wanted")
    func forms() async throws {
        try await GatewayWithAccounts.run { running in
            let first = try await running.administrator()
            let token = try await running.token(session: first)
            func form(_ path: String, _ fields: String, _ cookies: String, _ token: String) async throws -> RawResponse
            {
                try await running.ask(
                    "POST", "/seaworthy\(path)",
                    [
                        page, ("Content-Type", "application/x-www-form-urlencoded"), ("Sec-Fetch-Site", "same-origin"),
                        ("Cookie", "csrf_token=\(token); \(cookies)"),
                    ], body: Array("csrf_token=\(token)&\(fields)".utf8))
            }
            let mine = "seaworthy-session=\(first)"
            let begun = try await form("/account/second-factor/begin", "return-to=/members/x", mine, token)
            #expect(begun.status == 303)
            let place = try #require(begun.value("location"))
            let setup = try await running.ask("GET", place, [page, ("Cookie", mine)])
            #expect(setup.text.contains("<svg class=\"qr\"") && !setup.text.contains("<script"))
            #expect(setup.text.contains("name=\"return-to\" value=\"/members/x\""))
            let match = try #require(setup.text.firstMatch(of: #/<code class="secret">([A-Z2-7 ]+)</code>/#))
            let secret = String(match.1).replacing(" ", with: "")
            let wrong = try await form("/account/second-factor/confirm", "code=000000", mine, token)
            #expect(wrong.status == 422 && wrong.text.contains("role=\"alert\"") && wrong.text.contains("<svg"))
            let done = try await form(
                "/account/second-factor/confirm", "code=\(try await Self.code(secret))&return-to=/members/x", mine,
                token)
            #expect(done.status == 200 && done.text.contains("href=\"/members/x\""))
            let codes = done.text.matches(of: #/<li><code>([0-9a-z-]{19})</code>/#).map { String($0.1) }
            #expect(codes.count == 10)
            let nobody = try await running.token(session: nil)
            let half = try await form(
                "/sign-in", "email=root%40example.com&password=correct+horse+battery+staple&return-to=/members/y?a%3Db",
                "x=y", nobody)
            let step = try #require(GatewayWithAccounts.cookies(half)["seaworthy-step"])
            #expect(half.value("location") == "/seaworthy/sign-in/second-factor?return-to=/members/y%3Fa%3Db")
            let next = try await running.ask(
                "GET", half.value("location") ?? "", [page, ("Cookie", "seaworthy-step=\(step)")])
            #expect(next.text.contains("autocomplete=\"one-time-code\""))
            let lost = try await running.ask("GET", "/seaworthy/sign-in/second-factor", [page])
            #expect(lost.status == 401 && lost.text.contains("Back to the sign-in"))
            let signedIn = try await form(
                "/sign-in/second-factor", "code=\(codes[4])&return-to=/members/y?a%3Db", "seaworthy-step=\(step)",
                nobody)
            #expect(signedIn.status == 303 && signedIn.value("location") == "/members/y?a=b")
        }
    }

    @Test("leads whoever must have one to setting it up, and lets them do nothing else")
    func required() async throws {
        try await GatewayWithAccounts.run(["identity.second-factor.required-for=[administrator]"]) { running in
            let first = try await running.administrator()
            let led = try await running.ask("GET", "/members/x?a=b", [page, cookie(first)])
            #expect(
                led.status == 303
                    && led.value("location") == "/seaworthy/account/second-factor?return-to=/members/x%3Fa%3Db")
            for path in ["/members/x", "/staff/list", "/seaworthy/account", "/seaworthy/sessions"] {
                let told = try await running.ask("GET", path, [json, cookie(first)])
                #expect(told.status == 403 && told.text.contains("second-factor.enrolment-required"), "\(path)")
            }
            for path in ["/sessions/revoke-all", "/invitations", "/account/password", "/account/email"] {
                let told = try await running.post(
                    path, ["email": "a@example.com", "current": "x", "password": "y"], session: first)
                #expect(told.status == 403 && told.text.contains("second-factor.enrolment-required"), "\(path)")
            }
            // To the app they are nobody yet.
            running.app.forget()
            _ = try await running.ask("GET", "/open/page", [cookie(first), ("X-Trace", "9")])
            #expect(running.app.requests(where: "x-trace", is: "9").first?.value("x-seaworthy-identity") == nil)
            let (_, _, session) = try await Self.enrol(running, first)
            #expect(try await running.ask("GET", "/members/x", [json, cookie(session)]).status == 200)
            let removal = try await running.post("/account/second-factor/remove", [:], session: session)
            #expect(removal.status == 403 && removal.text.contains("second-factor.required-by-role"))
        }
    }

    @Test("a route may ask for one, in every reading of its path, and only beside a sign-in")
    func routes() async throws {
        let routes =
            "routes=[{path: /vault/**, access: signed-in, second-factor: true}, {path: /members/**, access: signed-in}]"
        try await GatewayWithAccounts.run([routes]) { running in
            let first = try await running.administrator()
            #expect(try await running.ask("GET", "/vault/x", [json]).text.contains("sign-in.required"))
            for path in ["/vault/x", "/VAULT/x", "/vault%2fx", "/vault/x;a=b"] {
                let told = try await running.ask("GET", path, [json, cookie(first)])
                #expect(told.status == 403 && told.text.contains("second-factor.required"), "\(path)")
            }
            let led = try await running.ask("GET", "/vault/x", [page, cookie(first)])
            #expect(led.value("location") == "/seaworthy/account/second-factor?return-to=/vault/x")
            #expect(try await running.ask("GET", "/members/x", [json, cookie(first)]).status == 200)
            let (_, _, session) = try await Self.enrol(running, first)
            #expect(try await running.ask("GET", "/vault/x", [json, cookie(session)]).status == 200)
        }
        try await GatewayWithAccounts.run([routes], mode: "observe") { running in
            let first = try await running.administrator()
            #expect(try await running.ask("GET", "/vault/x", [page, cookie(first)]).status == 200)
            running.gateway.flushLog()
            try await eventually { running.log.text.contains("second-factor.required") }
        }
        for rule in [
            "{path: /a, access: public, second-factor: true}", "{path: /a, second-factor: true}",
            "{path: /a, access: signed-in, second-factor: sometimes}",
        ] {
            #expect(throws: ConfigurationErrors.self) {
                try GatewayConfiguration.load(
                    ConfigurationSources(sets: [
                        "upstream=http://127.0.0.1:9", "identity.sign-in=own", "routes=[\(rule)]",
                    ]))
            }
        }
        for value in ["Administrator", "a b", "[administrator, '']", "{a: b}"] {
            #expect(throws: ConfigurationErrors.self) {
                try GatewayConfiguration.load(
                    ConfigurationSources(sets: [
                        "upstream=http://127.0.0.1:9", "identity.second-factor.required-for=\(value)",
                    ]))
            }
        }
    }

    @Test("an old session is told to show anew who it is, and led there and back; deleting ends it")
    func stepUp() async throws {
        try await GatewayWithAccounts.run(["identity.re-authentication=30s"]) { running in
            let first = try await running.administrator()
            let (_, codes, session) = try await Self.enrol(running, first)
            let state = try await running.ask("GET", "/seaworthy/step-up", [json, cookie(session)])
            #expect(state.text == "{\"fresh\":true,\"code\":true,\"passkey\":false}")
            let noCode = try await running.post(
                "/step-up", ["current": GatewayWithAccounts.password], session: session)
            #expect(noCode.status == 422 && noCode.text.contains("code: "))
            let wrong = try await running.post("/step-up", ["current": "wrong", "code": codes[0]], session: session)
            #expect(wrong.status == 403 && wrong.text.contains("identity.wrong-password"))
            let done = try await running.post(
                "/step-up", ["current": GatewayWithAccounts.password, "code": codes[0]], session: session)
            let anew = try Self.session(done)
            #expect(done.status == 200 && anew != session)
            #expect(try await running.ask("GET", "/members/x", [json, cookie(session)]).status == 401)
            let last = try await running.post("/account/delete", ["confirm": "root@example.com"], session: anew)
            #expect(last.status == 409 && last.text.contains("identity.last-administrator"))
            let form = try await running.ask("GET", "/seaworthy/account/delete", [page, cookie(anew)])
            #expect(form.text.contains("name=\"confirm\""))
        }
    }
}
