import Foundation
import Kernel
import TestKit
import Testing
import TradingDeskApp

@testable import Gateway

/// The app's own login, guarded: real apps of other people, with their code unchanged.
@Suite("Foreign apps with a login of their own", .serialized)
struct ForeignAppTests {
    /// What differs from app to app.
    struct Login: Sendable, CustomTestStringConvertible {
        let program: ForeignApp.Program
        let path: String
        let home: String
        let logout: String
        let cookie: String
        var settings: [String] {
            [
                "identity.adopt.login-path=\(path)", "identity.adopt.session-cookie=\(cookie)",
                "identity.adopt.logout-path=\(logout)", "identity.adopt.remember-cookie=remember_token",
            ]
        }
        var testDescription: String { program.rawValue }

        /// Signs in over the page, hidden fields and all.
        func signIn(
            _ browser: TestBrowser, _ name: String, _ password: String, _ more: [String: String] = [:]
        ) async throws -> RawResponse {
            let page = try await browser.get(path)
            return try await browser.post(
                path, ["username": name, "password": password].merging(more) { $1 }, page: page)
        }

        /// Whether the app shows somebody their own page.
        func isIn(_ browser: TestBrowser) async throws -> Bool {
            var answer = try await browser.get(home)
            // 503 is no answer: on a busy machine the view of sessions may be too old to say.
            for _ in 0..<100 where answer.status == 503 {
                try await Task.sleep(for: .milliseconds(100))
                answer = try await browser.get(home)
            }
            if (300..<400).contains(answer.status) { return false }
            return answer.status == 200 && answer.text.lowercased().contains("log out")
        }
    }

    static let flask = Login(
        program: .flaskLogin, path: "/login", home: "/", logout: "/logout", cookie: "session")
    static let django = Login(
        program: .djangoAdmin, path: "/admin/login/", home: "/admin/", logout: "/admin/logout/", cookie: "sessionid")
    static let right = "wonderland-is-large"

    private func with(
        _ login: Login, _ more: [String] = [], mode: String = "enforce", _ work: (GuardedApp) async throws -> Void
    ) async throws {
        let app = try await ForeignApp(login.program)
        defer { app.stop() }
        try await GuardedApp.run(app: app.port, login.settings + more, mode: mode, work)
    }

    @Test("sign in and out as before; five wrong passwords lock the account, nobody else, and not its own browser")
    func lockout() async throws {
        for login in [Self.flask, Self.django] {
            try await with(login) { app in
                let owner = app.browser()
                #expect(try await login.isIn(owner) == false)
                #expect(try await login.signIn(owner, "alice", Self.right).status == 302)
                #expect(try await login.isIn(owner))
                await app.settled()
                let stranger = app.browser()
                for number in 1...5 {
                    let answer = try await login.signIn(stranger, "alice", "guess \(number)")
                    #expect(answer.status == 200, "\(login) \(number): the app's own page")
                }
                let locked = try await login.signIn(stranger, "alice", "guess 6")
                #expect(locked.status == 429 && locked.text.contains("Too many tries"), "\(login)")
                #expect(locked.value("retry-after") != nil)
                // The right password gets the same answer.
                let right = try await login.signIn(stranger, "alice", Self.right)
                #expect(right.status == 429 && right.body.count == locked.body.count)
                #expect(try await login.isIn(stranger) == false)
                let other = app.browser()
                #expect(try await login.signIn(other, "bob", "builder-of-things").status == 302)
                #expect(try await login.isIn(other))
                // The owner's browser is known: it has tries of its own.
                _ = try await owner.post(login.logout, [:], page: try await owner.get(login.home))
                if login.program == .flaskLogin { _ = try await owner.get(login.logout) }
                #expect(try await login.isIn(owner) == false)
                #expect(owner.cookies["seaworthy-session"] == nil && owner.cookies["seaworthy-device"] != nil)
                #expect(try await login.signIn(owner, "alice", "oops").status == 200)
                #expect(try await login.signIn(owner, "alice", Self.right).status == 302)
                #expect(try await login.isIn(owner))
            }
        }
    }

