import Crypto
import Foundation
import Kernel
import Store
import TestKit
import Testing

/// Secrets of every own flow, sent through a real `serve` and then looked for in everything that it wrote.
@Suite("Canaries", .serialized)
struct CanaryTests {
    /// What must stand nowhere, each with a name for the test's message.
    private struct Canaries {
        private(set) var all: [(name: String, text: String)] = []
        @discardableResult
        mutating func plant(_ name: String, _ text: String) -> String {
            // A short one would be found by chance.
            #expect(text.utf8.count >= 12, "\(name)")
            all.append((name, text))
            return text
        }

        /// Names of those that stand in a text, in the clear, percent-encoded or in base64.
        func found(in bytes: Data) -> [String] {
            all.filter { canary in
                let encoded = canary.text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? canary.text
                let base64 = Data(canary.text.utf8).base64EncodedString().prefix(canary.text.utf8.count / 3 * 4)
                return [canary.text, encoded, String(base64)].contains { bytes.range(of: Data($0.utf8)) != nil }
            }.map(\.name)
        }
    }

    private static let clientSecret = "canary-client-secret-4711"
    private static let webhookSecret = "canary-webhook-secret-4711-and-long-enough"

    private static func configure(_ workspace: Workspace, _ receiver: WebhookReceiver, provider: Int) throws {
        try workspace.write(
            "seaworthy.yaml",
            """
            environment: development
            mode: enforce
            email.from: app@example.test
            secret-key: canary-root-key-Qm2pL9sKd4TzRb8WnYc3HgJf6AeUo
            identity.sign-in: own
            identity.sign-up: open
            identity.password.cost: 4
            identity.providers:
              mock: { title: Mock, issuer: "http://127.0.0.1:\(provider)", client-id: me, sign-up: open }
            identity.provider-secrets:
              mock: \(clientSecret)
            limits.drain: 1s
            protection.rate-limit.mode: off
            egress.plain-http: true
            egress.allow: [127.0.0.0/8]
            webhooks.endpoints:
              - id: ops
                url: http://127.0.0.1:\(receiver.port)/hook
                secrets: [\(webhookSecret)]
                events: ["*"]
            routes:
              - { path: /members/**, access: signed-in }
              - { path: /open/**, access: public }

            """)
    }

    @Test("no secret of any flow stands in what serve wrote, sent or keeps", arguments: DatabaseEngine.allCases)
    func nowhere(engine: DatabaseEngine) async throws {
        let workspace = try Workspace()
        let receiver = try await WebhookReceiver.start { _ in .status(204) }
        let app = try await SocketApp.start()
        try Self.configure(workspace, receiver, provider: FreePort.pick())
        let address = try await workspace.migrated(engine)
        let running = try workspace.start(
            ["serve", "--upstream", "http://127.0.0.1:\(app.port)", "--database", address] + ServeTests.anyPort)
        _ = try await running.worker()
        var canaries = Canaries()
        canaries.plant("the root key", "canary-root-key-Qm2pL9sKd4TzRb8WnYc3HgJf6AeUo")
        canaries.plant("the provider's client secret", Self.clientSecret)
        canaries.plant("the webhook's secret", Self.webhookSecret)
        let visitor = try await Visitor(running)
        var refusals: [RawResponse] = []
        try await flows(visitor, workspace, address, &canaries, &refusals)
        #expect(canaries.all.count >= 18)

        let metrics = try await running.operatorAnswer("/metrics").body
        try await running.wait("a webhook") { !receiver.requests.isEmpty }
        running.signal(SIGTERM)
        #expect(try await running.finish(within: .seconds(20)).status == 0)
        let export = try await workspace.run("audit", "export", "--database", address)
        #expect(export.status == 0, "\(export.err)")
        let hooks = receiver.requests.flatMap { $0.headerLines.flatMap(\.self) + $0.body }
        let places: [(name: String, bytes: Data, mark: String)] = [
            ("standard output and its access log", Data(running.out.utf8), "/members/live"),
            ("standard error", Data(running.err.utf8), "Ctrl-C"),
            ("the audit export", Data(export.out.utf8), "sign-in"),
            ("metrics", Data(metrics), "seaworthy_"),
            ("webhooks", Data(hooks), "webhook-id"),
            ("the database", try await Self.bytes(address), "member@example.com"),
            ("problem documents", Data(refusals.flatMap(\.body)), "sign-in.failed"),
            ("what the app got", Data(app.sockets.flatMap { $0.request.headerLines.flatMap(\.self) }), "X-Seaworthy"),
        ]
        for place in places {
            // What is looked for would be found: this is the right text.
            #expect(place.bytes.range(of: Data(place.mark.utf8)) != nil, "\(place.name) hasn't \(place.mark)")
            let found = canaries.found(in: place.bytes)
            #expect(found.isEmpty, "\(place.name) holds \(found)")
        }
        await app.stop()
        await receiver.stop()
    }

