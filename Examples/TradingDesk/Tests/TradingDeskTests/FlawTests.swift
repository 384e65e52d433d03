// Reason for length: one sign per flaw, in the order of the flaws.

import Crypto
import Foundation
import NIOSSL
import Testing
import X509

@testable import TradingDeskApp

/// What each flaw looks like from outside. Starts a desk with that flaw, or a sound one, and says whether the flaw shows.
enum FlawSign {
    private typealias Look = @Sendable (DeskClient, RunningDesk) async throws -> Bool

    static func shows(_ flaw: Flaw, on isOn: Bool) async throws -> Bool {
        let look = header(flaw) ?? transport(flaw) ?? error(flaw) ?? limit(flaw) ?? exposure(flaw) ?? application(flaw)
        guard let look else {
            Issue.record("no sign is known for \(flaw.rawValue)")
            return false
        }
        let isOfCertificate =
            [.selfSignedCertificate, .misnamedCertificate, .expiredCertificate, .expiringCertificate].contains(flaw)
        let needsTLS = flaw == .noHTTPSRedirect || flaw == .weakTLS || isOfCertificate
        let needsLimit = [.noRateLimit, .silentRateLimit, .trustsForwardedFor].contains(flaw)
        var configuration = DeskConfiguration()
        configuration.flaws = isOn ? FlawSelection([flaw]) : .none
        // A time that shows needs a hash that takes some.
        configuration.bcryptCost = flaw == .timingEnumeration ? 12 : 4
        configuration.requestsPerMinute = needsLimit ? 10 : 0
        if flaw == .frozenMetrics { configuration.operationsListen = .init(port: 0) }
        if needsTLS { configuration.tlsListen = .init(port: 0) }
        let desk = try await TradingDesk.start(configuration)
        do {
            // Beside many other tests a race may need a second try; a sound desk loses none of them.
            let isRace =
                [.lostUpdateBalance, .lostUpdatePosition, .transactionRace, .doubleExecution].contains(flaw)
                || flaw == .deletionRace || flaw == .consentLostUpdate
            var shows = false
            for _ in 0..<(isRace ? 3 : 1) where !shows { shows = try await look(DeskClient(desk), desk) }
            await desk.stop()
            return shows
        } catch {
            await desk.stop()
            throw error
        }
    }

    private static func missing(_ names: String..., secure: Bool = false) -> Look {
        { client, _ in
            let reply = try await client.get("/sign-in", secure ? ["X-Forwarded-Proto": "https"] : [:])
            return reply.status == 200 && names.allSatisfy { reply.header($0) == nil }
        }
    }

    private static func header(_ flaw: Flaw) -> Look? {
        switch flaw {
        case .missingHSTS: missing("Strict-Transport-Security", secure: true)
        case .missingCSP: missing("Content-Security-Policy")
        case .missingNosniff: missing("X-Content-Type-Options")
        case .missingFrameOptions:
            { client, _ in
                let reply = try await client.get("/")
                return reply.header("X-Frame-Options") == nil
                    && reply.header("Content-Security-Policy")?.contains("frame-ancestors") == false
            }
        case .missingReferrerPolicy: missing("Referrer-Policy")
        case .missingPermissionsPolicy: missing("Permissions-Policy")
        case .missingCrossOriginPolicies: missing("Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy")
        case .missingXSSProtection: missing("X-XSS-Protection")
        case .serverBanner: { client, _ in try await client.get("/").header("Server")?.contains("Hummingbird") == true }
        case .headersMissingOnErrors:
            { client, _ in
                let (good, bad) = (try await client.get("/"), try await client.get("/nothing"))
                return good.header("X-Frame-Options") != nil && bad.status == 404
                    && bad.header("X-Frame-Options") == nil
            }
        default: nil
        }
    }

    private static func transport(_ flaw: Flaw) -> Look? {
        switch flaw {
        case .weakTLS:
            { _, desk in
                guard let port = desk.tlsPort else { return false }
                return try await TLSProbe.handshakes(port: port, at: .tlsv11)
            }
        case .selfSignedCertificate: presents { $0.issuer == $0.subject }
        case .misnamedCertificate: presents { "\($0.extensions)".contains("staging.example") }
        case .expiredCertificate: presents { $0.notValidAfter < Date.now }
        case .expiringCertificate:
            presents { (0..<6 * 86_400).contains($0.notValidAfter.timeIntervalSinceNow) }
        case .noHTTPSRedirect: { client, _ in try await client.get("/").status == 200 }
        case .insecureCookie:
            { client, _ in
                let reply = try await client.post(
                    "/api/session", ["email": "bob@example.test", "password": "correct horse battery bob"],
                    ["X-Forwarded-Proto": "https"])
                let cookie = reply.header("Set-Cookie") ?? ""
                return !["Secure", "HttpOnly", "SameSite="].contains { cookie.contains($0) }
            }
        case .corsReflectsOrigin: shares(with: "https://evil.example")
        case .corsNullOrigin: shares(with: "null")
        case .noCSRF:
            { client, _ in
                let alice = try await client.signedIn("alice")
                let reply = try await alice.form(
                    "/portfolios/1/deposit", "amount=1.00",
                    ["Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"])
                return reply.status == 303
            }
        default: nil
        }
    }