    @Test("an idle session and an old one show the app's own login again; a used one goes on")
    func timeouts() async throws {
        for login in [Self.flask, Self.django] {
            try await with(login) { app in
                let browser = app.browser()
                _ = try await login.signIn(browser, "alice", Self.right)
                await app.settled()
                app.clock.advance(by: .seconds(1500))
                #expect(try await login.isIn(browser), "\(login): 25 minutes")
                app.clock.advance(by: .seconds(1500))
                #expect(try await login.isIn(browser), "\(login): used in between")
                let stolen = browser.cookies
                app.clock.advance(by: .seconds(1801))
                #expect(try await login.isIn(browser) == false, "\(login): idle")
                #expect(browser.cookies["seaworthy-session"] == nil)
                // What somebody kept of it opens nothing either, with our cookie or without.
                let thief = app.browser()
                thief.cookies = stolen
                #expect(try await login.isIn(thief) == false)
                thief.cookies = stolen.filter { $0.key == login.cookie }
                #expect(try await login.isIn(thief) == false)
                #expect(try await login.signIn(browser, "alice", Self.right).status == 302)
                #expect(try await login.isIn(browser))
                for _ in 0..<30 {
                    app.clock.advance(by: .seconds(1500))
                    if try await login.isIn(browser) == false { break }
                }
                #expect(try await login.isIn(browser) == false, "\(login): twelve hours are the longest")
            }
        }
    }

    @Test("sessions are listed and ended from any of them, and the app then shows its login")
    func sessions() async throws {
        for login in [Self.flask, Self.django] {
            try await with(login) { app in
                let (desk, phone) = (app.browser(), app.browser())
                _ = try await login.signIn(desk, "alice", Self.right)
                _ = try await login.signIn(phone, "alice", Self.right)
                await app.settled()
                let stranger = try await app.browser().get("/seaworthy/sessions")
                #expect(stranger.status == 303 && stranger.value("location") == login.path)
                let page = try await desk.get("/seaworthy/sessions")
                #expect(page.status == 200 && page.text.components(separatedBy: "class=\"session\"").count == 3)
                #expect(page.text.contains("this browser") && !page.text.contains("account\">Your"))
                let others = try await desk.post("/seaworthy/sessions/revoke-all", ["keep-current": "true"], page: page)
                #expect(others.status == 303)
                #expect(try await login.isIn(phone) == false)
                #expect(try await login.isIn(desk))
                _ = try await login.signIn(phone, "alice", Self.right)
                await app.settled()
                let again = try await desk.get("/seaworthy/sessions")
                let token = TestBrowser.hidden(again.text)["csrf_token"] ?? ""
                let all = try await desk.post("/seaworthy/sessions/revoke-all", ["csrf_token": token])
                #expect(all.status == 303 && all.value("location") == login.path)
                #expect(try await login.isIn(phone) == false)
                #expect(try await login.isIn(desk) == false)
            }
        }
    }

    @Test("remember-me cookies end with the session")
    func remember() async throws {
        try await with(Self.flask) { app in
            let browser = app.browser()
            _ = try await Self.flask.signIn(browser, "alice", Self.right, ["remember": "on"])
            #expect(browser.cookies["remember_token"]?.hasPrefix("swa1.") == true)
            await app.settled()
            // The app's session alone is gone, as after closing the browser: it comes back.
            browser.cookies["session"] = nil
            #expect(try await Self.flask.isIn(browser))
            app.clock.advance(by: .seconds(1801))
            browser.cookies["session"] = nil
            #expect(try await Self.flask.isIn(browser) == false)
            #expect(browser.cookies["remember_token"] == nil)
        }
    }

    @Test("a cookie that is signed anew with every answer is followed")
    func rotation() async throws {
        try await with(Self.flask) { app in
            let browser = app.browser()
            _ = try await Self.flask.signIn(browser, "alice", Self.right)
            var seen: Set<String> = []
            for _ in 0..<5 {
                #expect(try await Self.flask.isIn(browser))
                seen.insert(browser.cookies["session"] ?? "")
            }
            #expect(seen.count == 5 && seen.allSatisfy { $0.hasPrefix("swa1.") })
            // The app gets its own cookie, and none of ours.
            let shown = try await browser.get("/headers", [("Accept", "application/json")])
            #expect(shown.text.contains("session=") && !shown.text.contains("swa1."))
            #expect(!shown.text.contains("seaworthy-"))
        }
    }

    @Test("observe refuses nothing, changes no cookie of the app's, and tells what it would have done")
    func observing() async throws {
        try await with(Self.flask, mode: "observe") { (app: GuardedApp) async throws -> Void in
            let stranger = app.browser()
            for number in 1...7 {
                #expect(try await Self.flask.signIn(stranger, "alice", "guess \(number)").status == 200)
            }
            try await app.tells(["would-have 2"], of: "adopt.locked")
            let browser = app.browser()
            #expect(try await Self.flask.signIn(browser, "bob", "builder-of-things").status == 302)
            #expect(browser.cookies["session"]?.hasPrefix("swa1.") == false)
            await app.settled()
            #expect(try await Self.flask.isIn(browser))
            app.clock.advance(by: .seconds(1801))
            #expect(try await Self.flask.isIn(browser))
            try await app.tells(["would-have 1"], of: "adopt.session-over")
        }
    }