    /// Every flow of accounts once, with right and wrong secrets.
    private func flows(
        _ visitor: Visitor, _ workspace: Workspace, _ address: String, _ canaries: inout Canaries,
        _ refusals: inout [RawResponse]
    ) async throws {
        func ask(_ path: String, _ fields: [String: String], session: String? = nil, cookies: [String] = [])
            async throws
            -> RawResponse
        {
            let answer = try await visitor.post(path, fields, session: session, cookies: cookies)
            if answer.status >= 400 { refusals.append(answer) }
            return answer
        }
        let email = "member@example.com"
        let password = canaries.plant("a password", "canary horse battery staple 4711")
        // Sign-up, by the link of a mail that waits sealed.
        #expect(try await ask("/sign-up", ["email": email]).status < 400)
        let link = canaries.plant("a sign-up link", try await Self.link(workspace, address))
        _ = try await ask("/choose", ["token": link, "password": "short"])
        let chosen = try await ask("/choose", ["token": link, "password": password])
        let first = try #require(Visitor.cookie("seaworthy-session", chosen), "\(chosen.text)")
        canaries.plant("a session's cookie", first)
        if let device = Visitor.cookie("seaworthy-device", chosen) { canaries.plant("a device's cookie", device) }
        // Wrong and hostile sign-ins.
        let wrong = canaries.plant("a wrong password", "canary wrong password 4711")
        _ = try await ask("/sign-in", ["email": email, "password": wrong])
        _ = try await ask("/sign-in", ["email": wrong, "password": wrong])
        refusals.append(
            try await visitor.ask(
                "POST", "/seaworthy/sign-in", [("Content-Type", "application/json")],
                body: "{\"email\": {\"password\": \"\(wrong)\""))
        refusals.append(
            try await visitor.ask("GET", "/seaworthy/choose?token=\(link)", [("Accept", "application/json")]))
        _ = try await visitor.ask("GET", "/open/x?password=\(password.replacing(" ", with: "%20"))&token=\(link)")
        // A new password, by a link.
        #expect(try await ask("/reset", ["email": email]).status < 400)
        let reset = canaries.plant("a reset link", try await Self.link(workspace, address, but: [link]))
        _ = try await ask("/choose", ["token": reset, "password": email])
        // Tokens, used and used again.
        let begun = try await visitor.ask(
            "POST", "/seaworthy/sign-in", [("Content-Type", "application/json"), ("Accept", "application/json")],
            body: "{\"email\":\"\(email)\",\"password\":\"\(password)\",\"tokens\":true}")
        let access = canaries.plant("an access token", try Visitor.member("access_token", begun))
        let refresh = canaries.plant("a refresh token", try Visitor.member("refresh_token", begun))
        for _ in 0..<2 {
            let answer = try await visitor.ask(
                "POST", "/seaworthy/token", [("Content-Type", "application/x-www-form-urlencoded")],
                body: "grant_type=refresh_token&refresh_token=\(refresh)")
            if answer.status == 200 {
                canaries.plant("the next refresh token", try Visitor.member("refresh_token", answer))
            }
        }
        _ = try await visitor.ask("GET", "/members/x", [("Authorization", "Bearer \(access)")])
        refusals.append(try await visitor.ask("GET", "/members/x", [("Authorization", "Bearer \(access)x")]))
        // An API key.
        let key = canaries.plant(
            "an API key",
            try Visitor.member(
                "key", try await ask("/keys", ["name": "k", "scopes": "", "current": password], session: first)))
        _ = try await visitor.ask("GET", "/members/x", [("X-API-Key", key)])
        refusals.append(try await visitor.ask("GET", "/members/x", [("Authorization", "Bearer \(key)x")]))
        _ = try await ask("/keys", ["name": "k", "scopes": "", "current": wrong], session: first)
        // A second factor, its codes, and a sign-in with one of them.
        let setUp = try await ask("/account/second-factor/begin", [:], session: first)
        let seed = canaries.plant("a second factor's secret", try Visitor.member("secret", setUp))
        _ = try await ask("/account/second-factor/confirm", ["code": "000000"], session: first)
        let confirmed = try await ask("/account/second-factor/confirm", ["code": try Self.code(seed)], session: first)
        let object = try JSONSerialization.jsonObject(with: Data(confirmed.body)) as? [String: Any]
        let codes = try #require(object?["recovery-codes"] as? [String], "\(confirmed.text)")
        for (number, code) in codes.prefix(3).enumerated() { canaries.plant("recovery code \(number)", code) }
        let half = try await ask("/sign-in", ["email": email, "password": password])
        let step = canaries.plant("a half-done sign-in", try #require(Visitor.cookie("seaworthy-step", half)))
        _ = try await ask("/sign-in/second-factor", ["code": "\(codes[9])x"], cookies: ["seaworthy-step=\(step)"])
        let whole = try await ask("/sign-in/second-factor", ["code": codes[0]], cookies: ["seaworthy-step=\(step)"])
        let session = canaries.plant(
            "a second session", try #require(Visitor.cookie("seaworthy-session", whole), "\(whole.text)"))
        // Tickets, used, used again, and made up.
        let ticket = canaries.plant(
            "a ticket", try Visitor.member("ticket", try await ask("/socket-ticket", [:], session: session)))
        for _ in 0..<2 {
            let (socket, _) = try await RawSocket.open(port: visitor.port, "/members/live?seaworthy_ticket=\(ticket)")
            await socket?.connection.close()
        }
        let other = canaries.plant(
            "another ticket", try Visitor.member("ticket", try await ask("/socket-ticket", [:], session: session)))
        refusals.append(try await visitor.ask("GET", "/open/x?seaworthy_ticket=\(other)", [("Host", "evil.example")]))
        let (socket, _) = try await RawSocket.open(
            port: visitor.port, "/members/live", [("Sec-WebSocket-Protocol", "seaworthy.ticket, \(other)")])
        await socket?.connection.close()
        // Somebody else's credentials, in every usual place.
        let foreign = canaries.plant("an Authorization header", "canary-authorization-4711")
        for value in ["Bearer \(foreign)", "Basic \(Data("u:\(foreign)".utf8).base64EncodedString())", foreign] {
            _ = try await visitor.ask("GET", "/open/x", [("Authorization", value), ("X-API-Key", foreign)])
        }
        _ = try await visitor.ask("GET", "/open/x", [("Cookie", "sid=\(foreign); seaworthy-session=\(foreign)")])
        // A provider that isn't there, a change of address and of password, and the end.
        refusals.append(try await visitor.ask("GET", "/seaworthy/sign-in/mock", [("Accept", "application/json")]))
        _ = try await ask("/account/email", ["email": "other@example.com", "current": wrong], session: session)
        let fresh = canaries.plant("a changed password", "canary another battery staple 4711")
        _ = try await ask("/account/password", ["current": wrong, "password": fresh], session: session)
        let changed = try await ask("/account/password", ["current": password, "password": fresh], session: session)
        let last = Visitor.cookie("seaworthy-session", changed).map { canaries.plant("a third session", $0) }
        _ = try await ask("/revoke", ["token": key])
        #expect(try await ask("/sign-out", [:], session: last ?? session).status < 400)
    }

    /// The newest link that waits in a mail, as only the command line shows it.
    private static func link(_ workspace: Workspace, _ address: String, but known: [String] = []) async throws -> String
    {
        for _ in 0..<100 {
            let ids = try await read(address) { db in
                try db.rows("SELECT id FROM emails").map { try $0["id"] as String }
            }
            for id in ids {
                let shown = try await workspace.run("mail", "show", id, "--database", address)
                let plain = shown.out.replacing("=\r\n", with: "").replacing("=\n", with: "").replacing(
                    "=3D", with: "=")
                if let match = plain.firstMatch(of: /token=([A-Za-z0-9_-]{43})/), !known.contains(String(match.1)) {
                    return String(match.1)
                }
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Running.TimedOut(description: "no mail with a link")
    }

    private static func read<Value: Sendable>(
        _ address: String, _ work: @escaping @Sendable (ReadTransaction) throws -> Value
    ) async throws -> Value {
        let database = try await opened(address)
        do {
            let value = try await database.read("test.read", work)
            await database.close()
            return value
        } catch {
            await database.close()
            throw error
        }
    }

    /// Whatever anybody who takes the database away can read of it.
    private static func bytes(_ address: String) async throws -> Data {
        guard address.hasPrefix("postgres") else {
            return ["", "-wal"].reduce(into: Data()) {
                $0 += FileManager.default.contents(atPath: address + $1) ?? Data()
            }
        }
        let text = try await read(address) { db in
            let tables = try db.rows(
                "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() ORDER BY 1"
            ).map { try $0["table_name"] as String }
            var text = ""
            for table in tables {
                for row in try db.rows("SELECT t::text AS line FROM \(identifier: table) t") {
                    text += try row["line"] as String
                }
            }
            return text
        }
        return Data(text.utf8)
    }

    /// The code of this half minute (RFC 6238).
    private static func code(_ secret: String) throws -> String {
        var (bits, count, key) = (0, 0, [UInt8]())
        for letter in secret.replacing(" ", with: "") {
            let place = try #require("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".firstIndex(of: letter))
            bits =
                bits << 5
                | "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".distance(
                    from: "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".startIndex, to: place)
            count += 5
            if count >= 8 {
                count -= 8
                key.append(UInt8(truncatingIfNeeded: bits >> count))
                bits &= (1 << count) - 1
            }
        }
        let step = UInt64(Date().timeIntervalSince1970) / 30
        let message = (0..<8).map { UInt8(truncatingIfNeeded: step >> (UInt64(7 - $0) * 8)) }
        let hash = Array(HMAC<Insecure.SHA1>.authenticationCode(for: message, using: SymmetricKey(data: key)))
        let start = Int(hash[19] & 0x0F)
        let number = hash[start..<start + 4].reduce(0) { $0 << 8 | Int($1) } & 0x7FFF_FFFF
        let text = String(number % 1_000_000)
        return String(repeating: "0", count: 6 - text.count) + text
    }
}