    private static func presents(_ isSo: @escaping @Sendable (Certificate) -> Bool) -> Look {
        { _, desk in
            guard let port = desk.tlsPort, let certificate = try await TLSProbe.certificate(port: port) else {
                return false
            }
            return isSo(certificate)
        }
    }

    private static func shares(with origin: String) -> Look {
        { client, _ in
            let reply = try await client.get("/", ["Origin": origin])
            return reply.header("Access-Control-Allow-Origin") == origin
                && reply.header("Access-Control-Allow-Credentials") == "true"
        }
    }

    private static func crashes(_ send: @escaping @Sendable (DeskClient) async throws -> Reply) -> Look {
        { client, _ in
            let reply = try await send(client)
            return reply.status == 500 && reply.text.contains(".swift:")
        }
    }

    private static func error(_ flaw: Flaw) -> Look? {
        switch flaw {
        case .verboseNotFound: crashes { try await $0.get("/nothing-here") }
        case .methodCrash: crashes { try await $0.send("DELETE", "/sign-in") }
        case .traceOnBadJSON:
            crashes {
                try await $0.send(
                    "POST", "/api/session", ["Content-Type": "application/json"], Array("{\"email\":".utf8))
            }
        case .traceOnBadEncoding: crashes { try await $0.get("/%ff%zz") }
        case .inconsistentErrors:
            { client, _ in
                let (missing, method) = (
                    try await client.get("/api/nothing"), try await client.send("PUT", "/api/session")
                )
                return missing.header("Content-Type") != method.header("Content-Type")
                    && missing.header("Content-Type")?.contains("problem") == false
            }
        case .missingRequestID: missing("X-Request-ID")
        case .echoesRequestID:
            { client, _ in
                let hostile = "a \"quoted\" <id> " + String(repeating: "x", count: 300)
                return try await client.get("/", ["X-Request-ID": hostile]).header("X-Request-ID") == hostile
            }
        default: nil
        }
    }

    private static func limit(_ flaw: Flaw) -> Look? {
        let huge = [UInt8](repeating: 32, count: 10_485_761)
        return switch flaw {
        case .traceEnabled:
            { client, _ in
                let reply = try await client.send("TRACE", "/", ["X-Secret": "echo-me"])
                return reply.status == 200 && reply.text.contains("echo-me")
            }
        case .anyMethod: { client, _ in try await client.send("FROBNICATE", "/").status == 200 }
        case .unboundedBody: { client, _ in try await client.send("POST", "/sign-in", [:], huge).status != 413 }
        case .unboundedChunkedBody:
            { client, _ in try await client.send("POST", "/sign-in", [:], huge, chunked: true).status != 413 }
        case .noRateLimit:
            { client, _ in try await together(20) { _ in try await client.get("/") }.allSatisfy { $0.status == 200 } }
        case .silentRateLimit:
            { client, _ in
                let replies = try await together(20) { _ in try await client.get("/") }
                return replies.contains {
                    $0.status == 429 && $0.header("Retry-After") == nil && $0.header("RateLimit") == nil
                }
            }
        case .trustsForwardedFor:
            { client, _ in
                let replies = try await together(20) {
                    try await client.get("/", ["X-Forwarded-For": "203.0.113.\($0)"])
                }
                return replies.allSatisfy { $0.status == 200 }
            }
        default: nil
        }
    }

    private static func answers(_ path: String, containing text: String) -> Look {
        { client, _ in
            let reply = try await client.get(path)
            return reply.status == 200 && reply.text.contains(text)
        }
    }

