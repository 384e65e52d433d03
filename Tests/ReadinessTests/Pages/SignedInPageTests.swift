import Foundation
import Synchronization
import TestKit
import Testing

@testable import Readiness

/// An app whose pages are behind a sign-in; only there something is wrong with one of them, or nothing is.
private final class GuardedPages: Sendable {
    enum SignIn: String, CaseIterable, Sendable { case form, json, bearer, basic, key }

    let signIn: SignIn
    /// What `/orders` has that it should not.
    let fault: String
    /// What the form of the sign-in page answers to a browser that brings a session all the same.
    let refusesBrowsers: Bool
    /// Another port of the same host.
    let neighbour: Int
    private let asked = Mutex<[String]>([])

    init(_ signIn: SignIn, fault: String = "", refusesBrowsers: Bool = false, neighbour: Int = 9) {
        (self.signIn, self.fault) = (signIn, fault)
        (self.refusesBrowsers, self.neighbour) = (refusesBrowsers, neighbour)
    }

    var targets: [String] { asked.withLock { $0 } }

    private static let form =
        "<h1>Sign in</h1><form method=post action=/login><input type=hidden name=csrf value=t0ken>"
        + "<label>Name <input name=user></label><label>Password <input type=password name=password></label>"
        + "<button>Go</button></form>"

    private func html(_ body: String, status: String = "200 OK", _ fields: String = "") -> String {
        page(
            status,
            "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
                + "<title>t</title><link rel=icon href=data:,>\(body)", fields)
    }

    private func knows(_ request: RawRequest) -> Bool {
        if refusesBrowsers, request.value("Sec-Fetch-Mode") == "navigate", request.value("Sec-Ch-Ua") != nil {
            return false
        }
        return switch signIn {
        case .form, .json: request.value("Cookie")?.contains("__Host-sid=s3cr3t-session") ?? false
        case .bearer: request.value("Authorization") == "Bearer s3cr3t-token-of-ann"
        case .basic: request.value("Authorization") == "Basic YW5uOnMzY3IzdC1wYXNzd29yZA=="
        case .key: request.value("X-Api-Key") == "s3cr3t-key-of-ann"
        }
    }

