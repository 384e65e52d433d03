import Foundation
import Kernel
import TestKit
import Testing
import TradingDeskApp

@testable import Gateway
@testable import Identity

/// A second factor of ours over the login of real apps, whose code is unchanged.
@Suite("A second factor over foreign apps' own login", .serialized)
struct ForeignFactorTests {
    /// An app with a login, wherever it runs.
    struct Site: Sendable, CustomTestStringConvertible {
        let name: String
        let path: String
        let home: String
        let logout: String
        let cookie: String
        let fields: [String: String]
        var program: ForeignApp.Program?
        var testDescription: String { name }

        var settings: [String] {
            [
                "identity.adopt.login-path=\(path)", "identity.adopt.session-cookie=\(cookie)",
                "identity.adopt.logout-path=\(logout)", "identity.adopt.remember-cookie=remember_token",
                "identity.adopt.user-field=username,email",
            ]
        }

        func run<Value>(
            _ more: [String] = [], mode: String = "enforce", _ work: (GuardedApp) async throws -> Value
        ) async throws -> Value {
            if let program {
                let app = try await ForeignApp(program)
                defer { app.stop() }
                return try await GuardedApp.run(app: app.port, settings + more, mode: mode, work)
            }
            var configuration = DeskConfiguration()
            configuration.bcryptCost = 4
            let desk = try await TradingDesk.start(configuration)
            let port = try #require(desk.url.split(separator: ":").last.flatMap { Int($0) })
            let result: Result<Value, any Error>
            do {
                result = .success(try await GuardedApp.run(app: port, settings + more, mode: mode, work))
            } catch {
                result = .failure(error)
            }
            await desk.stop()
            return try result.get()
        }

        func signIn(_ browser: TestBrowser) async throws -> RawResponse {
            let page = try await browser.get(path)
            return try await browser.post(path, fields, page: page)
        }

        /// Whether the app itself answers with somebody's own page.
        func isIn(_ browser: TestBrowser) async throws -> Bool {
            let answer = try await ForeignFactorTests.told(browser) { try await browser.get(home) }
            return answer.status == 200 && answer.value("location") == nil
        }
    }

    static let flask = Site(
        name: "Flask-Login", path: "/login", home: "/", logout: "/logout", cookie: "session",
        fields: ["username": "alice", "password": "wonderland-is-large"], program: .flaskLogin)
    static let django = Site(
        name: "Django admin", path: "/admin/login/", home: "/admin/", logout: "/admin/logout/", cookie: "sessionid",
        fields: ["username": "alice", "password": "wonderland-is-large"], program: .djangoAdmin)
    static let desk = Site(
        name: "TradingDesk", path: "/sign-in", home: "/dashboard", logout: "/sign-out", cookie: "tradingdesk_session",
        fields: ["email": "alice@example.test", "password": "correct horse battery alice"])

    /// Asks again where the view of sessions was too old to say, as on a busy machine it may be.
    private static func told(
        _ browser: TestBrowser, _ ask: () async throws -> RawResponse
    ) async throws -> RawResponse {
        var answer = try await ask()
        for _ in 0..<100 where answer.status == 503 {
            try await Task.sleep(for: .milliseconds(100))
            answer = try await ask()
        }
        return answer
    }

    static func code(_ secret: String, _ app: GuardedApp) throws -> String {
        let seed = try #require(Base32.bytes(secret))
        return OneTimeCode.hotp(seed, counter: UInt64(OneTimeCode.step(at: app.clock.now())))
    }

    private static let factorPage = "/seaworthy/account/second-factor"
    private static let codePage = "/seaworthy/sign-in/second-factor"
    private static let json = [("Accept", "application/json")]

