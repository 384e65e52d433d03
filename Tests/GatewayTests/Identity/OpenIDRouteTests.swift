import Foundation
import HTTPTypes
import Kernel
import TestKit
import Testing

@testable import Gateway

@Suite("A gateway whose people sign in elsewhere", .serialized)
struct OpenIDRouteTests {
    private static let page = ("Accept", "text/html")

    /// Keys for a provider on loopback, which development allows by name only.
    private static func sets(_ port: Int, extra: String = "sign-up: open", egress: [String]? = nil) -> [String] {
        (egress ?? ["egress.allow=[127.0.0.0/8]", "egress.plain-http=true"]) + [
            "identity.providers={mock: {title: 'Mock & Sons', issuer: 'http://127.0.0.1:\(port)', client-id: me, \(extra)}}",
            "identity.provider-secrets={mock: canary-client-secret-4711}",
        ]
    }

    /// Goes where an answer leads, with a fresh connection to whoever is there.
    private func follow(_ location: String, _ body: [UInt8] = []) async throws -> RawResponse {
        let url = try #require(URLComponents(string: location))
        let connection = try await RawConnection.open(port: try #require(url.port))
        let method = body.isEmpty ? "GET" : "POST"
        let query = url.percentEncodedQuery.map { "?" + $0 } ?? ""
        var text = "\(method) \(url.percentEncodedPath)\(query) HTTP/1.1\r\nHost: 127.0.0.1:\(url.port ?? 0)\r\n"
        if !body.isEmpty {
            text += "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: \(body.count)\r\n"
        }
        try await connection.send(Array((text + "Connection: close\r\n\r\n").utf8) + body)
        let response = await connection.response(to: method, within: .seconds(20))
        await connection.close()
        return try #require(response)
    }

    /// From our start to the provider's answer: where it leads back to.
    private func consent(_ running: GatewayWithAccounts, _ start: RawResponse, as subject: String) async throws
        -> String
    {
        let location = try #require(start.value("location"), "\(start.status) \(start.text)")
        let answer = try await follow(location, Array("sub=\(subject)".utf8))
        let back = try #require(answer.value("location"), "\(answer.status)")
        #expect(back.contains("/seaworthy/sign-in/mock/callback?"))
        return try path(of: back)
    }

    /// Without scheme, host and port, which a provider writes as it likes.
    private func path(of address: String) throws -> String {
        let url = try #require(URLComponents(string: address))
        return url.percentEncodedPath + (url.percentEncodedQuery.map { "?" + $0 } ?? "")
    }

    private func cookie(_ start: RawResponse) throws -> (String, String) {
        ("Cookie", "seaworthy-provider=\(try #require(GatewayWithAccounts.cookies(start)["seaworthy-provider"]))")
    }

    @Test("is led there and back by a real provider, gets an account, and is the same person the next time")
    func real() async throws {
        try await MockProvider.run { provider in
            try await GatewayWithAccounts.run(Self.sets(provider.port)) { running in
                let form = try await running.ask("GET", "/seaworthy/sign-in?return-to=/members/x", [Self.page])
                #expect(form.text.contains("href=\"/seaworthy/sign-in/mock?return-to=/members/x\""), "\(form.text)")
                #expect(form.text.contains("Continue with Mock &amp; Sons"))
                var accounts: Set<String> = []
                for _ in 0..<2 {
                    let start = try await running.ask(
                        "GET", "/seaworthy/sign-in/mock?return-to=/members/x", [Self.page])
                    #expect(start.status == 303 && start.value("cache-control") == "no-store")
                    let line = try #require(start.values("set-cookie").first { $0.hasPrefix("seaworthy-provider=") })
                    #expect(line.hasSuffix("; Path=/; HttpOnly; SameSite=Lax; Max-Age=600"))
                    let back = try await consent(running, start, as: "maria")
                    let strange = try await running.ask("GET", back, [Self.page])
                    #expect(strange.status == 400 && strange.text.contains("go on here"), "no cookie")
                    let done = try await running.ask("GET", back, [Self.page, try cookie(start)])
                    #expect(done.status == 303 && done.value("location") == "/members/x", "\(done.text)")
                    let session = try #require(GatewayWithAccounts.cookies(done)["seaworthy-session"])
                    let again = try await running.ask("GET", back, [Self.page, try cookie(start)])
                    #expect(again.status == 400, "replayed")
                    let mine = ("Cookie", "seaworthy-session=\(session)")
                    #expect(try await running.ask("GET", "/members/x", [mine]).status == 200)
                    let account = try await running.ask(
                        "GET", "/seaworthy/account", [("Accept", "application/json"), mine])
                    #expect(account.text.contains("maria@example.com"))
                    accounts.insert(account.text.firstMatch(of: #/"account":"([^"]+)"/#).map { String($0.1) } ?? "")
                    let linked = try await running.ask("GET", "/seaworthy/account/identities", [Self.page, mine])
                    #expect(linked.status == 200 && linked.text.contains("maria@example.com"))
                }
                #expect(accounts.count == 1)
                running.gateway.flushLog()
                try await eventually { running.log.text.contains("/members/x") }
                #expect(!running.log.text.contains("canary-client-secret"))
            }
        }
    }

    @Test("signs out at the real provider, too, and comes back from there")
    func signOut() async throws {
        try await MockProvider.run { provider in
            try await GatewayWithAccounts.run(Self.sets(provider.port)) { running in
                let start = try await running.ask("GET", "/seaworthy/sign-in/mock?return-to=/members/x", [Self.page])
                let back = try await consent(running, start, as: "maria")
                let done = try await running.ask("GET", back, [Self.page, try cookie(start)])
                let cookies = GatewayWithAccounts.cookies(done)
                let session = try #require(cookies["seaworthy-session"])
                let hint = try #require(cookies["seaworthy-provider-hint"])
                let line = try #require(done.values("set-cookie").first { $0.hasPrefix("seaworthy-provider-hint=") })
                #expect(line.contains("; Path=/seaworthy/sign-out; HttpOnly; SameSite=Lax") && !hint.contains("eyJ"))
                // It never reaches the app.
                running.app.forget()
                _ = try await running.ask(
                    "GET", "/open/page", [("Cookie", "a=1; seaworthy-provider-hint=\(hint)"), ("X-Trace", "9")])
                #expect(running.app.requests(where: "x-trace", is: "9").first?.values("cookie") == ["a=1"])
                let token = try await running.token(session: session)
                let form = Array("csrf_token=\(token)".utf8)
                let all = "csrf_token=\(token); seaworthy-session=\(session); seaworthy-provider-hint=\(hint)"
                let out = try await running.ask(
                    "POST", "/seaworthy/sign-out",
                    [Self.page, ("Cookie", all), ("Content-Type", "application/x-www-form-urlencoded")], body: form)
                #expect(out.status == 200 && out.text.contains("Sign out of Mock &amp; Sons"), "\(out.text)")
                #expect(
                    try await running.ask(
                        "GET", "/members/x",
                        [("Accept", "application/json"), ("Cookie", "seaworthy-session=\(session)")]
                    ).status == 401)
                let href = try #require(out.text.firstMatch(of: #/class="provider" href="([^"]+)"/#)).output.1
                let location = String(href.replacing("&amp;", with: "&"))
                let asked = try #require(URLComponents(string: location))
                #expect(asked.path == "/oauth2/end_session" && asked.port == provider.port)
                let query = Dictionary(
                    (asked.queryItems ?? []).map { ($0.name, $0.value ?? "") }, uniquingKeysWith: { $1 })
                #expect(query["id_token_hint"]?.hasPrefix("eyJ") == true && query["client_id"] == "me")
                #expect(query["post_logout_redirect_uri"]?.hasSuffix("/seaworthy/sign-out/callback") == true)
                let page = try await follow(location)
                let goal = try #require(page.text.firstMatch(of: #/name="redirect_uri" value="([^"]+)"/#)).output.1
                let confirm = "http://127.0.0.1:\(provider.port)/oauth2/end_session/confirm"
                let value = goal.replacing("&amp;", with: "&").addingPercentEncoding(
                    withAllowedCharacters: .alphanumerics)
                let ended = try await follow(confirm, Array("redirect_uri=\(value ?? "")".utf8))
                let home = try path(of: try #require(ended.value("location")))
                #expect(home.hasPrefix("/seaworthy/sign-out/callback?"))
                let came = try await running.ask("GET", home, [Self.page, try cookie(out)])
                #expect(came.status == 303 && came.value("location") == "/seaworthy/sign-in?done=signed-out")
                let stranger = try await running.ask("GET", home, [Self.page])
                #expect(stranger.value("location") == "/seaworthy/sign-in", "another browser's state says nothing")
                running.gateway.flushLog()
                #expect(!running.log.text.contains(hint) && !running.log.text.contains("id_token_hint=eyJ"))
            }
        }
    }

    @Test("links from the account's page, by a token and a link, and takes it off again")
    func linking() async throws {
        try await MockProvider.run { provider in
            try await GatewayWithAccounts.run(Self.sets(provider.port, extra: "sign-up: off")) { running in
                let session = try await running.administrator()
                let mine = "seaworthy-session=\(session)"
                let stranger = try await running.ask("GET", "/seaworthy/sign-in/mock", [Self.page])
                let refused = try await running.ask(
                    "GET", try await consent(running, stranger, as: "maria"), [Self.page, try cookie(stranger)])
                #expect(refused.status == 403 && refused.text.contains("No account here goes with that sign-in."))
                #expect(refused.text.contains("Mock &amp; Sons"))
                #expect(
                    try await running.post("/account/identities/link", ["provider": "nobody"], session: session).status
                        == 404)
                let start = try await running.post("/account/identities/link", ["provider": "mock"], session: session)
                let location = try JSONDecoder().decode([String: String].self, from: Data(start.body))["location"] ?? ""
                let answer = try await follow(location, Array("sub=maria".utf8))
                let back = try path(of: answer.value("location") ?? "")
                let browser = try cookie(start).1
                let other = try await running.ask("GET", back, [Self.page, ("Cookie", browser)])
                #expect(other.status == 400, "not in a session")
                let second = try await running.post("/account/identities/link", ["provider": "mock"], session: session)
                let goal = try JSONDecoder().decode([String: String].self, from: Data(second.body))["location"] ?? ""
                let path = try await follow(goal, Array("sub=maria".utf8)).value("location") ?? ""
                let done = try await running.ask(
                    "GET", try self.path(of: path),
                    [Self.page, ("Cookie", "\(try cookie(second).1); \(mine)")])
                #expect(done.value("location") == "/seaworthy/account/identities?done=linked", "\(done.text)")
                let list = try await running.ask(
                    "GET", "/seaworthy/account/identities", [("Accept", "application/json"), ("Cookie", mine)])
                let id = try #require(list.text.firstMatch(of: #/"identity":"([^"]+)"/#)).1
                #expect(
                    try await running.post("/account/identities/unlink", ["identity": String(id)], session: session)
                        .status
                        == 204)
            }
        }
    }

    @Test("hears clearly that a provider is away, and signs in by password as before")
    func away() async throws {
        let port = try await FreePort.next()
        try await GatewayWithAccounts.run(Self.sets(port)) { running in
            _ = try await running.administrator()
            let answer = try await running.ask("GET", "/seaworthy/sign-in/mock", [Self.page])
            #expect(answer.status == 503 && answer.value("retry-after") == "30")
            #expect(answer.text.contains("Mock &amp; Sons"), "\(answer.text)")
            let json = try await running.ask("GET", "/seaworthy/sign-in/mock", [("Accept", "application/json")])
            #expect(json.text.contains("\"reason\":\"sign-in.provider-unavailable\""))
            let signIn = try await running.post(
                "/sign-in", ["email": "root@example.com", "password": GatewayWithAccounts.password])
            #expect(signIn.status == 200)
            #expect(
                try await running.ask("GET", "/seaworthy/sign-in/nobody", [("Accept", "application/json")]).status
                    == 404)
        }
    }