    func answer(_ request: RawRequest) -> String {
        let path = String(request.target.prefix { $0 != "?" })
        asked.withLock { $0.append("\(request.method) \(request.target)") }
        let cookie = "Set-Cookie: __Host-sid=s3cr3t-session; Path=/; Secure; HttpOnly; SameSite=Lax\r\n"
        switch (request.method, path) {
        case ("GET", "/"): return html("<h1>Welcome</h1><a href=/login>Sign in</a>")
        case ("GET", "/login"): return html(Self.form)
        case ("POST", "/login"):
            let body = String(decoding: request.body, as: UTF8.self)
            guard body.contains("s3cr3t-password"), signIn != .form || body.contains("csrf=t0ken") else {
                return html(Self.form, status: "401 Unauthorized")
            }
            if signIn == .bearer { return Self.answer("application/json", #"{"access_token":"s3cr3t-token-of-ann"}"#) }
            if signIn == .json { return Self.answer("application/json", #"{"ok":true}"#, cookie) }
            return
                "HTTP/1.1 303 See Other\r\n\(cookie)Location: /home\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        default: break
        }
        guard knows(request) else {
            if signIn == .form || signIn == .json { return html(Self.form) }
            return html("<p>401</p>", status: "401 Unauthorized", "WWW-Authenticate: Basic\r\n")
        }
        let way =
            "<nav><a href=/home>Home</a> <a href=/orders>Orders</a> <a href=/file.pdf>File</a> <a href=/log-out>Log out</a> "
            + "<a href=/orders/delete/1>Delete</a> <a href='/orders?action=cancel'>Cancel</a> <a href=/revoke-all>Revoke</a></nav>"
        switch path {
        case "/home": return html("\(way)<h1>Hello</h1><script src=/way.js></script>")
        case "/way.js":
            // Links a page that no answer links.
            return Self.answer("text/javascript", Self.script)
        case "/orders": return html("\(way)<h1>Orders</h1>\(fault)")
        case "/reports": return html("\(way)<h1>Reports</h1>")
        default: return html("<p>nothing</p>", status: "404 Not Found")
        }
    }

    private static let script =
        "addEventListener('DOMContentLoaded',()=>{const a=document.createElement('a');a.href='/reports';"
        + "a.textContent='Reports';document.body.append(a)})"

    private static func answer(_ type: String, _ text: String, _ fields: String = "") -> String {
        "HTTP/1.1 200 OK\r\nContent-Type: \(type)\r\nContent-Length: \(text.utf8.count)\r\n\(fields)Connection: close\r\n\r\n\(text)"
    }

    func configuration() throws -> ReadinessConfiguration {
        let who = "identities: [{ name: ann, user: ann, password: s3cr3t-password }]"
        let yaml =
            switch signIn {
            case .form:
                "login: { path: /login, page: /login, form: { user: \"{user}\", password: \"{password}\" } }\n\(who)"
            case .json, .bearer:
                "login: { path: /login, json: { user: \"{user}\", password: \"{password}\" } }\n\(who)"
            case .basic: "login: { path: /home, basic: true }\n\(who)"
            case .key: "start: /home\nidentities: [{ name: ann, header: \"X-Api-Key: s3cr3t-key-of-ann\" }]"
            }
        var configuration = try ReadinessConfiguration(yaml: yaml)
        configuration.browser = BrowserSetup(environment: ProcessInfo.processInfo.environment)
        if signIn != .form { configuration.start = "/home" }
        return configuration
    }
}

@Suite("Pages behind a sign-in are opened as who is declared", .serialized, .timeLimit(.minutes(3)))
struct SignedInPageTests {
    private func run(
        _ app: GuardedPages, _ ids: [String] = ["pages.console-errors"], configuration: ReadinessConfiguration? = nil
    ) async throws -> Report {
        let server = try await answering { app.answer($0) }
        let report = try await check(
            port: server.port, only: ids, configuration: try configuration ?? app.configuration())
        await server.stop()
        return report
    }

    private func subjects(_ report: Report, _ outcome: Outcome) -> [String] {
        report.checks.flatMap(\.observations).filter { $0.outcome == outcome }.map(\.subject)
    }

    @Test(
        "a fault that only who is signed in can see is found, however one signs in, and the sound twin has none",
        arguments: GuardedPages.SignIn.allCases)
    fileprivate func twins(signIn: GuardedPages.SignIn) async throws {
        let sound = GuardedPages(signIn)
        let good = try await run(sound)
        #expect(good.checks.map(\.outcome) == [.holds], "\(good.checks.flatMap(\.observations))")
        let own = subjects(good, .holds).filter { $0.hasSuffix(" as `ann`") }
        #expect(own == ["page /home as `ann`", "page /orders as `ann`", "page /reports as `ann`"], "\(own)")
        // What ends the session or does something else was not opened by anything.
        let effects = sound.targets.filter { target in
            ["log-out", "delete", "cancel", "revoke", "file.pdf"].contains { target.contains($0) }
        }
        #expect(effects.isEmpty, "\(effects)")

        let flawed = try await run(GuardedPages(signIn, fault: "<script>throw new Error('only here')</script>"))
        #expect(flawed.checks.map(\.outcome) == [.fails])
        #expect(subjects(flawed, .fails) == ["page /orders as `ann`"])
        #expect(!(try flawed.json()).contains("s3cr3t"))
    }

    @Test("all of the page checks look there")
    func each() async throws {
        let faults =
            "<div style='width:1200px;height:3px'>.</div><input type=text><b id=x></b>"
            + "<script>for(let t=Date.now();Date.now()-t<1500;);x.innerHTML=decodeURIComponent(location.hash);"
            + "window.kept=Array.from({length:100},()=>new Array(100000).fill(0.5))</script>"
        let ids = [
            "pages.memory", "pages.long-tasks", "pages.narrow-screen", "pages.accessibility", "injection.dom-script",
        ]
        let flawed = try await run(GuardedPages(.json, fault: faults), ids)
        #expect(flawed.checks.map(\.outcome) == ids.map { _ in .fails }, "\(flawed.checks.map(\.summary))")
        #expect(subjects(flawed, .fails).allSatisfy { $0.hasPrefix("page /orders as `ann`") })
        let sound = try await run(GuardedPages(.json), ids)
        #expect(sound.checks.map(\.outcome) == ids.map { _ in .holds }, "\(sound.checks.map(\.summary))")
    }

    @Test(
        "nothing that belongs to the session leaves for another port of the same host, in either browser",
        arguments: [GuardedPages.SignIn.form, .bearer])
    fileprivate func otherOrigin(signIn: GuardedPages.SignIn) async throws {
        let neighbour = try await answering { _ in page("200 OK", "caught") }
        let away = "http://127.0.0.1:\(neighbour.port)"
        let app = GuardedPages(
            signIn,
            fault: "<img alt=x src='\(away)/x'><iframe title=x src='\(away)/f'></iframe><script>"
                + "fetch('\(away)/y',{mode:'no-cors',credentials:'include'}).catch(()=>{})</script>")
        let report = try await run(app, ["pages.console-errors", "pages.firefox"])
        #expect(neighbour.connectionCount == 0)
        #expect(subjects(report, .fails).isEmpty, "\(report.checks.flatMap(\.observations))")
        #expect(subjects(report, .holds).contains("page /orders as `ann`"))
        await neighbour.stop()
    }

    @Test("a page that shows the form to sign in instead, or refuses, is not counted as looked at")
    func signInInstead() async throws {
        for signIn in [GuardedPages.SignIn.json, .bearer] {
            let report = try await run(GuardedPages(signIn, refusesBrowsers: true))
            #expect(!subjects(report, .holds).contains { $0.contains("ann") }, "\(report.checks)")
            #expect(subjects(report, .notAvailable).contains { $0.hasSuffix(" as `ann`") })
        }
        // Who can't sign in sees no page, and that is said.
        var wrong = try GuardedPages(.json).configuration()
        wrong.identities[0].password = "not-it"
        let report = try await run(GuardedPages(.json), configuration: wrong)
        #expect(subjects(report, .notAvailable) == ["pages as `ann`"], "\(report.checks.flatMap(\.observations))")
    }

    @Test("what a stranger's page leads to by script is not that page")
    func strangersForm() async throws {
        let form = "<form><input name=user><input type=password name=p></form>"
        let server = try await answering { request in
            switch request.target {
            case "/": page("200 OK", "<title>t</title><a href=/inside>in</a><a href=/open>open</a>")
            case "/inside": page("200 OK", "<title>t</title><script>location.replace('/login')</script>")
            case "/login": page("200 OK", "<title>Sign in</title>\(form)")
            default: page("200 OK", "<title>t</title><p>open</p>")
            }
        }
        var configuration = ReadinessConfiguration()
        configuration.browser = BrowserSetup(environment: ProcessInfo.processInfo.environment)
        let report = try await check(
            port: server.port, only: ["pages.console-errors"], configuration: configuration)
        #expect(subjects(report, .notAvailable) == ["page /inside"], "\(report.checks.flatMap(\.observations))")
        #expect(subjects(report, .holds) == ["page /", "page /open"])
        await server.stop()
    }

    @Test("what throws in Firefox alone behind the sign-in is found", arguments: [GuardedPages.SignIn.form, .key])
    fileprivate func firefox(signIn: GuardedPages.SignIn) async throws {
        let fault = "<script>window.used=performance.memory.usedJSHeapSize</script>"
        let report = try await run(GuardedPages(signIn, fault: fault), ["pages.firefox"])
        #expect(subjects(report, .fails) == ["page /orders as `ann`"], "\(report.checks.flatMap(\.observations))")
        #expect(try await run(GuardedPages(signIn), ["pages.firefox"]).checks.map(\.outcome) == [.holds])
    }

    @Test("text that a person wrote and a script of the page makes markup of is found, and its sound twin isn't")
    func storedByScript() async throws {
        for (how, outcome) in [("innerHTML", Outcome.fails), ("textContent", .holds)] {
            let written = Mutex<String>("[]")
            let server = try await answering { request in
                switch (request.method, request.target) {
                case ("POST", "/session"):
                    return page("200 OK", "in", "Set-Cookie: sid=s3cr3t-session; Path=/; HttpOnly\r\n")
                case _ where request.value("Cookie")?.contains("sid=s3cr3t-session") != true:
                    return page("401 Unauthorized", "")
                case ("POST", "/notes"):
                    written.withLock { $0 = String(decoding: request.body, as: UTF8.self) }
                    return page("201 Created", "")
                case ("GET", "/notes"): return page("200 OK", written.withLock { $0 })
                default:
                    return page(
                        "200 OK",
                        "<title>t</title><p id=p></p><script>const x=new XMLHttpRequest();x.open('GET','/notes',false);"
                            + "x.send();p.\(how)=JSON.parse(x.responseText).text</script>")
                }
            }
            var configuration = try ReadinessConfiguration(
                yaml: """
                    login: { path: /session, json: { user: "{user}", password: "{password}" } }
                    identities: [{ name: ann, user: ann, password: s3cr3t-password }]
                    comments: { as: ann, write: POST /notes, json: { text: "{payload}" }, page: /board }
                    """)
            configuration.browser = BrowserSetup(environment: ProcessInfo.processInfo.environment)
            let report = try await check(
                port: server.port, only: ["injection.stored-script"], configuration: configuration)
            #expect(report.checks.map(\.outcome) == [outcome], "\(report.checks.flatMap(\.observations))")
            await server.stop()
        }
    }
}