    private static func exposure(_ flaw: Flaw) -> Look? {
        switch flaw {
        case .debugRoutes: answers("/debug/config", containing: "DATABASE_URL")
        case .directoryListing: answers("/static/", containing: "desk.css")
        case .dotFiles: answers("/.env", containing: "SESSION_SECRET")
        case .publicMetrics: answers("/metrics", containing: "# TYPE")
        case .missingHealth: { client, _ in try await client.get("/health/live").status == 404 }
        case .cacheablePrivatePages:
            { client, _ in
                let reply = try await client.signedIn("alice").get("/dashboard")
                return reply.status == 200 && reply.header("Cache-Control")?.contains("public") == true
            }
        case .trustsHostHeader:
            { client, _ in
                let reply = try await client.get("/sign-in", ["Host": "evil.example"])
                return reply.status == 200 && reply.text.contains("http://evil.example/")
            }
        case .trustsForwardedHost:
            { client, _ in
                let page = try await client.get("/sign-in", ["X-Forwarded-Host": "evil.example"])
                let redirect = try await client.get("/dashboard", ["X-Forwarded-Host": "evil.example"])
                return page.status == 200 && page.text.contains("http://evil.example/")
                    && redirect.header("Location")?.hasPrefix("http://evil.example/") == true
            }
        case .internalRoutes: answers("/internal/status", containing: "pending")
        case .frozenMetrics:
            { client, desk in
                _ = try await client.get("/")
                var operations = client
                operations.port = try #require(desk.operationsPort)
                let reply = try await operations.get("/metrics")
                return reply.status == 200 && reply.text.hasSuffix("tradingdesk_requests_total 0\n")
            }
        case .noCompression:
            { client, _ in
                let reply = try await client.get("/", ["Accept-Encoding": "gzip"])
                return reply.status == 200 && reply.header("Content-Encoding") == nil && reply.body.count > 1000
            }
        case .decodesDotDot: answers("/static/..%2f..%2fetc/passwd", containing: "root:")
        default: nil
        }
    }

    private static func application(_ flaw: Flaw) -> Look? {
        switch flaw {
        case .openRedirect:
            { client, _ in
                try await client.get("/leave?to=https://evil.example/").header("Location") == "https://evil.example/"
            }
        case .brokenPage: { client, _ in try await client.get("/documents?name=privacy.txt").status == 500 }
        case .opensAnyFile: answers("/documents?name=../../../etc/passwd", containing: "root:x:0:0:")
        case .userEnumeration:
            { client, _ in
                let wrong: JSONValue = "not the right password"
                let known = try await client.post("/api/session", ["email": "bob@example.test", "password": wrong])
                let unknown = try await client.post(
                    "/api/session", ["email": "nobody@example.test", "password": wrong])
                return known.status != unknown.status
            }
        case .unprotectedAdmin: { client, _ in try await client.get("/api/admin/users").status == 200 }
        case .foreignPortfolio: { client, _ in try await client.signedIn("bob").get("/api/portfolios/1").status == 200 }
        case .lostUpdateBalance: { client, _ in try await Races.losesDeposit(client) }
        case .lostUpdatePosition: { client, _ in try await Races.losesTransfer(client) }
        case .transactionRace: { client, _ in try await Races.overdraws(client) }
        case .doubleExecution: { client, _ in try await Races.executesTwice(client) }
        case .deletionRace: { client, _ in try await Races.losesMoneyWithAccount(client) }
        case .consentLostUpdate: { client, _ in try await Races.losesConsent(client) }
        case .oversell:
            { client, _ in
                let alice = try await client.signedIn("alice")
                let placed = try await alice.post(
                    "/api/portfolios/1/orders", ["symbol": "KELP", "side": "sell", "quantity": 50])
                guard let id = placed.json?["id"]?.int else { return false }
                return try await alice.send("POST", "/api/orders/\(id)/execution").status == 200
            }
        case .sessionSurvivesSignOut:
            { client, _ in
                let alice = try await client.signedIn("alice")
                _ = try await alice.form("/sign-out", "")
                return try await alice.get("/api/session").status == 200
            }
        case .unlimitedSignIn:
            { client, _ in
                for _ in 0..<12 {
                    let tried: JSONValue = ["email": "bob@example.test", "password": "a guess of some kind"]
                    if try await client.post("/api/session", tried).status == 429 { return false }
                }
                return true
            }
        default: content(flaw)
        }
    }