    @Test("never calls an address of this machine or network that nobody allowed")
    func refused() async throws {
        let server = try await RawUpstream.start { connection, _ in
            try await connection.send(Array("HTTP/1.1 500 No\r\n\r\n".utf8))
        }
        try await GatewayWithAccounts.run(Self.sets(server.port, egress: ["egress.plain-http=true"])) { running in
            let answer = try await running.ask("GET", "/seaworthy/sign-in/mock", [("Accept", "application/json")])
            #expect(answer.status == 502 && answer.text.contains("sign-in.provider-failed"))
            #expect(server.connectionCount == 0)
        }
        await server.stop()
    }

    @Test("leads nobody out of the app, whatever they bring back to")
    func openRedirects() async throws {
        try await MockProvider.run { provider in
            try await GatewayWithAccounts.run(Self.sets(provider.port)) { running in
                for place in [
                    "//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/a\r\nX: y",
                ] {
                    let encoded = place.utf8.map { String(format: "%%%02X", $0) }.joined()
                    let start = try await running.ask(
                        "GET", "/seaworthy/sign-in/mock?return-to=\(encoded)", [Self.page])
                    let back = try await consent(running, start, as: "maria")
                    let done = try await running.ask("GET", back, [Self.page, try cookie(start)])
                    #expect(done.value("location") == "/", "\(place)")
                }
            }
        }
    }