    @Test("names and passwords stand in no log; who asked does, by a pseudonym")
    func logging() async throws {
        try await with(Self.flask) { app in
            let browser = app.browser()
            _ = try await Self.flask.signIn(browser, "alice", Self.right)
            _ = try await Self.flask.signIn(app.browser(), "Ångström", "canary-of-a-password")
            await app.settled()
            #expect(try await Self.flask.isIn(browser))
            app.gateway.flushLog()
            let text = app.log.text
            #expect(
                text.contains("\"who\":\"app-") && text.contains("adopt.succeeded") && text.contains("adopt.failed"))
            for secret in ["alice", Self.right, "Ångström", "canary-of-a-password", "swa1."] {
                #expect(!text.contains(secret), "\(secret)")
            }
        }
    }

    @Test("TradingDesk's form and its JSON sign-in are one login, with one counter")
    func tradingDesk() async throws {
        var configuration = DeskConfiguration()
        configuration.bcryptCost = 4
        let desk = try await TradingDesk.start(configuration)
        let port = try #require(desk.url.split(separator: ":").last.flatMap { Int($0) })
        let right = "correct horse battery alice"
        do {
            try await GuardedApp.run(
                app: port,
                [
                    "identity.adopt.login-path=/sign-in,/api/session", "identity.adopt.user-field=email",
                    "identity.adopt.session-cookie=tradingdesk_session", "identity.adopt.logout-path=/sign-out",
                ]
            ) { app in
                let owner = app.browser()
                let entered = try await owner.post("/sign-in", ["email": "alice@example.test", "password": right])
                #expect(entered.status == 303)
                #expect(owner.cookies["tradingdesk_session"]?.hasPrefix("swa1.") == true)
                #expect(try await owner.get("/dashboard").status == 200)
                await app.settled()
                let stranger = app.browser()
                let json = [("Content-Type", "application/json"), ("Accept", "application/json")]
                for number in 1...5 {
                    if number.isMultiple(of: 2) {
                        let body = #"{"email":"ALICE@example.test","password":"guess \#(number)"}"#
                        let answer = try await stranger.ask("POST", "/api/session", json, body: Array(body.utf8))
                        #expect(answer.status == 401)
                    } else {
                        let fields = ["email": "alice@example.test", "password": "guess \(number)"]
                        #expect(try await stranger.post("/sign-in", fields).status == 401)
                    }
                }
                let body = #"{"email":"alice@example.test","password":"\#(right)"}"#
                let locked = try await stranger.ask("POST", "/api/session", json, body: Array(body.utf8))
                #expect(locked.status == 429 && locked.text.contains("\"reason\":\"adopt.locked\""))
                #expect(try await owner.get("/dashboard").status == 200)
                _ = try await owner.post("/sign-out", [:])
                #expect(owner.cookies["seaworthy-session"] == nil && owner.cookies["tradingdesk_session"] == nil)
                #expect(try await owner.get("/dashboard").status != 200)
                let again = try await owner.ask("POST", "/api/session", json, body: Array(body.utf8))
                #expect(again.status == 200)
                #expect(try await owner.get("/dashboard").status == 200)
                app.clock.advance(by: .seconds(1801))
                #expect(try await owner.get("/dashboard").status != 200)
            }
        } catch {
            await desk.stop()
            throw error
        }
        await desk.stop()
    }

    @Test(
        "each of the two stages is missed when its line is taken out",
        arguments: ["AdoptedSession", "AdoptedSignIn", ""])
    func removal(stage: String) async throws {
        let app = try await ForeignApp(.flaskLogin)
        defer { app.stop() }
        try await GuardedApp.run(app: app.port, Self.flask.settings, without: stage) { app in
            let stranger = app.browser()
            for number in 1...5 { _ = try await Self.flask.signIn(stranger, "alice", "guess \(number)") }
            let sixth = try await Self.flask.signIn(stranger, "alice", "guess 6")
            #expect((sixth.status == 429) == (stage != "AdoptedSignIn"))
            let browser = app.browser()
            _ = try await Self.flask.signIn(browser, "bob", "builder-of-things")
            #expect((browser.cookies["session"]?.hasPrefix("swa1.") == true) == stage.isEmpty)
        }
    }

    @Test("routes may ask for whoever is signed in with the app, and lead to its login")
    func routes() async throws {
        let routes = "routes=[{path: /headers, access: signed-in}]"
        try await with(Self.flask, [routes]) { app in
            let browser = app.browser()
            let led = try await browser.get("/headers")
            #expect(led.status == 303 && led.value("location")?.hasPrefix("/login?next=/headers") == true)
            _ = try await Self.flask.signIn(browser, "alice", Self.right)
            #expect(try await browser.get("/headers").status == 200)
        }
    }
}