    private static func content(_ flaw: Flaw) -> Look? {
        let script = "<script>alert(1)</script>"
        return switch flaw {
        case .storedScript:
            { client, _ in
                let alice = try await client.signedIn("alice")
                _ = try await alice.post("/api/notes/1/comments", ["body": .string(script)])
                return try await alice.get("/research/1").text.contains(script)
            }
        case .unescapedSearch:
            { client, _ in
                try await client.signedIn("alice").get("/search?q=%3Cscript%3Ealert(1)%3C/script%3E").text.contains(
                    script)
            }
        case .sqlInjection:
            { client, _ in
                let alice = try await client.signedIn("alice")
                let all = try await alice.get("/api/search?q=zzz'%20OR%20'1'%3D'1")
                return try await alice.get("/api/search?q=zzz'").status == 500
                    && all.text.contains("what to ask Harbour Bank")
            }
        case .massAssignment:
            { client, _ in
                let alice = try await client.signedIn("alice")
                _ = try await alice.post("/api/profile", ["name": "Alice", "role": "admin"], method: "PATCH")
                return try await alice.get("/api/profile").json?["role"] == "admin"
            }
        case .uploadByExtension:
            { client, _ in
                let alice = try await client.signedIn("alice")
                let page = Array("<html><script>alert(1)</script></html>".utf8)
                let reply = try await alice.send(
                    "POST", "/api/portfolios/1/statements?name=page.csv", ["Content-Type": "text/csv"], page)
                return reply.status == 201
            }
        case .csvFormulaInjection:
            { client, _ in
                let alice = try await client.signedIn("alice")
                _ = try await alice.post(
                    "/api/portfolios/1/deposits", ["amount": "1.00", "memo": "=HYPERLINK(\"http://evil.example\")"])
                return try await alice.get("/api/portfolios/1/transactions.csv").text.contains("\"=HYPERLINK")
            }
        default: access(flaw)
        }
    }
}

extension FlawSign {
    /// Whether the start page names something, and whether that is there.
    private static func shows(
        _ text: String, fetching: Bool
    ) -> @Sendable (DeskClient, RunningDesk) async throws -> Bool {
        { client, _ in
            guard try await client.get("/").text.contains(text) else { return false }
            return fetching ? try await client.get(text).status == 200 : true
        }
    }