    /// Sets an app up over the pages, as a person does.
    private static func enrol(
        _ app: GuardedApp, _ browser: TestBrowser, returning place: String = ""
    ) async throws -> (secret: String, codes: [String], page: RawResponse) {
        let start = try await told(browser) { try await browser.get(factorPage + place) }
        #expect(start.status == 200 && start.text.contains("Set up an authenticator app"), "\(start.text)")
        let led = try await browser.post(factorPage + "/begin", [:], page: start)
        let page = try await browser.get(try #require(led.value("location"), "\(led.text)"))
        let shown = try #require(page.text.firstMatch(of: /<code class="secret">([A-Z2-7 ]+)<\/code>/), "\(page.text)")
        #expect(page.text.contains("<svg class=\"qr\""))
        let secret = String(shown.output.1.replacing(" ", with: ""))
        let done = try await browser.post(factorPage + "/confirm", ["code": try code(secret, app)], page: page)
        #expect(done.status == 200, "\(done.text)")
        let codes = done.text.matches(of: /<li><code>([0-9a-z-]{19})<\/code>/).map { String($0.output.1) }
        #expect(codes.count == 10)
        app.clock.advance(by: .seconds(60))
        return (secret, codes, done)
    }

    @Test("whoever has one is asked for a code before anything of the app is opened", arguments: [flask, django, desk])
    func asked(site: Site) async throws {
        try await site.run { app in
            let owner = app.browser()
            _ = try await site.signIn(owner)
            #expect(try await site.isIn(owner), "without a second factor nothing changes")
            await app.settled()
            let (secret, codes, _) = try await Self.enrol(app, owner)
            #expect(try await site.isIn(owner), "this browser goes on")
            // Another one: the app says yes, and the gateway asks on.
            let other = app.browser()
            let entered = try await site.signIn(other)
            #expect((300..<400).contains(entered.status) && other.cookies[site.cookie]?.hasPrefix("swa1.") == true)
            let led = try await other.get(site.home + "?a=b")
            #expect(
                led.status == 303
                    && led.value("location") == Self.codePage + "?return-to=\(site.home)%3Fa%3Db",
                "\(led.value("location") ?? "")")
            let stolen = other.cookies
            let refused = try await other.get(site.home, Self.json)
            #expect(refused.status == 401 && refused.text.contains("\"reason\":\"second-factor.awaited\""))
            #expect(try await other.get("/seaworthy/sessions").status == 303)
            // Neither does the app's cookie alone open anything, nor with a stranger's cookie of ours.
            for kept in [[site.cookie], [site.cookie, "seaworthy-device"]] {
                let thief = app.browser()
                thief.cookies = stolen.filter { kept.contains($0.key) }
                #expect(try await !site.isIn(thief))
            }
            let page = try await other.get(try #require(led.value("location")))
            #expect(page.status == 200 && page.text.contains("autocomplete=\"one-time-code\""))
            #expect(!page.text.contains("<script"))
            let without = try await other.post(Self.codePage, ["code": try Self.code(secret, app)])
            #expect(without.status == 403 && without.text.contains("token"), "the form's token is wanted")
            let wrong = try await other.post(Self.codePage, ["code": "000000"], page: page)
            #expect(wrong.status == 401 && wrong.text.contains("did not work"))
            let code = try Self.code(secret, app)
            let right = try await other.post(Self.codePage, ["code": code], page: page)
            #expect(right.status == 303 && right.value("location") == "\(site.home)?a=b", "\(right.text)")
            #expect(other.cookies["seaworthy-session"] != stolen["seaworthy-session"])
            #expect(try await site.isIn(other))
            // What was copied while it waited is worth nothing, now and later.
            let thief = app.browser()
            thief.cookies = stolen
            #expect(try await !site.isIn(thief))
            thief.cookies = stolen.filter { $0.key == site.cookie }
            #expect(try await !site.isIn(thief))
            // The same code again, and a recovery code.
            let third = app.browser()
            _ = try await site.signIn(third)
            let form = try await third.get(Self.codePage + "?return-to=https%3A%2F%2Fevil.example%2F")
            #expect(try await third.post(Self.codePage, ["code": code], page: form).status == 401)
            let recovered = try await third.post(Self.codePage, ["code": codes[3]], page: form)
            #expect(recovered.status == 303 && recovered.value("location") == "/", "only inside the app")
            #expect(try await site.isIn(third))
            #expect(try await third.post(Self.codePage, ["code": codes[3]], page: form).status != 303)
        }
    }

    @Test("where it is required, the sign-in leads to setting one up", arguments: [flask, django, desk])
    func required(site: Site) async throws {
        try await site.run(["identity.adopt.second-factor=required"]) { app in
            let browser = app.browser()
            _ = try await site.signIn(browser)
            await app.settled()
            let led = try await browser.get(site.home)
            let first = try await browser.get(try #require(led.value("location")))
            #expect(first.status == 303)
            let page = try #require(first.value("location"))
            #expect(page.hasPrefix(Self.factorPage + "?return-to="))
            #expect(try await !site.isIn(browser))
            let place = String(page.dropFirst(Self.factorPage.count))
            let (_, _, done) = try await Self.enrol(app, browser, returning: place)
            #expect(done.text.contains("href=\"\(site.home)\""))
            #expect(try await site.isIn(browser))
            let view = try await browser.get(Self.factorPage)
            #expect(view.text.contains("must have a second factor"))
            let removed = try await browser.post(Self.factorPage + "/remove", [:], page: view)
            #expect(removed.status == 403)
        }
    }

    @Test("a waiting session is signed out by the page, by the app's own sign-out, and by time")
    func leaving() async throws {
        let site = Self.flask
        try await site.run(["identity.adopt.second-factor-for=bob,Alice"]) { app in
            let browser = app.browser()
            _ = try await site.signIn(browser)
            await app.settled()
            let page = try await Self.told(browser) { try await browser.get(Self.factorPage) }
            let left = try await browser.post("/seaworthy/sign-out", [:], page: page)
            #expect(left.status == 303 && left.value("location") == site.path)
            #expect(try await browser.get(site.home).value("location")?.hasPrefix("/login") == true)
            _ = try await site.signIn(browser)
            await app.settled()
            // As it is written, and in no other reading.
            #expect(try await browser.get("/Logout").value("location")?.hasPrefix(Self.codePage) == true)
            #expect(try await browser.get("/logout").value("location") == "/login")
            #expect(browser.cookies["seaworthy-session"] == nil)
            _ = try await site.signIn(browser)
            await app.settled()
            app.clock.advance(by: .seconds(901))
            #expect(try await browser.get(site.home).value("location")?.hasPrefix("/login") == true)
            #expect(try await browser.get(Self.codePage).status == 401)
        }
    }

    @Test("what is declared public is served to a waiting session as to a visitor; pages are not")
    func assets() async throws {
        let routes = "routes=[{path: /headers, access: public}, {path: /public, access: public}]"
        try await Self.flask.run([routes, "identity.adopt.second-factor=required"]) { app in
            let browser = app.browser()
            _ = try await Self.flask.signIn(browser)
            let asset = try await browser.get("/headers", [("Accept", "text/css,*/*;q=0.1")])
            #expect(asset.status == 200 && asset.text.contains("\"cookie\":\"\""), "\(asset.text)")
            let style = try await browser.get("/public", [("Accept", "text/css,*/*;q=0.1")])
            #expect(style.status == 200 && browser.cookies["session"]?.hasPrefix("swa1.") == true)
            #expect(try await browser.get("/public").value("location")?.hasPrefix(Self.codePage) == true)
            // Another spelling of somebody's session beside it changes nothing.
            #expect(try await browser.get("/headers?x", Self.json + [("Sec-Fetch-Mode", "cors")]).status == 200)
            #expect(try await browser.get("/", Self.json).status == 401)
        }
    }

    @Test("another replica asks as well, and lets in whom one has let in")
    func replicas() async throws {
        try await Self.flask.run(["identity.adopt.second-factor=required"]) { app in
            try await app.beside { second in
                let browser = app.browser()
                _ = try await Self.flask.signIn(browser)
                let there = second.browser()
                there.cookies = browser.cookies
                // At once: before it can have heard of the session.
                let led = try await there.get("/")
                #expect(led.status == 303 && led.value("location")?.hasPrefix(Self.codePage) == true)
                let page = try await there.get(try #require(led.value("location")))
                #expect(page.status == 303)
                browser.cookies = there.cookies
                let (_, _, _) = try await Self.enrol(app, browser)
                there.cookies = browser.cookies
                // Led to the page for a code at most, which waits until it knows.
                var answer = try await there.get("/")
                for _ in 0..<5 where answer.status == 303 {
                    answer = try await there.get(try #require(answer.value("location")))
                }
                #expect(answer.status == 200 && answer.text.contains("Hello alice"), "\(answer.text)")
            }
        }
    }

    @Test("observe asks nobody, and tells whom it would have asked; off has no page for it")
    func modes() async throws {
        try await Self.flask.run(["identity.adopt.second-factor=required"], mode: "observe") { app in
            let browser = app.browser()
            _ = try await Self.flask.signIn(browser)
            await app.settled()
            #expect(try await Self.flask.isIn(browser))
            try await app.tells(["would-have 1"], of: "second-factor.awaited")
        }
        try await Self.flask.run(["identity.adopt.second-factor=off"]) { app in
            let browser = app.browser()
            _ = try await Self.flask.signIn(browser)
            #expect(try await browser.get(Self.factorPage).status == 404)
        }
    }

    @Test("a program signs in, is told what is wanted, and gives it")
    func program() async throws {
        let site = Site(
            name: "API", path: "/api/session", home: "/dashboard", logout: "/sign-out", cookie: "tradingdesk_session",
            fields: [:])
        try await site.run { app in
            let owner = app.browser()
            let type = Self.json + [("Content-Type", "application/json")]
            let body = Array(#"{"email":"alice@example.test","password":"correct horse battery alice"}"#.utf8)
            #expect(try await owner.ask("POST", site.path, type, body: body).status == 200)
            await app.settled()
            let (secret, _, _) = try await Self.enrol(app, owner)
            let program = app.browser()
            #expect(try await program.ask("POST", site.path, type, body: body).status == 200)
            let asked = try await program.get("/dashboard", Self.json)
            #expect(asked.status == 401 && asked.text.contains("second-factor.awaited"))
            let view = try await program.get(Self.codePage, Self.json)
            #expect(view.text.contains("second-factor-required"))
            let token = try await program.get("/seaworthy/csrf-token", Self.json)
            let value = try #require(token.text.firstMatch(of: /"(?:csrf[-_]token|token)":"([^"]+)"/)).output.1
            let given = try await program.ask(
                "POST", Self.codePage, type + [("X-CSRF-Token", String(value))],
                body: Array("{\"code\":\"\(try Self.code(secret, app))\"}".utf8))
            #expect(given.status == 200, "\(given.text)")
            #expect(try await program.get("/dashboard", Self.json).status == 200)
        }
    }
}