    @Test(
        "is told about wrong keys by their names",
        arguments: [
            ("identity.providers={Mock: {issuer: 'https://a.example', client-id: x}}", "identity.providers.Mock"),
            ("identity.providers={a: {client-id: x}}", "identity.providers.a.issuer"),
            ("identity.providers={a: {issuer: 'https://a.example'}}", "identity.providers.a.client-id"),
            ("identity.providers={a: {issuer: 'ftp://a.example', client-id: x}}", "identity.providers.a.issuer"),
            ("identity.providers={a: {issuer: 'https://a.example/?x', client-id: x}}", "identity.providers.a.issuer"),
            ("identity.providers={a: {issuer: 'http://a.example', client-id: x}}", "egress.plain-http"),
            (
                "identity.providers={a: {issuer: 'https://a.example', client-id: x, client-secret: y}}",
                "identity.providers.a.client-secret"
            ),
            (
                "identity.providers={a: {issuer: 'https://a.example', client-id: x, isuer: y}}",
                "identity.providers.a.isuer"
            ),
            (
                "identity.providers={a: {issuer: 'https://a.example', client-id: x, sign-up: yes}}",
                "identity.providers.a.sign-up"
            ),
            (
                "identity.providers={a: {issuer: 'https://a.example', client-id: x, scopes: [email]}}",
                "identity.providers.a.scopes"
            ),
            (
                "identity.providers={a: {issuer: 'https://a.example', client-id: x, token: 'https://a.example/t'}}",
                "identity.providers.a.token"
            ),
            (
                "identity.providers={second-factor: {issuer: 'https://a.example', client-id: x}}",
                "identity.providers.second-factor"
            ),
            ("identity.providers=[a]", "identity.providers"),
            ("identity.provider-secrets={b: x}", "identity.provider-secrets"),
        ])
    func keys(_ set: String, _ key: String) throws {
        do {
            _ = try GatewayConfiguration.load(
                ConfigurationSources(sets: ["upstream=http://127.0.0.1:9", "identity.sign-in=own", set]))
            Issue.record("\(set) was taken")
        } catch let errors {
            #expect(errors.errors.map(\.key).contains(key), "\(errors.errors.map { "\($0.key): \($0.valid)" })")
        }
    }
}

/// `oidc-provider-mock` of PyPI: somebody else's idea of OpenID Connect, on loopback.
struct MockProvider {
    let port: Int

    static func run(_ work: (MockProvider) async throws -> Void) async throws {
        let port = try await FreePort.next()
        let directory = try TemporaryDirectory("provider")
        let process = try LifelineProcess(
            "/usr/bin/env",
            [
                "python3", "-W", "ignore", "-m", "oidc_provider_mock", "--port", "\(port)", "--require-nonce", "true",
                "--user-claims", "{\"sub\":\"maria\",\"email\":\"maria@example.com\",\"email_verified\":true}",
            ], signal: "KILL", directory: directory.path, log: directory.file("log"))
        defer {
            process.stop()
            directory.remove()
        }
        try await eventually("the provider's start") { await answers(port) }
        try await work(MockProvider(port: port))
    }

    private static func answers(_ port: Int) async -> Bool {
        guard let connection = try? await RawConnection.open(port: port) else { return false }
        await connection.close()
        return true
    }
}