    fileprivate static func access(_ flaw: Flaw) -> (@Sendable (DeskClient, RunningDesk) async throws -> Bool)? {
        switch flaw {
        case .forgottenGuard:
            { client, _ in try await client.get("/api/instruments/ALBA/prices").status == 200 }
        case .foreignWrites:
            { client, _ in
                let alice = try await client.signedIn("alice")
                let reply = try await client.signedIn("bob").post(
                    "/api/portfolios/1", ["name": "Mine"], method: "PATCH")
                let name = try await alice.get("/api/portfolios/1").json?["name"]?.string
                return reply.status == 404 && name == "Mine"
            }
        case .alteredSession:
            { client, _ in
                let reply = try await client.post(
                    "/api/session", ["email": "alice@example.test", "password": "correct horse battery alice"])
                let cookie = reply.header("Set-Cookie")?.prefix { $0 != ";" } ?? ""
                return try await client.get("/api/session", ["Cookie": "\(cookie.dropLast(4))0000"]).status == 200
            }
        case .hiddenMethod: { client, _ in try await client.send("PUT", "/api/notes").status == 200 }
        case .timingEnumeration:
            { client, _ in
                let clock = ContinuousClock()
                func took(_ email: JSONValue) async throws -> Duration {
                    try await clock.measure {
                        _ = try await client.post(
                            "/api/session", ["email": email, "password": "not the right password"])
                    }
                }
                // A busy machine makes anything slow: the quickest of each counts. A hash takes a quarter of a second; four
                // times as quick as that is no hash.
                var (known, unknown) = (Duration.seconds(60), Duration.seconds(60))
                for _ in 0..<4 {
                    known = min(known, try await took("bob@example.test"))
                    unknown = min(unknown, try await took("nobody@example.test"))
                }
                return unknown * 4 < known
            }
        case .slowInput:
            { client, _ in
                let alice = try await client.signedIn("alice")
                let clock = ContinuousClock()
                let brackets = String(repeating: "(", count: 50)
                let slow = try await clock.measure { _ = try await alice.get("/api/search?q=\(brackets)") }
                return slow >= .milliseconds(2_400)
            }
        case .fetchesAnyURL:
            { client, desk in
                let alice = try await client.signedIn("alice")
                let url = "http://127.0.0.1:\(desk.port)/health/live"
                return try await alice.post("/api/previews", ["url": .string(url)]).status == 202
            }
        case .jwtAlgNone:
            { client, _ in
                let head = "eyJhbGciOiJub25lIn0"  // {"alg":"none"}
                let body = "eyJzdWIiOiIxIiwiaWF0IjowLCJleHAiOjk5OTk5OTk5OTl9"  // account 1, until 2286
                return try await client.get("/api/profile", ["Authorization": "Bearer \(head).\(body)."]).status == 200
            }
        case .jwtWeakKey:
            { client, _ in
                let head = "eyJhbGciOiJIUzI1NiJ9"
                let body = "eyJzdWIiOiIxIiwiaWF0IjowLCJleHAiOjk5OTk5OTk5OTl9"
                let code = HMAC<SHA256>.authenticationCode(
                    for: Data("\(head).\(body)".utf8), using: SymmetricKey(data: Data("secret".utf8)))
                let signature = Data(code).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
                    .replacing("=", with: "")
                return try await client.get(
                    "/api/profile", ["Authorization": "Bearer \(head).\(body).\(signature)"]
                ).status == 200
            }
        case .jwtUncheckedExpiry:
            { client, _ in
                let reply = try await client.post(
                    "/api/token",
                    ["email": "alice@example.test", "password": "correct horse battery alice", "expiresIn": 1])
                let token = reply.json?["token"]?.string ?? ""
                let isGood = try await client.get("/api/profile", ["Authorization": "Bearer \(token)"]).status == 200
                for _ in 0..<30 {
                    try await Task.sleep(for: .milliseconds(100))
                    let reply = try await client.get("/api/profile", ["Authorization": "Bearer \(token)"])
                    if reply.status == 401 { return false }
                }
                return isGood
            }
        case .sessionFixation:
            { client, _ in
                let planted = String(repeating: "5", count: 64)
                let reply = try await client.post(
                    "/api/session", ["email": "alice@example.test", "password": "correct horse battery alice"],
                    ["Cookie": "tradingdesk_session=\(planted)"])
                return reply.status == 200 && reply.header("Set-Cookie")?.contains(planted) == true
            }
        case .slowPage: shows("/static/slow.svg", fetching: true)
        case .heavyPage: shows("/static/heavy.js", fetching: true)
        case .longTask: shows("/static/busy.js", fetching: true)
        case .fragmentAsMarkup: shows("/static/fragment.js", fetching: true)
        case .chromiumOnlyScript: shows("/static/memory.js", fetching: true)
        case .consoleError: shows("/static/broken.js", fetching: true)
        case .mixedContent: shows("http://pictures.example/", fetching: false)
        case .widePage: shows("<canvas width=\"900\"", fetching: false)
        case .missingLabels: shows("<input type=\"text\" name=\"code\">", fetching: false)
        case .commonPasswords:
            { client, _ in
                let reply = try await client.post(
                    "/api/accounts",
                    ["email": "common@example.test", "name": "Common", "password": "Password123456!"])
                return reply.status == 201
            }
        default: nil
        }
    }
}

@Suite("Flaws") struct FlawTests {
    @Test("a flaw shows when its switch alone is on", arguments: Flaw.allCases)
    func shows(_ flaw: Flaw) async throws {
        #expect(try await FlawSign.shows(flaw, on: true), "\(flaw.rawValue) can't be seen")
    }

    @Test("a sound desk shows no sign of the flaw", arguments: Flaw.allCases)
    func sound(_ flaw: Flaw) async throws {
        #expect(try await !FlawSign.shows(flaw, on: false), "the sound desk shows \(flaw.rawValue)")
    }

    @Test("edge and app share out all flaws between them")
    func sides() {
        #expect(FlawSelection.edge.flaws.isDisjoint(with: FlawSelection.app.flaws))
        #expect(FlawSelection.edge.flaws.union(FlawSelection.app.flaws) == Set(Flaw.allCases))
        #expect(Flaw.allCases.count >= 34)
    }

    @Test(
        "switches are read by name, by side, and in lists",
        arguments: [
            ("none", FlawSelection.none), ("", .none), ("edge", .edge), ("app", .app), ("all", .all),
            ("edge,app", .all),
            ("missing-hsts, oversell", FlawSelection([.missingHSTS, .oversell])),
        ])
    func parsing(_ text: String, _ expected: FlawSelection) throws {
        #expect(try FlawSelection(parsing: text) == expected)
    }

    @Test(
        "an unknown switch is refused with the nearest one",
        arguments: [
            ("missing-hst", "missing-hsts"), ("sqlinjection", "sql-injection"), ("edgy", "edge"),
        ])
    func unknown(_ text: String, _ nearest: String) {
        #expect(throws: FlawSelection.UnknownFlaw(name: text, nearest: nearest)) { try FlawSelection(parsing: text) }
    }
}
